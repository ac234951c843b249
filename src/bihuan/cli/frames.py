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
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli.output import fail

if TYPE_CHECKING:  # loaded where a file is read: `bihuan … --help` loads none of them
    import numpy as np
    from numpy.typing import NDArray

    from bihuan.intake.mapping import Mapping

PresetOption = Annotated[str | None, typer.Option("--preset", help="Columns by preset 列预设: messages-zh, boston, …")]
DatesOption = Annotated[
    str | None, typer.Option("--dates", help="Form of the dates: iso, ymd, mdy, dmy; default: found 日期格式")
]
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
        """
        if column in self.roles:  # `--time closed` beside a column that is called time: the user's word goes first
            return self.roles[column]
        if column in self.columns:
            return column
        from bihuan.cli import framing

        return framing.name_of(self, column)

    def strings(self, column: str) -> list[str]:
        """A column as text; empty cells are ''."""
        from bihuan.cli import framing

        return framing.strings(self, column)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column as float64; what is no number is NaN."""
        from bihuan.cli import framing

        return framing.numbers(self, column)

    def times(self, column: str = "time", zone: str | None = None) -> NDArray[np.datetime64]:
        """A column as datetime64[s] in UTC; what is no date is NaT, and how many those are is told on standard error.

        Args:
            column: Name or role.
            zone: IANA zone of local times; default: the preset's, else Asia/Shanghai.

        Raises:
            Failure: the dates can be read in two forms, and neither --dates nor a preset says which.
        """
        from bihuan.cli import framing

        return framing.times(self, column, zone)

    def texts(self, column: str | None = None) -> list[str]:
        """What each record says: the named columns (comma-separated), else title and body, joined by a line break."""
        names = column.split(",") if column else [role for role in ("title", "body") if role in self.roles]
        if not names:
            fail(f"{self.file}: which column is the text?", f"name it with --text; columns: {', '.join(self.columns)}")
        parts = [self.strings(name.strip()) for name in names]
        return ["\n".join(p for p in row if p) for row in zip(*parts, strict=True)]


def read_frame(file: Path, preset_id: str | None = None, *, dates: str | None = None, **columns: str | None) -> Frame:
    """Read a whole file.

    Args:
        file: The path.
        preset_id: An import preset that says which column is the id, title, body, time, lon, lat, category.
        dates: The form of its dates, when the user names one.
        columns: Role → column name where the user names one; None for the preset's.

    Raises:
        Failure, FileError: the file cannot be read or a named column is missing, with the remedy.
    """
    from bihuan.cli import framing

    return framing.read(file, preset_id, columns, dates)


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
