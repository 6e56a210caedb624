"""One batch of imported contacts taken back by set-based statements; knows SQL, and nothing of when.

Every statement speaks of `undo_rows`, which lives for one transaction: what the run did to a contact, why it cannot go
back (`reason`), and which of its facts can (`back`).
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import models
from django.db.backends.utils import CursorWrapper
from django.db.models.fields.reverse_related import ManyToOneRel

from leads.imports.contact_rows import TEXT_FACTS
from leads.imports.match_rows import SIGN_CHANGES
from leads.models import (
    CellStay,
    Company,
    Contact,
    ContactScore,
    DirtyContact,
    ExternalId,
    PlaybookRun,
    RuleException,
    StageInterval,
    Touchpoint,
    Transition,
)

OWN: Final = (
    *(ExternalId, ContactScore, CellStay, DirtyContact, StageInterval, Transition, Touchpoint),
    *(RuleException, PlaybookRun),
)
"""What hangs on a contact and goes with it; anything else that points to a contact is a use of it."""

TAKE = """
CREATE TEMP TABLE undo_rows ON COMMIT DROP AS
SELECT record, record AS contact_id, line, outcome, facts, NULL::text AS reason, '{}'::text[] AS back
FROM leads_importedrow WHERE run_id = %(run)s AND undo = '' AND outcome <> 'unchanged'
ORDER BY record LIMIT %(rows)s
"""

LOCK = """
SELECT count(*) FROM (
    SELECT 1 FROM leads_contact WHERE id IN (
        SELECT record FROM leads_importedrow WHERE run_id = %(run)s AND undo = '' AND outcome <> 'unchanged'
        ORDER BY record LIMIT %(rows)s
    ) ORDER BY id FOR UPDATE
) locked
"""

# Of people who were erased the facts of before are gone too.
GONE = """
UPDATE undo_rows u SET reason = 'gone' WHERE NOT EXISTS (SELECT 1 FROM leads_contact c WHERE c.id = u.contact_id)
    OR u.outcome = 'updated' AND u.facts IS NULL
