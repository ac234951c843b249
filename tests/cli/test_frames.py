"""Ids come back as they stood in the file, also when nobody says which column they are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.cli.frames import read_frame


@pytest.mark.parametrize(
    ("header", "rows", "ids"),
    [
        ("留言编号,留言主题", ("A7,停水", "B9,停电"), ["A7", "B9"]),
        ("message_id,text", ("10,x", "11,y"), ["10", "11"]),
        ("id,text", ("5,x", "5,y"), ["1", "2"]),  # not distinct: no id
        ("id,text", ("5,x", ",y"), ["1", "2"]),  # one is missing
        ("text,category", ("x,a", "y,b"), ["1", "2"]),
        ("id,留言编号,text", ("7,A,x", "7,B,y"), ["A", "B"]),
    ],
)
def test_an_id_column_is_found_by_its_name(tmp_path: Path, header: str, rows: tuple[str, ...], ids: list[str]) -> None:
    file = tmp_path / "in.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    assert read_frame(file).ids == ids


def test_a_named_column_goes_before_a_guessed_one(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,other\n1,x\n2,y\n", encoding="utf-8")
    assert read_frame(file, id="other").ids == ["x", "y"]
