"""The contact, one record for life, and the narrow tables beside it."""

from __future__ import annotations

from typing import Self, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Now, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.models.companies import Company
from leads.models.sources import Campaign, Source
from lib.emails_sql import spelled_once
from lib.folding import Fold
from lifecycle.models import Stage, Status
from personas.models import Persona


class Consent(models.TextChoices):
    """May marketing write to this person? The ledger says who said so, when and where."""

    UNKNOWN = "unknown", _("not known")
    GIVEN = "given", _("given")
    WITHDRAWN = "withdrawn", _("withdrawn")


def contact_url(pk: int) -> str:
    return f"/contacts/{pk}/"


def name_of(first_name: str, last_name: str, email: str, pk: int) -> str:
    """What a contact is called of whom a query read just that."""
    return f"{first_name} {last_name}".strip() or email or f"№ {pk}"


def _open_to(rep: User) -> Q:
    mine = Q(owner=None) | Q(owner=rep)
    if rep.team_id is not None:
        mine |= Q(owner__in=User.objects.filter(team_id=rep.team_id))
    return mine


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> ContactQuerySet:
        """Marketers, managers and administrators see every contact that was not deleted.

        A rep sees those without an owner, their own, and those of colleagues of the same team.
        """
        if not user.is_active:
            return self.none()
        there = self.filter(deleted_at=None)
        return there.filter(_open_to(user)) if user.role == Role.REP else there

    def hidden_from(self, user: User) -> ContactQuerySet:
        """The others that are there; none, without a query, for whoever sees every contact."""
        if not user.is_active:
            return self.filter(deleted_at=None)
        return self.filter(deleted_at=None).exclude(_open_to(user)) if user.role == Role.REP else self.none()

    def unowned(self) -> ContactQuerySet:
        return self.filter(owner=None)


class Contact(models.Model):
    """A person. Stage, status, owner and consent change through their actions only, never by saving.

    `email` has one spelling (lib.emails); empty when not known.
    `phone` is E.164. `custom` holds the company's own fields by key. With `deleted_at` the row is a tombstone: the
    retention rule deleted the person, nobody sees it, and figures of the past still count it.
    """

    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    job_title = models.CharField(_("job title"), max_length=160, blank=True)
    function = models.CharField(_("function"), max_length=40, blank=True)
    seniority = models.CharField(_("seniority"), max_length=40, blank=True)
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
    )
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)

    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    stage_since = models.DateTimeField(null=True, blank=True)
    status = models.ForeignKey(
        Status, on_delete=models.PROTECT, default="new", related_name="+", db_index=False
    )
    status_since = models.DateTimeField(db_default=Now())
    recontact_on = models.DateField(_("come back on"), null=True, blank=True)
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        db_index=False,
    )
    marketing_owner = models.ForeignKey(
        User,
        verbose_name=_("in marketing"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    consent = models.CharField(
        _("consent"),
        max_length=10,
        choices=Consent.choices,
        default=Consent.UNKNOWN,
        db_default=Consent.UNKNOWN,
    )
    source = models.ForeignKey(
        Source,
        verbose_name=_("source"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign,
        verbose_name=_("campaign"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
    )
    persona = models.ForeignKey(
        Persona, verbose_name=_("persona"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    custom = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))

    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_via = models.CharField(max_length=10, default="person", db_default="person")
    updated_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    search = models.GeneratedField(
        expression=Fold(
            Concat("first_name", Value(" "), "last_name", Value(" "), "email", Value(" "), "job_title")
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("email",), condition=~Q(email=""), name="contact_email_once"),
            spelled_once("email", name="contact_email_spelled_once", blank=True),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="contact_phone_e164"
            ),
            models.CheckConstraint(
                condition=Q(country="") | Q(country=Upper("country")), name="contact_country_upper"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None)
                | Q(
                    first_name="",
                    last_name="",
                    email="",
                    phone="",
                    job_title="",
                    function="",
                    seniority="",
                    city="",
                    country="",
                    language="",
                    company=None,
                    persona=None,
                    owner=None,
                    marketing_owner=None,
                    recontact_on=None,
                    custom={},
                ),
                name="contact_tombstone_is_empty",
            ),
            models.CheckConstraint(condition=Q(consent__in=Consent.values), name="contact_consent_known"),
            models.CheckConstraint(
                condition=Q(stage=None, stage_since=None) | Q(stage__isnull=False, stage_since__isnull=False),
                name="contact_stage_is_dated",
            ),
        )
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="contact_newest"),
            models.Index(fields=("stage", "-created_at", "-id"), name="contact_by_stage"),
            models.Index(fields=("owner", "-created_at", "-id"), name="contact_by_owner"),
            models.Index(fields=("status", "-created_at", "-id"), name="contact_by_status"),
            models.Index(fields=("source", "-created_at", "-id"), name="contact_by_source"),
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="contact_search"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return contact_url(self.pk)

    @property
    def name(self) -> str:
        """The person's name, else the e-mail, else the record's number."""
        return name_of(self.first_name, self.last_name, self.email, self.pk)

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:2].upper() or "–"