"""

# A created contact goes only when nobody has done anything with it. Rules may have moved it: they follow from the row.
TOUCHED: Final[dict[str, str]] = {
    "edited": "SELECT 1 FROM leads_contact c WHERE c.id = u.contact_id AND c.version > 1",
    "moved": """SELECT 1 FROM leads_transition t WHERE t.contact_id = u.contact_id
        AND (t.origin NOT IN ('import', 'rule') OR t.origin = 'import' AND t.recorded_at <> %(imported_at)s)""",
    "touched": """SELECT 1 FROM leads_touchpoint t WHERE t.contact_id = u.contact_id
        AND (t.origin <> 'import' OR t.recorded_at <> %(imported_at)s)""",
    "worked_on": """SELECT 1 FROM leads_playbookrun r JOIN leads_playbooktask t ON t.run_id = r.id
        WHERE r.contact_id = u.contact_id AND (t.how <> '' OR r.kind <> '')""",
    "known_elsewhere": """SELECT 1 FROM leads_externalid x
        WHERE x.contact_id = u.contact_id AND x.system <> %(system)s""",
}


def pointing_to(model: type[models.Model]) -> list[tuple[str, str]]:
    """Table and column of everything that points to this model, also of apps that this one may not know.

    Relations without a name for the way back too; models that stand for tables of one transaction not.
    """
    return [
        (relation.related_model._meta.db_table, str(relation.field.column))
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel)
        and relation.related_model not in OWN
        and relation.related_model._meta.managed
    ]


def touched() -> dict[str, str]:
    """By reason, what shows that somebody has done something with the contact since."""
    used = {
        f"used:{table}": f'SELECT 1 FROM "{table}" t WHERE t."{column}" = u.contact_id'  # noqa: S608 - of our models
        for table, column in pointing_to(Contact)
    }
    return TOUCHED | used


def keep(reason: str, exists: str) -> str:
    """The statement that keeps a created contact for that reason where something exists."""
    return (
        f"UPDATE undo_rows u SET reason = '{reason}'"  # noqa: S608 - from the constants above
        f" WHERE u.outcome = 'created' AND u.reason IS NULL AND EXISTS ({exists})"
    )


REMOVE: Final = (
    "CREATE TEMP TABLE undo_gone ON COMMIT DROP AS"
    " SELECT contact_id FROM undo_rows WHERE outcome = 'created' AND reason IS NULL",
    "DELETE FROM leads_playbooktask WHERE run_id IN (SELECT id FROM leads_playbookrun WHERE contact_id IN"
    " (SELECT contact_id FROM undo_gone))",
    *(
        f'DELETE FROM "{model._meta.db_table}" WHERE contact_id IN (SELECT contact_id FROM undo_gone)'  # noqa: S608
        for model in (
            ContactScore,
            CellStay,
            DirtyContact,
            ExternalId,
            PlaybookRun,
            StageInterval,
            Transition,
            Touchpoint,
            RuleException,
        )
    ),
    """
    DELETE FROM leads_fieldchange
    WHERE entity = 'contact' AND subject_id IN (SELECT contact_id FROM undo_gone)
    """,
    "DELETE FROM leads_contact WHERE id IN (SELECT contact_id FROM undo_gone)",
)


def _text_back(name: str) -> str:
    free = (
        "AND (u.facts #>> '{email,0}' = '' OR NOT EXISTS"
        " (SELECT 1 FROM leads_contact o WHERE o.email = u.facts #>> '{email,0}' AND o.id <> c.id))"
        if name == "email"
        else ""
    )
    return f"CASE WHEN c.{name} = u.facts #>> '{{{name},1}}' {free} THEN '{name}' END"


def _link_back(name: str) -> str:
    return f"CASE WHEN c.{name}_id = (u.facts #>> '{{{name},1}}')::bigint THEN '{name}' END"


# A fact goes back when it is still what the import wrote. A withdrawn consent is never given back.
FIND_BACK = """
UPDATE undo_rows u SET back = array_remove(ARRAY[
    {texts},
    {links},
    CASE WHEN c.consent = u.facts #>> '{{consent,1}}' AND c.consent <> 'withdrawn' THEN 'consent' END,
    CASE WHEN c.status_id = u.facts #>> '{{status,1}}' THEN 'status' END,
    CASE WHEN c.custom @> (u.facts #> '{{custom,1}}') THEN 'custom' END,
    CASE WHEN c.stage_id = u.facts #>> '{{stage,1}}' AND u.facts #>> '{{stage,0}}' <> '' AND EXISTS (
        SELECT 1 FROM leads_stageinterval i JOIN leads_transition t ON t.id = i.transition_id
        WHERE i.contact_id = c.id AND i.left_at IS NULL AND t.origin = 'import' AND t.recorded_at = %(imported_at)s
    ) THEN 'stage' END,
    CASE WHEN u.facts ? 'external_id' THEN 'external_id' END,
    CASE WHEN u.facts ? 'first_contact' THEN 'first_contact' END
], NULL)
FROM leads_contact c WHERE c.id = u.contact_id AND u.outcome = 'updated' AND u.reason IS NULL
""".format(  # noqa: S608 - from the constants above
    texts=",\n    ".join(map(_text_back, TEXT_FACTS)),
    links=",\n    ".join(map(_link_back, ("company", "source", "campaign", "owner"))),
)

SAY_WHY_PARTLY = """
UPDATE undo_rows u SET reason = CASE
    WHEN u.facts ? 'consent' AND u.facts #>> '{consent,1}' = 'withdrawn' AND n.facts = 1 THEN 'consent_stays'
    ELSE 'changed_since' END
FROM (
    SELECT contact_id, (SELECT count(*) FROM jsonb_object_keys(facts) k WHERE NOT k = ANY (back)) AS facts
    FROM undo_rows WHERE outcome = 'updated' AND reason IS NULL
) n WHERE n.contact_id = u.contact_id AND n.facts > 0
"""

# One row of the ledger for each that is taken back, the latest first.
STEPS_BACK = """
CREATE TEMP TABLE undo_steps ON COMMIT DROP AS
WITH mine AS (
    SELECT t.id, t.contact_id, t.from_value, t.to_value,
           row_number() OVER (PARTITION BY t.contact_id ORDER BY i.entered_at DESC) AS step, i.entered_at
    FROM undo_rows u
    JOIN leads_transition t ON t.contact_id = u.contact_id AND t.kind = 'stage' AND t.origin = 'import'
         AND t.recorded_at = %(imported_at)s
    JOIN leads_stageinterval i ON i.transition_id = t.id
    WHERE 'stage' = ANY (u.back)
), placed AS (
    SELECT *, greatest(%(at)s, max(entered_at) OVER (PARTITION BY contact_id)) + step * interval '1 microsecond' AS at
    FROM mine
)
SELECT id AS undoes_id, contact_id, to_value AS left_stage, from_value AS stage, step, at,
       lead(at) OVER (PARTITION BY contact_id ORDER BY step) AS left_at,
       nextval(pg_get_serial_sequence('leads_transition', 'id')) AS transition_id
