"""What the rows of `tests/access_table.py` need to be there: each makes it and returns what the address says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Role, SavedView, User
from agreements.actions import propose
from agreements.models import Agreement, Comment, State
from leads.actions.playbooks import settle_task
from leads.actions.quarantine import quarantine
from leads.actions.retention import keep_from_erasure
from leads.actions.sending import check_sending
from leads.actions.statuses import set_status
from leads.actions.tactics import apply_tactic
from leads.imports import runs
from leads.models import (
    AppliedTactic,
    Cell,
    ImportRun,
    Origin,
    PlaybookRun,
    PlaybookTask,
    Publication,
    TacticsVersion,
    Transition,
)
from lifecycle.models import RoundEntry, RuleVersion, StageDefinition, Term
from sla.actions.decisions import accept_handoff
from sla.models import Handoff
from tests.agreements.retiring import retired
from tests.factories.accounts import AbsenceFactory, MarketerFactory, NotificationFactory, UserFactory
from tests.factories.leads import (
    BulkChangeFactory,
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    ImportRunFactory,
    PlaybookTaskFactory,
    QuizCaseFactory,
    SourceFactory,
)
from tests.factories.lifecycle import (
    CommentFactory,
    DefinitionRoundFactory,
    ProcedureVersionFactory,
    RoundEntryFactory,
    RuleVersionFactory,
    StageDefinitionFactory,
    TermVersionFactory,
)
from tests.factories.moments import NOW, ago
from tests.factories.personas import PersonaVersionFactory
from tests.factories.reporting import PlanVersionFactory
from tests.factories.sla import BreachFactory, HandoffFactory

People = Mapping[str, User]
"""By role, and the inactive one."""


def a_person() -> int:
    return UserFactory.create().pk


def somebody_who_left() -> int:
    return UserFactory.create(is_active=False).pk


def a_planned_absence() -> int:
    """Of nobody who asks, and not over whenever the test runs."""
    absence = AbsenceFactory.create(ends_at=datetime(2999, 1, 1, tzinfo=UTC))
    return absence.pk


def a_term() -> str:
    slug: str = TermVersionFactory.create().term.slug
    return slug


def a_revealed_round() -> int:
    """A definition round that is revealed, by and among strangers."""
    entry = RoundEntryFactory.create(round__revealed_at=NOW, text="A word", written_at=NOW, language="en")
    return int(entry.round_id)


def a_persona() -> str:
    slug: str = PersonaVersionFactory.create().persona.slug
    return slug


def a_disagreement_of(people: People, who: str) -> int:
    """Of that person, about the draft that everybody disagrees with."""
    comment = CommentFactory.create(agreement_id=a_disputed_draft(), author=people[who], is_disagreement=True)
    return comment.pk


def a_disagreement() -> int:
    """Of somebody of sales who does not ask."""
    return CommentFactory.create(agreement_id=a_disputed_draft(), is_disagreement=True).pk


def a_disputed_draft() -> int:
    """One for all parts of an address."""
    said = Comment.objects.first() or CommentFactory.create(is_disagreement=True)
    return said.agreement_id


def a_proposed_rule() -> int:
    version = RuleVersionFactory.create(agreement__in_force=False)
    return propose(version.agreement, actor=UserFactory.create(), at=NOW).pk


def a_drafted_rule() -> int:
    return int(RuleVersionFactory.create(agreement__in_force=False).agreement_id)


def a_rule_in_force() -> int:
    return int(RuleVersionFactory.create().agreement_id)


def a_procedure_in_force() -> int:
    return int(ProcedureVersionFactory.create().agreement_id)


def a_retired_procedure() -> int:
    version = ProcedureVersionFactory.create()
    retired(MarketerFactory.create(may_sign=True), UserFactory.create(may_sign=True), version=version)
    return int(version.procedure_id)


def a_plan() -> int:
    """Of the days of nobody else, still being written."""
    return int(PlanVersionFactory.create(agreement__in_force=False).plan_id)


def what_was_read() -> str:
    """The hash of the text that waits for signatures."""
    return Agreement.objects.get(state=State.PROPOSED).content_hash


def a_blind_round(people: People) -> int:
    """Everybody of them is asked, and nobody has written yet; nor has one who does not ask, so that it goes on."""
    started = DefinitionRoundFactory.create()
    for person in (UserFactory.create(), *people.values()):
        RoundEntryFactory.create(round=started, user=person)
    return started.pk


def a_vote(people: People) -> int:
    """Everybody of them was asked, and one who does not ask has written."""
    started = DefinitionRoundFactory.create(revealed_at=NOW)
    RoundEntryFactory.create(round=started, text="A word", written_at=NOW, language="en")
    for person in people.values():
        RoundEntryFactory.create(round=started, user=person)
    return started.pk


def the_text() -> int:
    """What was written in the round."""
    return RoundEntry.objects.exclude(text="").get().pk


def news(people: People) -> None:
    """Something that each of them has not read."""
    for person in people.values():
        NotificationFactory.create(user=person)


def people_of_both_sides() -> list[int]:
    return [UserFactory.create().pk, MarketerFactory.create().pk]


def a_month_to_come() -> str:
    """Its first day; far enough to be among the next twelve however long the tests run."""
    return (timezone.now() + timedelta(days=180)).date().replace(day=1).isoformat()


def in_a_week() -> str:
    return (timezone.now() + timedelta(days=7)).date().isoformat()


def a_contact() -> int:
    """Without an owner: everybody sees it."""
    return ContactFactory.create(owner=None).pk


def a_strangers_contact() -> int:
    """Of somebody in no team of theirs."""
    return ContactFactory.create(owner=UserFactory.create(team=None)).pk


def a_contact_with_a_lead() -> int:
    """Of nobody, and sales has to decide."""
    return HandoffFactory.create(contact__owner=None).contact_id


def a_contact_moved_by(people: People, who: str) -> int:
    """A moment ago; it may still be taken back."""
    contact = ContactFactory.create(owner=None, status_id="new")
    set_status(contact, to="in_progress", actor=people[who], at=timezone.now())
    return contact.pk


def the_move_of(people: People, who: str) -> int:
    return Transition.objects.get(actor=people[who]).pk


def a_contact_in_a_cell() -> int:
    """Target and ready, whom everybody may work with."""
    return int(ContactScoreFactory.create(fit=100, engagement=100, contact__owner=None).contact_id)


def the_tactics_in_force() -> int:
    return TacticsVersion.objects.in_force().get(cell=Cell.TARGET_READY).pk


def a_contact_worked_by(people: People, who: str) -> int:
    """A moment ago; it may still be taken back."""
    score = ContactScoreFactory.create(fit=100, engagement=100, contact__owner=None)
    version = TacticsVersion.objects.in_force().get(cell=Cell.TARGET_READY)
    apply_tactic(score.contact, version=version, tactic="call", actor=people[who], at=timezone.now())
    return int(score.contact_id)


def the_tactic_of(people: People, who: str) -> int:
    return AppliedTactic.objects.get(actor=people[who]).pk


def a_contact_with_tasks() -> int:
    """An SQL of nobody, whom everybody may work with, as its playbook begins with it."""
    return int(PlaybookTaskFactory.create(run__contact__owner=None).run.contact_id)


def the_run() -> int:
    return PlaybookRun.objects.latest("pk").pk


def the_task() -> int:
    return PlaybookTask.objects.latest("pk").pk


def a_task() -> int:
    a_contact_with_tasks()
    return the_task()


def a_task_settled_by(people: People, who: str) -> int:
    """A moment ago; it may still be taken back."""
    task = PlaybookTaskFactory.create(run__contact__owner=None)
    settle_task(task, how="done", actor=people[who], at=timezone.now())
    return int(task.pk)


def a_contact_with_a_task_settled_by(people: People, who: str) -> int:
    return PlaybookTask.objects.get(pk=a_task_settled_by(people, who)).run.contact_id


def the_task_settled_by(people: People, who: str) -> int:
    return PlaybookTask.objects.get(settled_by=people[who]).pk


def a_contact_decided_by(people: People, who: str) -> int:
    return Handoff.objects.get(pk=a_lead_decided_by(people, who)).contact_id


def a_lead_decided_by(people: People, who: str) -> int:
    """A moment ago; it may still be taken back."""
    handoff = HandoffFactory.create(contact__owner=None, contact__status_id="new", rep=people[who])
    return accept_handoff(handoff, actor=people[who], at=timezone.now()).pk


def the_decision_of(people: People, who: str) -> int:
    return Handoff.objects.get(decided_by=people[who]).pk


def the_retention_rule() -> str:
    """The id of the version in force."""
    return str(RuleVersion.objects.in_force().get(rule__key="retention").pk)


def somebody_due() -> None:
    """By the retention rule, which is at the end of its months whenever the test runs."""
    ContactFactory.create(status_id="unqualified", status_since=ago(days=2000))


def a_kept_contact() -> int:
    """By an exception of the retention rule."""
    contact, admin = ContactFactory.create(), UserFactory.create(role=Role.ADMIN)
    return keep_from_erasure(
        contact, reason="A complaint", until=date(2099, 1, 1), actor=admin, at=timezone.now()
    ).pk


def a_drafted_definition() -> int:
    """The agreement of a draft that lets in the one contact there is."""
    ContactFactory.create(job_title="Head of sales")
    criteria = {"fact": "job_title", "op": "contains", "value": "head"}
    return StageDefinitionFactory.create(stage_id="promoter", criteria=criteria).agreement_id


def a_published_definition() -> int:
    """The number of the version in force of the stage MQL, against which everybody was held."""
    definition = StageDefinition.objects.in_force().select_related("agreement").get(stage="mql")
    Publication.objects.create(definition=definition, began_at=NOW, finished_at=NOW)
    return definition.agreement.number


def a_border() -> None:
    """Contacts near the border of the definition of a lead, on both sides of it."""
    company, source = CompanyFactory.create(), SourceFactory.create()
    for place in range(16):
        ContactFactory.create(
            job_title="Buyer", stage_id="subscriber", source=source, company=company if place < 8 else None
        )


def the_lead() -> str:
    """The term that is about the stage."""
    return Term.objects.get(covers="stage:lead").slug


def a_company() -> int:
    return CompanyFactory.create().pk


def a_deal() -> int:
    return DealFactory.create(contact__owner=None, owner=None).pk


def a_closed_deal() -> int:
    return DealFactory.create(contact__owner=None, owner=None, won=True).pk


def a_source() -> int:
    return SourceFactory.create().pk


def a_campaign() -> int:
    return CampaignFactory.create().pk


def an_import() -> int:
    """One that is done."""
    return ImportRunFactory.create(state="done").pk


FILE = b"Email,First name,Last name\nana@client.test,Ana,Almeida\n"


def a_file(_people: People, _who: str) -> SimpleUploadedFile:
    """One for each of them: it is read once."""
    return SimpleUploadedFile("contacts.csv", FILE)


def an_uploaded_file() -> int:
    """Received, its columns proposed."""
    return runs.receive([FILE], file_name="contacts.csv", actor=UserFactory.create(), at=NOW).pk


def a_mapped_file() -> int:
    """Its columns are said; nothing has come in."""
    run = ImportRun.objects.get(pk=an_uploaded_file())
    run.state = ImportRun.State.MAPPED
    run.save(update_fields=["state"])
    return run.pk


def a_running_import() -> int:
    return ImportRunFactory.create(state="running", started_at=NOW).pk


def a_bulk_change() -> int:
    """Asked for by somebody else, not finished."""
    return BulkChangeFactory.create().pk


def a_send_check() -> int:
    """Asked by somebody else, with one contact to write to and one that is held back."""
    asked = [str(ContactFactory.create().pk), str(ContactFactory.create(status_id="in_progress").pk)]
    return check_sending(asked, actor=UserFactory.create(role=Role.MARKETER), at=NOW).pk


def a_quarantined_person() -> int:
    """Sent in by somebody else."""
    return quarantine(
        values={"first_name": "Ana"}, actor=UserFactory.create(), at=NOW, origin=Origin.PERSON
    ).pk


def an_import_to_undo() -> int:
    return ImportRunFactory.create(state="done", finished_at=timezone.now(), created_count=1).pk


def a_quiz() -> int:
    """Of one case, which nobody has answered."""
    return int(QuizCaseFactory.create().quiz_id)


def a_closed_quiz() -> int:
    return int(QuizCaseFactory.create(quiz__closed_at=NOW).quiz_id)


def a_view() -> int:
    """Of somebody else."""
    return SavedView.objects.create(user=UserFactory.create(), page="contacts", name="Hot").pk


def a_view_of(people: People, who: str) -> int:
    return SavedView.objects.create(user=people[who], page="contacts", name="Hot").pk


def a_waiting_lead() -> int:
    """Without a rep: everybody of sales sees it."""
    return HandoffFactory.create().pk


def a_breach_of_the_rep(people: People) -> int:
    rep = people[Role.REP]
    return BreachFactory.create(clock__handoff__rep=rep, rep=rep).pk


def a_refused_lead() -> int:
    return HandoffFactory.create(state="rejected", reject_reason="fit", decided_at=NOW).pk
