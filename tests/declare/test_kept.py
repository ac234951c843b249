"""What is kept comes back as it was read; what cannot be kept is read; nobody's damaged file is believed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare import kept, source
from bihuan.declare.kept import leave, recall
from bihuan.declare.problems import DeclarationError
from tests.tree import ROOT

LONG = "# " + "x" * kept.FEWEST
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates()
    | st.datetimes(timezones=st.none() | st.just(timezone(timedelta(hours=8))))
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner)
)


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    kept._folder.cache_clear()
    found = kept._folder()
    assert found is not None
    yield found
    kept._folder.cache_clear()


def typed(value: Any) -> Any:
    """A value with the types of all its parts, keys in their order."""
    if isinstance(value, dict):
        return [(type(name), name, typed(each)) for name, each in value.items()]
    return [typed(each) for each in value] if isinstance(value, list) else (type(value), value)


@given(VALUES)
def test_a_value_comes_back_as_it_was_or_is_read_again(value: Any) -> None:
    read = 0

    def reader(_: str) -> Any:
        nonlocal read
        read += 1
        return value

    kept_folder = kept._folder()
    assert kept_folder is not None
    for each in kept_folder.iterdir():
        each.unlink()
    first, second = (recall(LONG, "value", reader, leave, leave) for _ in range(2))
    assert typed(first) == typed(second) == typed(value)
    assert read == (1 if list(kept_folder.iterdir()) else 2)


def test_every_kind_of_node_comes_back_with_its_line(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{LONG}\na: {{b: [1, 0.30, ~, x]}}\nd: 2026-11-30\ne:\n---\n- [[]]\n- {{}}\n", encoding="utf-8")
    fresh, again = list(source.nodes(path)), list(source.nodes(path))
    assert fresh == again
    assert len(list(folder.iterdir())) == 1
    assert [node.line for node in fresh] == [2, 6]


def test_a_file_of_the_house_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next((ROOT / "src/bihuan/programmes").glob("*/programme.yaml"))
    fresh = source.read(path)
    monkeypatch.setattr(source, "_parser", None)
    assert typed(source.read(path)) == typed(fresh)
    assert source.Document(path).value == fresh


def test_a_damaged_file_is_read_again(folder: Path) -> None:
    recall(LONG, "value", lambda _: {"day": date(2026, 11, 30)}, leave, leave)
    (only,) = folder.iterdir()
    only.write_bytes(only.read_bytes()[:-3])
    assert recall(LONG, "value", lambda _: {"day": datetime(2026, 1, 1)}, leave, leave) == {"day": datetime(2026, 1, 1)}


def test_a_fault_is_told_each_time_and_never_kept(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{LONG}\na: 1\na: 2\n", encoding="utf-8")
    told = []
    for _ in range(2):
        with pytest.raises(DeclarationError) as caught:
            source.read(path)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert not list(folder.iterdir())


def test_values_and_nodes_of_one_text_are_two_things(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{LONG}\na: 0.30\n", encoding="utf-8")
    for _ in range(2):
        assert source.read(path) == {"a": 0.3}
        assert next(source.nodes(path)).plain() == {"a": "0.30"}


def test_a_folder_that_others_may_write_is_not_believed(folder: Path) -> None:
    folder.chmod(0o777)
    kept._folder.cache_clear()
    assert kept._folder() is None
    assert recall(LONG, "value", lambda _: 1, leave, leave) == 1


def test_a_full_folder_loses_what_was_not_asked_for_longest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(kept, "MOST", 4)
    for n in range(4):
        recall(f"{LONG}{n}", "value", lambda _: 1, leave, leave)
    for n, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, (1_000 + n, 1_000 + n))
    oldest = sorted(folder.iterdir())[:2]
    recall(f"{LONG} more", "value", lambda _: 1, leave, leave)
    assert not any(path.exists() for path in oldest)
    assert len(list(folder.iterdir())) == 3
