"""One batch of staged contact rows made true by set-based statements; knows SQL, and nothing of files.

Every statement speaks of `import_stage` (what COPY brought) and `import_rows` (the same, matched), which live for
one transaction. The order matters: refusals first, so that everything after speaks of rows that come in.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from leads.imports.staging import CONTACT_STAGE
from leads.minimum import Minimum

# Facts of the contact's own row that a file may fill; each is text, empty when not known.
TEXT_FACTS: Final = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "function",
    "seniority",
    "city",
    "country",
    "language",
)

CREATE_STAGE = "CREATE TEMP TABLE import_stage ({}) ON COMMIT DROP".format(
    ", ".join(f"{name} {type_}" for name, type_ in CONTACT_STAGE.items())
)

# New rows are numbered here: a rewrite of the table for that alone would cost as much as matching.
MATCH = """
CREATE TEMP TABLE import_rows ON COMMIT DROP AS
WITH matched AS (
    SELECT s.*, e.id AS by_email, x.contact_id AS by_external,
           CASE %(identify_by)s WHEN 'email' THEN e.id WHEN 'external_id' THEN x.contact_id
                ELSE coalesce(x.contact_id, e.id) END AS known_id,
           so.id AS source_id, ca.id AS campaign_id, sm_fold(s.company_name) AS company_key
    FROM import_stage s
    LEFT JOIN leads_contact e ON e.email = s.email AND e.email <> ''
    LEFT JOIN leads_externalid x ON x.system = %(system)s AND x.value = s.external_id
    LEFT JOIN unnest(%(source_names)s::text[], %(source_ids)s::bigint[]) so(name, id) ON so.name = s.source
    LEFT JOIN unnest(%(campaign_names)s::text[], %(campaign_ids)s::bigint[]) ca(name, id) ON ca.name = s.campaign
)
SELECT m.*, coalesce(known_id, nextval(pg_get_serial_sequence('leads_contact', 'id'))) AS contact_id,
       known_id IS NULL AS is_new, NULL::bigint AS company_id, '{}'::text[] AS changed,
       CASE
           WHEN %(identify_by)s = 'email' AND email IS NULL THEN 'no_email'
           WHEN %(identify_by)s = 'external_id' AND external_id IS NULL THEN 'no_external_id'
           WHEN email IS NULL AND external_id IS NULL THEN 'no_identity'
           WHEN by_email <> by_external THEN 'identities_disagree'
           WHEN %(identify_by)s = 'email' AND by_external IS DISTINCT FROM by_email AND by_external IS NOT NULL
               THEN 'external_id_taken'
           WHEN %(identify_by)s = 'external_id' AND by_email IS DISTINCT FROM by_external
                AND by_email IS NOT NULL THEN 'email_taken'
       END AS problem,
       jsonb_build_object('value', coalesce(email, external_id)) AS params
