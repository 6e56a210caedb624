"""The tables of agreements as 0001 to 0011 made them, at once; those are for installations on their way."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import lib.schema
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_signature
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

-- A text that was sent back stays as it was, too: whoever signed it, signed that.
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
    IF found_state <> 'draft' THEN
        RAISE EXCEPTION '% of %: agreement % is %', TG_OP, TG_TABLE_NAME, agreed, found_state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION sm_refuse_agreement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('in_force', 'superseded', 'retired') AND (
        TG_OP = 'DELETE'
        OR NEW.state NOT IN ('in_force', 'superseded', 'retired')
        OR (OLD.state <> NEW.state AND NEW.state <> 'superseded')
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

    IF NEW.retires <> OLD.retires OR (OLD.retires AND NEW.note <> OLD.note) THEN
        RAISE EXCEPTION 'whether and why agreement % retires its thing is what was signed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    IF OLD.state IN ('withdrawn', 'declined') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'agreement % was ended: the next draft is another version', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'draft' AND (OLD.starts_at, OLD.content_hash) IS DISTINCT FROM (NEW.starts_at, NEW.content_hash)
    THEN
        RAISE EXCEPTION 'what is proposed in agreement % was changed under its signers', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('proposed', 'in_force', 'superseded', 'retired') AND sm_has_open_disagreement(OLD.id) THEN
        RAISE EXCEPTION 'agreement % has an open disagreement', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_its_word BEFORE UPDATE OR DELETE ON agreements_agreement
FOR EACH ROW EXECUTE FUNCTION sm_refuse_agreement_change();

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

CREATE FUNCTION sm_refuse_unsigned_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'agreement % v% is % and nobody has signed it', NEW.subject, NEW.number, NEW.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER is_signed_before_force BEFORE INSERT ON agreements_agreement
FOR EACH ROW WHEN (NEW.drafted_by_id IS NOT NULL AND NEW.state IN ('in_force', 'superseded', 'retired'))
EXECUTE FUNCTION sm_refuse_unsigned_insert();
"""

UNGUARDS = """
DROP FUNCTION sm_refuse_unsigned_insert CASCADE;
DROP FUNCTION sm_refuse_unsigned CASCADE;
DROP FUNCTION sm_refuse_acknowledgement CASCADE;
DROP FUNCTION sm_refuse_signature CASCADE;
DROP FUNCTION sm_refuse_settlement CASCADE;
DROP FUNCTION sm_refuse_comment CASCADE;
DROP FUNCTION sm_has_open_disagreement CASCADE;
DROP TRIGGER append_only ON agreements_acknowledgement;
DROP TRIGGER append_only ON agreements_settlement;
DROP TRIGGER append_only ON agreements_comment;
DROP FUNCTION sm_refuse_agreement_change CASCADE;
DROP FUNCTION sm_refuse_signed_change CASCADE;
DROP TRIGGER append_only ON agreements_signature;
"""


