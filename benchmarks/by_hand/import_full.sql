-- Staged rows, already cleaned, into the same tables as an import writes; nobody is looked for, nothing is checked.
INSERT INTO leads_company (name, domain, sector, headcount, city, country, custom, created_at, updated_at, version)
SELECT DISTINCT ON (domain) company_name, domain, '', company_headcount::int, '', '', '{}', now(), now(), 1
FROM (SELECT *, replace(company_domain, '.new', '.hand') AS domain FROM bench_in) b ORDER BY domain
ON CONFLICT DO NOTHING;
INSERT INTO leads_source (key, name_en, name_fr, side)
SELECT DISTINCT 'hand_' || md5(source), source, '', 'marketing' FROM bench_in ON CONFLICT DO NOTHING;
INSERT INTO leads_contact (first_name, last_name, email, phone, job_title, function, seniority, city, country, language,
  company_id, source_id, consent, custom, status_id, stage_id, stage_since, created_at, status_since, created_via)
SELECT b.first_name, b.last_name, lower(replace(b.email, '@new', '@hand' || %(place)s)), b.phone, b.job_title,
  b.function, b.seniority, b.city, b.country, b.language, c.id, s.id,
  CASE b.consent WHEN 'yes' THEN 'given' WHEN 'no' THEN 'withdrawn' ELSE 'unknown' END,
  jsonb_build_object('budget', b."custom_budget"::int), 'new', b.stage, b.created_at::timestamptz,
  b.created_at::timestamptz, now(), 'import'
FROM bench_in b
JOIN leads_company c ON c.domain = replace(b.company_domain, '.new', '.hand')
JOIN leads_source s ON s.key = 'hand_' || md5(b.source);
CREATE TEMP TABLE bench_made ON COMMIT DROP AS
SELECT c.id, c.source_id, c.stage_id, c.consent, c.created_at, b.external_id
FROM bench_in b JOIN leads_contact c ON c.email = lower(replace(b.email, '@new', '@hand' || %(place)s));
INSERT INTO leads_externalid (contact_id, system, value)
SELECT id, 'hand' || %(place)s, external_id FROM bench_made;
INSERT INTO leads_touchpoint (contact_id, kind, occurred_at, source_id, outcome, is_human, attributes, origin, key)
SELECT id, 'imported', created_at, source_id, '', true, '{}', 'hand', id FROM bench_made;
INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, recorded_at, origin, facts, reason)
SELECT id, 'consent', 'unknown', consent, now(), now(), 'import', '{}', '' FROM bench_made WHERE consent <> 'unknown';
WITH entered AS (
  INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, recorded_at, origin, facts, reason)
  SELECT id, 'stage', '', stage_id, created_at, now(), 'import', '{}', '' FROM bench_made
  RETURNING id, contact_id, to_value, at
)
INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, transition_id)
SELECT contact_id, to_value, at, id FROM entered;
INSERT INTO leads_fieldchange (entity, subject_id, field, before, after, known_at, origin)
SELECT 'contact', id, 'created_at', 'null', to_jsonb(created_at), now(), 'import' FROM bench_made;
INSERT INTO leads_dirtycontact (contact_id, since) SELECT id, now() FROM bench_made