FROM matched m
"""

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


def quarantine(cursor: CursorWrapper, params: Mapping[str, Any], *, any_of: tuple[str, ...]) -> int:
    """Rows of new people who lack all of these facts leave the import; answers how many are kept apart."""
    columns = [column for name in any_of for column in TOLD_BY.get(name, (name,))]
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

LOCK_KNOWN = """
SELECT count(*) FROM (
    SELECT 1 FROM leads_contact WHERE id IN (SELECT contact_id FROM import_rows WHERE NOT is_new)
    ORDER BY id FOR UPDATE
) locked
"""

COMPANY_BY_DOMAIN = """
UPDATE import_rows r SET company_id = c.id FROM leads_company c
WHERE c.domain = r.company_domain AND c.domain <> '' AND r.company_id IS NULL
"""
COMPANY_GETS_DOMAIN = """
WITH named AS (
UPDATE leads_company c SET domain = n.company_domain, updated_at = %(at)s, version = c.version + 1
FROM (
    SELECT DISTINCT ON (company_domain) company_domain, known FROM (
        SELECT DISTINCT ON (c.id) c.id AS known, r.company_domain FROM import_rows r
        JOIN leads_company c ON c.name_key = r.company_key AND c.domain = ''
        WHERE r.company_id IS NULL AND r.company_domain IS NOT NULL ORDER BY c.id, r.line
    ) candidates ORDER BY company_domain, known
) n WHERE c.id = n.known RETURNING c.id, c.domain)
INSERT INTO leads_importedcompany AS known (run_id, record, facts)
SELECT %(run)s, id, jsonb_build_object('domain', jsonb_build_array('', domain)) FROM named
ON CONFLICT (run_id, record) DO UPDATE SET facts = known.facts || excluded.facts
"""
COMPANY_NEW_BY_DOMAIN = """
WITH made AS (
INSERT INTO leads_company (name, domain, sector, city, country, custom, created_at, updated_at, version)
SELECT DISTINCT ON (company_domain) coalesce(company_name, company_domain), company_domain, '', '', '', '{}',
       %(at)s, %(at)s, 1
FROM import_rows WHERE company_id IS NULL AND company_domain IS NOT NULL ORDER BY company_domain, line
RETURNING id)
INSERT INTO leads_importedcompany (run_id, record) SELECT %(run)s, id FROM made
"""
COMPANY_BY_NAME = """
UPDATE import_rows r SET company_id = c.id
FROM (
    SELECT name_key, min(id) AS id FROM leads_company
    WHERE name_key IN (SELECT company_key FROM import_rows WHERE company_id IS NULL) GROUP BY name_key
) c
WHERE c.name_key = r.company_key AND r.company_id IS NULL AND r.company_domain IS NULL
"""
COMPANY_NEW_BY_NAME = """
WITH made AS (
INSERT INTO leads_company (name, domain, sector, city, country, custom, created_at, updated_at, version)
SELECT DISTINCT ON (company_key) company_name, '', '', '', '', '{}', %(at)s, %(at)s, 1
FROM import_rows WHERE company_id IS NULL AND company_name IS NOT NULL ORDER BY company_key, line
RETURNING id)
INSERT INTO leads_importedcompany (run_id, record) SELECT %(run)s, id FROM made
"""
COMPANY_FACTS = """
WITH filled AS (
UPDATE leads_company c SET
    sector = CASE WHEN c.sector = '' THEN coalesce(n.sector, '') ELSE c.sector END,
    headcount = coalesce(c.headcount, n.headcount), updated_at = %(at)s, version = c.version + 1
FROM leads_company old, (
    SELECT company_id, (array_agg(company_sector ORDER BY line) FILTER (WHERE company_sector IS NOT NULL))[1] AS sector,
           (array_agg(company_headcount ORDER BY line) FILTER (WHERE company_headcount IS NOT NULL))[1] AS headcount
    FROM import_rows WHERE company_sector IS NOT NULL OR company_headcount IS NOT NULL GROUP BY company_id
) n
WHERE c.id = n.company_id AND old.id = c.id
  AND ((c.sector = '' AND n.sector IS NOT NULL) OR (c.headcount IS NULL AND n.headcount IS NOT NULL))
RETURNING c.id, jsonb_strip_nulls(jsonb_build_object(
    'sector', CASE WHEN c.sector <> old.sector THEN jsonb_build_array(old.sector, c.sector) END,
    'headcount', CASE WHEN c.headcount IS DISTINCT FROM old.headcount
                      THEN jsonb_build_array(old.headcount, c.headcount) END
)) AS facts)
INSERT INTO leads_importedcompany AS known (run_id, record, facts) SELECT %(run)s, id, facts FROM filled
ON CONFLICT (run_id, record) DO UPDATE SET facts = known.facts || excluded.facts
"""

# The stages a row says were reached, after what is known of the contact: only forward. Where the dates go
# against the order of the stages, the ledger keeps the stated moment and the interval follows the one before.
STEPS = """
CREATE TEMP TABLE import_steps ON COMMIT DROP AS
WITH said AS (
    SELECT r.contact_id, r.line, r.is_new, e.key AS stage, e.value::timestamptz AS at, st.position,
           c.stage_id AS known_stage, kn.position AS known_position, c.stage_since
    FROM import_rows r
    CROSS JOIN LATERAL jsonb_each_text(r.stages) e
    JOIN lifecycle_stage st ON st.key = e.key
    LEFT JOIN leads_contact c ON c.id = r.contact_id
    LEFT JOIN lifecycle_stage kn ON kn.key = c.stage_id
    WHERE r.stages IS NOT NULL
), forward AS (
    SELECT *, row_number() OVER one AS step FROM said
    WHERE known_position IS NULL OR position > known_position
    WINDOW one AS (PARTITION BY contact_id ORDER BY position)
), placed AS (
    SELECT *, greatest(
        max(at - step * interval '1 microsecond') OVER (PARTITION BY contact_id ORDER BY position), stage_since
    ) + step * interval '1 microsecond' AS entered_at FROM forward
)
SELECT contact_id, line, stage, at, entered_at, step, stage_since AS known_since,
       entered_at - at > interval '1 second' AS is_impossible,
       coalesce(lag(stage) OVER one, known_stage, '') AS from_stage,
       lead(entered_at) OVER one AS left_at,
       CASE WHEN step > 1 OR stage_since IS NOT NULL THEN entered_at END AS previous_left_at,
       nextval(pg_get_serial_sequence('leads_transition', 'id')) AS transition_id
