"""The values of a programme's form, by the names of its fields."""

import json
from typing import Any

from bihuan.declare.exactness import exact as why_inexact
from bihuan.declare.fieldtype import NOBODY, NOT_TEXT, Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong


class FormFieldType(FieldType):
    """An object of declared and further values; each declared one is checked by its own type."""

    name = "form"
    label = Words("表单", "Form")
    about = Words("表单内容，不含小数", "an object of values without decimals")
    widget = "textarea"
    in_forms = False
    column = "jsonb"
    example = "{}"

    def parse(self, text: str, asked: Asked, names: Names) -> Any:
        """Return the object of a JSON text. Source: RFC 8259 (JSON); RFC 7493."""
        return parsed(self, text, asked)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value cannot stand in an event, or which of its fields is wrong. Source: RFC 8259 (JSON); RFC 7493."""
        if not isinstance(value, dict) or (why := why_inexact(value)) is not None:
            why = why if isinstance(value, dict) else "no object"
            what = Words("须为表单内容，不含小数", f"must be an object without decimals ({why})")
            return Wrong(what, Words("小数请写成文字", "Write decimals as text"))
        return next((wrong for name, item in value.items() if (wrong := _of_field(name, item, codes))), None)

    def export(self, value: Any) -> str:
        """JSON. Source: RFC 8259 (JSON); RFC 7493."""
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return an object."""
        return {"type": "object"}


def parsed(type_: FieldType, text: str, asked: Asked) -> Any:
    """Return the value of a JSON text that a type accepts; raises UnparsableText. Source: RFC 8259 (JSON)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    wrong = type_.check(value, asked, NOBODY)
    if wrong is not None:
        raise UnparsableText(wrong)
    return value


def _of_field(name: str, item: Any, codes: Codes) -> Wrong | None:
    from bihuan.declare.types import field_type

    asked = codes.form_field(name)
    if asked is None:
        return None
    wrong: Wrong | None = NOT_TEXT if not isinstance(item, str) else None
    if wrong is None and item and not codes.history and asked.type != "choice":  # `open` says which choices there are
        wrong = field_type(asked.type).check(item, asked, codes)
    if wrong is None:
        return None
    what = wrong.what if wrong.whole else Words(f"{asked.label.zh}{wrong.what.zh}", f"{asked.label.en} {wrong.what.en}")
    return Wrong(what, wrong.remedy, whole=True, field=f"fields.{name}", code="wrong_value")


TYPE = FormFieldType()
