"""Buyer personas and their versions; knows no contact."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.models import AgreedVersion, State
from lifecycle.models import in_reader_language


class PersonaQuerySet(models.QuerySet["Persona"]):
    def active(self) -> PersonaQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> PersonaQuerySet:
        return self if user.is_active else self.none()


class Persona(models.Model):
    """A kind of buyer. `position` decides when several match: the first wins."""

    slug = models.SlugField(max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = PersonaQuerySet.as_manager()

    class Meta:
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.slug


class PersonaVersionQuerySet(models.QuerySet["PersonaVersion"]):
    def in_force(self) -> PersonaVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> PersonaVersionQuerySet:
        return self if user.is_active else self.none()


class PersonaVersion(AgreedVersion):
    """The sheet both teams agreed on. Agreement subject: `persona:<id>`.

    `match` is a criteria tree over contacts; the sections are plain lists of sentences.
    """

    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, related_name="versions")
    name_en = models.CharField(_("name in English"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80, blank=True)
    summary_en = models.TextField(_("in one paragraph, English"), blank=True)
    summary_fr = models.TextField(_("in one paragraph, French"), blank=True)
    match = models.JSONField(null=True, blank=True)
    objectives = models.JSONField(default=list, blank=True)
    obstacles = models.JSONField(default=list, blank=True)
    objections = models.JSONField(default=list, blank=True)
    triggers = models.JSONField(default=list, blank=True)
    channels = models.JSONField(default=list, blank=True)
    quotes = models.JSONField(default=list, blank=True)
    how_we_help = models.TextField(_("how our offer helps"), blank=True)

    objects = PersonaVersionQuerySet.as_manager()

    class Meta:
        ordering = ("persona__position",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def summary(self) -> str:
        return in_reader_language(self.summary_en, self.summary_fr)

    def content(self) -> dict[str, object]:
        names = ("name_en", "name_fr", "summary_en", "summary_fr", "match", "how_we_help")
        lists = ("objectives", "obstacles", "objections", "triggers", "channels", "quotes")
        return {name: getattr(self, name) for name in names + lists}
