"""A signature: proof that somebody typed a name, without the name."""

import hashlib
import re
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, Words, Wrong

_HASH = re.compile(r"[0-9a-f]{64}")


class SignatureFieldType(FieldType):
    """The SHA-256 over the typed name, who typed it and when. Source: FIPS 180-4."""

    name = "signature"
    label = Words("签名", "Signature")
    about = Words("签名的SHA-256摘要，64位十六进制小写", "the SHA-256 of what was signed, 64 lower-case hex digits")
    source = "FIPS 180-4"
    hint = Words("输入全名以签名", "Type your full name to sign")
    in_forms = False
    example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the digest of a typed name; a digest stays what it is.

        Source: FIPS 180-4 (SHA-256); DOMAIN E12 (arrival is proved by signature)
        """
        if _HASH.fullmatch(text):
            return text
        told = f"{text}|{names.signer}|{names.now.isoformat()}"
        return hashlib.sha256(told.encode(errors="replace")).hexdigest()

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no digest. Source: FIPS 180-4 (SHA-256); DOMAIN E12 (arrival is proved by signature)."""
        if isinstance(value, str) and _HASH.fullmatch(value):
            return None
        remedy = Words("姓名不进入记录：传64位十六进制摘要", "No name enters the record: send 64 hexadecimal digits")
        return Wrong(Words("须为签名的SHA-256摘要", "must be the SHA-256 of what was signed"), remedy)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """64 hexadecimal digits. Source: FIPS 180-4 (SHA-256); DOMAIN E12 (arrival is proved by signature)."""
        return {"type": "string", "pattern": "^[0-9a-f]{64}$"}


TYPE = SignatureFieldType()
