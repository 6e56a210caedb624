"""The list of contacts as people use it: filters, a search that forgives, views of one's own, work on many."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SavedView, User
from leads.models import Consent, Contact, Origin, Transition, TransitionKind
from tests.factories.accounts import UserFactory
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    SourceFactory,
)
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def names(browser: Client, query: str = "") -> list[str]:
    """Whom the page lists, in its order."""
    answer = browser.get(f"/contacts/?{query}")
    assert answer.status_code == 200
    return [row.name for row in answer.context["rows"]]


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def person(first: str, last: str, **fields: Any) -> Contact:
    return ContactFactory.create(first_name=first, last_name=last, **fields)


# Filters


@pytest.fixture
def three(rep: User) -> None:
    fair = SourceFactory.create(name_en="Trade fair", key="trade_fair")
    ana = person("Ana", "Almeida", stage_id="lead", owner=rep, source=fair, consent=Consent.GIVEN)
    bob = person("Bob", "Brandt", stage_id="mql", status_id="in_progress")
    person("Cleo", "Caron", campaign=CampaignFactory.create(name="Pollutec"))
    ContactScoreFactory.create(contact=ana, fit=80, engagement=10)
    ContactScoreFactory.create(contact=bob, fit=40, engagement=90)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Cleo Caron", "Bob Brandt", "Ana Almeida"]),
        ("stage=lead", ["Ana Almeida"]),
        ("stage=lead&stage=mql", ["Bob Brandt", "Ana Almeida"]),
        ("status=in_progress", ["Bob Brandt"]),
        ("owner=none", ["Cleo Caron", "Bob Brandt"]),
        ("source=none", ["Cleo Caron", "Bob Brandt"]),
        ("campaign=none", ["Bob Brandt", "Ana Almeida"]),
        ("persona=none", ["Cleo Caron", "Bob Brandt", "Ana Almeida"]),
        ("consent=given", ["Ana Almeida"]),
        ("fit=41", ["Ana Almeida"]),
        ("fit=40", ["Bob Brandt", "Ana Almeida"]),
        ("fit_under=80", ["Bob Brandt"]),
        ("engagement=90", ["Bob Brandt"]),
        ("engagement_under=90", ["Ana Almeida"]),
        ("stage=mql&fit=50", []),
        ("order=hottest", ["Bob Brandt", "Ana Almeida"]),
        ("stage=nonsense", []),
        ("stage=mql&stage=nonsense", []),
        ("fit=much", []),
    ],
)
def test_a_filter_leaves_those_who_match(
    three: None, as_manager: Client, query: str, found: list[str]
) -> None:
    assert names(as_manager, query) == found


def test_the_filters_of_a_person_a_source_and_a_campaign_go_by_their_numbers(
    three: None, as_rep: Client, as_manager: Client, rep: User
) -> None:
    ana, cleo = Contact.objects.get(first_name="Ana"), Contact.objects.get(first_name="Cleo")
    assert names(as_manager, f"owner={rep.pk}") == ["Ana Almeida"]
    assert names(as_rep, "owner=me") == ["Ana Almeida"]
    assert names(as_manager, f"source={ana.source_id}") == ["Ana Almeida"]
    assert names(as_manager, f"campaign={cleo.campaign_id}") == ["Cleo Caron"]


def test_the_filter_of_a_persona_goes_by_its_number(three: None, as_manager: Client) -> None:
    buyer, other = PersonaVersionFactory.create_batch(2)
    Contact.objects.filter(first_name="Bob").update(persona=buyer.persona)
    Contact.objects.filter(first_name="Cleo").update(persona=other.persona)
    assert names(as_manager, f"persona={buyer.persona_id}") == ["Bob Brandt"]
    assert names(as_manager, "persona=none") == ["Ana Almeida"]
    chips = as_manager.get(f"/contacts/?persona={buyer.persona_id}").context["chips"]
    assert [(str(chip.label), chip.value) for chip in chips] == [("Persona", buyer.name)]


def test_each_filter_in_force_is_a_chip_that_takes_only_itself_away(three: None, as_manager: Client) -> None:
    chips = as_manager.get("/contacts/?stage=mql&owner=none&fit=30&q=bob").context["chips"]
    assert [(str(chip.label), chip.value, chip.drop_url) for chip in chips] == [
        ("Stage", "MQL", "?owner=none&fit=30&q=bob"),
        ("Owner", "Nobody", "?stage=mql&fit=30&q=bob"),
        ("Fit at least", "30", "?stage=mql&owner=none&q=bob"),
    ]


def test_a_value_that_is_not_offered_lets_nobody_in_and_says_which(three: None, as_manager: Client) -> None:
    """Left out, it would make a list of few, its file, and a change of few into those of everybody."""
    everybody = Contact.objects.count()
    for query in ("owner=999999", "stage=nonsense", "fit=much", f"q={'x' * 201}"):
        assert names(as_manager, query) == [], query
        assert len(as_manager.get(f"/contacts/export/?{query}").getvalue().splitlines()) == 1, query
        sent = {"everything": "1", "query": query, "change": "owner", "owner": ""}
        answer = as_manager.post("/contacts/bulk/", sent)
        assert told(answer) == ["Nothing was selected."], query
    assert Contact.objects.exclude(owner=None).exists()
    assert len(names(as_manager)) == everybody
    (chip,) = as_manager.get("/contacts/?owner=999999").context["chips"]
    assert (str(chip.label), chip.value, chip.drop_url) == ("Owner", "999999 (not known)", "?")


def test_whoever_has_contacts_is_offered_as_their_owner(
    three: None, as_manager: Client, manager: User, marketer: User
) -> None:
    gone = UserFactory.create(first_name="Gone", last_name="Away", is_active=False)
    UserFactory.create(first_name="Never", last_name="Owned", is_active=False)
    for first_name, owner in (("Ana", manager), ("Bob", gone), ("Cleo", marketer)):
        Contact.objects.filter(first_name=first_name).update(owner=owner)
    assert names(as_manager, f"owner={manager.pk}") == ["Ana Almeida"]
    assert names(as_manager, f"owner={gone.pk}") == ["Bob Brandt"]
    assert names(as_manager, f"owner={marketer.pk}") == ["Cleo Caron"]
    page = as_manager.get("/contacts/filters/").text
    assert "Gone Away (no longer here)" in page
    assert "Never Owned" not in page


def test_with_htmx_only_the_card_comes(three: None, as_manager: Client) -> None:
    part = as_manager.get("/contacts/?stage=lead", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "Almeida" in part
    assert "Brandt" not in part


def test_the_sheet_of_filters_comes_when_it_is_opened_and_as_a_page(three: None, as_manager: Client) -> None:
    listed = as_manager.get("/contacts/?stage=mql&owner=none").content.decode()
    assert '<input type="hidden" name="stage" value="mql">' in listed
    assert '<option value="mql"' not in listed
    lines = as_manager.get("/contacts/filters/?stage=mql", headers=HTMX).content.decode()
    assert "<html" not in lines
    assert '<option value="mql" selected>' in lines
    assert "Trade fair" in lines
    page = as_manager.get("/contacts/filters/?stage=mql&q=bob").content.decode()
    assert '<option value="mql" selected>' in page
    assert 'name="q" value="bob"' in page


def test_nothing_a_person_or_company_is_called_becomes_markup(as_manager: Client, rep: User) -> None:
    evil = "<script>alert(1)</script>\"'&{0}{url}"
    User.objects.filter(pk=rep.pk).update(first_name=evil[:80])
    company = CompanyFactory.create(name=evil)
    person(
        evil, "", job_title=evil, company=company, owner=rep, source=SourceFactory.create(name_en=evil[:60])
    )
    page = as_manager.get("/contacts/").content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;{0}{url}") >= 5


# What it costs


@pytest.mark.parametrize("query", ["", "order=hottest", "q=almeida", "stage=lead"])
def test_the_list_costs_at_most_six_queries_for_one_row_and_for_a_hundred(
    as_manager: Client, rep: User, query: str
) -> None:
    def queries() -> int:
        as_manager.get("/contacts/")  # the first request of a session writes its marks
        with CaptureQueriesContext(connection) as asked:
            assert as_manager.get(f"/contacts/?{query}").status_code == 200
        return len(asked)

    def add(number: int) -> None:
        contact = person(
            f"Ana {number}", "Almeida", stage_id="lead", owner=UserFactory.create(),
            company=CompanyFactory.create(), source=SourceFactory.create(),
        )  # fmt: skip
        ContactScoreFactory.create(contact=contact, fit=40, engagement=number)
        SavedView.objects.create(
            user=User.objects.get(role="manager"), page="contacts", name=f"View {number}"
        )

    add(0)
    one = queries()
    for number in range(1, 100):
        add(number)
    assert queries() == one
    assert one <= 6 + (query == "stage=lead")  # the names of the stages, for the filter in force


# Search


@pytest.mark.parametrize(
    "text", ["Rousseau", "roussseau", "ROUSSEÁU", "helene", "Hélène Rouseau", "rousseau@moulin.test"]
)
def test_a_search_forgives_accents_capitals_and_a_typo(as_manager: Client, text: str) -> None:
    person("Hélène", "Rousseau", email="h.rousseau@moulin.test")
    person("Bob", "Muller", email="bob@halle.test")
    assert names(as_manager, f"q={text}") == ["Hélène Rousseau"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *((slip, "Nowak") for slip in ("nwoak", "novak", "nowka", "owak", "nowwak", "nowa", "nowak")),
        *((slip, "Perrin") for slip in ("perrni", "perin", "perrrin", "pertin", "errin")),
        *((slip, "Garnier") for slip in ("garneir", "garnyer", "ganrier", "garnie")),
        *((slip, "Lambert") for slip in ("labmert", "lambret", "lanbert", "lambertt")),
        *((slip, "Oliver") for slip in ("oilver", "olver", "oliber")),
        *((slip, "Hélène") for slip in ("heelne", "Hélnèe", "helne")),
    ],
)
def test_one_slip_in_a_name_is_forgiven_and_said(as_manager: Client, text: str, name: str) -> None:
    for other in ("Nowak", "Perrin", "Garnier", "Lambert", "Oliver", "Hélène", "Smith", "Dubois"):
        person(other, "X")
    assert names(as_manager, f"q={text}") == [f"{name} X"]
    is_slip = text not in ("nowak", "nowa", "owak", "garnie", "errin")  # parts of the name, or all of it
    assert ("These are like it." in as_manager.get(f"/contacts/?q={text}").text) is is_slip


def test_an_address_that_nobody_has_is_nobodys(as_manager: Client) -> None:
    person("Ana", "Almeida", email="ana.almeida@moulin.test")
    assert names(as_manager, "q=ana.almeyda@moulin.test") == []


def test_wildcards_that_are_typed_mean_themselves(as_manager: Client) -> None:
    person("Ana", "Almeida")
    for text in ("alm%25da", "alme_da", "_____"):
        assert names(as_manager, f"q={text}") == []


def test_a_search_finds_people_by_their_company(as_manager: Client) -> None:
    person("Ana", "Almeida", company=CompanyFactory.create(name="Forges de l’Ouest"))
    person("Bob", "Muller")
    assert names(as_manager, "q=forges") == ["Ana Almeida"]


def test_a_name_that_is_there_is_never_mixed_with_names_like_it(as_manager: Client) -> None:
    person("Jean", "Martin", email="j@a.test")
    person("Jean", "Martins", email="k@a.test")
    person("Jean", "Marten", email="l@a.test")
    assert names(as_manager, "q=martins") == ["Jean Martins"]


# Views of one's own


def test_a_view_that_is_too_long_to_be_kept_is_refused_in_words(as_manager: Client) -> None:
    answer = as_manager.post("/contacts/views/", {"name": "Big", "query": "q=" + "é" * 1500})
    assert told(answer) == ["These filters are too long to be kept. Shorten what is searched for."]
    assert not SavedView.objects.exists()


def test_a_view_keeps_the_known_filters_and_can_be_dropped(as_manager: Client, manager: User) -> None:
    answer = as_manager.post(
        "/contacts/views/", {"name": "Hot", "query": "stage=lead&stage=mql&fit=3&at=xyz&evil=1"}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/contacts/?stage=lead&stage=mql&fit=3")
    view = SavedView.objects.get()
    assert (view.user, view.name, view.shared) == (manager, "Hot", False)
    assert view.query == "stage=lead&stage=mql&fit=3"
    assert [saved.name for saved in as_manager.get("/contacts/").context["views"]] == ["Hot"]
    answer = as_manager.post(f"/contacts/views/{view.pk}/drop/")
    assert (answer.status_code, answer["Location"]) == (303, "/contacts/")
    assert not SavedView.objects.exists()


def test_a_view_never_leads_to_an_address_that_is_refused(as_manager: Client) -> None:
    answer = as_manager.post("/contacts/views/", {"name": "Nul", "query": "q=a%00b&stage=lead"}, follow=True)

    assert answer.status_code == 200
    assert SavedView.objects.get().query == "q=ab&stage=lead"


def test_the_same_name_replaces_ones_own_view(as_manager: Client) -> None:
    for query in ("stage=lead", "stage=mql"):
        as_manager.post("/contacts/views/", {"name": "Hot", "query": query})
    assert SavedView.objects.get().query == "stage=mql"


def test_a_view_without_a_name_is_not_saved(as_manager: Client) -> None:
    answer = as_manager.post("/contacts/views/", {"name": "", "query": "stage=lead"})
    assert told(answer) == ["Give the view a name of at most 60 letters."]
    assert not SavedView.objects.exists()


def test_a_colleague_of_the_team_sees_a_shared_view_only_and_cannot_drop_it(
    as_rep: Client, rep: User, other_rep: User
) -> None:
    shared = SavedView.objects.create(user=other_rep, page="contacts", name="Ours", shared=True)
    SavedView.objects.create(user=other_rep, page="contacts", name="Mine")
    assert [view.name for view in as_rep.get("/contacts/").context["views"]] == ["Ours"]
    assert as_rep.post(f"/contacts/views/{shared.pk}/drop/").status_code == 404
    assert SavedView.objects.count() == 2


# Many at once


def test_an_owner_is_given_to_all_that_match_and_the_ledger_says_by_whom(
    as_manager: Client, manager: User, rep: User
) -> None:
    leads = [person("Ana", "Almeida", stage_id="lead"), person("Bob", "Brandt", stage_id="lead")]
    other = person("Cleo", "Caron")
    answer = as_manager.post(
        "/contacts/bulk/",
        {"change": "owner", "owner": rep.pk, "everything": "on", "query": "stage=lead", "reason": "Fair"},
    )
    assert (answer.status_code, answer["Location"]) == (303, "/contacts/?stage=lead")
    assert told(answer) == ["2 contacts changed."]
    assert set(Contact.objects.filter(owner=rep)) == set(leads)
    other.refresh_from_db()
    assert other.owner is None
    rows = Transition.objects.filter(kind=TransitionKind.OWNER)
    assert list(rows.values_list("to_value", "actor", "origin", "reason")) == [
        (str(rep.pk), manager.pk, Origin.PERSON, "Fair")
    ] * len(leads)


def test_a_status_is_given_to_the_selected_only(as_manager: Client) -> None:
    ana, bob = person("Ana", "Almeida"), person("Bob", "Brandt")
    answer = as_manager.post(
        "/contacts/bulk/", {"change": "status", "status": "in_progress", "contact": [ana.pk]}
    )
    assert told(answer) == ["1 contact changed."]
    ana.refresh_from_db()
    bob.refresh_from_db()
    assert (ana.status_id, bob.status_id) == ("in_progress", "new")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"change": "owner"}, "Nothing was selected."),
        ({"change": "owner", "contact": ["x", "999999999"]}, "Nothing was selected."),
        ({"change": "owner", "contact": ["9" * 19, "9" * 5000]}, "Nothing was selected."),
        ({"change": "status"}, "Choose the status to give."),
    ],
)
def test_a_change_of_nobody_or_to_nothing_says_so(
    as_manager: Client, values: dict[str, Any], words: str
) -> None:
    person("Ana", "Almeida")
    answer = as_manager.post("/contacts/bulk/", values)
    assert (answer.status_code, told(answer)) == (303, [words])
    assert not Transition.objects.exists()


def test_a_refused_status_changes_nobody(as_manager: Client) -> None:
    people = [person("Ana", "Almeida"), person("Bob", "Brandt")]
    values = {"change": "status", "status": "unqualified", "contact": [contact.pk for contact in people]}
    answer = as_manager.post("/contacts/bulk/", values)
    assert answer.status_code == 303
    assert len(told(answer)) == 1
    assert set(Contact.objects.values_list("status", flat=True)) == {"new"}
    as_manager.post("/contacts/bulk/", {**values, "reason": "Students"})
    assert set(Contact.objects.values_list("status", flat=True)) == {"unqualified"}


def test_an_owner_who_left_cannot_be_given(as_manager: Client) -> None:
    ana, gone = person("Ana", "Almeida"), UserFactory.create(is_active=False)
    as_manager.post("/contacts/bulk/", {"change": "owner", "owner": gone.pk, "contact": [ana.pk]})
    ana.refresh_from_db()
    assert ana.owner is None


def test_a_rep_changes_nobody_in_bulk(as_rep: Client, rep: User) -> None:
    ana = person("Ana", "Almeida", owner=rep)
    answer = as_rep.post(
        "/contacts/bulk/", {"change": "status", "status": "in_progress", "contact": [ana.pk]}
    )
    ana.refresh_from_db()
    assert (answer.status_code, ana.status_id) == (403, "new")
