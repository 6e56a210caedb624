"""Who gets what answer from every address: one `Row` for each view, read by `tests/test_access.py`.

A row says which people a method answers; everybody else is refused (403, or 404 where the object is not theirs),
strangers and inactive people are sent to the sign-in page, and a method that is left out answers 405.

    Row("leads:contact-list", get=EVERYONE)
    Row("leads:contact-accept", post=only(REP, MANAGER), kwargs={"contact_id": a_contact})
    Row("leads:import-start", post=only(MARKETER, ADMIN), data={"file": ""})
    Row("smarketing:home", get=EVERYONE, get_status=MOVES_ON)

A factory in `kwargs` is called inside the test's transaction and returns the value of that part of the address;
one with a parameter is given the people by role: `kwargs={"contact_id": lambda people: mine(people[REP]).pk}`,
one with two also who asks, and is called for each of them. `data` is made the same way, or as a whole by one factory
where the people are in the names of its fields.
The same view may have several rows, told apart by `case`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse

from accounts.models import Role, User
from tests.access_scenes import (
    a_blind_round,
    a_border,
    a_breach_of_the_rep,
    a_bulk_change,
    a_campaign,
    a_closed_deal,
    a_closed_quiz,
    a_company,
    a_contact,
    a_contact_decided_by,
    a_contact_in_a_cell,
    a_contact_moved_by,
    a_contact_with_a_lead,
    a_contact_with_a_task_settled_by,
    a_contact_with_tasks,
    a_contact_worked_by,
    a_deal,
    a_disagreement,
    a_disagreement_of,
    a_disputed_draft,
    a_drafted_definition,
    a_drafted_rule,
    a_file,
    a_kept_contact,
    a_lead_decided_by,
    a_mapped_file,
    a_month_to_come,
    a_person,
    a_persona,
    a_plan,
    a_planned_absence,
    a_procedure_in_force,
    a_proposed_rule,
    a_published_definition,
    a_quarantined_person,
    a_quiz,
    a_refused_lead,
    a_retired_procedure,
    a_revealed_round,
    a_rule_in_force,
    a_running_import,
    a_send_check,
    a_source,
    a_strangers_contact,
    a_task,
    a_task_settled_by,
    a_term,
    a_view,
    a_view_of,
    a_vote,
    a_waiting_lead,
    an_import,
    an_import_to_undo,
    an_uploaded_file,
    in_a_week,
    news,
    people_of_both_sides,
    somebody_due,
    somebody_who_left,
    the_decision_of,
    the_lead,
    the_move_of,
    the_retention_rule,
    the_run,
    the_tactic_of,
    the_tactics_in_force,
    the_task,
    the_task_settled_by,
    the_text,
    what_was_read,
)
from tests.factories.leads import ExchangeRateFactory, ReplayFactory, StatusReplayFactory
from tests.factories.lifecycle import FieldFactory

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


@dataclass(frozen=True)
class Row:
    """The declared answers of one view. `None` for a method means 405 (a safe view has no POST).

    `data` is what is posted, by those who may and by those who may not: the least with which an allowed POST changes
    the database; with `opened` the form goes back as the page shows it, but for that. `given` makes what has to be
    there besides. Where a POST changes nothing by design, `unchanged` says why.

    `visited`: whether the browser's walk over every page opens it too; not files, nor words for machines.

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
    data: Mapping[str, Any] | Callable[[Mapping[str, User]], Mapping[str, Any]] = field(default_factory=dict)
    get_status: frozenset[int] = frozenset({200})
    post_status: frozenset[int] = frozenset({200, 204, 302, 303})
    refusal: int = 403
    borrowed: bool = False
    case: str = ""
    given: Callable[..., object] | None = None
    opened: bool = False
    visited: bool = True
    unchanged: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.case}".strip()

    def address(self, people: Mapping[str, User]) -> str:
        """Where it is, made by its factories."""
        return self.addresses(people, NOBODY)[REP]

    def addresses(self, people: Mapping[str, User], whose: Set[str] = WHOLE_WORLD) -> dict[str, str]:
        """Where it is for each of them, made by its factories."""
        return {
            who: reverse(self.name, kwargs=kwargs, query=self.query or None)
            for who, kwargs in _values(self.kwargs, people, whose).items()
        }

    def sent(self, people: Mapping[str, User]) -> dict[str, dict[str, Any]]:
        """What each of them posts; after the address, which it may speak of."""
        if self.given:
            _value(self.given, people)
        data = self.data(people) if callable(self.data) else self.data
        return _values(data, people, WHOLE_WORLD)


