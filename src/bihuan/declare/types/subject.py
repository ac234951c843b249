"""The key of an asset, site, enterprise or member that a case concerns."""

from bihuan.declare.fieldtype import FieldType, Words


class SubjectFieldType(FieldType):
    """What a case is about, beside its place and its unit."""

    name = "subject"
    label = Words("对象", "Subject")
    about = Words("对象的编码，最多200字", "the key of what the case concerns, 200 characters at most")
    hint = Words("资产、场所或成员的编码", "Key of an asset, site or member")
    example = "boiler-17"


TYPE = SubjectFieldType()
