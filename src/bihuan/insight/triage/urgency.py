"""Danger and outage first: own word patterns, no learning needed.

The table (`urgency.yaml`) is dated and cited; recall matters more than precision, because a person looks at every
urgency 1 at once. Patterns count only outside the contexts that turn them around
(announced, paid for, long past, negated).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.declare.source import read
from bihuan.insight.triage.text import normalise

URGENT, ORDINARY = 1, 2
AROUND = 14
"""Characters before and after a find that an exclusion may stand in."""


class Urgency(NamedTuple):
    """1 with the words that say so, or 2."""

    level: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class DangerKind:
    """One kind of danger: what names it, and what nearby takes it back."""

    id: str
    finds: re.Pattern[str]
    unless: re.Pattern[str] | None


@cache
def read_dangers() -> tuple[DangerKind, ...]:
    """The patterns of `urgency.yaml`. Source: `urgency.yaml`, dated and cited."""
    rows: dict[str, Any] = read(Path(__file__).with_name("urgency.yaml"))
    everywhere = list(rows["unless"])
    return tuple(
        DangerKind(row["id"], re.compile("|".join(row["finds"])), _any([*everywhere, *row.get("unless", [])]))
        for row in rows["kinds"]
    )


@cache
def _anything() -> re.Pattern[str]:
    """Any find of any kind: most texts hold none, and are done after one pass.

    Every pattern begins with a letter it names, so a place whose letter stands in no pattern is passed over at once.
    """
    everything = "|".join(kind.finds.pattern for kind in read_dangers())
    letters = "".join(sorted({letter for letter in everything if letter.isalpha()}))
    return re.compile(f"(?=[{letters}])(?:{everything})")


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def urgency(text: str) -> Urgency:
    """How urgent one text is, with the words found in it (each once, in the order of the text).

    Source: docs/topics/triage.md (1 = danger to life or an outage); words: `urgency.yaml`.
    """
    return urgency_of(normalise(text))


def urgency_of(plain: str) -> Urgency:
    """`urgency` of a text that is normalised already.

    Source: docs/topics/triage.md; words and contexts: `urgency.yaml`.
    """
    if not _anything().search(plain):
        return Urgency(ORDINARY, ())
    found: dict[int, str] = {}
    for kind in read_dangers():
        for match in kind.finds.finditer(plain):
            around = plain[max(0, match.start() - AROUND) : match.end() + AROUND]
            if kind.unless is None or not kind.unless.search(around):
                found[match.start()] = match.group()
    words = tuple(dict.fromkeys(found[place] for place in sorted(found)))
    return Urgency(URGENT if words else ORDINARY, words)


def urgencies(texts: Sequence[str]) -> list[Urgency]:
    """`urgency` of many texts."""
    return [urgency(text) for text in texts]
