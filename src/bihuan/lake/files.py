"""A lake from files, for analysts without the platform: cases, and the two events every file tells of."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bihuan.lake import manifest
from bihuan.lake.cells import h3_cells
from bihuan.lake.manifest import LakeError, LakeManifest
from bihuan.lake.tables import schemas, write_part

CLOSED = "closed"


def build_lake(folder: Path, preset: str, files: list[dict[str, Any]], zone: str) -> dict[str, Any]:
    """Write a lake anew from files; records without a time are left out and counted.

    Args:
        folder: The lake; must be absent, empty, or made from files of the same preset before.
        preset: Names the source.
        files: Per file: ids, opened, closed, due (datetime64[s] UTC), category, channel, unit, area (texts),
            longitude, latitude (degrees or None).
        zone: IANA zone months are counted in.

    Raises:
        LakeError: the folder holds the lake of something else.

    Source: docs/topics/lake.md, "Files instead of the platform".
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = manifest.read_manifest(folder)
    if before and before.source != preset:
        raise LakeError(f"{folder} is the lake of {before.source}; name another folder with --lake")
    tables = [_cases(preset, file, zone) for file in files]
    cases = pa.concat_tables([table for table, _ in tables])
    months = pc.strftime(cases["opened_at"].cast(pa.timestamp("us", tz=zone)), format="%Y-%m")
    parts = []
    for month in sorted(pc.unique(months).to_pylist()):
        chosen = cases.filter(pc.equal(months, month))
        name = f"files-{len(cases):012d}"
        parts.append(write_part(folder, "cases", month, name, chosen))
        parts.append(write_part(folder, "events", month, name, _events(chosen)))
    after = LakeManifest(preset, "", zone, size=len(cases), parts=tuple(parts))
    manifest.write_manifest(folder, after)
    manifest.sweep_unnamed(folder, after)
    undated = sum(left for _, left in tables)
    return {"cases": len(cases), "events": after.rows("events"), "files": len(parts), "undated": undated}


def _cases(preset: str, file: dict[str, Any], zone: str) -> tuple[pa.Table, int]:
    count = len(file["ids"])
    none = np.full(count, np.datetime64("NaT", "s"))
    opened, closed = file["opened"], file.get("closed", none)
    dated = ~np.isnat(opened)
    place = [file[k] if file[k] is not None else np.full(count, np.nan) for k in ("longitude", "latitude")]
    local = _moments(opened).cast(pa.timestamp("us", tz=zone))
    days = pc.days_between(pa.scalar(0, pa.date32()), pc.local_timestamp(local).cast(pa.date32()))
    ended = ~np.isnat(closed)
    columns = {
        "case_id": [str(uuid5(NAMESPACE_URL, f"{preset}:{each}")) for each in file["ids"]],
        "number": file["ids"],
        "state": np.where(ended, CLOSED, "received"),
        "outcome": pa.array([CLOSED if e else None for e in ended], pa.string()),
        "channel": file["channel"],
        "category": file["category"],
        "area": file["area"],
        "lead": file["unit"],
        "opened_at": _moments(opened),
        "day": days.cast(pa.int32()),
        "submitted_at": _moments(closed),
        "ended_at": _moments(closed),
        "deadline": _moments(file.get("due", none)),
        "missed": ended & (closed > file.get("due", none)),
        "reporters": np.ones(count, np.int32),
        "h3_9": h3_cells(*place),
        "version": np.where(ended, 2, 1).astype(np.int32),
    }
    schema = schemas()["cases"]
    table = pa.table({f.name: columns.get(f.name, pa.nulls(count, f.type)) for f in schema}).cast(schema)
    return table.filter(pa.array(dated)), int((~dated).sum())


def _events(cases: pa.Table) -> pa.Table:
    """Opened for every case, closed for those that ended."""
    ended = cases.filter(pc.is_valid(cases["ended_at"]))
    return pa.concat_tables(
        [_told(cases, "opened", "received", "opened_at", 1), _told(ended, CLOSED, CLOSED, "ended_at", 2)]
    )


def _told(cases: pa.Table, kind: str, state: str, at: str, version: int) -> pa.Table:
    columns = {
        "case_id": cases["case_id"],
        "version": np.full(len(cases), version, np.int32),
        "kind": [kind] * len(cases),
        "state": [state] * len(cases),
        "occurred_at": cases[at],
        "recorded_at": cases[at],
        **{name: cases[name] for name in ("area", "category", "lead") if version == 1},
    }
    schema = schemas()["events"]
    return pa.table({f.name: columns.get(f.name, pa.nulls(len(cases), f.type)) for f in schema}).cast(schema)


def _moments(seconds: Any) -> pa.Array:
    return pa.array(seconds.astype("datetime64[us]")).cast(pa.timestamp("us", tz="UTC"))
