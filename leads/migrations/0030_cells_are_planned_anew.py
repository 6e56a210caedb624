from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION sm_note_cells() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    {closing}
    INSERT INTO leads_cellstay (contact_id, cell, entered_at)
    SELECT score.contact_id, sm_cell(score.fit, score.engagement, model.fit_threshold, model.engagement_threshold),
        score.scored_at
    FROM is_now AS score JOIN leads_scoringmodel AS model ON model.id = score.model_id
    WHERE NOT score.is_excluded AND NOT EXISTS (
        SELECT 1 FROM leads_cellstay AS stay WHERE stay.contact_id = score.contact_id AND stay.left_at IS NULL
        {one_by_one}
    );
    RETURN NULL;
END $$
"""

# A session keeps the plan of its first batch, when nobody stood anywhere, and the planner takes few for standing
# anywhere until it has counted them: either way each contact of a batch was compared with all who stand somewhere.
# `OFFSET 0` has them looked up one by one, and `EXECUTE` plans for the table as it is.
LOOKED_UP = FUNCTION.format(
    closing="""EXECUTE $sql$
        WITH closing AS MATERIALIZED (
            SELECT stay.id, greatest(stay.entered_at, score.scored_at) AS left_at
            FROM is_now AS score
            JOIN leads_scoringmodel AS model ON model.id = score.model_id
            CROSS JOIN LATERAL (
                SELECT found.* FROM leads_cellstay AS found
                WHERE found.contact_id = score.contact_id AND found.left_at IS NULL
                OFFSET 0
            ) AS stay
            WHERE score.is_excluded OR stay.cell <>
                sm_cell(score.fit, score.engagement, model.fit_threshold, model.engagement_threshold)
        )
        UPDATE leads_cellstay AS stay SET left_at = closing.left_at FROM closing WHERE stay.id = closing.id
    $sql$;""",
    one_by_one="OFFSET 0",
)
JOINED = FUNCTION.format(
    closing="""UPDATE leads_cellstay AS stay SET left_at = greatest(stay.entered_at, score.scored_at)
    FROM is_now AS score JOIN leads_scoringmodel AS model ON model.id = score.model_id
    WHERE stay.contact_id = score.contact_id AND stay.left_at IS NULL AND (score.is_excluded OR stay.cell <>
        sm_cell(score.fit, score.engagement, model.fit_threshold, model.engagement_threshold));""",
    one_by_one="",
)


class Migration(migrations.Migration):
    dependencies = [("leads", "0029_deleted_contacts")]

    operations = [migrations.RunSQL(LOOKED_UP, JOINED)]
