"""Somebody who works here."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, no_code, text_wrong


class PersonFieldType(FieldType):
    """The code of an active person of the unit."""

    name = "person"
    label = Words("人员", "Person")
    about = Words("在岗人员的编码", "the code of somebody active")
    widget = "select"
    offers = "people"
    in_forms = False
    example = "handler"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is nobody's code. Source: docs/adr/0231 (asked of `Codes`)."""
        wrong = text_wrong(value, self.longest)
        if wrong is not None or codes.has_person(value):
            return wrong
        remedy = Words("从本单位人员中选择", "Choose one of the unit's people")
        return no_code(value, Words("在岗人员", "active person"), remedy)


TYPE = PersonFieldType()
