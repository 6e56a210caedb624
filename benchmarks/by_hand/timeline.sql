-- The newest fifty touches of one contact.
SELECT t.kind, t.occurred_at, t.outcome, t.is_human, t.origin FROM leads_touchpoint t
WHERE t.contact_id = %(contact)s ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50
