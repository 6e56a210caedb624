from django.db import migrations

# The triggers that were there keep what is signed; these keep that it is signed at all. A signature names the very
# content of its version, and nothing comes into force, or is retired, without one of each side under that content.
# The first version of a new installation, which nobody drafted, is the one exception.
GUARD = """
CREATE OR REPLACE FUNCTION sm_refuse_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM agreements_agreement
        WHERE id = NEW.agreement_id AND state = 'proposed' AND content_hash = NEW.content_hash
    ) THEN
        RAISE EXCEPTION 'signature under another content than agreement % proposes', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF sm_has_open_disagreement(NEW.agreement_id) THEN
        RAISE EXCEPTION 'signature under agreement % with an open disagreement', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION sm_refuse_unsigned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND OLD.number = 1 AND OLD.drafted_by_id IS NULL THEN RETURN NEW; END IF;
    IF (
        SELECT count(DISTINCT side) FROM agreements_signature
        WHERE agreement_id = NEW.id AND content_hash = NEW.content_hash
    ) < 2 THEN
        RAISE EXCEPTION 'agreement % is not signed by both sides', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_signed_by_both BEFORE UPDATE OF state ON agreements_agreement
FOR EACH ROW WHEN (OLD.state IN ('draft', 'proposed') AND NEW.state NOT IN ('draft', 'proposed', 'withdrawn', 'declined'))
EXECUTE FUNCTION sm_refuse_unsigned();
"""

UNGUARD = """
DROP TRIGGER is_signed_by_both ON agreements_agreement;
DROP FUNCTION sm_refuse_unsigned();

CREATE OR REPLACE FUNCTION sm_refuse_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF sm_has_open_disagreement(NEW.agreement_id) THEN
        RAISE EXCEPTION 'signature under agreement % with an open disagreement', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0008_retired")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
