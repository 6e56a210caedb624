"""Versions of whatever the teams sign, from draft to superseded; knows nothing of what a version says."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from accounts.visibility import OpenQuerySet
from agreements.content import content_hash
from agreements.resting import resting


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("proposed")
    IN_FORCE = "in_force", _("in force")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DECLINED = "declined", _("declined")
    RETIRED = "retired", _("retired")


OPEN = (State.DRAFT, State.PROPOSED)
STANDING = (State.IN_FORCE, State.RETIRED)
"""The last that both sides have signed: what holds, or that nothing does any more."""
ENDED = (State.WITHDRAWN, State.DECLINED)
"""Ended without ever having been in force: taken back by those who draft, or refused by somebody who signs."""


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, user: User) -> AgreementQuerySet:
        """Everybody reads every agreement."""
        return self if user.is_active else self.none()

    def of(self, subject: str) -> AgreementQuerySet:
        return self.filter(subject=subject)

    def in_force(self) -> AgreementQuerySet:
        return self.filter(state=State.IN_FORCE)

    def standing(self) -> AgreementQuerySet:
        """What both sides signed last: in force, or retired. At most one a subject."""
        return self.filter(state__in=STANDING)

    def open(self) -> AgreementQuerySet:
        return self.filter(state__in=OPEN)

    def signed_by_both(self) -> AgreementQuerySet:
        """Somebody of each side has signed, whatever happened after."""
        by = [Exists(Signature.objects.filter(agreement=OuterRef("pk"), side=side)) for side in Side.values]
        return self.filter(*by)

    def in_use(self) -> AgreementQuerySet:
        """Without those that rest, because what they are about is not in use."""
        return self.exclude(resting())

    def starting(self, *, at: datetime) -> AgreementQuerySet:
        """Signed by both sides, and the moment they agreed on has come."""
        return self.filter(state=State.PROPOSED, starts_at__lte=at).signed_by_both()

    def overdue_for_review(self, *, on: date) -> AgreementQuerySet:
        """In force although the day to look at it again has come; without a day, or at rest, nothing is overdue."""
        return self.in_force().in_use().filter(review_on__lte=on)

    def agreed_on(self) -> AgreementQuerySet:
        """In force by signatures, and in use. What a new installation starts with was agreed on by nobody: it is not to
        be read."""
        return self.in_force().in_use().filter(Exists(Signature.objects.filter(agreement=OuterRef("pk"))))

    def not_accepted_by(self, user: User) -> AgreementQuerySet:
        """Neither signed nor read and accepted by the person."""
        ways = (Signature, Acknowledgement)
        mine = [Exists(way._default_manager.filter(agreement=OuterRef("pk"), user=user)) for way in ways]
        return self.exclude(mine[0] | mine[1])

    def for_list(self) -> AgreementQuerySet:
        """With who drafted it and who has signed; two queries."""
        return self.select_related("drafted_by__team").prefetch_related("signatures__user__team")

    def to_sign_by(self, user: User) -> AgreementQuerySet:
        """Proposed versions in use that still lack the signature of the person's side; none without the right."""
        if not (user.may_sign and user.team):
            return self.none()
        signed = Signature.objects.filter(agreement=models.OuterRef("pk"), side=user.team.side)
        return self.filter(state=State.PROPOSED).in_use().filter(~models.Exists(signed))