def _values(
    factories: Mapping[str, Any], people: Mapping[str, User], whose: Set[str]
) -> dict[str, dict[str, Any]]:
    """For each of them; what is not a matter of who asks is made once. A stranger is given what a rep is."""
    found: dict[str, dict[str, Any]] = {who: {} for who in sorted({REP} | whose)}
    for name, factory in factories.items():
        if callable(factory) and len(inspect.signature(factory).parameters) == 2:
            made = {who: factory(people, who) for who in found if who in people}
        else:
            made = dict.fromkeys(found, _value(factory, people))
        for who, values in found.items():
            values[name] = made.get(who, made[REP])
    return found


def _value(factory: Any, people: Mapping[str, User]) -> Any:
    if not callable(factory):
        return factory
    return factory(people) if inspect.signature(factory).parameters else factory()


def _borrowed(name: str, who: frozenset[str], **fields: Any) -> Row:
    return Row(name, get=who, post=who, put=who, delete=who, options=who, borrowed=True, **fields)


A_CRITERION: Final = {
    "criteria-r-kind": "all",
    "criteria-r_0-kind": "fact",
    "criteria-r_0-fact": "job_title",
    "criteria-r_0-op": "known",
}
"""As the builder sends it."""

DECISIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "accept": {},
    "reject": {"reason": "fit"},
    "recycle": {"recontact_on": in_a_week},
}
"""What sales says of a lead on the page of its contact."""

# One list an app, each row in the order of its urls.py

FRAME = [
    Row("healthz", get=WHOLE_WORLD, visited=False),
    Row("readyz", get=WHOLE_WORLD, visited=False),
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
        unchanged="it is for an installation without people",
    ),
    Row("smarketing:part", get=EVERYONE),
    Row("smarketing:offline", get=WHOLE_WORLD),
    Row(
        "smarketing:language",
        post=WHOLE_WORLD,
        data={"language": "fr"},
        unchanged="a stranger's language is in a cookie, a person's among the preferences",
    ),
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
    Row(
        "smarketing:contact-edit",
        get=EVERYONE,
        post=EVERYONE,
        kwargs={"contact_id": a_contact},
        data={"city": "Lyon"},
        opened=True,
    ),
    *(
        Row(f"smarketing:contact-{change}", post=EVERYONE, kwargs={"contact_id": a_contact}, data=data)
        for change, data in {
            "log": {"done": "call:spoke"},
            "answer": {"question": "need", "text": "Fewer spreadsheets"},
            "status": {"to": "in_progress"},
            "stage": {"to": "lead"},
            "consent": {"to": "given", "reason": "Said so on the phone"},
        }.items()
    ),
    Row(
        "smarketing:contact-owner",
        post=NOT_REPS,
        kwargs={"contact_id": a_contact},
        data={"to": a_person},
        case="to somebody else",
    ),
    *(
        Row(
            f"smarketing:contact-{decision}",
            post=SELLERS,
            kwargs={"contact_id": a_contact_with_a_lead},
            data=data,
            refusal=422,
        )
        for decision, data in DECISIONS.items()
    ),
    Row(
        "smarketing:contact-accept",
        post=NOBODY,
        kwargs={"contact_id": a_contact},
        refusal=404,
        case="nothing",
    ),
    Row(
        "smarketing:contact-tactic",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_in_a_cell},
        data={"version": the_tactics_in_force, "tactic": "call"},
    ),
    Row(
        "smarketing:contact-tactic",
        post=NOBODY,
        kwargs={"contact_id": a_contact},
        data={"version": the_tactics_in_force, "tactic": "call"},
        refusal=422,
        case="that stands elsewhere",
    ),
    Row(
        "smarketing:contact-undo-tactic",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_worked_by, "applied_id": the_tactic_of},
        case="of one's own",
    ),
    Row(
        "smarketing:contact-undo-tactic",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "applied_id": 0},
        refusal=404,
        case="of nothing",
    ),
    Row(
        "smarketing:contact-task",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_with_tasks, "task_id": the_task},
        data={"how": "done"},
    ),
    Row(
        "smarketing:contact-undo-task",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_with_a_task_settled_by, "task_id": the_task_settled_by},
        case="of one's own",
    ),
    Row(
        "smarketing:contact-undo-task",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "task_id": 0},
        refusal=404,
        case="of nothing",
    ),
    Row(
        "smarketing:contact-kind",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_with_tasks, "run_id": the_run},
        data={"kind": "quote"},
    ),
    Row(
        "smarketing:contact-undo",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_moved_by, "transition_id": the_move_of},
        case="of one's own",
    ),
    Row(
        "smarketing:contact-undo",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "transition_id": 0},
        refusal=404,
        case="of nothing",
    ),
    Row(
        "smarketing:contact-undo-decision",
        post=EVERYONE,
        kwargs={"contact_id": a_contact_decided_by, "handoff_id": the_decision_of},
        case="of one's own",
    ),
    Row(
        "smarketing:contact-undo-decision",
        post=NOBODY,
        kwargs={"contact_id": a_contact, "handoff_id": 0},
        refusal=404,
        case="of nothing",
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
    _borrowed("mfa_download_recovery_codes", EVERYONE, visited=False),
]

