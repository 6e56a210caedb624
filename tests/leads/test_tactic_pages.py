"""The two by two with its tactics, one cell, and its edit page without scripts."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.actions import propose_retirement, sign
from agreements.models import Agreement, State
from leads.models import Cell, ScoringModel, TacticsVersion
from leads.tactics.forms import EMPTY
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, ContactScoreFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

EDIT = "/tactics/target_ready/edit/"


def in_force(cell: Cell = Cell.TARGET_READY) -> TacticsVersion:
    return TacticsVersion.objects.in_force().select_related("agreement").get(cell=cell)


def sent(*tactics: dict[str, str], **more: str) -> dict[str, str]:
    """What the page sends for these tactics."""
    fields = {"goal_en": "Talk.", "goal_fr": "", "revision": str(in_force().agreement.revision)}
    numbered = {
        f"step{place}-{name}": str(value)
        for place, tactic in enumerate(tactics)
        for name, value in [*EMPTY.items(), *tactic.items()]
    }
    return {**fields, "steps": str(len(tactics)), **numbered, **more}


def deeds_in(page: str) -> list[str]:
    """What each tactic of the form says is done, in the order of the page."""
    return [text.strip() for text in re.findall(r'name="step\d+-what_en"[^>]*>([^<]*)<', page)]


def draft() -> TacticsVersion:
    return TacticsVersion.objects.get(cell=Cell.TARGET_READY, agreement__state=State.DRAFT)


def test_the_matrix_shows_in_each_cell_its_contacts_and_its_tactics_in_force(as_rep: Client) -> None:
    for fit, engagement in ((60, 50), (90, 90), (60, 10)):
        ContactScoreFactory.create(fit=fit, engagement=engagement)
    page = as_rep.get("/tactics/").content.decode()

    for said in (
        "Target, ready to buy",
        "Call within the delay of the contract",
        "Send a nurture mail that shows for whom the offer is made",
        "Keep in the newsletter",
    ):
        assert said in page
    counts = dict(re.findall(r'href="(/contacts/\?fit[^"]*)">(\d+)<', page))
    assert counts == {
        "/contacts/?fit=60&amp;engagement_under=50": "1",
        "/contacts/?fit=60&amp;engagement=50": "2",
        "/contacts/?fit_under=60&amp;engagement_under=50": "0",
        "/contacts/?fit_under=60&amp;engagement=50": "0",
    }
    assert "/edit/" not in page


def test_the_matrix_costs_the_same_with_three_and_thirty_contacts(as_rep: Client) -> None:
    def queries() -> int:
        as_rep.get("/tactics/")
        with CaptureQueriesContext(connection) as asked:
            as_rep.get("/tactics/")
        return len(asked)

    ContactScoreFactory.create_batch(3)
    few = queries()
    ContactScoreFactory.create_batch(27)
    assert queries() == few


def test_the_matrix_says_who_is_not_scored_and_what_no_model_means(as_rep: Client) -> None:
    ContactFactory.create()
    assert "1 contact is not scored yet and stands in no cell." in as_rep.get("/tactics/").content.decode()

    with unguarded(Agreement):
        Agreement.objects.filter(pk=ScoringModel.objects.in_force().get().agreement_id).update(
            state=State.SUPERSEDED, in_force_until=NOW
        )
    page = as_rep.get("/tactics/").content.decode()
    assert "No scoring model is in force" in page
    assert as_rep.get("/tactics/target_ready/").status_code == 200


def test_a_cell_speaks_french(as_rep: Client) -> None:
    as_rep.post("/settings/preferences/", {"language": "fr"})
    page = as_rep.get("/tactics/target_ready/").content.decode()

    assert "Profil ciblé, prêt à acheter" in page
    assert "Appeler dans le délai du contrat" in page
    assert "Ont atteint l’étape suivante sous 30 jours" in page


def test_the_form_moves_tactics_without_scripts_and_saves_nothing_meanwhile(as_marketer: Client) -> None:
    tactics = [{"key": "a", "what_en": "Call."}, {"key": "b", "what_en": "Write."}]

    moved = as_marketer.post(EDIT, sent(*tactics, **{"steps-do": "up:1"}))
    longer = as_marketer.post(EDIT, sent(*tactics, **{"steps-do": "add:2"}))
    shorter = as_marketer.post(EDIT, sent(*tactics, **{"steps-do": "remove:0"}))

    assert [answer.status_code for answer in (moved, longer, shorter)] == [200, 200, 200]
    assert deeds_in(moved.content.decode()) == ["Write.", "Call."]
    assert deeds_in(longer.content.decode()) == ["Call.", "Write.", ""]
    assert deeds_in(shorter.content.decode()) == ["Write."]
    assert not TacticsVersion.objects.filter(agreement__state=State.DRAFT).exists()


def test_saving_keeps_the_keys_of_tactics_and_gives_new_ones_theirs(as_marketer: Client) -> None:
    answer = as_marketer.post(
        EDIT,
        sent(
            {"key": "call", "what_en": "Call on the same day.", "kind": "call"},
            {"what_en": "Write.", "side": "marketing"},
            {"key": "call", "what_en": "Call again."},
            {"what_en": ""},
        ),
    )

    assert answer.status_code == 303
    first, second, third = draft().tactics
    assert first == EMPTY | {"key": "call", "what_en": "Call on the same day.", "kind": "call"}
    assert (second["what_en"], second["side"], third["what_en"]) == ("Write.", "marketing", "Call again.")
    assert len({"call", second["key"], third["key"]}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one["key"]) for one in (second, third))


@pytest.mark.parametrize(
    "tactic",
    [
        {"what_en": ""},
        {"what_en": "Call.", "side": "nobody"},
        {"what_en": "Call.", "kind": "magic"},
        {"what_en": "Call.", "key": "<script>"},
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_written(
    as_marketer: Client, tactic: dict[str, str]
) -> None:
    answer = as_marketer.post(EDIT, sent(tactic, {"what_en": "", "what_fr": ""}))

    assert answer.status_code == 422
    assert not TacticsVersion.objects.filter(agreement__state=State.DRAFT).exists()


def test_two_writers_read_both_texts_as_sentences(as_marketer: Client, as_manager: Client) -> None:
    as_marketer.post(EDIT, sent({"key": "call", "what_en": "Call on the same day."}))
    answer = as_manager.post(EDIT, sent({"key": "call", "what_en": "Call within the week."}))
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Sales: Call on the same day." in page
    assert "Sales: Call within the week." in page
    assert draft().tactics[0]["what_en"] == "Call on the same day."


def test_the_agreement_shows_the_difference_line_by_line(as_marketer: Client) -> None:
    kept = [dict(one) for one in in_force().tactics]
    kept[0]["what_en"] = "Phone within the delay of the contract, knowing what was read and asked."
    answer = as_marketer.post(EDIT, sent(*kept, goal_en=in_force().goal_en, goal_fr=in_force().goal_fr))
    page = as_marketer.get(answer.headers["Location"]).content.decode()

    assert re.search(r"</span>Call</del>", page)
    assert re.search(r"</span>Phone</ins>", page)
    assert "1 new or changed" in page


def test_a_cell_whose_tactics_are_retired_says_so_and_takes_them_back(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    User.objects.filter(pk__in=(marketer.pk, rep.pk)).update(may_sign=True)
    last = propose_retirement(in_force().agreement, actor=marketer, reason="We only call.", at=NOW)
    for person in User.objects.filter(pk__in=(marketer.pk, rep.pk)):
        sign(last, actor=person, read_hash=last.content_hash, at=NOW)

    assert "Its tactics are retired: nothing is agreed." in as_marketer.get("/tactics/").content.decode()
    page = as_marketer.get("/tactics/target_ready/").content.decode()
    assert "We only call." in page
    assert "Put them back in force" in page
    assert as_marketer.get(EDIT).status_code == 303
    as_marketer.post(f"/agreements/{last.pk}/draft/")
    assert draft().tactics == in_force_before(last)


def in_force_before(last: Agreement) -> list[dict[str, str]]:
    version = TacticsVersion.objects.get(agreement__subject=last.subject, agreement__number=1)
    found: list[dict[str, str]] = version.tactics
    return found
