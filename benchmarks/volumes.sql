-- Made in the server from the number of each row, so that two runs hold the same data whoever makes it.
-- Placeholders: contacts, touchpoints, companies, overdue, base (a midnight; everything happened before it).

CREATE OR REPLACE FUNCTION bench_dice(n bigint, salt int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT (hashint8extended(n, salt) & 2147483647)::int';

CREATE TABLE bench_base AS SELECT %(base)s::timestamptz AS at;

INSERT INTO leads_company (name, domain, sector, headcount, city, country)
SELECT (ARRAY['Atelier', 'Groupe', 'Usine', 'Maison'])[1 + i %% 4] || ' ' || i, 'company' || i || '.example',
  (ARRAY['industry', 'energy', 'services', 'retail', 'public', ''])[1 + i %% 6], 5 + bench_dice(i, 1) %% 6000,
  (ARRAY['Nantes', 'Lyon', 'Lille'])[1 + i %% 3], 'FR'
FROM generate_series(1, %(companies)s) i;

INSERT INTO leads_contact (first_name, last_name, email, phone, job_title, function, seniority, company_id, city,
  country, language, stage_id, stage_since, status_id, owner_id, consent, source_id, created_at)
SELECT (ARRAY['Amélie', 'Priya', 'Jonas', 'Camille', 'Yann', 'Sofia', 'Oliver', 'Inès'])[1 + bench_dice(i, 1) %% 8],
  (ARRAY['Rousseau', 'Nair', 'Weber', 'Perrin', 'Le Goff', 'Almeida', 'Grant', 'Novák', 'Mercier', 'Vasseur'])
    [1 + bench_dice(i, 2) %% 10] || CASE WHEN bench_dice(i, 12) %% 10 < 9 THEN (bench_dice(i, 13) %% 900)::text ELSE '' END,
  'c' || i || CASE WHEN bench_dice(i, 8) %% 5 = 0 THEN '@gmail.com'
    ELSE '@company' || 1 + bench_dice(i, 6) %% %(companies)s || '.example' END,
  CASE WHEN bench_dice(i, 9) %% 2 = 0 THEN '+336' || lpad((bench_dice(i, 9) %% 100000000)::text, 8, '0') ELSE '' END,
  (ARRAY['Head of operations', 'Plant manager', 'Buyer', 'Student', 'Chief financial officer', ''])
    [1 + bench_dice(i, 3) %% 6],
  (ARRAY['operations', 'energy', 'purchasing', 'finance', 'marketing', ''])[1 + bench_dice(i, 4) %% 6],
  (ARRAY['junior', 'manager', 'head', 'director', ''])[1 + bench_dice(i, 5) %% 5],
  1 + bench_dice(i, 6) %% %(companies)s, 'Nantes', 'FR', 'fr',
  (ARRAY['mql', 'mql', 'sql', 'opportunity', 'customer'])[1 + bench_dice(i, 10) %% 5],
  %(base)s::timestamptz - interval '1 day', 'new',
  (SELECT min(id) FROM accounts_user WHERE role = 'rep') + bench_dice(i, 11) %% 5,
  'unknown', (SELECT min(id) FROM leads_source) + bench_dice(i, 14) %% 10,
  %(base)s::timestamptz - (10 + bench_dice(i, 7) %% (530 * 1440)) * interval '1 minute' - interval '10 days'
FROM generate_series(1, %(contacts)s) i;

-- The way of each contact: subscriber, lead, mql and as far as its stage; one ledger row and one interval a step.
CREATE TEMP TABLE bench_way AS
SELECT c.id AS contact_id, step, stages[step] AS stage, stages[step - 1] AS stage_before,
  c.created_at + (step - 1) * interval '1 day' AS at,
  CASE WHEN stages[step] <> c.stage_id THEN c.created_at + step * interval '1 day' END AS left_at
FROM leads_contact c,
  LATERAL (SELECT ARRAY['subscriber', 'lead', 'mql', 'sql', 'opportunity', 'customer'] AS stages) all_stages,
  LATERAL generate_series(1, array_position(stages, c.stage_id::text)) step;

UPDATE leads_contact c SET stage_since = w.at FROM bench_way w WHERE w.contact_id = c.id AND w.left_at IS NULL;

INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, recorded_at, origin, definition_id)
SELECT w.contact_id, 'stage', coalesce(w.stage_before, ''), w.stage, w.at, w.at, 'rule', d.id
FROM bench_way w
LEFT JOIN (
  lifecycle_stagedefinition d JOIN agreements_agreement a ON a.id = d.agreement_id AND a.state = 'in_force'
) ON d.stage_id = w.stage
ORDER BY w.at, w.contact_id;

