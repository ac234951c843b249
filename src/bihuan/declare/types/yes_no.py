"""Yes or no."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, Control, FieldType, Names, UnparsableText, Words, Wrong

YES = frozenset({"yes", "true", "1", "是"})
NO = frozenset({"no", "false", "0", "否"})


class YesNoFieldType(FieldType):
    """A question with two answers."""

    name = "yes_no"
    label = Words("是否", "Yes or no")
    about = Words("true（是）或 false（否）", "true or false")
    widget = "radio"
    in_forms = False
    column = "boolean"
    arrow = "bool"
    example = "yes"

    def parse(self, text: str, asked: Asked, names: Names) -> bool:
        """Return what a word says.

        Raises:
            UnparsableText: neither word.
        """
        word = text.strip().lower()
        if word in YES:
            return True
        if word in NO:
            return False
        raise UnparsableText(Wrong(Words("须为是或否", "must be yes or no"), Words("写“是”或“否”", "Write yes or no")))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is neither."""
        if isinstance(value, bool):
            return None
        remedy = Words("写 true 或 false，不加引号", "Write true or false without quotation marks")
        return Wrong(Words("须为 true（是）或 false（否）", "must be true or false"), remedy)

    def export(self, value: Any) -> str:
        """`yes` or `no`."""
        return "yes" if value else "no"

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return a boolean. Source: JSON Schema 2020-12 (boolean)."""
        return {"type": "boolean"}

    def ask(self, asked: Asked) -> Control:
        """Two answers side by side."""
        return Control(self.widget, choices=(("yes", Words("是", "Yes")), ("no", Words("否", "No"))))


TYPE = YesNoFieldType()
