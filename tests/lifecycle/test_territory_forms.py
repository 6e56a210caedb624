"""Territories are written in one form that works without JavaScript; what is wrong is said in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from agreements.models import State
from lifecycle.models import RuleVersion
from lifecycle.rule_words import rule_sections
from lifecycle.territories import TERRITORIES
from tests.factories.accounts import UserFactory
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

URL = "/rules/distribution/edit/"


def written(*names: str, reps: list[User], **others: str) -> dict[str, Any]:
    """The form as a browser sends it, with territories of those names, each for the country of its name."""
    sent: dict[str, Any] = {
        "question_en": "How?",
        "question_fr": "Comment ?",
        "text_en": "By territory.",
        "text_fr": "Par territoire.",
        "mode": "warn",
        "revision": "1",
        "parameter_by_hand": ["absent", "full"],
        "territories": ",".join(str(place) for place in range(len(names))),
    }
    for place, name in enumerate(names):
        criteria = f"territory{place}-criteria-r"
        sent |= {
            f"territory{place}-name": name,
            f"territory{place}-reps": [str(rep.pk) for rep in reps],
            f"territory{place}-otherwise": "wait",
            f"{criteria}-kind": "all",
            f"{criteria}_0-kind": "fact",
            f"{criteria}_0-fact": "country",
            f"{criteria}_0-op": "is",
            f"{criteria}_0-value": name,
        }
    return sent | others


def the_draft() -> RuleVersion:
    return RuleVersion.objects.get(rule__key="distribution", agreement__state=State.DRAFT)


def test_territories_are_saved_in_their_order_and_read_in_both_languages(
    as_marketer: Client, rep: User
) -> None:
    sent = written("DE", "CH", reps=[rep], territories="1,0")
    assert as_marketer.post(URL, sent).status_code == 303
    draft = the_draft()
    assert draft.parameters == {
        "by_hand": ["absent", "full"],
        TERRITORIES: [
            {
                "name": name,
                "criteria": {"all": [{"fact": "country", "op": "is", "value": name}]},
                "reps": [rep.pk],
                "otherwise": "wait",
            }
            for name in ("CH", "DE")
        ],
    }
    said = {section.label: section.text for section in rule_sections(draft)}
    who = rep.get_full_name()
    assert said["Territories, in English"].splitlines()[0] == (
        f"1. CH. The country is “CH”. Taken by {who}; when none of them can, the lead waits in the queue of all."
    )
    assert said["Territories, in French"].splitlines()[1] == (
        f"2. DE. Le pays est «\u202fDE\u202f». Pris par {who}\u202f; si personne parmi eux ne peut, le lead attend"
        " dans la file commune."
    )
    assert as_marketer.get(f"/agreements/{draft.agreement_id}/").status_code == 200


def test_a_button_moves_adds_and_removes_and_saves_nothing(as_marketer: Client, rep: User) -> None:
    sent = written("DE", "CH", reps=[rep])
    for command, order in (("up:1", "1,0"), ("down:0", "1,0"), ("remove:0", "1"), ("add:2", "0,1,2")):
        answer = as_marketer.post(URL, {**sent, "territories-do": command})
        assert answer.status_code == 200
        assert f'name="territories" value="{order}"' in answer.content.decode()
    answer = as_marketer.post(URL, {**sent, "territory1-criteria-do": "fact:r"})
    assert 'name="territory1-criteria-r_1-kind"' in answer.content.decode()
    assert "needs another look" not in answer.content.decode()
    assert not RuleVersion.objects.filter(agreement__state=State.DRAFT).exists()


def test_enter_in_the_search_of_a_builder_searches_and_saves_nothing(as_marketer: Client, rep: User) -> None:
    sent = written("DE", reps=[rep]) | {"territories-default": "1", "territory0-criteria-find": "headcount"}
    answer = as_marketer.post(URL, sent)
    assert answer.status_code == 200
    assert "with-fact:company.headcount" in answer.content.decode()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "without a name": ({"territory0-name": ""}, "This field is required."),
    "without anybody": ({"territory0-reps": []}, "a territory without anybody takes no leads"),
    "an unknown user": ({"territory0-reps": ["987654321"]}, "Somebody chosen here is not known."),
    "two of one name": ({"territory1-name": "de"}, "Another territory has this name"),
    "without criteria": ({"territory0-criteria-r_0-kind": ""}, "every lead would be of it"),
    "criteria that say nothing": ({"territory0-criteria-r_0-value": ""}, "One criterion needs another look"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_at_its_place(case: str, as_marketer: Client, rep: User) -> None:
    change, words = WRONG[case]
    answer = as_marketer.post(URL, written("DE", "CH", reps=[rep]) | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RuleVersion.objects.filter(agreement__state=State.DRAFT).exists()


def test_who_left_sales_is_named_and_has_to_be_taken_out(
    as_marketer: Client, rep: User, marketer: User
) -> None:
    left = UserFactory.create(is_active=False, first_name="Ada", last_name="Noor")
    answer = as_marketer.post(URL, written("DE", reps=[rep, left, marketer]))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Not in sales any more: " in page
    assert "Ada Noor (not in sales)" in page


def test_the_form_shows_what_the_version_says_and_tries_it(as_marketer: Client, rep: User) -> None:
    territory = {
        "name": "DE",
        "criteria": {"all": [{"fact": "country", "op": "is", "value": "DE"}]},
        "reps": [rep.pk],
        "otherwise": "everybody",
    }
    rule_says("distribution", "warn", territories=[territory])
    page = as_marketer.get(URL).content.decode()
    assert 'value="DE"' in page
    assert "The last three months, dealt this way" in page
    with override("fr"):
        assert as_marketer.get("/rules/distribution/").status_code == 200


def test_two_of_one_name_are_told_apart_by_their_addresses(as_marketer: Client, rep: User) -> None:
    other = UserFactory.create(first_name=rep.first_name, last_name=rep.last_name, email="other@example.com")
    UserFactory.create(first_name="Only", last_name="One")
    name = rep.get_full_name()
    page = as_marketer.post(
        URL, written("DE", reps=[rep, other]) | {"territories-do": "look"}
    ).content.decode()
    for each in (f"{name} ({rep.email})", f"{name} (other@example.com)"):
        assert page.count(each) == 2  # to be chosen, and in the trial
    assert "Only One (" not in page


def test_a_form_from_before_there_were_territories_keeps_them(as_marketer: Client, rep: User) -> None:
    first = written("DE", reps=[rep])
    as_marketer.post(URL, first)
    before = the_draft()
    later = {name: value for name, value in first.items() if not name.startswith("territor")}
    later |= {"revision": str(before.agreement.revision), "text_en": "Otherwise said."}
    assert as_marketer.post(URL, later).status_code == 303
    assert the_draft().parameters == before.parameters


def test_without_territories_the_version_says_nothing_of_them(as_marketer: Client) -> None:
    assert as_marketer.post(URL, written(reps=[])).status_code == 303
    assert TERRITORIES not in the_draft().parameters
