"""People, their side, their absences, what they are told and what leaves the house; knows no contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.visibility import OpenQuerySet
from lib import emails
from lib.emails_sql import spelled_once


class Side(models.TextChoices):
    """The two sides of every agreement."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Role(models.TextChoices):
    """What a person comes here to do; decides the home page and the rights."""

    REP = "rep", _("Sales rep")
    MARKETER = "marketer", _("Marketer")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    FRENCH = "fr", "Français"


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Team(models.Model):
    """A team of one side; a company may have several on each."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)

    objects = OpenQuerySet["Team"].as_manager()

    class Meta:
        ordering = ("side", "name")
        constraints = (models.CheckConstraint(condition=Q(side__in=Side.values), name="team_side_known"),)

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> UserQuerySet:
        """Colleagues: everyone signed in sees who works here."""
        return self if user.is_active else self.none()

    def of_side(self, side: str) -> UserQuerySet:
        """Members of any team of that side; people without a team belong to none."""
        return self.filter(team__side=side)

    def present(self, *, at: datetime) -> UserQuerySet:
        """Without an absence that covers the moment."""
        away = Absence.objects.filter(user=models.OuterRef("pk"), starts_at__lte=at, ends_at__gt=at)
        return self.filter(~models.Exists(away))

    def signing_for(self, side: str) -> UserQuerySet:
        """Active people who have the right to sign for that side."""
        return self.active().filter(team__side=side, may_sign=True)


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail; Django's own commands call these two by name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """ValueError when `email` is no address. Costs one insert."""
        user: User = self.model(email=emails.normalised(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{"role": Role.ADMIN, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.REP)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    may_sign = models.BooleanField(_("may sign for the team"), default=False)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    single_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1)
    is_new = models.BooleanField(default=False, db_default=False, editable=False)
    """Invited, and not shown their part yet: it comes first, once."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = ("last_name", "first_name")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            spelled_once("email", name="user_email_spelled_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        )

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:2].upper()

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    @property
    def side(self) -> str | None:
        """The side of the person's team; None for someone of both sides. Reads `team` (select it)."""
        return self.team.side if self.team else None

    def has_role(self, *roles: str) -> bool:
        return self.role in roles


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, user: User) -> AbsenceQuerySet:
        """Colleagues know who is away."""
        return self if user.is_active else self.none()

    def kept_by(self, user: User) -> AbsenceQuerySet:
        """One's own; a manager or an administrator keeps everybody's."""
        return self if user.has_role(Role.MANAGER, Role.ADMIN) else self.filter(user=user)

    def not_over(self, *, at: datetime) -> AbsenceQuerySet:
        return self.filter(ends_at__gt=at)


class Absence(models.Model):
    """A span in which a person takes no new leads; half-open."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    note = models.CharField(_("note"), max_length=120, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at",)
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"),
            ExclusionConstraint(
                name="absence_no_overlap",
                expressions=(
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            "starts_at",
                            "ends_at",
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> NotificationQuerySet:
        return self.filter(user=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing one person is told once; worded in the reader's language when it is shown.

    `text` is a gettext message with named placeholders, `params` their values. `awaits_mail` until the mail that
    gathers it has left.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.SlugField(max_length=40)
    text = models.TextField()
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    awaits_mail = models.BooleanField(default=False, db_default=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notification_told_once"),)
        indexes = (
            models.Index(fields=("user", "-created_at"), name="notification_list"),
            models.Index(fields=("user",), condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=("user",), condition=Q(awaits_mail=True), name="notification_for_digest"),
        )

    def __str__(self) -> str:
        return f"{self.kind} → {self.user_id}"


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def visible_to(self, user: User) -> OutboxQuerySet:
        """Nobody: it holds what is written to others."""
        return self.none()

    def due(self, *, at: datetime) -> OutboxQuerySet:
        """Neither sent nor given up, whose next try has come."""
        return self.filter(sent_at=None, dead_at=None, due_at__lte=at)


class OutboxMessage(models.Model):
    """What must leave the house, written in the transaction that causes it; Redis only rings for it."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    channel = models.CharField(max_length=10, choices=Channel.choices)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("due_at",), condition=Q(sent_at=None, dead_at=None), name="outbox_waiting"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(dead_at=None), name="outbox_sent_or_dead_not_both"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """One's own, and those that colleagues of the team share."""
        if not user.is_active:
            return self.none()
        shared = Q(shared=True, user__team=user.team_id) if user.team_id else Q(pk=None)
        return self.filter(Q(user=user) | shared)


class SavedView(models.Model):
    """A list as somebody likes it: the query string of a page under a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(_("for my team too"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("user", "page", "name"), name="saved_view_name_once"),)

    def __str__(self) -> str:
        return self.name


class TakenFormQuerySet(models.QuerySet["TakenForm"]):
    def visible_to(self, user: User) -> TakenFormQuerySet:
        return self.filter(user=user) if user.is_active else self.none()


class TakenForm(models.Model):
    """A form that somebody sent and that was taken, with where its answer led: sent again it leads there again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    led_to = models.CharField(max_length=2000, blank=True)
    taken_at = models.DateTimeField()

    objects = TakenFormQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "fingerprint"), name="form_taken_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} → {self.led_to}"
