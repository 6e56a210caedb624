"""A first workshop: five people of two teams agree on a word and on a definition, and the contacts follow."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from agreements.adoption import adoption_of
from agreements.models import Agreement, State
from leads.models import Contact
from lifecycle.models import DefinitionRound, StageDefinition, Term
from tests.browser.conftest import Visits, choose, next_page, ready
from tests.browser.judging import assert_accessible, assert_fits
from tests.factories.accounts import MarketerFactory
from tests.factories.leads import ContactFactory
from tests.worker import Worker, wait_for

PATIENCE = 60_000
"""Milliseconds for a page to answer; a loaded machine is slow."""

FRENCH = ("leo", "claire")
"""One of each side works in French; the agreement is one."""
SAID = {
    "en": {"accepted": "You have accepted it."},
    "fr": {"accepted": "Vous l’avez acceptée."},
}

KNOWN_BY_MAIL = {"all": [{"fact": "email", "op": "known"}]}
CHOSEN = "Somebody who asked us for a call."


@dataclass(frozen=True)
class Workshop:
    """Five browsers, one a person, open all the time, and the worker that does what was signed."""

    pages: dict[str, Page]
    worker: Worker

    def go(self, name: str, path: str) -> Page:
        page = self.pages[name]
        page.goto(path)
        ready(page)
        return page


def language_of(name: str) -> str:
    return "fr" if name in FRENCH else "en"


def submit(page: Page, selector: str) -> None:
    """Press the button and wait for the page that answers."""
    with next_page(page):
        page.locator(selector).first.click()


@pytest.fixture
def people(marketer: User, rep: User, other_rep: User, manager: User) -> dict[str, User]:
    leo = MarketerFactory.create(first_name="Léo", last_name="Martin", team=marketer.team)
    return {"ines": marketer, "leo": leo, "claire": rep, "hugo": other_rep, "paul": manager}


@pytest.fixture
def workshop(visit: Visits, running: Worker, people: dict[str, User]) -> Workshop:
    pages = {
        name: visit("/keys/", user=person, language=language_of(name)) for name, person in people.items()
    }
    return Workshop(pages, running)


def test_five_people_of_two_teams_agree_and_the_contacts_follow(
    workshop: Workshop, people: dict[str, User]
) -> None:
    agreement = a_round_becomes_a_draft(workshop, people)
    submit(workshop.go("ines", f"/agreements/{agreement.pk}/"), "#propose button.is-primary")
    both_sides_sign(workshop, agreement)
    everybody_accepts(workshop, people, agreement)
    definition = a_definition_moves_contacts_and_says_why(workshop, people)
    everybody_accepts(workshop, people, definition)


def a_round_becomes_a_draft(workshop: Workshop, people: dict[str, User]) -> Agreement:
    """Written blind, compared, voted on."""
    term = Term.objects.get(covers="stage:mql")
    page = workshop.go("paul", f"/terms/{term.slug}/rounds/new/")
    for person in people.values():
        page.locator(f"input[name=people][value='{person.pk}']").check()
    submit(page, "main form button.is-primary")
    asked = DefinitionRound.objects.get()
    for name in people:
        page = workshop.go(name, f"/terms/rounds/{asked.pk}/")
        page.locator("textarea[name=text]").fill(CHOSEN if name == "leo" else f"What {name} thinks it is.")
        submit(page, "form[action$='/write/'] button.is-primary")
    leos = asked.entries.get(user=people["leo"])
    for name in ("ines", "claire", "hugo"):
        page = workshop.go(name, f"/terms/rounds/{asked.pk}/")
        submit(page, f"#text-{leos.pk} form button")
    page = workshop.go("paul", f"/terms/rounds/{asked.pk}/")
    submit(page, "form[action$='/close/'] button")
    expect(page.locator("main")).to_contain_text(CHOSEN)
    return Agreement.objects.get(subject=f"term:{term.pk}", state=State.DRAFT)


def a_disagreement_blocks_and_is_settled(workshop: Workshop, draft: Agreement) -> None:
    """Sales disagrees with the criteria that would move contacts; marketing answers before it can be proposed."""
    address = f"/agreements/{draft.pk}/"
    page = workshop.go("hugo", address)
    page.locator("#id_section").select_option("In English")
    page.locator("#id_text").fill("An address is not enough: partners write to us too.")
    page.locator("#id_is_disagreement").check()
    submit(page, "#say button")

    page = workshop.go("ines", address)
    button = page.locator("#propose button.is-primary")
    expect(button).to_have_attribute("aria-describedby", "why-not")
    expect(page.locator("#why-not")).to_contain_text(
        "One disagreement is open, so v2 cannot be proposed yet."
    )
    assert_accessible(page)
    assert_fits(page)
    page.set_viewport_size({"width": 1360, "height": 900})
    page.locator("article .sm-answer summary").click()
    page.locator("article .sm-answer textarea").fill(
        "A lead is whom marketing may write to. Partners are kept out one stage later, of the MQL."
    )
    submit(page, "button[name=settles]")
    expect(page.locator("#discussion")).to_contain_text("Disagreement, settled")
    submit(page, "#propose button.is-primary")
    expect(page.locator("main")).to_contain_text("v2 proposed")


def both_sides_sign(workshop: Workshop, agreement: Agreement) -> None:
    for name in ("ines", "claire"):
        page = workshop.go(name, "/agreements/")
        expect(page.locator(".sm-rail .sm-count.is-hot")).to_have_text("1")
        submit(page, f".sm-agreement-lines a.is-primary[href='/agreements/{agreement.pk}/']")
        assert_accessible(page)
        submit(page, "#sign button.is-primary")
    expect(page.locator("main")).to_contain_text("v2 en vigueur")


def everybody_accepts(workshop: Workshop, people: dict[str, User], agreement: Agreement) -> None:
    for name in ("leo", "hugo", "paul"):
        page = workshop.go(name, f"/agreements/{agreement.pk}/")
        assert_accessible(page)
        submit(page, "#accept button")
        expect(page.locator("main")).to_contain_text(SAID[language_of(name)]["accepted"])
    agreement.refresh_from_db()
    assert adoption_of([agreement]).share(agreement).rate == 1.0
    page = workshop.go("paul", "/agreements/overview/")
    expect(page.locator("tbody").first).to_contain_text(f"{len(people)} of {len(people)}")
    expect(page.locator("main")).to_contain_text("Everybody has accepted everything that concerns them.")
    assert_accessible(page)
    assert_fits(page)


def a_definition_moves_contacts_and_says_why(workshop: Workshop, people: dict[str, User]) -> Agreement:
    """Claire's contact is a lead once the worker has published what both have signed, and not before."""
    contact = ContactFactory.create(owner=people["claire"], first_name="", last_name="", company=None)
    workshop.worker.finish(contact.pk)
    assert Contact.objects.get(pk=contact.pk).stage_id == "subscriber"

    draft = drafted_definition(workshop)
    a_disagreement_blocks_and_is_settled(workshop, draft)
    submit(workshop.go("ines", f"/agreements/{draft.pk}/"), "#sign button.is-primary")
    workshop.worker.finish(contact.pk)
    assert Contact.objects.get(pk=contact.pk).stage_id == "subscriber", "one side has signed"

    submit(workshop.go("claire", f"/agreements/{draft.pk}/"), "#sign button.is-primary")
    assert Agreement.objects.get(pk=draft.pk).state == State.IN_FORCE
    wait_for(
        lambda: Contact.objects.get(pk=contact.pk).stage_id == "lead",
        f"the contact follows\n{workshop.worker.said()}",
    )
    page = workshop.go("claire", f"/contacts/{contact.pk}/")
    expect(page.locator("#why")).to_contain_text("Définition v2")
    expect(page.locator("#why")).to_contain_text("On connaît l’e-mail")
    assert_accessible(page)
    return Agreement.objects.get(pk=draft.pk)


def drafted_definition(workshop: Workshop) -> Agreement:
    """Put together in the builder, line by line."""
    page = workshop.go("ines", "/definitions/lead/edit/")
    page.locator("[name=prose_en]").fill("Whoever can be written to.")
    lines = page.locator("[id^='criteria-r_']").filter(has=page.get_by_role("button", name="Remove"))
    while page.locator("#criteria-r_1").count():
        number = lines.count()
        page.locator("#criteria-r_1").get_by_role("button", name="Remove").last.click()
        expect(lines).not_to_have_count(number)
    first = page.locator("#criteria-r_0")
    choose(first.get_by_label("Fact"), "email")
    choose(first.get_by_label("Operator"), "known")
    expect(page.locator("#criteria-words")).to_contain_text("e-mail")
    submit(page, "form[data-guard] .sm-form-actions button.is-primary")
    definition = StageDefinition.objects.get(stage_id="lead", agreement__state=State.DRAFT)
    assert definition.criteria == KNOWN_BY_MAIL
    return definition.agreement
