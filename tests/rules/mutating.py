"""One rich document of each kind of rule, every one of its keys changed in turn, and all that the rules then answer."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from fractions import Fraction
from itertools import product
from typing import Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import read_all
from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.classes import RankClasses
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.quantities import METHODS
from bihuan.rules.ranking import UnitStanding, rank
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import Deduction
from bihuan.rules.scorecards import Scorecard
from bihuan.rules.tables import RuleTable

Declared = dict[str, Any]
Steps = tuple[str | int, ...]
HEAD = """edition: "1"
name: {zh: 表, en: Table}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2020-01-01
effective_to: 2025-12-31
applies_to: new
overrides: false
note: n
"""
NEXT = """edition: "2"
name: {zh: 表, en: Table}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2026-02-01
gap_before: repealed for a month
"""
TABLE = f"""table: t
{HEAD}gaps: nobody has measured below a
inputs:
  - {{name: word, kind: code, values: [a, b], words: {{a: {{zh: 甲, en: first}}}}}}
  - {{name: part, kind: prefix, label: {{zh: 部分, en: part}}}}
  - {{name: x, kind: number, unit: m, domain: "[0, 10]", rounding: {{method: half_even, digits: 0}}}}
outputs:
  - {{name: y, kind: integer, unit: person, label: {{zh: 人数, en: persons}}}}
  - {{name: z, kind: linear, rounding: {{method: half_even, digits: 1}}}}
  - {{name: told, kind: label}}
rows:
  - {{word: a, part: "*", x: "[0, 4]", y: 1, z: {{from: 0, to: 13}}, told: {{zh: 低, en: low}},
     citation: own, verified: true, note: own}}
  - {{word: a, part: "*", x: "[5, 10]", y: 2, z: 7, told: {{zh: 高, en: high}}}}
  - {{word: a, part: "p.q", x: "[0, 10]", y: 3, z: 7, told: {{zh: 高, en: high}}}}
---
table: t
{NEXT}inputs: [{{name: word, kind: code, values: [a, b]}}]
outputs: [{{name: y, kind: integer}}]
rows: [{{word: "*", y: 9}}]
"""
DECISION = f"""decision: t
{HEAD}hit: first
gaps: nobody has said what holds for b
inputs:
  - {{name: word, kind: code, values: [a, b, d]}}
  - {{name: x, kind: number, unit: m, domain: "[0, 10]", rounding: {{method: half_even, digits: 0}}, optional: true,
     stands: {{bottom: 6}}}}
  - {{name: whole, kind: number, domain: "[0, 100]", optional: true}}
  - {{name: share, kind: number, domain: "[0, 100]", share_of: [x, whole], optional: true}}
outputs:
  - {{name: y, kind: integer, unit: person}}
  - {{name: way, kind: text, words: {{slow: {{zh: 慢, en: Slow}}}}}}
rows:
  - {{when: {{word: a, x: "[0, 5)"}}, then: {{y: 1, way: slow}}, citation: own, verified: true, note: own}}
  - {{when: {{word: a, x: missing}}, then: {{y: 2, way: fast}}}}
  - {{when: {{word: d, share: "[50, 100]"}}, then: {{y: 6, way: slow}}}}
  - {{when: {{word: d, whole: missing}}, then: {{y: 7, way: fast}}}}
  - {{when: {{word: {{not: [b]}}}}, then: {{y: 3, way: slow}}}}
---
decision: t
{NEXT}hit: collect
inputs: [{{name: word, kind: code, values: [a, b, d]}}]
outputs: [{{name: y, kind: integer}}]
rows:
  - {{when: {{word: [a, b]}}, then: {{y: 4}}}}
  - {{then: {{y: 5}}}}
"""
SCORECARD = f"""scorecard: t
{HEAD}weights: declared
total: 100
rounding: {{method: half_even, digits: 1}}
sections: {{one: 60, two: 40}}
grades:
  - {{code: low, name: {{zh: 低, en: Low}}, bounds: "[0, 59.9]"}}
  - {{code: high, name: {{zh: 高, en: High}}, bounds: "[60, 100]"}}
