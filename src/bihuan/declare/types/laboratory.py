"""A laboratory's result: a number, or a limit of detection with L, below which the value lay."""

import math
import re
from decimal import Decimal
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, must_be

_RESULT = re.compile(r"(?P<number>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?)(?P<below>[Ll]?)")


class LaboratoryFieldType(FieldType):
    """A measured number, or `0.4L`: below 0.4, the limit of detection. Kept as it was written.

    Source: HJ 630-2011 §5.4 (L behind the limit of detection).
    """

    name = "laboratory"
    label = Words("实验室结果", "Laboratory result")
    about = Words("数字，如 0.12；低于检出限写检出限加 L，如 0.025L", "a number such as 0.12; below detection 0.025L")
    source = "HJ 630-2011 §5.4"
    widget = "decimal"
    in_forms = False
    column = "text"
    arrow = "string"
    example = "0.025L"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no result of a laboratory. Source: HJ 630-2011 §5.4."""
        found = _RESULT.fullmatch(value) if isinstance(value, str) and value.isascii() else None
        if found and math.isfinite(float(found["number"])):
            return None
        return must_be("数字或检出限加 L，如 0.025L", "a number, or a limit of detection with L such as 0.025L")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Digits as text. Source: docs/adr/0231 (numbers are text)."""
        return {"type": "string", "pattern": f"^{_RESULT.pattern.replace('?P<number>', '').replace('?P<below>', '')}$"}


def exact_result(text: str) -> Decimal:
    """The number that takes part: as written, or half of the limit of detection.

    Source: 地表水环境质量评价办法（试行）(2011); HJ 630-2011 §5.4.
    """
    found = _RESULT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no laboratory result")
    return Decimal(found["number"]) / 2 if found["below"] else Decimal(found["number"])


TYPE = LaboratoryFieldType()
