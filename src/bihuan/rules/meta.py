"""What every rule document says about itself: what it is, where and when it holds, and who says so.

A document is one *edition* of a rule. Both dates are inclusive, as statutes put them: in force from the first day until
the end of the last. Which edition answers is decided by the day and place of the event, never by today.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bihuan.declare.editions import REACHES, Span
from bihuan.declare.reader import Label, Reader
from bihuan.declare.source import Node

REQUIRED: Final = {"edition", "name", "source", "citation", "verified", "jurisdiction", "effective_from"}
OPTIONAL: Final = {"effective_to", "applies_to", "gap_before", "note", "overrides"}
# Lengths of the levels of an official Chinese area code: province, city, district, sub-district, community.
_AREA_LEVELS: Final = (2, 4, 6, 9, 12)
_PARTS: Final = re.compile(r"[-.]")


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of one edition. `applies_to` says whether open cases move to it (`open`) or only new ones (`new`);
    `overrides` that a programme's own rule takes the place of the shared one of that name."""

    kind: str
    id: str
    edition: str
    name: Label
    source: str
    citation: str
    verified: bool
    jurisdiction: str
    effective_from: dt.date
    effective_to: dt.date | None
    applies_to: str
    gap_before: str
    note: str
    digest: str
    file: str
    line: int
    overrides: bool = False
    lasting: str = ""  # digest of all but the last day: ending an edition, when another follows, changes nothing in it

    def in_force(self, on: dt.date) -> bool:
        """Whether this edition holds on the day `on`.

        Source: docs/topics/rules.md, "A rule table" (both dates inclusive).
        """
        return Span(self.effective_from, self.effective_to).holds(on)


def read_meta(kind: str, node: Node, named: dict[str, Node], reader: Reader) -> Meta:
    """The head of the document `node`, of which `named` are the known fields; problems go to `reader`.

    Source: docs/adr/0010 (1).
    """
    start = reader.day(named.get("effective_from")) or dt.date.min
    end = reader.day(named.get("effective_to"))
    if end is not None and end < start:
        reader.problem(named["effective_to"], f"The last day {end} lies before the first, {start}.", "Swap the dates.")
    jurisdiction = reader.text(named.get("jurisdiction"), "*")
    if not _is_jurisdiction(jurisdiction):
        reader.problem(
            named["jurisdiction"],
            f"'{jurisdiction}' is neither '*' nor a code of whole levels.",
            f"Use '*', an area code of {', '.join(map(str, _AREA_LEVELS))} digits, or parts joined by '-' or '.'.",
        )
        jurisdiction = "*"
    return Meta(
        kind=kind,
        id=reader.text(named.get(kind)),
        edition=reader.text(named.get("edition")),
        name=reader.label(named.get("name")),
        source=reader.text(named.get("source")),
        citation=reader.text(named.get("citation")),
        verified=reader.flag(named.get("verified")),
        jurisdiction=jurisdiction,
        effective_from=start,
        effective_to=end,
        applies_to=reader.choice(named.get("applies_to"), REACHES, "new"),
        gap_before=reader.text(named.get("gap_before")),
        note=reader.text(named.get("note")),
        digest=node.digest(),
        file=reader.file,
        line=node.line,
        overrides=reader.flag(named.get("overrides")),
        lasting=node.digest(without="effective_to"),
    )


def _is_jurisdiction(code: str) -> bool:
    if code == "*":
        return True
    if code.isdigit():
        return len(code) in _AREA_LEVELS
    return all(part.strip() for part in _PARTS.split(code))


@lru_cache(maxsize=65536)
def jurisdiction_chain(code: str) -> tuple[str, ...]:
    """`code` and everything it lies in, nearest first: '110108' → 110108, 1101, 11, *.

    Codes of digits follow the levels of the official area code (2, 4, 6, 9, 12 digits); others the parts between
    '-' or '.', so that 'US-MA' lies in 'US'.

    Source: GB/T 2260 (2, 4, 6 digits), GB/T 10114 (9), 统计用区划代码 of the National Bureau of Statistics (12).
    """
    if code == "*":
        return ("*",)
    if code.isdigit():
        levels = [code[:length] for length in _AREA_LEVELS if length < len(code)]
    else:
        levels = [code[: match.start()] for match in _PARTS.finditer(code)]
    return (code, *reversed(levels), "*")
