import importlib

from django.db import migrations

field_history = importlib.import_module("leads.migrations.0006_field_history_is_written")

NOTED = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_scorechange
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
CREATE TRIGGER note_new_scores AFTER INSERT ON leads_contactscore
REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_scores();
CREATE TRIGGER note_scores AFTER UPDATE ON leads_contactscore
REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_scores();
INSERT INTO leads_scorechange (contact_id, known_at, fit, engagement, is_excluded, triggered_at, model_id)
SELECT contact_id, scored_at, fit, engagement, is_excluded, triggered_at, model_id FROM leads_contactscore;
"""


class Migration(migrations.Migration):
    """Scores of the past are worked out from touches, facts and models (decision 40): nothing keeps them twice."""

    dependencies = [("leads", "0017_import_reasons")]

    operations = [
        # Read upwards on the way back: the table, the function, the triggers and the scores of now.
        migrations.RunSQL(
            "DROP TRIGGER note_scores ON leads_contactscore; DROP TRIGGER note_new_scores ON leads_contactscore",
            NOTED,
        ),
        migrations.RunSQL("DROP FUNCTION sm_note_scores()", field_history.NOTE_SCORES),
        migrations.DeleteModel("ScoreChange"),
    ]
