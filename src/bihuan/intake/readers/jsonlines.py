"""JSON lines: one object per line; nested objects become dotted columns (`location.lat`)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from bihuan.intake.faults import Fault, file_error
from bihuan.intake.readers.source import Part
from bihuan.intake.readers.table import Batch, Cell, Limits, Table
from bihuan.intake.readers.text import Line, detect, lines

SAMPLE = 1000  # lines from which the columns are gathered; a field that first appears later is added as it comes


def open_jsonlines(part: Part, limits: Limits, encoding: str | None) -> Table:
    """Open a JSON lines file.

    Args:
        part: The file.
        limits: Bounds.
        encoding: None to detect.

    Raises:
        FileError: empty, or one big array.
    """
    head = part.head()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise file_error(part.name, "json_array")
    if not head.strip():
        raise file_error(part.name, "empty")
    encoding = encoding or detect(head)
    table = Table(part.name, _columns(part, limits, encoding), lambda: iter(()), share=part.share)
    table.batches = lambda: _batches(part, limits, encoding, table)
    return table


def _columns(part: Part, limits: Limits, encoding: str) -> list[str]:
    names: dict[str, None] = {}
    for count, line in enumerate(lines(part.stream(), encoding, limits.line)):
        if count >= SAMPLE:
            break
        found = _object(line, encoding, limits)
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    return list(names)


def _batches(part: Part, limits: Limits, encoding: str, table: Table) -> Iterator[Batch]:
    source = part.stream()
    numbers: list[int] = []
    rows: list[dict[str, Cell]] = []
    faults: list[Fault] = []
    last, held = 0, None
    for line in lines(source, encoding, limits.line):
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
        faults.append(Fault("cut", held.number))
    elif held:
        _sort(held, encoding, limits, numbers, rows, faults)
    if numbers or faults:
        yield _batch(numbers, rows, faults, table)
    if source.damage:
        code, detail = source.damage
        table.damage.append(Fault(code, last, params={"detail": detail, "line": last}))


def _sort(
    line: Line, encoding: str, limits: Limits, numbers: list[int], rows: list[dict[str, Cell]], faults: list[Fault]
) -> None:
    found = _object(line, encoding, limits)
    if isinstance(found, Fault):
        faults.append(found)
    else:
        numbers.append(line.number)
        rows.append(found)


def _object(line: Line, encoding: str, limits: Limits) -> dict[str, Cell] | Fault:
    if line.bad:
        return Fault(line.bad, line.number, params={"encoding": encoding, "limit": limits.line})
    try:
        value = msgspec.json.decode(line.text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return Fault("not_json", line.number, params={"detail": str(error)})
    if not isinstance(value, dict):
        return Fault("not_json", line.number, params={"detail": f"a {type(value).__name__}"})
    flat = _flat(value)
    nul = next((k for k, v in flat.items() if isinstance(v, str) and "\0" in v), None)
    return Fault("nul", line.number, nul) if nul is not None else flat


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Cell]:
    out: dict[str, Cell] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            out.update(_flat(item, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = msgspec.json.encode(item).decode() if isinstance(item, list) else item
    return out


def _batch(numbers: list[int], rows: list[dict[str, Cell]], faults: list[Fault], table: Table) -> Batch:
    for row in rows:
        for name in row:
            if name not in table.columns:
                table.columns.append(name)
    return Batch(numbers, {name: [row.get(name) for row in rows] for name in table.columns}, faults)