class Agreement(models.Model):
    """One version of one thing. `subject` names the thing ("stage:mql", "scoring", "contract", "term:12").

    A version that `retires` the thing says that its text holds no longer, and in `note` why; signed by both sides it
    stands retired, never in force, until a later version comes into force.

    `held_since`: the agreed moment has come, and something that came in the way keeps it from coming into force.
    """

    subject = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    retires = models.BooleanField(default=False)
    note = models.TextField(_("what changes and why"), blank=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    drafted_at = models.DateTimeField(db_default=Now())
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())
    revision = models.PositiveIntegerField(default=1)
    proposed_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    starts_at = models.DateTimeField(_("in force from"), null=True, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
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
                fields=("subject",), condition=Q(state__in=STANDING), name="agreement_one_standing"
            ),
            models.UniqueConstraint(
                fields=("subject",),
                condition=Q(state__in=OPEN),
                name="agreement_one_open_draft",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="agreement_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=(*STANDING, State.SUPERSEDED))
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
            models.CheckConstraint(
                condition=Q(in_force_from=None) | Q(starts_at=None) | Q(in_force_from__gte=F("starts_at")),
                name="agreement_starts_when_agreed",
            ),
            models.CheckConstraint(
                condition=Q(held_since=None) | Q(starts_at__isnull=False, held_since__gte=F("starts_at")),
                name="agreement_held_from_its_start",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ENDED) | (Q(closed_at__isnull=False) & ~Q(close_reason="")),
                name="agreement_ended_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.RETIRED) | Q(retires=True), name="agreement_retired_by_its_words"
            ),
            models.CheckConstraint(
                condition=Q(retires=False)
                | (~Q(state__in=(State.DRAFT, State.IN_FORCE)) & ~Q(note="") & ~Q(content_hash="")),
                name="agreement_retirement_says_why",
            ),
            ExclusionConstraint(
                name="agreement_one_in_force_at_any_moment",
                expressions=(
                    ("subject", RangeOperators.EQUAL),
                    (
                        Func(
                            "in_force_from",
                            "in_force_until",
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                condition=Q(in_force_from__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} v{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def is_overdue_for_review(self, *, on: date) -> bool:
        """As `overdue_for_review`, of one that is in use."""
        return self.state == State.IN_FORCE and self.review_on is not None and self.review_on <= on


class Writing(models.Model):
    """A person wrote on a draft, `saves` times in all."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="writings", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saves = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = OpenQuerySet["Writing"].as_manager()

    class Meta:
        ordering = ("first_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "user"), name="writing_once_a_person"),
            models.CheckConstraint(
                condition=Q(saves__gt=0, last_at__gte=F("first_at")), name="writing_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} on {self.agreement_id}"


class Signature(models.Model):
    """A person of one side agreed to exactly this content."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    content_hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    objects = OpenQuerySet["Signature"].as_manager()

    class Meta:
        ordering = ("signed_at",)
        constraints = (
            models.UniqueConstraint(fields=("agreement", "user"), name="signature_once_a_person"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="signature_side_known"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} for {self.side}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> CommentQuerySet:
        """Everybody reads what was said about an agreement."""
        return self if user.is_active else self.none()

    def first_words(self) -> CommentQuerySet:
        """Without the answers."""
        return self.filter(answers=None)

    def unsettled(self) -> CommentQuerySet:
        """Disagreements that nobody has settled yet, answered or not: they block proposing and signing."""
        return self.filter(is_disagreement=True, settlement=None)

    def for_page(self) -> CommentQuerySet:
        """With who wrote, answered and settled, oldest first; two queries."""
        replies = Comment.objects.select_related("author__team").order_by("written_at", "pk")
        return self.select_related("author__team", "settlement__settled_by__team").prefetch_related(
            models.Prefetch("replies", replies)
        )


class Comment(models.Model):
    """What somebody said of a draft or a proposal, never edited; a new thought is a new row.

    `section` is the English label of the part it is about, empty for the whole; `answers` the comment it replies to.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    section = models.CharField(max_length=200, blank=True)
    text = models.TextField(_("comment"))
    is_disagreement = models.BooleanField(default=False)
    answers = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    written_at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("written_at", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(answers=None) | Q(is_disagreement=False), name="comment_answer_is_no_disagreement"
            ),
        )

    def __str__(self) -> str:
        return f"{self.author_id} on {self.agreement_id}"


class Settlement(models.Model):
    """The end of a disagreement: its author let it go, or somebody of the other side settled it by an answer."""

    comment = models.OneToOneField(Comment, on_delete=models.PROTECT, related_name="settlement")
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Comment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField()

    objects = OpenQuerySet["Settlement"].as_manager()

    def __str__(self) -> str:
        return f"{self.comment_id} by {self.settled_by_id}"


class Acknowledgement(models.Model):
    """A person has read a version in force and accepted to work by it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="acknowledgements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    objects = OpenQuerySet["Acknowledgement"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("agreement", "user"), name="acknowledgement_once_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} of {self.agreement_id}"


class AgreedVersion(models.Model):
    """The content of one version; subclasses add what it says and answer `content()` for the hash."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """What it says, as plain JSON values."""
        raise NotImplementedError  # each subclass says what its signers read

    @property
    def fingerprint(self) -> str:
        """Of what is signed: the content and, where it is retired, that it is and why."""
        retired = {"retires": self.agreement.note} if self.agreement.retires else {}
        return content_hash({**self.content(), **retired})

    @property
    def untranslated(self) -> list[str]:
        """The languages whose columns lack something that the other's say. No query."""
        names = {field.attname for field in self._meta.concrete_fields}
        said = [
            (getattr(self, name), getattr(self, f"{name[:-3]}_fr"))
            for name in sorted(names)
            if name.endswith("_en") and f"{name[:-3]}_fr" in names
        ]
        lacks = {"en": any(fr and not en for en, fr in said), "fr": any(en and not fr for en, fr in said)}
        return [language for language, missing in lacks.items() if missing]
