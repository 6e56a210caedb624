"""What is somebody else's cannot be found: not by its number at any address, not in a list, a search or an export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import SavedView, User
from leads.actions.quarantine import quarantine
from leads.models import Contact, Origin
from tests.access_table import REP, ROWS
from tests.addresses import all_views
from tests.factories.accounts import AbsenceFactory, NotificationFactory, UserFactory
from tests.factories.leads import (
    AnswerFactory,
    AppliedTacticFactory,
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    ExternalIdFactory,
    PlaybookTaskFactory,
    TouchpointFactory,
)
from tests.factories.moments import NOW, later
from tests.factories.sla import BreachFactory, HandoffFactory
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db

NAME, EMAIL, SAID = "Zephyrine", "zephyrine@hidden.test", "unspeakable"
"""Of the hidden contact, and in everything that hangs on it: whoever reads one of them has seen too much."""


@pytest.fixture
def hidden() -> dict[str, Any]:
    """A contact of a rep of another team with all that can hang on one; by the names that addresses have for it."""
    stranger = UserFactory.create(team=None)
    contact = ContactFactory.create(
        first_name=NAME,
        last_name="Quartz",
        email=EMAIL,
        phone="+33123456789",
        owner=stranger,
        company=CompanyFactory.create(name="Open Works"),
        campaign=CampaignFactory.create(name="Open Days"),
        stage_id="mql",
    )
    ContactScoreFactory.create(contact=contact)
    applied = AppliedTacticFactory.create(contact=contact, actor=stranger, note=SAID)
    worked_on = ContactFactory.create(first_name=NAME, email=f"sql.{EMAIL}", owner=stranger, stage_id="sql")
    task = PlaybookTaskFactory.create(run__contact=worked_on)
    ExternalIdFactory.create(contact=contact, value=SAID)
    AnswerFactory.create(contact=contact, text=SAID)
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke", attributes={"note": SAID})
    deal = DealFactory.create(contact=contact, owner=stranger, name=f"{NAME} seats", won=True)
    handoff = HandoffFactory.create(contact=contact, rep=stranger)
    breach = BreachFactory.create(clock__handoff=handoff, rep=stranger)
    waiting = quarantine(values={"first_name": NAME}, actor=stranger, at=NOW, origin=Origin.PERSON)
    NotificationFactory.create(user=stranger, text=SAID)
    return {
        "contact_id": contact.pk,
        "deal_id": deal.pk,
        "handoff_id": handoff.pk,
        "breach_id": breach.pk,
        "quarantined_id": waiting.pk,
        "view_id": SavedView.objects.create(user=stranger, page="contacts", name=SAID).pk,
        "absence_id": AbsenceFactory.create(user=stranger, ends_at=later(days=30_000)).pk,
        "transition_id": contact.transitions.get().pk,
        "applied_id": applied.pk,
        "task_id": task.pk,
        "run_id": task.run_id,
    }


SENT: dict[str, Any] = {
    "to": "in_progress",
    "reason": "fit",
    "note": "Mine now",
    "first_name": "Mine",
    "done": "call:spoke",
    "outcome": "spoke",
    "question": "need",
    "text": "Mine",
    "recontact_on": "2099-01-01",
    "name": "Mine",
    "amount": "1",
    "cause": "late",
    "then": "1",
}
"""So much that each form finds what it needs: nothing is refused only because something was missing."""

ABOUT = [
    (name, route)
    for name, route in all_views()
    if any(
        f":{part}>" in route
        for part in (
            *("contact_id", "deal_id", "handoff_id", "breach_id"),
            *("quarantined_id", "view_id", "absence_id"),
        )
    )
]


def test_there_are_addresses_to_try() -> None:
    assert len(ABOUT) > 25


@pytest.mark.parametrize(("name", "route"), ABOUT, ids=[name for name, _route in ABOUT])
def test_a_number_of_somebody_elses_is_not_found_and_nothing_is_written(
    name: str, route: str, hidden: dict[str, Any], as_rep: Client
) -> None:
    address = reverse(name, kwargs={part: value for part, value in hidden.items() if f":{part}>" in route})
    before = fingerprint()
    answers: list[Any] = [as_rep.get(address), as_rep.post(address, SENT)]
    answers += [as_rep.post(address, {**SENT, "to": "won"}, headers={"HX-Request": "true"})]

    refusals = {answer.status_code for answer in answers} - {405}
    # 403 where a rep may never go, whatever the number; the number itself is never confirmed
    is_for_others = all(
        REP not in (row.get or ()) and REP not in (row.post or ()) for row in ROWS if row.name == name
    )
    assert refusals == {404} or (is_for_others and refusals <= {403, 404})
    assert fingerprint() == before
    assert not any(word in answer.content.decode() for answer in answers for word in (NAME, EMAIL, SAID))


def test_a_part_of_it_is_not_found_under_a_contact_of_ones_own(
    hidden: dict[str, Any], as_rep: Client, rep: User
) -> None:
    own = ContactFactory.create(owner=rep)
    before = fingerprint()
    for address in (
        reverse("smarketing:contact-undo", args=(own.pk, hidden["transition_id"])),
        reverse("smarketing:contact-undo-decision", args=(own.pk, hidden["handoff_id"])),
        reverse("smarketing:contact-undo-tactic", args=(own.pk, hidden["applied_id"])),
        reverse("smarketing:contact-task", args=(own.pk, hidden["task_id"])),
        reverse("smarketing:contact-undo-task", args=(own.pk, hidden["task_id"])),
        reverse("smarketing:contact-kind", args=(own.pk, hidden["run_id"])),
    ):
        assert as_rep.post(address).status_code == 404, address
    assert fingerprint() == before


OPEN_TO_REPS = sorted(
    {row.name for row in ROWS if row.get and REP in row.get and not row.kwargs and not row.borrowed}
)
WAYS: list[dict[str, str]] = [
    {},
    {"q": NAME},
    {"q": EMAIL},
    {"q": "zephirine"},
    {"email": EMAIL},
    {"stage": "mql", "sort": "score"},
    {"days": "3650"},
]


@pytest.mark.parametrize("name", OPEN_TO_REPS)
def test_no_page_that_a_rep_may_open_shows_it(name: str, hidden: dict[str, Any], as_rep: Client) -> None:
    owner = str(Contact.objects.get(pk=hidden["contact_id"]).owner_id)
    for query in [*WAYS, {"owner": owner}, {"lead": str(hidden["handoff_id"])}]:
        page: Any = as_rep.get(reverse(name), query)
        text = b"".join(page.streaming_content) if page.streaming else page.content
        # What one has typed oneself stands in the box of the search
        said = text.decode().replace(f'value="{NAME}"', "").replace(f'value="{EMAIL}"', "")
        shown = [word for word in (f"{NAME} Quartz", f"{NAME} seats", SAID, "+33123456789") if word in said]
        assert (query, shown) == (query, [])


@pytest.mark.parametrize(
    "figure", ["leads", "mql", "sql", "won", "revenue", "breaches", "untouched", "unassigned", "overdue"]
)
def test_behind_a_figure_a_rep_reads_only_contacts_that_the_rep_may_see(
    figure: str, hidden: dict[str, Any], as_rep: Client
) -> None:
    page: Any = as_rep.get(f"/cockpit/records/{figure}/")
    assert f"{NAME} Quartz" not in page.content.decode()


def test_it_is_there_for_those_who_steer(hidden: dict[str, Any], as_manager: Client) -> None:
    """The probes above would else prove nothing."""
    found: Any = as_manager.get(reverse("leads:contact-list"), {"q": NAME})
    assert f"{NAME} Quartz" in found.content.decode()
    page: Any = as_manager.get(reverse("smarketing:contact-detail", args=(hidden["contact_id"],)))
    assert page.status_code == 200
    assert SAID in page.content.decode()


def test_what_hangs_on_something_visible_stays_hidden_there(
    hidden: dict[str, Any], as_rep: Client, signed_in: Callable[[User], Client]
) -> None:
    """The company and the campaign are everybody's; who of them is somebody else's is not."""
    contact = Contact.objects.get(pk=hidden["contact_id"])
    assert contact.company is not None
    assert contact.campaign is not None
    for address in (contact.company.get_absolute_url(), f"/campaigns/{contact.campaign.pk}/"):
        page: Any = as_rep.get(address)
        assert page.status_code == 200
        assert NAME not in page.content.decode()
