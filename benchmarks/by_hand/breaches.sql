-- Mark and record, without finding the cause and without telling anybody.
WITH due AS (
  SELECT id FROM sla_clock WHERE stopped_at IS NULL AND breached_at IS NULL AND due_at <= %(at)s FOR UPDATE SKIP LOCKED
), marked AS (
  UPDATE sla_clock c SET breached_at = due_at FROM due WHERE c.id = due.id RETURNING c.id, c.due_at
)
INSERT INTO sla_breach (clock_id, at, recorded_at, cause, facts) SELECT id, due_at, %(at)s, 'late', '{}' FROM marked
