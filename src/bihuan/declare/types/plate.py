"""The licence plate of a motor vehicle. Sealed, since it leads to its owner."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_FORM = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z]{{1}}(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJ-NP-Z0-9]{{6}})"
)


class PlateFieldType(FieldType):
    """机动车号牌: province, authority, five characters (six: new energy), no I and O. Source: GA 36-2018."""

    name = "plate"
    label = Words("车牌号", "Licence plate")
    about = Words("机动车号牌号码，如 京A12345 或 京AD12345；封存", "a plate such as 京A12345 or 京AD12345; sealed")
    source = "GA 36-2018"
    sealed = True
    example = "京A12345"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the plate in capitals, without spaces and dots. Source: GA 36 (机动车号牌)."""
        return str(self._accept(re.sub(r"[\s·•.-]", "", unicodedata.normalize("NFKC", text)).upper()))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no plate. Source: GA 36 (机动车号牌)."""
        if isinstance(value, str) and _FORM.fullmatch(value):
            return None
        return must_be("车牌号，如 京A12345", "a licence plate such as 京A12345")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form. Source: GA 36 (机动车号牌)."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


TYPE = PlateFieldType()
