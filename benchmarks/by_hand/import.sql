-- The rows of a staged file into contacts, once an e-mail; no companies, no ledger, no marks.
INSERT INTO leads_contact (first_name, last_name, email, phone, job_title, function, seniority, city, country, language,
  status_id)
SELECT first_name, last_name, lower(replace(email, '@new', '@hand' || %(place)s)), '', job_title, function, '', city,
  '', '', 'new'
FROM bench_in ON CONFLICT DO NOTHING
