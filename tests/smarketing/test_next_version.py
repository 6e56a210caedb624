"""The page of what is agreed leads to its next version: to write it, or, once it is proposed, to read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import draft_from
from agreements.kinds import kind_of
from agreements.models import Agreement, State
from lifecycle.models import Procedure, Term
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

PAGES: dict[str, Callable[[], str]] = {
    "/rules/regression/": lambda: "rule:regression",
    "/terms/lead/": lambda: f"term:{Term.objects.get(slug='lead').pk}",
    "/procedures/a-new-mql/": lambda: f"procedure:{Procedure.objects.get(slug='a-new-mql').pk}",
    "/personas/buyer/": lambda: str(
        PersonaVersionFactory.create(
            persona__slug="buyer"
        ).agreement.subject  # none comes with the installation
    ),
    "/definitions/mql/": lambda: "stage:mql",
    "/definitions/statuses/unqualified/": lambda: "status:unqualified",
    "/definitions/funnel/": lambda: "funnel",
    "/playbooks/sql/": lambda: "playbook:sql",
    "/tactics/target_ready/": lambda: "tactics:target_ready",
}
"""Each with what it is about."""


def put_as_proposed(draft: Agreement) -> None:
    """Without a change in it, which no action proposes."""
    Agreement.objects.filter(pk=draft.pk).update(state=State.PROPOSED, proposed_at=NOW, content_hash="0" * 64)


@pytest.mark.parametrize("page", PAGES)
def test_a_draft_is_edited_and_a_proposal_is_read(as_marketer: Client, marketer: User, page: str) -> None:
    current = Agreement.objects.of(PAGES[page]()).in_force().get()
    assert "Draft the next version" in as_marketer.get(page).content.decode()

    draft = draft_from(kind_of(current.subject).version_of(current), actor=marketer, at=NOW).agreement
    drafted = as_marketer.get(page).content.decode()
    assert "Edit the draft" in drafted
    assert "See what is proposed" not in drafted

    put_as_proposed(draft)
    proposed = as_marketer.get(page).content.decode()
    assert "Edit the draft" not in proposed
    assert f'<a class="sm-button" href="/agreements/{draft.pk}/">' in proposed
    assert "See what is proposed" in proposed
