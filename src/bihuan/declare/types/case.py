"""Another case."""

from typing import Any
from uuid import UUID

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong


class CaseIdFieldType(FieldType):
    """The id of a case; people write its number. Source: RFC 9562."""

    name = "case"
    label = Words("案件", "Case")
    about = Words("案件的标识（UUID）；页面上写编号", "the id of a case (UUID); on pages its number")
    source = "RFC 9562"
    hint = Words("案件编号", "Number of the case")
    in_forms = False
    column = "uuid"
    example = "0199a7b0-0000-7000-8000-000000000001"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the id of a case that the writer may see.

        Raises:
            UnparsableText: there is no such case that the writer may see.

        Source: DESIGN §7 (visibility: only a case the writer may see).
        """
        if _is_id(text) and names.case(text) is None:
            return text
        found = names.case(text)
        if found is None:
            what = Words(f"没有您可以查看的案件“{text[:80]}”", f"There is no case “{text[:80]}” that you may see")
            remedy = Words("请核对编号", "Check its number")
            raise UnparsableText(Wrong(what, remedy, unknown=True, whole=True))
        return found

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no id. Source: RFC 9562 (UUID)."""
        if isinstance(value, str) and _is_id(value):
            return None
        remedy = Words("用案件页上的操作选择主单", "Choose the case on its page")
        return Wrong(Words("须为案件的标识", "must be the id of a case"), remedy)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return a UUID. Source: RFC 9562 (UUID)."""
        return {"type": "string", "format": "uuid"}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


TYPE = CaseIdFieldType()
