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

from bihuan.intake.faults import Fault, file_error
from bihuan.intake.readers.source import Part
from bihuan.intake.readers.table import (
    HEADER_WITHIN,
    Batch,
    Cell,
    Limits,
    Table,
    header_names,
    header_row,
    plain,
    to_columns,
)

Formulas = Literal["refuse", "value"]
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]{1,3})(\d+)")


def open_workbook(part: Part, wanted: frozenset[str], limits: Limits, sheet: str | None, formulas: Formulas) -> Table:
    """Open one sheet of a workbook.

    Args:
        part: The file.
        wanted: Plain column names that mark the header row (and, without `sheet`, the right sheet).
        limits: Bounds.
        sheet: The sheet's name; None for the first whose top rows hold the wanted columns, else the first.
        formulas: `refuse` rows with a formula, or take the stored `value`.

    Raises:
        FileError: not a workbook, protected, too big, no such sheet.
    """
    stream, damage = part.spooled()
    try:
        _bounded(stream, part.name, limits)
        book = calamine.CalamineWorkbook.from_filelike(stream)
        name, rows = _sheet(book, part.name, sheet, wanted)
    except calamine.PasswordError as error:
        raise file_error(part.name, "encrypted") from error
    except (calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        detail = damage[0] if damage else str(error)
        raise file_error(part.name, "corrupt", detail=detail.strip()) from error
    label = f"{part.name}!{name}"
    if not rows:
        raise file_error(label, "empty")
    at = header_row(rows[:HEADER_WITHIN], wanted)
    names = header_names(label, at + 1, rows[at])
    found = _marks(stream, label, name, formulas)
    done = [0]
    table = Table(label, names, lambda: _counted(_batches(rows, at, names, found, limits), done))
    table.share = lambda: done[0] / len(rows)
    return table


def _bounded(stream: BinaryIO, name: str, limits: Limits) -> None:
    with zipfile.ZipFile(stream) as archive:
        if sum(i.file_size for i in archive.infolist()) > limits.unpacked:
            raise file_error(name, "bomb", limit=f"{limits.unpacked >> 20} MB")
    stream.seek(0)


def _sheet(
    book: calamine.CalamineWorkbook, file: str, sheet: str | None, wanted: frozenset[str]
) -> tuple[str, list[list[Cell]]]:
    names = book.sheet_names
    if sheet is not None and sheet not in names:
        raise file_error(file, "sheet", sheet=sheet, found=", ".join(names))
    first: tuple[str, list[list[Cell]]] | None = None
    for name in [sheet] if sheet is not None else names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        at = header_row(rows[:HEADER_WITHIN], wanted) if rows else 0
        if rows and wanted <= {plain(cell) for cell in rows[at]}:
            return name, rows
        first = first or (name, rows)
    return first or (names[0] if names else "", [])


def _counted(batches: Iterator[Batch], done: list[int]) -> Iterator[Batch]:
    for batch in batches:
        done[0] = max([done[0], *batch.lines])
        yield batch


Marks = dict[int, dict[int, str]]  # row → column (both from 0) → "formula", or the error shown


def _marks(stream: BinaryIO, label: str, sheet: str, formulas: Formulas) -> Marks:
    """Cells that calamine would hide: formulas (unless their values are taken) and errors, which it shows as empty."""
    stream.seek(0)
    found: Marks = {}
    try:
        with zipfile.ZipFile(stream) as archive:
            path = _path_of(archive, sheet)
            with archive.open(path) as xml:
                if not any(mark in chunk for chunk in _overlapping(xml) for mark in (b"<f>", b"<f ", b't="e"')):
                    return found
            with archive.open(path) as xml:
                for _, element in ElementTree.iterparse(xml, events=("end",)):
                    if element.tag == f"{_MAIN}c":
                        _mark(element, formulas, found)
                    elif element.tag == f"{_MAIN}row":
                        element.clear()
    except (ParseError, DefusedXmlException, KeyError) as error:
        raise file_error(label, "corrupt", detail=f"sheet XML: {error}") from error
    return found


def _mark(cell: Element, formulas: Formulas, found: Marks) -> None:
    place = _CELL.fullmatch(cell.get("r", ""))
    what = ""
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
    faults: list[Fault] = []
    for index in range(at + 1, len(rows)):
        cells = rows[index][:width]
        cells += [None] * (width - len(cells))
        marked = {column: what for column, what in marks.get(index, {}).items() if column < width}
        if not marked and not any(c not in ("", None) for c in cells):
            continue
        fault = _fault(index + 1, cells, marked, names)
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


def _fault(line: int, cells: list[Cell], marked: dict[int, str], names: list[str]) -> Fault | None:
    if marked:
        at = min(marked)
        if marked[at] == "formula":
            return Fault("formula", line, names[at], str(cells[at] or ""))
        return Fault("cell_error", line, names[at], marked[at])
    for name, cell in zip(names, cells, strict=True):
        if isinstance(cell, str) and "\0" in cell:
            return Fault("nul", line, name)
    return None


def _cell(cell: Cell) -> Cell:
    """Whole numbers come as floats: 188006.0 is the number 188006."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    return None if cell == "" else cell