FROM placed WINDOW one AS (PARTITION BY contact_id ORDER BY step)
"""

STEPS_BEHIND = """
SELECT r.line FROM import_rows r
CROSS JOIN LATERAL jsonb_each_text(r.stages) e
JOIN lifecycle_stage st ON st.key = e.key
JOIN leads_contact c ON c.id = r.contact_id
JOIN lifecycle_stage kn ON kn.key = c.stage_id
WHERE NOT r.is_new AND st.position < kn.position
  AND NOT EXISTS (SELECT 1 FROM leads_stageinterval i WHERE i.contact_id = r.contact_id AND i.stage_id = e.key)
ORDER BY r.line
"""

STEPS_IMPOSSIBLE = "SELECT DISTINCT line FROM import_steps WHERE is_impossible ORDER BY line"

INSERT_CONTACTS = """
INSERT INTO leads_contact (
    id, email, first_name, last_name, phone, job_title, function, seniority, city, country, language,
    company_id, source_id, campaign_id, owner_id, consent, custom, status_id, status_since, stage_id, stage_since,
    created_at, created_by_id, created_via, updated_at, version
)
SELECT r.contact_id, coalesce(r.email, ''), coalesce(r.first_name, ''), coalesce(r.last_name, ''),
       coalesce(r.phone, ''), coalesce(r.job_title, ''), coalesce(r.function, ''), coalesce(r.seniority, ''),
       coalesce(r.city, ''), coalesce(r.country, ''), coalesce(r.language, ''),
       r.company_id, r.source_id, r.campaign_id, r.owner, coalesce(r.consent, 'unknown'), coalesce(r.custom, '{}'),
       coalesce(r.status, 'new'), coalesce(r.created_at, %(at)s), s.stage, s.entered_at,
       coalesce(r.created_at, %(at)s), %(actor)s, 'import', %(at)s, 1
