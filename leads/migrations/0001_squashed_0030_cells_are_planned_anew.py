"""The tables of leads as 0001 to 0030 made them, at once; those are for installations on their way."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import lib.currencies
import lib.folding
import lib.schema
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_transition
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_touchpoint
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

ALTER TABLE leads_stageinterval ADD CONSTRAINT interval_chain
FOREIGN KEY (contact_id, previous_left_at)
REFERENCES leads_stageinterval (contact_id, left_at) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE leads_contactscore SET (fillfactor = 50);

CREATE FUNCTION sm_note_fact_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    is_now jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO leads_fieldchange (entity, subject_id, field, before, after, known_at, actor_id, origin)
    SELECT TG_ARGV[0], NEW.id, changed.field, changed.before, changed.after,
           coalesce(nullif(current_setting('smarketing.known_at', true), '')::timestamptz, now()),
           nullif(current_setting('smarketing.actor', true), '')::bigint,
           coalesce(current_setting('smarketing.origin', true), '')
    FROM (
        SELECT name AS field, was -> name AS before, is_now -> name AS after
        FROM unnest(string_to_array(TG_ARGV[1], ' ')) AS name WHERE name <> 'custom'
        UNION ALL
        SELECT 'custom.' || key, coalesce(was -> 'custom' -> key, 'null'), coalesce(is_now -> 'custom' -> key, 'null')
        FROM jsonb_object_keys((was -> 'custom') || (is_now -> 'custom')) AS key
    ) changed
    WHERE changed.before IS DISTINCT FROM changed.after;
    RETURN NULL;
END $$;

CREATE TRIGGER note_fact_changes AFTER UPDATE ON leads_contact FOR EACH ROW
WHEN ((OLD.first_name, OLD.last_name, OLD.email, OLD.phone, OLD.job_title, OLD.function, OLD.seniority, OLD.company_id, OLD.city, OLD.country, OLD.language, OLD.recontact_on, OLD.source_id, OLD.campaign_id, OLD.marketing_owner_id, OLD.persona_id, OLD.custom) IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.email, NEW.phone, NEW.job_title, NEW.function, NEW.seniority, NEW.company_id, NEW.city, NEW.country, NEW.language, NEW.recontact_on, NEW.source_id, NEW.campaign_id, NEW.marketing_owner_id, NEW.persona_id, NEW.custom))
EXECUTE FUNCTION sm_note_fact_changes('contact', 'first_name last_name email phone job_title function seniority company_id city country language recontact_on source_id campaign_id marketing_owner_id persona_id custom');

CREATE TRIGGER note_fact_changes AFTER UPDATE ON leads_company FOR EACH ROW
WHEN ((OLD.name, OLD.domain, OLD.sector, OLD.headcount, OLD.city, OLD.country, OLD.custom) IS DISTINCT FROM (NEW.name, NEW.domain, NEW.sector, NEW.headcount, NEW.city, NEW.country, NEW.custom))
EXECUTE FUNCTION sm_note_fact_changes('company', 'name domain sector headcount city country custom');

CREATE TRIGGER note_fact_changes AFTER UPDATE ON leads_deal FOR EACH ROW
WHEN ((OLD.contact_id, OLD.stage, OLD.amount_cents, OLD.opened_at, OLD.quote_sent_at, OLD.closed_at) IS DISTINCT FROM (NEW.contact_id, NEW.stage, NEW.amount_cents, NEW.opened_at, NEW.quote_sent_at, NEW.closed_at))
EXECUTE FUNCTION sm_note_fact_changes('deal', 'contact_id stage amount_cents opened_at quote_sent_at closed_at');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_fieldchange
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

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

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON leads_scoringmodel FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON leads_scoringgroup FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('model_id', 'leads_scoringmodel');

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON leads_scoringrule FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change('model_id', 'leads_scoringmodel');

CREATE TRIGGER signed_is_complete BEFORE INSERT OR UPDATE ON leads_scoringgroup FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_addition('model_id', 'leads_scoringmodel');

CREATE TRIGGER signed_is_complete BEFORE INSERT OR UPDATE ON leads_scoringrule FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_addition('model_id', 'leads_scoringmodel');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_ruleexception
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_erasure
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON leads_tacticsversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_appliedtactic
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE FUNCTION sm_tactic_was_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.undoes_id IS NULL THEN
        PERFORM 1 FROM leads_tacticsversion AS version
        JOIN agreements_agreement AS agreement ON agreement.id = version.agreement_id
        WHERE version.id = NEW.version_id
            AND version.tactics @> jsonb_build_array(jsonb_build_object('key', NEW.tactic))
            AND agreement.state IN ('in_force', 'superseded') AND NOT agreement.retires
            AND agreement.in_force_from <= NEW.at
            AND (agreement.in_force_until IS NULL OR NEW.at < agreement.in_force_until);
    ELSE
        PERFORM 1 FROM leads_appliedtactic AS was WHERE was.id = NEW.undoes_id AND was.undoes_id IS NULL
            AND (was.contact_id, was.version_id, was.tactic, was.actor_id)
                = (NEW.contact_id, NEW.version_id, NEW.tactic, NEW.actor_id);
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such tactic was in force' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER tactic_was_agreed BEFORE INSERT ON leads_appliedtactic
FOR EACH ROW EXECUTE FUNCTION sm_tactic_was_agreed();

CREATE FUNCTION sm_cell(fit int, engagement int, fit_threshold int, engagement_threshold int)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN fit >= fit_threshold THEN 'target' ELSE 'other' END
        || CASE WHEN engagement >= engagement_threshold THEN '_ready' ELSE '_later' END
$$;

CREATE FUNCTION sm_note_cells() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    EXECUTE $sql$
        WITH closing AS MATERIALIZED (
            SELECT stay.id, greatest(stay.entered_at, score.scored_at) AS left_at
            FROM is_now AS score
            JOIN leads_scoringmodel AS model ON model.id = score.model_id
            CROSS JOIN LATERAL (
                SELECT found.* FROM leads_cellstay AS found
                WHERE found.contact_id = score.contact_id AND found.left_at IS NULL
                OFFSET 0
            ) AS stay
            WHERE score.is_excluded OR stay.cell <>
                sm_cell(score.fit, score.engagement, model.fit_threshold, model.engagement_threshold)
        )
        UPDATE leads_cellstay AS stay SET left_at = closing.left_at FROM closing WHERE stay.id = closing.id
    $sql$;
    INSERT INTO leads_cellstay (contact_id, cell, entered_at)
    SELECT score.contact_id, sm_cell(score.fit, score.engagement, model.fit_threshold, model.engagement_threshold),
        score.scored_at
    FROM is_now AS score JOIN leads_scoringmodel AS model ON model.id = score.model_id
    WHERE NOT score.is_excluded AND NOT EXISTS (
        SELECT 1 FROM leads_cellstay AS stay WHERE stay.contact_id = score.contact_id AND stay.left_at IS NULL
        OFFSET 0
    );
    RETURN NULL;
END $$;

CREATE TRIGGER note_new_cells AFTER INSERT ON leads_contactscore
REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_cells();

CREATE TRIGGER note_cells AFTER UPDATE ON leads_contactscore
REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION sm_note_cells();

CREATE TRIGGER signed_is_frozen BEFORE UPDATE OR DELETE ON leads_playbookversion
FOR EACH ROW EXECUTE FUNCTION sm_refuse_signed_change();

CREATE FUNCTION sm_run_was_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM leads_playbookversion AS version
    JOIN agreements_agreement AS agreement ON agreement.id = version.agreement_id
    JOIN leads_stageinterval AS stay ON stay.id = NEW.stay_id
    WHERE version.id = NEW.version_id AND version.stage_id = stay.stage_id AND stay.contact_id = NEW.contact_id
        AND (NEW.kind = '' OR version.kinds @> jsonb_build_array(jsonb_build_object('key', NEW.kind)))
        AND agreement.state NOT IN ('draft', 'proposed') AND NOT agreement.retires
        AND agreement.in_force_from <= NEW.began_at
        AND (agreement.in_force_until IS NULL OR NEW.began_at < agreement.in_force_until);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such playbook was in force' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER run_was_agreed BEFORE INSERT OR UPDATE OF stay_id, contact_id, version_id, kind, began_at
ON leads_playbookrun FOR EACH ROW EXECUTE FUNCTION sm_run_was_agreed();

CREATE FUNCTION sm_task_was_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM leads_playbookrun AS run JOIN leads_playbookversion AS version ON version.id = run.version_id
    WHERE run.id = NEW.run_id AND version.tasks @> jsonb_build_array(jsonb_build_object('key', NEW.task));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the playbook has no such task' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER task_was_agreed BEFORE INSERT OR UPDATE OF run_id, task
ON leads_playbooktask FOR EACH ROW EXECUTE FUNCTION sm_task_was_agreed();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_sendcheck
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leads_sendcheckline
FOR EACH ROW EXECUTE FUNCTION sm_refuse_change();
"""

