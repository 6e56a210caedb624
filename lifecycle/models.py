"""Stages, statuses, fields, terms and rules with their versions; knows no contact."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from agreements.models import AgreedVersion, State

KEY = RegexValidator(r"^[a-z][a-z0-9_]{0,39}\Z", _("Use small letters, digits and underscores."))


def in_reader_language(english: str, french: str) -> str:
    """The wording of the active language; English where the French is missing, and the reverse."""
    if (get_language() or "en").startswith("fr"):
        return french or english
    return english or french


class StageQuerySet(models.QuerySet["Stage"]):
    def active(self) -> StageQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> StageQuerySet:
        return self if user.is_active else self.none()


class Stage(models.Model):
    """A step of the one funnel. The primary key is the key, so that a contact's row names its stage."""

    key = models.CharField(max_length=40, primary_key=True, validators=[KEY])
    name_en = models.CharField(_("name in English"), max_length=60)
    name_fr = models.CharField(_("name in French"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(unique=True)
    side = models.CharField(_("responsible team"), max_length=10, choices=Side.choices)
    is_active = models.BooleanField(default=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (models.CheckConstraint(condition=Q(side__in=Side.values), name="stage_side_known"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def covers(self) -> str:
        """How the glossary names it."""
        return f"stage:{self.key}"


class StatusQuerySet(models.QuerySet["Status"]):
    def visible_to(self, user: User) -> StatusQuerySet:
        return self if user.is_active else self.none()


class Status(models.Model):
    """Where the work on a contact stands, whatever its stage."""

    key = models.CharField(max_length=40, primary_key=True, validators=[KEY])
    name_en = models.CharField(_("name in English"), max_length=60)
    name_fr = models.CharField(_("name in French"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(unique=True)
    needs_reason = models.BooleanField(default=False)
    needs_date = models.BooleanField(_("needs a day to come back"), default=False)
    is_open = models.BooleanField(_("work goes on"), default=True)

    objects = StatusQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        verbose_name_plural = "statuses"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)


class DefinitionQuerySet(models.QuerySet["StageDefinition"]):
    def in_force(self) -> DefinitionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> DefinitionQuerySet:
        return self if user.is_active else self.none()


class StageDefinition(AgreedVersion):
    """What makes a contact enter a stage: criteria that run, and prose for what criteria cannot say.

    The agreement's subject is `stage:<key>`. An automatic definition moves contacts forward by itself;
    one that is not is only the yardstick that a person's move is held against. Nobody ever leaves a stage by it;
    `reach` says whether contacts we knew before are held against it at once.
    """

    class Reach(models.TextChoices):
        EVERYBODY = "everybody", _("are looked at as soon as it is in force, and only move forward")
        NEWS = "news", _("stay where they are until something new is known of them")

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="definitions")
    criteria = models.JSONField()
    is_automatic = models.BooleanField(default=True)
    reach = models.CharField(
        _("contacts known before"), max_length=10, choices=Reach.choices, default=Reach.EVERYBODY
    )
    prose_en = models.TextField(blank=True)
    prose_fr = models.TextField(blank=True)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        ordering = ("stage", "-agreement__number")

    def __str__(self) -> str:
        return f"{self.stage_id} v{self.agreement.number}"

    @property
    def prose(self) -> str:
        return in_reader_language(self.prose_en, self.prose_fr)

    def content(self) -> dict[str, object]:
        # Left out where it says nothing special: what was signed before there was a choice keeps its hash.
        reach = {} if self.reach == self.Reach.EVERYBODY else {"reach": str(self.reach)}
        return {
            "stage": self.stage_id,
            "criteria": self.criteria,
            "is_automatic": self.is_automatic,
            "prose_en": self.prose_en,
            "prose_fr": self.prose_fr,
        } | reach


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
    formula = models.CharField(_("formula"), max_length=300, blank=True)
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
            "operations",
            "links",
        )  # left out when empty: what was signed before they existed keeps its hash
        said = {name: getattr(self, name) for name in names + lists}
        return said | {name: value for name in later if (value := getattr(self, name))}


class RuleMode(models.TextChoices):
    ADVISE = "advise", _("Advise")
    WARN = "warn", _("Warn")
    BLOCK = "block", _("Block")


class RuleEvent(models.TextChoices):
    """What a rule speaks at: a change on its way through its door."""

    CONTACT = "contact", _("A contact is created or edited")
    STAGE = "stage", _("A contact enters a stage")
    STATUS = "status", _("A contact takes a status")
    DEAL = "deal", _("A deal is opened")
    MESSAGE = "message", _("Marketing writes to a contact")


OWN_EVENTS = (RuleEvent.CONTACT, RuleEvent.STAGE, RuleEvent.STATUS, RuleEvent.DEAL)
"""Those that a company may write rules of its own for."""


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, user: User) -> RuleQuerySet:
        return self if user.is_active else self.none()


class Rule(models.Model):
    """A question of the rulebook that has one answer in force."""

    key = models.CharField(max_length=40, unique=True, validators=[KEY])
    number = models.PositiveSmallIntegerField(unique=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.key


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def in_force(self) -> RuleVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> RuleVersionQuerySet:
        return self if user.is_active else self.none()


class RuleVersion(AgreedVersion):
    """The text, parameters and mode of a rule. Agreement subject: `rule:<key>`.

    A rule of the company's own names the `event` it speaks at, the stage or status in `target` where it speaks
    of one only, and the criteria that the contact must then meet.
    """

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    question_en = models.CharField(_("question in English"), max_length=200)
    question_fr = models.CharField(_("question in French"), max_length=200, blank=True)
    text_en = models.TextField(_("answer in English"))
    text_fr = models.TextField(_("answer in French"), blank=True)
    mode = models.CharField(max_length=6, choices=RuleMode.choices, default=RuleMode.ADVISE)
    parameters = models.JSONField(default=dict, blank=True)
    event = models.CharField(max_length=8, choices=RuleEvent.choices, blank=True, db_default="", default="")
    target = models.CharField(max_length=40, blank=True, db_default="", default="")
    criteria = models.JSONField(null=True, blank=True)

    objects = RuleVersionQuerySet.as_manager()

    class Meta:
        ordering = ("rule__number",)
        constraints = (
            models.CheckConstraint(condition=Q(mode__in=RuleMode.values), name="rule_mode_known"),
            models.CheckConstraint(condition=Q(event__in=["", *OWN_EVENTS]), name="rule_event_known"),
            models.CheckConstraint(
                condition=Q(event="", criteria=None) | (~Q(event="") & Q(criteria__isnull=False)),
                name="rule_event_has_criteria",
            ),
            models.CheckConstraint(
                condition=Q(target="") | Q(event__in=[RuleEvent.STAGE, RuleEvent.STATUS]),
                name="rule_target_of_stage_or_status",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.agreement.number}"

    @property
    def question(self) -> str:
        return in_reader_language(self.question_en, self.question_fr)

    @property
    def text(self) -> str:
        return in_reader_language(self.text_en, self.text_fr)

    def content(self) -> dict[str, object]:
        names = ["question_en", "question_fr", "text_en", "text_fr", "mode", "parameters"]
        if self.event:
            names += ["event", "target", "criteria"]
        return {name: getattr(self, name) for name in names}


class DefinitionRoundQuerySet(models.QuerySet["DefinitionRound"]):
    def visible_to(self, user: User) -> DefinitionRoundQuerySet:
        """Everybody knows of a round; what was written in it is another matter."""
        return self if user.is_active else self.none()

    def blind(self) -> DefinitionRoundQuerySet:
        return self.filter(revealed_at=None)

    def running(self) -> DefinitionRoundQuerySet:
        return self.filter(closed_at=None)


class DefinitionRound(models.Model):
    """Everyone asked writes what a term means, blind until the reveal; then they vote, and one text may be chosen."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="rounds")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(_("write until"))
    revealed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    chosen = models.ForeignKey(
        "RoundEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = DefinitionRoundQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("term",), condition=Q(closed_at=None), name="round_one_running_a_term"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("started_at")), name="round_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(revealed_at__isnull=False), name="round_closed_after_reveal"
            ),
        )

    def __str__(self) -> str:
        return f"round {self.pk} on {self.term_id}"


class RoundEntryQuerySet(models.QuerySet["RoundEntry"]):
    def visible_to(self, user: User) -> RoundEntryQuerySet:
        """One's own; everybody's once the round is revealed. No role sees more."""
        if not user.is_active:
            return self.none()
        return self.filter(Q(user=user) | Q(round__revealed_at__isnull=False))

    def written(self) -> RoundEntryQuerySet:
        return self.exclude(written_at=None)

    def awaited(self) -> RoundEntryQuerySet:
        """Of people who are still here and have not written."""
        return self.filter(written_at=None, user__is_active=True)


class RoundEntry(models.Model):
    """One person's place in a round: asked, and from then on what they wrote."""

    round = models.ForeignKey(
        DefinitionRound, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True, max_length=1000)
    language = models.CharField(max_length=2, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    objects = RoundEntryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("round", "user"), name="round_entry_once_a_person"),
            models.CheckConstraint(
                condition=Q(written_at=None, text="") | (Q(written_at__isnull=False) & ~Q(text="")),
                name="round_entry_written_is_dated",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in round {self.round_id}"


class RoundVoteQuerySet(models.QuerySet["RoundVote"]):
    def visible_to(self, user: User) -> RoundVoteQuerySet:
        """One's own: of the others' only the numbers are shown."""
        return self.filter(user=user) if user.is_active else self.none()


class RoundVote(models.Model):
    """One voice a person and round; it may go to another text until the round is closed."""

    round = models.ForeignKey(DefinitionRound, on_delete=models.PROTECT, related_name="votes", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(RoundEntry, on_delete=models.PROTECT, related_name="votes")
    voted_at = models.DateTimeField()

    objects = RoundVoteQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("round", "user"), name="round_vote_once_a_person"),)

    def __str__(self) -> str:
        return f"{self.user_id} for {self.entry_id}"
