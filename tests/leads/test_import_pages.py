"""The import as its people walk it: a file, its columns, what would happen, the report."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from leads.imports import files, running
from leads.models import Contact, ImportMapping, ImportRun
from leads.tasks import run_import
from lifecycle.models import Field
from tests.factories.leads import CampaignFactory, CompanyFactory, ContactFactory, ImportRunFactory
from tests.factories.lifecycle import FieldFactory

pytestmark = pytest.mark.django_db

FILE = (
    "Email;Prénom;Nom;Société;Tél. portable;CA estimé;Opt-in;Commentaire stand\r\n"
    "s.almeida@portolabs.pt;Sofia;Almeida;Porto Labs;+351 912 004 118;1 200 000,50;oui;devis\r\n"
    "o.grant@thornbury.co.uk;Oliver;Grant;Thornbury Foods;;860 000;non;\r\n"
    "jean.dupont@;Jean;Dupont;;;;oui;\r\n"
    "s.almeida@portolabs.pt;Sofia;Almeida;Porto Labs;;;oui;encore\r\n"
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def uploaded(client: Client, content: str | bytes = FILE, name: str = "pollutec.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/imports/", {"file": SimpleUploadedFile(name, data)})


def chosen(page: Any, **changes: str) -> dict[str, str]:
    """What the browser would send of the mapping as it stands, with some answers changed."""
    form = page.context["form"]
    answers = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    return {**answers, **changes}


def test_a_file_goes_from_upload_to_report(as_marketer: Client) -> None:
    ContactFactory.create(email="o.grant@thornbury.co.uk", first_name="Oliver", last_name="Grant", phone="")
    answer = uploaded(as_marketer)
    run = ImportRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/imports/{run.pk}/columns/")
    page = as_marketer.get(answer["Location"])
    assert "4 rows · UTF-8 · semicolons" in page.content.decode()
    assert "Needs an answer" in page.content.decode()
    answer = as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, **{"column-5": "new:money"}))
    assert (answer.status_code, answer["Location"]) == (303, f"/imports/{run.pk}/check/")
    assert not Contact.objects.filter(email="s.almeida@portolabs.pt").exists()
    text = as_marketer.get(answer["Location"]).content.decode()
    assert "One column is left out: Commentaire stand." in text
    assert "One field is created: CA estimé." in text
    assert "E-mail is not an address" in text
    assert "Same person as line 2" in text
    answer = as_marketer.post(f"/imports/{run.pk}/start/")
    assert (answer.status_code, answer["Location"]) == (303, f"/imports/{run.pk}/")
    run.refresh_from_db()
    running.run_batches(run.pk, clock=lambda: run.created_at)
    run.refresh_from_db()
    assert (run.created_count, run.updated_count, run.refused_count) == (1, 1, 2)
    text = as_marketer.get(f"/imports/{run.pk}/").content.decode()
    assert "2 rows refused" in text
    assert Field.objects.get().key == "ca_estime"
    assert Contact.objects.get(email="s.almeida@portolabs.pt").custom == {"ca_estime": 120000050}
    rows = as_marketer.get(f"/imports/{run.pk}/rows/?outcome=created").content.decode()
    assert "Sofia Almeida" in rows
    assert b"jean.dupont@" in as_marketer.get(f"/imports/{run.pk}/refused/").getvalue()
    assert "pollutec.csv" in as_marketer.get("/imports/").content.decode()


GONE = (
    "The uploaded file is no longer on this server: a backup brings none back. Upload it again; rows that came in"
    " already change nothing."
)


def test_checking_again_says_that_the_file_is_gone(as_marketer: Client) -> None:
    uploaded(as_marketer)
    run = ImportRun.objects.get()
    columns = f"/imports/{run.pk}/columns/"
    answers = chosen(as_marketer.get(columns), **{"column-5": "new:money"})
    as_marketer.post(columns, answers)
    files.path_of(run).unlink()

    for address, sent in ((f"/imports/{run.pk}/check/", {}), (columns, answers)):
        answer = as_marketer.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (303, columns)
        assert GONE in as_marketer.get(columns).content.decode()


def test_the_page_of_an_import_says_that_its_file_is_gone(as_marketer: Client, marketer: User) -> None:
    uploaded(as_marketer)
    run = ImportRun.objects.get()
    columns = f"/imports/{run.pk}/columns/"
    as_marketer.post(columns, chosen(as_marketer.get(columns), **{"column-5": "new:money"}))
    as_marketer.post(f"/imports/{run.pk}/start/")
    files.path_of(run).unlink()
    run_import(run.pk)

    page = as_marketer.get(f"/imports/{run.pk}/").content.decode()
    assert GONE in page
    assert '<a class="sm-button is-primary is-small" href="/imports/">Upload it again</a>' in page
    assert "are kept until" not in page
    User.objects.filter(pk=marketer.pk).update(language="fr")
    page = as_marketer.get(f"/imports/{run.pk}/").content.decode()
    assert "Le fichier déposé n’est plus sur ce serveur" in page


def test_the_columns_are_remembered_for_the_next_file(as_marketer: Client) -> None:
    uploaded(as_marketer)
    run = ImportRun.objects.get()
    page = as_marketer.get(f"/imports/{run.pk}/columns/")
    as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, **{"column-7": "new:text"}))
    assert ImportMapping.objects.count() == 1
    answer = uploaded(as_marketer, FILE.splitlines()[0] + "\r\na@b.fr;;;;;;;\r\n", "next.csv")
    page = as_marketer.get(answer["Location"])
    assert "As the last time" in page.content.decode()
    assert chosen(page)["column-7"] == "new:text"


def test_a_mapping_without_an_identity_is_shown_again_with_what_is_wrong(as_marketer: Client) -> None:
    uploaded(as_marketer)
    run = ImportRun.objects.get()
    page = as_marketer.get(f"/imports/{run.pk}/columns/")
    answer = as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, **{"column-0": "-"}))
    assert answer.status_code == 422
    assert "no column becomes the e-mail" in answer.content.decode()
    run.refresh_from_db()
    assert run.state == ImportRun.State.UPLOADED


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The file is empty."), (b"%PDF-1.4", "not a table"), (b"PK\x03\x04zzz", "damaged")],
)
def test_a_file_that_is_no_table_is_refused_on_the_spot(
    as_marketer: Client, content: bytes, words: str
) -> None:
    answer = uploaded(as_marketer, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_the_same_file_can_be_read_as_deals(as_marketer: Client) -> None:
    uploaded(as_marketer, "mql_id,seller_id,won_date\n1,2,26-02-2018 19:58\n", "deals.csv")
    run = ImportRun.objects.get()
    assert run.target == "deals"
    page = as_marketer.get(f"/imports/{run.pk}/columns/?kind=contacts")
    assert page.context["form"].base.kind == "contacts"
    page = as_marketer.get(f"/imports/{run.pk}/columns/")
    answer = as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, on_unknown_contact="create"))
    assert answer.status_code == 303
    text = as_marketer.get(answer["Location"]).content.decode()
    assert 'aria-label="1 created, 0 updated, 0 unchanged, 0 refused"' in text
    assert '<span class="sm-sub sm-small">deals created</span>' in text


def test_a_rehearsed_deal_has_its_stage_in_words_and_long_lists_of_lines_say_that_they_go_on(
    as_marketer: Client,
) -> None:
    rows = "".join(f"person{n}@client.test,Deal {n},won,2026-11-0{n}\n" for n in range(1, 8))
    uploaded(as_marketer, f"Email,Deal name,Deal stage,Close date\n{rows}", "deals.csv")
    run = ImportRun.objects.get()
    page = as_marketer.get(f"/imports/{run.pk}/columns/")
    answer = as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, on_unknown_contact="create"))
    outlook = as_marketer.get(answer["Location"]).context["outlook"]

    assert {str(row["company_name"]) for row in outlook["examples"]} == {"Won"}
    noted = [words for words in outlook["warnings"] if words.startswith("7 rows are against rule")]
    assert len(noted) == 2  # before their stage, and of an amount that nobody knows
    assert all("(lines 2, 3, 4, 5, 6, …)" in words for words in noted)


def test_while_it_runs_the_fragment_asks_for_itself_and_announces_quarters_only(as_marketer: Client) -> None:
    run = ImportRunFactory.create(
        state="running", row_count=100, created_count=30, started_at="2026-11-20T09:00Z"
    )
    page = as_marketer.get(f"/imports/{run.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    part = as_marketer.get(f"/imports/{run.pk}/?quarter=0", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "30% of the rows imported" in part
    part = as_marketer.get(f"/imports/{run.pk}/?quarter=1", headers={"HX-Request": "true"}).content.decode()
    assert "of the rows imported" not in part


def test_stopping_and_going_on_are_buttons(as_marketer: Client) -> None:
    run = ImportRunFactory.create(state="running", started_at="2026-11-20T09:00Z")
    assert as_marketer.post(f"/imports/{run.pk}/stop/").status_code == 303
    run.refresh_from_db()
    assert run.state == ImportRun.State.STOPPING
    ImportRun.objects.update(state=ImportRun.State.STOPPED)
    assert "Go on with it" in as_marketer.get(f"/imports/{run.pk}/").content.decode()


def test_a_file_that_was_not_imported_can_be_dropped(as_marketer: Client) -> None:
    uploaded(as_marketer)
    run = ImportRun.objects.get()
    assert as_marketer.post(f"/imports/{run.pk}/drop/").status_code == 303
    assert not ImportRun.objects.exists()


def test_cells_of_strangers_are_shown_as_text(as_marketer: Client) -> None:
    uploaded(
        as_marketer, 'Email,"<script>alert(1)</script>"\n<img src=x onerror=alert(1)>,<b>x</b>\n', "<b>.csv"
    )
    run = ImportRun.objects.get()
    page = as_marketer.get(f"/imports/{run.pk}/columns/")
    assert b"<script>alert" not in page.content
    answer = as_marketer.post(f"/imports/{run.pk}/columns/", chosen(page, **{"column-1": "new:text"}))
    page = as_marketer.get(answer["Location"])
    assert b"<img src=x" not in page.content
    assert b"&lt;img src=x" in page.content


@pytest.mark.parametrize("path", ["", "columns/", "check/", "rows/", "refused/"])
def test_a_rep_is_told_who_may_import(as_rep: Client, path: str) -> None:
    run = ImportRunFactory.create()
    assert as_rep.get(f"/imports/{run.pk}/{path}").status_code == 403


NASTY = (
    "=1+1",
    "+34 612",
    "-5",
    "@SUM(A1)",
    "'quoted'",
    'said "yes"; =2',
    "＝3",
    "l’été, l'hiver",
    "two\nlines",
)


@pytest.mark.parametrize(("language", "heading"), [("en", '"First name"'), ("fr", '"Prénom"')])
def test_what_is_exported_comes_back_as_it_was(
    as_marketer: Client, marketer: User, language: str, heading: str
) -> None:
    User.objects.filter(pk=marketer.pk).update(language=language)
    for number, text in enumerate(NASTY):
        ContactFactory.create(
            email=f"p{number}@x.fr", first_name=text, job_title=text, company=CompanyFactory.create(name=text)
        )
    facts = (
        "email",
        "first_name",
        "last_name",
        "phone",
        "job_title",
        "company__name",
        "source",
        "status",
        "stage",
    )
    before = list(Contact.objects.order_by("email").values(*facts))
    exported = as_marketer.get("/contacts/export/").getvalue()
    assert heading in exported.decode().splitlines()[0]
    columns = uploaded(as_marketer, exported, "contacts.csv")["Location"]
    run = ImportRun.objects.get()
    assert run.shape["system"] == "smarketing"
    answer = as_marketer.post(columns, chosen(as_marketer.get(columns)))
    assert answer["Location"].endswith("/check/")
    run.refresh_from_db()
    assert (run.forecast["unchanged"], run.forecast["refused"]) == (len(NASTY), 0)
    Contact.objects.all().delete()
    as_marketer.post(f"/imports/{run.pk}/start/")
    running.run_batches(run.pk, clock=lambda: run.created_at)
    run.refresh_from_db()
    assert run.created_count == len(NASTY)
    assert list(Contact.objects.order_by("email").values(*facts)) == before


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_company_added_and_what_people_allowed_comes_back_too(
    as_marketer: Client, marketer: User, language: str
) -> None:
    User.objects.filter(pk=marketer.pk).update(language=language)
    values: dict[str, object] = {}
    for kind, value in (
        ("text", "=2+3; é"),
        ("number", 2.5),
        ("money", 123456),
        ("date", "2026-02-28"),
        ("boolean", False),
        ("choice", "north"),
    ):
        FieldFactory.create(key=f"of_{kind}", label_en=f"Of {kind}", label_fr=f"En {kind}", type=kind)
        values[f"of_{kind}"] = value
    # Names that other columns have, or that mean something else in the files of others.
    for key, names in {
        "city_of_birth": ("City", "Ville"),
        "persona": ("Persona", ""),
        "fit": ("Fit", ""),
        "since": ("Customer since", "Client depuis"),
        "site": ("Website", "Site web"),
        "one": ("Alike", "Pareil"),
        "other": ("Pareil", "Alike"),
        "abroad": ("Компания", ""),
        "far": ("日本", ""),
    }.items():
        FieldFactory.create(key=key, label_en=names[0], label_fr=names[1], type="text")
        values[key] = f"What {key} is"
    ContactFactory.create(
        email="whole@x.fr", consent="given", campaign=CampaignFactory.create(name="Salon, 2026"), city="Liège",
        country="BE", language="fr", function="purchasing", seniority="head", custom=values,
    )  # fmt: skip
    ContactFactory.create(email="gone@x.fr", consent="withdrawn")
    ContactFactory.create(email="thin@x.fr")
    facts = (
        "email",
        "consent",
        "campaign__name",
        "city",
        "country",
        "language",
        "function",
        "seniority",
        "custom",
    )
    before = list(Contact.objects.order_by("email").values(*facts))

    exported = as_marketer.get("/contacts/export/").getvalue()
    Contact.objects.all().delete()
    columns = uploaded(as_marketer, exported, "contacts.csv")["Location"]
    run = ImportRun.objects.get()
    as_marketer.post(columns, chosen(as_marketer.get(columns)))
    as_marketer.post(f"/imports/{run.pk}/start/")
    running.run_batches(run.pk, clock=lambda: run.created_at)

    run.refresh_from_db()
    assert (run.created_count, run.refused_count) == (3, 0)
    assert list(Contact.objects.order_by("email").values(*facts)) == before
