from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("personas", "0001_initial"), ("agreements", "0004_signed_content_is_frozen")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON personas_personaversion
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();
            """,
            "DROP TRIGGER signed_is_frozen ON personas_personaversion",
        ),
    ]
