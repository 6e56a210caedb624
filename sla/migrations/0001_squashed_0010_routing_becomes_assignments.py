"""The tables of sla as 0001 to 0010 made them, at once; those are for installations on their way."""

import django.core.validators
import django.db.models.deletion
import lib.schema
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_contractversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_clause
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('contract_id', 'sla_contractversion');

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_calendar
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('contract_id', 'sla_contractversion');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sla_assignment
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
"""

UNGUARDS = """
DROP TRIGGER append_only ON sla_assignment;
DROP TRIGGER signed_is_frozen ON sla_calendar;
DROP TRIGGER signed_is_frozen ON sla_clause;
DROP TRIGGER signed_is_frozen ON sla_contractversion;
"""


class Migration(migrations.Migration):
    replaces = [
        ("sla", "0001_initial"),
        ("sla", "0002_answers_and_used_minutes"),
        ("sla", "0003_seat_turn_and_sweep_marks"),
        ("sla", "0004_signed_contract_is_frozen"),
        ("sla", "0005_breach_told"),
        ("sla", "0006_unanswered_handoffs"),
        ("sla", "0007_what_the_cockpit_reads"),
        ("sla", "0008_one_index_of_unanswered"),
        ("sla", "0009_assignments_are_appended"),
        ("sla", "0010_routing_becomes_assignments"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0005_is_new"),
        ("agreements", "0001_squashed_0011_no_unsigned_insert"),
        ("leads", "0001_squashed_0030_cells_are_planned_anew"),
        ("lifecycle", "0001_squashed_0011_deal_information"),
    ]

    operations = [
        lib.schema.CreateModels(
            models=[
                migrations.CreateModel(
                    name="ContractVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("preamble_en", models.TextField(blank=True)),
                        ("preamble_fr", models.TextField(blank=True)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Calendar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.SlugField(max_length=40)),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("time_zone", models.CharField(max_length=64, verbose_name="time zone")),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                        ("subdivision", models.CharField(blank=True, max_length=10, verbose_name="region")),
                        ("slots", models.JSONField()),
                        ("closed_days", models.JSONField(blank=True, default=list)),
                        ("extra_days", models.JSONField(blank=True, default=list)),
                        ("is_default", models.BooleanField(default=False)),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendars",
                                to="sla.contractversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("contract", "key"), name="calendar_key_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)),
                                fields=("contract",),
                                name="calendar_one_default",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Handoff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "lane",
                            models.CharField(
                                choices=[("standard", "MQL"), ("request", "demo or contact request")],
                                default="standard",
                                max_length=10,
                            ),
                        ),
                        ("entered_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "without an owner"),
                                    ("assigned", "assigned"),
                                    ("accepted", "accepted"),
                                    ("rejected", "refused"),
                                    ("recycled", "recycled"),
                                    ("closed", "closed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("assigned_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "reject_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("fit", "Out of target"),
                                    ("intent", "No project"),
                                    ("timing", "Not now"),
                                    ("data", "Wrong or missing data"),
                                    ("duplicate", "Already known"),
                                    ("competitor", "A competitor or a supplier"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("recontact_on", models.DateField(blank=True, null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handoffs",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sla.contractversion",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rep",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handoffs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "transition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.transition",
                            ),
                        ),
                        ("answer", models.TextField(blank=True, verbose_name="marketing's answer")),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("entered_at",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "assigned")),
                                fields=["rep", "entered_at"],
                                name="handoff_queue",
                            ),
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["entered_at"],
                                name="handoff_overflow",
                            ),
                            models.Index(fields=["entered_at"], name="handoff_period"),
                            models.Index(fields=["decided_at"], name="handoff_decided"),
                            models.Index(
                                condition=models.Q(("answered_at", None), ("state", "rejected")),
                                fields=["decided_at"],
                                name="handoff_to_answer",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("waiting", "assigned"))),
                                fields=("contact",),
                                name="handoff_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "assigned"), _negated=True),
                                    models.Q(("assigned_at__isnull", False), ("rep__isnull", False)),
                                    _connector="OR",
                                ),
                                name="handoff_assigned_to_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("state__in", ("waiting", "assigned"))),
                                    models.Q(
                                        models.Q(("state__in", ("waiting", "assigned")), _negated=True),
                                        ("decided_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="handoff_decided_when_decided",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "rejected"), _negated=True),
                                    models.Q(("reject_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="handoff_refused_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_at", None), ("state", "rejected"), _connector="OR"
                                ),
                                name="handoff_answer_needs_refusal",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Clock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("first_contact", "First contact")],
                                default="first_contact",
                                max_length=20,
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("budget_minutes", models.PositiveIntegerField()),
                        ("warn_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("warned_at", models.DateTimeField(blank=True, null=True)),
                        ("stopped_at", models.DateTimeField(blank=True, null=True)),
                        ("stop_reason", models.CharField(blank=True, max_length=20)),
                        ("breached_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "calendar",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sla.calendar",
                            ),
                        ),
                        (
                            "stopped_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.touchpoint",
                            ),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sla.contractversion",
                            ),
                        ),
                        (
                            "handoff",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clocks",
                                to="sla.handoff",
                            ),
                        ),
                        ("used_minutes", models.PositiveIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ("due_at",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("breached_at", None), ("stopped_at", None)),
                                fields=["due_at"],
                                name="clock_to_breach",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("breached_at", None), ("stopped_at", None), ("warned_at", None)
                                ),
                                fields=["warn_at"],
                                name="clock_to_warn",
                            ),
                            models.Index(
                                condition=models.Q(("stopped_at", None)),
                                fields=["started_at"],
                                name="clock_running",
                            ),
                            models.Index(fields=["due_at"], name="clock_by_due"),
                            models.Index(
                                condition=models.Q(("stopped_by__isnull", False)),
                                fields=["stopped_at"],
                                name="clock_by_first_contact",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("handoff", "kind"), name="clock_once"),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("started_at"))),
                                name="clock_due_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("warn_at__lte", models.F("due_at"))),
                                name="clock_warns_before_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("breached_at", None),
                                    ("breached_at", models.F("due_at")),
                                    _connector="OR",
                                ),
                                name="clock_breached_when_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("stopped_at", None),
                                    ("stopped_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="clock_stops_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "daily_cap",
                            models.PositiveSmallIntegerField(default=20, verbose_name="leads a day at most"),
                        ),
                        (
                            "weight",
                            models.PositiveSmallIntegerField(
                                default=1,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(10),
                                ],
                                verbose_name="share",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="takes leads")),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="seat",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("turn", models.BigIntegerField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("weight__gte", 1)), name="seat_weight_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Breach",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("routed_late", "Handed over late"),
                                    ("over_capacity", "Over capacity"),
                                    ("absent", "Owner absent"),
                                    ("bad_data", "Contact data wrong"),
                                    ("out_of_grid", "Outside the definition"),
                                    ("late", "Late"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("facts", models.JSONField(blank=True, default=dict)),
                        (
                            "rep",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "clock",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="breach",
                                to="sla.clock",
                            ),
                        ),
                        ("told_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "told_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "told_cause",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("routed_late", "Handed over late"),
                                    ("over_capacity", "Over capacity"),
                                    ("absent", "Owner absent"),
                                    ("bad_data", "Contact data wrong"),
                                    ("out_of_grid", "Outside the definition"),
                                    ("late", "Late"),
                                ],
                                db_default="",
                                max_length=14,
                            ),
                        ),
                        ("told_note", models.CharField(blank=True, db_default="", max_length=500)),
                    ],
                    options={
                        "verbose_name_plural": "breaches",
                        "ordering": ("-at",),
                        "indexes": [models.Index(fields=["-at"], name="breach_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("told_at", None), ("told_by", None), ("told_cause", "")),
                                    models.Q(
                                        models.Q(("told_cause", ""), _negated=True),
                                        ("told_at__isnull", False),
                                        ("told_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="breach_told_by_somebody",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Clause",
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
                                choices=[("marketing", "Marketing"), ("sales", "Sales")], max_length=10
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "metric",
                            models.CharField(
                                choices=[
                                    ("mql_delivered", "MQL delivered"),
                                    ("mql_accepted", "Accepted by sales"),
                                    ("refusals_answered", "Refusals answered"),
                                    ("first_contact", "Contacted in time"),
                                    ("attempts", "Attempts before gone dark"),
                                    ("refusal_reason", "Every refusal has a reason"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("target", models.DecimalField(decimal_places=4, max_digits=10)),
                        ("parameters", models.JSONField(blank=True, default=dict)),
                        ("text_en", models.CharField(max_length=300, verbose_name="text in English")),
                        (
                            "text_fr",
                            models.CharField(blank=True, max_length=300, verbose_name="text in French"),
                        ),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="clauses",
                                to="sla.contractversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("side", "position"),
                        "constraints": [
                            models.UniqueConstraint(fields=("contract", "metric"), name="clause_metric_once"),
                            models.UniqueConstraint(
                                fields=("contract", "side", "position"), name="clause_position_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("target__gte", 0)), name="clause_target_not_negative"
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="SweepMark",
                    fields=[
                        ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ("position", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("dealt", "dealt by the rule"),
                                    ("kept", "left with the contact’s owner"),
                                    ("claimed", "taken by the rep"),
                                    ("given", "given by hand"),
                                    ("followed", "followed the contact’s new owner"),
                                    ("overflow", "nobody could take it"),
                                    ("released", "put back because the rep left"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("considered", models.JSONField(blank=True, default=list)),
                        ("is_first", models.BooleanField(default=False)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "handoff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="sla.handoff",
                            ),
                        ),
                        (
                            "rep",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.ruleversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_first", True)),
                                fields=["at", "how"],
                                name="assignment_first_by_time",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("how__in", ("overflow", "released")), ("rep", None)),
                                    models.Q(
                                        models.Q(("how__in", ("overflow", "released")), _negated=True),
                                        ("rep__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="assignment_to_somebody_or_nobody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("how__in", ("claimed", "given")), _negated=True),
                                    ("by__isnull", False),
                                    _connector="OR",
                                ),
                                name="assignment_by_hand_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rule", None),
                                    ("how__in", ("dealt", "kept", "overflow")),
                                    _connector="OR",
                                ),
                                name="assignment_rule_deals",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_first", False), ("rep__isnull", False), _connector="OR"
                                ),
                                name="assignment_first_to_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_first", True)),
                                fields=("handoff",),
                                name="assignment_one_first",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(
            sql=GUARDS,
            reverse_sql=UNGUARDS,
        ),
    ]
