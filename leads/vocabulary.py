"""Lends the pages of lower apps the facts of a contact and what criteria would make of everybody."""

from __future__ import annotations

from leads.actions.publishing import publication_of
from leads.criteria_trial import check_time, count_bounded, examine
from leads.facts import contact_catalogue
from leads.replay.paths import path_of
from lifecycle.vocabulary import Provider, provide


def provide_vocabulary() -> None:
    provide(
        Provider(
            contact_catalogue,
            count_bounded,
            examine,
            check_time,
            path_of,
            publication_of,
        )
    )