ACCOUNTS = [
    Row("accounts:settings", get=EVERYONE),
    Row("accounts:preferences", post=EVERYONE, data={"theme": "dark"}),
    Row(
        "accounts:absence-list",
        get=EVERYONE,
        post=EVERYONE,
        data={
            "user": lambda people, who: people[who].pk,
            "first_day": "2099-01-01",
            "last_day": "2099-01-02",
        },
    ),
    Row(
        "accounts:absence-cancel",
        post=only(MANAGER, ADMIN),
        refusal=404,
        kwargs={"absence_id": a_planned_absence},
        case="of somebody else",
    ),
    Row("accounts:person-list", get=EVERYONE),
    Row(
        "accounts:person-new",
        get=only(ADMIN),
        post=only(ADMIN),
        data={"email": "new@smarketing.test", "first_name": "Ana", "last_name": "Almeida", "role": MANAGER},
        opened=True,
    ),
    Row(
        "accounts:person-edit",
        get=only(ADMIN),
        post=only(ADMIN),
        kwargs={"person_id": a_person},
        data={"first_name": "Ana"},
        opened=True,
    ),
    Row("accounts:person-deactivate", post=only(ADMIN), kwargs={"person_id": a_person}),
    Row("accounts:person-reactivate", post=only(ADMIN), kwargs={"person_id": somebody_who_left}),
    Row("accounts:notification-list", get=EVERYONE),
    Row("accounts:notification-read", post=EVERYONE, given=news),
]

AGREEMENTS = [
    Row("agreements:agreement-list", get=EVERYONE),
    Row("agreements:agreement-detail", get=EVERYONE, kwargs={"agreement_id": a_proposed_rule}),
    Row("agreements:agreement-draft", post=NOT_REPS, kwargs={"agreement_id": a_rule_in_force}),
    Row("agreements:agreement-propose", post=NOT_REPS, kwargs={"agreement_id": a_drafted_rule}),
    Row(  # in tests a rep and a marketer may sign
        "agreements:agreement-sign",
        post=only(REP, MARKETER),
        kwargs={"agreement_id": a_proposed_rule},
        data={"hash": what_was_read},
    ),
    Row(
        "agreements:agreement-withdraw",
        post=NOT_REPS,
        kwargs={"agreement_id": a_proposed_rule},
        data={"reason": "Too narrow."},
    ),
    Row(
        "agreements:agreement-decline",
        post=only(REP, MARKETER),
        kwargs={"agreement_id": a_proposed_rule},
        data={"reason": "Too narrow."},
    ),
    Row(
        "agreements:agreement-retire",
        post=NOT_REPS,
        kwargs={"agreement_id": a_procedure_in_force},
        data={"reason": "Nobody works so any more."},
    ),
    Row("agreements:agreement-accept", post=EVERYONE, kwargs={"agreement_id": a_rule_in_force}),
    Row(
        "agreements:agreement-review",
        post=NOT_REPS,
        kwargs={"agreement_id": a_rule_in_force},
        data={"review_on": "2099-01-01"},
    ),
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
        kwargs={"agreement_id": a_disputed_draft, "comment_id": a_disagreement},
        data={"text": "Because."},
    ),
    Row(
        "agreements:agreement-settle",
        post=EVERYONE,
        kwargs={"agreement_id": a_disputed_draft, "comment_id": a_disagreement_of},
        case="of one's own",
    ),
    Row(
        "agreements:agreement-settle",
        post=NOBODY,
        kwargs={"agreement_id": a_disputed_draft, "comment_id": a_disagreement},
        refusal=303,
        case="of somebody else",
    ),
]