UNGUARDS = """
DROP TRIGGER append_only ON leads_sendcheckline;
DROP TRIGGER append_only ON leads_sendcheck;
DROP FUNCTION sm_task_was_agreed CASCADE;
DROP FUNCTION sm_run_was_agreed CASCADE;
DROP TRIGGER signed_is_frozen ON leads_playbookversion;
DROP FUNCTION sm_note_cells CASCADE;
DROP FUNCTION sm_cell CASCADE;
DROP FUNCTION sm_tactic_was_agreed CASCADE;
DROP TRIGGER append_only ON leads_appliedtactic;
DROP TRIGGER signed_is_frozen ON leads_tacticsversion;
DROP TRIGGER append_only ON leads_erasure;
DROP TRIGGER append_only ON leads_ruleexception;
DROP TRIGGER signed_is_frozen ON leads_scoringrule;
DROP TRIGGER signed_is_frozen ON leads_scoringgroup;
DROP TRIGGER signed_is_frozen ON leads_scoringmodel;
DROP FUNCTION sm_refuse_signed_addition CASCADE;
DROP TRIGGER append_only ON leads_fieldchange;
DROP FUNCTION sm_note_fact_changes CASCADE;
DROP TRIGGER append_only ON leads_touchpoint;
DROP TRIGGER append_only ON leads_transition;
"""


