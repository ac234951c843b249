"""One of the codes that the declaration lists."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, Control, FieldType, Names, UnparsableText, Words, Wrong

FEW = 5  # so many stand side by side; more are a list


class ChoiceFieldType(FieldType):
    """A code list: the value is a code, people see its name."""

    name = "choice"
    label = Words("选项", "Choice")
    about = Words("声明中列出的编码之一", "one of the codes that the declaration lists")
    widget = "select"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """The code of a choice, by code or by one of its names. Source: docs/topics/declarations.md, "Field types"."""
        for code, name in asked.choices:
            if text in (code, name.zh, name.en):
                return code
        raise UnparsableText(_wrong(asked)) if asked.choices else UnparsableText(_none(asked))

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is none of the choices; where nothing can be chosen now, the handler says why.

        Source: docs/topics/declarations.md, "Field types".
        """
        known = {code for code, _ in asked.choices}
        return None if isinstance(value, str) and (value in known or not known) else _wrong(asked)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return the codes. Source: JSON Schema 2020-12 (enum)."""
        known = [code for code, _ in asked.choices]
        return {"type": "string", "enum": known} if known else {"type": "string"}

    def ask(self, asked: Asked) -> Control:
        """Few choices stand side by side, more are a list; of a list nothing may be chosen when nothing is required.

        Source: docs/adr/0050 (2, forms are drawn from the field descriptions)
        """
        if 0 < len(asked.choices) <= FEW:
            return Control("radio")
        return Control("select", choices=() if asked.required else (("", Words("—", "—")),))


def _wrong(asked: Asked) -> Wrong:
    zh = "、".join(f"{code}（{name.zh}）" for code, name in asked.choices)
    en = ", ".join(code for code, _ in asked.choices)
    what = Words(f"须为：{zh or '（无可选项）'}", f"must be one of: {en or 'nothing'}")
    return Wrong(what, Words("请从中选择", "Choose one of these"), unknown=True)


def _none(asked: Asked) -> Wrong:
    what = Words("现在没有可选项", "has nothing to choose from now")
    return Wrong(what, Words("请留空", "Leave it empty"), unknown=True)


TYPE = ChoiceFieldType()
