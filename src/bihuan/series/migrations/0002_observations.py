"""Observations in monthly partitions; the fences, and what may not be changed.

The application makes no table: a function of the owner makes the months it is asked for, and lets the application
reach them only through the fenced parent.
"""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only, for_application_role

TABLE = """
CREATE TABLE series_observation (
    at timestamptz NOT NULL, arrived timestamptz NOT NULL, value bigint,
    line integer NOT NULL, batch integer NOT NULL, inputs integer, version integer, flag "char" NOT NULL
) PARTITION BY RANGE (at)
"""
INDEX = "CREATE INDEX series_observation_line ON series_observation (line, at)"

# LIKE and ATTACH instead of PARTITION OF: readers and writers of other months are not made to wait.
MONTHS = """
CREATE FUNCTION series_observation_months(first timestamptz, last timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date := date_trunc('month', first AT TIME ZONE 'UTC')::date;
    made integer := 0;
    part text;
BEGIN
    IF last < first OR last > first + interval '100 years' THEN
        RAISE EXCEPTION 'from % to % is no span of observations', first, last USING ERRCODE = 'data_exception';
    END IF;
    WHILE month <= (last AT TIME ZONE 'UTC')::date LOOP
        part := 'series_observation_' || to_char(month, 'YYYY_MM');
        -- Asked of the table of tables, for a name that was looked up in vain is remembered as absent.
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = 'public'::regnamespace) THEN
            PERFORM pg_advisory_xact_lock(7596838);
            IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = 'public'::regnamespace) THEN
                EXECUTE format('CREATE TABLE public.%I (LIKE series_observation INCLUDING ALL)', part);
                EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, {role}', part);
                EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
                EXECUTE format('ALTER TABLE series_observation ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                    part, month || ' 00:00+00', (month + interval '1 month')::date || ' 00:00+00');
                made := made + 1;
            END IF;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$
"""
FENCE = "line IN (SELECT id FROM series_line)"  # which is fenced by district itself
FENCED = (
    "series_meaning", "series_line", "series_batch", "series_touched", "series_checkpoint", "series_incident",
    "series_closed",
)  # fmt: skip


class Migration(migrations.Migration):
    """Partitions, fences, append-only tables."""

    dependencies = [("series", "0001_initial"), ("registers", "0002_fences")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL([TABLE, INDEX], ["DROP TABLE series_observation"])],
            [
                migrations.CreateModel(
                    name="Observation",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "line",
                                "at",
                                "arrived",
                                "batch",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("arrived", models.DateTimeField()),
                        ("value", models.BigIntegerField(null=True)),
                        ("line", models.IntegerField()),
                        ("batch", models.IntegerField()),
                        ("inputs", models.IntegerField(null=True)),
                        ("version", models.IntegerField(null=True)),
                        ("flag", models.CharField(max_length=1)),
                    ],
                    options={"db_table": "series_observation"},
                ),
            ],
        ),
        append_only("series_meaning", "series_batch", "series_observation", "series_incident", "series_closed"),
        *(district_policy(table) for table in FENCED),
        for_application_role(
            [
                MONTHS,
                "ALTER TABLE series_observation ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY district ON series_observation USING ({FENCE}) WITH CHECK ({FENCE})",
                "REVOKE ALL ON FUNCTION series_observation_months(timestamptz, timestamptz) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION series_observation_months(timestamptz, timestamptz) TO {role}",
            ],
            [
                "DROP POLICY district ON series_observation",
                "ALTER TABLE series_observation DISABLE ROW LEVEL SECURITY",
                "DROP FUNCTION series_observation_months(timestamptz, timestamptz)",
            ],
        ),
    ]
