"""The companies that rows name: found by domain, then by name, made when unknown, their empty facts filled."""

from collections.abc import Callable

BY_DOMAIN = """
UPDATE import_rows r SET company_id = c.id FROM leads_company c
WHERE c.domain = r.company_domain AND c.domain <> '' AND r.company_id IS NULL
"""
GETS_DOMAIN = """
WITH named AS (
UPDATE leads_company c SET domain = n.company_domain, updated_at = %(at)s, version = c.version + 1
FROM (
    SELECT DISTINCT ON (company_domain) company_domain, known FROM (
        SELECT DISTINCT ON (c.id) c.id AS known, r.company_domain FROM import_rows r
        JOIN leads_company c ON c.name_key = r.company_key AND c.domain = ''
        WHERE r.company_id IS NULL AND r.company_domain IS NOT NULL ORDER BY c.id, r.line
    ) candidates ORDER BY company_domain, known
) n WHERE c.id = n.known RETURNING c.id, c.domain)
INSERT INTO leads_importedcompany AS known (run_id, record, facts)
SELECT %(run)s, id, jsonb_build_object('domain', jsonb_build_array('', domain)) FROM named
ON CONFLICT (run_id, record) DO UPDATE SET facts = known.facts || excluded.facts
"""
NEW_BY_DOMAIN = """
WITH made AS (
INSERT INTO leads_company (name, domain, sector, city, country, custom, created_at, updated_at, version)
SELECT DISTINCT ON (company_domain) coalesce(company_name, company_domain), company_domain, '', '', '', '{}',
       %(at)s, %(at)s, 1
FROM import_rows WHERE company_id IS NULL AND company_domain IS NOT NULL ORDER BY company_domain, line
RETURNING id)
INSERT INTO leads_importedcompany (run_id, record) SELECT %(run)s, id FROM made
"""
BY_NAME = """
UPDATE import_rows r SET company_id = c.id
FROM (
    SELECT name_key, min(id) AS id FROM leads_company
    WHERE name_key IN (SELECT company_key FROM import_rows WHERE company_id IS NULL) GROUP BY name_key
) c
WHERE c.name_key = r.company_key AND r.company_id IS NULL AND r.company_domain IS NULL
"""
NEW_BY_NAME = """
WITH made AS (
INSERT INTO leads_company (name, domain, sector, city, country, custom, created_at, updated_at, version)
SELECT DISTINCT ON (company_key) company_name, '', '', '', '', '{}', %(at)s, %(at)s, 1
FROM import_rows WHERE company_id IS NULL AND company_name IS NOT NULL ORDER BY company_key, line
RETURNING id)
INSERT INTO leads_importedcompany (run_id, record) SELECT %(run)s, id FROM made
"""
FACTS = """
WITH filled AS (
UPDATE leads_company c SET
    sector = CASE WHEN c.sector = '' THEN coalesce(n.sector, '') ELSE c.sector END,
    headcount = coalesce(c.headcount, n.headcount), updated_at = %(at)s, version = c.version + 1
FROM leads_company old, (
    SELECT company_id, (array_agg(company_sector ORDER BY line) FILTER (WHERE company_sector IS NOT NULL))[1] AS sector,
           (array_agg(company_headcount ORDER BY line) FILTER (WHERE company_headcount IS NOT NULL))[1] AS headcount
    FROM import_rows WHERE company_sector IS NOT NULL OR company_headcount IS NOT NULL GROUP BY company_id
) n
WHERE c.id = n.company_id AND old.id = c.id
  AND ((c.sector = '' AND n.sector IS NOT NULL) OR (c.headcount IS NULL AND n.headcount IS NOT NULL))
RETURNING c.id, jsonb_strip_nulls(jsonb_build_object(
    'sector', CASE WHEN c.sector <> old.sector THEN jsonb_build_array(old.sector, c.sector) END,
    'headcount', CASE WHEN c.headcount IS DISTINCT FROM old.headcount
                      THEN jsonb_build_array(old.headcount, c.headcount) END
)) AS facts)
INSERT INTO leads_importedcompany AS known (run_id, record, facts) SELECT %(run)s, id, facts FROM filled
ON CONFLICT (run_id, record) DO UPDATE SET facts = known.facts || excluded.facts
"""


def find_or_make(run: Callable[[str], int]) -> None:
    """Gives each row of `import_rows` its company; `run` executes a statement and answers how many rows it wrote."""
    run(BY_DOMAIN)
    if run(GETS_DOMAIN):
        run(BY_DOMAIN)
    if run(NEW_BY_DOMAIN):
        run(BY_DOMAIN)
    run(BY_NAME)
    if run(NEW_BY_NAME):
        run(BY_NAME)
    run(FACTS)
