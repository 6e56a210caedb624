from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_signature
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
            """,
            "DROP TRIGGER append_only ON agreements_signature",
        ),
    ]
