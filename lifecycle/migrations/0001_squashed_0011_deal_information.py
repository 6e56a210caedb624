"""The tables of lifecycle as 0001 to 0011 made them, at once; those are for installations on their way."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import lib.schema
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_termversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_stagedefinition
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_ruleversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_procedureversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_responsibility
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE FUNCTION sm_free_name_of_procedure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN

UPDATE lifecycle_procedure AS p SET freed_at = now.freed_at
FROM (
    SELECT
        subject,
        CASE WHEN bool_or(state IN ('in_force', 'draft', 'proposed')) THEN NULL
        ELSE coalesce(max(in_force_from) FILTER (WHERE state = 'retired'), max(closed_at)) END AS freed_at
    FROM agreements_agreement WHERE subject = NEW.subject GROUP BY subject
) AS now
WHERE now.subject = 'procedure:' || p.id AND p.freed_at IS DISTINCT FROM now.freed_at;

    RETURN NULL;
END $$;

CREATE TRIGGER frees_name_of_procedure AFTER INSERT OR UPDATE OF state ON agreements_agreement
FOR EACH ROW WHEN (NEW.subject LIKE 'procedure:%')
EXECUTE FUNCTION sm_free_name_of_procedure();
"""

UNGUARDS = """
DROP FUNCTION sm_free_name_of_procedure CASCADE;
DROP TRIGGER signed_is_frozen ON lifecycle_responsibility;
DROP TRIGGER signed_is_frozen ON lifecycle_procedureversion;
DROP TRIGGER signed_is_frozen ON lifecycle_ruleversion;
DROP TRIGGER signed_is_frozen ON lifecycle_stagedefinition;
DROP TRIGGER signed_is_frozen ON lifecycle_termversion;
"""


