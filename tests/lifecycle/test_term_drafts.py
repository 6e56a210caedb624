"""What no draft of a term may say, whoever writes it: the page takes its limits from here, and adds none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from agreements import editing
from agreements.actions import draft_from, save_draft
from agreements.errors import ContentRefusedError
from agreements.models import Agreement, State
from lifecycle import term_drafts
from lifecycle.models import Stage, Term, TermVersion
from lifecycle.term_drafts import add_term, refused
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW
from tests.lifecycle.test_term_pages import written

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(marketer: User) -> TermVersion:
    version = TermVersionFactory.create(term__slug="warm-lead", name_en="Warm lead")
    return draft_from(version, actor=marketer, at=NOW)


def save(draft: TermVersion, values: dict[str, Any], *, by: User) -> TermVersion:
    return save_draft(draft, values=values, revision=draft.agreement.revision, actor=by, at=NOW)


TOO_LONG = "Ensure this value has at most {} characters (it has {})."
NO_CHOICE = "Select a valid choice. {} is not one of the available choices."
NUL = "Null characters are not allowed."


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("name_en", "", "This field cannot be blank."),
        ("name_en", "  ", "This field cannot be blank."),
        ("name_en", "x" * 81, TOO_LONG.format(80, 81)),
        ("name_fr", "x" * 81, TOO_LONG.format(80, 81)),
        ("sentence_fr", "Quelqu’un\x00", NUL),
        ("formula", "x" * 301, TOO_LONG.format(300, 301)),
        ("formula_fr", "x" * 301, TOO_LONG.format(300, 301)),
        ("formula_fr", "réponses\x00", NUL),
        ("synonyms", [f"word {number}" for number in range(21)], "20 words at most; these are 21."),
        ("synonyms", ["x" * 61], f"“{'x' * 39}…” is too long: 60 letters and 5 words at most."),
        (
            "forbidden_synonyms",
            ["one two three four five six"],
            "“one two three four five six” is too long: 60 letters and 5 words at most.",
        ),
        ("forbidden_synonyms", ["!?"], "“!?” has no letter and no digit."),
        ("synonyms", "tepid", "This is no list of texts."),
        ("synonyms", [1], "This is no list of texts."),
        ("operations", {"entry_en": "x" * 401}, TOO_LONG.format(400, 401)),
        ("operations", {"entry_de": "Anruf"}, NO_CHOICE.format("entry_de")),
        ("operations", {"entry_en": ["a call"]}, "This is no list of texts."),
        ("examples", {"is_en": ["a reply"], "never_en": ["a bounce"]}, NO_CHOICE.format("never_en")),
        ("examples", {"is_en": "a reply"}, "This is no list of texts."),
        ("examples", {"is_not_fr": ["un\x00"]}, NUL),
        ("links", ["stage:lead", "stage:nowhere"], NO_CHOICE.format("stage:nowhere")),
    ],
)
def test_a_draft_refuses_what_its_page_refuses_and_stays_as_it_was(
    draft: TermVersion, marketer: User, name: str, value: Any, told: str
) -> None:
    with pytest.raises(ContentRefusedError) as error:
        save(draft, {"formula": "replies", name: value}, by=marketer)

    assert error.value.problems == {name: told}
    kept = TermVersion.objects.select_related("agreement").get(pk=draft.pk)
    assert (kept.content(), kept.agreement.revision) == (draft.content(), draft.agreement.revision)


def test_what_the_limits_allow_is_saved(draft: TermVersion, marketer: User) -> None:
    values = {
        "name_en": "x" * 80,
        "name_fr": "",
        "formula": "x" * 300,
        "formula_fr": "x" * 300,
        "synonyms": ["one two three four five", *(f"word {number}" for number in range(19))],
        "forbidden_synonyms": ["x" * 60],
        "operations": {"entry_en": "x" * 400},
        "examples": {"is_en": ["a reply"], "is_not_fr": ["un rebond"]},
        "links": ["stage:lead", "kpi:leads"],
    }

    saved = save(draft, values, by=marketer)

    assert {name: getattr(saved, name) for name in values} == values


def test_it_is_refused_in_the_readers_language(draft: TermVersion, marketer: User) -> None:
    with override("fr"), pytest.raises(ContentRefusedError) as error:
        save(draft, {"synonyms": ["!?"], "examples": {"is_en": "a reply"}}, by=marketer)

    assert error.value.problems == {
        "synonyms": "«\u202f!?\u202f» n’a ni lettre ni chiffre.",
        "examples": "Ce n’est pas une liste de textes.",
    }


def test_words_from_before_there_was_a_limit_hinder_no_other_change(marketer: User) -> None:
    version = TermVersionFactory.create(synonyms=[f"word {number}" for number in range(30)])

    saved = save(draft_from(version, actor=marketer, at=NOW), {"formula": "replies"}, by=marketer)

    assert (saved.formula, len(saved.synonyms)) == ("replies", 30)


def test_what_a_new_installation_says_of_its_words_could_be_written_by_anybody(db: None) -> None:
    versions = list(TermVersion.objects.in_force())

    assert len(versions) > 40
    assert [version.name_en for version in versions if refused(version)] == []


# A new term


def said(**values: Any) -> dict[str, Any]:
    return {"name_en": "Hot potato", "name_fr": "", "sentence_en": "Nobody wants it.", **values}


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"name_en": "!?"}, {"name_en": "The name needs at least one letter or digit."}),
        ({"name_en": "Warm Lead"}, {"name_en": "The glossary has a term of that name already."}),
        ({"synonyms": ["!?"]}, {"synonyms": "“!?” has no letter and no digit."}),
    ],
)
def test_a_term_that_is_refused_leaves_nothing_in_the_glossary(
    draft: TermVersion, marketer: User, values: dict[str, Any], problems: dict[str, str]
) -> None:
    terms, agreements = Term.objects.count(), Agreement.objects.count()

    with pytest.raises(ContentRefusedError) as error:
        add_term(said(**values), actor=marketer, at=NOW)

    assert error.value.problems == problems
    assert (Term.objects.count(), Agreement.objects.count()) == (terms, agreements)


def test_a_term_that_somebody_added_meanwhile_is_shown_again_with_why(
    as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = term_drafts.new_name_refused

    def asked_before_the_other(name: str) -> str:
        answer = asked(name)
        Term.objects.create(slug="hot-potato")
        return answer

    monkeypatch.setattr(term_drafts, "new_name_refused", asked_before_the_other)
    answer = as_rep.post("/terms/new/", written(name_en="Hot potato"))

    assert answer.status_code == 422
    assert "The glossary has a term of that name already." in answer.content.decode()


def test_a_link_whose_stage_was_retired_at_this_moment_is_shown_again_with_why(
    as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    TermVersionFactory.create(term__slug="warm-lead", name_en="Warm lead")
    write = editing.write_draft

    def write_after_the_other(*args: Any, **kwargs: Any) -> Any:
        Stage.objects.filter(key="lead").update(is_active=False)
        return write(*args, **kwargs)

    monkeypatch.setattr(editing, "write_draft", write_after_the_other)
    answer = as_rep.post("/terms/warm-lead/edit/", written(links=["stage:lead"]))

    assert answer.status_code == 422
    assert NO_CHOICE.format("stage:lead") in answer.content.decode()
    assert not TermVersion.objects.filter(agreement__state=State.DRAFT).exists()