items:
  - id: found
    name: {{zh: 发现, en: Found}}
    section: one
    max: 20
    method: capped_deduction
    points: {{small: 1, large: 3}}
    cap: 10
    veto: {{codes: [large], total: 45}}
  - id: level
    name: {{zh: 等级, en: Level}}
    section: one
    max: 10
    weight: 2
    citation: own
    verified: true
    method: band
    rounding: {{method: half_even, digits: 0}}
    bands: [{{bounds: "[0, 59]", points: 0}}, {{bounds: "[60, 100]", points: 10}}]
  - id: dust
    name: {{zh: 尘, en: Dust}}
    section: one
    max: 20
    method: piecewise_linear
    corners: [[10, 20], [70, 3]]
  - id: solved
    name: {{zh: 解决, en: Solved}}
    section: two
    max: 20
    method: ratio_with_exclusions
    zero_at: 0.1
    full_at: 0.9
    min_n: 10
    too_few: full
    veto: {{when: "[0, 0.3)", total: 30}}
  - id: survey
    name: {{zh: 问卷, en: Survey}}
    section: two
    max: 20
    method: median_of_survey
    scale: [1, 5]
    min_n: 3
    too_few: leave_out
---
scorecard: t
{NEXT}total: 2
rounding: none
items: [{{id: found, name: {{zh: 发现, en: Found}}, max: 2, method: capped_deduction, points: {{small: 1, large: 2}}}}]
"""
CLASSES = f"""classes: t
{HEAD}exclusive: true
rows:
  - {{id: best, name: {{zh: 先进, en: Best}}, basis: score, end: highest, count: 2}}
  - {{id: worst, name: {{zh: 治理, en: Worst}}, basis: score, end: lowest, share: 0.25}}
  - {{id: more, name: {{zh: 进步, en: More}}, basis: change, end: highest, count: 2}}
---
classes: t
{NEXT}exclusive: false
rows:
  - {{id: best, name: {{zh: 先进, en: Best}}, basis: score, end: highest, count: 1}}
  - {{id: first, name: {{zh: 第一, en: First}}, basis: score, end: highest, count: 1}}
