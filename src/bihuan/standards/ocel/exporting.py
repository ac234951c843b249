"""From a lake to one file of OCEL 2.0: objects with their relations, events with what they touched.

Source: A. Berti et al., OCEL 2.0 Specification (2023), 5.2 (JSON); docs/topics/lake.md; docs/adr/0372.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from bihuan.lake.manifest import LakeError, read_manifest
from bihuan.readers import replace_file

CASE_ATTRIBUTES = {
    "number": "string", "programme": "string", "kind": "string", "state": "string", "channel": "string",
    "category": "string", "urgency": "string", "outcome": "string", "missed": "boolean", "reporters": "integer",
}  # fmt: skip
EVENT_ATTRIBUTES = {
    "version": "integer", "state": "string", "result": "string", "satisfied": "string", "reason": "string",
    "reopens": "string",
}  # fmt: skip
CASE, UNIT, AREA, PARENT = "case", "unit", "area", "part of"


class OcelWritten(NamedTuple):
    """What was written, and of which cut of the log."""

    events: int
    objects: int
    size: int
    root: str


def write_ocel(folder: Path, out: Path, programme: str = "") -> OcelWritten:
    """Write a lake as OCEL 2.0 in JSON; the file appears whole or not at all.

    Args:
        folder: The lake. out: The file. programme: Only its cases; empty: all.

    Raises:
        LakeError: there is no lake, or it holds no cases yet.

    Source: OCEL 2.0 Specification, 5.2; docs/adr/0372.
    """
    told = read_manifest(folder)
    if told is None or not told.files(folder, "cases"):
        raise LakeError(f"{folder} holds no cases yet")
    cases = _cases(_table(told.files(folder, "cases")), programme)
    events = [event for event in _rows(_table(told.files(folder, "events"))) if event["case_id"] in cases]
    objects = [*_case_objects(cases), *_shared_objects(cases, events)]
    written = [*map(_event, sorted(events, key=lambda each: (each["occurred_at"], each["index"])))]
    body = {
        "objectTypes": [
            {"name": CASE, "attributes": _declared(CASE_ATTRIBUTES)},
            {"name": UNIT, "attributes": []}, {"name": AREA, "attributes": []},
        ],
        "eventTypes": [
            {"name": kind, "attributes": _declared(EVENT_ATTRIBUTES)} for kind in sorted({e["kind"] for e in events})
        ],
        "objects": objects,
        "events": written,
    }  # fmt: skip
    with replace_file(out, "utf-8") as stream:
        stream.write(msgspec.json.encode(body).decode())
    return OcelWritten(len(written), len(objects), told.size, told.root)


def _table(files: list[str]) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=20_000):
        yield from batch.to_pylist()


def _cases(table: pa.Table, programme: str) -> dict[str, dict[str, Any]]:
    found = {row["case_id"]: row for row in _rows(table)}
    return {key: row for key, row in found.items() if programme in ("", row["programme"])}


def _case_objects(cases: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for key, row in cases.items():
        at = _moment(row["opened_at"])
        attributes = [
            {"name": name, "time": at, "value": _value(row[name])} for name in CASE_ATTRIBUTES if row[name] is not None
        ]
        told: dict[str, Any] = {"id": key, "type": CASE, "attributes": attributes}
        related = [
            *([{"objectId": f"area:{row['area']}", "qualifier": "lies in"}] if row["area"] else []),
            *([{"objectId": f"unit:{row['lead']}", "qualifier": "led by"}] if row["lead"] else []),
            *([{"objectId": row["parent_id"], "qualifier": PARENT}] if row["parent_id"] in cases else []),
        ]
        yield told | ({"relationships": related} if related else {})


def _shared_objects(cases: Mapping[str, dict[str, Any]], events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rows = [*cases.values(), *events]
    for kind, field in ((AREA, "area"), (UNIT, "lead")):
        for code in sorted({row[field] for row in rows if row[field]}):
            yield {"id": f"{kind}:{code}", "type": kind, "attributes": []}


def _event(row: dict[str, Any]) -> dict[str, Any]:
    related = [
        {"objectId": row["case_id"], "qualifier": "of"},
        *([{"objectId": f"unit:{row['lead']}", "qualifier": "led by"}] if row["lead"] else []),
        *([{"objectId": f"area:{row['area']}", "qualifier": "lies in"}] if row["area"] else []),
    ]
    attributes = [
        {"name": name, "value": _value(row[name])} for name in EVENT_ATTRIBUTES if row[name] not in (None, "")
    ]
    return {
        "id": f"{row['case_id']}/{row['version']}", "type": row["kind"], "time": _moment(row["occurred_at"]),
        "attributes": attributes, "relationships": related,
    }  # fmt: skip


def _declared(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _value(value: Any) -> str:
    """Values are texts in the standard's JSON; what they are is said by the type of the attribute."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
