"""Whose a declared file is: the id that its folder's programme says, not the folder's name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bihuan.books.catalogue import all_books
from bihuan.loop.folders import programme_of


@pytest.mark.parametrize(
    ("text", "programme"),
    [("# first\nid: construction-waste\n", "construction-waste"), ('id: "toys"\n', "toys"), ("name: x\n", "some-toys")],
)
def test_the_id_is_read_and_a_folder_without_one_goes_by_its_name(tmp_path: Path, text: str, programme: str) -> None:
    folder = tmp_path / "some_toys"
    (folder / "books").mkdir(parents=True)
    file = folder / "books" / "mass.yaml"
    assert programme_of(file) == "some-toys"
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    assert programme_of(file) == programme
    (folder / "programme.yaml").write_text("id: other\n", encoding="utf-8")
    os.utime(folder / "programme.yaml", ns=(1, 1))
    assert programme_of(file) == "other", "read anew when it has changed"


def test_every_shipped_book_belongs_to_a_programme_by_its_id() -> None:
    found = {each.programme for each in all_books().values()}
    assert found
    assert not any("_" in name for name in found)
