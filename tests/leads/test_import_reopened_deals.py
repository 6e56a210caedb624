"""A deal that somebody moved after the file closed it: filling leaves it where it is, overwriting does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leads.actions.deals import move_deal, reopen_deal
from leads.imports import running, wording
from leads.models import Contact, Deal
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.leads.test_import_loading import AT, LATER, counts, everything, imported, received

pytestmark = pytest.mark.django_db

WON = (
    "email,deal.external_id,deal.stage,deal.closed_at\na@x.fr,D1,Won,01/03/2026\nb@x.fr,D2,Lost,01/03/2026\n"
)
MAPPING: dict[str, Any] = {"kind": "deals", "system": "old"}
STAYS = "1 deal stays open: somebody moved it after its closing date in the file (line 2)."


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def people() -> None:
    for email in ("a@x.fr", "b@x.fr"):
        since = datetime(2026, 1, 1, tzinfo=UTC)
        ContactFactory.create(email=email, stage_id="mql", stage_since=since, created_at=since)


def deal() -> Deal:
    return Deal.objects.get(external_key="old:D1")


def told(warnings: list[dict[str, Any]]) -> list[str]:
    return [wording.warning_sentence(warning) for warning in warnings if warning["code"] == "stays_open"]


def test_the_same_file_leaves_a_deal_open_that_somebody_has_reopened() -> None:
    imported(WON, **MAPPING)
    reopen_deal(deal(), at=LATER)
    before = everything()

    for days in (1, 2):
        run = imported(WON, at=AT + timedelta(days=days), **MAPPING)
        assert counts(run) == (0, 0, 2, 0)
        assert told(run.warnings) == [STAYS]

    assert everything() == before
    assert deal().stage == "qualified"


def test_a_rehearsal_says_that_a_reopened_deal_stays_open() -> None:
    imported(WON, **MAPPING)
    reopen_deal(deal(), at=LATER)

    forecast = running.rehearse(received(WON, **MAPPING))

    assert (forecast["updated"], forecast["unchanged"]) == (0, 2)
    assert told(forecast["warnings"]) == [STAYS]


def test_a_deal_that_somebody_moved_after_the_file_closes_it_stays_where_it_is() -> None:
    imported(WON.replace("Won,01/03/2026", "Quote,"), **MAPPING)
    move_deal(deal(), to="negotiation", actor=UserFactory.create(), at=LATER)

    run = imported(WON, at=AT + timedelta(days=1), **MAPPING)

    assert (counts(run), told(run.warnings)) == ((0, 0, 2, 0), [STAYS])
    assert deal().stage == "negotiation"
    assert Contact.objects.get(email="a@x.fr").stage_id == "mql"


def test_what_is_closed_after_the_last_move_of_a_person_is_news() -> None:
    imported(WON.replace("Won,01/03/2026", "Quote,"), **MAPPING)
    move_deal(deal(), to="negotiation", actor=UserFactory.create(), at=LATER)

    run = imported(WON.replace("01/03/2026", "22/11/2026"), at=AT + timedelta(days=3), **MAPPING)

    assert (counts(run), told(run.warnings)) == ((0, 1, 1, 0), [])
    assert (deal().stage, deal().closed_at) == ("won", datetime(2026, 11, 22, tzinfo=UTC))


def test_overwriting_closes_a_reopened_deal_again() -> None:
    imported(WON, **MAPPING)
    reopen_deal(deal(), at=LATER)

    run = imported(WON, at=AT + timedelta(days=1), on_conflict="overwrite", **MAPPING)

    assert (counts(run), told(run.warnings)) == ((0, 1, 1, 0), [])
    assert (deal().stage, deal().closed_at) == ("won", datetime(2026, 3, 1, tzinfo=UTC))


def test_an_open_deal_that_only_a_file_has_moved_is_closed_by_the_next_one() -> None:
    imported(WON.replace("Won,01/03/2026", "Quote,"), **MAPPING)
    imported(WON.replace("Won,01/03/2026", "Negotiation,"), at=LATER, on_conflict="overwrite", **MAPPING)

    run = imported(WON, at=AT + timedelta(days=1), **MAPPING)

    assert counts(run) == (0, 1, 1, 0)
    assert deal().stage == "won"
