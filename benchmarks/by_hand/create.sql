-- One contact, by its unique e-mail; no company, no rulebook, no mark for its first score.
INSERT INTO leads_contact (first_name, last_name, email, phone, job_title, function, seniority, city, country, language,
  status_id)
VALUES (%(first_name)s, %(last_name)s, lower(%(email)s), replace(%(phone)s, ' ', ''), %(job_title)s, '', '', %(city)s, '', '', 'new')
