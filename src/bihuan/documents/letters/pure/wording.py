"""The closed language of letters' texts: no expressions, no calls, nothing that could do more than be read.

    # A heading
    A paragraph with {fact} or {fact:format}; `{{` and `}}` are braces.
    - an item
    {if remark}
    Shown only when the letter has the fact.
    {end}
    {table items}            every row of a table fact, with its declared columns
    {table items: place, grade}

Lines of one paragraph are joined; an empty line ends it. `{unless remark}` is the other way round; conditions do not
nest. Source: DESIGN §14 (documents); docs/topics/letters.md, "Texts".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

_NAME = r"[a-z][a-z0-9_]*"
_PLACE = re.compile(r"\{\{|\}\}|\{(" + _NAME + r")(?::(" + _NAME + r"))?\}|[{}]")
_CONDITION = re.compile(r"\{(if|unless) (" + _NAME + r")\}")
_TABLE = re.compile(r"\{table (" + _NAME + r")(?:: *(" + _NAME + r"(?: *, *" + _NAME + r")*))?\}")
_END = "{end}"
_WORDS = ("{if", "{unless", "{end", "{table")
_JOINED = re.compile(r"(?<=[\x21-\x7e]) *\n *(?=[\x21-\x7e])")

BlockKind = Literal["paragraph", "heading", "item", "table"]


class WordingError(ValueError):
    """A text that is not of the language: the line in it (from 1), what is wrong, what to do."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line, self.what, self.remedy = line, what, remedy


class Placeholder(NamedTuple):
    """A fact that stands in a text, and how it is written; empty: as its declaration says."""

    fact: str
    format: str = ""


class FactCondition(NamedTuple):
    """A fact that must be there, or must not."""

    fact: str
    there: bool = True


@dataclass(frozen=True, slots=True)
class TextBlock:
    """One block of a text.

    Args:
        kind: What it is.
        parts: Its words and placeholders; of a table none.
        condition: When it is shown; None: always.
        fact: Of a table, the fact whose rows it shows, and `columns`, which of them; empty: all.
        line: Where it begins, from 1.
    """

    kind: BlockKind
    parts: tuple[str | Placeholder, ...] = ()
    condition: FactCondition | None = None
    fact: str = ""
    columns: tuple[str, ...] = ()
    line: int = 1


def parse_wording(text: str) -> tuple[TextBlock, ...]:
    """Return the blocks of a text.

    Raises:
        WordingError: the first thing in it that is not of the language.

    Source: docs/topics/letters.md, "Texts".
    """
    return tuple(_Reading(text.splitlines()).blocks())


def parse_line(text: str) -> tuple[str | Placeholder, ...]:
    """Return the words and placeholders of one line.

    Raises:
        WordingError: a brace that opens or closes nothing.

    Source: docs/topics/letters.md, "Texts".
    """
    return tuple(_parts(text, 1))


def facts_of(blocks: Sequence[TextBlock]) -> Iterator[tuple[int, Placeholder]]:
    """Yield the facts that a text names, each with the line of its block; conditions too."""
    for block in blocks:
        if block.condition is not None:
            yield block.line, Placeholder(block.condition.fact)
        if block.fact:
            yield block.line, Placeholder(block.fact)
        yield from ((block.line, part) for part in block.parts if isinstance(part, Placeholder))


class _Reading:
    """Walks over the lines of a text once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._condition: FactCondition | None = None
        self._since = 0
        self._held: list[str] = []
        self._held_since = 0

    def blocks(self) -> Iterator[TextBlock]:
        """Yield block after block. Source: docs/topics/letters.md, "Texts"."""
        for number, raw in enumerate(self._lines, 1):
            line = raw.strip()
            if self._plain(line):
                self._held_since = self._held_since or number
                self._held.append(line)
                continue
            yield from self._paragraph()
            if line:
                yield from self._special(line, number)
        yield from self._paragraph()
        if self._condition is not None:
            raise WordingError(self._since, "a condition is not ended", "write {end} on a line of its own after it")

    def _plain(self, line: str) -> bool:
        return bool(line) and not line.startswith(("# ", "- ", *_WORDS))

    def _paragraph(self) -> Iterator[TextBlock]:
        if not self._held:
            return
        text, since = "\n".join(self._held), self._held_since
        self._held, self._held_since = [], 0
        joined = _JOINED.sub(" ", text).replace("\n", "")
        yield TextBlock("paragraph", tuple(_parts(joined, since)), self._condition, line=since)

    def _special(self, line: str, number: int) -> Iterator[TextBlock]:
        if line == _END:
            if self._condition is None:
                raise WordingError(number, "{end} ends nothing", "remove it, or begin with {if FACT}")
            self._condition = None
        elif found := _CONDITION.fullmatch(line):
            if self._condition is not None:
                raise WordingError(number, "a condition inside a condition", "end the first one with {end} before it")
            self._condition, self._since = FactCondition(found[2], found[1] == "if"), number
        elif found := _TABLE.fullmatch(line):
            columns = tuple(each.strip() for each in (found[2] or "").split(",") if each.strip())
            yield TextBlock("table", (), self._condition, found[1], columns, number)
        elif line.startswith(_WORDS):
            remedy = "{if FACT}, {unless FACT}, {end} and {table FACT: COLUMN, …} stand on a line of their own"
            raise WordingError(number, f"{line[:60]!r} is not understood", remedy)
        else:
            kind: BlockKind = "heading" if line.startswith("# ") else "item"
            yield TextBlock(kind, tuple(_parts(line[2:].strip(), number)), self._condition, line=number)


def _parts(text: str, line: int) -> Iterator[str | Placeholder]:
    words, at = "", 0
    for found in _PLACE.finditer(text):
        words += text[at : found.start()]
        at = found.end()
        if found[0] in ("{{", "}}"):
            words += found[0][0]
        elif found[1]:
            if words:
                yield words
            words = ""
            yield Placeholder(found[1], found[2] or "")
        else:
            what = f"a single {found[0]!r} near {text[max(0, at - 20) : at + 20]!r}"
            raise WordingError(line, what, "write {fact} or {fact:format}; a brace itself is written twice")
    words += text[at:]
    if words:
        yield words
