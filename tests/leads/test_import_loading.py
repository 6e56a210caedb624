"""What a file makes of the records: created, filled, left alone or refused, each row once, whatever happens."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import worded
from leads.imports import batches, files, loading, refusals, running, runs, wording
from leads.imports import mapping as mappings
from leads.imports.batches import Batch
from leads.imports.mapping import MappingRefused
from leads.imports.reading import FileRefused, open_source
from leads.imports.runs import tell_finished
from leads.imports.wording import error_sentence
from leads.models import (
    Company,
    Consent,
    Contact,
    Deal,
    DirtyContact,
    ExternalId,
    ImportMapping,
    ImportRefusal,
    ImportRun,
    Origin,
    Source,
    StageInterval,
    Touchpoint,
    Transition,
)
from leads.tasks import resume_imports, run_import
from lifecycle.models import Field
from tests.factories.accounts import UserFactory
from tests.factories.leads import CompanyFactory, ContactFactory, SourceFactory
from tests.leads.damaged_files import damaged_file

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
WITH_NOTE = {"email": "email", "note": {"target": "custom.note", "type": "text"}}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def received(content: str | bytes, **mapping: Any) -> ImportRun:
    """The run of this file, mapped; headings are targets unless `columns` says otherwise."""
    data = content.encode() if isinstance(content, str) else content
    run = runs.receive([data], file_name="leads.csv", actor=None, at=AT)
    mapping.setdefault("columns", {heading: heading for heading in run.shape["headings"]})
    runs.map_columns(run, mapping=mappings.from_json({"time_zone": "UTC"} | mapping), actor=None, at=AT)
    return run


def imported(content: str | bytes, *, at: datetime = AT, **mapping: Any) -> ImportRun:
    run = received(content, **mapping)
    runs.start(run, at=at)
    assert running.run_batches(run.pk, clock=lambda: at) is False
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.error
    return run


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, refused."""
    return run.created_count, run.updated_count, run.unchanged_count, run.refused_count


def reasons(run: ImportRun) -> dict[int, str]:
    return dict(ImportRefusal.objects.filter(run=run).values_list("line", "reason"))


def everything() -> str:
    """A checksum over every row of every table that an import of contacts or deals may write."""
    tables = (
        "contact", "company", "externalid", "touchpoint", "transition", "stageinterval", "deal", "source", "campaign",
    )  # fmt: skip
    sums = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM leads_{table} t")
            sums.append(str(cursor.fetchone()[0]))
    return " ".join(sums)


# Rows and their identity


def test_a_row_becomes_a_contact_with_everything_it_says() -> None:
    owner = UserFactory.create(email="claire@here.test")
    run = imported(
        "email,first_name,last_name,phone,company.name,company.domain,country,source,campaign,owner,consent,"
        "created_at,stage\n"
        "Yann@Armor.fr,Yann,Le Goff,06 12 48 77 03,Armor Froid,https://www.armor.fr/x,France,Salon,Pollutec,"
        "claire@here.test,oui,01/03/2026 10:30,mql\n",
        kind="contacts",
    )
    assert counts(run) == (1, 0, 0, 0)
    contact = Contact.objects.select_related("company", "source", "campaign", "owner").get()
    assert (contact.email, contact.phone, contact.country) == ("yann@armor.fr", "+33612487703", "FR")
    assert contact.company is not None
    assert (contact.company.name, contact.company.domain) == ("Armor Froid", "armor.fr")
    assert contact.source is not None
    assert contact.source.name_en == "Salon"
    assert contact.campaign is not None
    assert contact.campaign.source == contact.source
    assert (contact.owner, contact.consent, contact.stage_id) == (owner, Consent.GIVEN, "mql")
    assert contact.created_at == contact.stage_since == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    ledger = Transition.objects.filter(contact=contact).values_list("kind", "to_value", "origin")
    assert set(ledger) == {
        ("stage", "mql", Origin.IMPORT),
        ("owner", str(owner.pk), Origin.IMPORT),
        ("consent", "given", Origin.IMPORT),
    }
    assert Touchpoint.objects.get().occurred_at == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert DirtyContact.objects.filter(contact=contact).exists()