-- And whom each was given to when it became an MQL, so that the ledger holds some five rows a contact.
INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, recorded_at, origin)
SELECT c.id, 'owner', '', c.owner_id::text, w.at, w.at, 'rule'
FROM leads_contact c JOIN bench_way w ON w.contact_id = c.id AND w.stage = 'mql';

INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, left_at, previous_left_at, transition_id)
SELECT w.contact_id, w.stage, w.at, w.left_at, CASE WHEN w.step > 1 THEN w.at END, t.id
FROM bench_way w JOIN leads_transition t ON t.contact_id = w.contact_id AND t.to_value = w.stage;

-- One handoff and one clock each; one in twenty still runs, and exactly `overdue` of those are late.
INSERT INTO sla_handoff (transition_id, contact_id, contract_id, lane, entered_at, state, rep_id, assigned_at,
  decided_at, reject_reason, note, answer)
SELECT t.id, t.contact_id, (SELECT max(id) FROM sla_contractversion), 'standard', t.at,
  CASE WHEN bench_dice(t.contact_id, 20) %% 20 = 0 THEN 'assigned' ELSE 'accepted' END,
  (SELECT min(id) FROM accounts_user WHERE role = 'rep') + bench_dice(t.contact_id, 11) %% 5, t.at,
  CASE WHEN bench_dice(t.contact_id, 20) %% 20 = 0 THEN NULL ELSE t.at + interval '2 hours' END, '', '', ''
FROM leads_transition t WHERE t.to_value = 'mql';

-- Nine in ten were dealt by the rule, the tenth was given by hand; one in twenty had waited for it.
INSERT INTO sla_assignment (handoff_id, at, how, considered, is_first)
SELECT id, entered_at, 'overflow', '[]', false FROM sla_handoff WHERE bench_dice(contact_id, 22) %% 20 = 0;
INSERT INTO sla_assignment (handoff_id, at, how, rep_id, by_id, considered, is_first)
SELECT id, assigned_at, CASE bench_dice(contact_id, 23) %% 10 WHEN 0 THEN 'given' ELSE 'dealt' END, rep_id,
  CASE bench_dice(contact_id, 23) %% 10 WHEN 0 THEN (SELECT min(id) FROM accounts_user WHERE role = 'manager') END,
  jsonb_build_array(jsonb_build_object('rep', rep_id, 'taken', 3, 'cap', 20, 'skipped', '')), true
FROM sla_handoff ORDER BY id;

INSERT INTO sla_clock (handoff_id, kind, contract_id, calendar_id, started_at, budget_minutes, warn_at, due_at,
  stopped_at, stop_reason, used_minutes)
SELECT h.id, 'first_contact', h.contract_id, (SELECT max(id) FROM sla_calendar), h.entered_at, 1440,
  due - interval '5 hours', due, CASE WHEN h.state = 'accepted' THEN h.entered_at + interval '2 hours' END,
  CASE WHEN h.state = 'accepted' THEN 'contact' ELSE '' END, CASE WHEN h.state = 'accepted' THEN 120 END
FROM (
  SELECT *, CASE WHEN state = 'assigned' AND row_number() OVER (PARTITION BY state ORDER BY id) <= %(overdue)s
    THEN %(base)s::timestamptz - interval '1 hour' ELSE %(base)s::timestamptz + interval '30 days' END AS due
  FROM sla_handoff
) h;

INSERT INTO leads_touchpoint (contact_id, kind, occurred_at, recorded_at, is_human, outcome, attributes, origin, key)
SELECT least(%(contacts)s, 1 + floor(%(contacts)s * power(bench_dice(i, 1) / 2147483648.0::float8, 1.3))::bigint),
  kind, at, at, bench_dice(i, 4) %% 20 > 0, '',
  CASE WHEN kind = 'webinar_attended' THEN '{"complete": true}' ELSE '{}' END::jsonb, 'bench', i::text
FROM (
  SELECT i, (ARRAY['page_view', 'page_view', 'page_view', 'email_open', 'email_open', 'email_click', 'pricing_view',
      'download', 'webinar_attended', 'form_submit', 'note', 'newsletter_signup'])[1 + bench_dice(i, 2) %% 12] AS kind,
    %(base)s::timestamptz - (bench_dice(i, 3) %% (540 * 86400)) * interval '1 second' AS at
  FROM generate_series(1, %(touchpoints)s) i
) touches;

-- One contact in a hurry: the page of a heavy reader must not be slower.
INSERT INTO leads_touchpoint (contact_id, kind, occurred_at, recorded_at, is_human, outcome, attributes, origin, key)
SELECT 1, 'page_view', at, at, true, '', '{}', 'heavy', i::text
FROM (SELECT i, %(base)s::timestamptz - i * interval '12 minutes' AS at
  FROM generate_series(1, least(10000, %(touchpoints)s / 20)) i) touches;
