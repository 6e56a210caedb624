SELECT facts.id,
  least(100, greatest(0, least(30, CASE WHEN facts.holds_r4 THEN 25 ELSE 0 END + CASE WHEN facts.holds_r5 THEN 20 ELSE 0 END) + CASE WHEN facts.holds_r6 THEN 20 ELSE 0 END))::smallint AS fit,
  ((least(100000000, greatest(0, greatest(-40000000, least(40000000, coalesce(done.after_r0, 0))) + greatest(-24000000, least(24000000, coalesce(done.after_r1, 0))) + coalesce(done.after_r2, 0) + coalesce(done.after_r3, 0))) + 500000) / 1000000)::smallint AS engagement,
  (facts.holds_r7) AS is_excluded,
  greatest(done.latest_r0) AS triggered_at,
  done.last_touch_at
FROM (
SELECT "leads_contact"."id" AS "id", CASE WHEN ("leads_contact"."function" IS NOT NULL AND NOT ("leads_contact"."function" = '') AND lowered.text_0 = (LOWER('operations'))) THEN true ELSE false END AS "holds_r4", CASE WHEN ("leads_contact"."seniority" IS NOT NULL AND NOT ("leads_contact"."seniority" = '') AND (lowered.text_1 = (LOWER('head')) OR lowered.text_1 = (LOWER('director')))) THEN true ELSE false END AS "holds_r5", CASE WHEN ("leads_company"."headcount" IS NOT NULL AND "leads_company"."headcount" >= 500) THEN true ELSE false END AS "holds_r6", CASE WHEN ("leads_contact"."job_title" IS NOT NULL AND NOT ("leads_contact"."job_title" = '') AND STRPOS(lowered.text_2, LOWER('student')) > 0) THEN true ELSE false END AS "holds_r7" FROM "leads_contact" LEFT OUTER JOIN "leads_company" ON ("leads_contact"."company_id" = "leads_company"."id") CROSS JOIN LATERAL (SELECT lower("leads_contact"."function") AS text_0, lower("leads_contact"."seniority") AS text_1, lower("leads_contact"."job_title") AS text_2 OFFSET 0) AS lowered WHERE "leads_contact"."deleted_at" IS NULL AND "leads_contact"."id" >= 1 AND "leads_contact"."id" < 20001
) AS facts
LEFT JOIN (
SELECT contact_id,
  sum((40000000.0::float8 * exp(greatest(-700::float8, 5.730383437168859e-07::float8 * (date_part('epoch', occurred_at) - 1795081320.0::float8))))::int4) FILTER (WHERE kind = 'demo_request' AND occurred_at > '2026-08-21 09:42:00+00:00'::timestamptz) AS after_r0,
  max(occurred_at) FILTER (WHERE kind = 'demo_request' AND occurred_at > '2026-08-21 09:42:00+00:00'::timestamptz) AS latest_r0,
  sum((8000000.0::float8 * exp(greatest(-700::float8, 5.730383437168859e-07::float8 * (date_part('epoch', occurred_at) - 1795081320.0::float8))))::int4) FILTER (WHERE kind = 'pricing_view' AND occurred_at > '2026-08-21 09:42:00+00:00'::timestamptz) AS after_r1,
  sum((20000000.0::float8 * exp(greatest(-700::float8, 5.730383437168859e-07::float8 * (date_part('epoch', occurred_at) - 1795081320.0::float8))))::int4) FILTER (WHERE CASE WHEN kind = 'webinar_attended' AND occurred_at > '2026-08-21 09:42:00+00:00'::timestamptz THEN (SELECT coalesce(attributes -> 'complete' IN ('true'::jsonb), false) FROM leads_touchpoint AS whole WHERE whole.id = touch.id) ELSE false END) AS after_r2,
  sum(-10000000) FILTER (WHERE CASE WHEN kind = 'call' AND occurred_at > '2026-08-21 09:42:00+00:00'::timestamptz THEN (SELECT coalesce(outcome = ANY('{wrong_number}'), false) FROM leads_touchpoint AS whole WHERE whole.id = touch.id) ELSE false END) AS after_r3,
  max(occurred_at) AS last_touch_at
FROM leads_touchpoint AS touch
WHERE is_human AND occurred_at <= '2026-11-19 09:42:00+00:00'::timestamptz AND contact_id >= 1 AND contact_id < 20001
GROUP BY contact_id
) AS done ON done.contact_id = facts.id
