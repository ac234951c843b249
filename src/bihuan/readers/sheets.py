"""XLSX through calamine. The format forces a whole sheet into memory; formulas are found and refused.

A cell's stored result may be stale, or absent when a program wrote the file. calamine shows only that result, and
shows errors such as #N/A as empty, so the sheet's XML is searched for both first. The mapping may accept stored
results with `formulas: value`.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO, Literal
from xml.etree.ElementTree import Element, ParseError

import python_calamine as calamine
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bihuan.readers.faults import RowFault, file_error
from bihuan.readers.source import FilePart
from bihuan.readers.table import (
    HEADER_WITHIN,
    Batch,
    Cell,
    FileTable,
    Limits,
    header_names,
    header_row,
    plain_column_name,
    to_columns,
)

Formulas = Literal["refuse", "value"]
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ZEROS = re.compile(r'"?(0{2,})"?(?:;.*)?')
PADDED = "0:"  # a mark that begins so tells how many digits the cell shows
_HIDDEN = re.compile(rb"<(?:\w+:)?(row|col)\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"']*)")
MOST_COLUMNS = 16_384  # of a sheet; ECMA-376
_CELL = re.compile(r"([A-Z]{1,3})(\d+)")


def open_workbook(
    part: FilePart, wanted: frozenset[str], limits: Limits, sheet: str | None, formulas: Formulas, comments: str = ""
) -> list[FileTable]:
    """Open the sheets of a workbook: the one named, else every visible one that has the columns.

    Args:
        part: The file.
        wanted: Plain column names that mark the header row (and, without `sheet`, the right sheets).
        limits: Bounds.
        sheet: The sheet's name; None for all whose top rows hold the wanted columns (without wanted ones: those of the
            first sheet). What is left out is told in the first table's `remarks`.
        formulas: `refuse` rows with a formula, or take the stored `value`.
        comments: Rows whose first cell begins with it are passed over; '' for none.

    Raises:
        FileError: not a workbook, protected, too big, no such sheet, nothing in it.

    Source: ISO/IEC 29500 (SpreadsheetML); docs/topics/import.md.
    """
    stream, damage = part.spooled()
    try:
        _bounded(stream, part.name, limits)
        book = calamine.CalamineWorkbook.from_filelike(stream)
        chosen, remarks = _sheets(book, part.name, sheet, wanted, comments)
    except calamine.PasswordError as error:
        raise file_error(part.name, "encrypted") from error
    except (calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        detail = damage[0] if damage else str(error)
        raise file_error(part.name, "corrupt", detail=detail.strip()) from error
    if not any(rows for _, rows, _ in chosen):
        raise file_error(f"{part.name}!{chosen[0][0] if chosen else '-'}", "empty")
    tables = [_table(stream, part.name, name, rows, merged, wanted, limits, formulas) for name, rows, merged in chosen]
    tables[0].remarks[:0] = remarks
    return tables


Rows = list[list[Cell]]
Merged = list[tuple[tuple[int, int], tuple[int, int]]]


def _table(
    stream: BinaryIO, file: str, name: str, rows: Rows, merged: Merged, wanted: frozenset[str], limits: Limits,
    formulas: Formulas,
) -> FileTable:  # fmt: skip
    label = f"{file}!{name}"
    at = header_row(rows[:HEADER_WITHIN], wanted)
    names = header_names(label, at + 1, rows[at])
    found = _marks(stream, label, name, formulas)
    filled = _fill(rows, merged, at)
    done = [0]
    table = FileTable(label, names, lambda: _counted(_batches(rows, at, names, found, limits), done), line=at + 1)
    table.share = lambda: done[0] / len(rows)
    if filled:
        table.remarks.append(RowFault("merged_filled", 0, params={"count": filled}))
    table.remarks += _hidden(stream, label, name, rows, at, names)
    return table


def _hidden(stream: BinaryIO, label: str, sheet: str, rows: Rows, header: int, names: list[str]) -> Iterator[RowFault]:
    """Remarks on hidden rows and columns that hold something: they are read, for a filter takes nothing out."""
    hidden_rows, hidden_columns = _set_hidden(stream, label, sheet)
    held = [n for n in hidden_rows if header < n < len(rows) and any(c not in ("", None) for c in rows[n])]
    if held:
        yield RowFault("rows_hidden", 0, params={"count": len(held)})
    columns = [names[n] for n in sorted(hidden_columns) if n < len(names) and names[n]]
    if columns:
        yield RowFault("columns_hidden", 0, params={"columns": ", ".join(columns)})


def _set_hidden(stream: BinaryIO, label: str, sheet: str) -> tuple[set[int], set[int]]:
    """Rows and columns (from 0) that the sheet's XML hides; also those that a filter hides."""
    stream.seek(0)
    rows: set[int] = set()
    columns: set[int] = set()
    try:
        with zipfile.ZipFile(stream) as archive, archive.open(_path_of(archive, sheet)) as xml:
            for chunk in _whole_tags(xml):
                if b"hidden=" not in chunk:
                    continue
                for kind, attributes in _HIDDEN.findall(chunk):
                    said = dict(_ATTRIBUTE.findall(attributes))
                    if said.get(b"hidden") not in (b"1", b"true"):
                        continue
                    if kind == b"row" and b"r" in said:
                        rows.add(int(said[b"r"]) - 1)
                    elif kind == b"col":
                        first, last = int(said[b"min"]), min(int(said[b"max"]), MOST_COLUMNS)
                        columns.update(range(first - 1, last))
    except (ParseError, DefusedXmlException, KeyError, ValueError) as error:
        raise file_error(label, "corrupt", detail=f"sheet XML: {error}") from error
    return rows, columns