def test_the_same_file_twice_changes_nothing() -> None:
    content = (
        "email,external_id,first_name,company.name,source,created_at,stage,consent\n"
        "a@b.fr,1,Ana,ACME,Web,01/02/2026,lead,oui\nc@d.fr,2,Carl,acme,Web,02/02/2026,mql,non\n"
    )
    options: dict[str, Any] = {"identify_by": "both", "system": "old"}
    assert counts(imported(content, **options)) == (2, 0, 0, 0)
    before = everything()
    DirtyContact.objects.all().delete()
    assert counts(imported(content, at=LATER, **options)) == (0, 0, 2, 0)
    assert counts(imported(content, at=LATER, on_conflict="overwrite", **options)) == (0, 0, 2, 0)
    assert everything() == before
    assert not DirtyContact.objects.exists()


def test_what_is_known_is_filled_and_never_emptied_or_overwritten_unasked() -> None:
    known = ContactFactory.create(
        email="a@b.fr", first_name="Ana", last_name="", phone="", custom={"plants": 3}
    )
    content = "email,first_name,last_name,job_title,plants\na@b.fr,Anna,Silva,,5\n"
    columns = {"email": "email", "first_name": "first_name", "last_name": "last_name", "job_title": "job_title",
               "plants": {"target": "custom.plants", "type": "number", "label": "Plants"}}  # fmt: skip
    run = imported(content, columns=columns)
    known.refresh_from_db()
    assert counts(run) == (0, 1, 0, 0)
    assert (known.first_name, known.last_name, known.custom) == ("Ana", "Silva", {"plants": 3})
    run = imported(content, columns=columns, on_conflict="overwrite")
    known.refresh_from_db()
    assert counts(run) == (0, 1, 0, 0)
    assert (known.first_name, known.custom) == ("Anna", {"plants": 5})


def test_a_person_twice_in_a_file_comes_in_once_and_the_other_line_says_which_was_kept(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 2)
    run = imported("email,first_name\nA@b.fr,Ana\nx@y.fr,X\na@B.fr,Anna\nx@y.fr,Y\nz@z.fr,Z\n")
    assert counts(run) == (3, 0, 0, 2)
    assert reasons(run) == {4: "same_as_line", 5: "same_as_line"}
    refusal = ImportRefusal.objects.get(run=run, line=4)
    assert refusal.params == {"value": "a@b.fr", "other": 2}


def test_two_identities_that_belong_to_two_people_are_refused() -> None:
    ana = ContactFactory.create(email="a@b.fr")
    ContactFactory.create(email="c@d.fr")
    ExternalId.objects.create(contact=ana, system="old", value="1")
    content = "email,external_id\nc@d.fr,1\n,1\nnew@x.fr,1\nq@q.fr,9\n,\n"
    run = imported(content, identify_by="both", system="old")
    assert reasons(run) == {2: "identities_disagree", 4: "same_as_line"}
    run = imported("email,external_id\nnew@d.fr,1\nz@z.fr,\n", identify_by="email", system="old")
    assert reasons(run) == {2: "external_id_taken"}
    run = imported("email,external_id\nc@d.fr,77\nz2@z.fr,\n", identify_by="external_id", system="old")
    assert reasons(run) == {2: "email_taken", 3: "no_external_id"}


def test_a_contact_may_be_known_by_nothing_but_the_other_systems_id() -> None:
    imported("external_id,first_name\nabc,Ana\n", identify_by="external_id", system="old")
    contact = Contact.objects.get()
    assert (contact.email, contact.external_ids.get().value) == ("", "abc")


# Companies, sources, owners, consent


