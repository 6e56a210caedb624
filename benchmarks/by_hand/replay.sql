-- The first moment in the year with two such touches in sixty days, by a window; no stays, no history, no outcome.
CREATE TEMP TABLE bench_replay ON COMMIT DROP AS
SELECT contact_id, min(occurred_at) AS at FROM (
  SELECT t.contact_id, t.occurred_at,
    lag(t.occurred_at) OVER (PARTITION BY t.contact_id ORDER BY t.occurred_at) AS before
  FROM leads_touchpoint t JOIN leads_contact c ON c.id = t.contact_id
  WHERE t.kind IN ('download', 'webinar_attended', 'form_submit') AND t.occurred_at < %(stop)s
    AND lower(c.job_title) ~ 'head|manager|chief'
) touches
WHERE occurred_at >= %(start)s AND occurred_at - before < interval '60 days'
GROUP BY contact_id
