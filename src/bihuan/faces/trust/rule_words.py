"""What fields of rule tables are called on pages: what the table itself says, else the house's words, else the name.

Tables that were in force before a table could say it have no `label`: giving them one would change their digest.
"""

from __future__ import annotations

from bihuan.faces.parts.language import say
from bihuan.loop.kernel.model import Text
from bihuan.rules.fields import Input, Output

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


def name_field(field: Input | Output) -> str:
    """Return what a field is called in the reader's language, with its unit.

    Source: docs/topics/rules.md, "A rule table" (label).
    """
    if field.label:
        name = say((field.label["zh"], field.label["en"]))
    else:
        name = say(FIELDS[field.name]) if field.name in FIELDS else field.name
    unit = say(UNITS[field.unit]) if field.unit in UNITS else field.unit
    return f"{name} ({unit})" if unit else name
