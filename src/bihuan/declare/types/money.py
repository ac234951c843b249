"""An amount of money in yuan."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,15})\.[0-9]{2}")
_TYPED = re.compile(r"(-?)[¥￥]?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?:\.([0-9]{1,2}))?\s*元?")


class MoneyFieldType(FieldType):
    """Yuan and fen, kept as text with two decimals. Source: GB/T 12406 (CNY has two decimals, ISO 4217)."""

    name = "money"
    label = Words("金额", "Amount of money")
    about = Words("人民币元，两位小数，如 1234.50", "yuan with two decimals, such as 1234.50")
    source = "ISO 4217"
    hint = Words("元，如 1,234.50", "Yuan, such as 1,234.50")
    column = "numeric(18, 2)"
    arrow = "decimal128(18, 2)"
    example = "1234.50"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The amount of `¥1,234.5` or `1234.50元`. Source: DOMAIN §3 (money is decimal with its unit, never a float)."""
        found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text))
        if found is None:
            return str(self._accept(text))
        sign, whole, cents = found.groups()
        amount = f"{int(whole.replace(',', ''))}.{(cents or '').ljust(2, '0')}"
        return str(self._accept(f"{sign}{amount}"))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no amount. Source: DOMAIN §3 (money is decimal with its unit, never a float)."""
        if isinstance(value, str) and value.isascii() and _AMOUNT.fullmatch(value):
            return None
        return must_be("金额（元），如 1234.50", "an amount in yuan such as 1234.50")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Digits as text. Source: DOMAIN §3 (money is decimal with its unit, never a float)."""
        return {"type": "string", "pattern": f"^{_AMOUNT.pattern}$"}


TYPE = MoneyFieldType()
