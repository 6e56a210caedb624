from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0003_seat_turn_and_sweep_marks"),
        ("agreements", "0004_signed_content_is_frozen"),
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_contractversion
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();
            """,
            "DROP TRIGGER signed_is_frozen ON sla_contractversion",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_clause
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('contract_id', 'sla_contractversion');
            """,
            "DROP TRIGGER signed_is_frozen ON sla_clause",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON sla_calendar
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('contract_id', 'sla_contractversion');
            """,
            "DROP TRIGGER signed_is_frozen ON sla_calendar",
        ),
    ]
