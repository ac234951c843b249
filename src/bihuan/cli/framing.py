"""A frame, and how a file becomes one: its tables, its columns by name, its ids, its dates in one form.

Loaded only where a file is read. Cells become text, numbers and times by the same converters as in `bihuan import`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bihuan.console.output import fail, note
from bihuan.intake.mapping import Header, Mapping, preset
from bihuan.intake.values import DigitsLostError, identifier_of, number_of, text_of
from bihuan.readers import FileTable, open_tables
from bihuan.readers.dates import EXPECTED, Form, Zone, forms_of, parse_moment
from bihuan.readers.faults import FileError, RowFault
from bihuan.readers.table import plain_column_name

ROLES = {
    "id": "id",
    "title": "title",
    "body": "text",
    "time": "opened",
    "lon": "longitude",
    "lat": "latitude",
    "category": "category",
}
IDS = ("id", "message_id", "case_enquiry_id", "service_request_id", "case_id", "ticket_id", "number",
       "留言编号", "编号", "案件编号", "工单编号", "诉求编号")  # fmt: skip
TOLD = 5  # unreadable records told one by one


@dataclass
class Frame:
    """The records of one file, as columns.

    Args:
        file: For messages.
        ids: One per record, as in the file.
        lines: The 1-based line or row of each record.
        columns: Column name → one cell per record, as the format gave it.
        roles: Role (id, title, body, time, lon, lat, category) → column name, where there is one.
        mapping: The preset; None without.
        unreadable: Records the reader had to leave out; each was told on standard error.
        dates: The form of dates that the user named.
        told: Columns whose unreadable times have been told.
    """

    file: str
    ids: list[str]
    lines: list[int]
    columns: dict[str, list[Any]]
    roles: dict[str, str] = field(default_factory=dict)
    mapping: Mapping | None = None
    unreadable: int = 0
    dates: str | None = None
    told: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.ids)

    def name_of(self, column: str) -> str:
        """The file's own name of a column or role (width, case and spaces do not matter).

        Raises:
            Failure: there is no such column; names those there are.

        Source: docs/topics/files.md; docs/adr/0238.
        """
        if column in self.roles:  # `--time closed` beside a column that is called time: the user's word goes first
            return self.roles[column]
        if column in self.columns:
            return column
        found = Header(self.file, list(self.columns)).find(column)
        if found is None:
            fail(f"{self.file}: there is no column {column!r}", f"the columns are: {', '.join(self.columns)}")
        return found

    def strings(self, column: str) -> list[str]:
        """A column as text; empty cells are ''.

        Raises:
            Failure: a number in it was rounded on its way.

        Source: docs/topics/files.md; docs/adr/0238.
        """
        return _read(self, self.name_of(column), text_of)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column as float64; what is no number is NaN. Source: docs/topics/files.md; docs/adr/0238."""
        return np.array([_number(cell) for cell in self.columns[self.name_of(column)]], dtype=np.float64)

    def times(self, column: str = "time", zone: str | None = None) -> NDArray[np.datetime64]:
        """A column as datetime64[s] in UTC; what is no date is NaT, and how many those are is told on standard error.

        Args:
            column: Name or role.
            zone: IANA zone of local times; default: the preset's, else Asia/Shanghai.

        Raises:
            Failure: the dates can be read in two forms, and neither --dates nor a preset says which.

        Source: docs/topics/import.md, "Local times".
        """
        zoned = self.mapping.exact_zone if self.mapping and zone is None else Zone(ZoneInfo(zone or "Asia/Shanghai"))
        name = self.name_of(column)
        cells = self.columns[name]
        form = _form(self, name, cells, zoned)
        out = np.array([_moment(cell, form, zoned) for cell in cells], dtype="datetime64[s]")
        lost = np.flatnonzero(np.isnat(out))
        if len(lost) and name not in self.told:
            self.told.add(name)
            first = int(lost[0])
            note(
                f"{self.file}: {len(lost)} of {len(cells)} rows have no readable time in {name!r} and are left out; "
                f"the first is {str(cells[first])[:40]!r} in line {self.lines[first]} · "
                f"{len(lost)} 行时间无法识别，未计入"
            )
        return out

    def texts(self, column: str | None = None) -> list[str]:
        """What each record says: the named columns (comma-separated), else title and body, joined by a line break.

        Source: docs/topics/files.md; docs/adr/0238.
        """
        names = column.split(",") if column else [role for role in ("title", "body") if role in self.roles]
        if not names:
            fail(f"{self.file}: which column is the text?", f"name it with --text; columns: {', '.join(self.columns)}")
        parts = [self.strings(name.strip()) for name in names]
        return ["\n".join(p for p in row if p) for row in zip(*parts, strict=True)]


