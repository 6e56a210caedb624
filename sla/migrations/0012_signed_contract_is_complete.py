from django.db import migrations

OF_CONTRACT = ("clause", "calendar")


class Migration(migrations.Migration):
    """Nothing is added to a contract that is proposed or signed, as of scoring: it would bind without a signature."""

    dependencies = [
        ("sla", "0011_clocks_by_rule"),
        ("leads", "0030_cells_are_planned_anew"),
    ]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER signed_is_complete BEFORE INSERT OR UPDATE ON sla_{table}
            FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_addition('contract_id', 'sla_contractversion')
            """,
            f"DROP TRIGGER signed_is_complete ON sla_{table}",
        )
        for table in OF_CONTRACT
    ]
