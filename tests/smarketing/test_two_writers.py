"""Two people change the same thing at once: the second sees both texts, and nobody's words are lost.

The page of a contact's facts is tested where it is, and so are drafts of the contract and of scoring.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import propose, sign
from agreements.models import Agreement, State
from lifecycle.models import Rule
from reporting.actions import ObjectivesChangedError, set_objectives
from reporting.models import Objective
from tests.factories.accounts import UserFactory
from tests.factories.leads import CampaignFactory, CompanyFactory
from tests.factories.lifecycle import FieldFactory, TermVersionFactory
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory
from tests.factories.sla import BreachFactory
from tests.fingerprint import changed_since, fingerprint
from tests.pages import Fields

pytestmark = pytest.mark.django_db

THEIRS, MINE = "What the first one wrote.", "What the second one wrote."


def a_term() -> str:
    return f"/terms/{TermVersionFactory.create().term.slug}/edit/"


def a_persona() -> str:
    return f"/personas/{PersonaVersionFactory.create().persona.slug}/edit/"


def a_rule() -> str:
    return f"/rules/{Rule.objects.earliest('number').key}/edit/"


each_page = pytest.mark.parametrize(
    ("page", "field"),
    [
        (a_term, "sentence_en"),
        (a_persona, "summary_en"),
        (a_rule, "text_en"),
        (lambda: "/definitions/mql/edit/", "prose_en"),
    ],
    ids=["term", "persona", "rule", "definition"],
)


@each_page
def test_the_second_writer_sees_both_texts_and_loses_none(
    page: Callable[[], str], field: str, as_marketer: Client
) -> None:
    address = page()
    as_read_by_both = Fields(as_marketer.get(address).content.decode()).sent

    first = as_marketer.post(address, as_read_by_both | {field: THEIRS})
    second = as_marketer.post(address, as_read_by_both | {field: MINE})

    assert (first.status_code, second.status_code) == (303, 409)
    shown = second.content.decode()
    assert "This draft changed while you were writing." in shown
    assert THEIRS in shown
    kept = Fields(shown).sent
    assert kept[field] == MINE
    version = Agreement.objects.latest("pk")
    written = version.revision
    assert (version.state, kept["revision"]) == ("draft", str(written))

    third = as_marketer.post(address, kept)
    version.refresh_from_db()
    assert (third.status_code, version.revision) == (303, written + 1)


def signed_by_both(*people: User) -> Agreement:
    """What is drafted, in force."""
    agreement = propose(Agreement.objects.open().get(), actor=people[0], at=NOW)
    for person in people:
        agreement = sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
    return agreement


@each_page
def test_whoever_wrote_on_a_text_that_is_no_longer_in_force_sees_the_newer_one(
    page: Callable[[], str], field: str, as_marketer: Client, marketer: User, rep: User
) -> None:
    address = page()
    stale = Fields(as_marketer.get(address).content.decode()).sent
    as_marketer.post(address, stale | {field: THEIRS})
    newer = signed_by_both(marketer, rep)

    answer = as_marketer.post(address, stale | {field: MINE})

    assert answer.status_code == 409
    assert not Agreement.objects.open().exists()
    shown = answer.content.decode()
    assert "A newer version came into force while you were writing." in shown
    assert f'href="/agreements/{newer.pk}/"' in shown
    assert THEIRS in shown
    kept = Fields(shown).sent
    assert kept[field] == MINE

    assert as_marketer.post(address, kept).status_code == 303
    draft = Agreement.objects.open().get()
    assert (draft.state, draft.number) == (State.DRAFT, newer.number + 1)


@pytest.mark.parametrize(
    ("address", "field"),
    [("/contracts/draft/", "mql_target"), ("/scoring/edit/", "window_days")],
    ids=["contract", "scoring"],
)
def test_whoever_wrote_on_numbers_that_are_no_longer_in_force_sees_the_newer_ones(
    address: str, field: str, as_marketer: Client, marketer: User, rep: User
) -> None:
    stale = Fields(as_marketer.get(address).content.decode()).sent
    as_marketer.post(address, stale | {field: "91"})
    newer = signed_by_both(marketer, rep)

    answer = as_marketer.post(address, stale | {field: "87"})

    assert answer.status_code == 409
    assert not Agreement.objects.open().exists()
    shown = answer.content.decode()
    assert "A newer version came into force while you were writing." in shown
    assert f'href="/agreements/{newer.pk}/"' in shown
    assert [(str(theirs), str(mine)) for _label, theirs, mine in answer.context["clash"].fields] == [
        ("91", "87")
    ]
    kept = Fields(shown).sent
    assert kept[field] == "87"

    assert as_marketer.post(address, kept).status_code == 303
    draft = Agreement.objects.open().get()
    assert (draft.state, draft.number) == (State.DRAFT, newer.number + 1)


def test_whoever_still_wrote_on_the_draft_learns_that_it_is_in_force(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    address = a_term()
    as_marketer.post(
        address, Fields(as_marketer.get(address).content.decode()).sent | {"sentence_en": THEIRS}
    )
    stale = Fields(as_marketer.get(address).content.decode()).sent
    signed_by_both(marketer, rep)

    answer = as_marketer.post(address, stale | {"sentence_en": MINE})

    assert answer.status_code == 409
    assert "A newer version came into force while you were writing." in answer.content.decode()
    assert not Agreement.objects.open().exists()


@pytest.mark.parametrize("revision", ["0", "", "nonsense"])
def test_a_form_that_names_no_revision_begins_nothing_over_what_is_in_force(
    revision: str, as_marketer: Client
) -> None:
    address = a_term()
    sent = Fields(as_marketer.get(address).content.decode()).sent | {"revision": revision}

    assert as_marketer.post(address, sent).status_code == 409
    assert not Agreement.objects.open().exists()


# What is changed at once, without a draft


def a_person() -> tuple[str, str]:
    return f"/settings/people/{UserFactory.create(first_name='Zoé').pk}/", "first_name"


def a_field() -> tuple[str, str]:
    return f"/settings/fields/{FieldFactory.create().pk}/", "label_en"


def a_company() -> tuple[str, str]:
    return f"/companies/{CompanyFactory.create().pk}/edit/", "name"


def a_campaign() -> tuple[str, str]:
    return f"/campaigns/{CampaignFactory.create().pk}/edit/", "brief"


def a_breach() -> tuple[str, str]:
    return f"/breaches/{BreachFactory.create().pk}/", "note"


each_form = pytest.mark.parametrize("thing", [a_person, a_field, a_company, a_campaign, a_breach])


def fields_of(browser: Client, address: str) -> dict[str, object]:
    """The form of the page as it would be sent back untouched."""
    answer: Any = browser.get(address)
    form = answer.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value is not False and value not in (None, "")}


@each_form
def test_the_second_of_two_edits_is_held_beside_the_first(
    thing: Callable[[], tuple[str, str]], as_admin: Client
) -> None:
    address, field = thing()
    as_read_by_both = fields_of(as_admin, address)

    first = as_admin.post(address, as_read_by_both | {field: THEIRS})
    before = fingerprint()
    second = as_admin.post(address, as_read_by_both | {field: MINE})

    assert (first.status_code, second.status_code) == (303, 409)
    assert changed_since(before) == []
    shown = second.content.decode()
    assert "while you were writing" in shown
    assert re.search(f"<td>{THEIRS}</td><td>{MINE}</td>", shown)
    form = cast("Any", second).context["form"]
    again = as_read_by_both | {name: form[name].value() for name in form.fields if form[name].is_hidden}

    assert as_admin.post(address, again | {field: MINE}).status_code == 303
    assert fields_of(as_admin, address)[field] == MINE


@each_form
def test_whoever_writes_what_stands_there_by_now_meets_nobody(
    thing: Callable[[], tuple[str, str]], as_admin: Client
) -> None:
    address, field = thing()
    as_read_by_both = fields_of(as_admin, address)

    as_admin.post(address, as_read_by_both | {field: THEIRS})
    before = fingerprint()
    answer = as_admin.post(address, as_read_by_both | {field: THEIRS})

    assert answer.status_code == 303
    assert changed_since(before) == []


@pytest.mark.parametrize("version", ["", "0", "nonsense", str(2**63)])
@pytest.mark.parametrize("thing", [a_person, a_field, a_company, a_campaign])
def test_a_form_that_names_no_version_changes_nothing(
    version: str, thing: Callable[[], tuple[str, str]], as_admin: Client
) -> None:
    address, field = thing()
    sent = fields_of(as_admin, address) | {field: MINE, "version": version}

    assert as_admin.post(address, sent).status_code in (409, 422)
    assert fields_of(as_admin, address).get(field) != MINE


def test_a_choice_of_both_is_told_in_words(as_admin: Client) -> None:
    person = UserFactory.create(role="rep", may_sign=False)
    address = f"/settings/people/{person.pk}/"
    as_read_by_both = fields_of(as_admin, address)

    as_admin.post(address, as_read_by_both | {"role": "manager", "may_sign": "on"})
    shown = as_admin.post(address, as_read_by_both | {"role": "marketer", "team": ""}).content.decode()

    assert "<td>Manager</td><td>Marketer</td>" in shown
    assert f"<td>{person.team}</td><td>Both sides</td>" in shown
    assert "<td>Yes</td><td>No</td>" in shown


def test_objectives_of_other_months_both_survive_and_of_the_same_meet(as_manager: Client) -> None:
    address = "/cockpit/objectives/"
    opened = fields_of(as_manager, address)
    one, other = list(cast("Any", as_manager.get(address)).context["form"].months)[:2]

    assert as_manager.post(address, opened | {str(one): "100"}).status_code == 302
    assert as_manager.post(address, opened | {str(other): "200"}).status_code == 302
    assert objectives() == {one: 100_00, other: 200_00}

    answer = as_manager.post(address, opened | {str(one): "300"})

    assert answer.status_code == 409
    assert "<td>100</td><td>300</td>" in answer.content.decode()
    assert objectives() == {one: 100_00, other: 200_00}

    # The other's month stands in the form that was kept, and the person decides on both.
    form = cast("Any", answer).context["form"]
    again = opened | {"seen": form["seen"].value(), str(one): "300", str(other): "200"}
    assert as_manager.post(address, again).status_code == 302
    assert objectives() == {one: 300_00, other: 200_00}


def test_of_two_objectives_at_once_one_is_told_of_the_other(manager: User) -> None:
    month = date(2031, 1, 1)
    set_objectives({month: 100}, seen={}, actor=manager)

    with pytest.raises(ObjectivesChangedError):
        set_objectives({month: 200}, seen={}, actor=manager)
    set_objectives({month: None}, seen={month: 100}, actor=manager)
    assert objectives() == {}


def objectives() -> dict[date, int]:
    return dict(Objective.objects.values_list("month", "amount_cents"))
