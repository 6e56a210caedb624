"""Entries of the glossary and the versions of what they mean."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from agreements.models import AgreedVersion, State
from lifecycle.models.words import in_reader_language


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, user: User) -> TermQuerySet:
        return self if user.is_active else self.none()


class Term(models.Model):
    """An entry of the glossary; what it means is in its versions.

    `covers` names what on the screen the term explains: "stage:mql", "status:new", "kpi:mql_delivered".
    """

    slug = models.SlugField(max_length=60, unique=True)
    side = models.CharField(_("owner team"), max_length=10, choices=Side.choices, blank=True)
    covers = models.CharField(max_length=60, blank=True)
    is_retired = models.BooleanField(default=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.UniqueConstraint(fields=("covers",), condition=~Q(covers=""), name="term_covers_once"),
        )

    def __str__(self) -> str:
        return self.slug


class TermVersionQuerySet(models.QuerySet["TermVersion"]):
    def in_force(self) -> TermVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> TermVersionQuerySet:
        return self if user.is_active else self.none()


class TermVersion(AgreedVersion):
    """What a word means here, in both languages. Agreement subject: `term:<id>`.

    The sentence is Markdown. `examples` holds lists by "is_en", "is_fr", "is_not_en", "is_not_fr"; `operations`
    the answers of `lifecycle.term_text.QUESTIONS` by "entry_en" and so on; `links` what else the term is about,
    as `Term.covers` names it.
    """

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="versions")
    name_en = models.CharField(_("name in English"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80, blank=True)
    sentence_en = models.TextField(_("definition in English"), blank=True)
    sentence_fr = models.TextField(_("definition in French"), blank=True)
    formula = models.CharField(_("formula in English"), max_length=300, blank=True)
    formula_fr = models.CharField(
        _("formula in French"), max_length=300, blank=True, db_default="", default=""
    )
    synonyms = models.JSONField(default=list, blank=True)
    forbidden_synonyms = models.JSONField(default=list, blank=True)
    examples = models.JSONField(default=dict, blank=True)
    operations = models.JSONField(default=dict, blank=True)
    links = models.JSONField(default=list, blank=True)

    objects = TermVersionQuerySet.as_manager()

    class Meta:
        ordering = (Lower("name_en"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def sentence(self) -> str:
        return in_reader_language(self.sentence_en, self.sentence_fr)

    def content(self) -> dict[str, object]:
        names = ("name_en", "name_fr", "sentence_en", "sentence_fr", "formula")
        lists = ("synonyms", "forbidden_synonyms", "examples")
        later = (
            "formula_fr",
            "operations",
            "links",
        )  # left out when empty: what was signed before they existed keeps its hash
        said = {name: getattr(self, name) for name in names + lists}
        return said | {name: value for name in later if (value := getattr(self, name))}
