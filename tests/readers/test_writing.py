"""The one CSV writer: what a spreadsheet would run is text, and comes back as it was."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.readers.writing import CsvWriter, make_harmless, replace_file, restore_cell


@pytest.mark.parametrize(
    "cell", ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "-", "+86 10 1"]
)
def test_a_formula_becomes_text(cell: str) -> None:
    assert make_harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+3.25", "-1.5e-3", "12%", "word", "", "a=b", "'tis", -5, None, 1.5])
def test_numbers_and_words_stay(cell: object) -> None:
    assert make_harmless(cell) == cell


@given(st.text())
def test_every_text_comes_back_and_none_begins_a_formula(text: str) -> None:
    written = make_harmless(text)
    assert restore_cell(written) == text
    assert written[:1] not in ("=", "@", "\t", "\r")


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=2, max_size=2)))
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = CsvWriter(out, ["a", "b"])
    for row in rows:
        writer.write(row)
    out.seek(0)
    assert [[restore_cell(cell) for cell in row] for row in csv.reader(out)] == [["a", "b"], *rows]
    assert writer.rows == len(rows)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with pytest.raises(ZeroDivisionError), replace_file(target) as stream:
        CsvWriter(stream, ["a"]).write(str(1 // n) for n in (1, 0))
    assert list(tmp_path.iterdir()) == []
    with replace_file(target) as stream:
        CsvWriter(stream, ["a"]).write(["\udcff"])
    assert target.read_text() == "a\n?\n"