LIFECYCLE = [
    Row("lifecycle:term-list", get=EVERYONE),
    Row(
        "lifecycle:term-new",
        get=EVERYONE,
        post=EVERYONE,
        data={"name_en": "A new word", "sentence_en": "What it means."},
        opened=True,
    ),
    Row("lifecycle:term-covering", get=EVERYONE, get_status=MOVES_ON, kwargs={"covers": "stage:mql"}),
    Row("lifecycle:term-detail", get=EVERYONE, kwargs={"slug": a_term}),
    Row(
        "lifecycle:term-edit",
        get=EVERYONE,
        post=EVERYONE,
        kwargs={"slug": a_term},
        data={"sentence_en": "What else it means."},
        opened=True,
    ),
    Row(
        "lifecycle:round-new",
        get=EVERYONE,
        post=EVERYONE,
        kwargs={"slug": a_term},
        data={"people": people_of_both_sides, "until": in_a_week},
    ),
    Row("lifecycle:round-detail", get=EVERYONE, kwargs={"round_id": a_revealed_round}),
    Row("lifecycle:round-write", post=EVERYONE, kwargs={"round_id": a_blind_round}, data={"text": "Mine"}),
    Row(
        "lifecycle:round-write",
        post=NOBODY,
        kwargs={"round_id": a_revealed_round},
        data={"text": "Mine"},
        case="among others",
    ),
    Row("lifecycle:round-vote", post=EVERYONE, kwargs={"round_id": a_vote}, data={"entry": the_text}),
    Row(
        "lifecycle:round-vote",
        post=NOBODY,
        kwargs={"round_id": a_revealed_round},
        data={"entry": the_text},
        case="among others",
    ),
    Row("lifecycle:round-close", post=only(MANAGER, ADMIN), kwargs={"round_id": a_revealed_round}),
    Row("lifecycle:definition-list", get=EVERYONE),
    Row("lifecycle:definition-detail", get=EVERYONE, kwargs={"key": "mql"}),
    Row(
        "lifecycle:definition-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"key": "mql"},
        data={"prose_en": "Ready to talk."},
        opened=True,
    ),
    Row("lifecycle:funnel", get=EVERYONE),
    Row("lifecycle:funnel-edit", get=NOT_REPS, post=NOT_REPS, data={"stage0-name_en": "Reader"}, opened=True),
    Row("lifecycle:status-definition", get=EVERYONE, kwargs={"key": "gone_dark"}),
    Row(
        "lifecycle:status-definition-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"key": "gone_dark"},
        data={"prose_en": "Silent."},
        opened=True,
    ),
    Row(
        "lifecycle:responsibility-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"key": "mql"},
        data={
            "side": "sales",
            "accountable": "owner",
            "owes_en": "A call.",
            "by": "open",
            "revision": "1",
        },
    ),
    Row(
        "lifecycle:field-list",
        get=EVERYONE,
        post=only(MARKETER, ADMIN),
        data={"entity": "contact", "label_en": "Plants", "key": "plants", "type": "number"},
    ),
    Row(
        "lifecycle:field-edit",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        kwargs={"field_id": lambda: FieldFactory.create().pk},
        data={"label_en": "Plants"},
        opened=True,
    ),
    Row("lifecycle:rule-list", get=EVERYONE),
    Row(
        "lifecycle:rule-new",
        get=NOT_REPS,
        post=NOT_REPS,
        data={
            "question_en": "What must be known?",
            "text_en": "The job title.",
            "mode": "warn",
            "event": "deal",
            **A_CRITERION,
        },
    ),
    Row("lifecycle:procedure-list", get=EVERYONE),
    Row(
        "lifecycle:procedure-new",
        get=NOT_REPS,
        post=NOT_REPS,
        data={"name_en": "A trade show", "step0-what_en": "Sales calls."},
        opened=True,
    ),
    Row("lifecycle:procedure-detail", get=EVERYONE, kwargs={"slug": "a-new-mql"}),
    Row("lifecycle:procedure-retired", get=EVERYONE, kwargs={"procedure_id": a_retired_procedure}),
    Row(
        "lifecycle:procedure-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"slug": "a-new-mql"},
        data={"step0-what_en": "Sales calls."},
        opened=True,
    ),
    Row(
        "leads:retention",
        get=only(MANAGER, ADMIN),
        post=only(ADMIN),
        given=somebody_due,
        data={"read": "1", "version": the_retention_rule, "sure": "yes"},
    ),
    Row("leads:deals-missing", get=EVERYONE),
    Row(
        "leads:retention-keep",
        get=only(MANAGER, ADMIN),
        post=only(MANAGER, ADMIN),
        kwargs={"contact_id": a_contact},
        data={"reason": "A complaint", "until": "2099-01-01"},
    ),
    Row("leads:retention-lift", post=only(MANAGER, ADMIN), kwargs={"hold_id": a_kept_contact}),
    Row("leads:rule-cases", get=EVERYONE, kwargs={"key": "regression"}),
    Row("leads:rule-detail", get=EVERYONE, kwargs={"key": "regression"}),
    Row(
        "lifecycle:rule-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"key": "retention"},
        data={"text_en": "Sooner."},
        opened=True,
    ),
    Row(
        "lifecycle:rule-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"key": "distribution"},
        data={"text_en": "By territory."},
        opened=True,
    ),
]

