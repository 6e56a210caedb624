"""When each contact first reached each step, kept by the database beside the stage history it follows from."""

import django.db.models.deletion
from django.db import migrations, models

STAGES = ("lead", "mql", "sql", "opportunity", "customer")
COLUMNS = (*(f"{stage}_at" for stage in STAGES), "mql_entered_at")
INDEXED = (*COLUMNS, "accepted_at")

TABLE = """
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
)
"""

FIRSTS = ",\n    ".join(
    (
        *(f"min(f.at) FILTER (WHERE f.position >= p.{stage}) AS {stage}_at" for stage in STAGES),
        "min(f.at) FILTER (WHERE f.stage = 'mql') AS mql_entered_at",
    )
)

POSITIONS = "(SELECT {} FROM lifecycle_stage) p".format(
    ", ".join(f"max(position) FILTER (WHERE key = '{stage}') AS {stage}" for stage in STAGES)
)

# What the table must hold: read to fill it, to mend it, and to prove it.
FOLLOWS = f"""
CREATE VIEW reporting_milestone_of_ledger AS
SELECT f.contact_id,
    {FIRSTS},
    min(f.at) FILTER (WHERE f.stage = 'handoff') AS handoff_accepted_at
FROM (
    SELECT i.contact_id, i.entered_at AS at, i.stage_id AS stage, s.position
    FROM leads_stageinterval i JOIN lifecycle_stage s ON s.key = i.stage_id
    UNION ALL
    SELECT h.contact_id, h.decided_at, 'handoff', NULL FROM sla_handoff h WHERE h.state = 'accepted'
) f, {POSITIONS}
WHERE f.position >= p.lead OR f.position IS NULL
GROUP BY f.contact_id
"""

# The earlier moment wins, in whichever order two transactions write: history may be imported late.
ENTERED = f"""
CREATE FUNCTION reporting_stages_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting_milestone AS known (contact_id, {", ".join(COLUMNS)})
    SELECT f.contact_id,
    {FIRSTS}
    FROM (
        SELECT i.contact_id, i.entered_at AS at, i.stage_id AS stage, s.position
        FROM entered i JOIN lifecycle_stage s ON s.key = i.stage_id
    ) f, {POSITIONS}
    WHERE f.position >= p.lead GROUP BY f.contact_id ORDER BY f.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET
        {", ".join(f"{name} = least(known.{name}, excluded.{name})" for name in COLUMNS)}
    WHERE ({", ".join(f"known.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"least(known.{name}, excluded.{name})" for name in COLUMNS)});
    RETURN NULL;
END $$;
CREATE TRIGGER milestones AFTER INSERT ON leads_stageinterval
REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION reporting_stages_entered()
"""

# An import is taken back, or an interval is corrected: from the history that is left.
TAKEN_BACK = """
CREATE FUNCTION reporting_recount_milestones(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM reporting_milestone WHERE contact_id = ANY (ids) ORDER BY contact_id FOR UPDATE;
    DELETE FROM reporting_milestone WHERE contact_id = ANY (ids);
    INSERT INTO reporting_milestone (contact_id, {columns}, handoff_accepted_at)
    SELECT contact_id, {columns}, handoff_accepted_at
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
EXECUTE FUNCTION reporting_stage_corrected()
""".format(columns=", ".join(COLUMNS))

ACCEPTED = """
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
WHEN (OLD.state = 'accepted') EXECUTE FUNCTION reporting_handoff_accepted()
"""

# Writers wait for the lock and then add theirs to what is rebuilt.
REBUILT = """
CREATE FUNCTION reporting_rebuild_milestones() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE reporting_milestone IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM reporting_milestone;
    INSERT INTO reporting_milestone (contact_id, {columns}, handoff_accepted_at)
    SELECT contact_id, {columns}, handoff_accepted_at FROM reporting_milestone_of_ledger;
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
SELECT reporting_rebuild_milestones()
""".format(columns=", ".join(COLUMNS))


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0015_publications"),
        ("lifecycle", "0001_initial"),
        ("reporting", "0001_initial"),
        ("sla", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE reporting_milestone"),
        *(
            migrations.RunSQL(
                f"CREATE INDEX milestone_{name} ON reporting_milestone ({name}) WHERE {name} IS NOT NULL",
                f"DROP INDEX milestone_{name}",
            )
            for name in INDEXED
        ),
        migrations.RunSQL(FOLLOWS, "DROP VIEW reporting_milestone_of_ledger"),
        migrations.RunSQL(ENTERED, "DROP FUNCTION reporting_stages_entered() CASCADE"),
        migrations.RunSQL(
            TAKEN_BACK,
            """
            DROP FUNCTION reporting_stage_corrected() CASCADE;
            DROP FUNCTION reporting_stages_removed() CASCADE;
            DROP FUNCTION reporting_recount_milestones(bigint[]);
            """,
        ),
        migrations.RunSQL(ACCEPTED, "DROP FUNCTION reporting_handoff_accepted() CASCADE"),
        migrations.RunSQL(
            REBUILT,
            """
            DROP FUNCTION reporting_milestones_moved() CASCADE;
            DROP FUNCTION reporting_rebuild_milestones();
            """,
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
                *((name, models.DateTimeField(null=True)) for name in INDEXED),
            ],
            options={"managed": False, "db_table": "reporting_milestone"},
        ),
    ]