FROM import_rows r
LEFT JOIN import_steps s ON s.contact_id = r.contact_id AND s.left_at IS NULL
WHERE r.is_new ORDER BY r.line
"""


def _text_change(name: str) -> str:
    return f"CASE WHEN r.{name} <> c.{name} AND (c.{name} = '' OR %(overwrite)s) THEN '{name}' END"


FIND_CHANGES = """
UPDATE import_rows r SET changed = array_remove(ARRAY[
    {texts},
    CASE WHEN r.company_id <> c.company_id AND %(overwrite)s OR r.company_id IS NOT NULL AND c.company_id IS NULL
         THEN 'company' END,
    CASE WHEN c.source_id IS NULL AND r.source_id IS NOT NULL THEN 'source' END,
    CASE WHEN c.campaign_id IS NULL AND r.campaign_id IS NOT NULL THEN 'campaign' END,
    CASE WHEN r.owner <> c.owner_id AND %(overwrite)s OR r.owner IS NOT NULL AND c.owner_id IS NULL THEN 'owner' END,
    CASE WHEN r.consent = 'withdrawn' AND c.consent <> 'withdrawn' OR r.consent = 'given' AND c.consent = 'unknown'
         THEN 'consent' END,
    CASE WHEN r.status <> c.status_id AND (c.status_id = 'new' OR %(overwrite)s) THEN 'status' END,
    CASE WHEN CASE WHEN %(overwrite)s THEN c.custom || r.custom ELSE r.custom || c.custom END <> c.custom
         THEN 'custom' END,
    CASE WHEN r.external_id IS NOT NULL AND r.by_external IS NULL THEN 'external_id' END,
    CASE WHEN EXISTS (SELECT 1 FROM import_steps s WHERE s.contact_id = r.contact_id) THEN 'stage' END
], NULL)
FROM leads_contact c WHERE c.id = r.contact_id AND NOT r.is_new
""".format(texts=",\n    ".join(map(_text_change, TEXT_FACTS)))  # noqa: S608 - from the constants above

LEDGER_OF_CHANGES = """
INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, recorded_at, origin, actor_id, facts, reason)
SELECT r.contact_id, k.kind, k.before, k.after, %(at)s, %(at)s, 'import', %(actor)s, %(facts)s::jsonb, ''
FROM import_rows r
LEFT JOIN leads_contact c ON c.id = r.contact_id AND NOT r.is_new
CROSS JOIN LATERAL (VALUES
    ('owner', coalesce(c.owner_id::text, ''), r.owner::text),
    ('consent', coalesce(c.consent, 'unknown'), r.consent),
    ('status', coalesce(c.status_id, 'new'), r.status)
) k(kind, before, after)
WHERE k.after IS NOT NULL AND k.after <> k.before AND (r.is_new OR k.kind = ANY (r.changed))
"""

UPDATE_CONTACTS = """
UPDATE leads_contact c SET
    {texts},
    company_id = CASE WHEN 'company' = ANY (r.changed) THEN r.company_id ELSE c.company_id END,
    source_id = coalesce(c.source_id, r.source_id),
    campaign_id = coalesce(c.campaign_id, r.campaign_id),
    owner_id = CASE WHEN 'owner' = ANY (r.changed) THEN r.owner ELSE c.owner_id END,
    consent = CASE WHEN 'consent' = ANY (r.changed) THEN r.consent ELSE c.consent END,
    status_id = CASE WHEN 'status' = ANY (r.changed) THEN r.status ELSE c.status_id END,
    status_since = CASE WHEN 'status' = ANY (r.changed) THEN %(at)s ELSE c.status_since END,
    custom = CASE WHEN r.custom IS NULL THEN c.custom WHEN %(overwrite)s THEN c.custom || r.custom
                  ELSE r.custom || c.custom END,
    stage_id = coalesce(s.stage, c.stage_id), stage_since = coalesce(s.entered_at, c.stage_since),
    updated_at = %(at)s, version = c.version + 1
FROM import_rows r
LEFT JOIN import_steps s ON s.contact_id = r.contact_id AND s.left_at IS NULL
WHERE c.id = r.contact_id AND NOT r.is_new AND r.changed <> '{{}}'
""".format(
    texts=",\n    ".join(
        f"{name} = CASE WHEN '{name}' = ANY (r.changed) THEN r.{name} ELSE c.{name} END"
        for name in TEXT_FACTS
    )
)

LEDGER_OF_STEPS = """
INSERT INTO leads_transition
    (id, contact_id, kind, from_value, to_value, at, recorded_at, origin, actor_id, facts, reason)
SELECT transition_id, contact_id, 'stage', from_stage, stage, at, %(at)s, 'import', %(actor)s,
       %(facts)s::jsonb || jsonb_build_object('line', line)
       || CASE WHEN is_impossible THEN '{"impossible_order": true}'::jsonb ELSE '{}'::jsonb END, ''
