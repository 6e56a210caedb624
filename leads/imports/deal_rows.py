"""One batch of staged deals made true by set-based statements; the contact must be known, or is made.

`import_stage` is what COPY brought, `import_deals` the same, matched. The stages that won deals bring to their
contacts go through the same statements as those of contact rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.backends.utils import CursorWrapper

from leads.imports import contact_rows, match_rows, stage_rows
from leads.imports.ruling import Answer, Case, Ruling, refuse
from leads.imports.staging import DEAL_STAGE
from leads.minimum import Minimum
from lifecycle.models import RuleEvent

CREATE_STAGE = "CREATE TEMP TABLE import_stage ({}) ON COMMIT DROP".format(
    ", ".join(f"{name} {type_}" for name, type_ in DEAL_STAGE.items())
)

# A deal without an id of its own is known by everything that tells it from the contact's other deals.
MATCH = """
CREATE TEMP TABLE import_deals ON COMMIT DROP AS
WITH matched AS (
    SELECT s.*, e.id AS by_email, x.contact_id AS by_external,
           CASE %(identify_by)s WHEN 'email' THEN e.id WHEN 'external_id' THEN x.contact_id
                ELSE coalesce(x.contact_id, e.id) END AS contact_id,
           coalesce(%(system)s || ':' || s.deal_id,
                    'row:' || md5(concat_ws('|', s.email, s.external_id, s.name, s.opened_at, s.closed_at,
                                            s.amount_cents))) AS key
    FROM import_stage s
    LEFT JOIN leads_contact e ON e.email = s.email AND e.email <> ''
    LEFT JOIN leads_externalid x ON x.system = %(system)s AND x.value = s.external_id
)
SELECT m.*, d.id AS known_deal, d.id AS id, false AS is_new, '{}'::text[] AS changed,
       CASE
           WHEN %(identify_by)s = 'email' AND m.email IS NULL THEN 'no_email'
           WHEN %(identify_by)s = 'external_id' AND external_id IS NULL THEN 'no_external_id'
           WHEN m.email IS NULL AND external_id IS NULL THEN 'no_identity'
           WHEN by_email <> by_external THEN 'identities_disagree'
           WHEN m.contact_id IS NULL AND NOT %(makes_contacts)s THEN 'unknown_contact'
           WHEN d.contact_id <> m.contact_id THEN 'deal_of_another'
       END AS problem,
       jsonb_build_object('value', coalesce(m.external_id, m.email)) AS params
FROM matched m LEFT JOIN leads_deal d ON d.external_key = m.key AND d.external_key <> ''
"""

LOCK_MATCHED = match_rows.LOCK_MATCHED.replace("import_rows", "import_deals")
# Whoever was erased while we waited for the lock has no deal any more, nor gets one.
ERASED_ARE_UNKNOWN = f"""
WITH told AS ({match_rows.WITHOUT_ERASED.replace("import_rows", "import_deals")}
), decided AS (
    SELECT told.*, {match_rows.WHOSE} AS contact_id FROM told
)
UPDATE import_deals r SET by_email = t.by_email, by_external = t.by_external, contact_id = t.contact_id,
    problem = CASE WHEN r.problem IN ('no_email', 'no_external_id') THEN r.problem
                   WHEN t.by_email <> t.by_external THEN 'identities_disagree'
                   WHEN d.contact_id IS DISTINCT FROM t.contact_id AND r.known_deal IS NOT NULL THEN 'deal_of_another'
                   WHEN t.contact_id IS NULL AND NOT %(makes_contacts)s THEN 'unknown_contact' END
