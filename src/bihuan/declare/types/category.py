"""A category of the programme's tree."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong, no_code, text_wrong


class CategoryFieldType(FieldType):
    """A code of the category tree."""

    name = "category"
    label = Words("分类", "Category")
    about = Words("本事项分类目录中的编码", "a code of the programme's category tree")
    widget = "category"
    offers = "categories"
    in_forms = False
    example = "housing.property.service"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no category. Source: docs/adr/0231 (asked of `Codes`)."""
        wrong = text_wrong(value, self.longest)
        if wrong is not None or codes.history or codes.has_category(value):
            return wrong
        remedy = Words("按本事项的分类目录填写", "Give a code of the programme's category tree")
        return no_code(value, Words("分类", "category"), remedy)


TYPE = CategoryFieldType()
