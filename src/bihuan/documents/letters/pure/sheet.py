"""A composed letter: what every rendering shows, in one language. Source: docs/adr/0274-letters.md (one sheet)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from bihuan.documents.letters.pure.declaration import LetterDeclaration
from bihuan.documents.letters.pure.facts import Known
from bihuan.documents.letters.pure.terms import Until

SECTIONS = {
    "basis": {"zh": "法律依据", "en": "Legal basis"},
    "decision": {"zh": "决定", "en": "Decision"},
    "remedies": {"zh": "救济途径与期限", "en": "What you can do if you disagree, and until when"},
    "officer": {"zh": "经办人", "en": "Officer"},
    "number": {"zh": "编号", "en": "Number"},
    "dated": {"zh": "日期", "en": "Date"},
    "addressee": {"zh": "致", "en": "To"},
    "code": {"zh": "核验码", "en": "Check code"},
}
LANGUAGE_TAGS = {"zh": "zh-Hans", "en": "en"}


class WordRun(NamedTuple):
    """Some words; `fact` names the fact they are, so that a reader finds where it came from."""

    text: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class SheetBlock:
    """One block: a paragraph, heading, item, or a table with `caption`, `heads` and `rows`."""

    kind: Literal["paragraph", "heading", "item", "table"]
    runs: tuple[WordRun, ...] = ()
    caption: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    fact: str = ""

    @property
    def text(self) -> str:
        """Its words without their facts."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Sheet:
    """One letter in one language.

    Args:
        language: `zh` or `en`. title: Its name. number: As printed. authority: Who writes.
        addressee: Lines: name, then address. blocks: Facts and reasons, basis, decision, remedies in their order.
        officer: Who answers for it. dated: The day. code: By which anybody may check that it is genuine; empty: none.
    """

    language: str
    title: str
    number: str
    authority: str
    addressee: tuple[str, ...]
    blocks: tuple[SheetBlock, ...]
    officer: str
    dated: date
    code: str = ""

    def words(self, name: str) -> str:
        """The word of a section or line in the sheet's language."""
        return SECTIONS[name][self.language]


@dataclass(frozen=True)
class Envelope:
    """What a letter has beside its declared facts.

    Args:
        dated: The day. number: {"zh": …, "en": …}. addressee: Lines, the name first; never logged.
        case: Number of the case, empty for none. code: Check code, empty for none.
    """

    dated: date
    number: Mapping[str, str]
    addressee: tuple[str, ...]
    case: str = ""
    code: str = ""


@dataclass(frozen=True)
class Composed:
    """A letter without a gap.

    Args:
        letter: Its declaration. envelope: Its own. facts: Declared facts with their sources.
        basis: What it rests on: law, article, edition, citation, verified. until: Last day of each remedy.
        sheets: By language.
    """

    letter: LetterDeclaration
    envelope: Envelope
    facts: Mapping[str, Known]
    basis: tuple[Mapping[str, Any], ...]
    until: Mapping[str, Until]
    sheets: Mapping[str, Sheet]
