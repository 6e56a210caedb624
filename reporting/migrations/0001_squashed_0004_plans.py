"""The tables of reporting as 0001 to 0004 made them, at once; those are for installations on their way."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import lib.currencies
import lib.schema
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE TABLE reporting_milestone (
    contact_id bigint PRIMARY KEY,
    lead_at timestamptz,
    mql_at timestamptz,
    sql_at timestamptz,
    opportunity_at timestamptz,
    customer_at timestamptz,
    mql_entered_at timestamptz,
    handoff_accepted_at timestamptz,
    accepted_at timestamptz GENERATED ALWAYS AS (least(handoff_accepted_at, sql_at)) STORED
);

CREATE INDEX milestone_lead_at ON reporting_milestone (lead_at) WHERE lead_at IS NOT NULL;

CREATE INDEX milestone_mql_at ON reporting_milestone (mql_at) WHERE mql_at IS NOT NULL;

CREATE INDEX milestone_sql_at ON reporting_milestone (sql_at) WHERE sql_at IS NOT NULL;

CREATE INDEX milestone_opportunity_at ON reporting_milestone (opportunity_at) WHERE opportunity_at IS NOT NULL;

CREATE INDEX milestone_customer_at ON reporting_milestone (customer_at) WHERE customer_at IS NOT NULL;

CREATE INDEX milestone_mql_entered_at ON reporting_milestone (mql_entered_at) WHERE mql_entered_at IS NOT NULL;

CREATE INDEX milestone_accepted_at ON reporting_milestone (accepted_at) WHERE accepted_at IS NOT NULL;

CREATE VIEW reporting_milestone_of_ledger AS
SELECT f.contact_id,
    min(f.at) FILTER (WHERE f.position >= p.lead) AS lead_at,
    min(f.at) FILTER (WHERE f.position >= p.mql) AS mql_at,
    min(f.at) FILTER (WHERE f.position >= p.sql) AS sql_at,
    min(f.at) FILTER (WHERE f.position >= p.opportunity) AS opportunity_at,
    min(f.at) FILTER (WHERE f.position >= p.customer) AS customer_at,
    min(f.at) FILTER (WHERE f.stage = 'mql') AS mql_entered_at,
    min(f.at) FILTER (WHERE f.stage = 'handoff') AS handoff_accepted_at
FROM (
    SELECT i.contact_id, i.entered_at AS at, i.stage_id AS stage, s.position
    FROM leads_stageinterval i JOIN lifecycle_stage s ON s.key = i.stage_id
    UNION ALL
    SELECT h.contact_id, h.decided_at, 'handoff', NULL FROM sla_handoff h WHERE h.state = 'accepted'
) f, (SELECT max(position) FILTER (WHERE key = 'lead') AS lead, max(position) FILTER (WHERE key = 'mql') AS mql, max(position) FILTER (WHERE key = 'sql') AS sql, max(position) FILTER (WHERE key = 'opportunity') AS opportunity, max(position) FILTER (WHERE key = 'customer') AS customer FROM lifecycle_stage) p
WHERE f.position >= p.lead OR f.position IS NULL
GROUP BY f.contact_id;

CREATE FUNCTION reporting_stages_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting_milestone AS known (contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at)
    SELECT f.contact_id,
    min(f.at) FILTER (WHERE f.position >= p.lead) AS lead_at,
    min(f.at) FILTER (WHERE f.position >= p.mql) AS mql_at,
    min(f.at) FILTER (WHERE f.position >= p.sql) AS sql_at,
    min(f.at) FILTER (WHERE f.position >= p.opportunity) AS opportunity_at,
    min(f.at) FILTER (WHERE f.position >= p.customer) AS customer_at,
    min(f.at) FILTER (WHERE f.stage = 'mql') AS mql_entered_at
    FROM (
        SELECT i.contact_id, i.entered_at AS at, i.stage_id AS stage, s.position
        FROM entered i JOIN lifecycle_stage s ON s.key = i.stage_id
    ) f, (SELECT max(position) FILTER (WHERE key = 'lead') AS lead, max(position) FILTER (WHERE key = 'mql') AS mql, max(position) FILTER (WHERE key = 'sql') AS sql, max(position) FILTER (WHERE key = 'opportunity') AS opportunity, max(position) FILTER (WHERE key = 'customer') AS customer FROM lifecycle_stage) p
    WHERE f.position >= p.lead GROUP BY f.contact_id ORDER BY f.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET
        lead_at = least(known.lead_at, excluded.lead_at), mql_at = least(known.mql_at, excluded.mql_at), sql_at = least(known.sql_at, excluded.sql_at), opportunity_at = least(known.opportunity_at, excluded.opportunity_at), customer_at = least(known.customer_at, excluded.customer_at), mql_entered_at = least(known.mql_entered_at, excluded.mql_entered_at)
    WHERE (known.lead_at, known.mql_at, known.sql_at, known.opportunity_at, known.customer_at, known.mql_entered_at)
        IS DISTINCT FROM (least(known.lead_at, excluded.lead_at), least(known.mql_at, excluded.mql_at), least(known.sql_at, excluded.sql_at), least(known.opportunity_at, excluded.opportunity_at), least(known.customer_at, excluded.customer_at), least(known.mql_entered_at, excluded.mql_entered_at));
    RETURN NULL;
END $$;

CREATE TRIGGER milestones AFTER INSERT ON leads_stageinterval
REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION reporting_stages_entered();

CREATE FUNCTION reporting_recount_milestones(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM reporting_milestone WHERE contact_id = ANY (ids) ORDER BY contact_id FOR UPDATE;
    DELETE FROM reporting_milestone WHERE contact_id = ANY (ids);
    INSERT INTO reporting_milestone (contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at, handoff_accepted_at)
    SELECT contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at, handoff_accepted_at
    FROM reporting_milestone_of_ledger WHERE contact_id = ANY (ids);
END $$;

CREATE FUNCTION reporting_stages_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reporting_recount_milestones(ids) FROM (SELECT array_agg(DISTINCT contact_id) AS ids FROM removed) r
    WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION reporting_stage_corrected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reporting_recount_milestones(ARRAY[OLD.contact_id, NEW.contact_id]);
    RETURN NULL;
END $$;

CREATE TRIGGER milestones_removed AFTER DELETE ON leads_stageinterval
REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION reporting_stages_removed();

CREATE TRIGGER milestones_corrected AFTER UPDATE ON leads_stageinterval FOR EACH ROW
WHEN ((OLD.contact_id, OLD.stage_id, OLD.entered_at) IS DISTINCT FROM (NEW.contact_id, NEW.stage_id, NEW.entered_at))
EXECUTE FUNCTION reporting_stage_corrected();

CREATE FUNCTION reporting_handoff_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_contact bigint := coalesce(NEW.contact_id, OLD.contact_id);
BEGIN
    INSERT INTO reporting_milestone (contact_id) VALUES (of_contact) ON CONFLICT DO NOTHING;
    UPDATE reporting_milestone SET handoff_accepted_at =
        (SELECT min(decided_at) FROM sla_handoff WHERE contact_id = of_contact AND state = 'accepted')
    WHERE contact_id = of_contact;
    DELETE FROM reporting_milestone
    WHERE contact_id = of_contact AND num_nonnulls(lead_at, mql_entered_at, handoff_accepted_at) = 0;
    RETURN NULL;
END $$;

CREATE TRIGGER milestones_handed AFTER INSERT ON sla_handoff FOR EACH ROW
WHEN (NEW.state = 'accepted') EXECUTE FUNCTION reporting_handoff_accepted();

CREATE TRIGGER milestones_decided AFTER UPDATE ON sla_handoff FOR EACH ROW
WHEN ((OLD.state = 'accepted' OR NEW.state = 'accepted')
    AND (OLD.state, OLD.decided_at) IS DISTINCT FROM (NEW.state, NEW.decided_at))
EXECUTE FUNCTION reporting_handoff_accepted();

CREATE TRIGGER milestones_dropped AFTER DELETE ON sla_handoff FOR EACH ROW
WHEN (OLD.state = 'accepted') EXECUTE FUNCTION reporting_handoff_accepted();

CREATE FUNCTION reporting_rebuild_milestones() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE reporting_milestone IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM reporting_milestone;
    INSERT INTO reporting_milestone (contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at, handoff_accepted_at)
    SELECT contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at, handoff_accepted_at FROM reporting_milestone_of_ledger;
END $$;

CREATE FUNCTION reporting_milestones_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reporting_rebuild_milestones();
    RETURN NULL;
END $$;

CREATE TRIGGER milestones_reordered AFTER UPDATE ON lifecycle_stage FOR EACH ROW
WHEN (OLD.position <> NEW.position) EXECUTE FUNCTION reporting_milestones_moved();

CREATE TRIGGER milestones_emptied AFTER TRUNCATE ON leads_stageinterval
FOR EACH STATEMENT EXECUTE FUNCTION reporting_milestones_moved();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON reporting_planversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE FUNCTION sm_free_days_of_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reporting_plan AS p SET freed_at = now.freed_at
    FROM (
        SELECT
            subject,
            CASE WHEN bool_or(state IN ('in_force', 'draft', 'proposed')) THEN NULL
            ELSE coalesce(max(in_force_from) FILTER (WHERE state = 'retired'), max(closed_at)) END AS freed_at
        FROM agreements_agreement WHERE subject = NEW.subject GROUP BY subject
    ) AS now
    WHERE now.subject = 'plan:' || p.id AND p.freed_at IS DISTINCT FROM now.freed_at;
    RETURN NULL;
END $$;

CREATE TRIGGER frees_days_of_plan AFTER INSERT OR UPDATE OF state ON agreements_agreement
FOR EACH ROW WHEN (NEW.subject LIKE 'plan:%') EXECUTE FUNCTION sm_free_days_of_plan();

CREATE FUNCTION sm_plan_keeps_its_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the days of a plan are signed' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER keeps_its_days BEFORE UPDATE OF starts_on, ends_on ON reporting_plan
FOR EACH ROW WHEN ((OLD.starts_on, OLD.ends_on) IS DISTINCT FROM (NEW.starts_on, NEW.ends_on))
EXECUTE FUNCTION sm_plan_keeps_its_days();
"""