class Migration(migrations.Migration):
    replaces = [
        ("lifecycle", "0001_initial"),
        ("lifecycle", "0002_signed_content_is_frozen"),
        ("lifecycle", "0003_term_answers_and_links"),
        ("lifecycle", "0004_definition_rounds"),
        ("lifecycle", "0005_rules_of_their_own"),
        ("lifecycle", "0006_definition_reach"),
        ("lifecycle", "0007_procedures"),
        ("lifecycle", "0008_responsibilities"),
        ("lifecycle", "0009_retired_procedures"),
        ("lifecycle", "0010_field_version"),
        ("lifecycle", "0011_deal_information"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0005_is_new"),
        ("agreements", "0001_squashed_0011_no_unsigned_insert"),
    ]

    operations = [
        lib.schema.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Rule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                max_length=40,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z][a-z0-9_]{0,39}\\Z",
                                        "Use small letters, digits and underscores.",
                                    )
                                ],
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(unique=True)),
                    ],
                    options={
                        "ordering": ("number",),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Status",
                    fields=[
                        (
                            "key",
                            models.CharField(
                                max_length=40,
                                primary_key=True,
                                serialize=False,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z][a-z0-9_]{0,39}\\Z",
                                        "Use small letters, digits and underscores.",
                                    )
                                ],
                            ),
                        ),
                        ("name_en", models.CharField(max_length=60, verbose_name="name in English")),
                        (
                            "name_fr",
                            models.CharField(blank=True, max_length=60, verbose_name="name in French"),
                        ),
                        ("position", models.PositiveSmallIntegerField(unique=True)),
                        ("needs_reason", models.BooleanField(default=False)),
                        (
                            "needs_date",
                            models.BooleanField(default=False, verbose_name="needs a day to come back"),
                        ),
                        ("is_open", models.BooleanField(default=True, verbose_name="work goes on")),
                    ],
                    options={
                        "verbose_name_plural": "statuses",
                        "ordering": ("position",),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Stage",
                    fields=[
                        (
                            "key",
                            models.CharField(
                                max_length=40,
                                primary_key=True,
                                serialize=False,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z][a-z0-9_]{0,39}\\Z",
                                        "Use small letters, digits and underscores.",
                                    )
                                ],
                            ),
                        ),
                        ("name_en", models.CharField(max_length=60, verbose_name="name in English")),
                        (
                            "name_fr",
                            models.CharField(blank=True, max_length=60, verbose_name="name in French"),
                        ),
                        ("position", models.PositiveSmallIntegerField(unique=True)),
                        (
                            "side",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("sales", "Sales")],
                                max_length=10,
                                verbose_name="responsible team",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                    ],
                    options={
                        "ordering": ("position",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["marketing", "sales"])),
                                name="stage_side_known",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="StageDefinition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("criteria", models.JSONField()),
                        ("is_automatic", models.BooleanField(default=True)),
                        ("prose_en", models.TextField(blank=True)),
                        ("prose_fr", models.TextField(blank=True)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="definitions",
                                to="lifecycle.stage",
                            ),
                        ),
                        (
                            "reach",
                            models.CharField(
                                choices=[
                                    (
                                        "everybody",
                                        "are looked at as soon as it is in force, and only move forward",
                                    ),
                                    ("news", "stay where they are until something new is known of them"),
                                ],
                                default="everybody",
                                max_length=10,
                                verbose_name="contacts known before",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("stage", "-agreement__number"),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Term",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=60, unique=True)),
                        (
                            "side",
                            models.CharField(
                                blank=True,
                                choices=[("marketing", "Marketing"), ("sales", "Sales")],
                                max_length=10,
                                verbose_name="owner team",
                            ),
                        ),
                        ("covers", models.CharField(blank=True, max_length=60)),
                        ("is_retired", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ("slug",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("covers", ""), _negated=True),
                                fields=("covers",),
                                name="term_covers_once",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="TermVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name_en", models.CharField(max_length=80, verbose_name="name in English")),
                        (
                            "name_fr",
                            models.CharField(blank=True, max_length=80, verbose_name="name in French"),
                        ),
                        ("sentence_en", models.TextField(blank=True, verbose_name="definition in English")),
                        ("sentence_fr", models.TextField(blank=True, verbose_name="definition in French")),
                        ("formula", models.CharField(blank=True, max_length=300, verbose_name="formula")),
                        ("synonyms", models.JSONField(blank=True, default=list)),
                        ("forbidden_synonyms", models.JSONField(blank=True, default=list)),
                        ("examples", models.JSONField(blank=True, default=dict)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "term",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="lifecycle.term",
                            ),
                        ),
                        ("operations", models.JSONField(blank=True, default=dict)),
                        ("links", models.JSONField(blank=True, default=list)),
                    ],
                    options={
                        "ordering": (django.db.models.functions.text.Lower("name_en"),),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Field",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entity",
                            models.CharField(
                                choices=[("contact", "Contact"), ("company", "Company"), ("deal", "Deal")],
                                max_length=10,
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                max_length=40,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z][a-z0-9_]{0,39}\\Z",
                                        "Use small letters, digits and underscores.",
                                    )
                                ],
                            ),
                        ),
                        ("label_en", models.CharField(max_length=80, verbose_name="label in English")),
                        (
                            "label_fr",
                            models.CharField(blank=True, max_length=80, verbose_name="label in French"),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("text", "Text"),
                                    ("number", "Number"),
                                    ("money", "Money"),
                                    ("date", "Date"),
                                    ("boolean", "Yes or no"),
                                    ("choice", "Choice"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("choices", models.JSONField(blank=True, default=list)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                    ],
                    options={
                        "ordering": ("entity", "label_en"),
                        "constraints": [
                            models.UniqueConstraint(fields=("entity", "key"), name="field_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(("key__regex", "^[a-z][a-z0-9_]{0,39}$")),
                                name="field_key_plain",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="RuleVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("question_en", models.CharField(max_length=200, verbose_name="question in English")),
                        (
                            "question_fr",
                            models.CharField(blank=True, max_length=200, verbose_name="question in French"),
                        ),
                        ("text_en", models.TextField(verbose_name="answer in English")),
                        ("text_fr", models.TextField(blank=True, verbose_name="answer in French")),
                        (
                            "mode",
                            models.CharField(
                                choices=[("advise", "Advise"), ("warn", "Warn"), ("block", "Block")],
                                default="advise",
                                max_length=6,
                            ),
                        ),
                        ("parameters", models.JSONField(blank=True, default=dict)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="lifecycle.rule",
                            ),
                        ),
                        ("criteria", models.JSONField(blank=True, null=True)),
                        (
                            "event",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("contact", "A contact is created or edited"),
                                    ("stage", "A contact enters a stage"),
                                    ("status", "A contact takes a status"),
                                    ("deal", "A deal is opened"),
                                    ("advance", "A deal comes to a stage"),
                                    ("message", "Marketing writes to a contact"),
                                ],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("target", models.CharField(blank=True, db_default="", default="", max_length=40)),
                    ],
                    options={
                        "ordering": ("rule__number",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ["advise", "warn", "block"])),
                                name="rule_mode_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("event__in", ["", "contact", "stage", "status", "deal"])),
                                name="rule_event_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("criteria", None), ("event", "")),
                                    models.Q(
                                        models.Q(("event", ""), _negated=True), ("criteria__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_event_has_criteria",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("target", ""), ("event__in", ["stage", "status"]), _connector="OR"
                                ),
                                name="rule_target_of_stage_or_status",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="RoundEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField(blank=True, max_length=1000)),
                        ("language", models.CharField(blank=True, max_length=2)),
                        ("written_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "round",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="lifecycle.definitionround",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("pk",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "user"), name="round_entry_once_a_person"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("text", ""), ("written_at", None)),
                                    models.Q(
                                        ("written_at__isnull", False), models.Q(("text", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="round_entry_written_is_dated",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DefinitionRound",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField(verbose_name="write until")),
                        ("revealed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "started_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "term",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rounds",
                                to="lifecycle.term",
                            ),
                        ),
                        (
                            "chosen",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.roundentry",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-started_at",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("term",),
                                name="round_one_running_a_term",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("started_at"))),
                                name="round_due_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at", None), ("revealed_at__isnull", False), _connector="OR"
                                ),
                                name="round_closed_after_reveal",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoundVote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("voted_at", models.DateTimeField()),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="votes",
                                to="lifecycle.roundentry",
                            ),
                        ),
                        (
                            "round",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="votes",
                                to="lifecycle.definitionround",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "user"), name="round_vote_once_a_person")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Procedure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=60)),
                        ("freed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("slug", "pk"),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("freed_at", None)),
                                fields=("slug",),
                                name="procedure_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProcedureVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name_en", models.CharField(max_length=80, verbose_name="name in English")),
                        (
                            "name_fr",
                            models.CharField(blank=True, max_length=80, verbose_name="name in French"),
                        ),
                        (
                            "purpose_en",
                            models.TextField(blank=True, verbose_name="what it is for, in English"),
                        ),
                        (
                            "purpose_fr",
                            models.TextField(blank=True, verbose_name="what it is for, in French"),
                        ),
                        ("scope", models.CharField(blank=True, max_length=60, verbose_name="serves")),
                        (
                            "side",
                            models.CharField(
                                blank=True,
                                choices=[("marketing", "Marketing"), ("sales", "Sales")],
                                max_length=10,
                                verbose_name="kept by",
                            ),
                        ),
                        ("steps", models.JSONField(default=list)),
                        ("criteria", models.JSONField(blank=True, null=True)),
                        (
                            "counts_after_days",
                            models.PositiveSmallIntegerField(default=0, verbose_name="counted after days"),
                        ),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "procedure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="lifecycle.procedure",
                            ),
                        ),
                    ],
                    options={
                        "ordering": (django.db.models.functions.text.Lower("name_en"),),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["", "marketing", "sales"])),
                                name="procedure_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("steps", []), _negated=True), name="procedure_has_steps"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("criteria", None),
                                    ("scope__startswith", "stage:"),
                                    ("scope__startswith", "status:"),
                                    _connector="OR",
                                ),
                                name="procedure_criteria_of_a_place",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Responsibility",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("sales", "Sales")],
                                max_length=10,
                                verbose_name="responsible team",
                            ),
                        ),
                        (
                            "accountable",
                            models.CharField(
                                choices=[
                                    ("owner", "the contact’s owner"),
                                    ("marketing_owner", "the contact’s owner in marketing"),
                                    ("manager", "the team’s manager"),
                                    ("person", "one person by name"),
                                ],
                                max_length=15,
                                verbose_name="who answers",
                            ),
                        ),
                        (
                            "owes_en",
                            models.CharField(max_length=160, verbose_name="what is owed, in English"),
                        ),
                        (
                            "owes_fr",
                            models.CharField(
                                blank=True, max_length=160, verbose_name="what is owed, in French"
                            ),
                        ),
                        (
                            "by",
                            models.CharField(
                                choices=[
                                    ("clock", "the deadline of the contract’s clock"),
                                    ("days", "so many days after the contact came there"),
                                    ("open", "no day"),
                                ],
                                default="open",
                                max_length=5,
                                verbose_name="by when",
                            ),
                        ),
                        (
                            "days",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days"),
                        ),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by name",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responsibilities",
                                to="lifecycle.stage",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "responsibilities",
                        "ordering": ("stage__position", "-agreement__number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["marketing", "sales"])),
                                name="responsibility_side_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accountable__in", ["owner", "marketing_owner", "manager", "person"])
                                ),
                                name="responsibility_accountable_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accountable", "person"), ("person__isnull", False)),
                                    models.Q(
                                        models.Q(("accountable", "person"), _negated=True), ("person", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="responsibility_person_where_named",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by", "days"), ("days__gt", 0)),
                                    models.Q(("by__in", ["clock", "open"]), ("days", None)),
                                    _connector="OR",
                                ),
                                name="responsibility_days_where_counted",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
            ],
        ),
        migrations.RunSQL(
            sql=GUARDS,
            reverse_sql=UNGUARDS,
        ),
    ]
