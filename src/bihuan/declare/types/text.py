"""A short text in which people write what they like."""

from bihuan.declare.fieldtype import FieldType, Words


class ShortTextFieldType(FieldType):
    """One line of words."""

    name = "text"
    label = Words("文字", "Text")
    about = Words("一行文字，最多2000字", "one line of words, 2,000 characters at most")
    sealed = True
    longest = 2_000
    example = "路灯不亮"


TYPE = ShortTextFieldType()
