"""Whose each staged row is: the contact it speaks of, or why it does not come in; knows SQL, and nothing of files.

Every statement speaks of `import_stage` (what COPY brought) and `import_rows` (the same, matched), which live for
one transaction.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from leads.imports.staging import CONTACT_STAGE
from leads.minimum import Minimum

CREATE_STAGE = "CREATE TEMP TABLE import_stage ({}) ON COMMIT DROP".format(
    ", ".join(f"{name} {type_}" for name, type_ in CONTACT_STAGE.items())
)

# What the triggers of the history write as the source of a change.
SIGN_CHANGES = """
SELECT set_config('smarketing.known_at', %(at)s::timestamptz::text, true),
       set_config('smarketing.actor', coalesce(%(actor)s::text, ''), true),
       set_config('smarketing.origin', 'import', true)
"""

WHOSE: Final = """CASE %(identify_by)s WHEN 'email' THEN by_email WHEN 'external_id' THEN by_external
                ELSE coalesce(by_external, by_email) END"""
PROBLEM: Final = """CASE
           WHEN %(identify_by)s = 'email' AND email IS NULL THEN 'no_email'
           WHEN %(identify_by)s = 'external_id' AND external_id IS NULL THEN 'no_external_id'
           WHEN email IS NULL AND external_id IS NULL THEN 'no_identity'
           WHEN by_email <> by_external THEN 'identities_disagree'
           WHEN %(identify_by)s = 'email' AND by_external IS DISTINCT FROM by_email AND by_external IS NOT NULL
               THEN 'external_id_taken'
           WHEN %(identify_by)s = 'external_id' AND by_email IS DISTINCT FROM by_external
                AND by_email IS NOT NULL THEN 'email_taken'
       END"""

# New rows are numbered here: a rewrite of the table for that alone would cost as much as matching.
MATCH = f"""
CREATE TEMP TABLE import_rows ON COMMIT DROP AS
WITH found AS (
    SELECT s.*, e.id AS by_email, x.contact_id AS by_external, so.id AS source_id, ca.id AS campaign_id,
           sm_fold(s.company_name) AS company_key
    FROM import_stage s
    LEFT JOIN leads_contact e ON e.email = s.email AND e.email <> ''
    LEFT JOIN leads_externalid x ON x.system = %(system)s AND x.value = s.external_id
    LEFT JOIN unnest(%(source_names)s::text[], %(source_ids)s::bigint[]) so(name, id) ON so.name = s.source
    LEFT JOIN unnest(%(campaign_names)s::text[], %(campaign_ids)s::bigint[]) ca(name, id) ON ca.name = s.campaign
), matched AS (
    SELECT found.*, {WHOSE} AS known_id FROM found
)
SELECT m.*, coalesce(known_id, nextval(pg_get_serial_sequence('leads_contact', 'id'))) AS contact_id,
       known_id IS NULL AS is_new, NULL::bigint AS company_id, '{{}}'::text[] AS changed,
       {PROBLEM} AS problem,
       jsonb_build_object('value', coalesce(email, external_id)) AS params
