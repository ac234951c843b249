"""Indexes in the order of each list, with what lists filter by, so that queues read no wide row (ADR 0233)."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from bihuan.server.indexing import AddLargeIndex

OPEN = models.Q(("ended_at__isnull", True))
FILTERS = ["programme", "category", "area", "urgency", "channel"]
# The trigger stands before this is read, so a case written meanwhile has its row by whichever comes first.
FILL = """
INSERT INTO loop_unit_queue (case_id, unit, district_id, held_by, person, deadline, opened_at, ended_at, restricted)
SELECT n.id, u, n.district_id, CASE n.holder_kind WHEN 'unit' THEN n.holder_id END,
       CASE n.holder_kind WHEN 'unit' THEN n.holder_person END, n.deadline, n.opened_at, n.ended_at, n.restricted
FROM loop_case n CROSS JOIN LATERAL unnest(n.involved) u
ON CONFLICT DO NOTHING
"""
# An entry of an index is looked up in the table until a vacuum has passed its page: a million cases are passed after
# 20,000 changes, not after 200,000.
VACUUMED = (
    "ALTER TABLE loop_case SET (autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE loop_unit_queue SET (autovacuum_vacuum_scale_factor = 0.02)",
)
COUNTED = ("ANALYZE loop_unit_queue", "ANALYZE loop_case")


def _on_cases(name: str, fields: list[str], include: list[str], condition: models.Q) -> AddLargeIndex:
    fields = ["district_id", *fields]
    return AddLargeIndex(
        "caserow", models.Index(fields=fields, include=include, name=f"loop_case_{name}", condition=condition)
    )


class Migration(migrations.Migration):
    """Runs beside a working installation; interrupted, it goes on with the index that was not finished."""

    atomic = False
    dependencies = [("loop", "0016_unit_queue")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(VACUUMED, migrations.RunSQL.noop),
        AddLargeIndex(
            "unitqueuerow",
            models.Index(
                fields=["district_id", "unit", "deadline", "opened_at", "case_id"],
                include=["held_by", "person", "restricted"],
                name="loop_unit_queue_open",
                condition=OPEN,
            ),
        ),
        AddLargeIndex(
            "unitqueuerow",
            models.Index(
                fields=["district_id", "unit", "ended_at"],
                include=["deadline", "opened_at", "case_id", "restricted"],
                name="loop_unit_queue_ended",
                condition=models.Q(("ended_at__isnull", False)),
            ),
        ),
        _on_cases("waiting", ["state", "deadline", "opened_at", "id"], ["restricted", "holder_id", *FILTERS], OPEN),
        _on_cases("holder", ["holder_kind", "holder_id", "deadline", "opened_at", "id"],
                  ["restricted", "state", *FILTERS], OPEN),
        _on_cases("due", ["deadline", "opened_at", "id"], ["restricted", "holder_id", "state", *FILTERS], OPEN),
        _on_cases("asking", ["next_attempt_at", "deadline", "id"], ["restricted", "holder_id", *FILTERS],
                  models.Q(("ended_at__isnull", True), ("state", "verifying"))),
        _on_cases("pending", ["deadline", "opened_at", "id"],
                  ["restricted", "holder_id", "holder_kind", "programme", "category", "area"],
                  models.Q(("pending", []), _negated=True)),
        _on_cases("alike", ["category", "opened_at"], ["area", "programme", "restricted", "holder_id"], OPEN),
        _on_cases("near", ["lat_e6", "lon_e6"],
                  ["opened_at", "category", "programme", "restricted", "holder_id"], OPEN),
        AddLargeIndex(
            "caserow", models.Index(fields=["district_id", "state", "opened_at", "id"], name="loop_case_state")
        ),
        RemoveIndexConcurrently("caserow", "loop_case_queue"),
        RemoveIndexConcurrently("caserow", "loop_case_involved"),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
    ]  # fmt: skip