def test_companies_are_matched_by_domain_then_by_name_whatever_its_accents() -> None:
    by_domain = CompanyFactory.create(name="Old name", domain="armor.fr")
    by_name = CompanyFactory.create(name="Façade SARL", domain="")
    imported(
        "email,company.name,company.domain,company.headcount\n"
        "a@x.fr,Armor Froid,www.armor.fr,51-200\nb@x.fr,FACADE SARL,,\nc@x.fr,Neuf,,\nd@x.fr,neuf,,\n"
        "e@x.fr,Neuf,neuf.fr,\nf@x.fr,,seul.fr,\n"
    )
    company_of = dict(Contact.objects.values_list("email", "company__name"))
    assert company_of == {
        "a@x.fr": "Old name", "b@x.fr": "Façade SARL", "c@x.fr": "Neuf", "d@x.fr": "Neuf", "e@x.fr": "Neuf",
        "f@x.fr": "seul.fr",
    }  # fmt: skip
    by_domain.refresh_from_db()
    assert by_domain.headcount == 51
    assert Contact.objects.get(email="b@x.fr").company == by_name
    assert Company.objects.filter(name="Neuf").count() == 1


def test_a_source_is_found_by_key_or_name_in_either_language_and_empty_has_its_own() -> None:
    salon = SourceFactory.create(key="salon", name_en="Trade fair", name_fr="Salon pro")
    imported(
        "email,source\na@x.fr,trade fair\nb@x.fr,SALON PRO\nc@x.fr,\nd@x.fr,paid_social\n",
        empty_source="None given",
    )
    keys = dict(Contact.objects.values_list("email", "source__key"))
    assert keys == {"a@x.fr": "salon", "b@x.fr": "salon", "c@x.fr": "none_given", "d@x.fr": "paid_social"}
    assert Source.objects.get(key="paid_social").name_en == "Paid social"
    assert Contact.objects.filter(source=salon).count() == 2


def test_sources_of_other_scripts_and_of_signs_are_made_once_and_told_apart() -> None:
    names = (
        *("Выставка 2026", "Семинар 2026", "Выставка 2026", "展示会", "{}", "__"),
        *("Salon 1", "Salon 1", "Salon", "ВЫСТАВКА 2026"),
    )
    content = "email,source\n" + "".join(f"p{n}@x.fr,{name}\n" for n, name in enumerate(names))
    before = Source.objects.count()
    imported(content)
    told = dict(Contact.objects.values_list("email", "source__name_en"))
    assert [told[f"p{n}@x.fr"] for n in (0, 1, 9, 3, 4, 5, 6, 8)] == [
        "Выставка 2026", "Семинар 2026", "Выставка 2026", "展示会", "{}", "__", "Salon 1", "Salon",
    ]  # fmt: skip
    assert Source.objects.count() == before + 7
    known = everything()
    imported(content, at=LATER)
    assert everything() == known


def test_an_owner_nobody_knows_is_said_and_the_contact_stays_unowned() -> None:
    run = imported("email,owner\na@x.fr,who@else.fr\n")
    assert counts(run) == (1, 0, 0, 0)
    assert run.warnings == [{"code": "unknown_owner", "column": "owner", "count": 1, "lines": [2]}]
    assert Contact.objects.get().owner is None


def test_consent_is_never_given_back_by_a_file() -> None:
    ContactFactory.create(email="a@x.fr", consent=Consent.WITHDRAWN)
    ContactFactory.create(email="b@x.fr", consent=Consent.GIVEN)
    imported("email,consent\na@x.fr,oui\nb@x.fr,non\n", on_conflict="overwrite")
    assert dict(Contact.objects.values_list("email", "consent")) == {
        "a@x.fr": "withdrawn",
        "b@x.fr": "withdrawn",
    }
    assert [row.to_value for row in Transition.objects.filter(kind="consent")] == ["withdrawn"]


# History


