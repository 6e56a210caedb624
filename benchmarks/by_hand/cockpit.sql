-- Entries into each stage in the last thirty days: one of the cockpit's dozen figures.
SELECT to_value, count(*), count(DISTINCT contact_id) FROM leads_transition
WHERE kind = 'stage' AND at > (SELECT at FROM bench_base) - interval '30 days' GROUP BY to_value
