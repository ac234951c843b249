"""The organisation code that the unified social credit code replaced, with its check character."""

import re
import unicodedata
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong, must_be

_FORM = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class OrganisationCodeFieldType(FieldType):
    """组织机构代码: eight characters and one that checks them, MOD 11; kept without the hyphen. Source: GB 11714-1997."""

    name = "organisation_code"
    label = Words("组织机构代码", "Organisation code")
    about = Words("9位组织机构代码，末位为校验码", "nine characters, the last a check character")
    source = "GB 11714-1997"
    hint = Words("9位，如 D2143569-X", "Nine characters, such as D2143569-X")
    example = "D2143569X"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The code, in capitals, without spaces and hyphen."""
        plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
        return str(self._accept(plain.replace("-", "")))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no such code."""
        if not isinstance(value, str) or not value.isascii() or "-" in value or not _FORM.fullmatch(value):
            return must_be("9位组织机构代码", "an organisation code of nine characters")
        if value[8] != check_character(value[:8]):
            what = Words("校验码不符", "does not fit its check character")
            return Wrong(what, Words("请对照证书核对每一位", "Compare each character with the certificate"))
        return None

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Its form."""
        return {"type": "string", "pattern": "^[0-9A-Z]{8}[0-9X]$"}


def check_character(body: str) -> str:
    """The check character of the first eight. Source: GB 11714-1997, 4.3."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11] if total % 11 else "0"


TYPE = OrganisationCodeFieldType()
