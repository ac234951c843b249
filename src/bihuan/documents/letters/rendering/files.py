"""The files of a composed letter, by format and language, and the digest of each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bihuan.documents.letters.pure.declaration import LANGUAGES
from bihuan.documents.letters.pure.sheet import Composed, Sheet
from bihuan.documents.letters.rendering.page import render_html
from bihuan.documents.letters.rendering.portable import render_pdf
from bihuan.documents.letters.rendering.word import render_docx

RENDERINGS: Final[Mapping[str, Callable[[Sheet], bytes]]] = {
    "html": render_html,
    "docx": render_docx,
    "pdf": render_pdf,
}
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def render_files(
    composed: Composed, formats: Sequence[str] = tuple(RENDERINGS), languages: Sequence[str] = LANGUAGES
) -> dict[str, bytes]:
    """Return the files of a letter by `LANGUAGE.FORMAT`, such as `zh.pdf`.

    Raises:
        FontMissing: a PDF is asked for and the font is not installed.

    Source: docs/adr/0274-letters.md (one sheet, three files, the same bytes each time).
    """
    return {
        f"{language}.{form}": RENDERINGS[form](composed.sheets[language]) for language in languages for form in formats
    }


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file in hexadecimal digits. Source: FIPS 180-4."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
