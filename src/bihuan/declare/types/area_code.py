"""The code of an administrative division, as far as a place is known."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_FORM = re.compile(r"[1-8][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?")
_PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"
PROVINCES = frozenset(_PROVINCES.split())


class AreaCodeFieldType(FieldType):
    """行政区划代码: 6 digits (county), 9 (sub-district) or 12 (community). Source: GB/T 2260, GB/T 10114."""

    name = "area_code"
    label = Words("行政区划代码", "Code of an administrative division")
    about = Words("6位（县级）、9位（乡级）或12位（村级）代码", "6 digits (county), 9 (sub-district) or 12 (community)")
    source = "GB/T 2260-2007"
    example = "110108"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The code, without spaces."""
        return str(self._accept("".join(unicodedata.normalize("NFKC", text).split())))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no such code. The standard has no check digit; the province must be one."""
        if not isinstance(value, str) or not value.isascii() or not _FORM.fullmatch(value):
            return must_be("6、9或12位行政区划代码", "a code of 6, 9 or 12 digits")
        if value[:2] not in PROVINCES:
            what = Words("开头不是省级代码", "begins with no province")
            return Wrong(what, Words("请对照行政区划代码核对", "Compare it with the list of divisions"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


TYPE = AreaCodeFieldType()
