"""The contract and its clauses, calendars, seats of reps, handoffs, clocks and breaches."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Side, User
from agreements.models import AgreedVersion, State
from leads.models import Contact, Touchpoint, Transition
from lifecycle.models import in_reader_language


class ContractVersionQuerySet(models.QuerySet["ContractVersion"]):
    def in_force(self) -> ContractVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> ContractVersionQuerySet:
        return self if user.is_active else self.none()


class ContractVersion(AgreedVersion):
    """One version of the two-sided contract; agreement subject `contract`. Its period is the calendar month."""

    preamble_en = models.TextField(blank=True)
    preamble_fr = models.TextField(blank=True)

    objects = ContractVersionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"v{self.agreement.number}"

    @property
    def preamble(self) -> str:
        return in_reader_language(self.preamble_en, self.preamble_fr)

    def content(self) -> dict[str, object]:
        return {
            "preamble_en": self.preamble_en,
            "preamble_fr": self.preamble_fr,
            "clauses": [clause.content() for clause in self.clauses.order_by("side", "position")],
            "calendars": [calendar.content() for calendar in self.calendars.order_by("key")],
        }


class Metric(models.TextChoices):
    """What a clause measures; the formula of each stands in docs/metrics.md."""

    MQL_DELIVERED = "mql_delivered", _("MQL delivered")
    MQL_ACCEPTED = "mql_accepted", _("Accepted by sales")
    REFUSALS_ANSWERED = "refusals_answered", _("Refusals answered")
    FIRST_CONTACT = "first_contact", _("Contacted in time")
    ATTEMPTS = "attempts", _("Attempts before gone dark")
    REFUSAL_REASON = "refusal_reason", _("Every refusal has a reason")


class Clause(models.Model):
    """One promise of one side.

    `target`: a count for a volume, a rate in 0–1 otherwise. `parameters` by metric: first_contact has
    `budget_minutes` and `budget_minutes_request` (working), attempts `count` and `days`, refusals_answered `days`.
    """

    contract = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="clauses")
    side = models.CharField(max_length=10, choices=Side.choices)
    position = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=20, choices=Metric.choices)
    target = models.DecimalField(max_digits=10, decimal_places=4)
    parameters = models.JSONField(default=dict, blank=True)
    text_en = models.CharField(_("text in English"), max_length=300)
    text_fr = models.CharField(_("text in French"), max_length=300, blank=True)

    class Meta:
        ordering = ("side", "position")
        constraints = (
            models.UniqueConstraint(fields=("contract", "metric"), name="clause_metric_once"),
            models.UniqueConstraint(fields=("contract", "side", "position"), name="clause_position_once"),
            models.CheckConstraint(condition=Q(target__gte=0), name="clause_target_not_negative"),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_reader_language(self.text_en, self.text_fr)

    def content(self) -> dict[str, object]:
        return {
            "side": self.side,
            "position": self.position,
            "metric": self.metric,
            "target": str(self.target.normalize()),
            "parameters": self.parameters,
            "text_en": self.text_en,
            "text_fr": self.text_fr,
        }


class Calendar(models.Model):
    """Working hours of one contract version.

    `slots`: seven lists, Monday first, of ["08:30", "12:30"] pairs. `closed_days` and `extra_days`: ISO days
    beyond the public holidays of `country` and `subdivision`; an extra day works although it is a holiday.
    """

    contract = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="calendars")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64)
    country = models.CharField(_("country"), max_length=2, blank=True)
    subdivision = models.CharField(_("region"), max_length=10, blank=True)
    slots = models.JSONField()
    closed_days = models.JSONField(default=list, blank=True)
    extra_days = models.JSONField(default=list, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("contract", "key"), name="calendar_key_once"),
            models.UniqueConstraint(
                fields=("contract",), condition=Q(is_default=True), name="calendar_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, object]:
        names = ("key", "name", "time_zone", "country", "subdivision", "slots", "closed_days", "extra_days")
        return {name: getattr(self, name) for name in names}


class Seat(models.Model):
    """A rep's place in the distribution: how many a day at most, and how far ahead of or behind the others.

    `served` is the weighted count of leads taken; the least served present rep below the cap is next.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="seat")
    daily_cap = models.PositiveSmallIntegerField(_("leads a day at most"), default=20)
    weight = models.PositiveSmallIntegerField(
        _("share"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    served = models.FloatField(default=0)
    is_active = models.BooleanField(_("takes leads"), default=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(weight__gte=1), name="seat_weight_positive"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.daily_cap}/d"


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, user: User) -> HandoffQuerySet:
        """A rep sees their own and the overflow; the others see all."""
        if not user.is_active:
            return self.none()
        if user.role != Role.REP:
            return self
        return self.filter(Q(rep=user) | Q(rep=None))

    def open(self) -> HandoffQuerySet:
        """Not decided yet: waiting for a rep, or for the rep's decision."""
        return self.filter(state__in=(Handoff.State.WAITING, Handoff.State.ASSIGNED))

    def of_rep(self, user: User) -> HandoffQuerySet:
        return self.filter(rep=user)


class Handoff(models.Model):
    """One entry into MQL handed from marketing to sales; derived from its transition, one to one."""

    class State(models.TextChoices):
        WAITING = "waiting", _("without an owner")
        ASSIGNED = "assigned", _("assigned")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("refused")
        RECYCLED = "recycled", _("recycled")
        CLOSED = "closed", _("closed")

    class Lane(models.TextChoices):
        STANDARD = "standard", _("MQL")
        REQUEST = "request", _("demo or contact request")

    class RejectReason(models.TextChoices):
        FIT = "fit", _("Out of target")
        INTENT = "intent", _("No project")
        TIMING = "timing", _("Not now")
        DATA = "data", _("Wrong or missing data")
        DUPLICATE = "duplicate", _("Already known")
        COMPETITOR = "competitor", _("A competitor or a supplier")

    transition = models.OneToOneField(Transition, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="handoffs")
    contract = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    lane = models.CharField(max_length=10, choices=Lane.choices, default=Lane.STANDARD)
    entered_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="handoffs")
    assigned_at = models.DateTimeField(null=True, blank=True)
    routing = models.JSONField(default=dict, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reject_reason = models.CharField(max_length=12, choices=RejectReason.choices, blank=True)
    note = models.TextField(blank=True)
    recontact_on = models.DateField(null=True, blank=True)
    answer = models.TextField(_("marketing's answer"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ("entered_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("contact",), condition=Q(state__in=("waiting", "assigned")), name="handoff_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(rep__isnull=False, assigned_at__isnull=False),
                name="handoff_assigned_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "assigned"), decided_at=None)
                | (~Q(state__in=("waiting", "assigned")) & Q(decided_at__isnull=False)),
                name="handoff_decided_when_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reject_reason=""), name="handoff_refused_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(state="rejected"), name="handoff_answer_needs_refusal"
            ),
        )
        indexes = (
            models.Index(fields=("rep", "entered_at"), condition=Q(state="assigned"), name="handoff_queue"),
            models.Index(fields=("entered_at",), condition=Q(state="waiting"), name="handoff_overflow"),
            models.Index(fields=("entered_at",), name="handoff_period"),
            models.Index(fields=("decided_at",), name="handoff_decided"),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} {self.state}"


class ClockQuerySet(models.QuerySet["Clock"]):
    def visible_to(self, user: User) -> ClockQuerySet:
        return self.filter(handoff__in=Handoff.objects.visible_to(user))

    def running(self) -> ClockQuerySet:
        return self.filter(stopped_at=None)

    def overdue(self, *, at: datetime) -> ClockQuerySet:
        """Still running although the deadline has passed."""
        return self.running().filter(due_at__lte=at)


class Clock(models.Model):
    """A promise to one lead that runs in working time; keeps the contract and calendar it started with.

    `budget_minutes` are working minutes, `used_minutes` those that had passed when it stopped.
    `breached_at` is the due moment, never the moment of the sweep.
    """

    class Kind(models.TextChoices):
        FIRST_CONTACT = "first_contact", _("First contact")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.FIRST_CONTACT)
    contract = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    budget_minutes = models.PositiveIntegerField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    stop_reason = models.CharField(max_length=20, blank=True)
    used_minutes = models.PositiveIntegerField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ("due_at",)
        constraints = (
            models.UniqueConstraint(fields=("handoff", "kind"), name="clock_once"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="clock_due_after_start"),
            models.CheckConstraint(condition=Q(warn_at__lte=F("due_at")), name="clock_warns_before_due"),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(breached_at=F("due_at")), name="clock_breached_when_due"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")),
                name="clock_stops_after_start",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), condition=Q(stopped_at=None, breached_at=None), name="clock_to_breach"
            ),
            models.Index(
                fields=("warn_at",),
                condition=Q(stopped_at=None, breached_at=None, warned_at=None),
                name="clock_to_warn",
            ),
            models.Index(fields=("started_at",), condition=Q(stopped_at=None), name="clock_running"),
        )

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"


class Breach(models.Model):
    """A deadline that passed, once, with its one primary cause; the facts show how the cause was found."""

    class Cause(models.TextChoices):
        ROUTED_LATE = "routed_late", _("Handed over late")
        OVER_CAPACITY = "over_capacity", _("Over capacity")
        ABSENT = "absent", _("Owner absent")
        BAD_DATA = "bad_data", _("Contact data wrong")
        OUT_OF_GRID = "out_of_grid", _("Outside the definition")
        LATE = "late", _("Late")

    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="breach")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=14, choices=Cause.choices)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "breaches"
        indexes = (models.Index(fields=("-at",), name="breach_newest"),)

    def __str__(self) -> str:
        return f"{self.cause} {self.at:%Y-%m-%d %H:%M}"
