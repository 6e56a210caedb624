"""Handoffs from marketing to sales, and the seats of the reps among whom they are dealt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, FilteredRelation, Q, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.models import Contact, Transition
from sla.models.contracts import ContractVersion

if TYPE_CHECKING:
    from sla.models.clocks import Clock


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, user: User) -> SeatQuerySet:
        """A rep sees their own; managers and administrators, who set them, see all."""
        if not user.is_active:
            return self.none()
        return self if user.has_role(Role.MANAGER, Role.ADMIN) else self.filter(user=user)


class Seat(models.Model):
    """A rep's place in the distribution: how many a day at most, and when they were last served.

    `turn` is the one of sla/distribution.py; empty before the first lead.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="seat")
    daily_cap = models.PositiveSmallIntegerField(_("leads a day at most"), default=20)
    weight = models.PositiveSmallIntegerField(
        _("share"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    turn = models.BigIntegerField(null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("takes leads"), default=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(weight__gte=1), name="seat_weight_positive"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.daily_cap}/d"


_FAST_LANE_FIRST = (Case(When(lane="request", then=0), default=1), "entered_at", "pk")


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, user: User) -> HandoffQuerySet:
        """A rep sees their own and the overflow; the others see all. Nobody sees whose contact was deleted."""
        if not user.is_active:
            return self.none()
        known = self.filter(contact__deleted_at=None)
        if user.role != Role.REP:
            return known
        return known.filter(Q(rep=user) | Q(rep=None))

    def open(self) -> HandoffQuerySet:
        """Not decided yet: waiting for a rep, or for the rep's decision."""
        open_states = (Handoff.State.WAITING, Handoff.State.ASSIGNED)
        return self.filter(state__in=open_states, contact__deleted_at=None)

    def waiting(self) -> HandoffQuerySet:
        """Without a rep: new, or in the overflow queue. Requests first, then the oldest."""
        waiting = self.filter(state=Handoff.State.WAITING, contact__deleted_at=None)
        return waiting.order_by(*_FAST_LANE_FIRST)

    def of_rep(self, user: User) -> HandoffQuerySet:
        return self.filter(rep=user)

    def to_contact(self, user: User) -> HandoffQuerySet:
        """Of this rep, accepted already or not, and nobody has reached the contact yet. Most urgent first."""
        return self._in_queue_of(user, Handoff.State.ASSIGNED, Handoff.State.ACCEPTED).filter(
            first_contact__pk__isnull=False,  # type: ignore[misc]  # joined by _in_queue_of
            first_contact__stopped_at=None,
        )

    def to_decide(self, user: User) -> HandoffQuerySet:
        """Of this rep, reached or never promised a contact: to be accepted, refused or recycled."""
        reached = Q(first_contact__stopped_at__isnull=False) | Q(first_contact__pk=None)
        return self._in_queue_of(user, Handoff.State.ASSIGNED).filter(reached, contact__recontact_on=None)

    def coming_back(self, user: User) -> HandoffQuerySet:
        """Of this rep, reached, with a day to come back: asked for by the contact, or recycled. By day."""
        reached = Q(first_contact__stopped_at__isnull=False) | Q(first_contact__pk=None)
        return (
            self._in_queue_of(user, Handoff.State.ASSIGNED, Handoff.State.RECYCLED)
            .filter(reached, contact__recontact_on__isnull=False, contact__owner=user)
            .order_by("contact__recontact_on", "pk")
        )

    def _in_queue_of(self, user: User, *states: str) -> HandoffQuerySet:
        return self.with_first_contact().of_rep(user).filter(state__in=states).most_urgent_first()

    def with_first_contact(self) -> HandoffQuerySet:
        """Joins the clock as `first_contact`; NULL where the contract promises nothing."""
        return self.annotate(
            first_contact=FilteredRelation("clocks", condition=Q(clocks__kind="first_contact"))
        )

    def most_urgent_first(self) -> HandoffQuerySet:
        """By deadline, then by score; needs `with_first_contact`."""
        return self.order_by(
            F("first_contact__due_at").asc(nulls_last=True),
            F("contact__score__engagement").desc(nulls_last=True),
            F("contact__score__fit").desc(nulls_last=True),
            "pk",
        )

    def for_queue(self) -> HandoffQuerySet:
        """Page-ready rows: contact with company and score, entry, and clocks with their calendar. Two queries."""
        return self.select_related(
            "contact__company", "contact__score", "contact__stage", "transition__definition__agreement", "rep"
        ).prefetch_related("clocks__calendar")


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
            models.Index(
                fields=("decided_at",),
                condition=Q(state="rejected", answered_at=None),
                name="handoff_to_answer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} {self.state}"

    @property
    def clock(self) -> Clock | None:
        """The first-contact clock; prefetch `clocks` where many are shown."""
        return next((clock for clock in self.clocks.all() if clock.kind == "first_contact"), None)
