"""The stages that rows say were reached: ledger and intervals, forward only, with the dates that the file states."""

# After what is known of the contact: only forward. Where the dates go
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

BEHIND = """
SELECT r.line FROM import_rows r
CROSS JOIN LATERAL jsonb_each_text(r.stages) e
JOIN lifecycle_stage st ON st.key = e.key
JOIN leads_contact c ON c.id = r.contact_id
JOIN lifecycle_stage kn ON kn.key = c.stage_id
WHERE NOT r.is_new AND st.position < kn.position
  AND NOT EXISTS (SELECT 1 FROM leads_stageinterval i WHERE i.contact_id = r.contact_id AND i.stage_id = e.key)
ORDER BY r.line
"""

IMPOSSIBLE = "SELECT DISTINCT line FROM import_steps WHERE is_impossible ORDER BY line"

# Of what the row itself says. A day without a time is its midnight, and so may stand before a contact of that day.
BEFORE_FIRST_CONTACT = """
SELECT DISTINCT s.line FROM import_steps s JOIN import_rows r ON r.contact_id = s.contact_id
WHERE s.at < r.created_at - interval '1 day' ORDER BY s.line
"""

LEDGER = """
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
