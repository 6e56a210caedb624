"""Different things done to the same contacts at the same moment: each happens whole, once, and none hangs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import User
from leads.actions.bulk import Wanted, change_now
from leads.actions.deals import open_deal
from leads.actions.erasure import erase_batch
from leads.actions.ledger import lock
from leads.doorbell import contacts_awaited
from leads.errors import Refused
from leads.imports import mapping as mappings
from leads.imports import runs
from leads.imports.running import run_batches
from leads.models import (
    Contact,
    Deal,
    Erasure,
    ErasureRun,
    ExternalId,
    ImportRun,
    QuarantinedContact,
    Transition,
    TransitionKind,
)
from leads.retention import due, retention_rule
from lifecycle.default_rules import DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import Status
from sla.actions import decisions
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff
from sla.doorbell import lock_handoffs
from sla.models import Handoff
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago
from tests.factories.sla import HandoffFactory
from tests.leads.races import at_once
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60.0


def moves_of(contact: Contact, kind: str) -> list[tuple[str, str]]:
    rows = Transition.objects.filter(contact=contact, kind=kind).order_by("at", "pk")
    return list(rows.values_list("from_value", "to_value"))


def are_chained(moves: list[tuple[str, str]]) -> bool:
    """Each begins where the one before it ended."""
    return all(before[1] == after[0] for before, after in pairwise(moves))


def test_bulk_changes_of_the_same_contacts_follow_one_another(manager: User) -> None:
    """Named in opposite orders, so that each would wait for the other if they locked as they are told."""
    people = [contact.pk for contact in ContactFactory.create_batch(30, owner=None)]
    owners = UserFactory.create_batch(4)
    orders = (people, people[::-1], people[::2] + people[1::2], people[15:] + people[:15])

    results = at_once(
        *(
            partial(change_now, order, Wanted(owner), actor=manager, at=NOW)
            for order, owner in zip(orders, owners, strict=True)
        )
    )

    assert results == [30] * 4
    for contact in Contact.objects.filter(pk__in=people):
        moves = moves_of(contact, TransitionKind.OWNER)
        assert len(moves) == 4
        assert are_chained(moves)
        assert moves[-1][1] == str(contact.owner_id)


@pytest.mark.parametrize("turn", range(3))
def test_two_persons_who_decide_on_one_lead_do_not_both(turn: int, manager: User) -> None:
    others = [UserFactory.create(role="manager", team=None) for _ in range(3)]
    handoff = HandoffFactory.create(contact__owner=None, contact__status_id="new", rep=UserFactory.create())
    later_on = (NOW + timedelta(days=9)).date()
    decisions: list[Callable[[User], Handoff]] = [
        lambda who: accept_handoff(handoff, actor=who, at=NOW),
        lambda who: reject_handoff(handoff, actor=who, at=NOW, reason="fit"),
        lambda who: recycle_handoff(handoff, actor=who, at=NOW, recontact_on=later_on),
    ]

    results = at_once(*(partial(decide, who) for decide, who in zip(decisions, others, strict=True)))

    decided = [result for result in results if isinstance(result, Handoff)]
    assert len(decided) == 1, results
    assert all(isinstance(result, Handoff | Refused) for result in results), results
    handoff.refresh_from_db()
    assert (handoff.state, handoff.decided_by) == (decided[0].state, decided[0].decided_by)
    by_people = Transition.objects.filter(contact=handoff.contact_id).exclude(actor=None)
    written = list(by_people.values_list("actor", "kind"))
    assert {actor for actor, _kind in written} == {handoff.decided_by_id}
    assert max(Counter(kind for _actor, kind in written).values()) == 1


def wait_until_somebody_waits(waits: Event) -> None:
    """Set the event once a connection waits for a lock of another; look for so long at most."""
    until = timezone.now() + timedelta(seconds=PATIENCE_SECONDS)
    with connection.cursor() as cursor:
        while timezone.now() < until and not waits.is_set():
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND state = 'active'"
            )
            if cursor.fetchone()[0]:
                waits.set()


def someone_due() -> Contact:
    return ContactFactory.create(status_id="unqualified", status_since=ago(days=2000), email="")


def a_run(actor: User) -> ErasureRun:
    """Approved, and no worker has begun."""
    rule = retention_rule()
    assert rule
    return ErasureRun.objects.create(
        version=rule, approved_by=actor, approved_at=NOW, total=due(rule, at=NOW).count()
    )


def test_who_is_given_a_status_while_an_erasure_runs_is_erased_or_changed_and_not_both(manager: User) -> None:
    people = [someone_due().pk for _ in range(30)]
    run = a_run(manager)
    dark = Wanted(None, Status.objects.get(pk="gone_dark"), reason="Silent.")

    erased, changed = at_once(
        partial(erase_batch, run.pk, at=NOW), partial(change_now, people[::-1], dark, actor=manager, at=NOW)
    )

    assert isinstance(erased, int), erased
    assert isinstance(changed, int | Refused), changed
    gone = set(Erasure.objects.values_list("contact", flat=True))
    moved = set(Transition.objects.filter(kind=TransitionKind.STATUS).values_list("contact", flat=True))
    assert len(gone) == 30 or (gone == set() and moved == set(people))


def test_who_gets_a_deal_while_an_erasure_waits_for_them_is_kept(manager: User) -> None:
    """Nobody with an open deal is erased, even if it was opened after the list was drawn and before its turn."""
    contact = someone_due()
    run = a_run(manager)
    is_open, waits = Event(), Event()

    def sell() -> str:
        with transaction.atomic():
            open_deal(contact, name="Seats", amount_cents=100, owner=manager, at=NOW, actor=manager)
            is_open.set()
            assert waits.wait(PATIENCE_SECONDS)
        return "sold"

    def erase() -> int:
        assert is_open.wait(PATIENCE_SECONDS)
        return erase_batch(run.pk, at=NOW)

    def look() -> str:
        """Let the seller go on once the eraser waits for the lock."""
        assert is_open.wait(PATIENCE_SECONDS)
        wait_until_somebody_waits(waits)
        return "looked"

    calls: list[Callable[[], Any]] = [sell, erase, look]
    results = at_once(*calls)

    assert results == ["sold", 1, "looked"]
    contact.refresh_from_db()
    assert not Erasure.objects.exists()
    assert contact.first_name
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (0, NOW)


def test_an_import_and_a_bulk_change_of_the_same_contacts_both_happen(
    manager: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    emails = [f"p{number}@client.test" for number in range(40)]
    people = [ContactFactory.create(email=email, owner=None, city="").pk for email in emails]
    text = "email,city\n" + "".join(f"{email},Lyon\n" for email in emails[::-1])
    run = runs.receive([text.encode()], file_name="leads.csv", actor=manager, at=NOW)
    runs.map_columns(
        run, mapping=mappings.from_json({"columns": {"email": "email", "city": "city"}}), actor=None, at=NOW
    )
    run.refresh_from_db()
    ImportRun.objects.filter(pk=run.pk).update(state="running", started_at=NOW)

    def load() -> object:
        return run_batches(run.pk, clock=moment)

    results = at_once(load, partial(change_now, people, Wanted(manager), actor=manager, at=NOW))

    assert not [result for result in results if isinstance(result, Exception)], results
    assert set(Contact.objects.filter(pk__in=people).values_list("city", "owner")) == {("Lyon", manager.pk)}
    assert {len(moves_of(contact, TransitionKind.OWNER)) for contact in Contact.objects.all()} == {1}
    run.refresh_from_db()
    assert (run.state, run.updated_count) == ("done", 40)


def moment() -> datetime:
    return NOW


def somebody_long_unqualified(**values: Any) -> Contact:
    long_ago = {"status_id": "unqualified", "status_since": ago(days=2000)}
    contact: Contact = ContactFactory.create(email="ana@x.test", city="", **long_ago, **values)
    return contact


def load_behind_an_erasure(manager: User, text: str, **mapping: Any) -> ImportRun:
    """The import has found the contact, and waits for it behind the erasure; columns are called as what they hold."""
    columns = {name: name for name in text.partition("\n")[0].split(",")}
    run = runs.receive([text.encode()], file_name="leads.csv", actor=manager, at=NOW)
    runs.map_columns(
        run, mapping=mappings.from_json({"columns": columns, "system": "crm", **mapping}), actor=None, at=NOW
    )
    ImportRun.objects.filter(pk=run.pk).update(state="running", started_at=NOW)
    erasure = a_run(manager)
    is_erased, waits = Event(), Event()

    def erase() -> int:
        with transaction.atomic():
            done = erase_batch(erasure.pk, at=NOW)
            is_erased.set()
            assert waits.wait(PATIENCE_SECONDS)
        return done

    def load() -> object:
        assert is_erased.wait(PATIENCE_SECONDS)
        return run_batches(run.pk, clock=moment)

    def look() -> str:
        assert is_erased.wait(PATIENCE_SECONDS)
        wait_until_somebody_waits(waits)
        return "looked"

    calls: list[Callable[[], Any]] = [erase, load, look]
    assert at_once(*calls) == [1, False, "looked"]
    run.refresh_from_db()
    assert run.state == "done"
    return run


@pytest.fixture
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.usefixtures("_media")
@pytest.mark.parametrize("deletes", [True, False])
def test_a_file_that_speaks_of_somebody_who_is_erased_meanwhile_brings_somebody_new(
    manager: User, deletes: bool
) -> None:
    if deletes:
        rule_says(RuleKey.RETENTION, "advise", how=DELETE)
    contact = somebody_long_unqualified()

    run = load_behind_an_erasure(manager, "email,city\nana@x.test,Lyon\n")

    contact.refresh_from_db()
    assert (contact.email, contact.city) == ("", "")
    assert list(Contact.objects.filter(email="ana@x.test").values_list("city", flat=True)) == ["Lyon"]
    assert (run.created_count, run.updated_count) == (1, 0)


@pytest.mark.usefixtures("_media")
def test_somebody_new_in_place_of_the_erased_who_lacks_information_goes_to_quarantine(manager: User) -> None:
    rule_says(RuleKey.MINIMUM_INFORMATION, "block", any_of=["phone"])
    somebody_long_unqualified(phone="+33612487703")

    run = load_behind_an_erasure(manager, "email,city\nana@x.test,Lyon\n")

    assert (run.created_count, run.updated_count, run.quarantined_count) == (0, 0, 1)
    assert QuarantinedContact.objects.get().payload["email"] == "ana@x.test"
    assert not Contact.objects.filter(email="ana@x.test").exists()


@pytest.mark.usefixtures("_media")
@pytest.mark.parametrize("identify_by", ["email", "external_id", "both"])
def test_what_an_erased_contact_was_called_elsewhere_is_free_for_somebody_new(
    manager: User, identify_by: str
) -> None:
    """Found by their external id, which the row gives to another address; it was taken, and is no more."""
    contact = somebody_long_unqualified()
    ExternalId.objects.create(contact=contact, system="crm", value="7")

    run = load_behind_an_erasure(manager, "email,external_id\nnew@x.test,7\n", identify_by=identify_by)

    assert (run.created_count, run.refused_count) == (1, 0)
    found = ExternalId.objects.select_related("contact").get(value="7").contact
    assert (found.email, found.pk == contact.pk) == ("new@x.test", False)


@pytest.mark.usefixtures("_media")
def test_an_address_of_the_erased_takes_nobody_from_whom_the_external_id_names(manager: User) -> None:
    """Two contacts by the two identities of one row, until one of them is erased."""
    somebody_long_unqualified()
    other = ContactFactory.create(email="", city="")
    ExternalId.objects.create(contact=other, system="crm", value="7")

    run = load_behind_an_erasure(manager, "email,external_id,city\nana@x.test,7,Lyon\n", identify_by="both")

    assert (run.updated_count, run.refused_count) == (1, 0)
    other.refresh_from_db()
    assert (other.email, other.city) == ("ana@x.test", "Lyon")


@pytest.mark.usefixtures("_media")
def test_two_rows_of_somebody_erased_meanwhile_bring_one_contact(manager: User) -> None:
    somebody_long_unqualified()

    run = load_behind_an_erasure(manager, "email,city\nana@x.test,Lyon\nana@x.test,Paris\n")

    assert (run.created_count, run.refused_count) == (1, 1)
    assert Contact.objects.get(email="ana@x.test").city == "Lyon"


@pytest.mark.usefixtures("_media")
def test_a_deal_of_somebody_erased_meanwhile_goes_to_whom_the_external_id_names(manager: User) -> None:
    somebody_long_unqualified()
    other = ContactFactory.create(email="")
    ExternalId.objects.create(contact=other, system="crm", value="7")

    text = "email,external_id,deal.name,deal.amount,deal.stage\nana@x.test,7,Seats,100,Devis\n"
    run = load_behind_an_erasure(manager, text, kind="deals", identify_by="both")

    assert (run.created_count, run.refused_count) == (1, 0)
    assert Deal.objects.get().contact == other


# Erasing beside deciding


def _decide_while_erasing(monkeypatch: pytest.MonkeyPatch, manager: User) -> list[object]:
    """A manager has the handoff of a contact in hand and reaches for the contact while an erasure comes along."""
    contact = someone_due()
    handoff = HandoffFactory.create(contact=contact, rep=UserFactory.create())
    run = a_run(manager)
    has_handoff, somebody_waits = Event(), Event()

    def reach_late(contact_id: int) -> Contact:
        has_handoff.set()
        assert somebody_waits.wait(PATIENCE_SECONDS)
        return lock(contact_id)

    monkeypatch.setattr(decisions, "lock", reach_late)

    def erase() -> int:
        assert has_handoff.wait(PATIENCE_SECONDS)
        return erase_batch(run.pk, at=NOW)

    def look() -> str:
        assert has_handoff.wait(PATIENCE_SECONDS)
        wait_until_somebody_waits(somebody_waits)
        return "looked"

    calls: list[Callable[[], Any]] = [
        lambda: accept_handoff(handoff, actor=manager, at=NOW).state,
        erase,
        look,
    ]
    return list(at_once(*calls))


def test_an_erasure_takes_the_handoff_before_the_contact_as_a_decision_does(
    monkeypatch: pytest.MonkeyPatch, manager: User
) -> None:
    assert _decide_while_erasing(monkeypatch, manager) == ["accepted", 0, "looked"]

    assert not Erasure.objects.exists()  # the status is another by now


def test_in_the_other_order_the_two_would_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, manager: User
) -> None:
    """The negative control: without the handoffs first, the server has to end one of the two."""
    assert contacts_awaited.disconnect(dispatch_uid="sla.await")
    try:
        results = _decide_while_erasing(monkeypatch, manager)
    finally:
        contacts_awaited.connect(lock_handoffs, dispatch_uid="sla.await")

    assert [type(result) for result in results].count(OperationalError) == 1
    assert any("deadlock" in str(result) for result in results)
