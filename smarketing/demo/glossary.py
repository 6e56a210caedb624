"""What the demo company says of its words: a term both teams have worked on, a round on it, and a quiz on MQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from accounts.models import Side, User
from agreements.actions import draft_from, propose, save_draft, sign
from agreements.models import Acknowledgement
from leads.models import QuizAnswer
from leads.quizzes.actions import TooFewCasesError, start_quiz
from lifecycle.models import RoundEntry, Term, TermVersion
from lifecycle.rounds import start_round, sweep_rounds, vote, write_entry
from smarketing.demo.people import Staff

AGREED_DAYS_AGO: Final = 170
ROUND_DAYS_AGO: Final = 9
SEED: Final = 3

SALES_QUALIFIED: Final[dict[str, Any]] = {
    "sentence_en": "A contact accepted by sales, reached in a **two-way exchange**, whose answers to budget, "
    "authority, need and timing are known well enough to **name a project**.",
    "sentence_fr": "Un contact accepté par les ventes, joint dans un **vrai échange**, dont on connaît assez le "
    "budget, la décision, le besoin et l’échéance pour **nommer un projet**.",
    "operations": {
        "evidence_en": "a logged call or meeting, and three of the four answers",
        "evidence_fr": "un appel ou un rendez-vous noté, et trois des quatre réponses",
        "who_en": "the owner of the handoff",
        "who_fr": "la personne à qui le lead a été transmis",
        "where_en": "the contact’s page, under Known answers",
        "where_fr": "la fiche du contact, sous Réponses connues",
        "limit_en": "10 working days after the acceptance",
        "limit_fr": "10 jours ouvrés après l’acceptation",
        "next_en": "a quote, or Bad timing with a day to come back",
        "next_fr": "un devis, ou Mauvais moment avec un jour de reprise",
        "otherwise_en": "back to MQL, with a reason",
        "otherwise_fr": "retour en MQL, avec un motif",
    },
    "examples": {
        "is_en": ["“Metering for three plants, budget voted, wants to start in April.”"],
        "is_fr": ["« Comptage pour trois usines, budget voté, départ en avril. »"],
        "is_not_en": ["“Interesting, send me the brochure.” A reply, but no project."],
        "is_not_fr": ["« Intéressant, envoyez-moi la brochure. » Une réponse, mais pas de projet."],
    },
}

WRITTEN: Final = (
    # first name, what it means to them, language, whose text they vote for
    ("Inès", "Somebody with a project, a budget and a high score.", "en", "Claire"),
    ("Bastien", "Un MQL que les ventes ont appelé et qui n’a pas dit non.", "fr", "Inès"),
    ("Marc", "A lead with a real need that sales has called back.", "en", "Inès"),
    ("Hugo", "A real project with a date this year.", "en", "Claire"),
    ("Tom", "Whoever answers my calls and has a budget.", "en", "Claire"),
    ("Paul", "Un vrai projet, un budget, et quelqu’un qui signe.", "fr", "Claire"),
    ("Maya", "A need, a budget and a date, said on the phone.", "en", "Hugo"),
    ("Claire", "I have spoken to them; I know the project, the budget and who signs.", "en", "Claire"),
)

LEANING: Final = {Side.MARKETING.value: (0.95, 0.3), Side.SALES.value: (0.8, 0.1)}
"""How often a side calls a case MQL that the definition admits, and one that it does not."""

TAKERS_LEFT_OUT: Final = "Hugo"
"""Has the quiz still to take: whoever signs in as a rep may try it."""


def agree_on_a_term(staff: Staff, *, now: datetime) -> None:
    """The second version of SQL, signed by both managers and accepted by most."""
    at = now - timedelta(days=AGREED_DAYS_AGO)
    term = Term.objects.get(covers="stage:sql")
    first = TermVersion.objects.in_force().select_related("agreement").get(term=term)
    draft = draft_from(first, actor=staff.sales_manager, at=at - timedelta(days=8))
    revision = draft.agreement.revision
    draft = save_draft(
        draft, values=SALES_QUALIFIED, revision=revision, actor=staff.sales_manager, at=at - timedelta(days=8)
    )
    note = "So that everybody knows what to ask before calling it one."
    agreement = propose(draft.agreement, actor=staff.sales_manager, at=at - timedelta(days=6), note=note)
    for signer in (staff.sales_manager, staff.marketing_manager):
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)
    readers = [*staff.marketers, *staff.reps[:-1]]
    Acknowledgement.objects.bulk_create(
        Acknowledgement(agreement=agreement, user=reader, accepted_at=at + timedelta(days=2 + day))
        for day, reader in enumerate(readers)
    )


def hold_a_round(staff: Staff, *, now: datetime) -> None:
    """A round on SQL, revealed and in its vote; one of those asked did not write."""
    people = {person.first_name: person for person in _people(staff)}
    began = now - timedelta(days=ROUND_DAYS_AGO)
    due = began + timedelta(days=4)
    term = Term.objects.get(covers="stage:sql")
    started = start_round(term, people=list(people.values()), due_at=due, actor=staff.sales_manager, at=began)
    for hours, (name, text, language, _) in enumerate(WRITTEN, start=3):
        write_entry(
            started, text=text, language=language, actor=people[name], at=began + timedelta(hours=5 * hours)
        )
    sweep_rounds(at=due)
    entries = {
        entry.user.first_name: entry
        for entry in RoundEntry.objects.filter(round=started).select_related("user")
    }
    for hours, (name, _, _, choice) in enumerate(WRITTEN, start=1):
        vote(entries[choice], actor=people[name], at=due + timedelta(hours=6 * hours))


def take_a_quiz(staff: Staff, *, now: datetime) -> None:
    """Everybody but one has said of a dozen contacts whether each is an MQL; none where too few are near the border."""
    term = Term.objects.get(covers="stage:mql")
    try:
        quiz = start_quiz(term, actor=staff.marketing_manager, at=now - timedelta(hours=3))
    except TooFewCasesError:
        return
    random = Random(SEED)  # noqa: S311 # a story, not a secret
    takers = [person for person in _people(staff) if person.first_name != TAKERS_LEFT_OUT]
    QuizAnswer.objects.bulk_create(
        QuizAnswer(
            case=case,
            user=person,
            value="yes" if random.random() < LEANING[person.side or ""][not case.holds] else "no",
            answered_at=now - timedelta(minutes=10 * minutes),
        )
        for minutes, person in enumerate(takers, start=1)
        for case in quiz.cases.all()
    )


def _people(staff: Staff) -> list[User]:
    return [staff.marketing_manager, *staff.marketers, staff.sales_manager, *staff.reps]
