from django.db import migrations

# Rows of what was proposed or signed neither change nor go (agreements 0004); nor are any added to it afterwards. The
# defaults of a new installation are in force without a signature while they are being written.
COMPLETE = """
CREATE FUNCTION sm_refuse_signed_addition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed bigint;
BEGIN
    EXECUTE format('SELECT agreement_id FROM %I WHERE id = $1', TG_ARGV[1])
        INTO agreed USING (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    IF EXISTS (SELECT FROM agreements_agreement WHERE id = agreed AND state = 'proposed')
        OR EXISTS (SELECT FROM agreements_signature WHERE agreement_id = agreed)
    THEN
        RAISE EXCEPTION '% of %: agreement % is proposed or signed', TG_OP, TG_TABLE_NAME, agreed
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def frozen(table: str, *arguments: str) -> migrations.RunSQL:
    listed = ", ".join(f"'{argument}'" for argument in arguments)
    return migrations.RunSQL(
        f"CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change({listed})",
        f"DROP TRIGGER signed_is_frozen ON {table}",
    )


def complete(table: str, *arguments: str) -> migrations.RunSQL:
    listed = ", ".join(f"'{argument}'" for argument in arguments)
    return migrations.RunSQL(
        f"CREATE TRIGGER signed_is_complete BEFORE INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_addition({listed})",
        f"DROP TRIGGER signed_is_complete ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0006_field_history_is_written"),
        ("agreements", "0005_unsigned_defaults_may_be_redated"),
    ]

    operations = [
        migrations.RunSQL(COMPLETE, "DROP FUNCTION sm_refuse_signed_addition()"),
        frozen("leads_scoringmodel"),
        frozen("leads_scoringgroup", "model_id", "leads_scoringmodel"),
        frozen("leads_scoringrule", "model_id", "leads_scoringmodel"),
        complete("leads_scoringgroup", "model_id", "leads_scoringmodel"),
        complete("leads_scoringrule", "model_id", "leads_scoringmodel"),
    ]