NAME_IN_SQL = """coalesce(nullif(btrim(contact.first_name || ' ' || contact.last_name), ''),
    nullif(contact.email, ''), '№ ' || contact.id)"""
"""`Contact.name` for statements that name the table `contact`."""

M = TypeVar("M", bound=models.Model)


class OfContactQuerySet(models.QuerySet[M]):
    """Rows that belong to a contact."""

    def visible_to(self, user: User) -> Self:
        """Of the contacts the person sees."""
        return self.filter(contact__in=Contact.objects.visible_to(user))


class ExternalId(models.Model):
    """What another system calls this contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=40)
    value = models.CharField(max_length=200)

    objects = OfContactQuerySet["ExternalId"].as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("system", "value"), name="external_id_once"),)

    def __str__(self) -> str:
        return f"{self.system}: {self.value}"


class Answer(models.Model):
    """A qualification answer, given once and known to both teams; the latest of a question counts."""

    class Question(models.TextChoices):
        BUDGET = "budget", _("Budget")
        AUTHORITY = "authority", _("Authority")
        NEED = "need", _("Need")
        TIMING = "timing", _("Timing")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="answers", db_index=False)
    question = models.CharField(max_length=10, choices=Question.choices)
    text = models.CharField(max_length=300)
    answered_at = models.DateTimeField()
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    via = models.CharField(max_length=40, blank=True)

    objects = OfContactQuerySet["Answer"].as_manager()

    class Meta:
        ordering = ("-answered_at", "-pk")
        indexes = (models.Index(fields=("contact", "question", "-answered_at"), name="answer_latest"),)
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="answer_not_empty"),)

    def __str__(self) -> str:
        return f"{self.question}: {self.text}"


class ContactScore(models.Model):
    """The two scores of one contact, 0–100 each; kept apart so that rescoring never rewrites the contact.

    `is_excluded`: an exclusion of the model matched. `triggered_at`: the latest hard trigger inside its window.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="score")
    fit = models.PositiveSmallIntegerField()
    engagement = models.PositiveSmallIntegerField()
    is_excluded = models.BooleanField(default=False)
    triggered_at = models.DateTimeField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    model = models.ForeignKey(
        "leads.ScoringModel", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scored_at = models.DateTimeField()

    objects = OfContactQuerySet["ContactScore"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(fit__lte=100), name="score_fit_within_100"),
            models.CheckConstraint(condition=Q(engagement__lte=100), name="score_engagement_within_100"),
        )
        indexes = (models.Index(fields=("-engagement", "-fit", "-contact"), name="score_hottest"),)

    def __str__(self) -> str:
        return f"{self.fit}/{self.engagement}"


class DirtyContact(models.Model):
    """A contact whose score, persona and stage must be looked at again; written with what causes it."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()

    objects = OfContactQuerySet["DirtyContact"].as_manager()

    class Meta:
        indexes = (models.Index(fields=("since",), name="dirty_oldest"),)

    def __str__(self) -> str:
        return str(self.contact_id)
