"""A small table of texts."""

import csv
import io
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong, must_be

MOST = (1_000, 50)


class TableFieldType(FieldType):
    """Rows of texts under named columns: {"columns": […], "rows": [[…], …]}. Source: RFC 4180 for its text form."""

    name = "table"
    label = Words("表格", "Table")
    about = Words("带表头的小表格（CSV）", "a small table with a header (CSV)")
    source = "RFC 4180"
    widget = "textarea"
    hint = Words("第一行为表头，用逗号分隔", "First line: header; cells separated by commas")
    sealed = True
    in_forms = False
    column = "jsonb"
    example = "item,amount"

    def parse(self, text: str, asked: Asked, names: Names) -> dict[str, Any]:
        """Return the table of a CSV text.

        Raises:
            UnparsableText: no CSV, or no table of it.

        Source: RFC 4180 (CSV).
        """
        try:
            lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
        except csv.Error:
            raise UnparsableText(_WRONG) from None
        value = {"columns": lines[0], "rows": lines[1:]} if lines else {}
        wrong = _why_not(value)
        if wrong is not None:
            raise UnparsableText(wrong)
        return value

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no table. Source: docs/topics/declarations.md, "Field types"."""
        return _why_not(value)

    def export(self, value: Any) -> str:
        """CSV. Source: RFC 4180 (CSV)."""
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([value["columns"], *value["rows"]])
        return out.getvalue()

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Columns and rows. Source: docs/topics/declarations.md, "Field types"."""
        texts = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST[1]}
        named = {"columns": texts, "rows": {"type": "array", "items": texts, "maxItems": MOST[0]}}
        return {"type": "object", "properties": named, "required": list(named), "additionalProperties": False}


_WRONG = must_be(
    f"带表头的表格，最多{MOST[0]}行{MOST[1]}列，每行列数相同",
    f"a table with a header, at most {MOST[0]} rows and {MOST[1]} columns, as many cells in each line",
)


def _why_not(value: Any) -> Wrong | None:
    if not isinstance(value, dict) or set(value) != {"columns", "rows"}:
        return _WRONG
    columns, rows = value["columns"], value["rows"]
    if not isinstance(columns, list) or not isinstance(rows, list) or len(rows) > MOST[0] or len(columns) > MOST[1]:
        return _WRONG
    if not columns or not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        return _WRONG
    cells = [cell for row in (columns, *rows) for cell in row]
    fine = all(isinstance(c, str) and len(c) <= 2_000 and "\x00" not in c and c.isprintable() for c in cells)
    return None if fine and len(set(columns)) == len(columns) else _WRONG


TYPE = TableFieldType()
