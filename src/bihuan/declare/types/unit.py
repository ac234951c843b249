"""A unit of the organisation register."""

from typing import Any

from bihuan.declare.fieldtype import (
    Asked,
    Codes,
    Control,
    FieldType,
    Names,
    UnparsableText,
    Words,
    Wrong,
    no_code,
    text_wrong,
)

_KIND = Words("单位", "unit")


class UnitFieldType(FieldType):
    """The code of a unit that exists on the day of the act."""

    name = "unit"
    label = Words("单位", "Unit")
    about = Words("单位名录中的编码", "a code of the organisation register")
    datalist = "units"
    hint = Words("名称或代码", "Name or code")
    in_forms = False
    example = "urban-management"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the code behind a code or name.

        Raises:
            UnparsableText: there is no such unit.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        found = names.unit(text)
        if found is None:
            remedy = Words("请从列表中选择", "choose one of the list")
            raise UnparsableText(no_code(text, _KIND, remedy))
        return found

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no code of the register.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        wrong = text_wrong(value, self.longest)
        if wrong is not None or codes.has_unit(value):
            return wrong
        return no_code(
            value, _KIND, Words("按单位名录填写现行单位的编码", "Give the code of a unit that exists on that day")
        )

    def ask(self, asked: Asked) -> Control:
        """A unit that need not be named is found by the duty matrix.

        Source: docs/topics/registers.md, "The duty matrix" (a unit that is not named is found)
        """
        empty = Words("名称或代码；留空则派给责任单位", "Name or code; leave empty for the duty-bearer")
        return Control(self.widget, self.datalist, self.hint if asked.required else empty)


TYPE = UnitFieldType()
