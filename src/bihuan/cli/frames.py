"""Input and output of the commands that need neither server nor database: a file in, a file out.

Files may be CSV (also .gz), XLSX, JSON lines or Parquet. A preset of `bihuan import` says which column plays which
role; an option names another. Ids come back as they stood in the file: of the column named, else of one that is called
like an id and holds distinct values; without any the 1-based record is one.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bihuan.cli.output import fail, note

if TYPE_CHECKING:  # loaded where a file is read: `bihuan … --help` loads none of them
    import numpy as np
    from numpy.typing import NDArray

    from bihuan.intake.dates import Zone
    from bihuan.intake.mapping import Mapping

PresetOption = Annotated[str | None, typer.Option("--preset", help="Columns by preset 列预设: messages-zh, boston, …")]
OutOption = Annotated[Path, typer.Option("--out", help="File to write 输出文件")]
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
FORMS = ("iso", "ymd", "mdy")
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
    """

    file: str
    ids: list[str]
    lines: list[int]
    columns: dict[str, list[Any]]
    roles: dict[str, str] = field(default_factory=dict)
    mapping: Mapping | None = None
    unreadable: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    def name_of(self, column: str) -> str:
        """The file's own name of a column or role (width, case and spaces do not matter).

        Raises:
            Failure: there is no such column; names those there are.
        """
        from bihuan.intake.readers.table import plain

        if column in self.roles:  # `--time closed` beside a column that is called time: the user's word goes first
            return self.roles[column]
        if column in self.columns:
            return column
        known = {plain(name): name for name in self.columns}
        if plain(column) not in known:
            fail(f"{self.file}: there is no column {column!r}", f"the columns are: {', '.join(self.columns)}")
        return known[plain(column)]

    def strings(self, column: str) -> list[str]:
        """A column as text; empty cells are ''."""
        return [_text(cell) for cell in self.columns[self.name_of(column)]]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column as float64; what is no number is NaN."""
        import numpy as np

        return np.array([_number(cell) for cell in self.columns[self.name_of(column)]], dtype=np.float64)

    def times(self, column: str = "time", zone: str | None = None) -> NDArray[np.datetime64]:
        """A column as datetime64[s] in UTC; what is no date is NaT. Local times are in `zone`, else the preset's."""
        import numpy as np

        from bihuan.intake.dates import Zone

        zoned = self.mapping.exact_zone if self.mapping and zone is None else Zone(ZoneInfo(zone or "Asia/Shanghai"))
        forms = (self.mapping.form("opened"),) if self.mapping else FORMS
        cells = self.columns[self.name_of(column)]
        return np.array([_moment(cell, forms, zoned) for cell in cells], dtype="datetime64[s]")

    def texts(self, column: str | None = None) -> list[str]:
        """What each record says: the named columns (comma-separated), else title and body, joined by a line break."""
        names = column.split(",") if column else [role for role in ("title", "body") if role in self.roles]
        if not names:
            fail(f"{self.file}: which column is the text?", f"name it with --text; columns: {', '.join(self.columns)}")
        parts = [self.strings(name.strip()) for name in names]
        return ["\n".join(p for p in row if p) for row in zip(*parts, strict=True)]


def read_frame(file: Path, preset_id: str | None = None, **columns: str | None) -> Frame:
    """Read a whole file.

    Args:
        file: The path.
        preset_id: An import preset that says which column is the id, title, body, time, lon, lat, category.
        columns: Role → column name where the user names one; None for the preset's.

    Raises:
        Failure: the file cannot be read or a named column is missing, with the remedy.
    """
    from bihuan.intake.mapping import preset
    from bihuan.intake.readers import open_tables
    from bihuan.intake.readers.table import plain

    mapping = preset(preset_id) if preset_id else None
    frame = Frame(str(file), [], [], {}, mapping=mapping)
    for table in open_tables(file, mapping.wanted[:1] if mapping else (), formulas="value"):
        _add(frame, table)
    if mapping:
        known = {plain(name): name for name in frame.columns}
        for role, target in ROLES.items():
            found = next((known[plain(n)] for n in mapping.names(target) if plain(n) in known), None)  # type: ignore[arg-type]  # ROLES holds targets
            if found:
                frame.roles[role] = found
    for role, column in columns.items():
        if column:
            frame.roles[role] = frame.name_of(column)
    if "id" not in frame.roles:
        _guess_id(frame)
    frame.ids = frame.strings("id") if "id" in frame.roles else [str(i + 1) for i in range(len(frame.lines))]
    return frame


def _guess_id(frame: Frame) -> None:
    """The first column called like an id whose cells are all there and all different."""
    from bihuan.intake.readers.table import plain

    known = {plain(name): name for name in frame.columns}
    for name in (known[plain(n)] for n in IDS if plain(n) in known):
        cells = frame.strings(name)
        if all(cells) and len(set(cells)) == len(cells):
            frame.roles["id"] = name
            return


def _add(frame: Frame, table: Any) -> None:
    """Append a table's records; columns a table lacks are filled with None."""
    for batch in table.batches():
        before = len(frame.lines)
        frame.lines += batch.lines
        for name, cells in batch.columns.items():
            frame.columns.setdefault(name, [None] * before).extend(cells)
        for cells in frame.columns.values():
            cells.extend([None] * (len(frame.lines) - len(cells)))
        _tell(frame, table.name, batch.faults)
    _tell(frame, table.name, table.damage)


def _tell(frame: Frame, name: str, faults: Sequence[Any]) -> None:
    for fault in faults:
        frame.unreadable += 1
        if frame.unreadable <= TOLD:
            note(fault.sentence(name))


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file whole or not at all (UTF-8, one header line); returns the number of rows."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(header)
            for row in rows:
                writer.writerow(row)
                count += 1
        part.replace(out)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", "name a file in a folder that exists and may be written")
    finally:
        part.unlink(missing_ok=True)
    return count


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _moment(cell: Any, forms: Sequence[str], zone: Zone) -> Any:
    import numpy as np

    from bihuan.intake.dates import parse

    for form in forms:
        found = parse(cell, form, zone)  # type: ignore[arg-type]  # FORMS and mapping forms are the declared ones
        if isinstance(found, datetime):
            return np.datetime64(found.replace(tzinfo=None), "s")
    return np.datetime64("NaT", "s")
