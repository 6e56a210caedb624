"""Which stages and statuses there are is signed like everything else, and written when it comes into force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from agreements.actions import propose, put_in_force_due, sign
from agreements.errors import ObstacleError
from agreements.kinds import kind_of
from agreements.models import Agreement, State
from leads.actions.leaving import leave_step
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.errors import StageIsRetired, StatusNeedsReason
from leads.models import Contact, PlaybookVersion
from lifecycle.funnel import obstacles, stage_lines
from lifecycle.models import FunnelVersion, Responsibility, Stage, StageDefinition, Status, StatusDefinition
from reporting.models import Milestone
from reporting.queries.milestones import differences
from tests.factories.accounts import MarketerFactory, SavedViewFactory, UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import (
    FunnelVersionFactory,
    ProcedureVersionFactory,
    RuleVersionFactory,
    StatusDefinitionFactory,
)
from tests.factories.moments import NOW, later
from tests.factories.personas import PersonaVersionFactory
from tests.lifecycle.test_definition_pages import as_sent

pytestmark = pytest.mark.django_db

EDIT = "/definitions/funnel/edit/"
TRIAL = {"key": "trial", "name_en": "Trial", "name_fr": "Essai", "side": "sales"}
WAITING = {
    "key": "waiting",
    "name_en": "Waiting",
    "name_fr": "En attente",
    "needs_reason": False,
    "needs_date": False,
    "is_open": True,
}


def drafted(change: Callable[[FunnelVersion], object]) -> FunnelVersion:
    draft: FunnelVersion = FunnelVersionFactory.create(agreement__drafted_by=MarketerFactory.create())
    change(draft)
    draft.save()
    return draft


def signed(draft: FunnelVersion, **more: Any) -> Agreement:
    rep, marketer = UserFactory.create(may_sign=True), MarketerFactory.create(may_sign=True)
    agreement = propose(draft.agreement, actor=marketer, at=NOW, note="As we speak.", **more)
    for signer in (rep, marketer):
        agreement = sign(agreement, actor=signer, read_hash=agreement.content_hash, at=NOW)
    return agreement


def status_of(version: FunnelVersion, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in version.statuses if one["key"] == key)
    return found


def behind(key: str, entry: dict[str, Any]) -> Callable[[FunnelVersion], object]:
    """A stage put behind the one of that key."""

    def change(version: FunnelVersion) -> None:
        place = [one["key"] for one in version.stages].index(key)
        version.stages.insert(place + 1, dict(entry))

    return change


def order() -> list[str]:
    return list(Stage.objects.order_by("position").values_list("key", flat=True))


# What is in force


def test_the_first_version_says_what_the_rows_say(as_rep: Client) -> None:
    version = FunnelVersion.objects.in_force().get()

    assert [one["key"] for one in version.stages] == order()
    assert len(version.statuses) == 6
    page = as_rep.get("/definitions/funnel/").content.decode()
    assert "v1 in force" in page
    assert "Sans réponse" in page
    assert EDIT not in page


def test_what_was_signed_cannot_be_rewritten() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FunnelVersion.objects.update(stages=[TRIAL])
    with unguarded(FunnelVersion):
        assert FunnelVersion.objects.update(stages=[TRIAL]) == 1


# Coming into force


def test_names_teams_and_questions_hold_from_the_last_signature_on(rep: User) -> None:
    def change(version: FunnelVersion) -> None:
        version.stages[1] |= {"name_en": "Prospect", "name_fr": "Prospect", "side": "sales"}
        status_of(version, "gone_dark")["needs_reason"] = True

    contact = ContactFactory.create()
    signed(drafted(change))

    lead = Stage.objects.get(key="lead")
    assert (lead.name_en, lead.name_fr, lead.side) == ("Prospect", "Prospect", "sales")
    with pytest.raises(StatusNeedsReason):
        set_status(contact, to="gone_dark", actor=rep, at=later(minutes=1))


def test_the_cockpit_calls_each_step_as_its_stage_is_called(as_manager: Client) -> None:
    def change(version: FunnelVersion) -> None:
        version.stages[1] |= {"name_en": "Prospect in sight", "side": "sales"}

    signed(drafted(change))

    page = as_manager.get("/cockpit/").content.decode()
    row = page[page.index("Prospect in sight") - 80 : page.index("Prospect in sight")]
    assert "is-sales" in row


def test_nothing_is_written_before_both_have_signed_or_before_the_day() -> None:
    def change(version: FunnelVersion) -> None:
        version.stages[1]["name_en"] = "Prospect"

    signed(drafted(change), starts_at=NOW + timedelta(days=7))
    assert Stage.objects.get(key="lead").name_en == "Lead"

    put_in_force_due(at=NOW + timedelta(days=8))
    assert Stage.objects.get(key="lead").name_en == "Prospect"


def test_a_new_stage_stands_where_it_was_put_and_has_drafts_to_be_signed(rep: User) -> None:
    contact = ContactFactory.create(stage_id=None)
    change_stage(contact, to="mql", actor=rep, at=NOW)
    places = dict(Stage.objects.values_list("key", "position"))

    signed(drafted(behind("sql", TRIAL)))

    assert order()[3:6] == ["sql", "trial", "opportunity"]
    assert places.items() <= dict(Stage.objects.values_list("key", "position")).items()
    assert StageDefinition.objects.get(stage="trial").agreement.state == State.DRAFT
    assert Responsibility.objects.get(stage="trial").agreement.state == State.DRAFT
    change_stage(contact, to="trial", actor=rep, at=later(hours=1))
    milestone = Milestone.objects.get(contact=contact)
    assert (milestone.sql_at, milestone.opportunity_at) == (later(hours=1), None)
    assert differences() == 0


def test_a_new_status_can_be_set_and_has_a_definition_to_be_signed(rep: User, as_rep: Client) -> None:
    signed(drafted(lambda version: version.statuses.insert(2, dict(WAITING))))
    contact = ContactFactory.create()

    set_status(contact, to="waiting", actor=rep, at=later(minutes=1))

    assert list(Status.objects.values_list("key", flat=True))[1:4] == [
        "in_progress",
        "waiting",
        "unqualified",
    ]
    assert StatusDefinition.objects.get(status="waiting").agreement.state == State.DRAFT
    assert "Waiting" in as_rep.get("/contacts/?status=waiting").content.decode()
    assert "Waiting" in as_rep.get("/definitions/").content.decode()


def test_a_stage_of_ones_own_may_move_past_one_of_the_products_and_figures_follow(rep: User) -> None:
    signed(drafted(behind("lead", TRIAL)))
    contact = ContactFactory.create(stage_id=None)
    change_stage(contact, to="trial", actor=rep, at=later(hours=1))
    assert Milestone.objects.get(contact=contact).mql_at is None

    def change(version: FunnelVersion) -> None:
        version.stages.remove(next(one for one in version.stages if one["key"] == "trial"))
        behind("mql", TRIAL)(version)

    second = FunnelVersionFactory.create(agreement__number=3, agreement__drafted_by=MarketerFactory.create())
    change(second)
    second.save()
    signed(second)

    assert order()[2:4] == ["mql", "trial"]
    assert Milestone.objects.get(contact=contact).mql_at == later(hours=1)
    assert differences() == 0


def test_two_of_ones_own_may_change_places() -> None:
    other = TRIAL | {"key": "pilot", "name_en": "Pilot"}

    def both(version: FunnelVersion) -> None:
        behind("sql", other)(version)
        behind("sql", TRIAL)(version)

    signed(drafted(both))
    assert order()[3:6] == ["sql", "trial", "pilot"]
    second = FunnelVersionFactory.create(agreement__number=3, agreement__drafted_by=MarketerFactory.create())
    place = [one["key"] for one in second.stages].index("trial")
    second.stages[place : place + 2] = [second.stages[place + 1], second.stages[place]]
    second.save()
    signed(second)

    assert order()[3:6] == ["sql", "pilot", "trial"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_new_is_on_every_page_that_lists_stages_or_statuses(
    as_manager: Client, language: str
) -> None:
    def change(version: FunnelVersion) -> None:
        behind("sql", TRIAL)(version)
        version.statuses.append(dict(WAITING))

    signed(drafted(change))
    contact = ContactFactory.create(stage_id="trial", status_id="waiting")
    as_manager.post("/settings/preferences/", {"language": language})
    stage, status = ("Trial", "Waiting") if language == "en" else ("Essai", "En attente")

    for address in (
        "/definitions/trial/",
        "/definitions/trial/edit/",
        "/definitions/trial/who/edit/",
        "/contacts/?stage=trial",
        "/playbooks/",
        "/playbooks/trial/",
        "/playbooks/trial/edit/",
        "/rules/regression/edit/",
        "/procedures/new/",
        contact.get_absolute_url(),
    ):
        assert stage in as_manager.get(address).content.decode(), address
    for address in (
        "/definitions/statuses/waiting/",
        "/definitions/statuses/waiting/edit/",
        "/definitions/statuses/new/edit/",
        "/contacts/?status=waiting",
        "/procedures/new/",
        contact.get_absolute_url(),
    ):
        assert status in as_manager.get(address).content.decode(), address


def test_the_definition_of_a_new_stage_is_signed_once_something_is_written_in_it(as_marketer: Client) -> None:
    signed(drafted(behind("sql", TRIAL)))
    draft = StageDefinition.objects.select_related("agreement").get(stage="trial")

    assert "No criterion is written yet" in as_marketer.get("/definitions/trial/").content.decode()
    with pytest.raises(ObstacleError):
        propose(draft.agreement, actor=MarketerFactory.create(), at=NOW)
    StageDefinition.objects.filter(pk=draft.pk).update(criteria={"fact": "phone", "op": "known"})
    assert propose(draft.agreement, actor=MarketerFactory.create(), at=NOW).state == State.PROPOSED


# What stands in its way


def swapped(version: FunnelVersion) -> None:
    version.stages[1:3] = [version.stages[2], version.stages[1]]


def asking(key: str, **what: bool) -> Callable[[FunnelVersion], object]:
    return lambda version: status_of(version, key).update(what)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swapped, "These stages keep their order"),
        (asking("new", needs_reason=True), "“New” is set by the product itself"),
        (asking("in_progress", is_open=False), "“In progress” is set by the product itself"),
        (asking("bad_timing", needs_date=False), "“Bad timing” needs its day"),
        (asking("unqualified", needs_date=True), "“Unqualified” is what a refused lead becomes"),
        (
            lambda version: [behind("sql", TRIAL | {"key": f"own_{n}"})(version) for n in range(10)],
            "At most 9 stages of your own",
        ),
    ],
)
def test_what_the_product_relies_on_is_refused_with_words(
    change: Callable[[FunnelVersion], object], said: str
) -> None:
    draft = drafted(change)

    with pytest.raises(ObstacleError) as refusal:
        propose(draft.agreement, actor=MarketerFactory.create(), at=NOW)

    assert said in " ".join(refusal.value.obstacles)
    assert Agreement.objects.get(pk=draft.agreement_id).state == State.DRAFT


def test_a_status_that_is_taken_by_itself_cannot_begin_to_ask() -> None:
    StatusDefinitionFactory.create(
        is_automatic=True, from_statuses=["new"], criteria={"fact": "phone", "op": "known"}
    )

    (found,) = obstacles(drafted(asking("gone_dark", needs_reason=True)))
    assert "take “Gone dark” by themselves" in found


def test_a_playbook_that_ends_with_a_status_keeps_it_as_it_is() -> None:
    with unguarded(PlaybookVersion):
        PlaybookVersion.objects.filter(stage="sql").update(
            fallback="status", fallback_status="gone_dark", promote_days=30
        )

    found = obstacles(drafted(asking("gone_dark", needs_date=True, is_open=True)))
    assert len(found) == 2
    assert all(text.startswith("The playbook of ") for text in found)


def test_what_came_in_the_way_after_the_proposal_stops_the_signature() -> None:
    draft = drafted(asking("gone_dark", needs_reason=True))
    rep, marketer = UserFactory.create(may_sign=True), MarketerFactory.create(may_sign=True)
    agreement = propose(draft.agreement, actor=marketer, at=NOW, note="Why not.")
    sign(agreement, actor=rep, read_hash=agreement.content_hash, at=NOW)
    StatusDefinitionFactory.create(
        is_automatic=True, from_statuses=["new"], criteria={"fact": "phone", "op": "known"}
    )

    with pytest.raises(ObstacleError):
        sign(agreement, actor=marketer, read_hash=agreement.content_hash, at=NOW)

    assert not Status.objects.get(key="gone_dark").needs_reason


# Retiring


def retiring(key: str, goes_to: str = "") -> Callable[[FunnelVersion], object]:
    def change(version: FunnelVersion) -> None:
        stage = next(one for one in version.stages if one["key"] == key)
        stage |= {"retired": True, "goes_to": goes_to}

    return change


def with_trial() -> None:
    """A funnel in force with a stage of the company’s own between SQL and opportunity."""
    signed(drafted(behind("sql", TRIAL)))


def next_version(change: Callable[[FunnelVersion], object]) -> FunnelVersion:
    number = Agreement.objects.filter(subject="funnel").count() + 1
    draft: FunnelVersion = FunnelVersionFactory.create(
        agreement__number=number, agreement__drafted_by=MarketerFactory.create()
    )
    change(draft)
    draft.save()
    return draft


def leave_all() -> int:
    steps, place = 0, 0
    while (reached := leave_step(after=place, at=later(hours=2))) is not None:
        steps, place = steps + 1, reached
    return steps


def test_nobody_enters_a_retired_stage_and_who_is_there_may_stay(rep: User, as_manager: Client) -> None:
    with_trial()
    there, other = ContactFactory.create(stage_id="trial"), ContactFactory.create(stage_id="sql")

    signed(next_version(retiring("trial")))

    assert leave_all() == 0
    assert Contact.objects.get(pk=there.pk).stage_id == "trial"
    with pytest.raises(StageIsRetired):
        change_stage(other, to="trial", actor=rep, at=later(hours=1))
    page = as_manager.get("/definitions/funnel/").content.decode()
    assert 'href="/contacts/?stage=trial">1 contact in it</a>' in page
    assert there.get_absolute_url() in as_manager.get("/contacts/?stage=trial").content.decode()


def test_contacts_go_on_through_the_door_and_whom_a_rule_holds_back_stays() -> None:
    with_trial()
    free = ContactFactory.create_batch(3, stage_id="trial", phone="+33612487703")
    held = ContactFactory.create(stage_id="trial", phone="")
    RuleVersionFactory.create(
        event="stage", target="opportunity", mode="block", criteria={"fact": "phone", "op": "known"}
    )

    signed(next_version(retiring("trial", "opportunity")))
    assert leave_all() == 1
    assert leave_all() == 1

    stages = dict(Contact.objects.values_list("pk", "stage"))
    assert [stages[one.pk] for one in free] == ["opportunity"] * 3
    assert stages[held.pk] == "trial"
    entry = free[0].transitions.get(kind="stage", to_value="opportunity")
    assert (entry.origin, entry.reason, entry.definition) == ("rule", "Funnel v3", None)
    assert free[0].transitions.filter(kind="stage", from_value="trial").count() == 1


def test_many_go_on_in_steps_that_may_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.actions.leaving.STEP", 2)
    with_trial()
    ContactFactory.create_batch(5, stage_id="trial")
    signed(next_version(retiring("trial", "opportunity")))

    assert leave_step(after=0, at=later(hours=2)) is not None
    assert Contact.objects.filter(stage="opportunity").count() == 2
    assert leave_all() == 2
    assert Contact.objects.filter(stage="opportunity").count() == 5


def test_what_is_retired_may_be_taken_back(rep: User) -> None:
    with_trial()
    signed(next_version(retiring("trial")))

    again = next_version(lambda version: None)
    again.stages = [
        {name: value for name, value in one.items() if name not in ("retired", "goes_to")}
        for one in again.stages
    ]
    again.save()
    signed(again)

    contact = ContactFactory.create(stage_id="sql")
    assert change_stage(contact, to="trial", actor=rep, at=later(hours=1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (retiring("lead"), "The product knows “Lead”: it cannot be retired."),
        (retiring("trial", "sql"), "Contacts of “Trial” can only go on to a stage in use behind it."),
        (retiring("trial", "trial"), "Contacts of “Trial” can only go on to a stage in use behind it."),
    ],
)
def test_an_end_that_leads_nowhere_is_refused(change: Callable[[FunnelVersion], object], said: str) -> None:
    with_trial()

    assert obstacles(next_version(change)) == [said]


def test_whatever_speaks_of_a_stage_keeps_it_by_its_name() -> None:
    with_trial()
    asks = {"all": [{"not": {"fact": "stage", "op": "in", "value": ["lead", "trial"]}}]}
    RuleVersionFactory.create(question_en="Who may try?", event="stage", target="trial", criteria=asks)
    ProcedureVersionFactory.create(name_en="Setting up", scope="stage:trial")
    StatusDefinitionFactory.create(criteria=asks)
    PersonaVersionFactory.create(name_en="Trier", match=asks)
    SavedViewFactory.create(page="contacts", name="On trial", query="stage=trial&status=new", shared=True)
    SavedViewFactory.create(page="contacts", name="Mine", query="stage=trial")
    gone = UserFactory.create(is_active=False)
    SavedViewFactory.create(page="contacts", name="Left", query="stage=trial", shared=True, user=gone)
    SavedViewFactory.create(page="contacts", name="Others", query="stage=lead")

    assert obstacles(next_version(retiring("trial"))) == [
        "The rule “Who may try?” speaks of “Trial”.",
        "The procedure “Setting up” speaks of “Trial”.",
        "The definition of “Gone dark” speaks of “Trial”.",
        "The persona “Trier” speaks of “Trial”.",
        "The view “On trial” asks for “Trial”.",
    ]


def test_signers_see_who_stands_in_what_is_retired() -> None:
    with_trial()
    ContactFactory.create_batch(2, stage_id="trial")
    before = FunnelVersion.objects.in_force().get()
    found = kind_of("funnel").consequences(next_version(retiring("trial", "opportunity")), before, NOW)

    assert found is not None
    (meaning,) = found.meanings
    assert meaning.text == "“Trial” is retired, with 2 contacts in it"
    assert meaning.note == "They go on to “Opportunity”, but for those whom a rule holds back."


def test_the_page_offers_an_end_for_ones_own_stages_only(as_marketer: Client) -> None:
    with_trial()
    page = as_marketer.get(EDIT).content.decode()
    assert page.count("Retired: its contacts stay") == 1

    assert as_marketer.post(EDIT, as_sent(page) | {"stage4-end": "opportunity"}).status_code == 303
    assert (
        stage_lines(the_draft(), "en")[4] == "Trial (Sales), retired from use, contacts go on to Opportunity"
    )
    assert as_sent(as_marketer.get(EDIT).content.decode())["stage4-end"] == "opportunity"


# The preview


def test_signers_see_who_stands_where_it_changes() -> None:
    ContactFactory.create_batch(2, stage_id="lead")
    ContactFactory.create(stage_id="mql", status_id="gone_dark")

    def change(version: FunnelVersion) -> None:
        version.stages[1] |= {"name_en": "Prospect", "name_fr": "Prospect", "side": "sales"}
        behind("sql", TRIAL)(version)
        status_of(version, "gone_dark")["needs_reason"] = True

    draft = drafted(change)
    in_force = FunnelVersion.objects.in_force().get()
    found = kind_of("funnel").consequences(draft, in_force, NOW)

    assert found is not None
    assert [(one.before, one.after) for one in found.changes] == [("7", "8"), ("6", "6")]
    said = [meaning.text for meaning in found.meanings]
    assert "“Lead / Lead” is called “Prospect / Prospect”, of 2 contacts" in said
    assert "2 contacts in “Prospect” are another team’s" in said
    assert "“Trial” is new, behind “SQL”" in said
    assert "“Gone dark” asks for a reason from then on" in said
    assert "Contacts that have it already: 1. They keep it as it is." in [one.note for one in found.meanings]
    assert "The glossary still calls it “Lead”" in said


def test_a_new_stage_in_between_moves_none_of_the_others() -> None:
    found = kind_of("funnel").consequences(
        drafted(behind("lead", TRIAL)), FunnelVersion.objects.in_force().get(), NOW
    )

    assert found is not None
    assert [meaning.text for meaning in found.meanings] == ["“Trial” is new, behind “Lead”"]


# The page


def sent(client: Client) -> dict[str, str]:
    return as_sent(client.get(EDIT).content.decode())


def the_draft() -> FunnelVersion:
    return FunnelVersion.objects.get(agreement__state=State.DRAFT)


def test_a_button_adds_a_line_and_saves_nothing(as_marketer: Client) -> None:
    answer = as_marketer.post(EDIT, sent(as_marketer) | {"stages-do": "add:7"})
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "Stage 8 of 8" in page
    assert page.count('aria-label="Remove stage') == 1
    assert not Agreement.objects.open().exists()


def test_a_new_line_is_given_a_key_of_its_name_and_stays_where_it_was_moved(as_marketer: Client) -> None:
    grown = as_sent(as_marketer.post(EDIT, sent(as_marketer) | {"stages-do": "add:7"}).content.decode())
    named = grown | {
        "stage7-name_en": "Free trial",
        "stage7-name_fr": "Essai gratuit",
        "stage7-side": "sales",
    }
    moved = as_sent(as_marketer.post(EDIT, named | {"stages-do": "up:7"}).content.decode())
    answer = as_marketer.post(EDIT, moved)

    assert answer.status_code == 303
    assert [one["key"] for one in the_draft().stages][-2:] == ["free_trial", "promoter"]
    assert stage_lines(the_draft(), "en")[6] == "Free trial (Sales)"
    assert stage_lines(the_draft(), "fr")[6] == "Essai gratuit (Ventes)"
    page = as_marketer.get(answer.headers["Location"]).content.decode()
    assert "Free trial" in page
    assert "Essai gratuit" in page


def test_a_key_that_nobody_gave_is_not_taken(as_marketer: Client) -> None:
    grown = sent(as_marketer) | {"stages": "8", "stage7-key": "Robert'); --", "stage7-name_fr": "1 essai"}

    assert as_marketer.post(EDIT, grown | {"stage7-side": "sales"}).status_code == 303
    assert the_draft().stages[-1]["key"] == "own_1_essai"


def test_a_new_line_keeps_its_key_in_the_next_draft_under_another_name(as_marketer: Client) -> None:
    grown = sent(as_marketer) | {"stages": "8", "stage7-name_en": "Trial", "stage7-side": "sales"}
    as_marketer.post(EDIT, grown)
    as_marketer.post(EDIT, sent(as_marketer) | {"stage7-name_en": "Pilot"})

    assert (the_draft().stages[-1]["key"], the_draft().stages[-1]["name_en"]) == ("trial", "Pilot")


def test_nobody_takes_out_what_is_there_or_names_two_alike(as_marketer: Client) -> None:
    whole = sent(as_marketer)
    gone = as_marketer.post(EDIT, whole | {"stages": "6"})
    twice = as_marketer.post(EDIT, whole | {"stage0-name_en": "Lead"})
    nameless = as_marketer.post(EDIT, whole | {"stage0-name_en": ""})

    assert [answer.status_code for answer in (gone, twice, nameless)] == [422, 422, 422]
    assert "What is there already stays in the list, once." in gone.content.decode()
    assert "“Lead” is there twice." in twice.content.decode()
    assert "It needs a name." in nameless.content.decode()
    assert not Agreement.objects.open().exists()


LINE_BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("broken", LINE_BREAKS, ids=[ascii(one) for one in LINE_BREAKS])
def test_a_name_of_several_lines_is_written_as_one(as_marketer: Client, broken: str) -> None:
    """In the list that is signed it would read as two stages."""
    grown = sent(as_marketer) | {
        "stages": "8",
        "stage7-side": "sales",
        "stage7-name_en": f"Free{broken}trial",
        "stage7-name_fr": f"Essai{broken}{broken}gratuit",
        "status1-name_en": f"Under{broken}way",
    }
    assert as_marketer.post(EDIT, grown).status_code == 303

    stage = the_draft().stages[-1]
    assert (stage["key"], stage["name_en"], stage["name_fr"]) == ("free_trial", "Free trial", "Essai gratuit")
    assert the_draft().statuses[1]["name_en"] == "Under way"
    assert len("\n".join(stage_lines(the_draft(), "en")).splitlines()) == 8


def test_names_that_differ_by_a_line_break_are_one_name(as_marketer: Client) -> None:
    grown = sent(as_marketer) | {"stages": "8", "stage7-side": "sales", "stage7-name_en": "Lead\n"}

    answer = as_marketer.post(EDIT, grown)

    assert answer.status_code == 422
    assert "“Lead” is there twice." in answer.content.decode()


@pytest.mark.parametrize("broken", LINE_BREAKS, ids=[ascii(one) for one in LINE_BREAKS])
def test_a_draft_with_a_name_of_several_lines_is_not_proposed(broken: str) -> None:
    """Whatever wrote it, which was not the form."""

    def change(version: FunnelVersion) -> None:
        version.stages[1]["name_fr"] = f"Piste{broken}chaude"
        status_of(version, "lost")["name_en"] = f"Lost{broken}for good"

    draft = drafted(change)

    with pytest.raises(ObstacleError) as refusal:
        propose(draft.agreement, actor=MarketerFactory.create(), at=NOW)

    assert refusal.value.obstacles == [
        "A name is one line: Piste chaude",
        "A name is one line: Lost for good",
    ]


def test_an_obstacle_is_told_where_it_is_written(as_marketer: Client) -> None:
    answer = as_marketer.post(EDIT, sent(as_marketer) | {"status0-needs_reason": "on"})

    assert answer.status_code == 422
    assert "“New” is set by the product itself" in answer.content.decode()


def test_an_untouched_form_says_what_is_in_force(as_marketer: Client) -> None:
    assert as_marketer.post(EDIT, sent(as_marketer)).status_code == 303

    assert the_draft().content() == FunnelVersion.objects.in_force().get().content()


def test_contacts_keep_stage_and_status_whatever_is_renamed() -> None:
    contact = ContactFactory.create(stage_id="lead", status_id="gone_dark")

    def change(version: FunnelVersion) -> None:
        version.stages[1]["name_en"] = "Prospect"

    signed(drafted(change))

    found = Contact.objects.get(pk=contact.pk)
    assert (found.stage_id, found.status_id) == ("lead", "gone_dark")
