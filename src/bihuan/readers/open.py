"""The one way in: a path becomes its tables, by content first and by suffix second."""

from collections.abc import Collection
from pathlib import Path

from bihuan.readers.delimited import open_delimited
from bihuan.readers.faults import FileError, file_error
from bihuan.readers.jsonlines import open_jsonlines
from bihuan.readers.sheets import Formulas, open_workbook
from bihuan.readers.source import FilePart, open_parts
from bihuan.readers.table import FileTable, Limits, TextForm, plain_column_name

TEXT = ("csv", "tsv", "txt")
JSON = ("jsonl", "ndjson", "json")


def open_tables(
    path: Path,
    wanted: Collection[str] = (),
    *,
    limits: Limits | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    comments: str = "",
    pad: bool = False,
    sheet: str | None = None,
    formulas: Formulas = "refuse",
    failed: list[FileError] | None = None,
) -> list[FileTable]:
    """Open every table in a file; a zip archive may hold several, a workbook one per sheet.

    Args:
        path: CSV, TSV, XLSX, JSON lines or Parquet, plain or inside .gz or .zip.
        wanted: Column names that must be there; they mark the header row when title lines stand above it.
        limits: Bounds on line, unpacked size and batch.
        encoding: Of text files; None to detect.
        separator: Of text files; None to detect.
        comments: Of text files and workbooks: rows whose first cell begins with it are passed over.
        pad: Of text files: rows with fewer cells than the header are filled up; else they are refused.
        sheet: Of a workbook; None for the one that has the wanted columns.
        formulas: `refuse` or `value`.
        failed: Gets the members of an archive that cannot be read beside others that can.

    Raises:
        FileError: nothing can be read; with what is wrong, where, the rule and the remedy.

    Source: docs/topics/import.md, "Import a file" (formats, members, sheets).
    """
    limits = limits or Limits()
    names = frozenset(plain_column_name(name) for name in wanted)
    form = TextForm(encoding, separator, comments, pad)
    tables: list[FileTable] = []
    errors: list[FileError] = []
    for part in open_parts(path, limits):
        try:
            kind = _kind(part)
            if kind == "xlsx":
                tables += open_workbook(part, names, limits, sheet, formulas, comments)
            elif kind == "parquet":
                from bihuan.readers.parquet import open_parquet  # half a second that only Parquet files need

                tables.append(open_parquet(part, limits))
            elif kind == "json":
                tables.append(open_jsonlines(part, limits, encoding))
            elif kind == "text":
                tables.append(open_delimited(part, names, limits, form))
            else:
                raise file_error(part.name, "format")
        except FileError as error:
            errors.append(error)
    if errors and (not tables or failed is None):
        raise errors[0]
    if failed is not None:
        failed += errors
    return tables


def _kind(part: FilePart) -> str | None:
    head = part.head(8)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # an encrypted workbook is an OLE container, as is old XLS
        return "xlsx" if part.suffix in ("xlsx", "xlsm") else None
    if part.suffix in JSON:
        return "json"
    if part.suffix in TEXT:
        return "text"
    return {"xlsx": "xlsx", "parquet": "parquet"}.get(part.suffix)