def test_stages_are_entered_at_their_own_dates_without_gap_or_overlap() -> None:
    imported(
        "email,entered.lead,entered.mql,entered.customer\na@x.fr,01/02/2026,01/03/2026,01/06/2026\n"
        "b@x.fr,01/02/2026,01/02/2026,\n"
    )
    chain = StageInterval.objects.filter(contact__email="a@x.fr").values_list(
        "stage", "entered_at__day", "left_at"
    )
    assert [stage for stage, _, _ in chain] == ["lead", "mql", "customer"]
    months = StageInterval.objects.filter(contact__email="a@x.fr").values_list("entered_at__month", flat=True)
    assert list(months) == [2, 3, 6]
    same_day = StageInterval.objects.filter(contact__email="b@x.fr").values_list(
        "stage", "entered_at", "left_at"
    )
    (_, _, left), (stage, entered, still) = same_day
    assert (stage, left, still) == ("mql", entered, None)
    assert {row.origin for row in Transition.objects.of_stage()} == {Origin.IMPORT}
    assert not Transition.objects.filter(facts__hand_over=True).exists()


def test_an_impossible_order_is_reported_and_kept() -> None:
    run = imported("email,entered.mql,entered.customer\na@x.fr,01/03/2026,01/02/2026\n")
    assert [told["code"] for told in run.warnings] == ["impossible_order"]
    customer = Transition.objects.get(to_value="customer")
    assert (customer.at, customer.facts["impossible_order"]) == (datetime(2026, 2, 1, tzinfo=UTC), True)
    assert Contact.objects.get().stage_id == "customer"


def test_a_stage_before_the_first_contact_is_reported_and_kept() -> None:
    content = (
        "email,created_at,entered.mql\n"
        "a@x.fr,01/03/2026,01/02/2026\nb@x.fr,01/03/2026 10:30,01/03/2026\nc@x.fr,01/03/2026,01/03/2026\n"
    )
    run = imported(content)
    (told,) = run.warnings
    assert (told["code"], told["lines"]) == ("stage_before_first_contact", [2])
    assert (
        wording.warning_sentence(told)
        == "1 row reaches a stage before its first contact; kept as it says (line 2)."
    )
    early = Transition.objects.get(contact__email="a@x.fr", to_value="mql")
    assert early.at == early.contact.stage_since == datetime(2026, 2, 1, tzinfo=UTC)
    assert early.contact.created_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert imported(content, at=LATER).warnings == []


def test_a_stage_behind_the_known_one_moves_nobody_back() -> None:
    ContactFactory.create(email="a@x.fr", stage_id="sql", stage_since=AT)
    run = imported("email,stage,created_at\na@x.fr,lead,01/01/2026\n")
    assert [told["code"] for told in run.warnings] == ["stage_behind"]
    assert Contact.objects.get().stage_id == "sql"


def test_clocks_are_opened_only_when_asked() -> None:
    imported("email,stage\na@x.fr,mql\n", opens_clock=True)
    assert Transition.objects.of_stage().get().facts["hand_over"] is True


# Deals


def test_deals_close_in_the_past_and_make_customers() -> None:
    ContactFactory.create(email="a@x.fr", stage_id="mql", stage_since=datetime(2026, 1, 1, tzinfo=UTC))
    content = (
        "email,deal.external_id,deal.name,deal.amount,deal.stage,deal.closed_at,deal.lost_reason\n"
        'a@x.fr,D1,Big,"1 200,50 €",Closed Won,01/03/2026,\na@x.fr,D2,Small,10,Perdu,02/03/2026,Trop cher\n'
        "a@x.fr,D3,Open,5,Devis,01/12/2026,\na@x.fr,D1,Big again,1,Won,01/03/2026,\nno@x.fr,D4,,1,Won,01/03/2026,\n"
        "a@x.fr,D5,,-1,Won,01/03/2026,\na@x.fr,D6,,1,Won,,\na@x.fr,D7,,1,Won,01/12/2026,\n"
    )
    run = imported(content, kind="deals", system="old", decimal=",")
    assert counts(run) == (3, 0, 0, 5)
    assert reasons(run) == {
        5: "same_deal_as_line", 6: "unknown_contact", 7: "negative_amount", 8: "closed_without_date", 9: "future_date",
    }  # fmt: skip
    won, lost, hoped = Deal.objects.order_by("closed_at")
    assert (hoped.stage, hoped.closed_at, hoped.expected_close_on) == ("quote", None, date(2026, 12, 1))
    assert (won.amount_cents, won.stage, won.external_key) == (120050, "won", "old:D1")
    assert (lost.stage, lost.lost_reason) == ("lost", "price")
    contact = Contact.objects.get(email="a@x.fr")
    assert (contact.stage_id, contact.stage_since) == ("customer", datetime(2026, 3, 1, tzinfo=UTC))
    before = everything()
    run = imported(content, kind="deals", system="old", decimal=",", at=LATER)
    assert counts(run) == (0, 0, 3, 5)
    assert everything() == before


