"""A form as PDF, blank or filled: tagged (PDF/UA-1), with its language, title and the Chinese font that letters embed.

Source: ISO 14289-1 (PDF/UA-1); docs/adr/0275-letter-files.md.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

from bihuan.documents.forms.pure.sheets import PaperForm
from bihuan.documents.letters.rendering.portable import FONTS, FONTS_IN_ORDER, STANDARD, FontMissing, font_files

HERE = Path(__file__).resolve().parent
_TAGS = {"zh": ("zh", "CN"), "en": ("en", "GB")}
_lock = threading.Lock()


def render_form(paper: PaperForm) -> bytes:
    """Return a form on paper as PDF; the same bytes each time.

    Raises:
        FontMissing: the font is not installed.

    Source: ISO 14289-1 (PDF/UA-1); docs/topics/forms.md, "On paper".
    """
    compiler = _compiler()
    with _lock:  # one layout at a time in a process; the cache of the compiler is shared
        found: bytes = compiler.compile(
            format="pdf", pdf_standards=STANDARD, sys_inputs={"form": json.dumps(_data(paper))}
        )
    return found


def _data(paper: PaperForm) -> dict[str, Any]:
    language, region = _TAGS[paper.language]
    sections = [
        {"name": name, "rows": [{"label": row.label, "notes": row.notes, "value": row.value} for row in rows]}
        for name, rows in paper.sections
    ]
    return {
        "lang": language, "region": region, "font": FONTS_IN_ORDER, "title": paper.title, "about": paper.about,
        "sections": sections, "declarations": paper.declarations, "sign": paper.sign, "edition": paper.edition,
    }  # fmt: skip


@cache
def _compiler() -> Any:
    import typst

    if not font_files():
        raise FontMissing(f"没有字体：{FONTS} · the font {FONTS_IN_ORDER[0]} is not in {FONTS}")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
    return typst.Compiler(str(HERE / "form.typ"), root=str(HERE), font_paths=fonts, ignore_system_fonts=True)
