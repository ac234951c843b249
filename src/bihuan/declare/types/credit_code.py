"""The unified social credit code of a legal person, with its check character."""

import re
import unicodedata
from operator import mul
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Thirty-one characters: no I, O, S, V, Z."""
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_FORM = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


class CreditCodeFieldType(FieldType):
    """统一社会信用代码: 18 characters, the last checks the others, MOD 31-3. Source: GB 32100-2015, annex A."""

    name = "credit_code"
    label = Words("统一社会信用代码", "Unified social credit code")
    about = Words("18位统一社会信用代码，末位为校验码", "18 characters, the last a check character")
    source = "GB 32100-2015"
    hint = Words("18位，如 91350100M000100Y43", "18 characters, such as 91350100M000100Y43")
    example = "91350100M000100Y43"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The code, in capitals, without spaces. Source: GB 32100-2015 (统一社会信用代码, check character mod 31)."""
        return str(self._accept("".join(unicodedata.normalize("NFKC", text).split()).upper()))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no such code. Source: GB 32100-2015 (统一社会信用代码, check character mod 31)."""
        if not isinstance(value, str) or not _FORM.fullmatch(value):
            return must_be("18位统一社会信用代码", "a unified social credit code of 18 characters")
        if value[17] != check_character(value[:17]):
            what = Words("校验码不符", "does not fit its check character")
            return Wrong(what, Words("请对照营业执照核对每一位", "Compare each character with the licence"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form; the check character is not a matter of a pattern. Source: GB 32100-2015."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


def check_character(body: str) -> str:
    """The check character of the first 17: weights 3^(i-1) mod 31. Source: GB 32100-2015, 5.2 and annex A."""
    total = sum(map(mul, map(ALPHABET.index, body), _WEIGHTS))
    return ALPHABET[-total % 31]


TYPE = CreditCodeFieldType()
