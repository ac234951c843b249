"""Cells of a method's answer as people read them: subjects by their names, codes in words, numbers without a tail."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from bihuan.declare.fieldtype import Label
from bihuan.faces.parts.language import say
from bihuan.faces.parts.subjects import NO, YES
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.methods.declared.model import Method
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import SubjectType

PLAIN = re.compile(r"-?\d+(\.\d+)?")
"""A number as methods write it; what stands with another sign is text."""
TRUE = ("true", "yes", "1")
NUMBERS = frozenset({"count", "decimal", "number", "real"})


@dataclass(frozen=True)
class AnswerTelling:
    """What the cells of an answer are told with.

    Attributes:
        words: column → code → what it is called, beside the method's own words.
        titles: (column, key) → what the subject is called.
    """

    here: World
    method: Method
    link: Mapping[str, str]
    areas: Collection[str]
    words: Mapping[str, Mapping[str, Label]]
    titles: Mapping[tuple[str, str], str]

    def cell(self, name: str, value: Any) -> Cell:
        """The value of a column. Source: docs/topics/views.md, "Panels"."""
        column = next(each for each in self.method.output if each.name == name)
        text = "" if value is None else str(value)
        labels: dict[str, Label] = dict(column.choices) or dict(self.words.get(name, {}))
        said = labels.get(text)
        url = reverse("subjects-one", args=[self.link[name], value]) if name in self.link and value else ""
        if said is not None:
            return Cell(say(said), url)
        if name in self.areas or (column.type == "area" and value):
            return Cell(self.here.names.area(text) or text, url)
        if title := self.titles.get((name, text)):
            return Cell(title, url)
        if column.type == "yes_no" and text:
            return Cell(say(YES if text.lower() in TRUE else NO), url)
        number = column.type in NUMBERS and PLAIN.fullmatch(text) is not None
        return Cell(short(text) if number else text, url, number)


def short(text: str) -> str:
    """A number without zeros that say nothing: `2.000000` → `2`, `0.250000` → `0.25`; digits are never lost.

    Two decimals stay as they are: `12.50` is an amount.
    """
    tail = text.partition(".")[2]
    return text.rstrip("0").rstrip(".") if len(tail) > 2 else text


def words_of(kinds: Mapping[str, tuple[SubjectType, str]]) -> dict[str, dict[str, Label]]:
    """The words that registers have for the codes of a column: column → (type, field) it was taken from."""
    return {
        name: {each.code: each for each in kind.fields[field].choices}
        for name, (kind, field) in kinds.items()
        if field in kind.fields and kind.fields[field].choices
    }


def titles_of(
    here: World, link: Mapping[str, str], columns: Mapping[str, list[Any]], rows: Collection[int], looker: Looker
) -> dict[tuple[str, str], str]:
    """What the subjects that rows lead to are called, by (column, key): one question for each column with a link.

    A type that is closed to the looker tells no names.
    """
    day = here.now.astimezone(here.zone).date()
    found: dict[tuple[str, str], str] = {}
    for name, type_ in link.items():
        keys = {str(columns[name][row]) for row in rows if columns[name][row]}
        try:
            told = asking.titles(here.registers.district.code, subject_type(type_), keys, day, looker)
        except FenceClosed:
            continue
        found |= {(name, key): title for key, title in told.items()}
    return found