PERSONAS = [
    Row("personas:persona-list", get=EVERYONE),
    Row(
        "personas:persona-new",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        data={"name_en": "Plant manager", "criteria-r-kind": "all"},
    ),
    Row("personas:persona-detail", get=EVERYONE, kwargs={"slug": a_persona}),
    Row(
        "personas:persona-edit",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        kwargs={"slug": a_persona},
        data={"summary_en": "Runs a plant."},
        opened=True,
    ),
]

LEADS = [
    Row("leads:contact-list", get=EVERYONE),
    Row(
        "leads:contact-new",
        get=EVERYONE,
        post=EVERYONE,
        data={"first_name": "Ana", "last_name": "Almeida", "email": "ana@client.test"},
    ),
    Row("leads:contact-filters", get=EVERYONE),
    Row("leads:contact-export", get=NOT_REPS, visited=False),
    Row("leads:writing", get=EVERYONE),
    Row("leads:send-checks", get=NOT_REPS, post=NOT_REPS, data={"asked": "nobody@client.test"}),
    Row("leads:send-check", get=NOT_REPS, kwargs={"check_id": a_send_check}),
    Row("leads:send-check-despite", post=NOT_REPS, kwargs={"check_id": a_send_check}),
    Row("leads:send-check-file", get=NOT_REPS, kwargs={"check_id": a_send_check}, visited=False),
    Row(
        "leads:contact-bulk",
        post=NOT_REPS,
        data={"change": "owner", "owner": a_person, "contact": a_contact},
    ),
    Row("leads:bulk-change", get=NOT_REPS, kwargs={"change_id": a_bulk_change}),
    Row("leads:bulk-stop", post=NOT_REPS, kwargs={"change_id": a_bulk_change}),
    Row("leads:view-save", post=EVERYONE, data={"name": "Hot"}),
    Row("leads:view-drop", post=EVERYONE, kwargs={"view_id": a_view_of}, case="of one's own"),
    Row("leads:view-drop", post=NOBODY, refusal=404, kwargs={"view_id": a_view}, case="of somebody else"),
    Row(
        "leads:deal-new",
        get=only(REP, MANAGER, ADMIN),
        post=only(REP, MANAGER, ADMIN),
        kwargs={"contact_id": a_contact},
        data={"name": "Seats", "amount": "12"},
    ),
    Row("leads:company-list", get=EVERYONE),
    Row("leads:company-detail", get=EVERYONE, kwargs={"company_id": a_company}),
    Row(
        "leads:company-edit",
        get=EVERYONE,
        post=EVERYONE,
        kwargs={"company_id": a_company},
        data={"city": "Lyon"},
        opened=True,
    ),
    Row("leads:deal-board", get=EVERYONE),
    Row("leads:deal-list", get=EVERYONE),
    Row("leads:deal-detail", get=EVERYONE, kwargs={"deal_id": a_deal}),
    Row(
        "leads:deal-edit",
        get=only(REP, MANAGER, ADMIN),
        post=only(REP, MANAGER, ADMIN),
        kwargs={"deal_id": a_deal},
        data={"name": "Seats", "amount": "12", "version": "1"},
    ),
    Row("leads:deal-move", post=only(REP, MANAGER, ADMIN), kwargs={"deal_id": a_deal}, data={"to": "quote"}),
    Row("leads:deal-reopen", post=only(REP, MANAGER, ADMIN), kwargs={"deal_id": a_closed_deal}),
    Row("leads:campaign-list", get=EVERYONE),
    Row(
        "leads:campaign-new",
        get=NOT_REPS,
        post=NOT_REPS,
        data={"name": "Fair", "source": a_source, "cost": "12"},
    ),
    Row("leads:campaign-detail", get=EVERYONE, kwargs={"campaign_id": a_campaign}),
    Row(
        "leads:campaign-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"campaign_id": a_campaign},
        data={"cost": "12"},
        opened=True,
    ),
]