"""
DOCUMENTS = {"table": TABLE, "decision": DECISION, "scorecard": SCORECARD, "classes": CLASSES}
DAYS = [dt.date(2019, 6, 1), dt.date(2020, 6, 1), dt.date(2025, 6, 1), dt.date(2026, 1, 15), dt.date(2026, 3, 1)]
WHOLES = ("12", "0.5", "100.5", None)
NUMBERS = ("0", "0.5", "1", "4", "4.4", "4.5", "5", "7.5", "9", "10.5", "15")
EVIDENCE: list[dict[str, Any]] = [
    {"found": found, "level": level, "dust": dust, "solved": rate and Rate("r", "1", *rate), "survey": survey}
    for found, level, dust, rate, survey in (
        ([], "59.5", "33", (9, 10), ["1", "2", "4"]),
        ([Deduction("small", 4)], "60", "5", (8, 9), ["2", "5"]),
        ([Deduction("small", 11)], "40", "55", (3, 20), ["2", "3", "3", "4"]),
        ([Deduction("large", 1)], "99.5", "12", (15, 20), ["5", "5", "5"]),
    )
]


def loaded(kind: str) -> list[Declared]:
    """The documents of a kind as plain values."""
    return read_all(DOCUMENTS[kind])


def written(documents: list[Declared]) -> str:
    """Documents as one file."""
    return "\n---\n".join(json.dumps(document, default=str, ensure_ascii=False) for document in documents)


def said(kind: str, documents: list[Declared]) -> list[str] | str:
    """What the rules answer on some days, at two places, to everything that can be asked; or why they are refused."""
    try:
        book = RuleBook(read_editions("t.yaml", written(documents)))
    except DeclarationError as error:
        return str(error)
    record: list[str] = []
    for day in DAYS:
        for place in ("*", "110108"):
            ask = getattr(book, kind)
            try:
                record += [f"{day} {place} {line}" for line in ANSWERS[kind](ask("t", day, place))]
            except NoRuleError as error:
                record.append(str(error))
    return record


def _labels(table: RuleTable | DecisionTable) -> str:
    """What people read for the inputs and outputs of a table and for their codes."""
    return " ".join(f"{item.label} {item.words}" for item in (*table.inputs, *table.outputs))


def _told(ask: Callable[[], Any]) -> str:
    try:
        answer = ask()
    except (InputError, NoRuleError) as error:
        return str(error)
    answers = answer if isinstance(answer, tuple) else (answer,)
    return " ".join(str({k: v for k, v in one.to_json().items() if k != "digest"}) for one in answers)


def _table(table: RuleTable) -> Iterator[str]:
    yield f"{table.meta.name} {table.meta.applies_to} {table.meta.overrides} {_labels(table)}"
    names = [item.name for item in table.inputs]
    for word in ("a", "b"):
        for part in ("p", "p.q.r"):
            for x in NUMBERS:
                given = dict(zip(("word", "part", "x"), (word, part, x), strict=True))
                known = {name: given.get(name, "a") for name in names}
                yield _told(lambda known=known: table.lookup(**known))  # type: ignore[misc]  # bound at once


def _decision(table: DecisionTable) -> Iterator[str]:
    yield f"{table.meta.name} {table.meta.applies_to} {table.meta.overrides} {_labels(table)}"
    names = [item.name for item in table.inputs]
    ask = table.collect if table.hit == "collect" else table.decide
    for word in ("a", "b", "d", "e"):
        for x, whole in product((*NUMBERS, None, "bottom"), WHOLES):
            given = {"word": word, "x": x, "whole": whole, "share": None}
            known = {name: given.get(name, "a") for name in names}
            yield _told(lambda known=known: ask(**known))  # type: ignore[misc]  # bound at once


def _scorecard(card: Scorecard) -> Iterator[str]:
    yield f"{card.meta.name} {card.meta.applies_to} {card.meta.overrides} {card.meta.source} {card.meta.note}"
    for evidence in EVIDENCE:
        given = {item.id: evidence.get(item.id, []) for item in card.items}
        yield _told(lambda given=given: card.score(given))  # type: ignore[misc]  # bound at once


def _classes(classes: RankClasses) -> Iterator[str]:
    yield f"{classes.meta.name} {classes.meta.applies_to} {classes.meta.overrides} {classes.meta.source}"
    yield f"{classes.meta.edition} {classes.meta.verified} {classes.meta.note} {classes.meta.citation}"
    scores = {"a": 90, "b": 80, "c": 70, "d": 60, "e": 50}
    lines = rank([UnitStanding.of_rate(unit, Rate("r", "1", n, 100)) for unit, n in scores.items()], 0.95)
    yield _told(lambda: classes.assign(lines, {"change": {"a": Fraction(9), "c": Fraction(5), "d": Fraction(4)}}))


ANSWERS: dict[str, Callable[[Any], Iterator[str]]] = {
    "table": _table, "decision": _decision, "scorecard": _scorecard, "classes": _classes,
}  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "weights": ("declared", "to_enter"),
    "method": (*METHODS, "none"), "hit": ("unique", "first", "collect"), "applies_to": ("open",),
    "kind": ("text", "number"), "end": ("highest", "lowest"), "too_few": ("full", "zero", "leave_out"),
    "basis": ("change", "score"), "jurisdiction": ("11",), "section": ("one", "two"),
    "effective_from": ("2020-12-31",), "effective_to": ("2025-05-31",),
}  # fmt: skip


def places(value: Any, at: Steps = ()) -> Iterator[Steps]:
    """The path of every key of a document, however deep."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(key, str):
            yield (*at, key)
        yield from places(inner, (*at, key))


def alternatives(key: str, value: Any) -> Iterator[Any]:
    """Other values a key might hold."""
    yield from (other for other in _others(key, value) if other != value)


def _others(key: str, value: Any) -> Iterator[Any]:
    yield from (word for word in WORDS.get(key, ()) if word != value)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, value * 2, value + 0.1, value / 2)
    elif isinstance(value, str):
        yield f"{value}x"
        for number in re.finditer(r"\d+", value):
            for other in (int(number[0]) + 1, max(0, int(number[0]) - 1)):
                yield f"{value[: number.start()]}{other}{value[number.end() :]}"
    elif isinstance(value, list):
        yield from (value[:-1], value[1:])
    elif isinstance(value, dt.date):
        yield value + dt.timedelta(days=400)


def changed(documents: list[Declared], path: Steps, value: Any) -> list[Declared]:
    """The documents with another value at one place; `value` None takes the key away."""
    found = deepcopy(documents)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return found
