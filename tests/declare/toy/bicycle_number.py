"""The number of a shared bicycle: nine digits, the last checks the others (a toy: Luhn, ISO/IEC 7812-1 annex B)."""

import re
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be


class BicycleNumber(FieldType):
    """Nine digits."""

    name = "bicycle_number"
    label = Words("单车编号", "Bicycle number")
    about = Words("9位数字，末位为校验码", "nine digits, the last a check digit")
    hint = Words("车身上的9位数字", "Nine digits on the frame")
    example = "123456782"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        return str(self._accept(re.sub(r"[\s-]", "", text)))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{9}", value) and _luhn(value):
            return None
        return must_be("9位单车编号", "a bicycle number of nine digits")

    def schema(self, asked: Asked) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{9}$"}


def _luhn(number: str) -> bool:
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(number))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


TYPE = BicycleNumber()
