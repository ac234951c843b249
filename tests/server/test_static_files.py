"""Static files are collected again when one was built anew, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder

from bihuan.server.home import Home
from bihuan.server.static_files import collect_static, renew_static


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