def test_a_deal_closed_before_it_was_opened_is_reported_and_kept() -> None:
    ContactFactory.create(email="a@x.fr", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    run = imported(
        "email,deal.external_id,deal.opened_at,deal.won_at,deal.amount\n"
        "a@x.fr,D1,01/05/2026,01/03/2026,10\na@x.fr,D2,01/03/2026 10:30,01/03/2026,10\n",
        kind="deals",
        system="old",
    )
    told = {warning["code"]: warning for warning in run.warnings}["closed_before_opened"]
    assert (
        wording.warning_sentence(told) == "1 deal was closed before it was opened; kept as it says (line 2)."
    )
    with override("fr"):
        assert "a été clôturée avant d’être ouverte" in wording.warning_sentence(told)
    deal = Deal.objects.get(external_key="old:D1")
    assert (deal.opened_at.month, deal.closed_at and deal.closed_at.month) == (5, 3)


def test_deals_of_unknown_people_may_make_them() -> None:
    content = "external_id,deal.name,deal.won_at\nx1,One,01/03/2026\nx1,Two,01/04/2026\nx2,Three,01/05/2026\n"
    run = imported(
        content, kind="deals", identify_by="external_id", system="old", on_unknown_contact="create"
    )
    assert counts(run) == (3, 0, 0, 0)
    assert Contact.objects.filter(stage="customer").count() == 2
    assert counts(imported(content, kind="deals", identify_by="external_id", system="old")) == (0, 0, 3, 0)


# Fields, mapping, refusals, rehearsal


def test_a_new_field_enters_the_data_dictionary_with_its_type() -> None:
    imported(
        "email,Nb usines\na@x.fr,3\n",
        columns={
            "email": "email",
            "Nb usines": {"target": "custom.plants", "type": "number", "label": "Plants"},
        },
    )
    field = Field.objects.get(key="plants")
    assert (field.entity, field.type, field.label_en) == ("contact", "number", "Plants")
    assert Contact.objects.get().custom == {"plants": 3}


def test_the_mapping_is_remembered_for_the_same_headings() -> None:
    received(
        "Courriel,Truc\na@x.fr,1\n",
        columns={"Courriel": "email", "Truc": {"target": "custom.t", "type": "text"}},
    )
    again = runs.receive([b"Truc,Courriel\n1,a@x.fr\n"], file_name="b.csv", actor=None, at=AT)
    assert again.shape["is_remembered"] is True
    assert again.mapping["columns"]["Truc"] == {"target": "custom.t", "type": "text"}
    spelled = runs.receive([b"TRUC,courriel\n1,a@x.fr\n"], file_name="c.csv", actor=None, at=AT)
    assert spelled.mapping["columns"] == {
        "courriel": {"target": "email"},
        "TRUC": {"target": "custom.t", "type": "text"},
    }
    assert ImportMapping.objects.count() == 1


def test_the_mapping_of_headings_in_another_script_is_that_of_these_alone() -> None:
    received("Имя,Почта\nАнна,a@x.fr\n", columns={"Имя": "first_name", "Почта": "email"})
    again = runs.receive(["Почта,Имя\na@x.fr,Анна\n".encode()], file_name="b.csv", actor=None, at=AT)
    assert again.mapping["columns"] == {"Имя": {"target": "first_name"}, "Почта": {"target": "email"}}
    other = runs.receive(["Город,Телефон\nЛион,1\n".encode()], file_name="c.csv", actor=None, at=AT)
    assert "is_remembered" not in other.shape


def test_a_mapping_that_cannot_run_changes_nothing() -> None:
    with pytest.raises(MappingRefused):
        received("a,b\n1,2\n", columns={"a": "first_name"})
    assert not ImportMapping.objects.exists()


def test_a_bad_value_is_left_out_only_when_asked() -> None:
    content = "email,phone\na@x.fr,call me\nb@x.fr,0612487703\n"
    assert reasons(imported(content)) == {2: "bad_phone"}
    run = imported(content, on_bad_value="leave_out")
    assert counts(run) == (1, 0, 1, 0)
    assert run.warnings == [{"code": "bad_phone", "column": "phone", "count": 1, "lines": [2]}]


def test_a_rehearsal_says_what_the_import_does_and_leaves_no_trace() -> None:
    ContactFactory.create(email="p3@ex3.fr", first_name="")
    file = damaged_file(rows=300, seed=7)
    run = received(
        file.content,
        columns={"Email": "email", "Prénom": "first_name", "Nom": "last_name", "Société": "company.name",
                 "Commentaire": {"target": "custom.note", "type": "text"}},
    )  # fmt: skip
    before = everything()
    run.started_at = AT
    forecast = running.rehearse(run)
    assert everything() == before
    assert not Field.objects.filter(key="note").exists()
    assert not ImportRefusal.objects.exists()
    runs.start(run, at=AT)
    running.run_batches(run.pk, clock=lambda: AT)
    run.refresh_from_db()
    assert counts(run) == tuple(forecast[name] for name in ("created", "updated", "unchanged", "refused"))
    assert forecast["is_complete"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "mixed"])
