"""A page asks the database as often for three rows as for thirty, whatever grows on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Side
from agreements.actions import accept
from agreements.kinds import copy_fields, kind_of
from agreements.models import Agreement, Comment, Signature, State, Writing
from leads.actions.quarantine import quarantine
from leads.models import QuizAnswer, ReplayedContact, RetentionHold, RuleException, TacticsVersion
from lifecycle.models import DefinitionRound, ProcedureVersion, Term
from personas.models import PersonaVersion
from tests.agreements.scenes import proposed, signed
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.agreements import AgreementFactory, SignatureFactory, unguarded
from tests.factories.leads import (
    AppliedTacticFactory,
    ContactFactory,
    DealFactory,
    PlaybookTaskFactory,
    QuizCaseFactory,
    QuizFactory,
    ReplayFactory,
)
from tests.factories.lifecycle import (
    CommentFactory,
    DefinitionRoundFactory,
    ProcedureVersionFactory,
    ResponsibilityFactory,
    RoundEntryFactory,
    RuleVersionFactory,
    StageDefinitionFactory,
    TermVersionFactory,
)
from tests.factories.moments import INSTALLED, NOW, ago
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

Grow = Callable[[int], None]

FEW, MANY = 3, 30


# What grows


Subject = Callable[[], str]


def of(subject: str) -> Subject:
    return lambda: subject


def versions(named: Subject) -> Grow:
    """Earlier versions of that thing, each drafted, written on, discussed and signed by other people."""

    def grow(count: int) -> None:
        subject = named()
        current = Agreement.objects.of(subject).in_force().get()
        version = kind_of(subject).version_of(current)
        first = Agreement.objects.of(subject).count()
        for number in range(first, first + count):
            begin = INSTALLED - timedelta(days=number + 1)
            marketer, rep = MarketerFactory.create(), UserFactory.create()
            agreement = AgreementFactory.create(
                subject=subject,
                number=100 + number,
                state=State.WITHDRAWN,
                closed_at=begin,
                close_reason="another",
                drafted_by=marketer,
                saved_by=rep,
                note="It asks for less.",
            )
            copy_fields(version, agreement).save()
            Writing.objects.create(agreement=agreement, user=marketer, first_at=begin, last_at=begin)
            with unguarded(Agreement, Signature, Comment):
                CommentFactory.create(agreement=agreement)
                Agreement.objects.filter(pk=agreement.pk).update(
                    state=State.SUPERSEDED,
                    content_hash="0" * 64,
                    in_force_from=begin,
                    in_force_until=begin + timedelta(days=1),
                )
                SignatureFactory.create(agreement=agreement, user=marketer, side=Side.MARKETING)
                SignatureFactory.create(agreement=agreement, user=rep)

    return grow


def remarks(named: Subject) -> Grow:
    """Discussed and written on by many while it is proposed."""

    def grow(count: int) -> None:
        subject = named()
        proposal = Agreement.objects.of(subject).open().first()
        if proposal is None:
            current = Agreement.objects.of(subject).in_force().get()
            proposal = AgreementFactory.create(
                subject=subject,
                number=current.number + 1,
                state=State.PROPOSED,
                content_hash="0" * 64,
                proposed_at=NOW,
                drafted_by=MarketerFactory.create(),
            )
            copy_fields(kind_of(subject).version_of(current), proposal).save()
        for comment in CommentFactory.create_batch(count, agreement=proposal, is_disagreement=True):
            CommentFactory.create(agreement=proposal, answers=comment)
            Writing.objects.create(agreement=proposal, user=UserFactory.create(), first_at=NOW, last_at=NOW)

    return grow


def stages(count: int) -> None:
    for responsibility in ResponsibilityFactory.create_batch(count):
        stage = responsibility.stage
        StageDefinitionFactory.create(
            stage_id=stage.pk, criteria=NEEDS, agreement__in_force=True, agreement__number=1
        )
        TermVersionFactory.create(term__covers=stage.covers)


NEEDS = {
    "all": [
        {"fact": "stage", "op": "is", "value": "lead"},
        {"touch": "page_view", "op": "at_least", "count": 1},
        {"fact": "company.name", "op": "known"},
    ]
}


def contacts_of_a_stage(count: int) -> None:
    for contact in ContactFactory.create_batch(count, stage_id="mql", owner=UserFactory.create()):
        RuleException.objects.create(
            version=RuleVersionFactory.create(event="stage", target="mql", criteria=NEEDS),
            contact=contact,
            event="stage",
            how="passed",
            origin="rule",
            at=NOW,
        )


def quizzes(count: int) -> None:
    """Closed ones of the term of a lead, each answered by people of both sides."""
    for number in range(count):
        quiz = QuizFactory.create(started_at=ago(days=number + 2), closed_at=ago(days=number + 1))
        for position in (1, 2):
            case = QuizCaseFactory.create(quiz=quiz, position=position)
            for user in (UserFactory.create(), MarketerFactory.create()):
                QuizAnswer.objects.create(case=case, user=user, value="yes", answered_at=NOW)


def replayed(count: int) -> None:
    replay = ReplayFactory.create(
        months=[{"month": f"{2000 + n}-01", "would": n, "by_rule": 1, "by_hand": 0} for n in range(count)]
    )
    for outcome in ReplayedContact.Outcome.values:
        for contact in ContactFactory.create_batch(count):
            replay.entries.create(contact=contact, would_at=NOW, outcome=outcome)
    for _ in range(count):
        RuleVersionFactory.create(event="stage", target="mql", mode="block", criteria=NEEDS)


def personas(count: int) -> None:
    for version in PersonaVersionFactory.create_batch(count):
        DealFactory.create(contact__persona=version.persona, won=True)


def bought(count: int) -> None:
    """Contacts of the persona, won and lost, in many sectors and cities."""
    persona = known_persona()
    for number in range(count):
        for how in ("won", "lost"):
            deal = DealFactory.create(**{how: True}, contact__persona=persona.persona)
            deal.contact.answers.create(question="need", text=str(number), answered_at=NOW)


def known_persona() -> Any:
    found = PersonaVersion.objects.filter(persona__slug="buyer").first()
    return found or PersonaVersionFactory.create(persona__slug="buyer", name_en="The buyer")


def terms(count: int) -> None:
    for number, version in enumerate(TermVersionFactory.create_batch(count)):
        Term.objects.filter(pk=version.term_id).update(
            covers=f"field:{number}-{version.term_id}", side="sales"
        )
        AgreementFactory.create(subject=f"term:{version.term_id}", number=2)


def warm_lead() -> Term:
    found = Term.objects.filter(slug="warm-lead").first()
    if found:
        return found
    return TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", forbidden_synonyms=["tepid one"]
    ).term


def mentions(count: int) -> None:
    """What uses the term: others whose text names it, procedures, rules, and rounds of definition."""
    term = warm_lead()
    for number in range(count):
        TermVersionFactory.create(sentence_en="More than a Warm lead.")
        ProcedureVersionFactory.create(
            name_en=f"Warm lead {number} of {count}", purpose_en="For a tepid one."
        )
        RuleVersionFactory.create(text_en="A tepid one is a Warm lead.")
        DefinitionRoundFactory.create(
            term=term,
            started_at=ago(days=9),
            due_at=ago(days=8),
            revealed_at=ago(days=8),
            closed_at=ago(days=7),
        )


def written(count: int) -> None:
    """Definitions that people wrote, each voted for."""
    found = DefinitionRound.objects.first() or DefinitionRoundFactory.create(term=warm_lead())
    for user in UserFactory.create_batch(count):
        RoundEntryFactory.create(round=found, user=user, text="Replied twice.", written_at=NOW)


def waiting_people(count: int) -> None:
    for number in range(count):
        quarantine(
            values={"first_name": f"Ana {number}"}, actor=UserFactory.create(), at=NOW, origin="person"
        )


def due_people(count: int) -> None:
    since = ago(days=500)
    for contact in ContactFactory.create_batch(
        count, status_id="unqualified", status_since=since, owner=UserFactory.create()
    ):
        DealFactory.create(contact=contact, lost=True)
        kept = ContactFactory.create(status_id="unqualified", status_since=since)
        RetentionHold.objects.create(
            contact=kept, reason="A claim.", until="2030-01-01", made_by=UserFactory.create(), made_at=NOW
        )


def rules(count: int) -> None:
    for version in RuleVersionFactory.create_batch(count, event="stage", target="mql", criteria=NEEDS):
        AgreementFactory.create(subject=version.agreement.subject, number=2, drafted_by=UserFactory.create())


def asked_for(count: int) -> None:
    """To sign, to read and to look at again, with people who have read some."""
    marketer, rep = MarketerFactory.create(may_sign=True), UserFactory.create(may_sign=True)
    for _ in range(count):
        proposed(marketer)
        agreement = signed(proposed(marketer), marketer, rep)
        Agreement.objects.filter(pk=agreement.pk).update(review_on="2026-01-01")
        accept(agreement, actor=UserFactory.create(), at=NOW)


def applied(count: int) -> None:
    AppliedTacticFactory.create_batch(count)


def tactics() -> str:
    found = TacticsVersion.objects.in_force().get(cell="target_ready")
    return found.agreement.subject


def playbook_tasks(count: int) -> None:
    PlaybookTaskFactory.create_batch(count)


def procedures(count: int) -> None:
    ProcedureVersionFactory.create_batch(count, scope="stage:mql")


def calls() -> str:
    found = ProcedureVersion.objects.in_force().filter(procedure__slug="calls").first()
    found = found or ProcedureVersionFactory.create(procedure__slug="calls", name_en="Calls")
    return found.agreement.subject


def buyer() -> str:
    return str(known_persona().agreement.subject)


def warm() -> str:
    return f"term:{warm_lead().pk}"


def of_lead() -> str:
    return f"term:{Term.objects.get(covers='stage:lead').pk}"


def a_round() -> str:
    """People write: nobody sees what the others wrote."""
    found = DefinitionRound.objects.first() or DefinitionRoundFactory.create(term=warm_lead())
    return f"/terms/rounds/{found.pk}/"


def a_revealed_round() -> str:
    address = a_round()
    DefinitionRound.objects.update(revealed_at=NOW)
    return address


LISTS: dict[str, tuple[Grow, ...]] = {
    "/definitions/": (stages,),
    "/definitions/mql/replay/": (replayed,),
    "/personas/": (personas,),
    "/terms/": (terms,),
    "/terms/warm-lead/": (versions(warm), remarks(warm), mentions),
    "/terms/warm-lead/use/": (mentions,),
    "/rules/": (rules,),
    "/rules/retention/due/": (due_people,),
    "/contacts/quarantine/": (waiting_people,),
    "/agreements/": (asked_for,),
    "/agreements/overview/": (asked_for,),
    "/playbooks/": (playbook_tasks,),
    "/tactics/": (applied,),
    "/tactics/target_ready/": (versions(tactics), remarks(tactics), applied),
    "/procedures/": (procedures,),
}
SHEETS: dict[str, tuple[Grow, ...]] = {
    "/definitions/lead/": (versions(of("stage:lead")), remarks(of("stage:lead")), quizzes),
    "/definitions/mql/": (versions(of("stage:mql")), contacts_of_a_stage, procedures),
    "/personas/buyer/": (versions(buyer), remarks(buyer), bought),
    "/terms/lead/": (versions(of_lead), quizzes),
    "/rules/regression/": (versions(of("rule:regression")), remarks(of("rule:regression"))),
    "/playbooks/sql/": (versions(of("playbook:sql")), remarks(of("playbook:sql")), playbook_tasks),
    "/procedures/calls/": (versions(calls), remarks(calls)),
}
"""What grows behind them stands on pages of its own."""


@dataclass(frozen=True)
class Opened:
    """A page as it was drawn, and what it asked."""

    page: str
    asked: list[str]


def opened(client: Client, address: str) -> Opened:
    client.get(address)  # what the process remembers from here on
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200
    return Opened(answer.content.decode(), [query["sql"] for query in asked])


def assert_it_costs_the_same(few: Opened, many: Opened) -> None:
    more = [sql for sql in many.asked if many.asked.count(sql) > few.asked.count(sql)]
    assert len(many.asked) == len(few.asked), "\n".join(more)


@pytest.mark.parametrize("address", [*LISTS, *SHEETS])
def test_a_page_costs_the_same_with_three_and_thirty_rows(as_manager: Client, address: str) -> None:
    warm_lead()
    known_persona()
    growing = (LISTS | SHEETS)[address]
    for grow in growing:
        grow(FEW)
    few = opened(as_manager, address)
    for grow in growing:
        grow(MANY - FEW)

    many = opened(as_manager, address)

    assert_it_costs_the_same(few, many)
    assert address in SHEETS or len(many.page) > len(few.page), "what grew is not on the page"


@pytest.mark.parametrize("which", [a_round, a_revealed_round])
def test_a_round_costs_the_same_with_three_and_thirty_who_wrote(
    as_manager: Client, which: Callable[[], str]
) -> None:
    written(FEW)
    few = opened(as_manager, which())
    written(MANY - FEW)

    many = opened(as_manager, which())

    assert_it_costs_the_same(few, many)
    assert len(many.page) > len(few.page)