FROM import_steps
"""
CLOSE_INTERVALS = """
UPDATE leads_stageinterval i SET left_at = s.entered_at FROM import_steps s
WHERE s.contact_id = i.contact_id AND s.step = 1 AND s.known_since IS NOT NULL AND i.left_at IS NULL
"""
OPEN_INTERVALS = """
INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, left_at, previous_left_at, transition_id)
SELECT contact_id, stage, entered_at, left_at, previous_left_at, transition_id FROM import_steps
"""

EXTERNAL_IDS = """
INSERT INTO leads_externalid (contact_id, system, value)
SELECT contact_id, %(system)s, external_id FROM import_rows WHERE external_id IS NOT NULL AND by_external IS NULL
"""

# The first contact is an event of its own; its key is the person in that system, so that it is told once.
TOUCHPOINTS = """
WITH told AS (
    INSERT INTO leads_touchpoint (contact_id, kind, occurred_at, recorded_at, source_id, campaign_id, outcome,
                                  is_human, attributes, origin, key)
    SELECT contact_id, 'imported', created_at, %(at)s, source_id, campaign_id, '', true, '{}', 'import',
           %(system)s || ':'
           || md5(CASE WHEN %(identify_by)s = 'email' THEN email ELSE coalesce(external_id, email) END)
    FROM import_rows WHERE created_at IS NOT NULL
    ON CONFLICT (origin, key) DO NOTHING RETURNING contact_id
)
UPDATE import_rows r SET changed = array_append(changed, 'first_contact')
FROM told WHERE told.contact_id = r.contact_id AND NOT r.is_new
"""

# Whoever comes with a day of the past was not known to us then: the history says since when.
KNOWN_SINCE = """
INSERT INTO leads_fieldchange (entity, subject_id, field, before, after, known_at, actor_id, origin)
SELECT 'contact', contact_id, 'created_at', 'null', to_jsonb(created_at), %(at)s, %(actor)s, 'import'
FROM import_rows WHERE is_new AND created_at < %(at)s
"""

# What the triggers of the history write as the source of a change.
SIGN_CHANGES = """
SELECT set_config('smarketing.known_at', %(at)s::timestamptz::text, true),
       set_config('smarketing.actor', coalesce(%(actor)s::text, ''), true),
       set_config('smarketing.origin', 'import', true)
"""

# As leads.actions.dirty marks: the update gives the mark another version.
DIRTY = """
INSERT INTO leads_dirtycontact AS known (contact_id, since)
SELECT contact_id, %(at)s FROM import_rows WHERE is_new OR changed <> '{}' ORDER BY contact_id
ON CONFLICT (contact_id) DO UPDATE SET since = known.since
"""

REPORT = """
INSERT INTO leads_importedrow (run_id, record, line, outcome)
SELECT %(run)s, contact_id, line, CASE WHEN is_new THEN 'created' ELSE 'unchanged' END
FROM import_rows WHERE is_new OR changed = '{}'
"""
# Written before the contacts are: what an updated one knew until now is what taking the import back gives again.
REPORT_CHANGES = """
INSERT INTO leads_importedrow (run_id, record, line, outcome, facts)
SELECT %(run)s, r.contact_id, r.line, 'updated', (
           SELECT jsonb_object_agg(f.name, jsonb_build_array(f.before, f.after)) FROM (VALUES
               {texts},
               ('company', to_jsonb(c.company_id), to_jsonb(r.company_id)),
               ('source', to_jsonb(c.source_id), to_jsonb(r.source_id)),
               ('campaign', to_jsonb(c.campaign_id), to_jsonb(r.campaign_id)),
               ('owner', to_jsonb(c.owner_id), to_jsonb(r.owner)),
               ('consent', to_jsonb(c.consent), to_jsonb(r.consent)),
               ('status', to_jsonb(c.status_id), to_jsonb(r.status)),
               ('custom', k.before, k.after),
               ('external_id', NULL, to_jsonb(r.external_id)),
               ('stage', to_jsonb(coalesce(c.stage_id, '')), to_jsonb(s.stage)),
               ('first_contact', NULL, NULL)
           ) f(name, before, after) WHERE f.name = ANY (r.changed)
       )
