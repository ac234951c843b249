"""The three tables of the lake, and how a part of one is written."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bihuan.lake.manifest import LakePart, digest_of_file

MOMENT = pa.timestamp("us", tz="UTC")

EVENTS = pa.schema(
    [
        ("index", pa.int64()),  # leaf of the log
        ("case_id", pa.string()),
        ("version", pa.int32()),
        ("kind", pa.string()),
        ("occurred_at", MOMENT),
        ("recorded_at", MOMENT),
        ("state", pa.string()),
        ("programme", pa.string()),
        ("area", pa.string()),  # '' where the event took the area away, null where it did not speak of it
        ("category", pa.string()),
        ("lead", pa.string()),
        ("result", pa.string()),
        ("satisfied", pa.string()),
        ("contacted", pa.string()),
        ("reopens", pa.string()),
        ("indicator", pa.string()),
        ("reason", pa.string()),
    ]
)
CLOCKS = pa.schema(
    [
        ("case_id", pa.string()),
        ("version", pa.int32()),
        ("name", pa.string()),
        ("operation", pa.string()),
        ("due", MOMENT),
    ]
)
CASES = pa.schema(
    [
        ("case_id", pa.string()),
        ("number", pa.string()),
        ("programme", pa.string()),
        ("kind", pa.string()),
        ("state", pa.string()),
        ("channel", pa.string()),
        ("category", pa.string()),
        ("area", pa.string()),
        ("urgency", pa.string()),
        ("lead", pa.string()),
        ("outcome", pa.string()),
        ("opened_at", MOMENT),
        ("day", pa.int32()),  # day number (1970-01-01 = 0) of opened_at in the lake's zone
        ("submitted_at", MOMENT),
        ("ended_at", MOMENT),
        ("deadline", MOMENT),
        ("missed", pa.bool_()),
        ("reporters", pa.int32()),
        ("parent_id", pa.string()),
        ("h3_9", pa.string()),  # cell of about 0.1 km²; null for restricted cases and where no place is known
        ("version", pa.int32()),
    ]
)
SCHEMAS = {"events": EVENTS, "clocks": CLOCKS, "cases": CASES}


def write_part(folder: Path, table: str, month: str, name: str, rows: pa.Table) -> LakePart:
    """Write one file of a table's month, durable before it is named anywhere.

    Args:
        folder: The lake.
        table: A key of SCHEMAS.
        month: YYYY-MM.
        name: File name without suffix; unique within the month.
        rows: With the table's schema.

    Source: docs/topics/lake.md (tables and their partitions); Apache Parquet.
    """
    path = folder / table / f"month={month}" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    pq.write_table(rows, part, compression="zstd", coerce_timestamps="us")
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.replace(path)
    return LakePart(str(path.relative_to(folder)), table, month, rows.num_rows, digest_of_file(path))
