"""What fields and codes of rule tables are called: by the table itself, else by the house, else by their own name.

Tables that were in force before a table could say it have neither `label` nor `words`; some would change their
digest. Areas, units, categories, programmes and urgencies are named by the registers and declarations in force today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.fields import CHANNELS, RESULTS, URGENCIES
from bihuan.loop.kernel.model import Text
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.errors import RegisterError
from bihuan.rules.fields import Output, TableInput
from bihuan.rules.quantities import number_text
from bihuan.rules.tables import ANY

FIELDS = {
    "area": Text("区划", "Area"),
    "category": Text("类别", "Category"),
    "residents": Text("常住人口", "Residents"),
    "urgency": Text("紧急程度", "Urgency"),
    "within": Text("时限", "Within"),
}
"""Name of a field in shipped tables → what it is called."""

UNITS = {"person": Text("人", "persons"), "day": Text("天", "days")}
"""Words among the units; signs such as mg/L are the same in both languages."""


def name_field(field: TableInput | Output) -> str:
    """Return what a field is called in the reader's language, with its unit.

    Source: docs/topics/rules.md, "A rule table" (label).
    """
    if field.label:
        name = say((field.label["zh"], field.label["en"]))
    else:
        name = say(FIELDS[field.name]) if field.name in FIELDS else field.name
    unit = say(UNITS[field.unit]) if field.unit in UNITS else field.unit
    return f"{name} ({unit})" if unit else name


ANYTHING = Text("任意", "Any")
CODES: Mapping[str, Mapping[str, Text]] = {"urgency": URGENCIES, "channel": CHANNELS, "result": RESULTS}
"""Name of a field → what the loop's own codes are called."""

LENGTHS = {
    "minutes": Text("{n} 分钟", "{n} minutes"),
    "hours": Text("{n} 小时", "{n} hours"),
    "days": Text("{n} 天", "{n} days"),
    "working_days": Text("{n} 个工作日", "{n} working days"),
    "month_end": Text("至当月最后一天", "to the end of the month"),
}
"""Unit of a length of time → how it is said; one of something loses its s."""


def value_text(value: Any) -> str:
    """Return a value of a rule as people read it: exact numbers, words in the reader's language.

    Source: docs/topics/rules.md, "A rule table" (output kinds).
    """
    if isinstance(value, bool):
        return say(Text("是", "Yes") if value else Text("否", "No"))
    if isinstance(value, Mapping):
        return say((value["zh"], value["en"]))
    if isinstance(value, str):
        return say(ANYTHING) if value == ANY else value
    return number_text(value)


def cell_text(here: World, owner: str, field: TableInput | Output, value: Any) -> str:
    """Return a cell of a field as people read it; a code by its name, a length of time in words.

    Args:
        here: Day, place and registers of the page.
        owner: The programme that owns the table; empty for a shared one.
        field: The input or output that the cell belongs to.
        value: What stands there: text, flag, exact number, or a text in both languages.

    Source: docs/topics/rules.md, "A rule table" (words).
    """
    if not isinstance(value, str) or value == ANY:
        return value_text(value)
    if value in field.words:
        return say((field.words[value]["zh"], field.words[value]["en"]))
    if field.name in CODES:
        return say(CODES[field.name].get(value, Text(value, value)))
    if field.name in _NAMED:
        return _NAMED[field.name](here, owner, value)
    return _length_text(value) if isinstance(field, Output) else value


_NAMED: Mapping[str, Callable[[World, str, str], str]] = {
    "area": lambda here, owner, code: here.names.area(code),
    "category": lambda here, owner, code: here.names.category_path(code, owner) if owner else here.names.category(code),
    "unit": lambda here, owner, code: here.names.unit(code),
    "programme": lambda here, owner, code: say(found.name) if (found := all_programmes().get(code)) else code,
}
"""Name of a field → who knows what its codes are called."""


def _length_text(text: str) -> str:
    """A length of time in the reader's language; any other text as it is."""
    try:
        length = Duration.parse(text)
    except RegisterError:
        return text
    said = say(LENGTHS[length.unit]).format(n=length.amount)
    return said.removesuffix("s") if length.amount == 1 else said
