"""A number with its unit, exact."""

import re
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, Control, FieldType, Words, Wrong, must_be

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")


class QuantityFieldType(FieldType):
    """A decimal number, kept as the text that was written: no float ever rounds it. Its unit is the field's `unit`.

    A programme's form calls this type `number`. Source: RFC 8259 §6 (numbers beyond a double are not interoperable).
    """

    name = "decimal"
    label = Words("数值", "Number with unit")
    about = Words("数字，如 12 或 0.5（存为文字）", "a number such as 12 or 0.5, kept as text")
    source = "RFC 8259"
    widget = "decimal"
    column = "numeric(27, 9)"
    arrow = "decimal128(27, 9)"
    example = "0.5"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no decimal number.

        Source: docs/adr/0231 (numbers are text: an event keeps what every JSON reader reads exactly)
        """
        if isinstance(value, str) and value.isascii() and _NUMBER.fullmatch(value):
            return None
        return must_be("数字，如 12 或 0.5", "a number such as 12 or 0.5")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Digits as text.

        Source: docs/adr/0231 (numbers are text: an event keeps what every JSON reader reads exactly)
        """
        return {"type": "string", "pattern": f"^{_NUMBER.pattern}$"}

    def ask(self, asked: Asked) -> Control:
        """The unit stands beside the input."""
        unit = str(getattr(asked, "unit", ""))
        return Control(self.widget, hint=Words(unit, unit))


TYPE = QuantityFieldType()
