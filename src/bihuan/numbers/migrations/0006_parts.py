"""Which parts of which numbers a case stands behind, as bits beside its number: lists are read in the index alone."""

from django.db import migrations

FILL = """
WITH bits AS (
    SELECT p.id AS period, d.x->>'id' AS indicator, count(*) OVER (PARTITION BY p.id) AS known,
           row_number() OVER (PARTITION BY p.id ORDER BY d.x->>'id' COLLATE "C") AS place
    FROM number_period p, jsonb_array_elements(p.basis->'definitions') d(x)
), cells AS MATERIALIZED (
    SELECT c.id, repeat('0', 3 * b.known::int)::varbit AS none,
           (3 * b.place - CASE WHEN c.excluded <> '' THEN 1 WHEN c.counted THEN 3 ELSE 2 END)::int AS bit
    FROM number_cell c JOIN bits b ON b.period = c.period_id AND b.indicator = c.indicator
), found AS (
    SELECT k.case_id, k.period_id, bit_or(set_bit(c.none, c.bit, 1)) AS parts
    FROM number_case k, unnest(k.cells) u(id) JOIN cells c ON c.id = u.id GROUP BY 1, 2
)
UPDATE number_case k SET parts = f.parts FROM found f WHERE f.case_id = k.case_id AND f.period_id = k.period_id
"""


class Migration(migrations.Migration):
    """Not in one transaction: a large index is made while cases come in."""

    atomic = False
    dependencies = [("indicators", "0005_stock")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE number_case ADD COLUMN IF NOT EXISTS parts varbit NOT NULL DEFAULT ''",
            "ALTER TABLE number_case DROP COLUMN parts",
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS number_case_parts"
                    " ON number_case (period_id, number) INCLUDE (parts)",
                    "DROP INDEX IF EXISTS number_case_parts",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS number_case_number",
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS number_case_number ON number_case (period_id, number)",
                ),
            ],
            [migrations.RemoveIndex(model_name="keptcase", name="number_case_number")],
        ),
    ]
