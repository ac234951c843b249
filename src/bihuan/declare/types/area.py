"""An area of the district: sub-district, community, grid."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong, no_code, text_wrong

_KIND = Words("地点", "area")


class AreaFieldType(FieldType):
    """The code of an area that exists on the day of the act."""

    name = "area"
    label = Words("地点", "Area")
    about = Words("区划名录中的编码", "a code of the area register")
    datalist = "areas"
    in_forms = False
    example = "110108001001"

    def parse(self, text: str, asked: Asked, names: Names) -> str:
        """Return the code behind a code or name.

        Raises:
            UnparsableText: there is no such area.

        Source: GB/T 2260 and its sub-district codes, as the register of areas holds them.
        """
        found = names.area(text)
        if found is None:
            remedy = Words("请从列表中选择", "choose one of the list")
            raise UnparsableText(no_code(text, _KIND, remedy))
        return found

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no code of the register.

        Source: GB/T 2260 and its sub-district codes, as the register of areas holds them.
        """
        wrong = text_wrong(value, self.longest)
        if wrong is not None or codes.history or codes.has_area(value):
            return wrong
        return no_code(
            value, _KIND, Words("按区划名录填写本区的编码，见 GET /areas", "Give a code of this district: GET /areas")
        )


TYPE = AreaFieldType()