FROM decided t JOIN import_deals o ON o.line = t.line LEFT JOIN leads_deal d ON d.id = o.known_deal
WHERE r.line = t.line
"""  # noqa: S608 - from the constants above
LOCK_BUYERS = """
SELECT count(*) FROM (
    SELECT 1 FROM leads_contact WHERE id IN (SELECT contact_id FROM import_rows WHERE NOT is_new)
    ORDER BY id FOR UPDATE
) locked
"""

FIND_REPEATS = """
WITH told AS (
    SELECT d.line, least(min(d.line) OVER (PARTITION BY d.key), i.line) AS first_line
    FROM import_deals d
    LEFT JOIN leads_importedrow i ON i.run_id = %(run)s AND i.record = d.known_deal
    WHERE d.problem IS NULL
)
UPDATE import_deals d SET problem = 'same_deal_as_line', params = jsonb_build_object('other', t.first_line)
FROM told t WHERE t.line = d.line AND t.first_line < d.line
"""

REFUSE = match_rows.REFUSE.replace("import_rows", "import_deals")

# Whom the import would make, known by nothing but an e-mail address where the rulebook asks for something else.
FIND_SHORT = """
UPDATE import_deals SET problem = 'rule_forbids', params = jsonb_build_object('rule', %(rule)s, 'version', %(version)s)
WHERE problem IS NULL AND contact_id IS NULL AND external_id IS NULL
"""

FIND_PEOPLE = """
CREATE TEMP TABLE import_people ON COMMIT DROP AS
SELECT p.*, nextval(pg_get_serial_sequence('leads_contact', 'id')) AS contact_id FROM (
    SELECT DISTINCT ON (coalesce(external_id, email)) coalesce(external_id, email) AS identity, external_id, email,
           line, coalesce(opened_at, closed_at, %(at)s) AS created_at
    FROM import_deals WHERE contact_id IS NULL ORDER BY coalesce(external_id, email), line
) p
"""
# After refusals: nobody is made for a deal that does not come in.
KEEP_PEOPLE: Final = (
    """
    DELETE FROM import_people p WHERE NOT EXISTS (
        SELECT 1 FROM import_deals d WHERE d.contact_id IS NULL AND coalesce(d.external_id, d.email) = p.identity
    )
    """,
    """
    UPDATE import_people p SET line = d.line FROM (
        SELECT coalesce(external_id, email) AS identity, min(line) AS line
        FROM import_deals WHERE contact_id IS NULL GROUP BY 1
    ) d WHERE d.identity = p.identity AND d.line <> p.line
    """,
)
MAKE_CONTACTS: Final = (
    """
    INSERT INTO leads_contact (id, email, first_name, last_name, phone, job_title, function, seniority, city, country,
        language, consent, custom, status_id, status_since, created_at, created_by_id, created_via, updated_at, version)
    SELECT contact_id, coalesce(email, ''), '', '', '', '', '', '', '', '', '', 'unknown', '{}', 'new', created_at,
           created_at, %(actor)s, 'import', %(at)s, 1
    FROM import_people
    """,
    """
    INSERT INTO leads_fieldchange (entity, subject_id, field, before, after, known_at, actor_id, origin)
    SELECT 'contact', contact_id, 'created_at', 'null', to_jsonb(created_at), %(at)s, %(actor)s, 'import'
    FROM import_people WHERE created_at < %(at)s
    """,
    """
    INSERT INTO leads_externalid (contact_id, system, value)
    SELECT contact_id, %(system)s, external_id FROM import_people WHERE external_id IS NOT NULL
    """,
    """
    UPDATE import_deals d SET contact_id = p.contact_id FROM import_people p
    WHERE d.contact_id IS NULL AND p.identity = coalesce(d.external_id, d.email)
    """,
)

NUMBER_NEW = """
UPDATE import_deals r SET is_new = true, id = numbered.id FROM (
    SELECT line, nextval(pg_get_serial_sequence('leads_deal', 'id')) AS id
    FROM (SELECT line FROM import_deals WHERE known_deal IS NULL ORDER BY line) in_order
) numbered WHERE r.line = numbered.line
"""

# An open deal that the file closes, and that somebody reopened or moved after the moment of that closing: they knew.
MOVED_SINCE: Final = """d.closed_at IS NULL AND NOT %(overwrite)s AND EXISTS (
        SELECT 1 FROM leads_fieldchange f WHERE f.entity = 'deal' AND f.subject_id = d.id AND f.field = 'stage'
            AND f.origin = 'person' AND f.known_at >= r.closed_at
    )"""
STAYS_OPEN = f"""
SELECT r.line FROM import_deals r JOIN leads_deal d ON d.id = r.known_deal
WHERE r.closed_at IS NOT NULL AND {MOVED_SINCE} ORDER BY r.line
"""  # noqa: S608 - from the constant above
FIND_CHANGES = f"""
UPDATE import_deals r SET changed = array_remove(ARRAY[
    CASE WHEN d.closed_at IS NULL AND r.closed_at IS NOT NULL AND NOT ({MOVED_SINCE}) THEN 'stage'
         WHEN r.stage <> d.stage AND %(overwrite)s THEN 'stage' END,
    CASE WHEN r.amount_cents <> d.amount_cents AND (d.amount_cents = 0 OR %(overwrite)s) THEN 'amount' END,
    CASE WHEN r.name <> d.name AND %(overwrite)s THEN 'name' END,
    CASE WHEN r.owner <> d.owner_id AND %(overwrite)s OR r.owner IS NOT NULL AND d.owner_id IS NULL THEN 'owner' END,
    CASE WHEN r.note <> d.note AND (d.note = '' OR %(overwrite)s) THEN 'note' END,
    CASE WHEN r.expected_close_on IS DISTINCT FROM d.expected_close_on AND r.expected_close_on IS NOT NULL
         AND (d.expected_close_on IS NULL OR %(overwrite)s) THEN 'expected_close_on' END,
    CASE WHEN CASE WHEN %(overwrite)s THEN d.custom || r.custom ELSE r.custom || d.custom END <> d.custom
         THEN 'custom' END
], NULL)
FROM leads_deal d WHERE d.id = r.known_deal
"""  # noqa: S608 - from the constant above

UPDATE_DEALS = """
UPDATE leads_deal d SET
    stage = CASE WHEN 'stage' = ANY (r.changed) THEN r.stage ELSE d.stage END,
    closed_at = CASE WHEN 'stage' = ANY (r.changed) THEN r.closed_at ELSE d.closed_at END,
    lost_reason = CASE WHEN 'stage' = ANY (r.changed) THEN coalesce(r.lost_reason, '') ELSE d.lost_reason END,
    won_reason = CASE WHEN 'stage' = ANY (r.changed) THEN coalesce(r.won_reason, '') ELSE d.won_reason END,
    amount_cents = CASE WHEN 'amount' = ANY (r.changed) THEN r.amount_cents ELSE d.amount_cents END,
    name = CASE WHEN 'name' = ANY (r.changed) THEN r.name ELSE d.name END,
    owner_id = CASE WHEN 'owner' = ANY (r.changed) THEN r.owner ELSE d.owner_id END,
    note = CASE WHEN 'note' = ANY (r.changed) THEN r.note ELSE d.note END,
    expected_close_on = CASE WHEN 'expected_close_on' = ANY (r.changed) THEN r.expected_close_on
                             ELSE d.expected_close_on END,
    custom = CASE WHEN r.custom IS NULL THEN d.custom WHEN %(overwrite)s THEN d.custom || r.custom
                  ELSE r.custom || d.custom END,
    version = d.version + 1
