-- Whether any clock is overdue, by its partial index.
SELECT id FROM sla_clock WHERE stopped_at IS NULL AND breached_at IS NULL AND due_at <= %(at)s ORDER BY due_at LIMIT 1
