"""Tables in files are read and written in one room."""

from __future__ import annotations

from tests.tree import files

FORMATS = {"csv", "openpyxl", "python_calamine", "xlsxwriter", "pyarrow.csv"}
ELSEWHERE = {
    "watches/scene.py",  # no file: what the database's own COPY hands over
    "declare/types/table.py",  # the text of a form's field, no file; it stands below the room
}


def test_no_other_room_reads_or_writes_csv_or_workbooks_by_itself() -> None:
    guilty = {file.path: wrong for file in files() if file.parts[0] != "readers" and (wrong := file.imports & FORMATS)}
    assert {file: wrong for file, wrong in guilty.items() if file not in ELSEWHERE} == {}
    assert guilty.keys() >= ELSEWHERE, "each exception is still one"