FROM import_deals r WHERE d.id = r.known_deal AND r.changed <> '{}'
"""

INSERT_DEALS = """
INSERT INTO leads_deal (id, contact_id, company_id, name, amount_cents, currency, stage, owner_id, expected_close_on,
                        opened_at, closed_at, lost_reason, won_reason, note, external_key, custom, created_at, version)
SELECT r.id, r.contact_id, c.company_id,
       coalesce(r.name, nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), r.deal_id, r.external_id, r.email),
       coalesce(r.amount_cents, 0), coalesce(r.currency, %(currency)s), r.stage, r.owner, r.expected_close_on,
       coalesce(r.opened_at, r.closed_at, %(at)s), r.closed_at, coalesce(r.lost_reason, ''),
       coalesce(r.won_reason, ''), coalesce(r.note, ''), r.key, coalesce(r.custom, '{}'), %(at)s, 1
FROM import_deals r JOIN leads_contact c ON c.id = r.contact_id
WHERE r.is_new ORDER BY r.line
"""

# A won deal makes a customer of its contact, at the moment it was won; the first one when there are several.
ROWS_FOR_STEPS = """
CREATE TEMP TABLE import_rows ON COMMIT DROP AS
SELECT DISTINCT ON (contact_id) contact_id, line, false AS is_new, jsonb_build_object('customer', closed_at) AS stages
FROM import_deals WHERE stage = 'won' AND (is_new OR 'stage' = ANY (changed)) ORDER BY contact_id, closed_at
"""

MOVE_CONTACTS = """
UPDATE leads_contact c SET stage_id = s.stage, stage_since = s.entered_at, updated_at = %(at)s, version = c.version + 1
FROM import_steps s WHERE s.contact_id = c.id AND s.left_at IS NULL
"""

WON_BEFORE_CONTACT = """
SELECT r.line FROM import_deals r JOIN leads_contact c ON c.id = r.contact_id
WHERE r.stage = 'won' AND r.closed_at < c.created_at ORDER BY r.line
"""
# A day without a time is its midnight, and so may stand before what was opened on that day.
CLOSED_BEFORE_OPENED = """
SELECT line FROM import_deals WHERE closed_at < opened_at - interval '1 day' ORDER BY line
"""

DIRTY = """
INSERT INTO leads_dirtycontact AS known (contact_id, since)
SELECT DISTINCT contact_id, %(at)s::timestamptz FROM import_deals WHERE is_new OR changed <> '{}' ORDER BY contact_id
ON CONFLICT (contact_id) DO UPDATE SET since = known.since
"""

# A contact that the import made stands with its first deal: taking the import back finds it there.
REPORT = """
INSERT INTO leads_importedrow (run_id, record, line, outcome, facts)
SELECT %(run)s, d.id, d.line, CASE WHEN d.is_new THEN 'created' ELSE 'unchanged' END,
       CASE WHEN p.contact_id IS NOT NULL THEN jsonb_build_object('contact', p.contact_id) END
