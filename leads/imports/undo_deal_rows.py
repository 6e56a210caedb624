"""One batch of imported deals taken back by set-based statements; knows SQL, and nothing of when.

`undo_rows` holds what the run did to a deal, why it cannot go back (`reason`), and which of its facts can (`back`).
What a won deal made of its contact goes back with it; a contact that the import made goes with its last deal.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from leads.imports import undo_rows
from leads.imports.match_rows import SIGN_CHANGES
from leads.imports.undo_rows import RECORD, pointing_to
from leads.models import Deal

TAKE = """
CREATE TEMP TABLE undo_rows ON COMMIT DROP AS
SELECT i.record, i.line, i.outcome, i.facts, d.contact_id, NULL::text AS reason, '{}'::text[] AS back
FROM (
    SELECT record, line, outcome, facts FROM leads_importedrow
    WHERE run_id = %(run)s AND undo = '' AND outcome <> 'unchanged' ORDER BY record LIMIT %(rows)s
) i LEFT JOIN leads_deal d ON d.id = i.record
"""

LOCK: Final = (
    """
    SELECT count(*) FROM (
        SELECT 1 FROM leads_contact WHERE id IN (
            SELECT d.contact_id FROM leads_deal d JOIN (
                SELECT record FROM leads_importedrow WHERE run_id = %(run)s AND undo = '' AND outcome <> 'unchanged'
                ORDER BY record LIMIT %(rows)s
            ) i ON i.record = d.id
        ) ORDER BY id FOR UPDATE
    ) locked
    """,
    """
    SELECT count(*) FROM (
        SELECT 1 FROM leads_deal WHERE id IN (
            SELECT record FROM leads_importedrow WHERE run_id = %(run)s AND undo = '' AND outcome <> 'unchanged'
            ORDER BY record LIMIT %(rows)s
        ) ORDER BY id FOR UPDATE
    ) locked
    """,
)

# What a deal was before is not kept of people who were erased, nor by imports of before it was kept at all.
GONE = """
UPDATE undo_rows SET reason = CASE WHEN contact_id IS NULL THEN 'deal_gone' ELSE 'not_kept' END
WHERE contact_id IS NULL OR outcome = 'updated' AND facts IS NULL
"""

EDITED = """
UPDATE undo_rows u SET reason = 'deal_edited' FROM leads_deal d
WHERE d.id = u.record AND u.outcome = 'created' AND u.reason IS NULL AND d.version > 1
"""

# A fact goes back when it is still what the import wrote.
FIND_BACK = """
UPDATE undo_rows u SET back = array_remove(ARRAY[
    CASE WHEN d.stage = u.facts #>> '{stage,1,stage}'
              AND d.closed_at IS NOT DISTINCT FROM (u.facts #>> '{stage,1,closed_at}')::timestamptz
              AND d.lost_reason = u.facts #>> '{stage,1,lost_reason}'
              AND d.won_reason = u.facts #>> '{stage,1,won_reason}' THEN 'stage' END,
    CASE WHEN d.amount_cents = (u.facts #>> '{amount,1}')::bigint THEN 'amount' END,
    CASE WHEN d.name = u.facts #>> '{name,1}' THEN 'name' END,
    CASE WHEN d.owner_id = (u.facts #>> '{owner,1}')::bigint THEN 'owner' END,
    CASE WHEN d.note = u.facts #>> '{note,1}' THEN 'note' END,
    CASE WHEN d.expected_close_on = (u.facts #>> '{expected_close_on,1}')::date THEN 'expected_close_on' END,
    CASE WHEN d.custom @> (u.facts #> '{custom,1}') THEN 'custom' END
], NULL)
FROM leads_deal d WHERE d.id = u.record AND u.outcome = 'updated' AND u.reason IS NULL
"""

SAY_WHY_PARTLY = """
UPDATE undo_rows u SET reason = 'changed_since' WHERE outcome = 'updated' AND reason IS NULL
    AND EXISTS (SELECT 1 FROM jsonb_object_keys(facts) k WHERE NOT k = ANY (back))
"""

RESTORE = """
UPDATE leads_deal d SET
    stage = CASE WHEN 'stage' = ANY (u.back) THEN u.facts #>> '{stage,0,stage}' ELSE d.stage END,
    closed_at = CASE WHEN 'stage' = ANY (u.back) THEN (u.facts #>> '{stage,0,closed_at}')::timestamptz
                     ELSE d.closed_at END,
    lost_reason = CASE WHEN 'stage' = ANY (u.back) THEN u.facts #>> '{stage,0,lost_reason}' ELSE d.lost_reason END,
    won_reason = CASE WHEN 'stage' = ANY (u.back) THEN u.facts #>> '{stage,0,won_reason}' ELSE d.won_reason END,
    amount_cents = CASE WHEN 'amount' = ANY (u.back) THEN (u.facts #>> '{amount,0}')::bigint ELSE d.amount_cents END,
    name = CASE WHEN 'name' = ANY (u.back) THEN u.facts #>> '{name,0}' ELSE d.name END,
    owner_id = CASE WHEN 'owner' = ANY (u.back) THEN (u.facts #>> '{owner,0}')::bigint ELSE d.owner_id END,
    note = CASE WHEN 'note' = ANY (u.back) THEN u.facts #>> '{note,0}' ELSE d.note END,
    expected_close_on = CASE WHEN 'expected_close_on' = ANY (u.back)
                             THEN (u.facts #>> '{expected_close_on,0}')::date ELSE d.expected_close_on END,
    custom = CASE WHEN 'custom' = ANY (u.back)
                  THEN (d.custom - ARRAY(SELECT jsonb_object_keys(u.facts #> '{custom,1}')))
                       || (u.facts #> '{custom,0}')
                  ELSE d.custom END,
    version = d.version + 1
FROM undo_rows u WHERE d.id = u.record AND u.back <> '{}'
"""

FIND_GONE = """
CREATE TEMP TABLE undo_gone ON COMMIT DROP AS
SELECT record, contact_id FROM undo_rows WHERE outcome = 'created' AND reason IS NULL
"""
REMOVE: Final = (
    "DELETE FROM leads_fieldchange WHERE entity = 'deal' AND subject_id IN (SELECT record FROM undo_gone)",
    "DELETE FROM leads_deal WHERE id IN (SELECT record FROM undo_gone)",
)

# Whom these deals made a customer, when nothing has moved them since and no other deal of theirs is won.
STEPS_BACK = """
CREATE TEMP TABLE undo_steps ON COMMIT DROP AS
SELECT t.id AS undoes_id, t.contact_id, t.to_value AS left_stage, t.from_value AS stage,
       greatest(%(at)s, i.entered_at + interval '1 microsecond') AS at,
       nextval(pg_get_serial_sequence('leads_transition', 'id')) AS transition_id
FROM leads_transition t
JOIN leads_stageinterval i ON i.transition_id = t.id AND i.left_at IS NULL
JOIN leads_contact c ON c.id = t.contact_id AND c.stage_id = t.to_value
WHERE t.kind = 'stage' AND t.origin = 'import' AND t.recorded_at = %(imported_at)s AND t.from_value <> ''
  AND t.facts @> jsonb_build_object('import', %(run)s::bigint) AND t.undoes_id IS NULL
  AND t.contact_id IN (
      SELECT contact_id FROM undo_gone
      UNION SELECT contact_id FROM undo_rows WHERE 'stage' = ANY (back)
  )
  AND NOT EXISTS (SELECT 1 FROM leads_deal d WHERE d.contact_id = t.contact_id AND d.stage = 'won')
"""
MOVE_BACK: Final = (
    """
    INSERT INTO leads_transition
        (id, contact_id, kind, from_value, to_value, at, recorded_at, origin, actor_id, facts, reason, undoes_id)
    SELECT transition_id, contact_id, 'stage', left_stage, stage, at, %(at)s, 'import', %(actor)s, %(facts)s::jsonb, '',
           undoes_id
    FROM undo_steps
    """,
    """
    UPDATE leads_stageinterval i SET left_at = s.at FROM undo_steps s
    WHERE s.contact_id = i.contact_id AND i.left_at IS NULL
    """,
    """
    INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, previous_left_at, transition_id)
    SELECT contact_id, stage, at, at, transition_id FROM undo_steps
    """,
    """
    UPDATE leads_contact c SET stage_id = s.stage, stage_since = s.at, updated_at = %(at)s, version = c.version + 1
    FROM undo_steps s WHERE s.contact_id = c.id
    """,
    """
    INSERT INTO leads_dirtycontact AS known (contact_id, since)
    SELECT DISTINCT contact_id, %(at)s::timestamptz FROM (
        SELECT contact_id FROM undo_gone UNION SELECT contact_id FROM undo_rows WHERE back <> '{}'
    ) touched ORDER BY contact_id
    ON CONFLICT (contact_id) DO UPDATE SET since = known.since
    """,
)

# At the end: the contacts that the import made, with nothing of anybody else's.
PEOPLE = """
CREATE TEMP TABLE undo_rows ON COMMIT DROP AS
SELECT c.id AS contact_id, 'created'::text AS outcome, NULL::text AS reason
FROM leads_importedrow i JOIN leads_contact c ON c.id = (i.facts ->> 'contact')::bigint
WHERE i.run_id = %(run)s AND i.outcome = 'created'
"""
# An import moves whom it made when their deal is won: that is no edit.
PEOPLE_EDITED = """
SELECT 1 FROM leads_contact c WHERE c.id = u.contact_id AND c.version > 1 + (
    SELECT count(*) FROM leads_transition t WHERE t.contact_id = c.id AND t.kind = 'stage' AND t.origin = 'import'
    AND t.recorded_at = %(imported_at)s
)
"""


def examine(cursor: CursorWrapper, params: Mapping[str, Any]) -> int:
    """Fills `undo_rows` with what can go back and why not; answers how many rows. Changes nothing else."""
    cursor.execute(TAKE, params)
    taken = int(cursor.rowcount)
    cursor.execute("ANALYZE undo_rows (record)")
    cursor.execute(GONE)
    cursor.execute(EDITED)
    for table, column in pointing_to(Deal):
        cursor.execute(
            "UPDATE undo_rows u SET reason = 'deal_used' WHERE u.outcome = 'created' AND u.reason IS NULL"  # noqa: S608
            f' AND EXISTS (SELECT 1 FROM "{table}" t WHERE t."{column}" = u.record)'
        )
    cursor.execute(FIND_BACK)
    cursor.execute(SAY_WHY_PARTLY)
    return taken


def lock(cursor: CursorWrapper, params: Mapping[str, Any]) -> None:
    for statement in LOCK:
        cursor.execute(statement, params)


def take_back(cursor: CursorWrapper, params: Mapping[str, Any]) -> None:
    """Removes and restores what was examined, and records it."""
    cursor.execute(SIGN_CHANGES, params)
    cursor.execute("SET LOCAL smarketing.rewrite = 'on'")
    for statement in (RESTORE, FIND_GONE, *REMOVE, STEPS_BACK, *MOVE_BACK, RECORD):
        cursor.execute(statement, params)
    cursor.execute("SET LOCAL smarketing.rewrite = 'off'")
    cursor.execute("DROP TABLE undo_rows, undo_gone, undo_steps")


def finish(cursor: CursorWrapper, params: Mapping[str, Any]) -> dict[str, Any]:
    """After the last deal: the contacts that the import made for it; answers how many went, and why others stay."""
    cursor.execute("SET LOCAL smarketing.rewrite = 'on'")
    cursor.execute(PEOPLE, params)
    for reason, exists in (undo_rows.touched() | {"edited": PEOPLE_EDITED}).items():
        cursor.execute(undo_rows.keep(reason, exists), params)
    for statement in undo_rows.REMOVE:
        cursor.execute(statement)
    cursor.execute("SET LOCAL smarketing.rewrite = 'off'")
    cursor.execute("SELECT split_part(coalesce(reason, ''), ':', 1), count(*) FROM undo_rows GROUP BY 1")
    told = dict(cursor.fetchall())
    cursor.execute("DROP TABLE undo_rows, undo_gone")
    return {"people": told.pop("", 0), "people_kept": told}
