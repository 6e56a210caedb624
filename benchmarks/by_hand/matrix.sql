-- The four cells over all scores.
SELECT fit >= 60, engagement >= 50, count(*) FROM leads_contactscore GROUP BY 1, 2