FROM placed
"""

RESTORE: Final = (
    """
    INSERT INTO leads_transition
        (contact_id, kind, from_value, to_value, at, recorded_at, origin, actor_id, facts, reason, undoes_id)
    SELECT t.contact_id, t.kind, t.to_value, t.from_value, %(at)s, %(at)s, 'import', %(actor)s, %(facts)s::jsonb, '',
           t.id
    FROM undo_rows u JOIN leads_transition t ON t.contact_id = u.contact_id AND t.kind = ANY (u.back)
        AND t.kind <> 'stage' AND t.origin = 'import' AND t.recorded_at = %(imported_at)s AND t.undoes_id IS NULL
    """,
    STEPS_BACK,
    """
    INSERT INTO leads_transition
        (id, contact_id, kind, from_value, to_value, at, recorded_at, origin, actor_id, facts, reason, undoes_id)
    SELECT transition_id, contact_id, 'stage', left_stage, stage, at, %(at)s, 'import', %(actor)s, %(facts)s::jsonb, '',
           undoes_id
    FROM undo_steps
    """,
    """
    UPDATE leads_stageinterval i SET left_at = s.at FROM undo_steps s
    WHERE s.contact_id = i.contact_id AND s.step = 1 AND i.left_at IS NULL
    """,
    """
    INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, left_at, previous_left_at, transition_id)
    SELECT contact_id, stage, at, left_at, at, transition_id FROM undo_steps
    """,
    """
    UPDATE leads_contact c SET
        {texts},
        {links},
        consent = CASE WHEN 'consent' = ANY (u.back) THEN u.facts #>> '{{consent,0}}' ELSE c.consent END,
        status_id = CASE WHEN 'status' = ANY (u.back) THEN u.facts #>> '{{status,0}}' ELSE c.status_id END,
        status_since = CASE WHEN 'status' = ANY (u.back) THEN %(at)s ELSE c.status_since END,
        custom = CASE WHEN 'custom' = ANY (u.back)
                      THEN (c.custom - ARRAY(SELECT jsonb_object_keys(u.facts #> '{{custom,1}}')))
                           || (u.facts #> '{{custom,0}}')
                      ELSE c.custom END,
        stage_id = coalesce(s.stage, c.stage_id), stage_since = coalesce(s.at, c.stage_since),
        updated_at = %(at)s, version = c.version + 1
    FROM undo_rows u LEFT JOIN undo_steps s ON s.contact_id = u.contact_id AND s.left_at IS NULL
    WHERE c.id = u.contact_id AND u.back <> '{{}}'
    """.format(  # noqa: S608 - from the constants above
        texts=",\n        ".join(
            f"{name} = CASE WHEN '{name}' = ANY (u.back) THEN u.facts #>> '{{{name},0}}' ELSE c.{name} END"
            for name in TEXT_FACTS
        ),
        links=",\n        ".join(
            f"{name}_id = CASE WHEN '{name}' = ANY (u.back) THEN (u.facts #>> '{{{name},0}}')::bigint"
            f" ELSE c.{name}_id END"
            for name in ("company", "source", "campaign", "owner")
        ),
    ),
    """
    DELETE FROM leads_externalid x USING undo_rows u
    WHERE 'external_id' = ANY (u.back) AND x.contact_id = u.contact_id AND x.system = %(system)s
      AND x.value = u.facts #>> '{external_id,1}'
    """,
    """
    DELETE FROM leads_touchpoint t USING undo_rows u
    WHERE 'first_contact' = ANY (u.back) AND t.contact_id = u.contact_id AND t.origin = 'import'
      AND t.recorded_at = %(imported_at)s
    """,
    """
    INSERT INTO leads_dirtycontact AS known (contact_id, since)
    SELECT contact_id, %(at)s::timestamptz FROM undo_rows WHERE back <> '{}' ORDER BY contact_id
    ON CONFLICT (contact_id) DO UPDATE SET since = known.since
    """,
)

BECAME = """
CASE WHEN outcome = 'created' THEN CASE WHEN reason IS NULL THEN 'removed' ELSE 'kept' END
     WHEN reason IS NULL THEN 'restored' WHEN back = '{}' THEN 'kept' ELSE 'partly' END
"""

RECORD = f"""
UPDATE leads_importedrow i SET undo = u.became, undo_reason = u.reason
FROM (SELECT record, {BECAME} AS became, coalesce(split_part(reason, ':', 1), '') AS reason FROM undo_rows) u
WHERE i.run_id = %(run)s AND i.record = u.record
"""  # noqa: S608 - from the constant above

COUNT = f"""
SELECT {BECAME} AS became, coalesce(split_part(reason, ':', 1), '') AS reason, count(*)
FROM undo_rows GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - from the constant above

COMPANIES_BACK = """
UPDATE leads_company c SET
    domain = CASE WHEN c.domain = i.facts #>> '{domain,1}' THEN i.facts #>> '{domain,0}' ELSE c.domain END,
    sector = CASE WHEN c.sector = i.facts #>> '{sector,1}' THEN i.facts #>> '{sector,0}' ELSE c.sector END,
    headcount = CASE WHEN c.headcount = (i.facts #>> '{headcount,1}')::int
                     THEN (i.facts #>> '{headcount,0}')::int ELSE c.headcount END,
    updated_at = %(at)s, version = c.version + 1
FROM leads_importedcompany i WHERE i.run_id = %(run)s AND i.facts IS NOT NULL AND c.id = i.record
"""


def companies_gone() -> str:
    """Companies that the run made, that nobody has edited since and nothing points to."""
    unused = " ".join(
        f'AND NOT EXISTS (SELECT 1 FROM "{table}" t WHERE t."{column}" = c.id)'  # noqa: S608 - of our models
        for table, column in pointing_to(Company)
    )
    return (
        "WITH gone AS (DELETE FROM leads_company c USING leads_importedcompany i"  # noqa: S608 - of our models
        " WHERE i.run_id = %(run)s AND i.facts IS NULL AND c.id = i.record"
        f" AND c.updated_at = %(imported_at)s {unused} RETURNING c.id), forgotten AS ("
        "DELETE FROM leads_fieldchange WHERE entity = 'company' AND subject_id IN (SELECT id FROM gone))"
        " SELECT count(*) FROM gone"
    )


def lock(cursor: CursorWrapper, params: Mapping[str, Any]) -> None:
    cursor.execute(LOCK, params)


def examine(cursor: CursorWrapper, params: Mapping[str, Any]) -> int:
    """Fills `undo_rows` with what can go back and why not; answers how many rows. Changes nothing else."""
    cursor.execute(TAKE, params)
    taken = int(cursor.rowcount)
    cursor.execute("ANALYZE undo_rows (contact_id)")
    cursor.execute(GONE)
    for reason, exists in touched().items():
        cursor.execute(keep(reason, exists), params)
    cursor.execute(FIND_BACK, params)
    cursor.execute(SAY_WHY_PARTLY)
    return taken


def counted(cursor: CursorWrapper) -> list[tuple[str, str, int]]:
    """What becomes of the rows examined: became, reason, how many."""
    cursor.execute(COUNT)
    return [(became, reason, count) for became, reason, count in cursor.fetchall()]


def take_back(cursor: CursorWrapper, params: Mapping[str, Any]) -> None:
    """Removes and restores what was examined, and records it."""
    cursor.execute(SIGN_CHANGES, params)
    # The evidence of what goes is the row of the import, which says so.
    cursor.execute("SET LOCAL smarketing.rewrite = 'on'")
    for statement in (*RESTORE, *REMOVE, RECORD):
        cursor.execute(statement, params)
    cursor.execute("SET LOCAL smarketing.rewrite = 'off'")
    cursor.execute("DROP TABLE undo_rows, undo_gone, undo_steps")


def finish(cursor: CursorWrapper, params: Mapping[str, Any]) -> dict[str, Any]:
    """After the last contact: companies as before; answers how many went."""
    cursor.execute(SIGN_CHANGES, params)
    cursor.execute("SET LOCAL smarketing.rewrite = 'on'")
    cursor.execute(COMPANIES_BACK, params)
    cursor.execute(companies_gone(), params)
    (gone,) = cursor.fetchone()
    cursor.execute("SET LOCAL smarketing.rewrite = 'off'")
    return {"companies": int(gone)}
