"""A code of another system, kept as it is."""

from bihuan.declare.fieldtype import FieldType, Words


class CodeFieldType(FieldType):
    """A short word that names something and says nothing of anybody."""

    name = "code"
    label = Words("编码", "Code")
    about = Words("编码，最多200字", "a code, 200 characters at most")
    example = "BJ-2026-0001"


TYPE = CodeFieldType()
