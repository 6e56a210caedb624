-- Fifty rows with the columns of the list, behind one of them by its key.
SELECT c.id, c.first_name || ' ' || c.last_name, c.job_title, co.name, st.name_en, su.name_en, o.first_name, s.fit,
  s.engagement, so.name_en
FROM leads_contact c LEFT JOIN leads_company co ON co.id = c.company_id LEFT JOIN lifecycle_stage st ON st.key = c.stage_id
LEFT JOIN lifecycle_status su ON su.key = c.status_id LEFT JOIN accounts_user o ON o.id = c.owner_id
LEFT JOIN leads_contactscore s ON s.contact_id = c.id LEFT JOIN leads_source so ON so.id = c.source_id
WHERE (c.created_at, c.id) < (%(created_at)s, %(id)s)
ORDER BY c.created_at DESC, c.id DESC LIMIT 50
