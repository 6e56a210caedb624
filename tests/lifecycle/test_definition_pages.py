"""Stages are defined by criteria that are read aloud, built on the page, and agreed before they run."""

from __future__ import annotations

import pytest
from django.test import Client

from agreements.models import Agreement, State
from leads import criteria_trial
from leads.facts import contact_catalogue
from lifecycle.criteria.parse import parse
from lifecycle.keys import StageKey
from lifecycle.models import RuleVersion, StageDefinition
from lifecycle.reference_definitions import AS_INSTALLED, references
from tests.factories.leads import CompanyFactory, ContactFactory
from tests.pages import Fields

pytestmark = pytest.mark.django_db


def as_sent(page: str) -> dict[str, str]:
    """Every field of the page's form as a browser would send it back unchanged."""
    import re

    fields: dict[str, str] = {}
    form = page[page.index('class="sm-stack" data-guard') :]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        if name and 'type="submit"' not in tag and ('type="checkbox"' not in tag or "checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            fields[name[1]] = value[1] if value else "on" if 'type="checkbox"' in tag else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        fields[name] = (chosen or first)[1]  # type: ignore[index] # a select has options
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        fields[name] = text.strip()
    return fields


def test_every_stage_says_in_words_what_makes_a_contact_enter(as_rep: Client) -> None:
    page = as_rep.get("/definitions/").content.decode()

    assert "The e-mail is known." in page
    assert page[: page.index('id="h-who"')].count("v1 in force") == 7


def test_the_reader_gets_the_sentence_of_their_language(as_rep: Client) -> None:
    as_rep.post("/settings/preferences/", {"language": "fr"})

    assert "On connaît l’e-mail." in as_rep.get("/definitions/subscriber/").content.decode()


def test_a_saved_draft_keeps_criteria_and_prose(as_marketer: Client) -> None:
    sent = as_sent(as_marketer.get("/definitions/mql/edit/").content.decode())
    answer = as_marketer.post("/definitions/mql/edit/", sent | {"prose_en": "Ready to talk."})

    draft = StageDefinition.objects.get(agreement__state=State.DRAFT)
    in_force = StageDefinition.objects.in_force().get(stage_id="mql")
    assert answer.status_code == 303
    assert draft.prose_en == "Ready to talk."
    assert draft.criteria == in_force.criteria


def test_a_button_of_the_builder_saves_nothing(as_marketer: Client) -> None:
    sent = as_sent(as_marketer.get("/definitions/mql/edit/").content.decode())
    answer = as_marketer.post("/definitions/mql/edit/", sent | {"criteria-do": "add-fact:r"})

    assert answer.status_code == 200
    assert Agreement.objects.open().count() == 0


def test_a_rep_reads_definitions_and_drafts_none(as_rep: Client) -> None:
    assert "/definitions/mql/edit/" not in as_rep.get("/definitions/mql/").content.decode()


def test_a_rule_keeps_the_types_of_its_parameters(as_marketer: Client) -> None:
    rule = RuleVersion.objects.in_force().get(rule__key="retention")
    sent = {
        "question_en": rule.question_en,
        "question_fr": rule.question_fr,
        "text_en": "After six months.",
        "text_fr": rule.text_fr,
        "mode": "warn",
        "delay_unqualified": "6",
        "delay_lost": "24",
        "parameter_how": "anonymise",
        "revision": "1",
    }
    assert as_marketer.post("/rules/retention/edit/", sent).status_code == 303

    draft = RuleVersion.objects.get(agreement__state=State.DRAFT)
    assert (draft.parameters, draft.mode) == (
        {"delays": {"unqualified": 6, "lost": 24}, "how": "anonymise"},
        "warn",
    )


def test_a_parameter_of_the_wrong_type_is_refused(as_marketer: Client) -> None:
    sent = {"question_en": "?", "text_en": "!", "mode": "warn", "parameter_how": "delete", "revision": "1"}

    assert as_marketer.post("/rules/retention/edit/", {**sent, "delay_lost": "many"}).status_code == 422
    assert as_marketer.post("/rules/retention/edit/", {**sent, "delay_lost": "12"}).status_code == 303


def test_the_key_of_a_field_is_said_once_and_its_words_may_change(as_marketer: Client) -> None:
    sent = {"entity": "contact", "key": "plants", "label_en": "Plants", "type": "number"}
    assert as_marketer.post("/settings/fields/", sent).status_code == 303
    assert as_marketer.post("/settings/fields/", sent).status_code == 422


def test_the_panel_says_who_would_be_in_and_who_nearly(as_marketer: Client) -> None:
    for place, headcount in enumerate((800, 450)):
        company = CompanyFactory.create(headcount=headcount)
        ContactFactory.create(first_name=f"Person{place}", last_name="", company=company)
    sent = as_sent(as_marketer.get("/definitions/customer/edit/").content.decode())
    asked = {
        "criteria-r_0-fact": "company.headcount",
        "criteria-r_0-op": "gte",
        "criteria-r_0-value": "500",
        "criteria-do": "check",
    }
    page = as_marketer.post("/definitions/customer/edit/", sent | asked).content.decode()

    panel = page[page.index('id="criteria-panel"') :]
    assert "headcount 800 ≥ 500" in panel
    assert "headcount 450 &lt; 500" in panel
    assert Agreement.objects.open().count() == 0


def test_check_shows_what_is_wrong_at_its_line_and_looking_does_not(as_marketer: Client) -> None:
    sent = as_sent(as_marketer.get("/definitions/customer/edit/").content.decode())
    wrong = sent | {"criteria-r_0-value": ""}
    url = "/definitions/customer/edit/"
    assert (
        'id="criteria-r_0-errors"' in as_marketer.post(url, wrong | {"criteria-do": "check"}).content.decode()
    )
    assert (
        "criteria-r_0-errors" not in as_marketer.post(url, wrong | {"criteria-do": "look"}).content.decode()
    )


def test_a_fact_is_found_by_a_part_of_its_name_and_added(as_marketer: Client) -> None:
    url = "/definitions/customer/edit/"
    sent = as_sent(as_marketer.get(url).content.decode())
    found = as_marketer.post(
        url, sent | {"criteria-do": "find", "criteria-find": "HEADCÔUNT"}
    ).content.decode()
    assert 'value="with-fact:company.headcount"' in found

    added = as_marketer.post(url, sent | {"criteria-do": "with-fact:company.headcount"}).content.decode()
    assert '<option value="company.headcount" selected>' in added


def test_enter_in_the_search_searches_instead_of_saving(as_marketer: Client) -> None:
    url = "/definitions/customer/edit/"
    sent = as_sent(as_marketer.get(url).content.decode()) | {"criteria-default": "1", "criteria-find": "fit"}
    assert as_marketer.post(url, sent).status_code == 200
    assert Agreement.objects.open().count() == 0


def test_criteria_that_would_take_long_are_refused_with_the_reason(
    as_marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(criteria_trial, "COSTLY", -1.0)  # an empty table may cost nothing
    url = "/definitions/customer/edit/"
    answer = as_marketer.post(url, as_sent(as_marketer.get(url).content.decode()))
    assert answer.status_code == 422
    assert "This would take long to answer for every contact." in answer.content.decode()
    assert Agreement.objects.open().count() == 0


# Ways to define a stage


@pytest.mark.parametrize("stage", StageKey.ALL)
def test_every_reference_reads_back_and_is_said_in_both_languages(stage: str) -> None:
    found = references(stage)

    assert found[0].key == AS_INSTALLED
    assert len({one.key for one in found}) == len(found)
    for one in found:
        assert parse(one.criteria, contact_catalogue())
        assert all((one.name_en, one.name_fr, one.prose_en, one.prose_fr))


def test_a_draft_begins_from_a_reference_and_nothing_is_written_before_it_is_saved(
    as_marketer: Client,
) -> None:
    before = StageDefinition.objects.count()
    plain = as_marketer.get("/definitions/opportunity/edit/")

    page = as_marketer.get("/definitions/opportunity/edit/", {"from": "offer_likely"})

    assert 'href="?from=offer_likely">Spoken to, verified, an offer is likely</a>' in plain.text
    assert page.context["form"]["prose_en"].value().startswith("We have talked")
    assert StageDefinition.objects.count() == before
    sent = Fields(page.text).sent
    answer = as_marketer.post("/definitions/opportunity/edit/?from=offer_likely", sent)
    assert answer.status_code == 303
    draft = StageDefinition.objects.get(stage="opportunity", agreement__state=State.DRAFT)
    (chosen,) = (one for one in references("opportunity") if one.key == "offer_likely")
    assert parse(draft.criteria, contact_catalogue()) == parse(chosen.criteria, contact_catalogue())
    assert (draft.prose_fr, draft.is_automatic) == (chosen.prose_fr, True)


def test_a_reference_that_there_is_not_changes_nothing(as_marketer: Client) -> None:
    page = as_marketer.get("/definitions/mql/edit/", {"from": "nowhere"})

    assert page.context["chosen"] is None
    assert page.context["form"]["prose_en"].value() == StageDefinition.objects.get(stage="mql").prose_en