IMPORTS = [
    Row("leads:quiz-start", post=EVERYONE, kwargs={"slug": the_lead}, given=a_border),
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
        data={"email": "ana@client.test"},
        refusal=404,
    ),
    Row(
        "leads:quarantine-discard",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"quarantined_id": a_quarantined_person},
        refusal=404,
    ),
    Row("leads:import-list", get=NOT_REPS, post=NOT_REPS, data={"file": a_file}),
    Row("leads:import-detail", get=NOT_REPS, kwargs={"import_id": an_import}),
    Row(
        "leads:import-columns",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"import_id": an_uploaded_file},
        visited=False,
        opened=True,
    ),
    Row(
        "leads:import-columns",
        get=NOT_REPS,
        post=NOT_REPS,
        get_status=MOVES_ON,
        kwargs={"import_id": an_import},
        unchanged="it has come in",
        case="done",
    ),
    Row(
        "leads:import-check",
        get=NOT_REPS,
        post=NOT_REPS,
        get_status=MOVES_ON,  # until it was checked
        kwargs={"import_id": a_mapped_file},
        visited=False,
    ),
    Row(
        "leads:import-check",
        get=NOT_REPS,
        post=NOT_REPS,
        get_status=MOVES_ON,
        kwargs={"import_id": an_import},
        unchanged="it has come in",
        case="done",
    ),
    Row("leads:import-start", post=NOT_REPS, kwargs={"import_id": a_mapped_file}),
    Row("leads:import-stop", post=NOT_REPS, kwargs={"import_id": a_running_import}),
    Row("leads:import-undo", get=NOT_REPS, post=NOT_REPS, kwargs={"import_id": an_import_to_undo}),
    Row("leads:import-drop", post=NOT_REPS, kwargs={"import_id": an_uploaded_file}),
    Row("leads:import-rows", get=NOT_REPS, kwargs={"import_id": an_import}),
    Row("leads:import-refused", get=NOT_REPS, kwargs={"import_id": an_import}, visited=False),
]

SCORING = [
    Row("leads:tactics", get=EVERYONE),
    Row("leads:tactics-cell", get=EVERYONE, kwargs={"cell": "target_ready"}),
    Row("leads:tactics-cell", get=NOBODY, kwargs={"cell": "nowhere"}, refusal=404, case="that is none"),
    Row(
        "leads:tactics-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"cell": "target_ready"},
        data={"step0-what_en": "Call on the same day."},
        opened=True,
    ),
    Row(
        "leads:tactics-contacts",
        get=EVERYONE,
        kwargs={"cell": "target_ready", "tactic": "call"},
        query={"who": "applied"},
    ),
    Row("leads:playbooks", get=EVERYONE),
    Row("leads:playbook", get=EVERYONE, kwargs={"stage": "sql"}),
    Row("leads:playbook", get=NOBODY, kwargs={"stage": "nowhere"}, refusal=404, case="that is none"),
    Row(
        "leads:playbook-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"stage": "sql"},
        data={"step0-what_en": "Call on the same day."},
        opened=True,
    ),
    Row("leads:playbook-contacts", get=EVERYONE, kwargs={"stage": "sql"}, query={"who": "past"}),
    Row("leads:scoring", get=EVERYONE),
    Row("leads:counted", get=EVERYONE, kwargs={"agreement_id": a_drafted_definition, "figure": "would"}),
    Row("leads:published", get=EVERYONE, kwargs={"key": "mql", "number": a_published_definition}),
    Row("leads:replay", get=EVERYONE, post=NOT_REPS, kwargs={"key": "mql"}, data={"months": "3"}),
    Row(
        "leads:replay-contacts",
        get=EVERYONE,
        kwargs={"key": "mql", "replay_id": lambda: ReplayFactory.create().pk},
    ),
    Row(
        "leads:status-replay", get=EVERYONE, post=NOT_REPS, kwargs={"key": "gone_dark"}, data={"months": "3"}
    ),
    Row(
        "leads:status-replay-contacts",
        get=EVERYONE,
        kwargs={"key": "gone_dark", "replay_id": lambda: StatusReplayFactory.create().pk},
    ),
    Row("leads:scoring-version", get=EVERYONE, kwargs={"number": 1}),
    Row(
        "leads:scoring-edit",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        data={"fit_threshold": "70"},
        opened=True,
    ),
    Row(
        "leads:scoring-fit-rule-new",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        data={"label_en": "Has a job", "effect": "points", "points": "5", "revision": "1", **A_CRITERION},
    ),
    Row(
        "leads:scoring-engagement-rule-new",
        get=only(MARKETER, ADMIN),
        post=only(MARKETER, ADMIN),
        data={
            "label_en": "Met twice",
            "effect": "points",
            "points": "5",
            "kind": "event_met",
            "revision": "1",
        },
    ),
]

