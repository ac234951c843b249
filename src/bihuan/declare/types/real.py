"""A measured number: what instruments and other programs write, with or without an exponent."""

import math
import re
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, must_be

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class MeasuredFieldType(FieldType):
    """A finite number of any number of digits, kept as it was written. Bounds of law are `decimal`, never this.

    Source: RFC 8259 §6 (form of numbers).
    """

    name = "real"
    label = Words("测量值", "Measured number")
    about = Words("数字，如 116.39 或 1.2e-3", "a number such as 116.39 or 1.2e-3")
    source = "RFC 8259"
    widget = "decimal"
    in_forms = False
    column = "double precision"
    arrow = "double"
    example = "116.39"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no finite number. Source: docs/adr/0231 (numbers are text)."""
        if isinstance(value, str) and value.isascii() and _NUMBER.fullmatch(value) and math.isfinite(float(value)):
            return None
        return must_be("数字，如 116.39", "a number such as 116.39")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Digits as text. Source: docs/adr/0231 (numbers are text)."""
        return {"type": "string", "pattern": f"^{_NUMBER.pattern}$"}


TYPE = MeasuredFieldType()
