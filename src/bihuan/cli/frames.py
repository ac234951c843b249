"""Input and output of the commands that need neither server nor database: a file in, a file out.

Files may be CSV (also .gz), XLSX, JSON lines or Parquet. A preset of `bihuan import` says which column plays which
role; an option names another. Ids come back as they stood in the file: of the column named, else of one that is called
like an id and holds distinct values; without any the 1-based record is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.output import fail

if TYPE_CHECKING:  # loaded where a file is read: `bihuan … --help` loads none of them
    from bihuan.cli.framing import Frame

PresetOption = Annotated[str | None, typer.Option("--preset", help="Columns by preset 列预设: messages-zh, boston, …")]
DatesOption = Annotated[
    str | None, typer.Option("--dates", help="Form of the dates: iso, ymd, mdy, dmy; default: found 日期格式")
]
OutOption = Annotated[Path, typer.Option("--out", help="File to write 输出文件")]


def read_frame(file: Path, preset_id: str | None = None, *, dates: str | None = None, **columns: str | None) -> Frame:
    """Read a whole file.

    Args:
        file: The path.
        preset_id: An import preset that says which column is the id, title, body, time, lon, lat, category.
        dates: The form of its dates, when the user names one.
        columns: Role → column name where the user names one; None for the preset's.

    Raises:
        Failure, FileError: the file cannot be read or a named column is missing, with the remedy.

    Source: docs/topics/files.md.
    """
    from bihuan.cli import framing

    return framing.read_framed(file, preset_id, columns, dates)


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file whole or not at all (UTF-8, one header line); returns the number of rows.

    Source: docs/adr/0238 (text that begins like a formula gets an apostrophe).
    """
    from bihuan.readers.writing import CsvWriter, replace_file

    try:
        with replace_file(out) as stream:
            writer = CsvWriter(stream, header)
            for row in rows:
                writer.write(row)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", "name a file in a folder that exists and may be written")
    return writer.rows
