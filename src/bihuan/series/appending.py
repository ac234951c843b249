"""Derived values on their way into the store: only what differs from what holds, each after what it replaces.

Source: docs/adr/0257.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bihuan.series.deriving import Made
from bihuan.series.instants import instant_of, micros
from bihuan.series.store.reading import holding_rows
from bihuan.series.store.rows import NONE, Rows, empty_rows
from bihuan.series.store.writing import Writer, append_rows


def append_changed(writer: Writer, found: Mapping[str, tuple[int, Sequence[Made]]]) -> None:
    """Append the derived values that differ from those that hold.

    Args:
        writer: Of the derived series. found: Subject → its line and values.

    Source: docs/adr/0257 (a derived value is stored, with its inputs' count and newest vintage).
    """
    values = [each for _, (_, several) in found.items() for each in several]
    if not values:
        return
    first, last = min(each.at for each in values), max(each.at for each in values)
    held = holding_rows([number for number, _ in found.values()], instant_of(first), instant_of(last + 1)).rows
    before = {(row[0], row[1]): row for row in held.tolist()}
    subjects = sorted(found)
    changed: list[tuple[int, Made, int]] = []
    for index, subject in enumerate(subjects):
        number, several = found[subject]
        for each in several:
            old = before.get((number, each.at))
            if old is None or old[3:] != (_kept(each), ord(each.flag), each.inputs, each.version):
                changed.append(
                    (index, each, micros(writer.now) if old is None else max(micros(writer.now), old[2] + 1))
                )
    append_rows(writer, _rows(changed), subjects, tacit=False)


def _rows(changed: Sequence[tuple[int, Made, int]]) -> Rows:
    rows = empty_rows(len(changed))
    for row, (index, each, arrived) in zip(rows, changed, strict=True):
        row["line"], row["at"], row["arrived"], row["value"] = index, each.at, arrived, _kept(each)
        row["flag"], row["inputs"], row["version"] = ord(each.flag), each.inputs, each.version
    return rows


def _kept(made: Made) -> int:
    return int(NONE) if made.value is None else made.value
