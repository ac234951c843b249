"""A sheet as PDF: tagged (PDF/UA-1), with its language, title and an embedded Chinese font; the same bytes each time.

Typst lays out a layout of ours (`letter.typ`) that reads the sheet as data, so no word of a letter is ever code.
Source: ISO 14289-1 (PDF/UA-1); docs/adr/0275-letter-files.md.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bihuan.documents.letters.pure.formats import long_day
from bihuan.documents.letters.pure.sheet import Sheet, SheetBlock
from bihuan.faults import Fault

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
FONTS_IN_ORDER = ("Noto Sans SC", "Libertinus Serif", "DejaVu Sans Mono")
"""The Chinese font first; letters it lacks come from those that the compiler brings along."""
STANDARD = "ua-1"
_TAGS = {"zh": ("zh", "CN"), "en": ("en", "GB")}
_LACKING = re.compile(r"the text `\"(.*?)\"` could not be displayed")
_lock = threading.Lock()


class FontMissing(Fault):
    """The font that letters embed is not installed."""

    remedy = "run `make frontend`: it copies Noto Sans SC from its package (docs/adr/0275-letter-files.md)"


class CharacterMissing(Fault):
    """A character of the letter is in none of the fonts: it would be printed as a box."""

    remedy = "write it otherwise (a name: as the person's papers have it in common characters), or send it by hand"


def render_pdf(sheet: Sheet) -> bytes:
    """Return the letter as PDF.

    Raises:
        FontMissing: the font is not installed.
        CharacterMissing: no font has a character of it.

    Source: ISO 14289-1 (PDF/UA-1); docs/adr/0275-letter-files.md.
    """
    compiler = _compiler()
    data = json.dumps(_data(sheet), ensure_ascii=False)
    with _lock:  # one layout at a time in a process; the cache of the compiler is shared
        try:
            found: bytes = compiler.compile(format="pdf", pdf_standards=STANDARD, sys_inputs={"sheet": data})
        except RuntimeError as error:
            lacking = _LACKING.search(str(error))
            if lacking is None:
                raise
            raise CharacterMissing(
                f"字库中没有“{lacking[1]}”中的字符 · no font has a character of {lacking[1]!r}"
            ) from None
    return found


def font_files() -> list[Path]:
    """Return the installed files of the font, empty when there are none."""
    return sorted(FONTS.glob("NotoSansSC_*.ttf"))


@cache
def _compiler() -> Any:
    import typst

    if not font_files():
        raise FontMissing(f"没有字体：{FONTS} · the font {FONTS_IN_ORDER[0]} is not in {FONTS}")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
    return typst.Compiler(str(HERE / "letter.typ"), root=str(HERE), font_paths=fonts, ignore_system_fonts=True)


def _data(sheet: Sheet) -> dict[str, Any]:
    language, region = _TAGS[sheet.language]
    colon = "：" if sheet.language == "zh" else ": "
    end = (sheet.authority, sheet.words("officer") + colon + sheet.officer)
    return {
        "lang": language, "region": region, "font": FONTS_IN_ORDER, "title": sheet.title, "number": sheet.number,
        "authority": sheet.authority, "year": sheet.dated.year, "month": sheet.dated.month, "day": sheet.dated.day,
        "number_line": sheet.words("number") + colon + sheet.number,
        "addressee": [sheet.words("addressee") + colon + sheet.addressee[0], *sheet.addressee[1:]],
        "blocks": list(_blocks(sheet.blocks)),
        "end": [*end, long_day(sheet.dated.isoformat(), sheet.language)],
        "code": f"{sheet.words('code')}{colon}{sheet.code}" if sheet.code else "",
    }  # fmt: skip


def _blocks(blocks: tuple[SheetBlock, ...]) -> Iterator[dict[str, Any]]:
    """Blocks as the layout reads them: items that follow one another are one list."""
    items: list[str] = []
    for block in blocks:
        if block.kind == "item":
            items.append(block.text)
            continue
        if items:
            yield {"kind": "items", "items": items}
            items = []
        if block.kind == "table":
            yield {"kind": "table", "caption": block.caption, "heads": block.heads, "rows": block.rows}
        else:
            yield {"kind": block.kind, "text": block.text}
    if items:
        yield {"kind": "items", "items": items}
