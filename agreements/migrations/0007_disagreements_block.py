from django.db import migrations

# What was said and settled stays. `sm_refuse_comment` locks the agreement's row against the signer's lock, so that a
# disagreement and a last signature at the same moment come one after the other.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_comment
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_settlement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_acknowledgement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE FUNCTION sm_has_open_disagreement(agreed bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM agreements_comment AS said
        WHERE said.agreement_id = agreed AND said.is_disagreement
          AND NOT EXISTS (SELECT FROM agreements_settlement AS ended WHERE ended.comment_id = said.id)
    )
$$;

CREATE FUNCTION sm_refuse_comment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_state text;
BEGIN
    SELECT state INTO found_state FROM agreements_agreement WHERE id = NEW.agreement_id FOR SHARE;
    IF found_state NOT IN ('draft', 'proposed') THEN
        RAISE EXCEPTION 'comment on agreement % that is %', NEW.agreement_id, found_state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.answers_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM agreements_comment
        WHERE id = NEW.answers_id AND agreement_id = NEW.agreement_id AND answers_id IS NULL
    ) THEN
        RAISE EXCEPTION 'an answer to % that is no first comment of agreement %', NEW.answers_id, NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.is_disagreement AND (
        SELECT count(DISTINCT side) FROM agreements_signature WHERE agreement_id = NEW.agreement_id
    ) = 2 THEN
        RAISE EXCEPTION 'disagreement with agreement % that both sides have signed', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_said_in_time BEFORE INSERT ON agreements_comment
FOR EACH ROW EXECUTE FUNCTION sm_refuse_comment();

CREATE FUNCTION sm_refuse_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM agreements_comment AS said
        WHERE said.id = NEW.comment_id AND said.is_disagreement AND (
            said.author_id = NEW.settled_by_id
            OR EXISTS (
                SELECT FROM agreements_comment AS answer
                WHERE answer.id = NEW.answer_id AND answer.answers_id = said.id
                  AND answer.author_id = NEW.settled_by_id
            )
        )
    ) THEN
        RAISE EXCEPTION 'settlement of % by neither its author nor a written answer', NEW.comment_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_answered BEFORE INSERT ON agreements_settlement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_settlement();

CREATE FUNCTION sm_refuse_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF sm_has_open_disagreement(NEW.agreement_id) THEN
        RAISE EXCEPTION 'signature under agreement % with an open disagreement', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_disagrees BEFORE INSERT ON agreements_signature
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signature();

-- Acceptance of what is not in force would count in a rate of adoption.
CREATE FUNCTION sm_refuse_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM agreements_agreement WHERE id = NEW.agreement_id AND state IN ('in_force', 'superseded')
    ) THEN
        RAISE EXCEPTION 'acknowledgement of agreement % that never was in force', NEW.agreement_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_in_force BEFORE INSERT ON agreements_acknowledgement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_acknowledgement();

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
    IF OLD.state IN ('withdrawn', 'declined') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'agreement % was ended: the next draft is another version', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'draft' AND (OLD.starts_at, OLD.content_hash) IS DISTINCT FROM (NEW.starts_at, NEW.content_hash)
    THEN
        RAISE EXCEPTION 'what is proposed in agreement % was changed under its signers', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('proposed', 'in_force') AND sm_has_open_disagreement(OLD.id) THEN
        RAISE EXCEPTION 'agreement % has an open disagreement', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- A text that was sent back stays as it was, too: whoever signed it, signed that.
CREATE OR REPLACE FUNCTION sm_refuse_signed_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF found_state <> 'draft' THEN
        RAISE EXCEPTION '% of %: agreement % is %', TG_OP, TG_TABLE_NAME, agreed, found_state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
"""

UNGUARD = """
DROP TRIGGER append_only ON agreements_comment;
DROP TRIGGER append_only ON agreements_settlement;
DROP TRIGGER append_only ON agreements_acknowledgement;
DROP TRIGGER is_said_in_time ON agreements_comment;
DROP TRIGGER is_answered ON agreements_settlement;
DROP TRIGGER nobody_disagrees ON agreements_signature;
DROP TRIGGER is_in_force ON agreements_acknowledgement;
DROP FUNCTION sm_refuse_comment();
DROP FUNCTION sm_refuse_settlement();
DROP FUNCTION sm_refuse_signature();
DROP FUNCTION sm_refuse_acknowledgement();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0006_discussed_declined_and_dated")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
