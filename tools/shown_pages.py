"""Every page of the product with somebody who uses it, at a record of the running company that has something on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Model
from django.urls import reverse

from accounts.models import Role, User
from agreements.models import Agreement, State
from leads.models import (
    AppliedTactic,
    BulkChange,
    Campaign,
    Company,
    Contact,
    Deal,
    ImportRun,
    Publication,
    QuarantinedContact,
    Quiz,
    QuizCase,
    Replay,
    SendCheck,
)
from lifecycle.models import DefinitionRound, Field, Procedure
from reporting.plans.models import Plan
from sla.models import Breach, Handoff

REP, MARKETER, MANAGER, ADMIN = (role.value for role in (Role.REP, Role.MARKETER, Role.MANAGER, Role.ADMIN))
STRANGER: Final = ""
Find = Callable[[User], Any]


@dataclass(frozen=True)
class Shown:
    """One page, as `role` sees it. `parts` are those of its address, or what finds one among what the person sees."""

    role: str
    name: str
    parts: Mapping[str, Any]
    picture: str
    query: str = ""

    def path(self, person: User | None) -> str | None:
        """None where the company has no such record."""
        found = {key: part(person) if callable(part) else part for key, part in self.parts.items()}
        if None in found.values():
            return None
        return reverse(self.name, kwargs=found) + self.query


def page(role: str, name: str, *, picture: str = "", query: str = "", **parts: Any) -> Shown:
    return Shown(role, name, parts, picture or name.rpartition(":")[2].replace("_", "-"), query)


def latest(model: type[Model], value: str = "pk", **filters: Any) -> Find:
    """Of the newest that the person sees."""

    def find(person: User) -> Any:
        rows: Any = model._default_manager
        rows = rows.visible_to(person) if hasattr(rows, "visible_to") else rows.all()
        return rows.filter(**filters).order_by("-pk").values_list(value, flat=True).first()

    return find


def longest_history(person: User) -> Any:
    contacts = Contact.objects.visible_to(person).exclude(stage=None)
    return contacts.annotate(n=Count("touchpoints")).order_by("-n", "pk").values_list("pk", flat=True).first()


def lead_in_hand(person: User) -> Any:
    """The contact of the person's newest undecided lead."""
    waiting = Handoff.objects.visible_to(person).filter(state=Handoff.State.ASSIGNED)
    return waiting.order_by("-pk").values_list("contact", flat=True).first()


TERM: Final = "marketing-qualified-lead"
COLLEAGUE: Final = latest(User, is_active=True, role=Role.REP)