FROM matched m
"""  # noqa: S608 - from the constants above

# Staged columns that tell a fact of the rule on minimum information; the others are called as the fact.
TOLD_BY: Final[dict[str, tuple[str, ...]]] = {"company": ("company_name", "company_domain")}

# Rows without an identity of their own too: who cannot be told from others may still become somebody.
QUARANTINE = """
WITH held AS (
    DELETE FROM import_rows WHERE is_new AND external_id IS NULL AND {untold}
    AND (problem IS NULL OR problem IN ('no_email', 'no_external_id', 'no_identity')) RETURNING line
), told AS (
    SELECT s.line, jsonb_strip_nulls(to_jsonb(s)) - 'line' AS payload FROM import_stage s JOIN held USING (line)
), kept AS (
    INSERT INTO leads_quarantinedcontact
        (payload, needs, rule_version, origin, run_id, line, fingerprint, state, created_at, created_by_id)
    SELECT DISTINCT ON (payload) payload, %(minimum)s, %(rule_version)s, 'import', %(run)s, line,
           md5(payload::text), 'waiting', %(at)s, %(actor)s
    FROM told ORDER BY payload, line ON CONFLICT DO NOTHING RETURNING line
), again AS (
    INSERT INTO leads_importrefusal (run_id, line, reason, params, cells)
    SELECT %(run)s, line, 'in_quarantine', '{{}}', '[]' FROM held WHERE line NOT IN (SELECT line FROM kept)
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM kept
"""


def quarantine(cursor: CursorWrapper, params: Mapping[str, Any], *, minimum: Minimum) -> int:
    """Rows of new people who lack all that is asked for leave the import; answers how many are kept apart."""
    columns = [column for name in minimum.any_of for column in TOLD_BY.get(name, (name,))]
    untold = " AND ".join(f"{column} IS NULL" for column in columns if column in CONTACT_STAGE)
    cursor.execute(QUARANTINE.format(untold=untold), params)
    return int(cursor.fetchone()[0])


FIND_REPEATS = """
WITH told AS (
    SELECT r.line, least(
        CASE WHEN r.email IS NOT NULL THEN min(r.line) OVER (PARTITION BY r.email) END,
        CASE WHEN r.external_id IS NOT NULL THEN min(r.line) OVER (PARTITION BY r.external_id) END,
        CASE WHEN r.contact_id IS NOT NULL THEN min(r.line) OVER (PARTITION BY r.contact_id) END,
        i.line
    ) AS first_line
    FROM import_rows r
    LEFT JOIN leads_importedrow i ON i.run_id = %(run)s AND i.record = r.contact_id
    WHERE r.problem IS NULL
)
UPDATE import_rows r SET problem = 'same_as_line', params = r.params || jsonb_build_object('other', t.first_line)
FROM told t WHERE t.line = r.line AND t.first_line < r.line
"""

REFUSE = """
WITH gone AS (DELETE FROM import_rows WHERE problem IS NOT NULL RETURNING line, problem, params)
INSERT INTO leads_importrefusal (run_id, line, reason, params, cells)
SELECT %(run)s, line, problem, params, '[]' FROM gone ON CONFLICT DO NOTHING
"""

# Whoever the rows speak of, also of those that will be refused: what is decided of them is decided behind the lock.
LOCK_MATCHED = """
SELECT count(*) FROM (
    SELECT 1 FROM leads_contact
    WHERE id IN (SELECT by_email FROM import_rows UNION SELECT by_external FROM import_rows)
    ORDER BY id FOR UPDATE
) locked
"""
# Whoever was erased while we waited for the lock is not who the row speaks of any more. Before anything else is asked
# of it: it may bring somebody new, be short of information by now, or have its address to itself.
WITHOUT_ERASED: Final = """
    SELECT r.line, r.email, r.external_id, CASE WHEN of_email.id IS NULL THEN r.by_email END AS by_email,
           CASE WHEN of_id.id IS NULL THEN r.by_external END AS by_external
    FROM import_rows r
    LEFT JOIN leads_erasure of_email ON of_email.contact_id = r.by_email
    LEFT JOIN leads_erasure of_id ON of_id.contact_id = r.by_external
    WHERE of_email.id IS NOT NULL OR of_id.id IS NOT NULL"""
FORGET_ERASED = f"""
WITH told AS ({WITHOUT_ERASED}
), decided AS (
    SELECT told.*, {WHOSE} AS known_id, {PROBLEM} AS problem FROM told
)
UPDATE import_rows r SET by_email = d.by_email, by_external = d.by_external, known_id = d.known_id,
    contact_id = CASE WHEN d.known_id IS NOT NULL THEN d.known_id WHEN r.is_new THEN r.contact_id
                      ELSE nextval(pg_get_serial_sequence('leads_contact', 'id')) END,
    is_new = d.known_id IS NULL, problem = d.problem
FROM decided d WHERE d.line = r.line
"""  # noqa: S608 - from the constants above


def match(cursor: CursorWrapper, params: Mapping[str, Any], *, minimum: Minimum | None) -> int:
    """From `import_stage` to `import_rows`, the known contacts locked; answers how many rows went to quarantine."""
    cursor.execute(SIGN_CHANGES, params)
    cursor.execute("ANALYZE import_stage (line, email, external_id)")
    cursor.execute(MATCH, params)
    cursor.execute(LOCK_MATCHED)
    cursor.execute(FORGET_ERASED, params)
    held = quarantine(cursor, params, minimum=minimum) if minimum else 0
    cursor.execute(FIND_REPEATS, params)
    cursor.execute(REFUSE, params)
    cursor.execute("ANALYZE import_rows (line, contact_id, is_new, company_key, company_id, company_domain)")
    return held