def read_framed(file: Path, preset_id: str | None, columns: dict[str, str | None], dates: str | None) -> Frame:
    """See `frames.read_frame`. Source: docs/topics/files.md; docs/adr/0238."""
    if dates is not None and dates not in EXPECTED:
        fail(f"--dates {dates!r} is no form of dates", "; ".join(f"{name}: {form}" for name, form in EXPECTED.items()))
    mapping = preset(preset_id) if preset_id else None
    frame = Frame(str(file), [], [], {}, mapping=mapping, dates=dates)
    failed: list[FileError] = []
    for table in open_tables(file, mapping.wanted[:1] if mapping else (), formulas="value", failed=failed):
        _add(frame, table)
    for error in failed:
        note(f"not read · 未读: {error.fault.sentence(error.file)}")
    if not frame.lines:
        lost = f"; {frame.unreadable} could not be read" if frame.unreadable else ""
        fail(
            f"{file}: there are no rows below the header{lost}",
            f"check that the export worked; the columns are: {', '.join(frame.columns)}",
        )
    if mapping:
        find = Header(frame.file, list(frame.columns)).find
        for role, target in ROLES.items():
            names = mapping.names(target)  # type: ignore[arg-type]  # ROLES holds targets
            if found := next((column for name in names if (column := find(name)) is not None), None):
                frame.roles[role] = found
    for role, named in columns.items():
        if named:
            frame.roles[role] = frame.name_of(named)
    if "id" not in frame.roles:
        _guess_id(frame)
    frame.ids = identifiers(frame, frame.roles["id"]) if "id" in frame.roles else _numbered(frame)
    return frame


def identifiers(frame: Frame, column: str) -> list[str]:
    """A column as ids: without the guards of spreadsheets and invisible characters.

    Raises:
        Failure: one of them was rounded on its way.

    Source: docs/topics/files.md; docs/adr/0238.
    """
    return _read(frame, column, identifier_of)


def _form(frame: Frame, name: str, cells: list[Any], zone: Zone) -> Form:
    """The one form of a column's dates: named with --dates, the preset's, else the only one that fits.

    Raises:
        Failure: two fit equally well: 3/4/2026 is two days.
    """
    if frame.dates:
        return frame.dates  # type: ignore[return-value]  # checked when the frame was read
    if frame.mapping:
        return frame.mapping.form("opened")
    found = forms_of(cells, zone)
    if len(found) > 1:
        fail(
            f"{frame.file}: the dates in {name!r} can be read as {' and as '.join(found)}: "
            "days and months cannot be told apart",
            f"say which with --dates, for example --dates {found[-1]}",
        )
    return found[0]


def _read(frame: Frame, column: str, convert: Any) -> list[str]:
    out: list[str] = []
    for cell, line in zip(frame.columns[column], frame.lines, strict=True):
        try:
            out.append(convert(cell))
        except DigitsLostError:
            raise FileError(frame.file, RowFault("digits_lost", line, column, str(cell))) from None
    return out


def _number(cell: Any) -> float:
    try:
        return number_of(cell)
    except (TypeError, ValueError):
        return float("nan")


def _moment(cell: Any, form: Form, zone: Zone) -> Any:
    found = parse_moment(cell, form, zone)
    return np.datetime64(found.replace(tzinfo=None), "s") if isinstance(found, datetime) else np.datetime64("NaT", "s")


def _numbered(frame: Frame) -> list[str]:
    return [str(i + 1) for i in range(len(frame.lines))]


def _guess_id(frame: Frame) -> None:
    """The first column called like an id whose cells are all there and all different.

    One that is called so and is not is told with the ids and lines; nothing is renamed in silence.
    """
    known = {plain_column_name(name): name for name in reversed(frame.columns)}
    told = []
    for name in (known[plain_column_name(n)] for n in IDS if plain_column_name(n) in known):
        cells = identifiers(frame, name)
        if all(cells) and len(set(cells)) == len(cells):
            frame.roles["id"] = name
            return
        told.append(f"{name!r}: {_repeated(frame, cells)}")
    if told:
        note(
            f"{frame.file}: no column holds distinct ids, so rows are called by their number. {'. '.join(told)}. "
            "Name another column if there is one · 编号有重复或缺失，改以行序号称呼"
        )


def _repeated(frame: Frame, cells: list[str]) -> str:
    """Which ids stand twice, or in which line one is missing."""
    first: dict[str, int] = {}
    twice = []
    for cell, line in zip(cells, frame.lines, strict=True):
        if not cell:
            return f"line {line} has none"
        if cell in first:
            twice.append(f"{cell} in lines {first[cell]} and {line}")
        first.setdefault(cell, line)
    return "; ".join(twice[:TOLD]) + (f" and {len(twice) - TOLD} more" if len(twice) > TOLD else "")


def _add(frame: Frame, table: FileTable) -> None:
    """Append a table's records; columns a table lacks are filled with None."""
    for name in table.columns:
        frame.columns.setdefault(name, [None] * len(frame.lines))
    for batch in table.batches():
        before = len(frame.lines)
        frame.lines += batch.lines
        for name, cells in batch.columns.items():
            frame.columns.setdefault(name, [None] * before).extend(cells)
        for cells in frame.columns.values():
            cells.extend([None] * (len(frame.lines) - len(cells)))
        _tell(frame, table.name, batch.faults)
    _tell(frame, table.name, table.damage)
    for remark in table.remarks:
        note(remark.sentence(table.name))


def _tell(frame: Frame, name: str, faults: Sequence[RowFault]) -> None:
    for fault in faults:
        frame.unreadable += 1
        if frame.unreadable <= TOLD:
            note(fault.sentence(name))