PAGES: Final = (
    page(MANAGER, "reporting:cockpit"),
    page(MANAGER, "reporting:records", figure="won"),
    page(MANAGER, "reporting:parts", figure="cost"),
    page(MANAGER, "reporting:objectives"),
    page(REP, "sla:queue"),
    page(MANAGER, "sla:queue", picture="queue-of-the-team"),
    page(REP, "sla:tasks"),
    page(MARKETER, "reporting:desk"),
    page(MANAGER, "reporting:plan-today", picture="plan"),
    page(MANAGER, "reporting:plan", plan_id=latest(Plan), picture="plan-of-a-period"),
    page(MANAGER, "reporting:plan-edit", plan_id=latest(Plan)),
    page(MANAGER, "reporting:plan-new"),
    page(MANAGER, "sla:breach", breach_id=latest(Breach)),
    page(REP, "smarketing:search", query="?q=groupe"),
    page(REP, "smarketing:search", query="?q=zzzzqq", picture="search-without-result"),
    page(REP, "smarketing:part"),
    page(REP, "smarketing:keys"),
    page(REP, "smarketing:kit"),
    page(REP, "smarketing:contact-detail", contact_id=lead_in_hand, picture="contact"),
    page(MARKETER, "smarketing:contact-detail", contact_id=longest_history, picture="contact-long-known"),
    page(REP, "smarketing:contact-edit", contact_id=longest_history),
    page(MANAGER, "leads:contact-list", picture="contacts"),
    page(MANAGER, "leads:contact-list", query="?q=zzzzqq", picture="contacts-without-result"),
    page(MANAGER, "leads:contact-filters"),
    page(REP, "leads:contact-new"),
    page(MARKETER, "leads:writing"),
    page(MARKETER, "leads:send-checks"),
    page(MARKETER, "leads:send-check", check_id=latest(SendCheck)),
    page(MANAGER, "leads:bulk-change", change_id=latest(BulkChange)),
    page(MARKETER, "leads:quarantine"),
    page(MARKETER, "leads:quarantine-discard", quarantined_id=latest(QuarantinedContact, state="waiting")),
    page(MANAGER, "leads:company-list", picture="companies"),
    page(REP, "leads:company-detail", company_id=latest(Company)),
    page(REP, "leads:company-edit", company_id=latest(Company)),
    page(MANAGER, "leads:deal-board", picture="deals"),
    page(MANAGER, "leads:deal-list"),
    page(REP, "leads:deal-detail", deal_id=latest(Deal)),
    page(REP, "leads:deal-edit", deal_id=latest(Deal, closed_at=None)),
    page(REP, "leads:deal-new", contact_id=longest_history),
    page(MANAGER, "leads:deals-missing"),
    page(MARKETER, "leads:campaign-list", picture="campaigns"),
    page(MARKETER, "leads:campaign-detail", campaign_id=latest(Campaign)),
    page(MARKETER, "leads:campaign-edit", campaign_id=latest(Campaign)),
    page(MARKETER, "leads:campaign-new"),
    page(MARKETER, "leads:import-list", picture="imports"),
    page(MARKETER, "leads:import-columns", import_id=latest(ImportRun, state=ImportRun.State.UPLOADED)),
    page(MARKETER, "leads:import-check", import_id=latest(ImportRun, state=ImportRun.State.MAPPED)),
    page(MARKETER, "leads:import-detail", import_id=latest(ImportRun, state=ImportRun.State.DONE)),
    page(MARKETER, "leads:import-rows", import_id=latest(ImportRun, state=ImportRun.State.DONE)),
    page(MARKETER, "leads:import-undo", import_id=latest(ImportRun, state=ImportRun.State.DONE)),
    page(MANAGER, "reporting:contract"),
    page(MARKETER, "sla:contract-version", number=1),
    page(MARKETER, "sla:contract-edit"),
    page(MARKETER, "lifecycle:definition-list", picture="definitions"),
    page(REP, "lifecycle:definition-detail", key="mql"),
    page(MARKETER, "lifecycle:definition-edit", key="mql"),
    page(MARKETER, "lifecycle:responsibility-edit", key="mql"),
    page(MARKETER, "lifecycle:status-definition", key="gone_dark"),
    page(MARKETER, "lifecycle:status-definition-edit", key="gone_dark"),
    page(MARKETER, "lifecycle:funnel"),
    page(MARKETER, "lifecycle:funnel-edit"),
    page(MARKETER, "leads:replay", key="mql"),
    page(MARKETER, "leads:replay-contacts", key="mql", replay_id=latest(Replay, definition__stage="mql")),
    page(MARKETER, "leads:status-replay", key="gone_dark"),
    page(
        MARKETER,
        "leads:status-replay-contacts",
        key="gone_dark",
        replay_id=latest(Replay, status_definition__status="gone_dark"),
    ),
    page(MARKETER, "leads:counted", agreement_id=latest(Agreement, subject="stage:mql"), figure="would"),
    page(
        MARKETER,
        "leads:published",
        key="mql",
        number=latest(Publication, "definition__agreement__number", definition__stage="mql"),
    ),
    page(REP, "leads:scoring"),
    page(REP, "leads:scoring-version", number=1),
    page(MARKETER, "leads:scoring-edit"),
    page(MARKETER, "leads:scoring-fit-rule-new"),
    page(MARKETER, "leads:scoring-engagement-rule-new"),
    page(REP, "leads:tactics"),
    page(REP, "leads:tactics-cell", cell="target_ready"),
    page(
        REP,
        "leads:tactics-contacts",
        cell="target_ready",
        tactic=latest(AppliedTactic, "tactic", version__cell="target_ready"),
        query="?who=applied",
    ),
    page(MARKETER, "leads:tactics-edit", cell="target_ready"),
    page(REP, "leads:playbooks"),
    page(REP, "leads:playbook", stage="sql"),
    page(REP, "leads:playbook-contacts", stage="sql"),
    page(MARKETER, "leads:playbook-edit", stage="sql"),
    page(REP, "personas:persona-list", picture="personas"),
    page(REP, "personas:persona-detail", slug="persona-1"),
    page(MARKETER, "personas:persona-edit", slug="persona-1"),
    page(MARKETER, "personas:persona-new"),
    page(REP, "lifecycle:term-list", picture="terms"),
    page(REP, "lifecycle:term-detail", slug=TERM),
    page(MARKETER, "lifecycle:term-edit", slug=TERM),
    page(REP, "lifecycle:term-new"),
    page(MARKETER, "leads:term-use", slug=TERM),
    page(MANAGER, "lifecycle:round-new", slug=TERM),
    page(MANAGER, "lifecycle:round-detail", round_id=latest(DefinitionRound)),
    page(REP, "leads:quiz-case", quiz_id=latest(QuizCase, "quiz"), position=1),
    page(MANAGER, "leads:quiz-results", quiz_id=latest(Quiz)),
    page(REP, "lifecycle:rule-list", picture="rules"),
    page(REP, "leads:rule-detail", key="distribution"),
    page(MANAGER, "leads:rule-cases", key="distribution"),
    page(MARKETER, "lifecycle:rule-edit", key="distribution"),
    page(MARKETER, "lifecycle:rule-edit", key="retention", picture="rule-edit-retention"),
    page(MARKETER, "lifecycle:rule-new"),
    page(ADMIN, "leads:retention"),
    page(ADMIN, "leads:retention-keep", contact_id=longest_history),
    page(REP, "lifecycle:procedure-list", picture="procedures"),
    page(REP, "lifecycle:procedure-detail", slug="a-new-mql"),
    page(MARKETER, "lifecycle:procedure-edit", slug="a-new-mql"),
    page(MARKETER, "lifecycle:procedure-new"),
    page(
        MANAGER,
        "lifecycle:procedure-retired",
        procedure_id=latest(Procedure, versions__agreement__state=State.RETIRED),
    ),
    page(MANAGER, "agreements:agreement-list", picture="agreements"),
    page(MANAGER, "agreements:agreement-overview"),
    page(MANAGER, "agreements:agreement-detail", agreement_id=latest(Agreement, state=State.PROPOSED)),
    page(
        MARKETER,
        "agreements:agreement-detail",
        agreement_id=latest(Agreement, state=State.DRAFT),
        picture="agreement-draft",
    ),
    page(REP, "accounts:notification-list", picture="notifications"),
    page(REP, "accounts:settings"),
    page(MANAGER, "accounts:absence-list"),
    page(ADMIN, "accounts:person-list"),
    page(ADMIN, "accounts:person-new"),
    page(ADMIN, "accounts:person-edit", person_id=COLLEAGUE),
    page(MANAGER, "sla:seat-list"),
    page(ADMIN, "lifecycle:field-list"),
    page(ADMIN, "lifecycle:field-edit", field_id=latest(Field)),
    page(ADMIN, "reporting:currency-list"),
    page(ADMIN, "smarketing:operations"),
    page(REP, "mfa_index"),
    page(REP, "mfa_activate_totp"),
    page(REP, "account_change_password"),
    page(REP, "account_logout"),
    page(REP, "account_reauthenticate"),
    page(STRANGER, "account_login"),
    page(STRANGER, "account_reset_password"),
    page(STRANGER, "account_reset_password_done"),
    page(STRANGER, "account_reset_password_from_key", uidb36="1", key="set-password"),
    page(STRANGER, "account_reset_password_from_key_done"),
    page(STRANGER, "account_inactive"),
    page(STRANGER, "smarketing:offline"),
    # What somebody is told who may not, or who looks for what is not there
    page(MANAGER, "accounts:person-new", picture="refused"),
    page(REP, "smarketing:contact-detail", contact_id=0, picture="not-found"),
)

UNSHOWN: Final[Mapping[str, str]] = {
    "account_email": "addresses are kept by an administrator, the page leads away",
    "account_set_password": "everybody has a password, the page leads away",
    "account_signup": "nobody signs up by themselves",
    "mfa_authenticate": "asked for in the midst of a sign-in",
    "mfa_reauthenticate": "asked of whom has a second factor",
    "mfa_deactivate_totp": "of whom has a second factor",
    "mfa_generate_recovery_codes": "of whom has a second factor",
    "mfa_view_recovery_codes": "of whom has a second factor",
}
