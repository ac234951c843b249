"""Facts of one letter: checked by their declared types, each with where it came from, written in either language.

A text may come in both languages, as {"zh": …, "en": …}; a table comes as a list of rows by column, or as the value of
the field type `table`. Nothing is guessed: what does not fit is a gap with its name.
Source: docs/topics/letters.md, "Facts".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bihuan.declare.fieldtype import NOBODY, Plain, Words
from bihuan.declare.types import field_type
from bihuan.documents.letters.pure.declaration import FactColumn, LetterChoice, LetterDeclaration, LetterFact
from bihuan.documents.letters.pure.formats import formats_of

MOST_ROWS = 5_000
_TEXTS = frozenset({"text", "long_text", "unit", "area", "person", "place", "code", "subject", "article"})
"""Types whose values may be said in both languages."""


class Gap(NamedTuple):
    """Why a letter cannot be written: what is missing or wrong, the rule, what to do, in both languages."""

    field: str
    code: str
    what: Words
    remedy: Words

    def as_dict(self) -> dict[str, str]:
        """Return the parts as a JSON object."""
        return {
            "field": self.field, "rule": self.code, "what": f"{self.what.zh} · {self.what.en}",
            "remedy": f"{self.remedy.zh} · {self.remedy.en}",
        }  # fmt: skip


@dataclass(frozen=True)
class Known:
    """One fact that a letter has: its checked value, and where it came from.

    `source`: JSON, such as {"event": …}, {"subject": …, "recorded_at": …}, {"table": …, "citation": …}, {"given": …}.
    """

    value: Any
    source: Mapping[str, Any] = field(default_factory=dict)


def missing(name: str, called: Words, why: Words | None = None) -> Gap:
    """A fact that is not there."""
    what = Words(f"缺少“{called.zh}”", f"{called.en} is missing")
    return Gap(name, "missing_fact", what, why or Words(f"补上事实 {name}", f"give the fact {name}"))


def check_facts(letter: LetterDeclaration, given: Mapping[str, Known]) -> tuple[dict[str, Known], list[Gap]]:
    """Return the facts of a letter that are of their types, and every gap.

    Source: docs/topics/letters.md, "Facts" (a letter with a gap is refused with named reasons).
    """
    held: dict[str, Known] = {}
    gaps: list[Gap] = []
    for name, fact in letter.facts.items():
        known = given.get(name)
        if known is None or known.value is None or known.value in ("", []):
            if fact.required:
                gaps.append(missing(name, Words(fact.name.zh, fact.name.en)))
            continue
        value, wrong = _checked(name, fact, known.value)
        if wrong is None:
            held[name] = Known(value, known.source)
        else:
            gaps.append(wrong)
    unknown = given.keys() - letter.facts.keys()
    for name in sorted(unknown):
        what = Words(f"没有声明事实“{name}”", f"no fact {name!r} is declared")
        gaps.append(Gap(name, "unknown_fact", what, Words("删去它，或在函件中声明", "Remove it, or declare it")))
    return held, gaps


def write_fact(fact: LetterFact | FactColumn, value: Any, language: str, zone: ZoneInfo, form: str = "") -> str:
    """Return a checked value as a letter writes it.

    Args:
        fact: Its declaration. value: As `check_facts` gave it. language: `zh` or `en`. form: In place of the declared.

    Source: docs/topics/letters.md, "Formats".
    """
    if isinstance(value, dict) and language in value:
        return str(value[language])
    if fact.type == "choice":
        return next((getattr(each, language) for each in fact.choices if each.code == value), str(value))
    formats = formats_of(fact.type)
    return formats.known[form or fact.format or formats.usual](value, language, zone)


def _checked(name: str, fact: LetterFact, value: Any) -> tuple[Any, Gap | None]:
    if fact.type != "table":
        return _one(name, fact, value)
    rows = _rows(fact, value)
    if rows is None or len(rows) > MOST_ROWS:
        words = Words(f"“{fact.name.zh}”须为行的列表", f"{fact.name.en} must be a list of rows by column")
        columns = ", ".join(fact.columns)
        return None, Gap(name, "wrong_value", words, Words(f"每行写明列 {columns}", f"give each row its {columns}"))
    checked = []
    for number, row in enumerate(rows, 1):
        cells = {}
        for column, declared in fact.columns.items():
            if row.get(column) in (None, ""):
                return None, missing(f"{name}.{number}.{column}", Words(declared.name.zh, declared.name.en))
            cells[column], wrong = _one(f"{name}.{number}.{column}", declared, row[column])
            if wrong is not None:
                return None, wrong
        checked.append(cells)
    return checked, None


def _rows(fact: LetterFact, value: Any) -> Sequence[Mapping[str, Any]] | None:
    if isinstance(value, dict) and set(value) == {"columns", "rows"}:
        try:
            value = [dict(zip(value["columns"], row, strict=True)) for row in value["rows"]]
        except (TypeError, ValueError):
            return None
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return None
    return value


def _one(name: str, fact: LetterFact | FactColumn, value: Any) -> tuple[Any, Gap | None]:
    kind = field_type(fact.type)
    asked = Plain(name, Words(fact.name.zh, fact.name.en), fact.type, choices=_offered(fact.choices))
    if isinstance(value, dict) and set(value) == {"zh", "en"} and fact.type in _TEXTS:
        for each in value.values():
            wrong = kind.check(each, asked, NOBODY)
            if wrong is not None:
                return None, _gap(name, fact, wrong.what, wrong.remedy)
        return value, None
    if type(value) is int and fact.type in ("decimal", "money", "real"):
        value = f"{value}.00" if fact.type == "money" else str(value)
    wrong = kind.check(value, asked, NOBODY)
    return (value, None) if wrong is None else (None, _gap(name, fact, wrong.what, wrong.remedy))


def _offered(choices: Sequence[LetterChoice]) -> tuple[tuple[str, Words], ...]:
    return tuple((each.code, Words(each.zh, each.en)) for each in choices)


def _gap(name: str, fact: LetterFact | FactColumn, what: Words, remedy: Words) -> Gap:
    told = Words(f"“{fact.name.zh}”{what.zh}", f"{fact.name.en} {what.en}")
    return Gap(name, "wrong_value", told, remedy)
