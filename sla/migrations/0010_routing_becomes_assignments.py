from django.db import migrations

FILL = """
WITH told AS (
    SELECT h.*, h.routing - 'overflow' AS given, h.routing -> 'overflow' AS overflow FROM sla_handoff h
), seats AS (
    SELECT told.id, 'overflow' AS of, reason.key AS skipped, seat.value::bigint AS rep
    FROM told, jsonb_each(told.overflow) reason, jsonb_array_elements_text(reason.value) seat
    WHERE jsonb_typeof(told.overflow) = 'object'
    UNION ALL
    SELECT told.id, 'given', reason.key, seat.value::bigint
    FROM told, jsonb_each(told.given -> 'skipped') reason, jsonb_array_elements_text(reason.value) seat
    WHERE jsonb_typeof(told.given -> 'skipped') = 'object'
), considered AS (
    SELECT id, of, jsonb_agg(jsonb_build_object('rep', rep, 'taken', NULL, 'cap', NULL, 'skipped', skipped)
        ORDER BY skipped, rep) AS considered
    FROM seats GROUP BY id, of
)
INSERT INTO sla_assignment (handoff_id, at, how, rep_id, by_id, considered, is_first)
SELECT steps.handoff_id, steps.at, steps.how, steps.rep_id, steps.by_id, steps.considered, steps.rep_id IS NOT NULL
FROM (
    SELECT told.id AS handoff_id, 1 AS step, told.entered_at AS at, 'overflow' AS how, NULL::bigint AS rep_id,
        NULL::bigint AS by_id, coalesce(considered.considered, '[]') AS considered
    FROM told LEFT JOIN considered ON considered.id = told.id AND considered.of = 'overflow'
    WHERE told.overflow IS NOT NULL
    UNION ALL
    SELECT told.id, 2, told.assigned_at,
        CASE WHEN told.given ? 'claimed' THEN 'claimed'
            WHEN told.given ? 'by' AND giver.id IS NOT NULL THEN 'given'
            WHEN told.given ? 'by' OR told.given ? 'by_hand' THEN 'followed'
            WHEN told.given -> 'was_theirs' = 'true' THEN 'kept'
            ELSE 'dealt' END,
        told.rep_id,
        CASE WHEN told.given ? 'claimed' THEN told.rep_id ELSE giver.id END,
        CASE WHEN told.given ? 'taken' THEN jsonb_build_array(jsonb_build_object('rep', told.rep_id,
            'taken', (told.given ->> 'taken')::int - 1, 'cap', told.given -> 'cap', 'skipped', ''))
            ELSE '[]' END || coalesce(considered.considered, '[]')
    FROM told LEFT JOIN considered ON considered.id = told.id AND considered.of = 'given'
    LEFT JOIN accounts_user giver ON giver.id::text = told.given ->> 'by'
    WHERE told.rep_id IS NOT NULL AND told.assigned_at IS NOT NULL AND told.given <> '{}'
) steps
ORDER BY steps.handoff_id, steps.step
"""


class Migration(migrations.Migration):
    """What the column still told becomes steps; of what was overwritten nobody knows, and nothing is made up."""

    dependencies = [("sla", "0009_assignments_are_appended")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="handoff", name="routing"),
    ]
