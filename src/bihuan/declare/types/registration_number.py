"""The registration number of a market entity, with its check digit."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_FORM = re.compile(r"[0-9]{15}")


class RegistrationNumberFieldType(FieldType):
    """工商行政管理市场主体注册号: 15 digits, the last checks the others, ISO 7064 MOD 11,10. Source: GS 15-2006."""

    name = "registration_number"
    label = Words("市场主体注册号", "Registration number")
    about = Words("15位注册号，末位为校验码", "15 digits, the last a check digit")
    source = "GS 15-2006"
    example = "110108000000016"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The number, without spaces."""
        return str(self._accept("".join(unicodedata.normalize("NFKC", text).split())))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no such number."""
        if not isinstance(value, str) or not value.isascii() or not _FORM.fullmatch(value):
            return must_be("15位注册号", "a registration number of 15 digits")
        if value[14] != check_digit(value[:14]):
            what = Words("校验码不符", "does not fit its check digit")
            return Wrong(what, Words("请对照营业执照核对每一位", "Compare each digit with the licence"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


def check_digit(body: str) -> str:
    """The check digit of the first 14. Source: GS 15-2006; ISO/IEC 7064, MOD 11,10."""
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


TYPE = RegistrationNumberFieldType()
