"""Lends the pages of lower apps the facts of a contact and what criteria would make of everybody."""

from __future__ import annotations

from django.urls import reverse

from leads.actions.publishing import publication_of
from leads.criteria_trial import check_time, count_bounded, examine
from leads.facts import contact_catalogue
from lifecycle.vocabulary import Provider, provide


def replay_path(stage: str) -> str:
    return reverse("leads:replay", args=[stage])


def provide_vocabulary() -> None:
    provide(
        Provider(
            contact_catalogue,
            count_bounded,
            examine,
            check_time,
            replay_path,
            publication_of,
        )
    )
