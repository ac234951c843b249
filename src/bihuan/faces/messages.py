"""Translations: collected from templates and code, kept in one .po file, compiled without gettext's tools.

English is the language of the source; `locale/zh_Hans` holds the Chinese. Run `python -m bihuan.faces.messages` after
changing a text: new texts are added empty, unused ones dropped, the .mo file written. A test fails while any is empty.
"""

from __future__ import annotations

import ast
import json
import re
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

ROOT = Path(__file__).parent
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CALLS = frozenset({"_", "gettext", "gettext_lazy", "ngettext"})
HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\nLanguage: zh_Hans\n"
_ENTRY = re.compile(r'msgid (".*")\n(?:msgid_plural (".*")\n)?msgstr(?:\[0\])? (".*")')


class Message(NamedTuple):
    """One text of the source; `plural` is empty when it has no plural form."""

    text: str
    plural: str = ""


def collect() -> list[Message]:
    """Every text of the faces that is to be translated, sorted."""
    found: set[Message] = set()
    for path in sorted(ROOT.rglob("*.py")):
        found |= _in_code(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found |= _in_code(_calls_only(templatize(path.read_text(encoding="utf-8"), origin=str(path))))
    return sorted(found)


def read(path: Path = CATALOGUE) -> dict[Message, str]:
    """The catalogue as it stands."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    entries = ((Message(json.loads(a), json.loads(b) if b else ""), json.loads(c)) for a, b, c in _ENTRY.findall(text))
    return {message: translated for message, translated in entries if message.text}


def write(translated: dict[Message, str], path: Path = CATALOGUE) -> None:
    """Write the catalogue and its compiled form beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = [f'msgid ""\nmsgstr {_quoted(HEADER)}']
    for message in sorted(translated):
        plural = f"msgid_plural {_quoted(message.plural)}\nmsgstr[0]" if message.plural else "msgstr"
        blocks.append(f"msgid {_quoted(message.text)}\n{plural} {_quoted(translated[message])}")
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    path.with_suffix(".mo").write_bytes(compiled(translated))


def compiled(translated: dict[Message, str]) -> bytes:
    """The catalogue in GNU's binary form (gettext manual, "The Format of GNU MO Files")."""
    pairs = [(b"", HEADER.encode())]
    for message in sorted(translated):
        key = "\0".join(part for part in message if part)
        if translated[message]:
            pairs.append((key.encode(), translated[message].encode()))
    pairs.sort()
    start = 28 + 16 * len(pairs)
    tables: tuple[list[bytes], list[bytes]] = ([], [])
    blob = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side].append(struct.pack("<II", len(pair[side]), start + len(blob)))
            blob += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables[0]) + b"".join(tables[1]) + blob


def main() -> int:
    """Bring the catalogue up to date; returns how many texts still lack a translation."""
    known = read()
    current = {message: known.get(message, "") for message in collect()}
    write(current)
    empty = [message.text for message, text in current.items() if not text]
    for text in empty:
        print(json.dumps(text, ensure_ascii=False))
    return len(empty)


def _in_code(source: str) -> set[Message]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if texts:
                found.add(Message(texts[0], texts[1] if node.func.id == "ngettext" and len(texts) > 1 else ""))
    return found


def _calls_only(source: str) -> str:
    """Django turns a template into text with gettext calls in it; keep the calls, one a line."""
    found = re.findall(
        r"""\b(_|gettext|ngettext)\((u?(?:'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"))(?:,\s*(u?(?:'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*")))?""",
        source,
    )
    return "\n".join(f"{name}({first}{', ' + second if second else ''})" for name, first, second in found)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