def _whole_tags(stream: IO[bytes]) -> Iterator[bytes]:
    """Chunks that end before a tag begins, so that none is cut in two."""
    rest = b""
    while chunk := stream.read(1 << 20):
        chunk = rest + chunk
        end = chunk.rfind(b"<")
        rest = chunk[end:] if end >= 0 else chunk
        yield chunk[:end] if end >= 0 else b""
    yield rest


def _fill(rows: Rows, merged: Merged, header: int) -> int:
    """Give every cell of a merged range below the header the range's value; returns how many ranges there were."""
    count = 0
    for (top, left), (bottom, right) in merged:
        if top <= header or top >= len(rows):
            continue
        value = rows[top][left] if left < len(rows[top]) else ""
        count += 1
        for row in rows[top : bottom + 1]:
            row += [""] * (right + 1 - len(row))
            row[left : right + 1] = [value] * (right + 1 - left)
    return count


def _bounded(stream: BinaryIO, name: str, limits: Limits) -> None:
    with zipfile.ZipFile(stream) as archive:
        if sum(i.file_size for i in archive.infolist()) > limits.unpacked:
            raise file_error(name, "bomb", limit=f"{limits.unpacked >> 20} MB")
    stream.seek(0)


def _sheets(
    book: calamine.CalamineWorkbook, file: str, sheet: str | None, wanted: frozenset[str], comments: str
) -> tuple[list[tuple[str, Rows, Merged]], list[RowFault]]:
    """The sheets to read with their rows and merged ranges, and remarks about every other one that holds something."""
    if sheet is not None and sheet not in book.sheet_names:
        raise file_error(file, "sheet", sheet=sheet, found=", ".join(book.sheet_names))
    hidden = {meta.name for meta in book.sheets_metadata if meta.visible != calamine.SheetVisibleEnum.Visible}
    drawn = {meta.name for meta in book.sheets_metadata if meta.typ != calamine.SheetTypeEnum.WorkSheet}
    read: list[tuple[str, Rows, Merged]] = []
    other: list[tuple[str, Rows, Merged]] = []
    remarks: list[RowFault] = []
    columns: set[str] = set()
    for name in [sheet] if sheet is not None else book.sheet_names:
        if name in drawn:
            continue
        page = book.get_sheet_by_name(name)
        rows = _without_comments(page.to_python(skip_empty_area=False), comments)
        found = (name, rows, list(page.merged_cell_ranges or []))
        names = (
            {plain_column_name(cell) for cell in rows[header_row(rows[:HEADER_WITHIN], wanted)]} - {""}
            if rows
            else set()
        )
        if sheet is None and name in hidden:
            remarks += [RowFault("sheet_hidden", 0, value=name)] if rows else []
        elif rows and (wanted <= names if wanted else not read or names == columns):
            columns = names
            read.append(found)
        elif rows or sheet is not None:
            other.append(found)
    if not read:
        return other[:1], [*remarks, *(RowFault("sheet_other", 0, value=name) for name, _, _ in other[1:])]
    return read, [*remarks, *(RowFault("sheet_other", 0, value=name) for name, _, _ in other)]


def _without_comments(rows: Rows, mark: str) -> Rows:
    """Return the rows, those that are comments emptied, so that the others keep their numbers."""
    return [[""] if mark and str(row[0] if row else "").startswith(mark) else row for row in rows]


def _counted(batches: Iterator[Batch], done: list[int]) -> Iterator[Batch]:
    for batch in batches:
        done[0] = max([done[0], *batch.lines])
        yield batch


Marks = dict[int, dict[int, str]]  # row → column (both from 0) → "formula", digits shown, or the error shown


