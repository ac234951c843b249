"""A photograph, by the hash of its file."""

import re
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, must_be

_HASH = re.compile(r"[0-9a-f]{64}")


class PhotoFieldType(FieldType):
    """An uploaded photograph: the SHA-256 of its bytes. Source: FIPS 180-4."""

    name = "photo"
    label = Words("照片", "Photo")
    about = Words("已上传照片的SHA-256，64位十六进制小写", "the SHA-256 of an uploaded photo, 64 lower-case hex digits")
    source = "FIPS 180-4"
    widget = "file"
    example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no hash of a file.

        Source: FIPS 180-4 (SHA-256); docs/topics/kernel.md, "Evidence that closes one case only".
        """
        if isinstance(value, str) and _HASH.fullmatch(value):
            return None
        return must_be("已上传照片的SHA-256", "the SHA-256 of an uploaded photo")

    def schema(self, asked: Asked) -> dict[str, Any]:
        """64 hexadecimal digits.

        Source: FIPS 180-4 (SHA-256); docs/topics/kernel.md, "Evidence that closes one case only".
        """
        return {"type": "string", "pattern": "^[0-9a-f]{64}$"}


TYPE = PhotoFieldType()
