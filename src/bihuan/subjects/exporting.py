"""Subjects as a file: CSV, JSON lines or GeoJSON with the open fields, so that loading it again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bihuan.declare.types import field_type
from bihuan.faults import Fault
from bihuan.readers import CsvWriter, replace_file
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.pure.cells import DAYS
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.subjects.pure.types import SubjectType

FORMS = (".csv", ".jsonl", ".geojson")


class NoSuchForm(Fault):
    """A file's name says no form that is written."""

    remedy = f"name a file that ends in {', '.join(FORMS)}"


def write_file(path: Path, kind: SubjectType, held: Iterable[HeldFacts]) -> int:
    """Write subjects; how many.

    Raises:
        NoSuchForm: the name ends in none of `FORMS`.

    Source: RFC 4180 (CSV); RFC 7946 (GeoJSON).
    """
    if path.suffix not in FORMS:
        raise NoSuchForm(f"{path.name}：不支持的格式 · no such form")
    with replace_file(path, "utf-8-sig" if path.suffix == ".csv" else "utf-8") as stream:
        if path.suffix == ".csv":
            writer = CsvWriter(stream, [*kind.open_fields, *DAYS], "\r\n")
            for each in held:
                writer.write([*(_cell(kind, name, each.values.get(name)) for name in kind.open_fields), *_days(each)])
            return writer.rows
        if path.suffix == ".jsonl":
            return sum(_line(stream, as_object(kind, each)) for each in held)
        stream.write('{"type": "FeatureCollection", "features": [\n')
        count = 0
        for each in held:
            stream.write((",\n" if count else "") + json.dumps(as_feature(kind, each), ensure_ascii=False))
            count += 1
        stream.write("\n]}\n")
        return count


def as_object(kind: SubjectType, held: HeldFacts) -> dict[str, Any]:
    """A subject as an object of JSON: its open fields and days."""
    days = dict(zip(DAYS, _days(held), strict=True))
    return {name: held.values[name] for name in kind.open_fields if name in held.values} | days


def as_feature(kind: SubjectType, held: HeldFacts) -> dict[str, Any]:
    """A subject as a feature of GeoJSON; without a place its geometry is null.

    Source: RFC 7946 §3.2.
    """
    shape = held.values.get(kind.geometry) if kind.geometry else None
    properties = {name: value for name, value in as_object(kind, held).items() if name != kind.geometry}
    return {
        "type": "Feature", "id": held.key, "properties": properties,
        "geometry": to_geojson(shape) if shape is not None else None,
    }  # fmt: skip


def _cell(kind: SubjectType, name: str, value: Any) -> str:
    return "" if value is None else field_type(kind.fields[name].type).export(value)


def _days(held: HeldFacts) -> tuple[str | None, str | None]:
    return held.valid_from.isoformat(), held.valid_to.isoformat() if held.valid_to else None


def _line(stream: Any, found: dict[str, Any]) -> int:
    stream.write(json.dumps(found, ensure_ascii=False) + "\n")
    return 1
