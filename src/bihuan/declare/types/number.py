"""A whole number that is not negative; and what every type of whole number shares."""

import re
from typing import Any, ClassVar

from bihuan.declare.exactness import LARGEST
from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong

_DIGITS = re.compile(r"[+-]?[0-9]{1,16}")


class WholeFieldType(FieldType):
    """A whole number from `smallest`. Source: RFC 7493 §2.2 (exact in every JSON reader)."""

    name = "number"
    label = Words("整数", "Whole number")
    about = Words("非负整数", "a whole number, not negative")
    source = "RFC 7493"
    widget = "number"
    in_forms = False
    column = "bigint"
    arrow = "int64"
    example = "12"
    smallest: ClassVar[int] = 0
    wrong: ClassVar[Wrong] = Wrong(
        Words("须为非负整数", "must be a whole number, not negative"), Words("请填写整数", "Write a whole number")
    )

    def parse(self, text: str, asked: Asked, names: Names) -> int:
        """Return the number that digits stand for.

        Raises:
            UnparsableText: no such number.

        Source: RFC 7493 §2.2 (integers that every JSON reader keeps).
        """
        if not text.isascii() or not _DIGITS.fullmatch(text) or not self.smallest <= int(text) <= LARGEST:
            raise UnparsableText(self.wrong)
        return int(text)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no such number. Source: RFC 7493 §2.2 (integers that every JSON reader keeps)."""
        return None if type(value) is int and self.smallest <= value <= LARGEST else self.wrong

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return an integer. Source: RFC 7493 §2.2 (integers that every JSON reader keeps)."""
        return {"type": "integer", "minimum": self.smallest, "maximum": LARGEST}


TYPE = WholeFieldType()