def _marks(stream: BinaryIO, label: str, sheet: str, formulas: Formulas) -> Marks:
    """Cells that calamine would hide: formulas (unless their values are taken) and errors, which it shows as empty."""
    stream.seek(0)
    found: Marks = {}
    try:
        with zipfile.ZipFile(stream) as archive:
            path, padded = _path_of(archive, sheet), _padded(archive)
            with archive.open(path) as xml:
                marks = (b"<f>", b"<f ", b't="e"')
                if not padded and not any(mark in chunk for chunk in _overlapping(xml) for mark in marks):
                    return found
            with archive.open(path) as xml:
                for _, element in ElementTree.iterparse(xml, events=("end",)):
                    if element.tag == f"{_MAIN}c":
                        _mark(element, formulas, found, padded)
                    elif element.tag == f"{_MAIN}row":
                        element.clear()
    except (ParseError, DefusedXmlException, KeyError) as error:
        raise file_error(label, "corrupt", detail=f"sheet XML: {error}") from error
    return found


def _padded(archive: zipfile.ZipFile) -> dict[str, int]:
    """Cell style → digits shown, of number formats that write leading zeros (`000000`): such numbers are codes."""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return {}
    codes = {f.get("numFmtId"): _ZEROS.fullmatch(f.get("formatCode", "")) for f in styles.iter(f"{_MAIN}numFmt")}
    used = styles.find(f"{_MAIN}cellXfs")
    formats = enumerate(() if used is None else used)
    return {str(i): len(code[1]) for i, xf in formats if (code := codes.get(xf.get("numFmtId"))) is not None}


def _mark(cell: Element, formulas: Formulas, found: Marks, padded: dict[str, int]) -> None:
    place = _CELL.fullmatch(cell.get("r", ""))
    what = ""
    if cell.get("s") in padded and cell.get("t", "n") == "n" and cell.find(f"{_MAIN}v") is not None:
        what = f"{PADDED}{padded[str(cell.get('s'))]}"
    if cell.get("t") == "e":
        what = cell.findtext(f"{_MAIN}v") or "#ERROR"
    if formulas == "refuse" and cell.find(f"{_MAIN}f") is not None:
        what = "formula"
    if place and what:
        found.setdefault(int(place[2]) - 1, {})[_column(place[1])] = what


def _overlapping(stream: IO[bytes]) -> Iterator[bytes]:
    """Chunks that overlap a little, so that no mark is cut in two."""
    tail = b""
    while chunk := stream.read(1 << 20):
        yield tail + chunk
        tail = chunk[-8:]


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    key = next(s.get(_RELATION) for s in book.iter(f"{_MAIN}sheet") if s.get("name") == sheet)
    for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        if relation.get("Id") == key:
            target = str(relation.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(f"sheet {sheet} has no part")


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _batches(rows: list[list[Cell]], at: int, names: list[str], marks: Marks, limits: Limits) -> Iterator[Batch]:
    width = len(names)
    numbers: list[int] = []
    kept: list[list[Cell]] = []
    faults: list[RowFault] = []
    for index in range(at + 1, len(rows)):
        cells = rows[index][:width]
        cells += [None] * (width - len(cells))
        marked = {column: what for column, what in marks.get(index, {}).items() if column < width}
        beyond = next(((c, v) for c, v in enumerate(rows[index][width:], width) if v not in ("", None)), None)
        if not marked and beyond is None and not any(c not in ("", None) for c in cells):
            continue
        for column in [c for c, what in marked.items() if what.startswith(PADDED)]:
            cells[column] = _written(cells[column], int(marked.pop(column)[len(PADDED) :]))
        fault = _fault(index + 1, cells, marked, names)
        if fault is None and beyond is not None:
            fault = RowFault("beyond_header", index + 1, _letters(beyond[0]), str(beyond[1])[:80])
        if fault:
            faults.append(fault)
        else:
            numbers.append(index + 1)
            kept.append([_cell(c) for c in cells])
        if len(numbers) + len(faults) >= limits.batch:
            yield Batch(numbers, to_columns(names, kept), faults)
            numbers, kept, faults = [], [], []
    if numbers or faults:
        yield Batch(numbers, to_columns(names, kept), faults)


def _fault(line: int, cells: list[Cell], marked: dict[int, str], names: list[str]) -> RowFault | None:
    if marked:
        at = min(marked)
        if marked[at] == "formula":
            return RowFault("formula", line, names[at], str(cells[at] or ""))
        return RowFault("cell_error", line, names[at], marked[at])
    for name, cell in zip(names, cells, strict=True):
        if isinstance(cell, str) and "\0" in cell:
            return RowFault("nul", line, name)
    return None


def _written(cell: Cell, digits: int) -> Cell:
    """Return a number as its format shows it: 123 under `000000` is 000123."""
    whole = isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer() and cell >= 0
    return f"{int(cell):0{digits}d}" if whole and abs(cell) < 1 << 53 else cell


def _letters(column: int) -> str:
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def _cell(cell: Cell) -> Cell:
    """Whole numbers come as floats: 188006.0 is the number 188006."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    return None if cell == "" else cell
