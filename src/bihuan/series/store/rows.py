"""Rows of observations as arrays: one structured row, its order, its bytes in COPY and in the log.

Two orders matter and are the same everywhere: rows stand by line, instant and arrival; of one instant the row that
arrived last holds, and of two that arrived together the greater value, then the later letter.
Source: PostgreSQL, COPY, "Binary Format"; RFC 9162 §2.1; docs/adr/0255 (6, 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.merkle import root_of

ROW = np.dtype(
    [
        ("line", "<i4"), ("at", "<i8"), ("arrived", "<i8"), ("value", "<i8"), ("flag", "u1"),
        ("inputs", "<i4"), ("version", "<i4"),
    ]
)  # fmt: skip
"""`at`, `arrived`: microseconds since 1970 (UTC). `value` NONE: missing. `inputs`, `version` −1: none."""
NONE = np.iinfo(np.int64).min
_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_LOGGED = np.dtype(
    [("at", ">i8"), ("arrived", ">i8"), ("value", ">i8"), ("flag", "u1"), ("inputs", ">i4"), ("version", ">i4")]
)

type Rows = np.ndarray[Any, np.dtype[np.void]]
type Numbers = np.ndarray[Any, np.dtype[np.integer[Any]]]


def empty_rows(count: int) -> Rows:
    """Return rows to be filled: missing values, no inputs. Source: docs/adr/0255 (6)."""
    rows = np.zeros(count, ROW)
    rows["value"] = NONE
    rows["inputs"] = rows["version"] = -1
    return rows


def in_order(rows: Rows) -> Rows:
    """Return rows by line, instant and arrival; equal ones once. Source: docs/adr/0255 (6)."""
    order = np.lexsort((rows["flag"], rows["value"], rows["arrived"], rows["at"], rows["line"]))
    rows = rows[order]
    if len(rows) < 2:
        return rows
    same = np.ones(len(rows) - 1, bool)
    for name in ROW.names or ():
        same &= rows[name][1:] == rows[name][:-1]
    return rows[np.concatenate(([True], ~same))]


def last_of_instants(rows: Rows) -> Rows:
    """Return of ordered rows those that hold: the last of every line and instant. Source: docs/adr/0255 (6)."""
    if len(rows) < 2:
        return rows
    differs = (rows["line"][1:] != rows["line"][:-1]) | (rows["at"][1:] != rows["at"][:-1])
    return rows[np.concatenate((differs, [True]))]


def line_starts(rows: Rows) -> Numbers:
    """Return where each line begins in ordered rows. Source: docs/adr/0255 (6)."""
    if not len(rows):
        return np.zeros(0, np.intp)
    return np.concatenate(([0], np.flatnonzero(rows["line"][1:] != rows["line"][:-1]) + 1))


def copy_bytes(rows: Rows, batch: int | Numbers) -> list[bytes]:
    """Return rows in the binary form of COPY: at, arrived, value, line, batch, inputs, version, flag.

    Args:
        rows: Any rows.
        batch: What stands in that column: one number, or one for each row.

    Source: PostgreSQL, COPY, "Binary Format" (tuples of fields with their length, −1 for null; big-endian).
    """
    parts = [_SIGNATURE]
    numbers = np.broadcast_to(np.asarray(batch), len(rows))
    missing, derived = rows["value"] == NONE, rows["inputs"] >= 0
    for no_value in (False, True):
        for has_inputs in (False, True):
            chosen = (missing == no_value) & (derived == has_inputs)
            if chosen.any():
                parts.append(_tuples(rows[chosen], numbers[chosen], no_value, has_inputs))
    return [*parts, b"\xff\xff"]


def _tuples(rows: Rows, batch: Numbers, no_value: bool, has_inputs: bool) -> bytes:
    fields = [
        ("at", ">i8", rows["at"] - _POSTGRES_EPOCH),
        ("arrived", ">i8", rows["arrived"] - _POSTGRES_EPOCH),
        ("value", None if no_value else ">i8", rows["value"]),
        ("line", ">i4", rows["line"]),
        ("batch", ">i4", batch),
        ("inputs", ">i4" if has_inputs else None, rows["inputs"]),
        ("version", ">i4" if has_inputs else None, rows["version"]),
        ("flag", "u1", rows["flag"]),
    ]
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind, _ in fields:
        layout.append((f"{name}_length", ">i4"))
        if kind:
            layout.append((name, kind))
    packed = np.zeros(len(rows), np.dtype(layout))
    packed["fields"] = len(fields)
    for name, kind, values in fields:
        packed[f"{name}_length"] = np.dtype(kind).itemsize if kind else -1
        if kind:
            packed[name] = values
    return packed.tobytes()


def batch_root(rows: Rows, heads: Sequence[dict[str, Any]]) -> bytes:
    """Return the root over the rows of a batch: one leaf a line, in the order of the rows.

    Args:
        rows: Ordered.
        heads: For each line in that order what its numbers mean: series, subject, unit, decimals.

    Source: RFC 9162 §2.1.1; docs/adr/0255 (7). A leaf is SHA-256(0x00 ‖ canonical head ‖ LF ‖ its rows).
    """
    logged = np.zeros(len(rows), _LOGGED)
    for name in _LOGGED.names or ():
        logged[name] = rows[name]
    content, width = logged.tobytes(), _LOGGED.itemsize
    starts = line_starts(rows)
    ends = [*starts[1:].tolist(), len(rows)]
    return root_of(
        [
            sha256(b"\x00" + canonical(head) + b"\n" + content[start * width : end * width]).digest()
            for head, start, end in zip(heads, starts.tolist(), ends, strict=True)
        ]
    )
