"""Declared files of one kind: a faulty file, or a second of one name, is set aside; the others are there."""

from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import read
from bihuan.loop import shelves
from bihuan.loop.folders import programme_of


def _pair(file: Path) -> tuple[str, tuple[int, str]]:
    found = read(file)
    return found["toy"], (found["size"], programme_of(file))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toys of a programme whose id is not the name of its folder."""
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    toys = tmp_path / "play_ground" / "toys"
    toys.mkdir(parents=True)
    (tmp_path / "play_ground" / "programme.yaml").write_text("id: play-things\n", encoding="utf-8")
    (toys / "a.yaml").write_text("toy: ball\nsize: 1\n", encoding="utf-8")
    return toys


def test_what_is_declared_belongs_to_the_programme_by_its_id(folder: Path) -> None:
    shelf = shelves.DeclaredShelf("toys", "toy", _pair)
    assert shelf.content() == ({"ball": (1, "play-things")}, {})


def test_a_faulty_file_and_a_second_of_one_name_are_set_aside_alone(folder: Path) -> None:
    (folder / "b.yaml").write_text("toy: ball\nsize: 2\n", encoding="utf-8")
    (folder / "c.yaml").write_text("toy: [\n", encoding="utf-8")
    (folder / "d.yaml").write_text("toy: kite\nsize: 4\n", encoding="utf-8")
    found, aside = shelves.DeclaredShelf("toys", "toy", _pair).content()
    assert {name: size for name, (size, _) in found.items()} == {"ball": 1, "kite": 4}
    assert {file.name: len(error.problems) for file, error in aside.items()} == {"b.yaml": 1, "c.yaml": 1}
    assert "already" in str(aside[folder / "b.yaml"])
    assert isinstance(aside[folder / "c.yaml"], DeclarationError)


def test_files_are_read_again_when_one_has_changed(folder: Path) -> None:
    reads: list[Path] = []

    def counted(file: Path) -> tuple[str, tuple[int, str]]:
        reads.append(file)
        return _pair(file)

    shelf = shelves.DeclaredShelf("toys", "toy", counted)
    shelf.content()
    shelf.forget()
    shelf.content()
    (folder / "a.yaml").write_text("toy: ball\nsize: 100\n", encoding="utf-8")
    assert len(reads) == 2
    shelf.forget()
    assert shelf.content().found["ball"][0] == 100