class Migration(migrations.Migration):
    replaces = [
        ("leads", "0001_initial"),
        ("leads", "0002_evidence_is_append_only"),
        ("leads", "0003_source_side"),
        ("leads", "0004_imported_rows"),
        ("leads", "0005_field_history"),
        ("leads", "0006_field_history_is_written"),
        ("leads", "0007_signed_scoring_is_frozen"),
        ("leads", "0008_imports_taken_back"),
        ("leads", "0009_rule_exceptions"),
        ("leads", "0010_full_rescores"),
        ("leads", "0011_quizzes"),
        ("leads", "0012_erasure"),
        ("leads", "0013_replays"),
        ("leads", "0014_quarantine"),
        ("leads", "0015_publications"),
        ("leads", "0016_human_touches_by_time"),
        ("leads", "0017_import_reasons"),
        ("leads", "0018_scores_of_the_past_follow"),
        ("leads", "0019_exchange_rates"),
        ("leads", "0020_bulk_changes"),
        ("leads", "0021_phones_as_they_are_dialled"),
        ("leads", "0022_amounts_that_count"),
        ("leads", "0023_retention_holds"),
        ("leads", "0024_published_moves"),
        ("leads", "0025_tactics"),
        ("leads", "0026_playbooks"),
        ("leads", "0027_deal_information"),
        ("leads", "0028_send_checks"),
        ("leads", "0029_deleted_contacts"),
        ("leads", "0030_cells_are_planned_anew"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0005_is_new"),
        ("agreements", "0001_squashed_0011_no_unsigned_insert"),
        ("lifecycle", "0001_squashed_0011_deal_information"),
        ("personas", "0002_signed_content_is_frozen"),
    ]

    operations = [
        lib.schema.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Source",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                max_length=40,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z][a-z0-9_]{0,39}\\Z",
                                        "Use small letters, digits and underscores.",
                                    )
                                ],
                            ),
                        ),
                        ("name_en", models.CharField(max_length=80, verbose_name="name in English")),
                        (
                            "name_fr",
                            models.CharField(blank=True, max_length=80, verbose_name="name in French"),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("sales", "Sales")],
                                default="marketing",
                                max_length=10,
                                verbose_name="team",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("name_en",),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["marketing", "sales"])),
                                name="source_side_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Campaign",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                        (
                            "cost_cents",
                            models.BigIntegerField(
                                default=0,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="cost",
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(default=lib.currencies.reporting_currency, max_length=3),
                        ),
                        ("starts_on", models.DateField(blank=True, null=True, verbose_name="starts on")),
                        ("ends_on", models.DateField(blank=True, null=True, verbose_name="ends on")),
                        ("utm", models.CharField(blank=True, max_length=120, verbose_name="UTM campaign")),
                        ("brief", models.TextField(blank=True, verbose_name="brief")),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="campaigns",
                                to="leads.source",
                                verbose_name="source",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-starts_on", "name"),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("cost_cents__gte", 0)), name="campaign_cost_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_on", None),
                                    ("starts_on", None),
                                    ("ends_on__gte", models.F("starts_on")),
                                    _connector="OR",
                                ),
                                name="campaign_ends_after_start",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("utm", ""), _negated=True),
                                fields=("utm",),
                                name="campaign_utm_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cost_cents__lte", 100000000000000)),
                                name="campaign_cost_countable",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Company",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("domain", models.CharField(blank=True, max_length=200, verbose_name="domain")),
                        ("sector", models.CharField(blank=True, max_length=80, verbose_name="sector")),
                        (
                            "headcount",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="headcount"),
                        ),
                        ("city", models.CharField(blank=True, max_length=120, verbose_name="city")),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                        (
                            "custom",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                        (
                            "name_key",
                            models.GeneratedField(
                                db_persist=True,
                                expression=lib.folding.Fold("name"),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "search",
                            models.GeneratedField(
                                db_persist=True,
                                expression=lib.folding.Fold(
                                    django.db.models.functions.text.Concat(
                                        "name", models.Value(" "), "domain", models.Value(" "), "city"
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "companies",
                        "ordering": ("name",),
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass("search", name="gin_trgm_ops"),
                                name="company_search",
                            ),
                            models.Index(fields=["name_key", "id"], name="company_by_name"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("domain", ""), _negated=True),
                                fields=("domain",),
                                name="company_domain_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("country", ""),
                                    ("country", django.db.models.functions.text.Upper("country")),
                                    _connector="OR",
                                ),
                                name="company_country_upper",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=120, verbose_name="first name"),
                        ),
                        ("last_name", models.CharField(blank=True, max_length=120, verbose_name="last name")),
                        ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                        ("job_title", models.CharField(blank=True, max_length=160, verbose_name="job title")),
                        ("function", models.CharField(blank=True, max_length=40, verbose_name="function")),
                        ("seniority", models.CharField(blank=True, max_length=40, verbose_name="seniority")),
                        ("city", models.CharField(blank=True, max_length=120, verbose_name="city")),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                        ("language", models.CharField(blank=True, max_length=5, verbose_name="language")),
                        ("stage_since", models.DateTimeField(blank=True, null=True)),
                        (
                            "status_since",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "recontact_on",
                            models.DateField(blank=True, null=True, verbose_name="come back on"),
                        ),
                        (
                            "consent",
                            models.CharField(
                                choices=[
                                    ("unknown", "not known"),
                                    ("given", "given"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                db_default="unknown",
                                default="unknown",
                                max_length=10,
                                verbose_name="consent",
                            ),
                        ),
                        (
                            "custom",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "created_via",
                            models.CharField(db_default="person", default="person", max_length=10),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                        (
                            "search",
                            models.GeneratedField(
                                db_persist=True,
                                expression=lib.folding.Fold(
                                    django.db.models.functions.text.Concat(
                                        "first_name",
                                        models.Value(" "),
                                        "last_name",
                                        models.Value(" "),
                                        "email",
                                        models.Value(" "),
                                        "job_title",
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="leads.campaign",
                                verbose_name="campaign",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="leads.company",
                                verbose_name="company",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "marketing_owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="in marketing",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="personas.persona",
                                verbose_name="persona",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stage",
                            ),
                        ),
                        (
                            "status",
                            models.ForeignKey(
                                db_index=False,
                                default="new",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.status",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="leads.source",
                                verbose_name="source",
                            ),
                        ),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("-created_at", "-id"),
                        "indexes": [
                            models.Index(fields=["-created_at", "-id"], name="contact_newest"),
                            models.Index(fields=["stage", "-created_at", "-id"], name="contact_by_stage"),
                            models.Index(fields=["owner", "-created_at", "-id"], name="contact_by_owner"),
                            models.Index(fields=["status", "-created_at", "-id"], name="contact_by_status"),
                            models.Index(fields=["source", "-created_at", "-id"], name="contact_by_source"),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass("search", name="gin_trgm_ops"),
                                name="contact_search",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("email", ""), _negated=True),
                                fields=("email",),
                                name="contact_email_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("country", ""),
                                    ("country", django.db.models.functions.text.Upper("country")),
                                    _connector="OR",
                                ),
                                name="contact_country_upper",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("consent__in", ["unknown", "given", "withdrawn"])),
                                name="contact_consent_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("stage", None), ("stage_since", None)),
                                    models.Q(("stage__isnull", False), ("stage_since__isnull", False)),
                                    _connector="OR",
                                ),
                                name="contact_stage_is_dated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone", ""), ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), _connector="OR"
                                ),
                                name="contact_phone_e164",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at", None),
                                    models.Q(
                                        ("city", ""),
                                        ("company", None),
                                        ("country", ""),
                                        ("custom", {}),
                                        ("email", ""),
                                        ("first_name", ""),
                                        ("function", ""),
                                        ("job_title", ""),
                                        ("language", ""),
                                        ("last_name", ""),
                                        ("marketing_owner", None),
                                        ("owner", None),
                                        ("persona", None),
                                        ("phone", ""),
                                        ("recontact_on", None),
                                        ("seniority", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="contact_tombstone_is_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScoringModel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "fit_threshold",
                            models.PositiveSmallIntegerField(default=60, verbose_name="fit threshold"),
                        ),
                        (
                            "engagement_threshold",
                            models.PositiveSmallIntegerField(default=50, verbose_name="engagement threshold"),
                        ),
                        (
                            "window_days",
                            models.PositiveSmallIntegerField(default=90, verbose_name="window in days"),
                        ),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("engagement_threshold__lte", 100), ("fit_threshold__lte", 100)
                                ),
                                name="scoring_thresholds_within_100",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("window_days__gte", 1), ("window_days__lte", 1095)),
                                name="scoring_window_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactScore",
                    fields=[
                        (
                            "contact",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="score",
                                serialize=False,
                                to="leads.contact",
                            ),
                        ),
                        ("fit", models.PositiveSmallIntegerField()),
                        ("engagement", models.PositiveSmallIntegerField()),
                        ("is_excluded", models.BooleanField(default=False)),
                        ("triggered_at", models.DateTimeField(null=True)),
                        ("last_touch_at", models.DateTimeField(null=True)),
                        ("scored_at", models.DateTimeField()),
                        (
                            "model",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.scoringmodel",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-engagement", "-fit", "-contact"], name="score_hottest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("fit__lte", 100)), name="score_fit_within_100"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("engagement__lte", 100)),
                                name="score_engagement_within_100",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DirtyContact",
                    fields=[
                        (
                            "contact",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="leads.contact",
                            ),
                        ),
                        ("since", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["since"], name="dirty_oldest")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "question",
                            models.CharField(
                                choices=[
                                    ("budget", "Budget"),
                                    ("authority", "Authority"),
                                    ("need", "Need"),
                                    ("timing", "Timing"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("text", models.CharField(max_length=300)),
                        ("answered_at", models.DateTimeField()),
                        ("via", models.CharField(blank=True, max_length=40)),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="leads.contact",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-answered_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["contact", "question", "-answered_at"], name="answer_latest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="answer_not_empty"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "amount_cents",
                            models.BigIntegerField(
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="amount",
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(default=lib.currencies.reporting_currency, max_length=3),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("qualified", "Qualified"),
                                    ("quote", "Quote sent"),
                                    ("negotiation", "Negotiation"),
                                    ("won", "Won"),
                                    ("lost", "Lost"),
                                ],
                                default="qualified",
                                max_length=12,
                                verbose_name="stage",
                            ),
                        ),
                        (
                            "expected_close_on",
                            models.DateField(blank=True, null=True, verbose_name="expected close"),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("quote_sent_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "lost_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("price", "Price"),
                                    ("competitor", "A competitor"),
                                    ("no_project", "No project any more"),
                                    ("timing", "Not now"),
                                    ("fit", "Does not fit"),
                                    ("silent", "No answer any more"),
                                    ("not_told", "Not told"),
                                ],
                                max_length=12,
                                verbose_name="why it was lost",
                            ),
                        ),
                        (
                            "won_reason",
                            models.CharField(blank=True, max_length=200, verbose_name="why it was won"),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="note")),
                        ("external_key", models.CharField(blank=True, max_length=240)),
                        (
                            "custom",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                        (
                            "company",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deals",
                                to="leads.company",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deals",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deals",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-opened_at", "-id"),
                        "indexes": [
                            models.Index(fields=["contact", "-opened_at"], name="deal_of_contact"),
                            models.Index(fields=["stage", "-closed_at"], name="deal_by_close"),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["owner"],
                                name="deal_open_of_owner",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_cents__gte", 0)), name="deal_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("stage__in", ("won", "lost"))),
                                    models.Q(
                                        models.Q(("stage__in", ("won", "lost")), _negated=True),
                                        ("closed_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="deal_closed_when_won_or_lost",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("stage", "lost"), _negated=True),
                                    models.Q(("lost_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="deal_lost_for_a_reason",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("external_key", ""), _negated=True),
                                fields=("external_key",),
                                name="deal_external_key_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_cents__lte", 100000000000000)),
                                name="deal_amount_countable",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExternalId",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("system", models.CharField(max_length=40)),
                        ("value", models.CharField(max_length=200)),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="external_ids",
                                to="leads.contact",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(fields=("system", "value"), name="external_id_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("fingerprint", models.CharField(max_length=64, unique=True)),
                        (
                            "target",
                            models.CharField(
                                choices=[("contacts", "Contacts"), ("deals", "Deals")], max_length=10
                            ),
                        ),
                        ("mapping", models.JSONField()),
                        ("saved_at", models.DateTimeField()),
                        (
                            "saved_by",
                            models.ForeignKey(
                                null=True,
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
                    name="ImportRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "target",
                            models.CharField(
                                choices=[("contacts", "Contacts"), ("deals", "Deals")],
                                default="contacts",
                                max_length=10,
                            ),
                        ),
                        ("file_name", models.CharField(max_length=255)),
                        ("stored_name", models.CharField(max_length=255)),
                        ("size_bytes", models.BigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("shape", models.JSONField(default=dict)),
                        ("mapping", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "read"),
                                    ("mapped", "ready"),
                                    ("running", "running"),
                                    ("stopping", "stopping"),
                                    ("stopped", "stopped"),
                                    ("done", "done"),
                                    ("failed", "failed"),
                                    ("undoing", "being taken back"),
                                    ("undone", "taken back"),
                                ],
                                default="uploaded",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("heartbeat_at", models.DateTimeField(null=True)),
                        ("position", models.BigIntegerField(default=0)),
                        ("row_count", models.BigIntegerField(null=True)),
                        ("created_count", models.BigIntegerField(default=0)),
                        ("updated_count", models.BigIntegerField(default=0)),
                        ("unchanged_count", models.BigIntegerField(default=0)),
                        ("refused_count", models.BigIntegerField(default=0)),
                        ("warnings", models.JSONField(default=list)),
                        ("error", models.TextField(blank=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("forecast", models.JSONField(default=dict)),
                        ("cleared_at", models.DateTimeField(null=True)),
                        ("refused_reasons", models.JSONField(default=dict)),
                        ("undo_report", models.JSONField(default=dict)),
                        ("undo_started_at", models.DateTimeField(null=True)),
                        ("undone_at", models.DateTimeField(null=True)),
                        (
                            "undone_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("quarantined_count", models.BigIntegerField(default=0)),
                        ("rule_reason", models.TextField(blank=True, db_default="")),
                        (
                            "rule_reason_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-created_at",),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rule_reason", ""), ("rule_reason_by__isnull", False), _connector="OR"
                                ),
                                name="import_rule_reason_by_somebody",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportRefusal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("line", models.BigIntegerField()),
                        ("reason", models.SlugField(max_length=40)),
                        ("params", models.JSONField(default=dict)),
                        ("cells", models.JSONField(default=list)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refusals",
                                to="leads.importrun",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("line", "pk"),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "line", "reason"), name="import_refusal_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScoringGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "axis",
                            models.CharField(
                                choices=[("fit", "Fit"), ("engagement", "Engagement")], max_length=10
                            ),
                        ),
                        ("key", models.SlugField(max_length=40)),
                        ("label_en", models.CharField(max_length=80)),
                        ("label_fr", models.CharField(blank=True, max_length=80)),
                        ("cap", models.PositiveSmallIntegerField(default=100, verbose_name="at most")),
                        (
                            "model",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="groups",
                                to="leads.scoringmodel",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("model", "axis", "key"), name="scoring_group_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cap__lte", 100)), name="scoring_group_cap_within_100"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScoringRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "axis",
                            models.CharField(
                                choices=[("fit", "Fit"), ("engagement", "Engagement")], max_length=10
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("label_en", models.CharField(max_length=120, verbose_name="label in English")),
                        (
                            "label_fr",
                            models.CharField(blank=True, max_length=120, verbose_name="label in French"),
                        ),
                        (
                            "effect",
                            models.CharField(
                                choices=[
                                    ("points", "gives points"),
                                    ("excludes", "excludes"),
                                    ("triggers", "hard trigger"),
                                ],
                                default="points",
                                max_length=8,
                            ),
                        ),
                        (
                            "points",
                            models.SmallIntegerField(
                                default=0,
                                validators=[
                                    django.core.validators.MinValueValidator(-100),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="points",
                            ),
                        ),
                        (
                            "cap",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="at most"),
                        ),
                        ("criteria", models.JSONField(blank=True, null=True)),
                        ("kind", models.CharField(blank=True, max_length=30)),
                        ("where", models.JSONField(blank=True, default=dict)),
                        (
                            "half_life_days",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="half-life in days"
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rules",
                                to="leads.scoringgroup",
                            ),
                        ),
                        (
                            "model",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rules",
                                to="leads.scoringmodel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("axis", "position", "pk"),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("points__gte", -100), ("points__lte", 100)),
                                name="scoring_points_within_100",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("axis", "fit"), ("criteria__isnull", False), ("kind", "")),
                                    models.Q(("axis", "engagement"), models.Q(("kind", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="scoring_rule_has_its_condition",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("half_life_days", None), ("half_life_days__gte", 1), _connector="OR"
                                ),
                                name="scoring_half_life_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Touchpoint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=30)),
                        ("occurred_at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("outcome", models.CharField(blank=True, db_default="", max_length=20)),
                        ("is_human", models.BooleanField(db_default=True, default=True)),
                        (
                            "attributes",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        ("origin", models.CharField(max_length=40)),
                        ("key", models.CharField(max_length=120)),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="touchpoints",
                                to="leads.campaign",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="touchpoints",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.source",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-occurred_at", "-pk"),
                        "indexes": [
                            models.Index(
                                fields=["contact", "-occurred_at", "-id"],
                                include=("kind", "is_human"),
                                name="touchpoint_timeline",
                            ),
                            models.Index(fields=["kind", "occurred_at"], name="touchpoint_by_kind"),
                            models.Index(
                                condition=models.Q(("campaign__isnull", False)),
                                fields=["campaign", "occurred_at"],
                                name="touchpoint_by_campaign",
                            ),
                            models.Index(
                                condition=models.Q(("is_human", True)),
                                fields=["occurred_at"],
                                include=("contact",),
                                name="touchpoint_human_lately",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("kind__in", ["email_bounced", "email_sent", "sales_email"])
                                ),
                                fields=["contact", "-occurred_at"],
                                include=("kind",),
                                name="touchpoint_messages",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("origin", "key"), name="touchpoint_recorded_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("stage", "stage"),
                                    ("status", "status"),
                                    ("owner", "owner"),
                                    ("consent", "consent"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("from_value", models.CharField(blank=True, db_default="", max_length=40)),
                        ("to_value", models.CharField(blank=True, db_default="", max_length=40)),
                        ("at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("person", "by a person"),
                                    ("rule", "by a definition in force"),
                                    ("import", "by an import"),
                                    ("api", "by another system"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "facts",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        ("reason", models.TextField(blank=True, db_default="")),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transitions",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "definition",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stagedefinition",
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="leads.transition",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [
                            models.Index(fields=["contact", "-at", "-id"], name="transition_timeline"),
                            models.Index(fields=["kind", "to_value", "at"], name="transition_entries"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("from_value", models.F("to_value")), _negated=True),
                                name="transition_changes_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["stage", "status", "owner", "consent"])),
                                name="transition_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("origin__in", ["person", "rule", "import", "api"])),
                                name="transition_origin_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("origin", "person"), _negated=True),
                                    ("actor__isnull", False),
                                    _connector="OR",
                                ),
                                name="transition_person_is_named",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StageInterval",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("entered_at", models.DateTimeField()),
                        ("left_at", models.DateTimeField(null=True)),
                        ("previous_left_at", models.DateTimeField(null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stage_intervals",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stage",
                            ),
                        ),
                        (
                            "transition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="interval",
                                to="leads.transition",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("entered_at",),
                        "indexes": [models.Index(fields=["stage", "entered_at"], name="interval_entries")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_at", None),
                                    ("left_at__gt", models.F("entered_at")),
                                    _connector="OR",
                                ),
                                name="interval_leaves_after_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("previous_left_at", None),
                                    ("previous_left_at", models.F("entered_at")),
                                    _connector="OR",
                                ),
                                name="interval_starts_where_the_last_ended",
                            ),
                            models.UniqueConstraint(
                                fields=("contact", "previous_left_at"),
                                name="interval_one_follower",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                fields=("contact", "left_at"), name="interval_one_end", nulls_distinct=False
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportedRow",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "run_id",
                                "record",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("record", models.BigIntegerField()),
                        ("line", models.BigIntegerField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("created", "created"),
                                    ("updated", "updated"),
                                    ("unchanged", "unchanged"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="leads.importrun",
                            ),
                        ),
                        ("facts", models.JSONField(null=True)),
                        (
                            "undo",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("removed", "removed"),
                                    ("restored", "as before"),
                                    ("partly", "partly as before"),
                                    ("kept", "stays"),
                                ],
                                db_default="",
                                max_length=10,
                            ),
                        ),
                        ("undo_reason", models.CharField(blank=True, db_default="", max_length=20)),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="FieldChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entity",
                            models.CharField(
                                choices=[("contact", "Contact"), ("company", "Company"), ("deal", "Deal")],
                                max_length=8,
                            ),
                        ),
                        ("subject_id", models.BigIntegerField()),
                        ("field", models.CharField(max_length=60)),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                        ("known_at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("origin", models.CharField(blank=True, db_default="", max_length=8)),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-known_at", "-pk"),
                        "indexes": [
                            models.Index(
                                fields=["entity", "subject_id", "field", "known_at", "id"],
                                name="fieldchange_known",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ImportedCompany",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "run_id",
                                "record",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("record", models.BigIntegerField()),
                        ("facts", models.JSONField(null=True)),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="companies",
                                to="leads.importrun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="RuleException",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.CharField(
                                choices=[
                                    ("contact", "A contact is created or edited"),
                                    ("stage", "A contact enters a stage"),
                                    ("status", "A contact takes a status"),
                                    ("deal", "A deal is opened"),
                                    ("advance", "A deal comes to a stage"),
                                    ("message", "Marketing writes to a contact"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("target", models.CharField(blank=True, db_default="", max_length=40)),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("overridden", "done all the same, for a reason"),
                                    ("passed", "noted, nobody was asked"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("person", "by a person"),
                                    ("rule", "by a definition in force"),
                                    ("import", "by an import"),
                                    ("api", "by another system"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("reason", models.TextField(blank=True, db_default="")),
                        (
                            "facts",
                            models.JSONField(
                                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rule_exceptions",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exceptions",
                                to="lifecycle.ruleversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["version", "-at"], name="rule_exception_of_rule")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("how", "overridden"), _negated=True),
                                    models.Q(
                                        ("actor__isnull", False), models.Q(("reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_exception_overridden_by_somebody_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "event__in",
                                        ["contact", "stage", "status", "deal", "advance", "message"],
                                    )
                                ),
                                name="rule_exception_event_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FullRescore",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("changed_count", models.PositiveIntegerField()),
                        (
                            "model",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.scoringmodel",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Quiz",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "definition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stagedefinition",
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "term",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.term",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "quizzes",
                        "ordering": ("-started_at", "-pk"),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("term",),
                                name="quiz_one_running_a_term",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuizCase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("sheet", models.JSONField()),
                        ("holds", models.BooleanField()),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "quiz",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cases",
                                to="leads.quiz",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("position",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quiz", "position"), name="quiz_case_one_a_place"
                            ),
                            models.UniqueConstraint(
                                fields=("quiz", "contact"), name="quiz_case_once_a_contact"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuizAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "value",
                            models.CharField(
                                choices=[("yes", "is one"), ("no", "not yet"), ("unsure", "cannot tell")],
                                max_length=6,
                            ),
                        ),
                        ("answered_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="leads.quizcase",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("case", "user"), name="quiz_answer_once_a_person"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value__in", ("yes", "no", "unsure"))),
                                name="quiz_answer_value_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErasureRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("approved_at", models.DateTimeField()),
                        ("total", models.PositiveIntegerField()),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.ruleversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-approved_at",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("finished_at",),
                                name="erasure_one_run_at_a_time",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(db_index=True)),
                        ("email_sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "contact",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasures",
                                to="leads.erasurerun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayOccasion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("facts", models.JSONField()),
                    ],
                    options={
                        "db_table": "replay_occasion",
                        "managed": False,
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayStay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "replay_stay",
                        "managed": False,
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Replay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("criteria", models.JSONField()),
                        ("revision", models.PositiveIntegerField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                                default="running",
                                max_length=8,
                            ),
                        ),
                        ("place", models.BigIntegerField(default=0)),
                        ("done_count", models.PositiveIntegerField(default=0)),
                        ("contact_count", models.PositiveIntegerField(default=0)),
                        ("months", models.JSONField(blank=True, default=list)),
                        ("seconds", models.FloatField(default=0)),
                        ("error", models.TextField(blank=True)),
                        ("requested_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "definition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stagedefinition",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-requested_at", "-pk"),
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="replay_ends_after_it_starts",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "running")),
                                fields=("definition",),
                                name="replay_one_running",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayedContact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("would_at", models.DateTimeField(null=True)),
                        ("did_at", models.DateTimeField(null=True)),
                        (
                            "did_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("person", "by a person"),
                                    ("rule", "by a definition in force"),
                                    ("import", "by an import"),
                                    ("api", "by another system"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("won", "won"),
                                    ("lost", "lost"),
                                    ("sent_back", "sent back"),
                                    ("recycled", "recycled"),
                                    ("unqualified", "unqualified"),
                                    ("in_deal", "in a deal"),
                                    ("open", "nothing decided yet"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("won_cents", models.BigIntegerField(default=0)),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "replay",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entries",
                                to="leads.replay",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["replay", "contact"], name="replayed_of_replay")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("would_at__isnull", False), ("did_at__isnull", False), _connector="OR"
                                ),
                                name="replayed_one_of_both",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuarantinedContact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("payload", models.JSONField()),
                        ("needs", models.CharField(max_length=200)),
                        ("rule_version", models.PositiveIntegerField(null=True)),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("person", "by a person"),
                                    ("rule", "by a definition in force"),
                                    ("import", "by an import"),
                                    ("api", "by another system"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("line", models.BigIntegerField(null=True)),
                        ("fingerprint", models.CharField(max_length=32)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("released", "let in"),
                                    ("discarded", "discarded"),
                                ],
                                db_default="waiting",
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="quarantined",
                                to="leads.importrun",
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-created_at", "-id"),
                        "indexes": [
                            models.Index(fields=["state", "-created_at", "-id"], name="quarantined_newest")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "waiting")),
                                fields=("fingerprint",),
                                name="quarantined_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("state", "waiting")),
                                    models.Q(
                                        models.Q(("state", "waiting"), _negated=True),
                                        ("payload", {}),
                                        ("settled_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="quarantined_settled_holds_nothing",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Publication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place", models.BigIntegerField(default=0)),
                        ("done_count", models.PositiveIntegerField(default=0)),
                        ("contact_count", models.PositiveIntegerField(default=0)),
                        ("moved_count", models.PositiveIntegerField(default=0)),
                        ("began_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "definition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stagedefinition",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ExchangeRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("into_currency", models.CharField(max_length=3)),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("day", models.DateField(verbose_name="day")),
                        ("rate", models.DecimalField(decimal_places=8, max_digits=18, verbose_name="rate")),
                        ("begins_at", models.DateTimeField()),
                        (
                            "set_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-day", "currency"),
                        "indexes": [
                            models.Index(
                                models.F("into_currency"),
                                models.F("currency"),
                                models.OrderBy(models.F("begins_at"), descending=True),
                                name="rate_at_moment",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("into_currency", "currency", "day"), name="rate_once_a_day"
                            ),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="rate_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency__regex", "^[A-Z]{3}$"), ("into_currency__regex", "^[A-Z]{3}$")
                                ),
                                name="rate_of_currencies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency", models.F("into_currency")), _negated=True),
                                name="rate_between_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate__lte", 90000)), name="rate_countable"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "change",
                            models.CharField(
                                choices=[("owner", "Owner"), ("status", "Status")], max_length=6
                            ),
                        ),
                        ("reason", models.TextField(blank=True)),
                        ("recontact_on", models.DateField(blank=True, null=True)),
                        ("rule_reason", models.TextField(blank=True)),
                        (
                            "contact_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=None
                            ),
                        ),
                        ("contact_count", models.PositiveIntegerField()),
                        ("place", models.PositiveIntegerField(default=0)),
                        ("changed_count", models.PositiveIntegerField(default=0)),
                        ("asked_at", models.DateTimeField()),
                        ("stop_asked", models.BooleanField(default=False)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("halted", models.TextField(blank=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "status",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.status",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-asked_at",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("finished_at", None)),
                                fields=["asked_at"],
                                name="bulk_change_unfinished",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("change", "owner"), ("status", None)),
                                    models.Q(
                                        ("change", "status"), ("owner", None), ("status__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="bulk_change_says_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("place__lte", models.F("contact_count")),
                                    ("changed_count__lte", models.F("place")),
                                ),
                                name="bulk_change_counts_fit",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetentionHold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        ("until", models.DateField(verbose_name="kept until")),
                        ("made_at", models.DateTimeField()),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="retention_holds",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("until", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="retention_hold_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lifted_at", None), ("lifted_by", None)),
                                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="retention_hold_lifted_by_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at", None)),
                                fields=("contact",),
                                name="retention_hold_one_a_contact",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="PublishedMove",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "publication",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="leads.publication",
                            ),
                        ),
                        (
                            "transition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.transition",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("pk",),
                        "indexes": [
                            models.Index(fields=["publication", "id"], name="published_moves_in_order")
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="TacticsVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cell",
                            models.CharField(
                                choices=[
                                    ("target_ready", "Target, ready to buy"),
                                    ("target_later", "Target, not ready yet"),
                                    ("other_ready", "Not target, ready to buy"),
                                    ("other_later", "Not target, not ready yet"),
                                ],
                                max_length=12,
                                verbose_name="cell",
                            ),
                        ),
                        (
                            "goal_en",
                            models.CharField(max_length=300, verbose_name="what we want, in English"),
                        ),
                        (
                            "goal_fr",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="what we want, in French"
                            ),
                        ),
                        ("tactics", models.JSONField(default=list)),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "cell__in",
                                        ["target_ready", "target_later", "other_ready", "other_later"],
                                    )
                                ),
                                name="tactics_cell_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tactics", []), _negated=True), name="tactics_has_some"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AppliedTactic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("tactic", models.CharField(max_length=32)),
                        ("at", models.DateTimeField()),
                        ("note", models.TextField(blank=True, verbose_name="note")),
                        ("key", models.UUIDField(unique=True)),
                        (
                            "actor",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applied_tactics",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="leads.appliedtactic",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applied",
                                to="leads.tacticsversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [
                            models.Index(fields=["contact", "-at", "-id"], name="applied_timeline"),
                            models.Index(fields=["tactic", "at"], name="applied_by_tactic"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("tactic", ""), _negated=True), name="applied_tactic_named"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("undoes", None), ("note", ""), _connector="OR"),
                                name="applied_undo_says_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("undoes", None),
                                    models.Q(("undoes", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="applied_undo_other",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CellStay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cell",
                            models.CharField(
                                choices=[
                                    ("target_ready", "Target, ready to buy"),
                                    ("target_later", "Target, not ready yet"),
                                    ("other_ready", "Not target, ready to buy"),
                                    ("other_later", "Not target, not ready yet"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("entered_at", models.DateTimeField()),
                        ("left_at", models.DateTimeField(null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cell_stays",
                                to="leads.contact",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("entered_at",),
                        "indexes": [
                            models.Index(fields=["cell", "entered_at"], name="stay_entries"),
                            models.Index(fields=["contact", "entered_at"], name="stay_of_contact"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "cell__in",
                                        ["target_ready", "target_later", "other_ready", "other_later"],
                                    )
                                ),
                                name="stay_cell_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_at", None),
                                    ("left_at__gte", models.F("entered_at")),
                                    _connector="OR",
                                ),
                                name="stay_leaves_after_entry",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("left_at", None)),
                                fields=("contact",),
                                name="stay_one_open_a_contact",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaybookVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "goal_en",
                            models.CharField(max_length=300, verbose_name="what we want, in English"),
                        ),
                        (
                            "goal_fr",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="what we want, in French"
                            ),
                        ),
                        ("kinds", models.JSONField(blank=True, default=list)),
                        ("tasks", models.JSONField(default=list)),
                        (
                            "promote_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(730),
                                ],
                            ),
                        ),
                        (
                            "fallback",
                            models.CharField(
                                choices=[
                                    ("tell", "Its owner and the managers are told"),
                                    ("status", "They are told, and it takes a status"),
                                ],
                                default="tell",
                                max_length=6,
                            ),
                        ),
                        (
                            "fallback_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(730),
                                ],
                            ),
                        ),
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="agreements.agreement",
                            ),
                        ),
                        (
                            "fallback_status",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.status",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.stage",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("tasks", []), _negated=True), name="playbook_has_tasks"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("promote_days", None), ("promote_days__range", (1, 730)), _connector="OR"
                                ),
                                name="playbook_limit_of_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fallback", "tell"),
                                        ("fallback_days", None),
                                        ("fallback_status", None),
                                    ),
                                    models.Q(
                                        ("fallback", "status"),
                                        ("fallback_status__isnull", False),
                                        ("promote_days__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="playbook_fallback_is_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaybookRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(blank=True, db_default="", default="", max_length=32)),
                        ("began_at", models.DateTimeField()),
                        ("promote_by", models.DateTimeField(null=True)),
                        ("passed_at", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("told", "its people were told"),
                                    ("status", "it took the status that is agreed"),
                                    ("held", "a rule of the rulebook kept it from the status"),
                                ],
                                db_default="",
                                default="",
                                max_length=6,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="playbook_runs",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "stay",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="playbook_run",
                                to="leads.stageinterval",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="leads.playbookversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-began_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["contact", "-began_at"], name="run_of_contact"),
                            models.Index(
                                condition=models.Q(("passed_at", None)),
                                fields=["promote_by"],
                                name="run_limit_to_come",
                            ),
                            models.Index(fields=["version", "kind"], name="run_by_kind"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", ""), ("passed_at", None)),
                                    models.Q(
                                        ("passed_at__gte", models.F("promote_by")),
                                        ("outcome__in", ["told", "status", "held"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="run_passes_after_its_limit",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaybookTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("task", models.CharField(max_length=32)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("due_at", models.DateTimeField()),
                        (
                            "how",
                            models.CharField(
                                blank=True,
                                choices=[("done", "done"), ("skipped", "left out")],
                                db_default="",
                                default="",
                                max_length=7,
                            ),
                        ),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tasks",
                                to="leads.playbookrun",
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("run", "position"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("settled_at", None)), fields=["due_at"], name="task_to_do"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "task"), name="task_once_a_run"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("how", ""), ("settled_at", None), ("settled_by", None)),
                                    models.Q(
                                        ("how__in", ["done", "skipped"]),
                                        ("settled_at__isnull", False),
                                        ("settled_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="task_settled_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SendCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("unknown", models.PositiveIntegerField(default=0)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["-at", "-id"], name="sendcheck_newest")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="SendCheckLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("leave", models.CharField(max_length=15)),
                        ("reason", models.CharField(blank=True, max_length=12)),
                        (
                            "check_run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="leads.sendcheck",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="leads.contact",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="lifecycle.ruleversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("pk",),
                        "indexes": [],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("check_run", "contact"), name="sendcheck_contact_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("leave__in", ("yes", "advised_against", "no"))),
                                name="sendcheck_leave_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("leave", "yes"), ("reason", ""), ("version", None)),
                                    models.Q(
                                        models.Q(("leave", "yes"), _negated=True),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="sendcheck_says_why",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(
            sql=GUARDS,
            reverse_sql=UNGUARDS,
        ),
    ]
