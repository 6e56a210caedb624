"""What was seen of a file can be overruled: it is looked at again, and nothing is lost of what was chosen."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook

from accounts.models import User
from leads.imports import mapping as mappings
from leads.imports import running, runs
from leads.imports.mapping import Mapping, MappingRefused
from leads.imports.reading import FileRefused
from leads.imports.runs import ImportNotReadyError
from leads.models import Contact, ImportMapping, ImportRun
from tests.leads.test_import_loading import AT
from tests.leads.test_import_pages import chosen, uploaded

pytestmark = pytest.mark.django_db

MAC = "Email,Prénom,Ville,Créé le\nana@x.test,Zoé,Nîmes,01/03/2026 10:30\n".encode("mac_roman")
PIPES = "Email;note|Prénom|Ville\nana@x.test;1|Zoé|Nîmes\nbob@x.test;2|Bob|Lyon\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def received(content: str | bytes) -> ImportRun:
    data = content.encode() if isinstance(content, str) else content
    return runs.receive([data], file_name="people.csv", actor=None, at=AT, time_zone="Europe/Paris")


def mapped(run: ImportRun, **changes: Any) -> Mapping:
    return mappings.from_json(run.mapping | changes)


def as_stored(run: ImportRun) -> dict[str, Any]:
    return dict(ImportRun.objects.filter(pk=run.pk).values().get())


# The action


def test_a_file_read_in_another_encoding_has_other_headings_and_values() -> None:
    run = received(MAC)
    assert run.shape["headings"] != ["Email", "Prénom", "Ville", "Créé le"]

    runs.look_again(run, mapping=mapped(run, encoding="mac_roman"))

    run.refresh_from_db()
    assert run.shape["headings"] == ["Email", "Prénom", "Ville", "Créé le"]
    assert run.shape["samples"][1:3] == [["Zoé"], ["Nîmes"]]
    targets = {heading: column.get("target", "") for heading, column in run.mapping["columns"].items()}
    assert targets == {"Email": "email", "Prénom": "first_name", "Ville": "city", "Créé le": "created_at"}
    assert (run.mapping["encoding"], run.mapping["separator"], run.state) == ("mac_roman", "", "uploaded")


def test_what_was_chosen_stays_where_it_still_applies() -> None:
    run = received(MAC)
    first, place = run.shape["headings"][1], run.shape["headings"][2]
    columns = run.mapping["columns"] | {
        first: {"target": "custom.pre", "type": "text", "label": first},
        place: {},
    }
    before = mapped(run, columns=columns, on_conflict="overwrite", time_zone="Asia/Tokyo", date_order="mdy")

    runs.look_again(run, mapping=Mapping(**{**_fields(before), "encoding": "mac_roman"}))

    run.refresh_from_db()
    now = mappings.from_json(run.mapping)
    assert now.columns["Prénom"] == mappings.Column("custom.prenom", "text", "Prénom")
    assert now.columns["Ville"].target == ""
    assert now.columns["Email"].target == "email"
    assert (now.on_conflict, now.time_zone, now.date_order) == ("overwrite", "Asia/Tokyo", "mdy")


def _fields(mapping: Mapping) -> dict[str, Any]:
    return {name: getattr(mapping, name) for name in Mapping.__dataclass_fields__}


def test_a_file_read_with_another_separator_is_of_what_its_headings_are_now() -> None:
    run = received(
        "Deal - Title;x|Deal - Value|Deal - Won time\nBig;1|100|2026-03-01\nSmall;2|10|2026-03-02\n"
    )
    runs.look_again(run, mapping=mapped(run, separator=";"))
    assert len(run.shape["headings"]) == 2

    runs.look_again(run, mapping=mapped(run, separator="|"))

    run.refresh_from_db()
    assert run.shape["headings"] == ["Deal - Title;x", "Deal - Value", "Deal - Won time"]
    assert run.target == "deals"


@pytest.mark.parametrize(
    ("content", "otherwise", "code"),
    [
        (PIPES, {"encoding": "utf-16"}, "no_row_readable"),
        (PIPES + "\n", {"encoding": "utf-16"}, "headings_unreadable"),
        (PIPES, {"separator": "\t"}, "one_column"),
        (PIPES.encode("utf-16"), {"encoding": "utf-8"}, "headings_unreadable"),
    ],
)
def test_a_reading_that_makes_nothing_of_the_file_leaves_the_import_as_it_was(
    content: str | bytes, otherwise: dict[str, str], code: str
) -> None:
    run = received(content)
    before = as_stored(run)

    with pytest.raises(FileRefused) as refused:
        runs.look_again(run, mapping=mapped(run, **otherwise))

    assert refused.value.code == code
    assert as_stored(run) == before


def test_columns_that_were_chosen_of_another_reading_are_not_kept() -> None:
    run = received(PIPES)
    other = ImportRun.objects.get(pk=run.pk)
    runs.look_again(other, mapping=mapped(other, separator=";"))
    before = as_stored(run)

    with pytest.raises(ImportNotReadyError):
        runs.map_columns(run, mapping=mapped(run, columns={"Email;note": "email"}), actor=None, at=AT)
    with pytest.raises(ImportNotReadyError):
        runs.look_again(run, mapping=mapped(run, encoding="cp1252"))

    assert as_stored(run) == before


def test_a_started_import_is_not_read_otherwise() -> None:
    run = received(PIPES)
    runs.map_columns(run, mapping=mapped(run, columns={"Email;note": "email"}), actor=None, at=AT)
    runs.start(run, at=AT)

    with pytest.raises(ImportNotReadyError):
        runs.look_again(run, mapping=mapped(run, separator=";"))


def test_an_encoding_that_there_is_none_of_is_refused() -> None:
    run = received(PIPES)
    for name in ("klingon", "rot13", "hex"):
        with pytest.raises(MappingRefused):
            runs.map_columns(run, mapping=mapped(run, encoding=name), actor=None, at=AT)


def test_utf_16_without_a_mark_can_be_said() -> None:
    run = received("Адрес;Имя\nana@x.test;Анна\n".encode("utf-16-le"))

    runs.look_again(run, mapping=mapped(run, encoding="utf-16"))

    assert run.shape["headings"] == ["Адрес", "Имя"]


# Remembered


def test_how_a_file_was_read_is_remembered_with_its_headings() -> None:
    run = received(MAC)
    runs.look_again(run, mapping=mapped(run, encoding="mac_roman", time_zone="Asia/Tokyo"))
    runs.map_columns(run, mapping=mapped(run), actor=None, at=AT)

    again = received(MAC.replace(b"ana", b"bob"))

    assert again.shape["is_remembered"] is True
    assert again.shape["headings"] == ["Email", "Prénom", "Ville", "Créé le"]
    assert (again.mapping["encoding"], again.mapping["time_zone"]) == ("mac_roman", "Asia/Tokyo")
    assert again.shape["guessed"]["encoding"] == "cp1252"


def test_what_was_only_guessed_of_a_file_is_guessed_anew_of_the_next_one() -> None:
    run = received("Email;Nom\nana@x.test;Almeida\n")
    runs.map_columns(run, mapping=mapped(run), actor=None, at=AT)

    again = received("Email,Nom\nana@x.test,Almeida\n".encode("utf-16"))

    assert again.shape["is_remembered"] is True
    assert running.rehearse(again)["created"] == 1


def test_a_remembered_separator_is_left_where_another_program_wrote_the_same_headings() -> None:
    run = received("Email;Nom\nana@x.test;Almeida\n")
    ImportMapping.objects.all().delete()
    runs.map_columns(run, mapping=mapped(run, separator=";", encoding="utf-8"), actor=None, at=AT)

    again = received("Email\tNom\nana@x.test\tAlmeida\n")

    assert (again.shape["separator"], again.mapping["separator"]) == ("\t", "")
    assert running.rehearse(again)["created"] == 1


# The page


def test_a_marketer_says_in_which_encoding_a_file_is_and_by_which_clock(as_marketer: Client) -> None:
    columns = uploaded(as_marketer, MAC)["Location"]
    page = as_marketer.get(columns)
    assert '<option value="" selected>recognised: Windows-1252</option>' in page.content.decode()
    assert '<option value="" selected>recognised: commas</option>' in page.content.decode()
    assert '<option value="Europe/Paris" selected>Europe/Paris</option>' in page.content.decode()

    answer = as_marketer.post(columns, chosen(page, encoding="mac_roman", time_zone="Asia/Tokyo", again="1"))
    assert (answer.status_code, answer["Location"]) == (303, f"{columns}#h-map")
    page = as_marketer.get(columns)
    assert "The file was read again." in page.content.decode()
    assert "Mac Roman · commas · times in Asia/Tokyo" in page.content.decode()
    assert '<option value="">recognised: Windows-1252</option>' in page.content.decode()
    assert "Zoé" in page.content.decode()

    answer = as_marketer.post(columns, chosen(page))
    assert answer["Location"].endswith("/check/")
    run = ImportRun.objects.get()
    runs.start(run, at=AT)
    running.run_batches(run.pk, clock=lambda: AT)
    contact = Contact.objects.get()
    assert (contact.first_name, contact.city) == ("Zoé", "Nîmes")
    assert contact.created_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)


def test_a_changed_separator_is_looked_at_before_any_row_is_checked(as_marketer: Client) -> None:
    columns = uploaded(as_marketer, PIPES)["Location"]
    page = as_marketer.get(columns)

    answer = as_marketer.post(columns, chosen(page, separator=";"))

    assert (answer.status_code, answer["Location"]) == (303, f"{columns}#h-map")
    run = ImportRun.objects.get()
    assert (run.state, run.forecast, len(run.shape["headings"])) == ("uploaded", {}, 2)


def test_a_reading_that_fails_is_said_in_words_and_what_was_chosen_stands(
    as_marketer: Client, marketer: User
) -> None:
    columns = uploaded(as_marketer, PIPES)["Location"]
    before = ImportRun.objects.values().get()
    sent = chosen(as_marketer.get(columns), separator="\t", on_conflict="overwrite")

    answer = as_marketer.post(columns, sent)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The file cannot be read like this" in text
    assert "The whole file would be one column. It is still read as before." in text
    assert '<a href="#id_separator">Separator</a>' in text
    assert '<details class="sm-card sm-fold sm-reading sm-c12" open>' in text
    assert '<option value="overwrite" selected>' in text
    assert ImportRun.objects.values().get() == before
    User.objects.filter(pk=marketer.pk).update(language="fr")
    assert "Le fichier entier serait une seule colonne." in as_marketer.post(columns, sent).content.decode()


def test_a_page_of_another_reading_changes_nothing(as_marketer: Client) -> None:
    columns = uploaded(as_marketer, PIPES)["Location"]
    stale = chosen(as_marketer.get(columns))
    as_marketer.post(columns, stale | {"separator": ";"})
    before = ImportRun.objects.values().get()

    answer = as_marketer.post(columns, stale)

    assert (answer.status_code, answer["Location"]) == (303, columns)
    assert "The file was read otherwise meanwhile." in as_marketer.get(columns).content.decode()
    assert ImportRun.objects.values().get() == before


def test_of_a_sheet_only_the_time_zone_can_be_said(as_marketer: Client, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Email", "Nom"])
    book.active.append(["ana@x.test", "Almeida"])
    book.save(tmp_path / "people.xlsx")
    columns = uploaded(as_marketer, (tmp_path / "people.xlsx").read_bytes(), "people.xlsx")["Location"]
    page = as_marketer.get(columns)
    assert 'id="id_time_zone"' in page.content.decode()
    assert 'id="id_encoding"' not in page.content.decode()
    assert "Read the file like this" not in page.content.decode()

    answer = as_marketer.post(columns, chosen(page, encoding="utf-16", time_zone="Asia/Tokyo"))

    assert answer["Location"].endswith("/check/")
    run = ImportRun.objects.get()
    assert (run.mapping["encoding"], run.mapping["time_zone"]) == ("", "Asia/Tokyo")