SLA = [
    Row("sla:queue", get=SELLERS),
    Row("sla:tasks", get=SELLERS),
    Row("sla:task-settle", post=SELLERS, kwargs={"task_id": a_task}, data={"how": "done"}),
    Row("sla:task-undo", post=SELLERS, kwargs={"task_id": a_task_settled_by}),
    Row("sla:accept", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}),
    Row("sla:reject", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}, data={"reason": "fit"}),
    Row("sla:recycle", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}, data={"recontact_on": in_a_week}),
    Row("sla:undo", post=SELLERS, kwargs={"handoff_id": a_lead_decided_by}),
    Row("sla:log", post=SELLERS, kwargs={"handoff_id": a_waiting_lead}, data={"outcome": "spoke"}),
    Row(
        "sla:assign",
        post=only(MANAGER, ADMIN),
        kwargs={"handoff_id": a_waiting_lead},
        data={"rep": a_person},
    ),
    Row(
        "sla:breach",
        get=EVERYONE,
        post=SELLERS,
        kwargs={"breach_id": a_breach_of_the_rep},
        data={"cause": "absent"},
    ),
    Row(
        "sla:contract-edit",
        get=only(MARKETER, MANAGER),
        post=only(MARKETER, MANAGER),
        opened=True,
    ),
    Row(
        "sla:seat-list",
        get=only(MANAGER, ADMIN),
        post=only(MANAGER, ADMIN),
        data=lambda people: {
            f"seen-{people[REP].pk}": "20 1 1",
            f"cap-{people[REP].pk}": "5",
            f"share-{people[REP].pk}": "2",
        },
    ),
    Row("sla:contract-version", get=EVERYONE, kwargs={"number": 1}),
]

REPORTING = [
    Row("reporting:cockpit", get=EVERYONE),
    Row("reporting:contract", get=EVERYONE),
    Row("reporting:records", get=EVERYONE, kwargs={"figure": "won"}),
    Row("reporting:parts", get=EVERYONE, kwargs={"figure": "cost"}),
    Row("reporting:export", get=EVERYONE, visited=False),
    Row(
        "reporting:objectives",
        get=only(MANAGER, ADMIN),
        post=only(MANAGER, ADMIN),
        data={a_month_to_come(): "100"},
    ),
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
    Row("reporting:plan-today", get=EVERYONE),
    Row(
        "reporting:plan-new",
        get=NOT_REPS,
        post=NOT_REPS,
        data={"aim_en": "Fewer leads, called sooner."},
        opened=True,
    ),
    Row("reporting:plan", get=EVERYONE, kwargs={"plan_id": a_plan}),
    Row(
        "reporting:plan-edit",
        get=NOT_REPS,
        post=NOT_REPS,
        kwargs={"plan_id": a_plan},
        data={"aim_en": "Fewer leads, called sooner."},
        opened=True,
    ),
    Row("reporting:desk", get=NOT_REPS),
    Row(
        "reporting:desk-answer",
        post=NOT_REPS,
        kwargs={"handoff_id": a_refused_lead},
        data={"answer": "We ask."},
    ),
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
