"""Facts: what a briefing may say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Words = Mapping[str, str]
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class PrintedFact:
    """One value that may be printed.

    Args:
        id: Dotted; lists are numbered from 1 (`rank.1.unit`).
        shown: As printed, in zh and en.
        value: As computed, for machines.
        definition: What it counts, in zh and en.
        query: What computed it: the indicator's query digest, or the filter in words.
        link: Path of the page that shows the cases behind, from the site's root; empty for none.
        cases: Numbers of some cases behind it.
    """

    id: str
    shown: Words
    value: str | int | float | None
    definition: Words
    query: str
    link: str = ""
    cases: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain values. Source: docs/topics/briefings.md (each number is a fact with its definition)."""
        return {
            "id": self.id,
            "shown": dict(self.shown),
            "value": self.value,
            "definition": dict(self.definition),
            "query": self.query,
            "link": self.link,
            "cases": list(self.cases),
        }


@dataclass
class BriefingFacts:
    """The facts of one briefing by id, and every name that stands in the registers (for the check of rewordings)."""

    known: dict[str, PrintedFact] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(
        self,
        id: str,  # noqa: A002  # a fact's id is called so everywhere
        shown: str | Words,
        value: str | int | float | None,
        definition: Words,
        query: str,
        link: str = "",
        cases: tuple[str, ...] = (),
    ) -> None:
        """Add one; `shown` as one text is the same in both languages. Source: docs/topics/briefings.md ("A fact")."""
        words = {"zh": shown, "en": shown} if isinstance(shown, str) else shown
        self.known[id] = PrintedFact(id, words, value, definition, query, link, cases)

    def drop(self, prefix: str) -> None:
        """Forget every fact whose id begins so.

        Source: docs/topics/briefings.md (each number is a fact with its definition)
        """
        self.known = {name: fact for name, fact in self.known.items() if not name.startswith(prefix)}
