"""JSON lines: one object per line; nested objects become dotted columns (`location.lat`)."""

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from bihuan.readers.cells import plain_cell
from bihuan.readers.faults import RowFault, file_error
from bihuan.readers.source import FilePart
from bihuan.readers.table import Batch, Cell, FileTable, Limits
from bihuan.readers.text import TextLine, codec_of, read_lines

LARGEST_ARRAY = 256 << 20  # bytes of an array, which must be read whole
SAMPLE = 1000  # lines from which the columns are gathered; a field that first appears later is added as it comes


def open_jsonlines(part: FilePart, limits: Limits, encoding: str | None) -> FileTable:
    """Open a JSON lines file.

    Args:
        part: The file.
        limits: Bounds.
        encoding: None to detect.

    Raises:
        FileError: empty, or an array that is no JSON.

    Source: RFC 8259, one value a line; docs/topics/import.md.
    """
    head = part.head()
    if not head.strip():
        raise file_error(part.name, "empty")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return _array(part, limits)
    encoding = codec_of(part.name, head, encoding)
    table = FileTable(part.name, _columns(part, limits, encoding), lambda: iter(()), share=part.share)
    table.batches = lambda: _batches(part, limits, encoding, table)
    return table


def _array(part: FilePart, limits: Limits) -> FileTable:
    """One JSON array of objects (a GeoReport answer, an export of an API): its elements are the rows, from 1."""
    source = part.stream()
    data = bytearray()
    for chunk in source.chunks:
        data += chunk
        if len(data) > LARGEST_ARRAY:
            raise file_error(part.name, "json_array", limit=f"{LARGEST_ARRAY >> 20} MB")
    try:
        values = DECODER.decode(bytes(data).removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        damage = source.damage[0] if source.damage else str(error)
        raise file_error(part.name, "corrupt", detail=damage) from error
    rows = [_checked(value, number) for number, value in enumerate(values, 1)]
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row) if isinstance(row, dict) else {})
    table = FileTable(part.name, list(names), lambda: iter(()), share=part.share)

    def batches() -> Iterator[Batch]:
        for start in range(0, len(rows), limits.batch):
            piece = list(enumerate(rows[start : start + limits.batch], start + 1))
            good = [(number, row) for number, row in piece if isinstance(row, dict)]
            faults = [row for _, row in piece if isinstance(row, RowFault)]
            yield _batch([number for number, _ in good], [row for _, row in good], faults, table)

    table.batches = batches
    return table


def _columns(part: FilePart, limits: Limits, encoding: str) -> list[str]:
    names: dict[str, None] = {}
    for count, line in enumerate(read_lines(part.stream(), encoding, limits.line)):
        if count >= SAMPLE:
            break
        found = _object(line, encoding, limits)
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    return list(names)


def _batches(part: FilePart, limits: Limits, encoding: str, table: FileTable) -> Iterator[Batch]:
    source = part.stream()
    numbers: list[int] = []
    rows: list[dict[str, Cell]] = []
    faults: list[RowFault] = []
    last, held = 0, None
    for line in read_lines(source, encoding, limits.line):
        if not line.bad and not line.text.strip():
            continue
        last = line.number
        if held:
            _sort(held, encoding, limits, numbers, rows, faults)
        held = line
        if len(numbers) + len(faults) >= limits.batch:
            yield _batch(numbers, rows, faults, table)
            numbers, rows, faults = [], [], []
    if held and source.damage:
        faults.append(RowFault("cut", held.number))
    elif held:
        _sort(held, encoding, limits, numbers, rows, faults)
    if numbers or faults:
        yield _batch(numbers, rows, faults, table)
    if source.damage:
        code, detail = source.damage
        table.damage.append(RowFault(code, last, params={"detail": detail, "line": last}))


def _sort(
    line: TextLine,
    encoding: str,
    limits: Limits,
    numbers: list[int],
    rows: list[dict[str, Cell]],
    faults: list[RowFault],
) -> None:
    found = _object(line, encoding, limits)
    if isinstance(found, RowFault):
        faults.append(found)
    else:
        numbers.append(line.number)
        rows.append(found)


def _object(line: TextLine, encoding: str, limits: Limits) -> dict[str, Cell] | RowFault:
    if line.bad:
        return RowFault(line.bad, line.number, params={"encoding": encoding, "limit": limits.line})
    try:
        value = DECODER.decode(line.text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return RowFault("not_json", line.number, params={"detail": str(error)})
    if isinstance(value, dict) and line.text.count('":') > len(value) and (twice := _twice(line.text)):
        return RowFault("not_json", line.number, twice, params={"detail": f"the key {twice!r} stands twice"})
    return _checked(value, line.number)


def _twice(text: str) -> str:
    """Return a key that an object names twice; JSON readers keep the last one without a word."""
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in items]
        found.extend(name for name in set(names) if names.count(name) > 1)
        return {}

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return ""
    return found[0] if found else ""


def _checked(value: Any, number: int) -> dict[str, Cell] | RowFault:
    if not isinstance(value, dict):
        return RowFault("not_json", number, params={"detail": f"a {type(value).__name__}"})
    try:
        flat = _flat(value)
    except RecursionError:
        return RowFault("not_json", number, params={"detail": "nested too deeply"})
    for code, mark in (("nul", "\0"), ("undecodable", "\ufffd")):
        name = next((k for k, v in flat.items() if isinstance(v, str) and mark in v), None)
        if name is not None:
            return RowFault(code, number, name, params={"encoding": "UTF-8"})
    return flat


def _number(text: str) -> int | Decimal:
    """Return a number as it is written: more than 64 bits of an integer would become a rounded float."""
    return Decimal(text) if set(text) & set(".eE") else int(text)


DECODER = msgspec.json.Decoder(float_hook=_number)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Cell]:
    out: dict[str, Cell] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            out.update(_flat(item, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = plain_cell(item)
    return out


def _batch(numbers: list[int], rows: list[dict[str, Cell]], faults: list[RowFault], table: FileTable) -> Batch:
    for row in rows:
        for name in row:
            if name not in table.columns:
                table.columns.append(name)
    return Batch(numbers, {name: [row.get(name) for row in rows] for name in table.columns}, faults)
