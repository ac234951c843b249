"""A letter from a file of facts, without a server: what the command, a programme's sample and its play use.

    {"facts": {…}, "dated": "2026-03-02", "count": 12, "addressee": ["…", "…"], "case": "…"}

Facts may also stand beside the others. `number` in place of `count` is taken as it is. Nothing is read from the clock.
Source: docs/topics/letters.md, "From a file".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bihuan.declare.fieldtype import Words
from bihuan.documents.letters.catalogue import DeclaredLetter, lookup_for
from bihuan.documents.letters.pure.composing import ComposingWorld, LetterRefused, compose_letter
from bihuan.documents.letters.pure.declaration import LANGUAGES, LetterDeclaration
from bihuan.documents.letters.pure.facts import Gap, Known
from bihuan.documents.letters.pure.sheet import Composed, Envelope
from bihuan.documents.letters.pure.wording import Placeholder, parse_line
from bihuan.documents.letters.rendering.files import digests_of, render_files
from bihuan.registers.pure.calendar_files import load_calendar
from bihuan.registers.pure.calendars import Calendar

ENVELOPE = ("facts", "dated", "number", "count", "addressee", "case", "code")
USUAL_CALENDAR = ("CN", "Asia/Shanghai")


def compose_from(
    declared: DeclaredLetter, given: Mapping[str, Any], calendar: Calendar | None = None, place: str = "*"
) -> Composed:
    """Return a letter of facts as a file says them.

    Args:
        declared: The letter. given: The file's object. calendar: Of the district; None: the published one of CN.
        place: Jurisdiction whose tables hold.

    Raises:
        LetterRefused: with every gap.

    Source: docs/topics/letters.md, "From a file".
    """
    letter = declared.letter
    envelope, wrong = _envelope(letter, given)
    said = given.get("facts") if isinstance(given.get("facts"), dict) else None
    facts = said if said is not None else {k: v for k, v in given.items() if k not in ENVELOPE}
    known = {name: Known(value, {"given": name}) for name, value in facts.items()}
    world = ComposingWorld(lookup_for(declared, place), calendar or load_calendar(*USUAL_CALENDAR))
    try:
        composed = compose_letter(letter, known, envelope, world)
    except LetterRefused as refused:
        raise LetterRefused(letter.letter, [*wrong, *refused.gaps]) from None
    if wrong:
        raise LetterRefused(letter.letter, wrong)
    return composed


def number_of(letter: LetterDeclaration, year: int, count: int) -> dict[str, str]:
    """Return the number of a letter in both languages by its scheme.

    Source: docs/topics/letters.md, "Numbers" (GB/T 9704—2012 7.2.5: year in 〔〕, no leading zeros).
    """
    values = {"year": str(year), "count": str(count)}
    return {
        language: "".join(
            values[part.fact] if isinstance(part, Placeholder) else part
            for part in parse_line(letter.number.of(language))
        )
        for language in LANGUAGES
    }


def letters_of_play(
    letters: Iterable[tuple[DeclaredLetter, Mapping[str, Any]]], formats: tuple[str, ...] = ("html",)
) -> dict[str, Any]:
    """Compose and render every letter of a play; the JSON that a play shows of them.

    Args:
        letters: Each declared letter with its facts, as a file of facts has them; without a number they count from 1.
        formats: What is rendered; the digest shown is of the first, in Chinese.

    Returns:
        `letters`: [{kind, basis, remedy, remedy_until, number, sha256}], `refused`: [{kind, gaps}].

    Source: DESIGN §14 (`programme play`); docs/topics/letters.md, "In a play".
    """
    told: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    counts: dict[tuple[str, str], int] = {}
    for declared, given in letters:
        series = (declared.letter.letter, str(given.get("dated"))[:4])
        numbered = given if {"number", "count"} & given.keys() else {**given, "count": counts.get(series, 0) + 1}
        try:
            composed = compose_from(declared, numbered)
        except LetterRefused as error:
            refused.append({"kind": declared.letter.letter, "gaps": [gap.as_dict() for gap in error.gaps]})
            continue
        counts[series] = counts.get(series, 0) + 1
        digests = digests_of(render_files(composed, formats))
        told.append({**described(composed), "sha256": digests[f"zh.{formats[0]}"]})
    return {"letters": told, "refused": refused}


def described(composed: Composed) -> dict[str, Any]:
    """Return what a letter says of itself: kind, number, basis, remedy and its last day (the earliest of several)."""
    until = sorted((each.day, kind) for kind, each in composed.until.items())
    named = {each.kind: each.name for each in composed.letter.remedies}
    return {
        "kind": composed.letter.letter, "edition": composed.letter.digest,
        "number": dict(composed.envelope.number), "dated": composed.envelope.dated.isoformat(),
        "basis": [dict(each["text"]) | {k: v for k, v in each.items() if k != "text"} for each in composed.basis],
        "remedy": [{"kind": kind, "zh": named[kind].zh, "en": named[kind].en} for _, kind in until],
        "remedy_until": until[0][0].isoformat() if until else None,
        "remedies": {kind: {"until": each.day.isoformat(), **each.why} for kind, each in composed.until.items()},
    }  # fmt: skip


def _envelope(letter: LetterDeclaration, given: Mapping[str, Any]) -> tuple[Envelope, list[Gap]]:
    gaps: list[Gap] = []
    dated = _day(given.get("dated"))
    if dated is None:
        remedy = Words("写明 dated，如 2026-03-02", "give `dated`, such as 2026-03-02")
        gaps.append(Gap("dated", "missing_fact", Words("缺少日期", "the day of the letter is missing"), remedy))
    day = dated or date(1970, 1, 1)
    return Envelope(day, _numbered(letter, day, given), _lines(given.get("addressee")), *_rest(given)), gaps


def _rest(given: Mapping[str, Any]) -> tuple[str, str]:
    return str(given.get("case") or ""), str(given.get("code") or "")


def _numbered(letter: LetterDeclaration, day: date, given: Mapping[str, Any]) -> dict[str, str]:
    number, count = given.get("number"), given.get("count")
    if type(count) is int and count > 0:
        return number_of(letter, day.year, count)
    if isinstance(number, dict):
        return {language: str(number.get(language) or "") for language in LANGUAGES}
    if type(number) is int and number > 0:
        return number_of(letter, day.year, number)
    return dict.fromkeys(LANGUAGES, str(number or ""))


def _lines(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        value = [value.get("name"), value.get("address")]
    if isinstance(value, str):
        value = [value]
    found = [str(each).strip() for each in value if each] if isinstance(value, list) else []
    return tuple(found) or ("",)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
