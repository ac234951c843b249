"""Translations, by Babel: collected from templates and code, kept in one .po file, compiled beside it.

English is the language of the source; `locale/zh_Hans` holds the Chinese. Run `python -m bihuan.faces.messages` after
changing a text: new texts are added empty, unused ones dropped, the .mo file written. A test fails while any is empty.
Babel is a tool of those who change texts; what serves pages reads the .mo file with Python's own gettext.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
LANGUAGE = "zh_Hans"
CALLS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}
"""Calls whose texts are translated, with the places of singular and plural."""


def collect() -> Catalog:
    """Every text of the faces that is to be translated, without translations.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    found = Catalog(locale=LANGUAGE, charset="utf-8")
    for path in sorted(ROOT.rglob("*.py")):
        for text in _in_code(path.read_text(encoding="utf-8")):
            found.add(text)
    for path in sorted(ROOT.rglob("*.html")):
        for text in _in_template(path):
            found.add(text)
    return found


def read(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it stands; an empty one where there is none.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    if not path.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, charset="utf-8")


def updated(known: Catalog, current: Catalog) -> Catalog:
    """The known catalogue with exactly the texts of the current one; what is translated stays so.

    Args:
        known: With translations; it is changed.
        current: As `collect` finds it.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    current.creation_date = known.creation_date  # the file changes with its texts and not with the day
    known.update(current, no_fuzzy_matching=True)
    known.obsolete.clear()
    known.project, known.version, known.msgid_bugs_address = "Bihuan", "", ""
    known.last_translator, known.language_team = "", ""
    return known


def write(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    """Write the catalogue and its compiled form beside it.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    with path.with_suffix(".mo").open("wb") as stream:
        write_mo(stream, catalogue)


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts that lack a translation.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    return [_id(message) for message in catalogue if message.id and not _whole(message)]


def main() -> int:
    """Bring the catalogue up to date; returns how many texts still lack a translation, which it prints.

    Source: docs/adr/0235 (catalogues by Babel); docs/topics/faces.md, "Languages".
    """
    catalogue = updated(read(), collect())
    write(catalogue)
    empty = untranslated(catalogue)
    for text in empty:
        print(json.dumps(text, ensure_ascii=False))
    return len(empty)


def _in_code(source: str) -> Iterator[str | tuple[str, ...]]:
    for _line, text, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords=CALLS):
        yield text


def _in_template(path: Path) -> Iterator[str | tuple[str, ...]]:
    """Django turns a template into gettext calls with the rest blotted out; its indentation means nothing."""
    called = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    yield from _in_code("\n".join(line.strip() for line in called.splitlines()))


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _whole(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(texts)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
