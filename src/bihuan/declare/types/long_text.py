"""A text of several lines in which people write what they like."""

from bihuan.declare.fieldtype import FieldType, Words


class LongTextFieldType(FieldType):
    """Words in several lines."""

    name = "long_text"
    label = Words("长文字", "Long text")
    about = Words("多行文字，最多20万字", "words in several lines, 200,000 characters at most")
    widget = "textarea"
    sealed = True
    longest = 200_000
    example = "路灯不亮，已三天"


TYPE = LongTextFieldType()
