"""Tables in files are read and written in one room."""

from __future__ import annotations

import ast
from pathlib import Path

import bihuan

SOURCE = Path(bihuan.__file__).parent
FORMATS = {"csv", "openpyxl", "python_calamine", "xlsxwriter", "pyarrow.csv"}
ELSEWHERE = {
    "watches/scene.py",  # no file: what the database's own COPY hands over
    "declare/types/table.py",  # the text of a form's field, no file; it stands below the room
}


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_no_other_room_reads_or_writes_csv_or_workbooks_by_itself() -> None:
    guilty = {
        file.relative_to(SOURCE).as_posix(): wrong
        for file in SOURCE.rglob("*.py")
        if not file.is_relative_to(SOURCE / "readers") and (wrong := imported(file) & FORMATS)
    }
    assert {file: wrong for file, wrong in guilty.items() if file not in ELSEWHERE} == {}
    assert guilty.keys() >= ELSEWHERE, "each exception is still one"
