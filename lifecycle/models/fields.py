"""Fields that a company added to the data dictionary."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lifecycle.models.words import KEY, in_reader_language


class FieldQuerySet(models.QuerySet["Field"]):
    def visible_to(self, user: User) -> FieldQuerySet:
        return self if user.is_active else self.none()


class Field(models.Model):
    """A column of the data dictionary that a company added; values live in the row's `custom` object."""

    class Entity(models.TextChoices):
        CONTACT = "contact", _("Contact")
        COMPANY = "company", _("Company")
        DEAL = "deal", _("Deal")

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        MONEY = "money", _("Money")
        DATE = "date", _("Date")
        BOOLEAN = "boolean", _("Yes or no")
        CHOICE = "choice", _("Choice")

    entity = models.CharField(max_length=10, choices=Entity.choices)
    key = models.CharField(max_length=40, validators=[KEY])
    label_en = models.CharField(_("label in English"), max_length=80)
    label_fr = models.CharField(_("label in French"), max_length=80, blank=True)
    type = models.CharField(max_length=10, choices=Type.choices)
    choices = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = FieldQuerySet.as_manager()

    class Meta:
        ordering = ("entity", "label_en")
        constraints = (
            models.UniqueConstraint(fields=("entity", "key"), name="field_key_once"),
            models.CheckConstraint(condition=Q(key__regex=r"^[a-z][a-z0-9_]{0,39}$"), name="field_key_plain"),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_reader_language(self.label_en, self.label_fr)
