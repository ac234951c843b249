"""One input of a method: from its file to checked columns or features, with the rows that break a rule rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

from bihuan.declare.fieldtype import UnparsableText
from bihuan.declare.types import field_type
from bihuan.methods.declared.cells import FILES, Cells, no_values, parse_cells
from bihuan.methods.declared.model import Column, Input
from bihuan.methods.declared.rejects import Reject, words_of
from bihuan.methods.declared.sheets import TextColumns, UnreadableError, read_sheet
from bihuan.methods.declared.tables import Feature, Table

MISSING = "必填 · must be given"
MISSING_REMEDY = "填写该列 · write a value"
REPEATED = "与另一行同号而内容不同 · another row has the same key and says something else"
REPEATED_REMEDY = "只留一行 · keep one of them"
SAME = "与另一行完全相同 · repeats another row"
SAME_REMEDY = "删去重复行 · remove the repetition"


def read_input(declared: Input, path: Path, *, carried: bool = False) -> tuple[Table, list[str]]:
    """The table of an input and what a person should know about its file.

    Args:
        declared: The input. path: Its file. carried: Further columns are kept for the output.

    Raises:
        UnreadableError: the file cannot be read or lacks a column.

    Source: docs/topics/methods.md.
    """
    if declared.kind == "bytes":
        return Table(path.name, np.zeros(1, dtype=np.int64), raw=_bytes(path)), []
    if declared.kind == "geojson":
        return _features(declared, path), []
    wanted = [column.name for column in declared.columns if not column.absent]
    sheet = read_sheet(path, wanted)
    known = {column.name for column in declared.columns}
    more = [name for name in sheet.columns if name not in known]
    keep = declared.open or carried
    said = [] if keep or not more else [f"{path.name}：未使用的列 · columns not used: {', '.join(sorted(more))}"]
    return _checked(declared, sheet, more if keep else []), said


def _checked(declared: Input, sheet: TextColumns, more: list[str]) -> Table:
    size, refused = len(sheet.lines), list(sheet.faults)
    good, columns = np.ones(size, dtype=np.bool_), {}
    for column in declared.columns:
        cells, bad = _column(column, sheet, refused)
        columns[column.name] = cells
        good &= ~bad
    others = {name: parse_cells(sheet.columns[name], Column(name, name, name))[0] for name in more}
    table = Table(sheet.file, sheet.lines, columns, others, refused=refused)
    if not good.all():
        table = table.kept(good)
    return _without_repeats(declared, table) if declared.unique else table


def _column(column: Column, sheet: TextColumns, refused: list[Reject]) -> tuple[Cells, Any]:
    size = len(sheet.lines)
    bad = np.zeros(size, dtype=np.bool_)
    if column.name not in sheet.columns:
        return no_values(size), bad
    cells, faults = parse_cells(sheet.columns[column.name], column)
    for rows, wrong in faults:
        rule, remedy = words_of(wrong)
        refused += [Reject(sheet.file, int(sheet.lines[row]), column.name, rule, remedy) for row in rows]
        bad[rows] = True
    if column.required:
        empty = np.flatnonzero(~cells.known & ~bad)
        refused += [Reject(sheet.file, int(sheet.lines[row]), column.name, MISSING, MISSING_REMEDY) for row in empty]
        bad[empty] = True
    return cells, bad


def _without_repeats(declared: Input, table: Table) -> Table:
    """Of rows with one key: none, when they differ; the first, when they are the same."""
    keys = list(zip(*(table[name].codes.tolist() for name in declared.unique), strict=True))
    seen: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        seen.setdefault(key, []).append(row)
    good = np.ones(len(table), dtype=np.bool_)
    codes = list(
        zip(*(cells.codes.tolist() for cells in (*table.columns.values(), *table.others.values())), strict=True)
    )
    for rows in (rows for rows in seen.values() if len(rows) > 1):
        same = len({codes[row] for row in rows}) == 1
        for row in rows[1:] if same else rows:
            rule, remedy = (SAME, SAME_REMEDY) if same else (REPEATED, REPEATED_REMEDY)
            table.refuse(row, declared.unique[0], rule, remedy)
            good[row] = False
    return table if good.all() else table.kept(good)


def _features(declared: Input, path: Path) -> Table:
    try:
        found = json.loads(_bytes(path).decode("utf-8-sig"))["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"{path}：不是 GeoJSON 要素集合 · is no GeoJSON FeatureCollection",
            "按 RFC 7946 保存 · save it as RFC 7946 says",
        ) from error
    refused: list[Reject] = []
    features = []
    for row, each in enumerate(found, 1):
        feature = _feature(declared, path.name, row, each, refused)
        if feature is not None:
            features.append(feature)
    return Table(path.name, np.zeros(0, dtype=np.int64), features=features, refused=refused)


def _feature(declared: Input, file: str, row: int, each: Any, refused: list[Reject]) -> Feature | None:
    try:
        geometry, given = shapely.geometry.shape(each["geometry"]), each.get("properties") or {}
        if geometry.is_empty:
            raise ValueError("empty")
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError):
        rule, remedy = "几何无效 · the geometry is none", "修正坐标 · correct its coordinates"
        refused.append(Reject(file, row, "geometry", rule, remedy))
        return None
    properties = dict(given)
    for column in declared.columns:
        value = given.get(column.name)
        text = "" if value is None else str(value).strip()
        if not text and column.required:
            refused.append(Reject(file, row, column.name, MISSING, MISSING_REMEDY))
            return None
        try:
            properties[column.name] = field_type(column.type).parse(text, column, FILES) if text else None
        except UnparsableText as error:
            refused.append(Reject(file, row, column.name, *words_of(error.wrong)))
            return None
    return Feature(row, properties, geometry)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