FROM import_deals d LEFT JOIN import_people p ON p.line = d.line WHERE d.is_new OR d.changed = '{}'
"""
# Written before the deals are: what an updated one was until now is what taking the import back gives again.
REPORT_CHANGES = """
INSERT INTO leads_importedrow (run_id, record, line, outcome, facts)
SELECT %(run)s, r.id, r.line, 'updated', (
           SELECT jsonb_object_agg(f.name, jsonb_build_array(f.before, f.after)) FROM (VALUES
               ('stage', jsonb_build_object('stage', d.stage, 'closed_at', d.closed_at,
                                            'lost_reason', d.lost_reason, 'won_reason', d.won_reason),
                         jsonb_build_object('stage', r.stage, 'closed_at', r.closed_at,
                                            'lost_reason', coalesce(r.lost_reason, ''),
                                            'won_reason', coalesce(r.won_reason, ''))),
               ('amount', to_jsonb(d.amount_cents), to_jsonb(r.amount_cents)),
               ('name', to_jsonb(d.name), to_jsonb(r.name)),
               ('owner', to_jsonb(d.owner_id), to_jsonb(r.owner)),
               ('note', to_jsonb(d.note), to_jsonb(r.note)),
               ('expected_close_on', to_jsonb(d.expected_close_on), to_jsonb(r.expected_close_on)),
               ('custom', k.before, k.after)
           ) f(name, before, after) WHERE f.name = ANY (r.changed)
       )