UNGUARDS = """
DROP FUNCTION sm_plan_keeps_its_days CASCADE;
DROP FUNCTION sm_free_days_of_plan CASCADE;
DROP TRIGGER signed_is_frozen ON reporting_planversion;
DROP FUNCTION reporting_milestones_moved CASCADE;
DROP FUNCTION reporting_rebuild_milestones CASCADE;
DROP FUNCTION reporting_handoff_accepted CASCADE;
DROP FUNCTION reporting_stage_corrected CASCADE;
DROP FUNCTION reporting_stages_removed CASCADE;
DROP FUNCTION reporting_recount_milestones CASCADE;
DROP FUNCTION reporting_stages_entered CASCADE;
DROP VIEW reporting_milestone_of_ledger CASCADE;
DROP TABLE reporting_milestone CASCADE;
"""


class Migration(migrations.Migration):
    replaces = [
        ("reporting", "0001_initial"),
        ("reporting", "0002_milestones"),
        ("reporting", "0003_exchange_rates"),
        ("reporting", "0004_plans"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0005_is_new"),
        ("agreements", "0001_squashed_0011_no_unsigned_insert"),
        ("leads", "0001_squashed_0030_cells_are_planned_anew"),
        ("lifecycle", "0001_squashed_0011_deal_information"),
        ("sla", "0001_squashed_0010_routing_becomes_assignments"),
    ]

    operations = [
        lib.schema.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Objective",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("month", models.DateField(unique=True)),
                        ("amount_cents", models.BigIntegerField(verbose_name="objective")),
                        (
                            "currency",
                            models.CharField(default=lib.currencies.reporting_currency, max_length=3),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-month",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_cents__gte", 0)), name="objective_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)), name="objective_month_is_first_day"
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Milestone",
                    fields=[
                        (
                            "contact",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                primary_key=True,
                                related_name="milestone",
                                serialize=False,
                                to="leads.contact",
                            ),
                        ),
                        ("lead_at", models.DateTimeField(null=True)),
                        ("mql_at", models.DateTimeField(null=True)),
                        ("sql_at", models.DateTimeField(null=True)),
                        ("opportunity_at", models.DateTimeField(null=True)),
                        ("customer_at", models.DateTimeField(null=True)),
                        ("mql_entered_at", models.DateTimeField(null=True)),
                        ("accepted_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "managed": False,
                        "db_table": "reporting_milestone",
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Plan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField()),
                        ("freed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("-starts_on", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="plan_ends_after_start",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("freed_at", None)),
                                expressions=(
                                    (
                                        models.Func(
                                            models.F("starts_on"),
                                            models.F("ends_on"),
                                            models.Value("[]"),
                                            function="daterange",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ),
                                name="plan_one_a_period",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="PlanVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("aim_en", models.TextField(verbose_name="what we want together, in English")),
                        (
                            "aim_fr",
                            models.TextField(blank=True, verbose_name="what we want together, in French"),
                        ),
                        ("objectives", models.JSONField(default=list)),
                        ("parts", models.JSONField(default=list)),
                        ("milestones", models.JSONField(default=list)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="reporting.plan",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("parts", []), _negated=True),
                                name="plan_rests_on_something",
                            )
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
