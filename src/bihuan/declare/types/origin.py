"""Where a case comes from."""

import json
from typing import Any

from bihuan.declare.exactness import exact as why_inexact
from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong
from bihuan.declare.types.form import parsed
from bihuan.declare.types.instant import TYPE as INSTANT

KNOWN = ("campaign", "due", "lead", "number", "source")
_KNOWN = frozenset(KNOWN)


class OriginFieldType(FieldType):
    """Number, source and deadlines of the system above, or a campaign and its lead unit. A deadline names a clock."""

    name = "origin"
    label = Words("来源", "Origin")
    about = Words(
        "上级系统的编号、来源和时限，或所属行动", "number, source and deadlines of the system above, or a campaign"
    )
    widget = "textarea"
    in_forms = False
    column = "jsonb"
    example = "{}"

    def parse(self, text: str, asked: Asked, names: Names) -> Any:
        """Return the object of a JSON text."""
        return parsed(self, text, asked)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value says nothing of an origin. Source: docs/topics/import.md, "The city above"."""
        if not isinstance(value, dict) or not _KNOWN.issuperset(value) or why_inexact(value):
            what = Words(f"只能含 {'、'.join(KNOWN)}", f"may hold {', '.join(KNOWN)}")
            return Wrong(what, Words("去掉其他内容", "Leave out the rest"))
        clocks, due = codes.clocks(), value.get("due", {})
        for name, at in due.items() if isinstance(due, dict) else [("", None)]:
            if name not in clocks and not (codes.history and not clocks and name):
                zh = f"没有时限“{name}”，可用：{'、'.join(clocks)}"
                what = Words(zh, f"there is no clock {name!r}; known: {', '.join(clocks)}")
                remedy = Words("改用本事项的时限名称", "Use the name of a clock of this programme")
                return Wrong(what, remedy, whole=True, field="due", code="unknown_due")
            wrong = INSTANT.check(at, asked, codes)
            if wrong is not None:
                return wrong._replace(field="due")
        return None

    def export(self, value: Any) -> str:
        """JSON."""
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return an object of known parts. Source: docs/topics/import.md, "The city above"."""
        return {"type": "object", "properties": {name: {} for name in KNOWN}, "additionalProperties": False}


TYPE = OriginFieldType()
