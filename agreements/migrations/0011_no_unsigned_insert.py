from django.db import migrations

# Nothing comes into force without a signature of each side, by an UPDATE (0009); nor may it be there at once. What
# nobody drafted is what a new installation starts with, which is marked as unsigned wherever it is shown.
GUARD = """
CREATE FUNCTION sm_refuse_unsigned_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'agreement % v% is % and nobody has signed it', NEW.subject, NEW.number, NEW.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER is_signed_before_force BEFORE INSERT ON agreements_agreement
FOR EACH ROW WHEN (NEW.drafted_by_id IS NOT NULL AND NEW.state IN ('in_force', 'superseded', 'retired'))
EXECUTE FUNCTION sm_refuse_unsigned_insert();
"""

UNGUARD = """
DROP TRIGGER is_signed_before_force ON agreements_agreement;
DROP FUNCTION sm_refuse_unsigned_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0010_writings")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
