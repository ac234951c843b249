"""Declared files are read again once one has changed, and only then."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bihuan.declare import stamped
from bihuan.declare.stamped import StampedReading, files_in, files_of, one_moment


def _write(root: Path, name: str, text: str = "a: 1") -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_files_are_found_in_the_order_that_a_pattern_gives(tmp_path: Path) -> None:
    first, second, absent = tmp_path / "shipped", tmp_path / "own", tmp_path / "nowhere"
    for name in (
        "b/kind/z.yaml",
        "b/kind/a.yaml",
        "b-c/kind/m.yaml",
        "a/kind/n.yaml",
        "a/other/x.yaml",
        "a/kind/n.txt",
    ):
        _write(first, name)
    _write(second, "a/kind/own.yaml")
    _write(second, "kind/not_in_a_programme.yaml")
    _write(second, "file.yaml")
    found = files_in([first, absent, second], "kind")
    assert found == [path for root in (first, second) for path in sorted(root.glob("*/kind/*.yaml"))]
    assert [path.name for path in found] == ["n.yaml", "a.yaml", "z.yaml", "m.yaml", "own.yaml"]


def test_what_files_say_is_read_again_when_one_comes_changes_or_goes(tmp_path: Path) -> None:
    readings: list[list[str]] = []

    def read(files: Sequence[Path]) -> list[str]:
        readings.append([file.name for file in files])
        return [file.read_text(encoding="utf-8") for file in files]

    also = ["one"]
    what = StampedReading(lambda: files_in([tmp_path], "kind"), read, lambda: also[0])
    assert what.content() == what.content() == []
    file = _write(tmp_path, "a/kind/x.yaml", "first")
    assert what.content() == ["first"]
    file.write_text("other", encoding="utf-8")  # as long as before: the time of change tells it
    os.utime(file, ns=(1, 1))
    assert what.content() == ["other"]
    assert what.content() == ["other"]
    also[0] = "two"
    assert what.content() == ["other"]
    file.unlink()
    assert what.content() == []
    assert readings == [[], ["x.yaml"], ["x.yaml"], ["x.yaml"], []]


def test_between_two_looks_nothing_is_asked_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamped, "CHECK_SECONDS", 3600.0)
    what = StampedReading(lambda: files_in([tmp_path], "kind"), len)
    assert what.content() == 0
    _write(tmp_path, "a/kind/x.yaml")
    assert what.content() == 0
    what.forget()
    assert what.content() == 1


def test_a_fault_is_told_each_time_until_it_is_mended(tmp_path: Path) -> None:
    file = _write(tmp_path, "a/kind/x.yaml", "x")

    def read(files: Sequence[Path]) -> int:
        return int(files[0].read_text(encoding="utf-8"))

    what = StampedReading(lambda: files_in([tmp_path], "kind"), read)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            what.content()
    file.write_text("12", encoding="utf-8")
    assert what.content() == 12


def test_what_is_read_together_is_of_one_moment(tmp_path: Path) -> None:
    """Reading one kind asks another a hundred times: that one is compared once, and seen the same by every asker."""
    looks: list[int] = []
    _write(tmp_path, "a/types/t.yaml")

    def types() -> list[Path]:
        looks.append(1)
        return files_in([tmp_path], "types")

    asked = StampedReading(types, len)

    def read(files: Sequence[Path]) -> list[int]:
        seen = []
        for file in files:
            seen.append(asked.content())
            _write(tmp_path, f"a/types/{file.name}")  # comes while the others are being read
        return seen

    asking = StampedReading(lambda: files_in([tmp_path], "kind"), read)
    for name in "pqrs":
        _write(tmp_path, f"a/kind/{name}.yaml")
    assert asked.content() == 1
    assert asking.content() == [1, 1, 1, 1]
    assert len(looks) == 2
    assert asked.content() == 5
    assert len(looks) == 3


def test_a_moment_is_the_threads_own_and_ends(tmp_path: Path) -> None:
    what = StampedReading(lambda: files_in([tmp_path], "kind"), len)
    with one_moment():
        assert what.content() == 0
        _write(tmp_path, "a/kind/x.yaml")
        with one_moment():
            assert what.content() == 0
        assert what.content() == 0
        other = ThreadPoolExecutor(1).submit(what.content)
        assert other.result() == 1
    assert what.content() == 1
    with pytest.raises(RuntimeError), one_moment():
        raise RuntimeError
    _write(tmp_path, "a/kind/y.yaml")
    assert what.content() == 2


def test_who_forgets_looks_again_also_within_a_moment(tmp_path: Path) -> None:
    what = StampedReading(lambda: files_in([tmp_path], "kind"), len)
    with one_moment():
        assert what.content() == 0
        _write(tmp_path, "a/kind/x.yaml")
        what.forget()
        assert what.content() == 1


def test_a_fault_leaves_no_moment_behind(tmp_path: Path) -> None:
    def read(files: Sequence[Path]) -> int:
        raise ValueError("never")

    with pytest.raises(ValueError, match="never"):
        StampedReading(lambda: [], read).content()
    what = StampedReading(lambda: files_in([tmp_path], "kind"), len)
    assert what.content() == 0
    _write(tmp_path, "a/kind/x.yaml")
    assert what.content() == 1


def test_files_of_a_folder_are_its_declarations_in_order(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "c.txt"):
        _write(tmp_path, name)
    assert files_of(tmp_path) == [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    assert files_of(tmp_path / "absent") == []