FROM import_deals r
JOIN leads_deal d ON d.id = r.known_deal
LEFT JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(key, d.custom -> key) FILTER (WHERE d.custom ? key), '{}') AS before,
           coalesce(jsonb_object_agg(key, value), '{}') AS after
    FROM jsonb_each(CASE WHEN 'custom' = ANY (r.changed) THEN r.custom END)
    WHERE CASE WHEN %(overwrite)s THEN d.custom -> key IS DISTINCT FROM value ELSE NOT d.custom ? key END
) k ON true
WHERE NOT r.is_new AND r.changed <> '{}'
"""

COUNTS = contact_rows.COUNTS.replace("import_rows", "import_deals")

EXAMPLES = """
SELECT d.line, CASE WHEN d.is_new THEN 'created' WHEN d.changed = '{}' THEN 'unchanged' ELSE 'updated' END AS outcome,
       d.changed, coalesce(d.name, d.deal_id) AS name, d.email, d.external_id, d.stage AS company_name, NULL AS phone
FROM import_deals d ORDER BY d.line LIMIT %(examples)s
"""


PEOPLE_CASES = "SELECT line, contact_id, 'contact', '', %(at)s::timestamptz FROM import_people"
DEAL_CASES = """
SELECT line, contact_id, 'deal', '', coalesce(opened_at, closed_at, %(at)s::timestamptz) FROM import_deals WHERE is_new
"""
# A deal that comes to a stage, if it is new or closed at its own moment; with what will be known of it, where what
# UPDATE_DEALS leaves alone counts as it stands.
STAGE_CASES = """
SELECT r.line, r.contact_id, r.stage,
    coalesce(r.closed_at, CASE WHEN r.is_new THEN r.opened_at END, %(at)s::timestamptz), array_remove(ARRAY[
    CASE WHEN CASE WHEN r.is_new OR 'amount' = ANY (r.changed) THEN r.amount_cents ELSE d.amount_cents END > 0
         THEN 'amount' END,
    CASE WHEN CASE WHEN r.is_new OR 'expected_close_on' = ANY (r.changed) THEN r.expected_close_on
              ELSE d.expected_close_on END IS NOT NULL THEN 'expected_close_on' END,
    CASE WHEN coalesce(d.company_id, c.company_id) IS NOT NULL THEN 'company' END,
    CASE WHEN CASE WHEN r.is_new OR 'owner' = ANY (r.changed) THEN r.owner ELSE d.owner_id END IS NOT NULL
         THEN 'owner' END,
    CASE WHEN CASE WHEN r.is_new OR 'note' = ANY (r.changed) THEN r.note ELSE d.note END <> '' THEN 'note' END,
    CASE WHEN r.won_reason <> '' THEN 'won_reason' END
], NULL)
FROM import_deals r JOIN leads_contact c ON c.id = r.contact_id LEFT JOIN leads_deal d ON d.id = r.known_deal
WHERE r.is_new OR 'stage' = ANY (r.changed)
"""
# Who may not become a customer stays where they are, as when a deal is won on its page.
STAY = "DELETE FROM import_rows WHERE line = ANY (%s)"
PEOPLE_OF_REFUSED = """
SELECT d.line, r.line FROM import_deals r JOIN import_people p ON p.line = r.line
JOIN import_deals d ON d.contact_id = p.contact_id WHERE r.line = ANY (%s)
"""


class DealRows:
    """The statements of a batch, in their order, over what stands in `import_stage`."""

    def __init__(self, cursor: CursorWrapper, params: Mapping[str, Any], *, ruling: Ruling) -> None:
        self.cursor = cursor
        self.params = params
        self.ruling = ruling

    def apply(self, *, minimum: Minimum | None) -> dict[tuple[str, str], list[int]]:
        """Answers the lines of what was odd, by reason and rule."""
        self._match(minimum)
        answer = self._asked()
        self._run(*MAKE_CONTACTS, NUMBER_NEW, FIND_CHANGES)
        odd = {
            ("won_before_first_contact", ""): contact_rows.numbers(self.cursor, WON_BEFORE_CONTACT),
            ("closed_before_opened", ""): contact_rows.numbers(self.cursor, CLOSED_BEFORE_OPENED),
            ("stays_open", ""): contact_rows.numbers(self.cursor, STAYS_OPEN, self.params),
        }
        self._run(REPORT, REPORT_CHANGES, INSERT_DEALS, UPDATE_DEALS, ROWS_FOR_STEPS)
        if answer.left_out:
            self.cursor.execute(STAY, [[case.line for case in answer.left_out]])
        self._run(LOCK_BUYERS, stage_rows.STEPS, MOVE_CONTACTS)
        self._run(stage_rows.LEDGER, stage_rows.CLOSE_INTERVALS, stage_rows.OPEN_INTERVALS, DIRTY)
        answer.record()
        return {told: found for told, found in (odd | answer.odd()).items() if found}

    def _run(self, *statements: str) -> None:
        for statement in statements:
            self.cursor.execute(statement, self.params)

    def _match(self, minimum: Minimum | None) -> None:
        self._run(
            match_rows.SIGN_CHANGES,
            "ANALYZE import_stage (line, email, external_id)",
            MATCH,
            LOCK_MATCHED,
            ERASED_ARE_UNKNOWN,
            FIND_REPEATS,
        )
        if minimum and "email" not in minimum.any_of:
            self.cursor.execute(FIND_SHORT, {"rule": minimum.rule, "version": minimum.version})
        self._run(REFUSE)

    # The rulebook

    def _asked(self) -> Answer:
        """What the rules say; the rows that they refuse have left the batch then."""
        answer = Answer()
        self._run(FIND_PEOPLE)
        with transaction.atomic():
            if self.ruling.speaks_at(RuleEvent.CONTACT, RuleEvent.DEAL, RuleEvent.ADVANCE, RuleEvent.STAGE):
                self._run(*MAKE_CONTACTS, NUMBER_NEW, FIND_CHANGES)
                self.ruling.ask(self._cases(PEOPLE_CASES, RuleEvent.CONTACT), answer)
                self._refuse_with_their_person(answer)
                self.ruling.ask(self._cases(DEAL_CASES, RuleEvent.DEAL), answer)
                self.ruling.ask_deals(self._deals_at_a_stage(), answer)
            # Whoever bought is kept for the deal: the rule on retention has nothing to say of their stage.
            if self.ruling.reads_facts_at(RuleEvent.STAGE):
                self._run(INSERT_DEALS, UPDATE_DEALS, ROWS_FOR_STEPS, stage_rows.STEPS)
                steps = self._cases(contact_rows.STAGE_CASES, RuleEvent.STAGE)
                self.ruling.ask(steps, answer, leaves_out=True)
            transaction.set_rollback(True)
        if answer.refused:
            refuse(self.cursor, answer, table="import_deals")
            self._run(REFUSE, *KEEP_PEOPLE)
        return answer

    def _cases(self, statement: str, event: str) -> Iterator[Case]:
        if self.ruling.speaks_at(event):
            self._run(statement)
            yield from (Case(*row) for row in self.cursor.fetchall())

    def _deals_at_a_stage(self) -> Iterator[tuple[Case, list[str]]]:
        if self.ruling.speaks_at(RuleEvent.ADVANCE):
            self._run(STAGE_CASES)
            for line, contact, stage, at, known in self.cursor.fetchall():
                yield Case(line, contact, RuleEvent.ADVANCE, stage, at), known

    def _refuse_with_their_person(self, answer: Answer) -> None:
        """The other deals of somebody whom a rule keeps out have nobody to belong to."""
        if answer.refused:
            self.cursor.execute(PEOPLE_OF_REFUSED, [list(answer.refused)])
            others: Iterable[tuple[int, int]] = self.cursor.fetchall()
            answer.refused |= {line: answer.refused[first] for line, first in others}
