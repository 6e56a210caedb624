from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0001_initial"), ("agreements", "0004_signed_content_is_frozen")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_termversion
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();
            """,
            "DROP TRIGGER signed_is_frozen ON lifecycle_termversion",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_stagedefinition
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();
            """,
            "DROP TRIGGER signed_is_frozen ON lifecycle_stagedefinition",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON lifecycle_ruleversion
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();
            """,
            "DROP TRIGGER signed_is_frozen ON lifecycle_ruleversion",
        ),
    ]
