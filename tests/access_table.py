"""Who gets what answer from every address: one `Row` for each view, read by `tests/test_access.py`.

A row says which people a method answers; everybody else is refused (403, or 404 where the object is not theirs),
strangers and inactive people are sent to the sign-in page, and a method that is left out answers 405.

    Row("leads:contact-list", get=EVERYONE)
    Row("leads:contact-accept", post=only(REP, MANAGER), kwargs={"contact_id": a_contact})
    Row("leads:import-start", post=only(MARKETER, ADMIN), data={"file": ""})
    Row("smarketing:home", get=EVERYONE, get_status=MOVES_ON)

A factory in `kwargs` is called inside the test's transaction and returns the value of that part of the address;
one with a parameter is given the people by role: `kwargs={"contact_id": lambda people: mine(people[REP]).pk}`.
The same view may have several rows, told apart by `case`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, SavedView
from agreements.actions import propose
from agreements.models import Comment
from leads.actions.quarantine import quarantine
from leads.models import Origin
from tests.factories.accounts import AbsenceFactory, UserFactory
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    ExchangeRateFactory,
    ImportRunFactory,
    QuizCaseFactory,
    ReplayFactory,
)
from tests.factories.lifecycle import (
    CommentFactory,
    FieldFactory,
    RoundEntryFactory,
    RuleVersionFactory,
    TermVersionFactory,
)
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory
from tests.factories.sla import BreachFactory, HandoffFactory

ANONYMOUS: Final = "anonymous"
INACTIVE: Final = "inactive"
REP: Final = Role.REP.value
MARKETER: Final = Role.MARKETER.value
MANAGER: Final = Role.MANAGER.value
ADMIN: Final = Role.ADMIN.value

EVERYONE: Final = frozenset({REP, MARKETER, MANAGER, ADMIN})
WHOLE_WORLD: Final = EVERYONE | {ANONYMOUS, INACTIVE}
NOBODY: Final[frozenset[str]] = frozenset()
NOT_REPS: Final = EVERYONE - {REP}
SELLERS: Final = EVERYONE - {MARKETER}

MOVES_ON: Final = frozenset({301, 302, 303})
"""For `get_status`: the page itself has nothing to show."""


def only(*roles: str) -> frozenset[str]:
    return frozenset(roles)


def a_person() -> int:
    return UserFactory.create().pk


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


def of_a_disagreement(name: str) -> Callable[[], int]:
    """The number of the disagreement, or of the version it is about: one for both parts of the address."""

    def made() -> int:
        comment = Comment.objects.first() or CommentFactory.create(is_disagreement=True)
        number: int = getattr(comment, name)
        return number

    return made


def a_proposed_rule() -> int:
    version = RuleVersionFactory.create(agreement__in_force=False)
    return propose(version.agreement, actor=UserFactory.create(), at=NOW).pk


@dataclass(frozen=True)
class Row:
    """The declared answers of one view. `None` for a method means 405 (a safe view has no POST).

    `borrowed`: a library's view; what it answers is its own affair as long as strangers are kept out of what is
    not theirs and nothing fails.
    """

    name: str
    get: frozenset[str] | None = None
    post: frozenset[str] | None = None
    put: frozenset[str] | None = None
    delete: frozenset[str] | None = None
    options: frozenset[str] | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    get_status: frozenset[int] = frozenset({200})
    post_status: frozenset[int] = frozenset({200, 202, 204, 302, 303, 400, 409, 422})
    refusal: int = 403
    borrowed: bool = False
    case: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.case}".strip()

    def address(self, people: Mapping[str, Any]) -> str:
        """Where it is, made by its factories."""
        kwargs = {name: _value(factory, people) for name, factory in self.kwargs.items()}
        return reverse(self.name, kwargs=kwargs, query=self.query or None)


def _value(factory: Any, people: Mapping[str, Any]) -> Any:
    if not callable(factory):
        return factory
    return factory(people) if inspect.signature(factory).parameters else factory()


def _borrowed(name: str, who: frozenset[str], **fields: Any) -> Row:
    return Row(name, get=who, post=who, put=who, delete=who, options=who, borrowed=True, **fields)


def a_contact() -> int:
    """Without an owner: everybody sees it."""
    return ContactFactory.create(owner=None).pk


def a_strangers_contact() -> int:
    """Of somebody in no team of theirs."""
    return ContactFactory.create(owner=UserFactory.create(team=None)).pk


def a_company() -> int:
    return CompanyFactory.create().pk


def a_deal() -> int:
    return DealFactory.create(contact__owner=None, owner=None).pk


def a_campaign() -> int:
    return CampaignFactory.create().pk


def an_import() -> int:
    """One that is done."""
    return ImportRunFactory.create(state="done").pk


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


def a_waiting_lead() -> int:
    """Without a rep: everybody of sales sees it."""
    return HandoffFactory.create().pk


def a_breach_of_the_rep(people: Mapping[str, Any]) -> int:
    return BreachFactory.create(clock__handoff__rep=people[REP], rep=people[REP]).pk


def a_refused_lead() -> int:
    return HandoffFactory.create(state="rejected", reject_reason="fit", decided_at=NOW).pk


# One list an app, each row in the order of its urls.py

FRAME = [
    Row("healthz", get=WHOLE_WORLD),
    Row("readyz", get=WHOLE_WORLD),
    Row("smarketing:home", get=EVERYONE, get_status=MOVES_ON),
    Row("smarketing:operations", get=only(ADMIN)),
    Row("smarketing:search", get=EVERYONE),
    Row("smarketing:keys", get=EVERYONE),
    Row("smarketing:kit", get=EVERYONE),
    Row(
        "smarketing:welcome",  # somebody works here already
        get=WHOLE_WORLD,
        post=WHOLE_WORLD,
        get_status=frozenset({404}),
        post_status=frozenset({404}),
    ),
    Row("smarketing:offline", get=WHOLE_WORLD),
    Row("smarketing:language", post=WHOLE_WORLD),
]

CONTACT_PAGE = [
    Row("smarketing:contact-detail", get=EVERYONE, kwargs={"contact_id": a_contact}),
    Row(
        "smarketing:contact-detail",
        get=NOT_REPS,
        kwargs={"contact_id": a_strangers_contact},
        refusal=404,
        case="strange",
    ),
    *(
        Row(name, get=EVERYONE, get_status=MOVES_ON, kwargs={"contact_id": a_contact})
        for name in ("smarketing:contact-next", "smarketing:contact-previous")
    ),
    Row("smarketing:contact-edit", get=EVERYONE, post=EVERYONE, kwargs={"contact_id": a_contact}),
    *(
        Row(f"smarketing:contact-{change}", post=EVERYONE, kwargs={"contact_id": a_contact})
        for change in ("log", "answer", "status", "stage", "consent", "reject", "recycle")
    ),
    Row("smarketing:contact-owner", post=NOT_REPS, kwargs={"contact_id": a_contact}, case="to nobody"),
    Row(
        "smarketing:contact-accept",
        post=NOBODY,
        kwargs={"contact_id": a_contact},
        refusal=404,
        case="nothing",
    ),
    Row(
        "smarketing:contact-undo",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "transition_id": 0},
        refusal=404,
    ),
    Row(
        "smarketing:contact-undo-decision",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "handoff_id": 0},
        refusal=404,
    ),
]

SIGN_IN = [
    _borrowed("account_login", WHOLE_WORLD),
    _borrowed("account_logout", WHOLE_WORLD),
    _borrowed("account_inactive", WHOLE_WORLD),
    _borrowed("account_reauthenticate", EVERYONE),
    _borrowed("account_change_password", EVERYONE),
    _borrowed("account_set_password", EVERYONE),
    _borrowed("account_reset_password", WHOLE_WORLD),
    _borrowed("account_reset_password_done", WHOLE_WORLD),
    _borrowed("account_reset_password_from_key", WHOLE_WORLD, kwargs={"uidb36": "1", "key": "set-password"}),
    _borrowed("account_reset_password_from_key_done", WHOLE_WORLD),
    _borrowed("account_email", EVERYONE),
    _borrowed("account_signup", WHOLE_WORLD),
    _borrowed("mfa_index", EVERYONE),
    _borrowed("mfa_authenticate", WHOLE_WORLD),
    _borrowed("mfa_reauthenticate", EVERYONE),
    _borrowed("mfa_activate_totp", EVERYONE),
    _borrowed("mfa_deactivate_totp", EVERYONE),
    _borrowed("mfa_view_recovery_codes", EVERYONE),
    _borrowed("mfa_generate_recovery_codes", EVERYONE),
    _borrowed("mfa_download_recovery_codes", EVERYONE),
]

ACCOUNTS = [
    Row("accounts:settings", get=EVERYONE),
    Row("accounts:preferences", post=EVERYONE),
    Row("accounts:absence-list", get=EVERYONE, post=EVERYONE),
    Row(
        "accounts:absence-cancel",
        post=only(MANAGER, ADMIN),
        refusal=404,
        kwargs={"absence_id": a_planned_absence},
        case="of somebody else",
    ),
    Row("accounts:person-list", get=EVERYONE),
    Row("accounts:person-new", get=only(ADMIN), post=only(ADMIN)),
    Row("accounts:person-edit", get=only(ADMIN), post=only(ADMIN), kwargs={"person_id": a_person}),
    Row("accounts:person-deactivate", post=only(ADMIN), kwargs={"person_id": a_person}),
    Row("accounts:person-reactivate", post=only(ADMIN), kwargs={"person_id": a_person}),
    Row("accounts:notification-list", get=EVERYONE),
    Row("accounts:notification-read", post=EVERYONE),
]

AGREEMENTS = [
    Row("agreements:agreement-list", get=EVERYONE),
    Row("agreements:agreement-detail", get=EVERYONE, kwargs={"agreement_id": a_proposed_rule}),
    Row("agreements:agreement-draft", post=NOT_REPS, kwargs={"agreement_id": a_proposed_rule}),
    Row("agreements:agreement-propose", post=NOT_REPS, kwargs={"agreement_id": a_proposed_rule}),
    Row(  # in tests a rep and a marketer may sign
        "agreements:agreement-sign", post=only(REP, MARKETER), kwargs={"agreement_id": a_proposed_rule}
    ),
    Row("agreements:agreement-withdraw", post=NOT_REPS, kwargs={"agreement_id": a_proposed_rule}),
    Row(
        "agreements:agreement-decline",
        post=only(REP, MARKETER),
        kwargs={"agreement_id": a_proposed_rule},
        data={"reason": "Too narrow."},
    ),
    Row("agreements:agreement-accept", post=EVERYONE, kwargs={"agreement_id": a_proposed_rule}),
    Row("agreements:agreement-review", post=NOT_REPS, kwargs={"agreement_id": a_proposed_rule}),
    Row("agreements:agreement-overview", get=only(MANAGER, ADMIN)),
    Row(
        "agreements:agreement-comment",
        post=EVERYONE,
        kwargs={"agreement_id": a_proposed_rule},
        data={"text": "Why three?"},
    ),
    Row(
        "agreements:agreement-answer",
        post=EVERYONE,
        kwargs={"agreement_id": of_a_disagreement("agreement_id"), "comment_id": of_a_disagreement("pk")},
        data={"text": "Because.", "settles": "yes"},
    ),
    Row(
        "agreements:agreement-settle",
        post=EVERYONE,
        kwargs={"agreement_id": of_a_disagreement("agreement_id"), "comment_id": of_a_disagreement("pk")},
    ),
]

LIFECYCLE = [
    Row("lifecycle:term-list", get=EVERYONE),
    Row("lifecycle:term-new", get=EVERYONE, post=EVERYONE),
    Row("lifecycle:term-covering", get=EVERYONE, get_status=MOVES_ON, kwargs={"covers": "stage:mql"}),
    Row("lifecycle:term-detail", get=EVERYONE, kwargs={"slug": a_term}),
    Row("lifecycle:term-edit", get=EVERYONE, post=EVERYONE, kwargs={"slug": a_term}),
    Row("lifecycle:round-new", get=EVERYONE, post=EVERYONE, kwargs={"slug": a_term}),
    Row("lifecycle:round-detail", get=EVERYONE, kwargs={"round_id": a_revealed_round}),
    Row("lifecycle:round-write", post=NOBODY, kwargs={"round_id": a_revealed_round}, data={"text": "Mine"}),
    Row("lifecycle:round-vote", post=NOBODY, kwargs={"round_id": a_revealed_round}, refusal=404),
    Row("lifecycle:round-close", post=only(MANAGER, ADMIN), kwargs={"round_id": a_revealed_round}),
    Row("lifecycle:definition-list", get=EVERYONE),
    Row("lifecycle:definition-detail", get=EVERYONE, kwargs={"key": "mql"}),
    Row("lifecycle:definition-edit", get=NOT_REPS, post=NOT_REPS, kwargs={"key": "mql"}),
    Row("lifecycle:responsibility-edit", get=NOT_REPS, post=NOT_REPS, kwargs={"key": "mql"}),
    Row("lifecycle:field-list", get=EVERYONE, post=only(MARKETER, ADMIN)),
    Row(
        "lifecycle:field-edit",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        kwargs={"field_id": lambda: FieldFactory.create().pk},
    ),
    Row("lifecycle:rule-list", get=EVERYONE),
    Row("lifecycle:rule-new", get=NOT_REPS, post=NOT_REPS),
    Row("lifecycle:procedure-list", get=EVERYONE),
    Row("lifecycle:procedure-new", get=NOT_REPS, post=NOT_REPS),
    Row("lifecycle:procedure-detail", get=EVERYONE, kwargs={"slug": "a-new-mql"}),
    Row("lifecycle:procedure-edit", get=NOT_REPS, post=NOT_REPS, kwargs={"slug": "a-new-mql"}),
    Row("leads:retention", get=only(MANAGER, ADMIN), post=only(ADMIN)),
    Row("leads:rule-detail", get=EVERYONE, kwargs={"key": "regression"}),
    Row("lifecycle:rule-edit", get=NOT_REPS, post=NOT_REPS, kwargs={"key": "retention"}),
]

PERSONAS = [
    Row("personas:persona-list", get=EVERYONE),
    Row("personas:persona-new", get=only(MARKETER, ADMIN), post=only(MARKETER, ADMIN)),
    Row("personas:persona-detail", get=EVERYONE, kwargs={"slug": a_persona}),
    Row(
        "personas:persona-edit",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        kwargs={"slug": a_persona},
    ),
]

LEADS = [
    Row("leads:contact-list", get=EVERYONE),
    Row("leads:contact-new", get=EVERYONE, post=EVERYONE),
    Row("leads:contact-filters", get=EVERYONE),
    Row("leads:contact-export", get=NOT_REPS),
    Row("leads:contact-bulk", post=NOT_REPS),
    Row("leads:view-save", post=EVERYONE),
    Row("leads:view-drop", post=NOBODY, refusal=404, kwargs={"view_id": a_view}),
    Row(
        "leads:deal-new",
        get=only(REP, MANAGER, ADMIN),
        post=only(REP, MANAGER, ADMIN),
        kwargs={"contact_id": a_contact},
    ),
    Row("leads:company-list", get=EVERYONE),
    Row("leads:company-detail", get=EVERYONE, kwargs={"company_id": a_company}),
    Row("leads:company-edit", get=EVERYONE, post=EVERYONE, kwargs={"company_id": a_company}),
    Row("leads:deal-board", get=EVERYONE),
    Row("leads:deal-list", get=EVERYONE),
    Row("leads:deal-detail", get=EVERYONE, kwargs={"deal_id": a_deal}),
    Row("leads:deal-move", post=only(REP, MANAGER, ADMIN), kwargs={"deal_id": a_deal}),
    Row("leads:deal-reopen", post=only(REP, MANAGER, ADMIN), kwargs={"deal_id": a_deal}),
    Row("leads:campaign-list", get=EVERYONE),
    Row("leads:campaign-new", get=NOT_REPS, post=NOT_REPS),
    Row("leads:campaign-detail", get=EVERYONE, kwargs={"campaign_id": a_campaign}),
    Row("leads:campaign-edit", get=NOT_REPS, post=NOT_REPS, kwargs={"campaign_id": a_campaign}),
]

IMPORTS = [
    Row("leads:quiz-start", post=EVERYONE, kwargs={"slug": a_term}),
    Row("leads:term-use", get=EVERYONE, kwargs={"slug": a_term}),
    Row("leads:quiz-take", get=EVERYONE, get_status=MOVES_ON, kwargs={"quiz_id": a_quiz}),
    Row(
        "leads:quiz-case",
        get=EVERYONE,
        post=EVERYONE,
        kwargs={"quiz_id": a_quiz, "position": lambda: 1},
        data={"answer": "yes"},
    ),
    Row("leads:quiz-results", get=EVERYONE, kwargs={"quiz_id": a_closed_quiz}),
    Row("leads:quiz-close", post=only(MANAGER, ADMIN), kwargs={"quiz_id": a_quiz}),
    Row("leads:quarantine", get=EVERYONE),
    Row(
        "leads:quarantine-release",
        post=NOT_REPS,
        kwargs={"quarantined_id": a_quarantined_person},
        refusal=404,
    ),
    Row(
        "leads:quarantine-discard",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"quarantined_id": a_quarantined_person},
        refusal=404,
    ),
    Row("leads:import-list", get=NOT_REPS, post=NOT_REPS),
    Row("leads:import-detail", get=NOT_REPS, kwargs={"import_id": an_import}),
    Row(
        "leads:import-columns",
        get=NOT_REPS,
        post=NOT_REPS,
        get_status=MOVES_ON,
        kwargs={"import_id": an_import},
    ),
    Row(
        "leads:import-check",
        get=NOT_REPS,
        post=NOT_REPS,
        get_status=MOVES_ON,
        kwargs={"import_id": an_import},
    ),
    Row("leads:import-start", post=NOT_REPS, kwargs={"import_id": an_import}),
    Row("leads:import-stop", post=NOT_REPS, kwargs={"import_id": an_import}),
    Row("leads:import-undo", get=NOT_REPS, post=NOT_REPS, kwargs={"import_id": an_import_to_undo}),
    Row("leads:import-drop", post=NOT_REPS, kwargs={"import_id": an_import}),
    Row("leads:import-rows", get=NOT_REPS, kwargs={"import_id": an_import}),
    Row("leads:import-refused", get=NOT_REPS, kwargs={"import_id": an_import}),
]

SCORING = [
    Row("leads:scoring", get=EVERYONE),
    Row("leads:replay", get=EVERYONE, post=NOT_REPS, kwargs={"key": "mql"}),
    Row(
        "leads:replay-contacts",
        get=EVERYONE,
        kwargs={"key": "mql", "replay_id": lambda: ReplayFactory.create().pk},
    ),
    Row("leads:scoring-version", get=EVERYONE, kwargs={"number": 1}),
    Row("leads:scoring-edit", get=only(MARKETER, ADMIN), post=only(MARKETER, ADMIN)),
    Row("leads:scoring-fit-rule-new", get=only(MARKETER, ADMIN), post=only(MARKETER, ADMIN)),
    Row("leads:scoring-engagement-rule-new", get=only(MARKETER, ADMIN), post=only(MARKETER, ADMIN)),
]

SLA = [
    Row("sla:queue", get=SELLERS),
    Row("sla:accept", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:reject", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:recycle", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:undo", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:log", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:assign", post=only(MANAGER, ADMIN), kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:breach", get=EVERYONE, post=SELLERS, kwargs={"breach_id": a_breach_of_the_rep}),
    Row("sla:contract-edit", get=only(MARKETER, MANAGER), post=only(MARKETER, MANAGER)),
    Row("sla:contract-version", get=EVERYONE, kwargs={"number": 1}),
]

REPORTING = [
    Row("reporting:cockpit", get=EVERYONE),
    Row("reporting:contract", get=EVERYONE),
    Row("reporting:records", get=EVERYONE, kwargs={"figure": "won"}),
    Row("reporting:parts", get=EVERYONE, kwargs={"figure": "cost"}),
    Row("reporting:export", get=EVERYONE),
    Row("reporting:objectives", get=only(MANAGER, ADMIN), post=only(MANAGER, ADMIN)),
    Row(
        "reporting:currency-list",
        get=EVERYONE,
        post=only(MANAGER, ADMIN),
        data={"currency": "CHF", "day": "2026-11-02", "rate": "1.07"},
    ),
    Row(
        "reporting:rate-drop",
        post=only(MANAGER, ADMIN),
        kwargs={"rate_id": lambda: ExchangeRateFactory.create().pk},
    ),
    Row("reporting:desk", get=NOT_REPS),
    Row("reporting:desk-answer", post=NOT_REPS, kwargs={"handoff_id": a_refused_lead}),
]

ROWS: list[Row] = [
    *FRAME,
    *CONTACT_PAGE,
    *SIGN_IN,
    *ACCOUNTS,
    *AGREEMENTS,
    *LIFECYCLE,
    *PERSONAS,
    *LEADS,
    *IMPORTS,
    *SCORING,
    *SLA,
    *REPORTING,
]
