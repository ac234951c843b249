"""A sheet as a Word document with headings, real lists and table heads; the same bytes each time.

python-docx stamps the parts with the time of writing, so the package is written anew with the letter's day.
Source: ISO/IEC 29500 (Office Open XML); docs/adr/0274-letters.md.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bihuan.documents.letters.pure.formats import long_day
from bihuan.documents.letters.pure.sheet import Sheet, SheetBlock

FONT = "Noto Sans SC"
_TAGS = {"zh": ("zh-CN", "zh-CN"), "en": ("en-GB", "zh-CN")}
_EARLIEST = 1980
"""The first year that a ZIP file can name."""


def render_docx(sheet: Sheet) -> bytes:
    """Return the letter as a Word document. Source: ISO/IEC 29500; docs/adr/0274-letters.md."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    document = Document()
    _prepare(document, sheet)
    colon = "：" if sheet.language == "zh" else ": "
    document.add_paragraph(sheet.authority).alignment = ALIGN.CENTER
    document.add_heading(_safe(sheet.title), level=1).alignment = ALIGN.CENTER
    document.add_paragraph(sheet.words("number") + colon + sheet.number).alignment = ALIGN.RIGHT
    document.add_paragraph(_safe(sheet.words("addressee") + colon + "\n".join(sheet.addressee)))
    for block in sheet.blocks:
        _add(document, block)
    end = [sheet.authority, sheet.words("officer") + colon + sheet.officer]
    end.append(long_day(sheet.dated.isoformat(), sheet.language))
    document.add_paragraph(_safe("\n".join(end))).alignment = ALIGN.RIGHT
    if sheet.code:
        document.add_paragraph(sheet.words("code") + colon + sheet.code)
    held = io.BytesIO()
    document.save(held)
    return _stamped(held.getvalue(), sheet.dated)


@dataclass(frozen=True)
class ReportSheet:
    """A report in one language: its title, what it is about, who made it, the day it speaks of, its blocks."""

    language: str
    title: str
    about: str
    authority: str
    dated: date
    blocks: tuple[SheetBlock, ...]
    number: str = ""


def render_report(report: ReportSheet) -> bytes:
    """Return a report as a Word document: headings, paragraphs and tables with heads.

    Source: ISO/IEC 29500; docs/topics/views.md, "As a document".
    """
    from docx import Document

    document = Document()
    _prepare(document, report)
    document.add_heading(_safe(report.title), level=1)
    day = long_day(report.dated.isoformat(), report.language)
    document.add_paragraph(_safe(f"{report.authority} · {day}"))
    document.add_paragraph(_safe(report.about))
    for block in report.blocks:
        _add(document, block)
    held = io.BytesIO()
    document.save(held)
    return _stamped(held.getvalue(), report.dated)


def _prepare(document: Any, sheet: Sheet | ReportSheet) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    latin, asian = _TAGS[sheet.language]
    for name in ("Normal", "Heading 1", "Heading 2", "List Bullet"):
        style = document.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for each in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(each), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), latin)
    language.set(qn("w:eastAsia"), asian)
    document.styles["Normal"].element.get_or_add_rPr().append(language)
    known = document.core_properties
    at = datetime(sheet.dated.year, sheet.dated.month, sheet.dated.day)  # noqa: DTZ001 - the format knows no zone
    known.title, known.author, known.language = _safe(f"{sheet.title} {sheet.number}"), sheet.authority, latin
    known.created = known.modified = at
    known.last_modified_by, known.revision, known.comments = sheet.authority, 1, ""


def _add(document: Any, block: SheetBlock) -> None:
    if block.kind == "heading":
        document.add_heading(_safe(block.text), level=2)
    elif block.kind == "table":
        _add_table(document, block)
    else:
        document.add_paragraph(_safe(block.text), style="List Bullet" if block.kind == "item" else None)


def _add_table(document: Any, block: SheetBlock) -> None:
    from docx.oxml import OxmlElement

    document.add_paragraph(_safe(block.caption), style="Caption")
    table = document.add_table(rows=1, cols=len(block.heads), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, block.heads, strict=True):
        cell.text = head
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # repeated on each page, read as heads
    for row in block.rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _safe(value)


def _safe(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "￾￿"))


def _stamped(content: bytes, day: date) -> bytes:
    """The same package, every part dated with the letter's day, in the same order."""
    out = io.BytesIO()
    at = (max(day.year, _EARLIEST), day.month, day.day, 0, 0, 0)
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = zipfile.ZipInfo(name, at)
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            after.writestr(part, before.read(name))
    return out.getvalue()
