"""An uploaded file."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong

_WRONG = Wrong(
    Words("须先上传文件", "is an upload, not a value"),
    Words("先上传，再引用上传编号（media）", "Upload it first and give its id as media"),
)


class FileFieldType(FieldType):
    """A file is uploaded first and named by its id; it is never a value of a command."""

    name = "file"
    label = Words("文件", "File")
    about = Words("上传的文件；命令中写上传编号（media）", "an upload; a command names its id as media")
    widget = "file"
    in_forms = False
    column = "none"
    arrow = "none"

    def parse(self, text: str, asked: Asked, names: Names) -> Any:
        """No text is a file."""
        raise UnparsableText(_WRONG)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """No value is a file."""
        return _WRONG

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Nothing. Source: JSON Schema 2020-12 (`not`)."""
        return {"not": {}}


TYPE = FileFieldType()
