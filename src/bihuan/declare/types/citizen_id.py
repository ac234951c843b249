"""The citizen identification number of a person, with its check character. Always sealed."""

import re
import unicodedata
from datetime import date
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")


class CitizenIdFieldType(FieldType):
    """公民身份号码: area, day of birth, order, check character ISO 7064 MOD 11-2. Source: GB 11643-1999."""

    name = "citizen_id"
    label = Words("公民身份号码", "Citizen identification number")
    about = Words(
        "18位公民身份号码，末位为校验码；始终封存", "18 characters, the last a check character; always sealed"
    )
    source = "GB 11643-1999"
    sealed = True
    example = "11010519491231002X"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the number, without spaces. Source: GB 11643-1999 (公民身份号码, check character ISO 7064 MOD 11-2)."""
        return str(self._accept("".join(unicodedata.normalize("NFKC", text).split()).upper()))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no such number. No sentence repeats it.

        Source: GB 11643-1999 (公民身份号码, check character ISO 7064 MOD 11-2)
        """
        if not isinstance(value, str) or not value.isascii() or not _FORM.fullmatch(value):
            return must_be("18位公民身份号码", "a citizen identification number of 18 characters")
        if not _is_day(value[6:14]) or value[17] != check_character(value[:17]):
            what = Words("与校验码或出生日期不符", "does not fit its check character or day of birth")
            return Wrong(what, Words("请对照证件核对每一位", "Compare each character with the card"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form. Source: GB 11643-1999."""
        return {"type": "string", "pattern": f"^{_FORM.pattern}$"}


def check_character(body: str) -> str:
    """Return the check character of the first 17 digits. Source: GB 11643-1999; ISO/IEC 7064, MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def _is_day(digits: str) -> bool:
    try:
        return date.fromisoformat(digits).year >= 1800
    except ValueError:
        return False


TYPE = CitizenIdFieldType()