def test_every_row_of_a_damaged_file_is_imported_or_refused_with_its_line(encoding: str) -> None:
    file = damaged_file(rows=1500, seed=11, encoding=encoding, separator=";")
    columns = {"Email": "email", "Prénom": "first_name", "Nom": "last_name", "Société": "company.name",
               "Commentaire": {"target": "custom.note", "type": "text"}}  # fmt: skip
    run = imported(file.content, columns=columns)
    told = reasons(run)
    again = {line for line, reason in told.items() if reason == "same_as_line"}
    assert told.keys() - again == file.refused.keys()
    assert run.created_count == len(file.kept) - len(again)
    assert run.row_count == len(file.kept) + len(file.refused)
    second = imported(file.content, columns=columns, at=LATER)
    assert counts(second) == (0, 0, run.created_count, run.refused_count)


def test_the_file_of_refused_rows_can_be_corrected_and_imported() -> None:
    run = imported("email,first_name\n=bad,Ana\ngood@x.fr,Bob\nc@x.fr,C,extra\n")
    text = b"".join(refusals.as_csv(run)).decode("utf-8-sig")
    assert text.splitlines()[0] == '"Line","Why it was refused","email","first_name"'
    assert '"\'=bad","Ana"' in text
    assert '"4","Row has 3 cells, headings 2. Line 4 has 3 cells and the headings have 2."' in text


# Torture and crashes


STRANGE = (
    "{{7*7}}", "${x}", "%00", "👩‍👩‍👧", "\u202eabc", "e" + "\u0301" * 90, "'; DROP TABLE x; --", "\\N", "NULL", "é",
)  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_kept_exactly(text: str) -> None:
    imported(f"email,note\na@x.fr,{text}\n", columns=WITH_NOTE)
    assert Contact.objects.get().custom["note"] == text


