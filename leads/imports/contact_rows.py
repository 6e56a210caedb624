"""One batch of staged contact rows made true by set-based statements; knows SQL, and nothing of files.

The order matters: refusals first, so that everything after speaks of rows that come in.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.backends.utils import CursorWrapper

from leads.imports import company_rows, match_rows, stage_rows
from leads.imports.ruling import Answer, Case, Ruling, refuse
from leads.minimum import Minimum
from lifecycle.models import RuleEvent

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


CONTACT_CASES = """
SELECT line, contact_id, 'contact', '', %(at)s::timestamptz FROM import_rows WHERE is_new OR changed <> '{}'
"""
KNOWN = "SELECT contact_id FROM import_rows WHERE NOT is_new AND changed <> '{}'"
STAGE_CASES = "SELECT line, contact_id, 'stage', stage, at FROM import_steps"
STATUS_CASES = """
SELECT line, contact_id, 'status', status, %(at)s::timestamptz FROM import_rows
WHERE CASE WHEN is_new THEN status <> 'new' ELSE 'status' = ANY (changed) END
"""
OWNER_CASES = """
SELECT line, contact_id, 'owner', owner::text, %(at)s::timestamptz FROM import_rows
WHERE CASE WHEN is_new THEN owner IS NOT NULL ELSE 'owner' = ANY (changed) END
"""
FACTS_ALONE: Final = (
    "DELETE FROM import_steps",
    "UPDATE import_rows SET status = NULL, changed = array_remove(changed, 'status') WHERE status IS NOT NULL",
)
LEAVE_OUT = """
UPDATE import_rows r SET stages = r.stages - t.stages, status = CASE WHEN NOT t.has_status THEN r.status END,
    owner = CASE WHEN NOT t.has_owner THEN r.owner END
FROM (
    SELECT line, coalesce(array_agg(target) FILTER (WHERE event = 'stage'), '{}') AS stages,
           bool_or(event = 'status') AS has_status, bool_or(event = 'owner') AS has_owner
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) told(line, event, target) GROUP BY line
) t WHERE t.line = r.line
"""


ASKED_AT: Final = (RuleEvent.CONTACT, RuleEvent.STAGE, RuleEvent.STATUS, RuleEvent.OWNER)


class ContactRows:
    """The statements of a batch, in their order, over what stands in `import_stage`."""

    def __init__(
        self, cursor: CursorWrapper, params: Mapping[str, Any], *, has_companies: bool, ruling: Ruling
    ) -> None:
        self.cursor = cursor
        self.params = params
        self.has_companies = has_companies
        self.ruling = ruling

    def apply(self, *, minimum: Minimum | None) -> tuple[dict[tuple[str, str], list[int]], int]:
        """Answers the lines of what was odd, by reason and rule, and how many rows went to quarantine."""
        held = match_rows.match(self.cursor, self.params, minimum=minimum)
        answer, is_understood = self._asked()
        if not is_understood:
            self._understand()
        odd = {
            ("stage_behind", ""): numbers(self.cursor, stage_rows.BEHIND),
            ("impossible_order", ""): numbers(self.cursor, stage_rows.IMPOSSIBLE),
            ("stage_before_first_contact", ""): numbers(self.cursor, stage_rows.BEFORE_FIRST_CONTACT),
        }
        self._run(INSERT_CONTACTS)
        self._run(KNOWN_SINCE)
        self._run(TOUCHPOINTS)
        self._run(REPORT)
        self._run(REPORT_CHANGES)
        self._run(LEDGER_OF_CHANGES)
        self._run(UPDATE_CONTACTS)
        self._run(stage_rows.LEDGER)
        self._run(stage_rows.CLOSE_INTERVALS)
        self._run(stage_rows.OPEN_INTERVALS)
        self._run(EXTERNAL_IDS)
        self._run(DIRTY)
        answer.record()
        return {told: found for told, found in (odd | answer.odd()).items() if found}, held

    def _run(self, statement: str) -> int:
        self.cursor.execute(statement, self.params)
        return int(self.cursor.rowcount)

    def _understand(self) -> None:
        """Companies, stages and what changes; writes companies and nothing else."""
        if self.has_companies:
            company_rows.find_or_make(self._run)
        self._run(stage_rows.STEPS)
        self._run("ANALYZE import_steps")
        self._run(FIND_CHANGES)

    # The rulebook

    def _asked(self) -> tuple[Answer, bool]:
        """What the rules say, and whether the batch is understood still; the rows that they refuse have left it."""
        answer = Answer()
        if not self.ruling.speaks_at(*ASKED_AT):
            return answer, False
        writes = self.ruling.reads_facts_at(*ASKED_AT)
        with transaction.atomic():
            self._understand()
            cases = list(self._cases())
            known = set(numbers(self.cursor, KNOWN))
            before = self.ruling.broken_already(sorted(known))
            if writes:
                for statement in (*FACTS_ALONE, INSERT_CONTACTS, TOUCHPOINTS, UPDATE_CONTACTS, EXTERNAL_IDS):
                    self._run(statement)
            self.ruling.ask(cases, answer, before=before, known=known)
            is_understood = not (writes or answer.refused or answer.left_out)
            transaction.set_rollback(not is_understood)
        if answer.refused:
            refuse(self.cursor, answer, table="import_rows")
            self._run(match_rows.REFUSE)
        if answer.left_out:
            told = sorted((case.line, case.event, case.target) for case in answer.left_out)
            self.cursor.execute(LEAVE_OUT, list(map(list, zip(*told, strict=True))))
        return answer, is_understood

    def _cases(self) -> Iterator[Case]:
        for event, statement in (
            (RuleEvent.CONTACT, CONTACT_CASES),
            (RuleEvent.STAGE, STAGE_CASES),
            (RuleEvent.STATUS, STATUS_CASES),
            (RuleEvent.OWNER, OWNER_CASES),
        ):
            if self.ruling.speaks_at(event):
                self._run(statement)
                for row in self.cursor.fetchall():
                    yield Case(*row)


def numbers(cursor: CursorWrapper, statement: str, params: Mapping[str, Any] | None = None) -> list[int]:
    """Of a statement with one column: lines, or ids."""
    cursor.execute(statement, params)
    return [number for (number,) in cursor.fetchall()]
