"""What a status says of a contact is written, compared, weighed and signed like everything else."""

from __future__ import annotations

import pytest
from django.test import Client

from agreements.actions import propose, sign
from agreements.kinds import kind_of
from agreements.models import Agreement, State
from lifecycle.models import StatusDefinition
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.lifecycle import StatusDefinitionFactory
from tests.factories.moments import NOW, ago
from tests.lifecycle.test_definition_pages import as_sent

pytestmark = pytest.mark.django_db

EDIT = "/definitions/statuses/gone_dark/edit/"
REACHABLE = {"fact": "phone", "op": "known"}
WRITTEN_TO = {"touch": "sales_email", "op": "at_least", "count": 1}


def the_draft() -> StatusDefinition:
    return StatusDefinition.objects.select_related("agreement", "status").get(agreement__state=State.DRAFT)


def test_the_list_says_of_each_status_what_puts_a_contact_there(as_rep: Client) -> None:
    page = as_rep.get("/definitions/").content.decode()
    statuses = page[page.index('id="h-statuses"') :]

    assert statuses.count("v1 in force") == 6
    assert "At least 4 calls or sales e-mails in the last 15\xa0days" in statuses
    assert 'href="/definitions/statuses/gone_dark/"' in statuses


def test_the_page_reads_criteria_and_words_in_the_language_of_the_reader(as_rep: Client) -> None:
    english = as_rep.get("/definitions/statuses/lost/").content.decode()
    as_rep.post("/settings/preferences/", {"language": "fr"})
    french = as_rep.get("/definitions/statuses/lost/").content.decode()

    assert "Said no to us in a real exchange" in english
    assert "Nous a dit non dans un vrai échange" in french
    assert EDIT not in english


def test_a_saved_draft_keeps_criteria_and_the_statuses_it_takes_from(as_marketer: Client) -> None:
    StatusDefinitionFactory.create(criteria=REACHABLE)
    sent = as_sent(as_marketer.get(EDIT).content.decode())
    said = {"is_automatic": "on", "from_statuses": ["new", "in_progress"], "prose_en": "Silent."}
    answer = as_marketer.post(EDIT, sent | said)

    draft = the_draft()
    assert answer.status_code == 303
    assert (draft.is_automatic, draft.from_statuses) == (True, ["new", "in_progress"])
    assert draft.criteria == {"all": [REACHABLE]}
    page = as_marketer.get(answer.headers["Location"]).content.decode()
    assert "from: New, In progress" in page


def test_a_yardstick_takes_from_nowhere(as_marketer: Client) -> None:
    StatusDefinitionFactory.create(criteria=REACHABLE)
    sent = as_sent(as_marketer.get(EDIT).content.decode())
    as_marketer.post(EDIT, sent | {"from_statuses": ["new"], "prose_en": "Silent."})

    assert the_draft().prose_en == "Silent."
    assert the_draft().from_statuses == []


def test_criteria_may_be_left_out(as_marketer: Client) -> None:
    url = "/definitions/statuses/new/edit/"
    sent = as_sent(as_marketer.get(url).content.decode())
    assert as_marketer.post(url, sent | {"prose_en": "Nobody did a thing."}).status_code == 303

    assert the_draft().criteria is None


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        ("lost", {"is_automatic": "on", "from_statuses": ["new"]}, "only a person can give one"),
        ("gone_dark", {"is_automatic": "on"}, "Choose at least one status that contacts come from."),
        ("gone_dark", {"is_automatic": "on", "from_statuses": ["gone_dark"]}, "Select a valid choice"),
        ("new", {"is_automatic": "on", "from_statuses": ["lost"]}, "without any, everybody meets it"),
    ],
)
def test_what_cannot_act_by_itself_is_refused_with_words(
    as_marketer: Client, status: str, said: dict[str, object], why: str
) -> None:
    url = f"/definitions/statuses/{status}/edit/"
    answer = as_marketer.post(url, as_sent(as_marketer.get(url).content.decode()) | said)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Agreement.objects.open().exists()


def test_signers_see_who_would_change_and_who_stands_there_without_it() -> None:
    taken, there = ContactFactory.create(), ContactFactory.create(status_id="gone_dark")
    TouchpointFactory.create(contact=taken, kind="sales_email", occurred_at=ago(days=1))
    draft = StatusDefinitionFactory.create(criteria=WRITTEN_TO, is_automatic=True, from_statuses=["new"])
    found = kind_of("status:gone_dark").consequences(draft, None, NOW)

    assert found is not None
    assert [meaning.text for meaning in found.meanings] == [
        "1 contact is “Gone dark” today although it does not hold",
        "1 contact becomes “Gone dark” by itself",
    ]
    assert there.status_id == "gone_dark"


def test_of_words_alone_they_see_that_nobody_changes() -> None:
    ContactFactory.create()
    draft = StatusDefinitionFactory.create(status_id="new")
    found = kind_of("status:new").consequences(draft, None, NOW)

    assert found is not None
    assert [meaning.text for meaning in found.meanings] == ["1 contact is “New” today and stays so"]


def test_signed_by_both_it_takes_the_place_of_the_one_before() -> None:
    rep, marketer = UserFactory.create(may_sign=True), MarketerFactory.create(may_sign=True)
    draft = StatusDefinitionFactory.create(prose_en="Silent.", prose_fr="Sans nouvelles.")
    agreement = propose(draft.agreement, actor=marketer, at=NOW, note="Shorter.")
    for signer in (rep, marketer):
        agreement = sign(agreement, actor=signer, read_hash=agreement.content_hash, at=NOW)

    assert StatusDefinition.objects.in_force().get(status="gone_dark") == draft
    assert Agreement.objects.get(subject="status:gone_dark", number=1).state == State.SUPERSEDED


def test_the_term_leads_to_the_definition_and_its_version(as_rep: Client) -> None:
    page = as_rep.get("/terms/status-gone-dark/").content.decode()

    assert 'href="/definitions/statuses/gone_dark/"' in page
