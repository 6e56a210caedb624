"""Two people name something alike at one moment: the second is told at the field, as if a moment had passed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from accounts.models import User
from leads.models import Campaign, Company
from lifecycle.models import Field, Rule, Term
from personas.models import Persona
from tests.factories.accounts import UserFactory
from tests.factories.leads import CampaignFactory, CompanyFactory, SourceFactory
from tests.factories.lifecycle import FieldFactory, RuleFactory, TermFactory
from tests.factories.personas import PersonaFactory
from tests.pages import Fields

pytestmark = pytest.mark.django_db(transaction=True)

WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'transactionid'
"""


def meanwhile(write: Callable[[], object], send: Callable[[], Any]) -> Any:
    """What `send` is answered while somebody has written and not yet committed; they do once it waits for them."""
    begun, answered = threading.Event(), threading.Event()

    def faster() -> None:
        with transaction.atomic():
            write()
            begun.set()
            while not answered.wait(0.05):
                with connection.cursor() as cursor:
                    cursor.execute(WAITS)
                    if cursor.fetchone()[0]:
                        break
        connections.close_all()

    thread = threading.Thread(target=faster)
    thread.start()
    assert begun.wait(60)
    try:
        return send()
    finally:
        answered.set()
        thread.join()


def sent_to(browser: Client, url: str, **values: str) -> Callable[[], Any]:
    """The form as its page shows it, with these answers."""
    page: Any = browser.get(url)
    data = {**Fields(page.content.decode()).sent, **values}
    return lambda: browser.post(url, data)


PLAIN = {"sentence_en": "What it means.", "sentence_fr": "Ce que c’est."}


def test_a_term_of_the_same_name(as_marketer: Client) -> None:
    answer = meanwhile(
        lambda: TermFactory.create(slug="churn"),
        sent_to(as_marketer, "/terms/new/", name_en="Churn", name_fr="Attrition", **PLAIN),
    )
    assert answer.status_code == 422
    assert "The glossary has a term of that name already." in answer.content.decode()
    assert Term.objects.filter(slug="churn").count() == 1


def test_a_persona_of_the_same_name(as_marketer: Client) -> None:
    answer = meanwhile(
        lambda: PersonaFactory.create(slug="buyer"),
        sent_to(as_marketer, "/personas/new/", name_en="Buyer", name_fr="Acheteur"),
    )
    assert answer.status_code == 422
    assert "There is a persona of that name already." in answer.content.decode()
    assert Persona.objects.filter(slug="buyer").count() == 1


def test_a_field_of_the_same_key(as_marketer: Client) -> None:
    values = {"entity": "contact", "label_en": "Size", "label_fr": "Taille", "key": "size", "type": "text"}
    answer = meanwhile(
        lambda: FieldFactory.create(entity="contact", key="size"),
        sent_to(as_marketer, "/settings/fields/", **values),
    )
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    assert Field.objects.filter(key="size").count() == 1


def test_a_campaign_of_the_same_name(as_marketer: Client) -> None:
    source = SourceFactory.create()
    answer = meanwhile(
        lambda: CampaignFactory.create(name="Spring"),
        sent_to(as_marketer, "/campaigns/new/", name="Spring", source=str(source.pk), cost="0"),
    )
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    assert Campaign.objects.filter(name="Spring").count() == 1


def test_a_campaign_whose_links_carry_the_same(as_marketer: Client) -> None:
    source = SourceFactory.create()
    answer = meanwhile(
        lambda: CampaignFactory.create(name="Spring", utm="spring-26"),
        sent_to(as_marketer, "/campaigns/new/", name="May", utm="spring-26", source=str(source.pk), cost="0"),
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"utm": ["The links of Spring carry this already."]}


def test_a_company_of_the_same_domain(as_marketer: Client) -> None:
    company = CompanyFactory.create(domain="")
    answer = meanwhile(
        lambda: CompanyFactory.create(domain="client.test"),
        sent_to(as_marketer, f"/companies/{company.pk}/edit/", domain="client.test"),
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"domain": ["Another company has the domain client.test."]}
    assert Company.objects.filter(domain="client.test").count() == 1


def test_a_person_of_the_same_address(as_admin: Client) -> None:
    values = {"email": "ana@smarketing.test", "first_name": "Ana", "last_name": "Almeida", "role": "rep"}
    answer = meanwhile(
        lambda: UserFactory.create(email="ana@smarketing.test"),
        sent_to(as_admin, "/settings/people/new/", **values),
    )
    assert answer.status_code == 422
    assert "Somebody here has this address already." in answer.content.decode()
    assert User.objects.filter(email="ana@smarketing.test").count() == 1


def test_a_rule_takes_the_next_number(as_manager: Client) -> None:
    last = RuleFactory.create(number=500).number
    values = {
        "question_en": "Who is given to sales?",
        "question_fr": "Qui est confié aux ventes ?",
        "text_en": "Nobody without a job title.",
        "text_fr": "Personne sans fonction.",
        "mode": "warn",
        "event": "owner",
        "criteria-r-kind": "all",
        "criteria-r_0-kind": "fact",
        "criteria-r_0-fact": "job_title",
        "criteria-r_0-op": "known",
    }
    answer = meanwhile(
        lambda: RuleFactory.create(number=last + 1, key=f"own_{last + 1}"),
        sent_to(as_manager, "/rules/new/", **values),
    )
    assert answer.status_code == 303, answer.context["form"].errors
    assert Rule.objects.order_by("-number")[0].key == f"own_{last + 2}"


@pytest.mark.parametrize(
    ("name", "word"), [("New", "new-1"), ("Covering", "covering-1"), ("Covers", "covers")]
)
def test_a_word_that_leads_elsewhere_in_the_glossary_is_found_all_the_same(
    as_marketer: Client, name: str, word: str
) -> None:
    assert sent_to(as_marketer, "/terms/new/", name_en=name, name_fr=name, **PLAIN)().status_code == 303
    for address in (f"/terms/{word}/", f"/terms/{word}/edit/"):
        page: Any = as_marketer.get(address)
        assert page.status_code == 200
        assert f'href="/terms/{word}/' in page.content.decode()