class Migration(migrations.Migration):
    replaces = [
        ("agreements", "0001_initial"),
        ("agreements", "0002_signatures_are_append_only"),
        ("agreements", "0003_saved_and_closed"),
        ("agreements", "0004_signed_content_is_frozen"),
        ("agreements", "0005_unsigned_defaults_may_be_redated"),
        ("agreements", "0006_discussed_declined_and_dated"),
        ("agreements", "0007_disagreements_block"),
        ("agreements", "0008_retired"),
        ("agreements", "0009_signed_by_both"),
        ("agreements", "0010_writings"),
        ("agreements", "0011_no_unsigned_insert"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0005_is_new"),
    ]

    operations = [
        lib.schema.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subject", models.CharField(max_length=80)),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("proposed", "proposed"),
                                    ("in_force", "in force"),
                                    ("superseded", "superseded"),
                                    ("withdrawn", "withdrawn"),
                                    ("declined", "declined"),
                                    ("retired", "retired"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="what changes and why")),
                        (
                            "drafted_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "saved_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("revision", models.PositiveIntegerField(default=1)),
                        ("proposed_at", models.DateTimeField(blank=True, null=True)),
                        ("content_hash", models.CharField(blank=True, max_length=64)),
                        ("in_force_from", models.DateTimeField(blank=True, null=True)),
                        ("in_force_until", models.DateTimeField(blank=True, null=True)),
                        ("review_on", models.DateField(blank=True, null=True, verbose_name="review date")),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("close_reason", models.TextField(blank=True, verbose_name="why it was ended")),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "saved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "starts_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="in force from"),
                        ),
                        ("retires", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ("subject", "-number"),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("subject", "number"), name="agreement_number_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("draft", "proposed"))),
                                fields=("subject",),
                                name="agreement_one_open_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("in_force_until", None),
                                    ("in_force_until__gte", models.F("in_force_from")),
                                    _connector="OR",
                                ),
                                name="agreement_force_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "superseded"), _negated=True),
                                    ("in_force_until__isnull", False),
                                    _connector="OR",
                                ),
                                name="agreement_superseded_is_dated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("in_force_from", None),
                                    ("starts_at", None),
                                    ("in_force_from__gte", models.F("starts_at")),
                                    _connector="OR",
                                ),
                                name="agreement_starts_when_agreed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("withdrawn", "declined")), _negated=True),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        models.Q(("close_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_ended_says_why",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("in_force_from__isnull", False)),
                                expressions=(
                                    ("subject", "="),
                                    (
                                        models.Func(
                                            "in_force_from",
                                            "in_force_until",
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="tstzrange",
                                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ),
                                name="agreement_one_in_force_at_any_moment",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("in_force", "retired"))),
                                fields=("subject",),
                                name="agreement_one_standing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "draft",
                                            "proposed",
                                            "in_force",
                                            "superseded",
                                            "withdrawn",
                                            "declined",
                                            "retired",
                                        ],
                                    )
                                ),
                                name="agreement_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ("in_force", "retired", "superseded")), _negated=True
                                    ),
                                    models.Q(
                                        ("in_force_from__isnull", False),
                                        models.Q(("content_hash", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_in_force_is_dated_and_hashed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "retired"), _negated=True),
                                    ("retires", True),
                                    _connector="OR",
                                ),
                                name="agreement_retired_by_its_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("retires", False),
                                    models.Q(
                                        models.Q(("state__in", ("draft", "in_force")), _negated=True),
                                        models.Q(("note", ""), _negated=True),
                                        models.Q(("content_hash", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_retirement_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("sales", "Sales")], max_length=10
                            ),
                        ),
                        ("content_hash", models.CharField(max_length=64)),
                        ("signed_at", models.DateTimeField()),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("signed_at",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agreement", "user"), name="signature_once_a_person"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["marketing", "sales"])),
                                name="signature_side_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("accepted_at", models.DateTimeField()),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgements",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agreement", "user"), name="acknowledgement_once_a_person"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Comment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("section", models.CharField(blank=True, max_length=200)),
                        ("text", models.TextField(verbose_name="comment")),
                        ("is_disagreement", models.BooleanField(default=False)),
                        ("written_at", models.DateTimeField()),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "answers",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replies",
                                to="agreements.comment",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("written_at", "pk"),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="comment_says_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answers", None), ("is_disagreement", False), _connector="OR"
                                ),
                                name="comment_answer_is_no_disagreement",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("settled_at", models.DateTimeField()),
                        (
                            "answer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.comment",
                            ),
                        ),
                        (
                            "comment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlement",
                                to="agreements.comment",
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Writing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("saves", models.PositiveIntegerField(default=1)),
                        ("first_at", models.DateTimeField()),
                        ("last_at", models.DateTimeField()),
                        (
                            "agreement",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="writings",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("first_at", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agreement", "user"), name="writing_once_a_person"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("last_at__gte", models.F("first_at")), ("saves__gt", 0)),
                                name="writing_in_order",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
            ],
        ),
        migrations.RunSQL(
            sql=GUARDS,
            reverse_sql=UNGUARDS,
        ),
    ]
