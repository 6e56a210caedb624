"""Versions of whatever the teams sign, from draft to superseded; knows nothing of what a version says."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("proposed")
    IN_FORCE = "in_force", _("in force")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, user: User) -> AgreementQuerySet:
        """Everybody reads every agreement."""
        return self if user.is_active else self.none()

    def of(self, subject: str) -> AgreementQuerySet:
        return self.filter(subject=subject)

    def in_force(self) -> AgreementQuerySet:
        return self.filter(state=State.IN_FORCE)

    def open(self) -> AgreementQuerySet:
        return self.filter(state__in=(State.DRAFT, State.PROPOSED))

    def for_list(self) -> AgreementQuerySet:
        """With who drafted it and who has signed; two queries."""
        return self.select_related("drafted_by__team").prefetch_related("signatures__user__team")

    def to_sign_by(self, user: User) -> AgreementQuerySet:
        """Proposed versions that still lack the signature of the person's side; none without the right."""
        if not (user.may_sign and user.team):
            return self.none()
        signed = Signature.objects.filter(agreement=models.OuterRef("pk"), side=user.team.side)
        return self.filter(state=State.PROPOSED).filter(~models.Exists(signed))


class Agreement(models.Model):
    """One version of one thing. `subject` names the thing ("stage:mql", "scoring", "contract", "term:12")."""

    subject = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    note = models.TextField(_("what changes and why"), blank=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    drafted_at = models.DateTimeField(db_default=Now())
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())
    revision = models.PositiveIntegerField(default=1)
    proposed_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_until = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(_("review date"), null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(_("why it was ended"), blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ("subject", "-number")
        constraints = (
            models.UniqueConstraint(fields=("subject", "number"), name="agreement_number_once"),
            models.UniqueConstraint(
                fields=("subject",), condition=Q(state=State.IN_FORCE), name="agreement_one_in_force"
            ),
            models.UniqueConstraint(
                fields=("subject",),
                condition=Q(state__in=(State.DRAFT, State.PROPOSED)),
                name="agreement_one_open_draft",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="agreement_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=(State.IN_FORCE, State.SUPERSEDED))
                | (Q(in_force_from__isnull=False) & ~Q(content_hash="")),
                name="agreement_in_force_is_dated_and_hashed",
            ),
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(in_force_until__gte=F("in_force_from")),
                name="agreement_force_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SUPERSEDED) | Q(in_force_until__isnull=False),
                name="agreement_superseded_is_dated",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} v{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in (State.DRAFT, State.PROPOSED)


class Signature(models.Model):
    """A person of one side agreed to exactly this content."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    content_hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("signed_at",)
        constraints = (
            models.UniqueConstraint(fields=("agreement", "user"), name="signature_once_a_person"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="signature_side_known"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} for {self.side}"


class AgreedVersion(models.Model):
    """The content of one version; subclasses add what it says and answer `content()` for the hash."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """What is signed, as plain JSON values; the hash is taken over it."""
        raise NotImplementedError  # each subclass says what its signers read
