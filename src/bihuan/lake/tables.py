"""The tables of the lake as rooms declare them, and how a part of one is written."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bihuan.extend import LAKE_TABLES, LakeTable
from bihuan.lake.manifest import LakePart, digest_of_file

MOMENT = pa.timestamp("us", tz="UTC")

KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "whole": pa.int32(),
    "long": pa.int64(),
    "moment": MOMENT,
    "flag": pa.bool_(),
    "cell": pa.int32(),
}
"""How a column is read out of the database; a cell as two of them."""


def schema_of(table: LakeTable) -> pa.Schema:
    """Give the Arrow schema of a table as a room declares it.

    Source: docs/topics/lake.md (tables and their columns).
    """
    kinds = KINDS | {"cell": pa.string()}
    return pa.schema([(column.name, kinds[column.kind]) for column in table.columns])


def schemas() -> dict[str, pa.Schema]:
    """Give the schemas of all tables that rooms have given, by name.

    Source: docs/adr/0244-more-points.md.
    """
    return {table.name: schema_of(table) for table in LAKE_TABLES.all()}


def write_part(folder: Path, table: str, month: str, name: str, rows: pa.Table) -> LakePart:
    """Write one file of a table's month, durable before it is named anywhere.

    Args:
        folder: The lake.
        table: Its name.
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
