"""Files that come in by the command line: contacts, then their deals; a rehearsal, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from leads.imports import inspecting, reading
from leads.models import Contact, Deal, ImportRun

pytestmark = pytest.mark.django_db

PEOPLE = (
    "email,first_name,last_name,city\n"
    "ana@new.test,Ana,Almeida,Lyon\n"
    "bob@new.test,Bob,Brandt,Brest\n"
    "cleo@,Cleo,Caron,Lille\n"
)
WON = "email,deal,won,amount\nana@new.test,Pump,26/02/2026 19:58,1200.50\nzoe@new.test,Valve,27/02/2026 08:00,5\n"
DEALS = {
    "kind": "deals",
    "date_order": "dmy",
    "time_zone": "UTC",
    "currency": "EUR",
    "columns": {"email": "email", "deal": "deal.name", "won": "deal.won_at", "amount": "deal.amount"},
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return written(tmp_path / "people.csv", PEOPLE)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def said(command: str, file: Path, **options: Any) -> str:
    out = StringIO()
    call_command(command, file, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def report(command: str, file: Path, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(command, file, json=True, **options))
    return found


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["created"], found["updated"], found["unchanged"], found["refused"]


def test_contacts_come_in_once_and_the_refused_row_says_why(people: Path, marketer: User) -> None:
    found = report("import_contacts", people, user="ines@smarketing.test")
    assert counts(found) == (2, 0, 0, 1)
    assert (found["rows"], found["is_complete"]) == (3, True)
    assert [(told["line"], told["reason"]) for told in found["refusals"]] == [(4, "bad_email")]
    assert set(Contact.objects.values_list("email", "first_name", "last_name", "city")) == {
        ("ana@new.test", "Ana", "Almeida", "Lyon"),
        ("bob@new.test", "Bob", "Brandt", "Brest"),
    }
    assert ImportRun.objects.get().created_by == marketer
    assert counts(report("import_contacts", people)) == (0, 0, 2, 1)
    assert Contact.objects.count() == 2


def test_a_value_that_is_there_stays_unless_the_mapping_says_overwrite(people: Path, tmp_path: Path) -> None:
    said("import_contacts", people)
    mapping = json.loads(said("import_contacts", people, show_mapping=True))
    written(people, PEOPLE.replace("Brest", "Rennes"))
    assert counts(report("import_contacts", people)) == (0, 0, 2, 1)
    assert Contact.objects.get(email="bob@new.test").city == "Brest"
    over = written(tmp_path / "mapping.json", json.dumps({**mapping, "on_conflict": "overwrite"}))
    assert counts(report("import_contacts", people, mapping=over)) == (0, 1, 1, 1)
    assert Contact.objects.get(email="bob@new.test").city == "Rennes"


def test_without_json_the_report_is_sentences(people: Path) -> None:
    lines = said("import_contacts", people).splitlines()
    assert lines[0] == "2 created, 0 updated, 0 unchanged, 1 refused"
    assert lines[1].startswith("line 4: E-mail is not an address")


def test_a_rehearsal_says_what_would_happen_and_keeps_nothing(people: Path) -> None:
    lines = said("import_contacts", people, dry_run=True).splitlines()
    assert lines[0] == "2 would be created, 0 would be updated, 0 unchanged, 1 would be refused"
    assert not Contact.objects.exists()
    assert not ImportRun.objects.exists()


def test_only_what_comes_in_leaves_its_file_here(people: Path, tmp_path: Path, settings: Any) -> None:
    kept = Path(settings.MEDIA_ROOT) / "imports"
    said("import_contacts", people, dry_run=True)
    said("import_contacts", people, show_mapping=True)
    with pytest.raises(CommandError):
        said("import_contacts", written(tmp_path / "towns.csv", "city\nLyon\n"))
    assert list(kept.iterdir()) == []
    said("import_contacts", people)
    assert [path.name for path in kept.iterdir()] == [ImportRun.objects.get().stored_name]


def test_moments_without_a_zone_are_those_of_whoever_imports(tmp_path: Path, marketer: User) -> None:
    User.objects.filter(pk=marketer.pk).update(time_zone="America/New_York")
    file = written(tmp_path / "dated.csv", "email,created_at\nana@new.test,2026-03-02 20:00\n")
    said("import_contacts", file, user=marketer.email)
    assert Contact.objects.get().created_at == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def test_a_file_that_breaks_off_ends_the_import_in_words(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "SEEN_ROWS", {"csv": 1})
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    with pytest.raises(CommandError, match="more than 2 rows"):
        said("import_contacts", people, dry_run=True)
    assert not ImportRun.objects.exists()
    with pytest.raises(CommandError, match="more than 2 rows"):
        said("import_contacts", people)
    assert ImportRun.objects.get().state == ImportRun.State.FAILED


def test_the_mapping_is_shown_and_nothing_is_imported(people: Path) -> None:
    mapping = json.loads(said("import_contacts", people, show_mapping=True))
    assert mapping["kind"] == "contacts"
    assert set(mapping["columns"]) == {"email", "first_name", "last_name", "city"}
    assert not ImportRun.objects.exists()


def test_the_refused_rows_are_written_to_a_file(people: Path, tmp_path: Path) -> None:
    refused = tmp_path / "refused.csv"
    said("import_contacts", people, refused=refused)
    text = refused.read_text()
    assert "cleo@" in text
    assert "ana@new.test" not in text


def test_deals_join_the_contacts_that_are_known(people: Path, tmp_path: Path) -> None:
    said("import_contacts", people)
    won = written(tmp_path / "won.csv", WON)
    mapping = written(tmp_path / "mapping.json", json.dumps(DEALS))
    found = report("import_deals", won, mapping=mapping)
    assert counts(found) == (1, 0, 0, 1)
    assert [(told["line"], told["reason"]) for told in found["refusals"]] == [(3, "unknown_contact")]
    deal = Deal.objects.get()
    assert (deal.contact.email, deal.name, deal.stage) == ("ana@new.test", "Pump", "won")
    assert (deal.amount_cents, deal.currency) == (120050, "EUR")
    assert deal.closed_at == datetime(2026, 2, 26, 19, 58, tzinfo=UTC)
    assert counts(report("import_deals", won, mapping=mapping)) == (0, 0, 1, 1)
    assert Deal.objects.count() == 1


def test_what_cannot_be_read_is_refused_in_words(people: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        said("import_contacts", tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        said("import_contacts", tmp_path)
    with pytest.raises(CommandError, match="The file is empty"):
        said("import_contacts", written(tmp_path / "empty.csv", ""))
    with pytest.raises(CommandError, match=r"Nobody here signs in as zoe@new\.test"):
        said("import_contacts", people, user="zoe@new.test")
    with pytest.raises(CommandError, match="The mapping cannot be read"):
        said("import_contacts", people, mapping=written(tmp_path / "mapping.json", "{"))
    assert not ImportRun.objects.exists()


def test_a_file_that_names_nobody_is_refused_and_leaves_no_run(tmp_path: Path) -> None:
    file = written(tmp_path / "towns.csv", "city\nLyon\n")
    with pytest.raises(CommandError):
        said("import_contacts", file)
    assert not ImportRun.objects.exists()


def test_a_mapping_may_say_in_which_encoding_the_headings_are(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("email,Prénom\nana@new.test,Zoé\n".encode("mac_roman"))
    named = {"encoding": "mac_roman", "columns": {"email": "email", "Prénom": "first_name"}}

    said("import_contacts", file, mapping=written(tmp_path / "mapping.json", json.dumps(named)))

    assert Contact.objects.get().first_name == "Zoé"
    other = written(tmp_path / "other.json", json.dumps(named | {"separator": "|"}))
    with pytest.raises(CommandError, match="The whole file would be one column"):
        said("import_contacts", file, mapping=other)
    assert ImportRun.objects.count() == 1
