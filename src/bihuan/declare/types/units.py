"""Several units of the organisation register."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong
from bihuan.declare.types.unit import TYPE as UNIT

MOST = 50


class UnitsFieldType(FieldType):
    """The codes of 1 to 50 units."""

    name = "units"
    label = Words("多个单位", "Units")
    about = Words(f"1至{MOST}个单位的编码", f"the codes of 1 to {MOST} units")
    datalist = "units"
    hint = Words("名称或代码，用逗号分隔", "Names or codes, separated by commas")
    in_forms = False
    column = "jsonb"
    arrow = "list<item: string>"
    example = "urban-management, street-1"

    def parse(self, text: str, asked: Asked, names: Names) -> list[str]:
        """Return the codes behind codes or names. Source: DOMAIN E12 (several units are called in)."""
        parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
        return [UNIT.parse(part, asked, names) for part in parts if part]

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no list of units. Source: DOMAIN E12 (several units are called in)."""
        if not isinstance(value, list) or not 0 < len(value) <= MOST:
            what = Words(f"须为1至{MOST}个单位", f"must be a list of 1 to {MOST} units")
            return Wrong(what, Words('例如 ["urban-management"]', 'For example ["urban-management"]'))
        return next((wrong for code in value if (wrong := UNIT.check(code, asked, codes))), None)

    def export(self, value: Any) -> str:
        """Codes, separated by commas."""
        return ", ".join(value)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return a list of codes. Source: DOMAIN E12 (several units are called in)."""
        return {"type": "array", "items": UNIT.schema(asked), "minItems": 1, "maxItems": MOST}


TYPE = UnitsFieldType()
