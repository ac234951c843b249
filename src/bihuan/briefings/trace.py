"""Every number in a text is one of the facts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.briefings.facts import PrintedFact
from bihuan.briefings.text import Briefing, FactSentence

NUMBER = re.compile(r"[+\-−]?\d+(?:[.,]\d+)*")
ZH_NUMERALS = re.compile(r"[零一二两三四五六七八九十百千万亿半倍成]")
EN_NUMERALS = re.compile(
    r"\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundreds?|thousands?|millions?|half|halved|third|quarter|double[ds]?|twice|triple[ds]?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Traced:
    """How many numbers were printed, and those that are no fact (`strange`) or facts that were not printed (`lost`)."""

    numbers: int
    strange: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every number is traced. Source: docs/topics/briefings.md ("Trace")."""
        return not self.strange and not self.lost


def numbers(text: str) -> Counter[str]:
    """Return the numbers of a text with their signs, as often as they stand there; full-width digits count as digits.

    Source: docs/topics/briefings.md ("Trace").
    """
    return Counter(found.replace("−", "-") for found in NUMBER.findall(text))


def trace_numbers(paragraphs: Iterable[str], briefing: Briefing) -> Traced:
    """Compare what a document prints with what the briefing's facts allow, as multisets.

    Args:
        paragraphs: The visible text, as read back from the rendered document.
        briefing: What it was rendered from.

    Source: docs/topics/briefings.md ("Trace"); docs/adr/0191.
    """
    printed: Counter[str] = sum((numbers(p) for p in paragraphs), Counter())
    allowed: Counter[str] = Counter()
    for sentence in briefing.sentences():
        for fact in sentence.facts:
            allowed += numbers(fact.shown[sentence.language])
    return Traced(
        sum(printed.values()),
        tuple(sorted((printed - allowed).elements())),
        tuple(sorted((allowed - printed).elements())),
    )


def refit(sentence: FactSentence, text: str, names: Iterable[str]) -> FactSentence | str:
    """Return a reworded text as a sentence of the same facts, or why it is rejected.

    Each fact must stand there as often as before and unchanged; between the facts there may be no digit, no numeral
    in words that was not there, and no name of the registers that was not there.

    Source: docs/topics/briefings.md, "Rewording".
    """
    parts: list[str | PrintedFact] = [text]
    wanted = Counter(fact.shown[sentence.language] for fact in sentence.facts)
    by_text = {fact.shown[sentence.language]: fact for fact in sentence.facts}
    for shown in sorted(wanted, key=len, reverse=True):
        parts, found = _cut(parts, shown, by_text[shown])
        if found != wanted[shown]:
            return f"{shown!r} stands {found} times instead of {wanted[shown]}"
    rest = [part for part in parts if isinstance(part, str)]
    before = [part for part in sentence.parts if isinstance(part, str)]
    if any(NUMBER.search(part) for part in rest):
        return "a number was added"
    for numerals in (ZH_NUMERALS, EN_NUMERALS):
        if _all(numerals, rest) - _all(numerals, before):
            return "a numeral in words was added"
    old = "\n".join(before)
    strange = next((n for n in names if len(n) > 1 and n not in old and any(n in part for part in rest)), None)
    if strange:
        return f"the name {strange!r} was added"
    return FactSentence(tuple(part for part in parts if part != ""), sentence.language, reworded=True)


def _cut(parts: list[str | PrintedFact], shown: str, fact: PrintedFact) -> tuple[list[str | PrintedFact], int]:
    """Put the fact where its text stands as a whole number or name."""
    edge = r"(?<![\d.,+\-−])" if shown[:1] in "+-−0123456789" else ""
    close = r"(?![\d]|[.,]\d)" if shown[-1:].isdigit() else ""
    pattern = re.compile(edge + re.escape(shown) + close)
    cut: list[str | PrintedFact] = []
    found = 0
    for part in parts:
        if not isinstance(part, str):
            cut.append(part)
            continue
        pieces = pattern.split(part)
        found += len(pieces) - 1
        for i, piece in enumerate(pieces):
            cut += [fact, piece] if i else [piece]
    return cut, found


def _all(pattern: re.Pattern[str], parts: list[str]) -> Counter[str]:
    return Counter(str(found).lower() for part in parts for found in pattern.findall(part))
