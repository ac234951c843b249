"""Static files are collected again when one was built anew, and only then."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder

from bihuan.server import compressing
from bihuan.server.compressing import kept_or_made
from bihuan.server.home import Home
from bihuan.server.static_files import collect_static, renew_static

KEPT_STORAGE = "bihuan.server.compressing.KeptManifestStorage"


@pytest.fixture
def built(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A folder with one style that the finders see; collected into the home's folder."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "house.css").write_text("body { color: black }")
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [sources]
    settings.STATIC_ROOT = tmp_path / "home" / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    get_finder.cache_clear()
    yield sources
    get_finder.cache_clear()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty data folder."""
    made = Home(tmp_path / "home")
    made.run.mkdir(parents=True)
    return made


def test_a_home_into_which_nothing_was_collected_is_left_alone(built: Path, home: Home) -> None:
    assert not renew_static(home)
    assert not home.static.exists()


def test_what_did_not_change_is_not_collected_again(built: Path, home: Home) -> None:
    collect_static(home)
    assert not renew_static(home)


def test_a_file_built_anew_is_served_under_its_new_name(built: Path, home: Home) -> None:
    collect_static(home)
    before = {path.name for path in home.static.glob("house.*.css")}
    (built / "house.css").write_text("body { color: navy; margin: 0 }")
    assert renew_static(home)
    assert {path.name for path in home.static.glob("house.*.css")} - before
    assert not renew_static(home)


def test_files_collected_by_an_older_version_are_collected_once_more(built: Path, home: Home) -> None:
    collect_static(home)
    (home.run / "static.stamp").unlink()
    assert renew_static(home)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test, not there yet."""
    monkeypatch.setattr(compressing, "folder", lambda: tmp_path / "cache" / "compressed")
    return tmp_path / "cache" / "compressed"


class Making:
    """Compresses and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, data: bytes) -> bytes:
        self.made += 1
        return gzip.compress(data, mtime=0)


def test_a_file_is_compressed_once_and_taken_from_the_cache_then(kept: Path) -> None:
    make = Making()
    first = kept_or_made(b"body { color: black }" * 50, make)
    assert kept_or_made(b"body { color: black }" * 50, make) == first
    assert make.made == 1
    assert gzip.decompress(kept_or_made(b"body { color: navy }" * 50, make)) == b"body { color: navy }" * 50
    assert make.made == 2


@pytest.mark.parametrize("there", [b"", b"no gzip", gzip.compress(b"something else"), gzip.compress(b"a" * 99)[:-9]],
                         ids=["nothing", "no gzip", "another file's", "cut off"])  # fmt: skip
def test_what_lies_in_the_cache_is_not_trusted(kept: Path, there: bytes) -> None:
    make = Making()
    right = kept_or_made(b"a" * 99, make)
    (file,) = kept.iterdir()
    file.write_bytes(there)
    assert kept_or_made(b"a" * 99, make) == right
    assert make.made == 2
    assert file.read_bytes() == right


def test_without_a_cache_folder_files_are_compressed_all_the_same(kept: Path) -> None:
    kept.parent.write_text("a file where the folder would be")
    make = Making()
    assert [gzip.decompress(kept_or_made(b"x" * 300, make)) for _ in range(2)] == [b"x" * 300] * 2
    assert make.made == 2


def test_the_cache_stays_small(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "MOST", 4)
    for number in range(9):
        kept_or_made(str(number).encode() * 300, Making())
    assert 1 <= len(list(kept.iterdir())) <= 4


def test_collecting_twice_gives_the_same_folder_from_the_cache(
    built: Path, home: Home, kept: Path, settings: Any
) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": KEPT_STORAGE}}
    (built / "house.css").write_text("body { color: black }" * 100)

    def collected() -> dict[str, bytes]:
        shutil.rmtree(home.static, ignore_errors=True)
        collect_static(home)
        return {path.name: path.read_bytes() for path in home.static.rglob("*") if path.is_file()}

    first = collected()
    assert any(name.endswith(".css.gz") for name in first)
    (file,) = kept.iterdir()
    before = file.stat().st_mtime_ns
    assert collected() == first
    assert file.stat().st_mtime_ns == before
