from django.db import migrations

FACTS = {
    "contact": (
        *("first_name", "last_name", "email", "phone", "job_title", "function", "seniority", "company_id"),
        *("city", "country", "language", "recontact_on", "source_id", "campaign_id", "marketing_owner_id"),
        *("persona_id", "custom"),
    ),
    "company": ("name", "domain", "sector", "headcount", "city", "country", "custom"),
    "deal": ("contact_id", "stage", "amount_cents", "opened_at", "quote_sent_at", "closed_at"),
}
"""The columns that criteria read. What the ledger of transitions holds is not written twice."""

NOTE = """
CREATE FUNCTION sm_note_fact_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    is_now jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO leads_fieldchange (entity, subject_id, field, before, after, known_at, actor_id, origin)
    SELECT TG_ARGV[0], NEW.id, changed.field, changed.before, changed.after,
           coalesce(nullif(current_setting('smarketing.known_at', true), '')::timestamptz, now()),
           nullif(current_setting('smarketing.actor', true), '')::bigint,
           coalesce(current_setting('smarketing.origin', true), '')
    FROM (
        SELECT name AS field, was -> name AS before, is_now -> name AS after
        FROM unnest(string_to_array(TG_ARGV[1], ' ')) AS name WHERE name <> 'custom'
        UNION ALL
        SELECT 'custom.' || key, coalesce(was -> 'custom' -> key, 'null'), coalesce(is_now -> 'custom' -> key, 'null')
        FROM jsonb_object_keys((was -> 'custom') || (is_now -> 'custom')) AS key
    ) changed
    WHERE changed.before IS DISTINCT FROM changed.after;
    RETURN NULL;
END $$
"""

NOTE_SCORES = """
CREATE FUNCTION sm_note_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO leads_scorechange (contact_id, known_at, fit, engagement, is_excluded, triggered_at, model_id)
        SELECT contact_id, scored_at, fit, engagement, is_excluded, triggered_at, model_id FROM is_now;
    ELSE
        INSERT INTO leads_scorechange (contact_id, known_at, fit, engagement, is_excluded, triggered_at, model_id)
        SELECT n.contact_id, n.scored_at, n.fit, n.engagement, n.is_excluded, n.triggered_at, n.model_id
        FROM is_now n JOIN was w ON w.contact_id = n.contact_id
        WHERE (n.fit, n.engagement, n.is_excluded, n.triggered_at)
            IS DISTINCT FROM (w.fit, w.engagement, w.is_excluded, w.triggered_at);
    END IF;
    RETURN NULL;
END $$
"""


def noting(entity: str, columns: tuple[str, ...]) -> migrations.RunSQL:
    """The trigger of one table, which costs nothing where no such column changes."""
    was, is_now = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER note_fact_changes AFTER UPDATE ON leads_{entity} FOR EACH ROW
        WHEN (({was}) IS DISTINCT FROM ({is_now}))
        EXECUTE FUNCTION sm_note_fact_changes('{entity}', '{" ".join(columns)}')
        """,
        f"DROP TRIGGER note_fact_changes ON leads_{entity}",
    )


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_field_history")]

    operations = [
        migrations.RunSQL(NOTE, "DROP FUNCTION sm_note_fact_changes()"),
        *(noting(entity, columns) for entity, columns in FACTS.items()),
        migrations.RunSQL(NOTE_SCORES, "DROP FUNCTION sm_note_scores()"),
        migrations.RunSQL(
            """
            CREATE TRIGGER note_new_scores AFTER INSERT ON leads_contactscore
            REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_scores();
            CREATE TRIGGER note_scores AFTER UPDATE ON leads_contactscore
            REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_scores();
            INSERT INTO leads_scorechange (contact_id, known_at, fit, engagement, is_excluded, triggered_at, model_id)
            SELECT contact_id, scored_at, fit, engagement, is_excluded, triggered_at, model_id FROM leads_contactscore;
            """,
            """
            DROP TRIGGER note_scores ON leads_contactscore;
            DROP TRIGGER note_new_scores ON leads_contactscore;
            """,
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_{table}
                FOR EACH ROW EXECUTE FUNCTION sm_refuse_change()
                """,
                f"DROP TRIGGER append_only ON leads_{table}",
            )
            for table in ("fieldchange", "scorechange")
        ),
    ]
