from django.db import migrations

# A version's row may change only while its agreement is a draft. `sm_refuse_signed_change('fk column', 'version table')`
# guards rows that belong to a version; without arguments it guards the version itself.
FREEZE = """
CREATE FUNCTION sm_refuse_signed_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed bigint;
    entry jsonb;
    found_state text;
BEGIN
    IF TG_OP = 'INSERT' THEN entry := to_jsonb(NEW); ELSE entry := to_jsonb(OLD); END IF;
    IF TG_NARGS = 0 THEN
        agreed := (entry ->> 'agreement_id')::bigint;
    ELSE
        EXECUTE format('SELECT agreement_id FROM %I WHERE id = $1', TG_ARGV[1])
            INTO agreed USING (entry ->> TG_ARGV[0])::bigint;
    END IF;
    SELECT state INTO found_state FROM agreements_agreement WHERE id = agreed;
    IF found_state IN ('proposed', 'in_force', 'superseded') THEN
        RAISE EXCEPTION '% of %: agreement % is %', TG_OP, TG_TABLE_NAME, agreed, found_state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION sm_refuse_agreement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('in_force', 'superseded') AND (
        TG_OP = 'DELETE'
        OR NEW.state NOT IN ('in_force', 'superseded')
        OR (OLD.state = 'superseded' AND NEW.state <> 'superseded')
        OR (OLD.subject, OLD.number, OLD.content_hash, OLD.in_force_from)
            IS DISTINCT FROM (NEW.subject, NEW.number, NEW.content_hash, NEW.in_force_from)
    ) THEN
        RAISE EXCEPTION '% of agreement % that is %', TG_OP, OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_its_word BEFORE UPDATE OR DELETE ON agreements_agreement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_agreement_change();
"""

THAW = """
DROP TRIGGER keeps_its_word ON agreements_agreement;
DROP FUNCTION sm_refuse_agreement_change();
DROP FUNCTION sm_refuse_signed_change();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_saved_and_closed")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