def test_a_cell_with_tabs_and_line_ends_is_kept_exactly() -> None:
    imported('email,note\na@x.fr,"tab\there\nand\\here"\n',
             columns=WITH_NOTE)  # fmt: skip
    assert Contact.objects.get().custom["note"] == "tab\there\nand\\here"


def test_an_import_that_died_in_the_middle_goes_on_behind_its_last_batch(monkeypatch: Any) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 10)
    content = "email,first_name,created_at\n" + "".join(f"p{n}@x.fr,N{n},01/03/2026\n" for n in range(35))
    run = received(content)
    runs.start(run, at=AT)
    load, done = loading.Loader.load, []

    def dies(self: loading.Loader, batch: Batch, **options: Any) -> loading.Outcome:
        outcome = load(self, batch, **options)
        done.append(batch.last_line)
        if len(done) == 3:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(loading.Loader, "load", dies)
    with pytest.raises(KeyboardInterrupt):
        running.run_batches(run.pk, clock=lambda: AT)
    run.refresh_from_db()
    assert (run.position, run.created_count, Contact.objects.count()) == (21, 20, 20)
    monkeypatch.setattr(loading.Loader, "load", load)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (35, 0, 0, 0))
    assert Touchpoint.objects.count() == Contact.objects.count() == 35


def test_a_stopped_import_keeps_what_came_in_and_can_go_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 10)
    run = received("email\n" + "".join(f"p{n}@x.fr\n" for n in range(25)))
    runs.start(run, at=AT)
    load = loading.Loader.load

    def asks_to_stop(self: loading.Loader, batch: Batch, **options: Any) -> loading.Outcome:
        outcome = load(self, batch, **options)
        runs.stop(run)
        return outcome

    monkeypatch.setattr(loading.Loader, "load", asks_to_stop)
    running.run_batches(run.pk, clock=lambda: AT)
    run.refresh_from_db()
    assert (run.state, run.created_count) == (ImportRun.State.STOPPED, 10)
    monkeypatch.setattr(loading.Loader, "load", load)
    runs.start(run, at=LATER)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.created_count) == (ImportRun.State.DONE, 25)


def test_whoever_imports_is_told_once_that_it_is_done(marketer: User) -> None:
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)
    run_import(run.pk)
    run_import(run.pk)
    told = Notification.objects.get(user=marketer)
    assert (told.url, told.params["created"]) == (f"/imports/{run.pk}/", 1)


def test_a_worker_killed_behind_the_last_row_has_told_already(marketer: User) -> None:
    """What stands behind the batches may never run: the end is told where it is written down."""
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)
    running.run_batches(run.pk, clock=lambda: LATER)

    assert resume_imports() == 0
    told = Notification.objects.get(user=marketer)
    assert (told.key, told.created_at) == (f"import:{run.pk}:done", LATER)


def test_nobody_is_told_of_an_end_that_was_not_written_down(marketer: User, monkeypatch: Any) -> None:
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)

    def dies(*args: Any, **kwargs: Any) -> None:
        tell_finished(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "tell_finished", dies)
    with pytest.raises(KeyboardInterrupt):
        running.run_batches(run.pk, clock=lambda: AT)

    assert not Notification.objects.exists()
    assert ImportRun.objects.get().state == ImportRun.State.RUNNING


def test_an_import_whose_file_is_gone_ends_with_words_in_the_readers_language(marketer: User) -> None:
    """After a restored backup, or on a machine without the folder that the others share."""
    run = received("email\na@x.fr\n")
    runs.start(run, at=AT)
    files.path_of(run).unlink()

    assert resume_imports() == 1
    run_import(run.pk)

    run.refresh_from_db()
    assert (run.state, error_sentence(run.error)) == (
        ImportRun.State.FAILED,
        "The uploaded file is no longer on this server: a backup brings none back. Upload it again; rows that came in"
        " already change nothing.",
    )
    with override("fr"):
        assert error_sentence(run.error).startswith("Le fichier déposé n’est plus sur ce serveur")
    assert resume_imports() == 0


