"""The playbooks, one of them with who stands where by it, and its edit page without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.kinds import kind_of
from agreements.models import Agreement, State
from leads.models import Fallback, PlaybookVersion
from leads.playbooks.agreed import consequences
from leads.playbooks.forms import EMPTY
from leads.playbooks.text import untranslated
from lifecycle.models import Status, Term
from tests.factories.leads import ContactFactory, PlaybookRunFactory, PlaybookTaskFactory
from tests.factories.lifecycle import StageFactory, TermVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db

EDIT = "/playbooks/sql/edit/"
CALL = {"what_en": "Call on the same day.", "within": "4", "unit": "hours"}


def in_force(stage: str = "sql") -> PlaybookVersion:
    return PlaybookVersion.objects.in_force().select_related("agreement").get(stage=stage)


def sent(*tasks: dict[str, str], **more: str) -> dict[str, str]:
    """What the page sends for these tasks."""
    revision = str(in_force().agreement.revision)
    fields = {"goal_en": "Talk.", "goal_fr": "", "fallback": "tell", "revision": revision}
    numbered = {
        f"step{place}-{name}": "" if value is None else str(value)
        for place, task in enumerate(tasks)
        for name, value in {**EMPTY, **task}.items()
    }
    return {**fields, "steps": str(len(tasks)), **numbered, **more}


def draft(stage: str = "sql") -> PlaybookVersion:
    return PlaybookVersion.objects.get(stage=stage, agreement__state=State.DRAFT)


def test_a_new_installation_has_playbooks_in_both_languages_signed_by_nobody() -> None:
    versions = list(PlaybookVersion.objects.in_force())

    assert {version.stage_id for version in versions} == {"sql", "opportunity"}
    assert [untranslated(version) for version in versions] == [[], []]
    assert not Agreement.objects.agreed_on().filter(subject__startswith="playbook:").exists()


def test_the_list_says_what_is_done_and_who_stands_where(as_rep: Client, rep: User) -> None:
    PlaybookTaskFactory.create(run__contact__owner=rep)
    page = as_rep.get("/playbooks/").content.decode()

    assert "Agree on a date for a first meeting." in page
    assert re.search(r'href="/playbooks/sql/contacts/\?who=going">1<', page)
    assert "/edit/" not in page


def test_stages_without_a_playbook_open_their_definitions_at_the_same_cost(
    as_rep: Client, as_marketer: Client, django_assert_max_num_queries: Any
) -> None:
    as_rep.get("/playbooks/")
    with django_assert_max_num_queries(40) as few:
        page = as_rep.get("/playbooks/").content.decode()
    assert 'href="/terms/marketing-qualified-lead/" data-define' in page
    assert "/playbooks/mql/edit/" not in page
    for _ in range(10):
        StageFactory.create()
    with django_assert_max_num_queries(len(few)):
        as_rep.get("/playbooks/")
    written = as_marketer.get("/playbooks/").content.decode()
    assert 'href="/terms/covering/stage:mql/" data-define' in written
    assert 'href="/playbooks/mql/edit/"' in written


@pytest.mark.parametrize("address", ["/playbooks/", "/playbooks/sql/", "/playbooks/sql/contacts/"])
def test_a_page_costs_the_same_with_three_and_thirty_contacts(
    as_rep: Client, rep: User, address: str
) -> None:
    def queries() -> int:
        as_rep.get(address)
        with CaptureQueriesContext(connection) as asked:
            as_rep.get(address)
        return len(asked)

    PlaybookTaskFactory.create_batch(3, run__contact__owner=rep)
    few = queries()
    PlaybookTaskFactory.create_batch(27, run__contact__owner=rep)

    assert queries() == few


@pytest.mark.parametrize("address", ["/playbooks/", "/playbooks/sql/", "/playbooks/sql/contacts/"])
def test_the_name_of_the_stage_opens_its_definition(as_rep: Client, address: str) -> None:
    page = as_rep.get(address).content.decode()
    main = page[page.index("<main") :]
    slug = Term.objects.get(covers="stage:sql").slug
    assert re.search(rf'href="/terms/({slug}|covering/stage:sql)/"[^>]* data-define', main)


@pytest.mark.parametrize("address", ["/playbooks/", "/playbooks/sql/"])
def test_words_of_the_glossary_in_what_is_to_be_done_open_their_definitions(
    as_rep: Client, address: str
) -> None:
    TermVersionFactory.create(term__slug="first-meeting", name_en="First meeting")

    page = as_rep.get(address).content.decode()
    assert (
        'a date for a <a class="sm-term-link" href="/terms/first-meeting/" data-define>first meeting</a>.'
        in page
    )


def test_the_contacts_behind_a_count_are_of_that_group_and_kind(as_rep: Client, rep: User) -> None:
    late = PlaybookRunFactory.create(
        contact__owner=rep,
        contact__last_name="Late",
        kind="quote",
        promote_by=NOW,
        passed_at=NOW,
        outcome="told",
    )
    PlaybookRunFactory.create(contact__owner=rep, contact__last_name="Intime", kind="demo")

    PlaybookRunFactory.create(contact__owner=rep, contact__last_name="Closed", contact__status_id="lost")

    going = as_rep.get("/playbooks/sql/contacts/?who=going").content.decode()
    past = as_rep.get("/playbooks/sql/contacts/?who=past").content.decode()
    demo = as_rep.get("/playbooks/sql/contacts/?kind=demo").content.decode()

    assert "Intime" in going
    assert "Closed" not in going  # as the count that leads there
    assert late.contact.name in past
    assert "Intime" not in past
    assert "Intime" in demo
    assert late.contact.name not in demo
    assert as_rep.get("/playbooks/sql/contacts/?who=nobody").status_code == 404


def test_the_contact_list_filters_and_exports_the_kind(as_manager: Client) -> None:
    PlaybookRunFactory.create(contact__last_name="Asked", kind="quote")
    ContactFactory.create(last_name="Other", stage_id="sql")

    page = as_manager.get("/contacts/?kind=sql:quote").content.decode()
    exported = as_manager.get("/contacts/export/?kind=sql:quote").getvalue().decode()

    assert "Asked" in page
    assert "Nadia Other" not in page
    assert exported.splitlines()[0].endswith('"Kind"')
    assert [line.endswith('"Quote asked for"') for line in exported.splitlines()[1:]] == [True]


def test_a_draft_keeps_the_keys_of_what_was_there_and_names_what_is_new(as_marketer: Client) -> None:
    first = in_force().tasks[0]
    answer = as_marketer.post(
        EDIT,
        sent(
            {**first, "within": "3"},
            CALL,
            kind0_key="demo",
            kind0_en="Demo",
            kind1_en="Fair",
            promote_days="30",
        ),
    )

    assert answer.status_code == 303
    written = draft()
    assert [task["key"] == first["key"] for task in written.tasks] == [True, False]
    assert [task["within"] for task in written.tasks] == [3, 4]
    assert [kind["name_en"] for kind in written.kinds] == ["Demo", "Fair"]
    assert written.kinds[0]["key"] == "demo"


def test_a_button_among_the_tasks_saves_nothing(as_marketer: Client) -> None:
    answer = as_marketer.post(EDIT, sent(CALL, **{"steps-do": "add:1"}))

    assert answer.status_code == 200
    assert answer.content.decode().count('name="step1-what_en"') == 1
    assert not PlaybookVersion.objects.filter(agreement__state=State.DRAFT).exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fallback": "status"}, "Choose the status."),
        ({"fallback": "status", "fallback_status": "lost"}, "Say after how many days."),
        (
            {"fallback": "status", "fallback_status": "bad_timing", "promote_days": "30"},
            "This status needs a day to come back.",
        ),
        ({"step0-within": ""}, "Say within what time."),
        ({"promote_days": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_not_whole_is_not_kept(as_marketer: Client, wrong: dict[str, str], said: str) -> None:
    answer = as_marketer.post(EDIT, {**sent(CALL), **wrong})

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_status_that_waits_for_no_day_keeps_none(as_marketer: Client) -> None:
    limit = {"promote_days": "30", "fallback": "status", "fallback_status": "lost", "fallback_days": "9"}
    as_marketer.post(EDIT, sent(CALL, **limit))

    assert (draft().fallback_status_id, draft().fallback_days) == ("lost", None)


def test_a_stage_that_has_none_is_given_its_first(as_marketer: Client) -> None:
    assert as_marketer.get("/playbooks/mql/edit/").status_code == 200
    answer = as_marketer.post("/playbooks/mql/edit/", sent(CALL, revision="0"))

    assert answer.status_code == 303
    assert draft("mql").tasks[0]["what_en"] == "Call on the same day."
    page = as_marketer.get("/playbooks/mql/").content.decode()
    assert "Not agreed yet." in page


def test_two_writers_meet_with_both_texts(as_marketer: Client, as_manager: Client) -> None:
    as_manager.post(EDIT, sent({**CALL, "what_en": "Write first."}))
    answer = as_marketer.post(EDIT, sent(CALL))

    assert answer.status_code == 409
    assert "Write first. (within 4 working hours)" in answer.content.decode()


def test_what_is_signed_says_everything() -> None:
    version = in_force()
    version.fallback, version.fallback_status = Fallback.STATUS, Status.objects.get(pk="bad_timing")
    version.fallback_days = 90
    text = "\n".join(section.text for section in kind_of("playbook:sql").sections(version))

    for said in (
        "Agree on a date for a first meeting. (within 2 working days)",
        "Devis demandé",
        "Within 45 days of the entry.",
        "takes the status “Bad timing”",
        "comes back after 90 days",
    ):
        assert said in text


def test_the_consequences_count_who_is_there_and_whose_kind_would_be_gone(rep: User) -> None:
    PlaybookRunFactory.create(kind="quote")
    old = in_force()
    new = PlaybookVersion(stage=old.stage, kinds=old.kinds[:1], tasks=old.tasks, promote_days=5)

    found = consequences(new, old, later())
    said = [f"{one.text} {one.note}" for one in found.meanings]

    assert any("1 contact is in this stage today" in text for text in said)
    assert any("1 contact has been here longer than 5 days" in text for text in said)
    assert any("No longer a kind: Quote asked for 1 contact is of it today." in text for text in said)


def test_a_rep_reads_and_does_not_write(as_rep: Client, signed_in: Callable[[User], Client]) -> None:
    assert as_rep.get("/playbooks/sql/").status_code == 200
    assert as_rep.get(EDIT).status_code == 403