FROM import_rows r
JOIN leads_contact c ON c.id = r.contact_id
LEFT JOIN import_steps s ON s.contact_id = r.contact_id AND s.left_at IS NULL
LEFT JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(key, c.custom -> key) FILTER (WHERE c.custom ? key), '{{}}') AS before,
           coalesce(jsonb_object_agg(key, value), '{{}}') AS after
    FROM jsonb_each(CASE WHEN 'custom' = ANY (r.changed) THEN r.custom END)
    WHERE CASE WHEN %(overwrite)s THEN c.custom -> key IS DISTINCT FROM value
               ELSE NOT c.custom ? key END
) k ON true
WHERE NOT r.is_new AND r.changed <> '{{}}'
""".format(  # noqa: S608 - from the constants above
    texts=",\n               ".join(
        f"('{name}', to_jsonb(c.{name}), to_jsonb(r.{name}))" for name in TEXT_FACTS
    )
)

COUNTS = """
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND changed <> '{}'),
       count(*) FILTER (WHERE NOT is_new AND changed = '{}')
FROM import_rows
"""

EXAMPLES = """
SELECT line, CASE WHEN is_new THEN 'created' WHEN changed = '{}' THEN 'unchanged' ELSE 'updated' END AS outcome,
       changed, concat_ws(' ', first_name, last_name) AS name, email, external_id, company_name, phone
FROM import_rows ORDER BY line LIMIT %(examples)s
"""


def apply(
    cursor: CursorWrapper, params: Mapping[str, Any], *, has_companies: bool, minimum: Minimum | None
) -> tuple[dict[str, list[int]], int]:
    """Runs the statements over what stands in `import_stage`.

    Answers the lines of what was odd, by reason, and how many rows went to quarantine.
    """

    def run(statement: str) -> int:
        cursor.execute(statement, params)
        return int(cursor.rowcount)

    run(SIGN_CHANGES)
    run("ANALYZE import_stage (line, email, external_id)")
    run(MATCH)
    held = quarantine(cursor, params, any_of=minimum.any_of) if minimum else 0
    run(FIND_REPEATS)
    run(REFUSE)
    run("ANALYZE import_rows (line, contact_id, is_new, company_key, company_id, company_domain)")
    run(LOCK_KNOWN)
    if has_companies:
        _companies(run)
    run(STEPS)
    run("ANALYZE import_steps")
    odd = {"stage_behind": lines(cursor, STEPS_BEHIND), "impossible_order": lines(cursor, STEPS_IMPOSSIBLE)}
    run(FIND_CHANGES)
    run(INSERT_CONTACTS)
    run(KNOWN_SINCE)
    run(TOUCHPOINTS)
    run(REPORT)
    run(REPORT_CHANGES)
    run(LEDGER_OF_CHANGES)
    run(UPDATE_CONTACTS)
    run(LEDGER_OF_STEPS)
    run(CLOSE_INTERVALS)
    run(OPEN_INTERVALS)
    run(EXTERNAL_IDS)
    run(DIRTY)
    return {reason: lines for reason, lines in odd.items() if lines}, held


def _companies(run: Any) -> None:
    run(COMPANY_BY_DOMAIN)
    if run(COMPANY_GETS_DOMAIN):
        run(COMPANY_BY_DOMAIN)
    if run(COMPANY_NEW_BY_DOMAIN):
        run(COMPANY_BY_DOMAIN)
    run(COMPANY_BY_NAME)
    if run(COMPANY_NEW_BY_NAME):
        run(COMPANY_BY_NAME)
    run(COMPANY_FACTS)


def lines(cursor: CursorWrapper, statement: str) -> list[int]:
    cursor.execute(statement)
    return [line for (line,) in cursor.fetchall()]
