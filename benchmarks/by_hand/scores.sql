-- The default model by hand, over contacts by number: no marks, and fit by LIKE instead of the criteria's exact rules.
INSERT INTO leads_contactscore AS was (contact_id, fit, engagement, is_excluded, triggered_at, last_touch_at, model_id,
  scored_at)
SELECT s.id, s.fit, s.engagement, s.is_excluded, s.triggered_at, s.last_touch_at, %(model)s, %(at)s
FROM (
  SELECT c.id,
    least(100, least(40, CASE WHEN c.seniority IN ('director', 'vp', 'head', 'c_level', 'owner')
          OR c.job_title ILIKE '%%director%%' OR c.job_title ILIKE '%%chief%%' OR c.job_title ILIKE '%%head of%%' THEN 30
        WHEN c.seniority IN ('manager', 'lead') OR c.job_title ILIKE '%%manager%%' THEN 20 ELSE 0 END
        + CASE WHEN c.function <> '' THEN 10 ELSE 0 END)
      + least(60, CASE WHEN co.headcount BETWEEN 50 AND 5000 THEN 25 WHEN co.headcount BETWEEN 10 AND 49 THEN 10 ELSE 0 END
        + CASE WHEN co.sector <> '' THEN 10 ELSE 0 END + CASE WHEN co.name <> '' THEN 10 ELSE 0 END
        + CASE WHEN c.email <> '' AND c.email !~ '@(gmail|yahoo|hotmail|outlook)' THEN 15 ELSE 0 END))::smallint AS fit,
    round(least(100, least(40, least(16, coalesce(e.page, 0)) + least(30, coalesce(e.pricing, 0)))
      + least(40, least(36, coalesce(e.download, 0)) + least(30, coalesce(e.form, 0)) + least(5, coalesce(e.news, 0)))
      + least(50, least(16, coalesce(e.signup, 0)) + least(40, coalesce(e.attended, 0)) + least(40, coalesce(e.met, 0)))
      + least(40, least(20, coalesce(e.click, 0)) + least(30, coalesce(e.reply, 0)))
      + least(60, least(50, coalesce(e.demo, 0)) + least(40, coalesce(e.contact, 0)))))::smallint AS engagement,
    c.job_title ILIKE '%%student%%' OR c.job_title ILIKE '%%stagiaire%%' AS is_excluded,
    e.triggered_at, e.last_touch_at
  FROM leads_contact c LEFT JOIN leads_company co ON co.id = c.company_id
  LEFT JOIN (
    SELECT contact_id,
      sum(2 * power(0.5, age / 14)) FILTER (WHERE recent AND kind = 'page_view') AS page,
      sum(10 * power(0.5, age / 14)) FILTER (WHERE recent AND kind = 'pricing_view') AS pricing,
      sum(12 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'download') AS download,
      sum(10 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'form_submit') AS form,
      sum(5 * power(0.5, age / 60)) FILTER (WHERE recent AND kind = 'newsletter_signup') AS news,
      sum(8 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'webinar_signup') AS signup,
      sum(20 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'webinar_attended') AS attended,
      sum(20 * power(0.5, age / 45)) FILTER (WHERE recent AND kind = 'event_met') AS met,
      sum(5 * power(0.5, age / 21)) FILTER (WHERE recent AND kind = 'email_click') AS click,
      sum(15 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'email_reply') AS reply,
      sum(50 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'demo_request') AS demo,
      sum(40 * power(0.5, age / 30)) FILTER (WHERE recent AND kind = 'contact_request') AS contact,
      max(occurred_at) FILTER (WHERE recent AND kind IN ('demo_request', 'contact_request')) AS triggered_at,
      max(occurred_at) AS last_touch_at
    FROM (
      SELECT contact_id, kind, occurred_at, occurred_at > %(at)s - interval '90 days' AS recent,
        (date_part('epoch', %(at)s::timestamptz) - date_part('epoch', occurred_at)) / 86400 AS age
      FROM leads_touchpoint
      WHERE is_human AND occurred_at <= %(at)s AND contact_id BETWEEN %(first)s AND %(last)s
    ) t GROUP BY contact_id
  ) e ON e.contact_id = c.id
  WHERE c.id BETWEEN %(first)s AND %(last)s
  OFFSET 0
) s LEFT JOIN leads_contactscore old ON old.contact_id = s.id
WHERE old.contact_id IS NULL OR (old.fit, old.engagement, old.is_excluded, old.triggered_at, old.last_touch_at)
  IS DISTINCT FROM (s.fit, s.engagement, s.is_excluded, s.triggered_at, s.last_touch_at)
ON CONFLICT (contact_id) DO UPDATE SET fit = excluded.fit, engagement = excluded.engagement,
  is_excluded = excluded.is_excluded, triggered_at = excluded.triggered_at, last_touch_at = excluded.last_touch_at,
  model_id = excluded.model_id, scored_at = excluded.scored_at
