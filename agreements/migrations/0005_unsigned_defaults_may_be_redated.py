from django.db import migrations

# What a new installation starts with is in force without a signature: the day it counts from may still be set.
KEEPS_ITS_WORD = """
CREATE OR REPLACE FUNCTION sm_refuse_agreement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('in_force', 'superseded') AND (
        TG_OP = 'DELETE'
        OR NEW.state NOT IN ('in_force', 'superseded')
        OR (OLD.state = 'superseded' AND NEW.state <> 'superseded')
        OR (OLD.subject, OLD.number, OLD.content_hash) IS DISTINCT FROM (NEW.subject, NEW.number, NEW.content_hash)
        OR (
            OLD.in_force_from IS DISTINCT FROM NEW.in_force_from
            AND EXISTS (SELECT FROM agreements_signature WHERE agreement_id = OLD.id)
        )
    ) THEN
        RAISE EXCEPTION '% of agreement % that is %', TG_OP, OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0004_signed_content_is_frozen")]

    operations = [migrations.RunSQL(KEEPS_ITS_WORD, migrations.RunSQL.noop)]
