"""The resource code of a platform or terminal of emergency broadcasting."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be
from bihuan.declare.types.area_code import PROVINCES

_FORM = re.compile(r"[1-5][0-9]{22}")


class BroadcastResourceFieldType(FieldType):
    """应急广播资源编码: 23 digits: level 1–5, area 12, type 4, number 4, kind 2. Source: GY/T 384-2023 (to be read)."""

    name = "broadcast_resource"
    label = Words("应急广播资源编码", "Resource code of broadcasting")
    about = Words("23位数字：级别、12位地区、类型、序号", "23 digits: level, area of 12, type, number")
    source = "GY/T 384-2023"
    example = "51101080110000314000100"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The code, without spaces."""
        return str(self._accept("".join(unicodedata.normalize("NFKC", text).split())))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no such code: 23 digits, a level from 1 to 5, an area of a province."""
        if not isinstance(value, str) or not value.isascii() or not _FORM.fullmatch(value):
            return must_be("23位数字，首位为1至5级", "23 digits that begin with a level from 1 to 5")
        if value[0] != "1" and value[1:3] not in PROVINCES:
            what = Words("地区码开头不是省级代码", "has an area that begins with no province")
            return Wrong(what, Words("请对照资源编码规则核对", "Compare it with the rule of resource codes"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


TYPE = BroadcastResourceFieldType()
