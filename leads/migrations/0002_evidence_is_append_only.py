from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_transition
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
            """,
            "DROP TRIGGER append_only ON leads_transition",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_touchpoint
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
            """,
            "DROP TRIGGER append_only ON leads_touchpoint",
        ),
        # A stage interval starts where the one before it ended: the chain that forbids gaps.
        migrations.RunSQL(
            """
            ALTER TABLE leads_stageinterval ADD CONSTRAINT interval_chain
            FOREIGN KEY (contact_id, previous_left_at)
            REFERENCES leads_stageinterval (contact_id, left_at) DEFERRABLE INITIALLY DEFERRED;
            """,
            "ALTER TABLE leads_stageinterval DROP CONSTRAINT interval_chain",
        ),
        # Scores are rewritten often: room in the page keeps the updates within it.
        migrations.RunSQL(
            "ALTER TABLE leads_contactscore SET (fillfactor = 50)",
            "ALTER TABLE leads_contactscore RESET (fillfactor)",
        ),
    ]