def test_whoever_imports_is_told_each_time_it_fails_in_their_language(marketer: User) -> None:
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)
    files.path_of(run).unlink()
    run_import(run.pk)
    run_import(run.pk)

    told = Notification.objects.get(user=marketer)
    assert told.url == f"/imports/{run.pk}/"
    assert worded(told.text, told.params).startswith(
        "The import of leads.csv failed, with 0 created and 0 updated until then: The uploaded file is no longer on"
    )
    with override("fr"):
        assert worded(told.text, told.params).startswith(
            "L’import de leads.csv a échoué, avec 0 créés et 0 mis à jour jusque-là : Le fichier déposé n’est plus"
        )
    assert not OutboxMessage.objects.exists()

    runs.start(run, at=LATER)
    run_import(run.pk)
    assert Notification.objects.filter(user=marketer).count() == 2


def test_a_worker_killed_at_telling_of_a_failure_leaves_it_to_the_next(
    marketer: User, monkeypatch: Any
) -> None:
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)
    files.path_of(run).unlink()
    tell_failed = runs.tell_failed

    def dies(*args: Any, **kwargs: Any) -> None:
        tell_failed(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "tell_failed", dies)
    with pytest.raises(KeyboardInterrupt):
        run_import(run.pk)
    assert not Notification.objects.exists()

    monkeypatch.setattr(runs, "tell_failed", tell_failed)
    assert resume_imports() == 1
    run_import(run.pk)
    assert Notification.objects.filter(user=marketer).count() == 1
    assert resume_imports() == 0


def test_a_colleague_who_sets_an_import_going_is_told_of_its_end_too(marketer: User) -> None:
    colleague = UserFactory.create()
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    path = files.path_of(run)
    kept = path.read_bytes()
    path.unlink()
    runs.start(ImportRun.objects.get(), at=AT, by=colleague)
    run_import(run.pk)
    path.write_bytes(kept)
    runs.start(ImportRun.objects.get(), at=LATER, by=marketer)
    run_import(run.pk)

    failed = Notification.objects.filter(key__startswith=f"import:{run.pk}:failed:")
    assert set(failed.values_list("user_id", flat=True)) == {marketer.pk, colleague.pk}
    assert Notification.objects.get(key=f"import:{run.pk}:done").user == marketer


def test_a_failure_behind_an_end_is_told_to_nobody(marketer: User) -> None:
    run = received("email\na@x.fr\n")
    ImportRun.objects.update(created_by=marketer)
    runs.start(run, at=AT)
    running.run_batches(run.pk, clock=lambda: AT)

    runs.fail(run.pk, error="too late", at=LATER)

    run.refresh_from_db()
    assert (run.state, run.error, Notification.objects.count()) == (ImportRun.State.DONE, "", 1)


def test_a_file_that_goes_between_its_headings_and_its_rows_is_gone_too() -> None:
    run = received("email\na@x.fr\n")
    source = open_source(files.path_of(run))
    files.path_of(run).unlink()

    with pytest.raises(FileRefused) as refusal:
        list(source)
    assert refusal.value.code == "file_gone"


def test_an_import_whose_file_is_there_again_goes_on() -> None:
    run = received("email\na@x.fr\n")
    runs.start(run, at=AT)
    path = files.path_of(run)
    content = path.read_bytes()
    path.unlink()
    run_import(run.pk)
    path.write_bytes(content)

    run.refresh_from_db()
    runs.start(run, at=LATER)
    run_import(run.pk)

    run.refresh_from_db()
    assert (run.state, run.error, counts(run)) == (ImportRun.State.DONE, "", (1, 0, 0, 0))


def test_an_import_that_is_done_is_not_done_again() -> None:
    run = imported("email\na@x.fr\n")
    before = everything()
    assert running.run_batches(run.pk, clock=lambda: LATER) is False
    assert resume_imports() == 0
    assert everything() == before
