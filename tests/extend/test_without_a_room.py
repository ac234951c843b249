"""A room that nobody needs can be taken away: what is left imports, migrates, answers, and passes its fast tests.

The tree is copied without the room and its tests; the pages that the code writes are written anew, as whoever removes
a room would.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.extend.installing import TOYS

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".git", ".venv", ".bootstrap", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache")
"""What was compiled comes along: times and sizes of the copied files are those it was compiled from."""
IMPORT_ALL = """
import importlib, pkgutil, django
django.setup()
import bihuan
names = [m.name for m in pkgutil.walk_packages(bihuan.__path__, "bihuan.") if ".migrations" not in m.name]
skipped = ("bihuan.__main__", "bihuan.cli.__main__")
for name in names:
    if name not in skipped:
        importlib.import_module(name)
print(len(names))
"""
PLANNED = "from django.core.management import call_command; call_command('makemigrations', check=True, dry_run=True)"
FAST = (
    "tests/architecture",
    "tests/extend/test_points.py",
    "tests/docs/test_reference.py",
    "tests/simulator/test_draw.py",
    "tests/insight/forecast",
    "tests/insight/effect",
)
"""None of them needs a database: the copy is tried, not PostgreSQL."""

KNEW = ("tests/loop", "tests/insight", "tests/intake", "tests/faces", "tests/numbers")
"""Rooms whose tests might lean on it."""
GONE = re.compile(r"^\s*(from|import) (bihuan|tests)\.prevention\b", re.MULTILINE)


@pytest.fixture(scope="module", params=["prevention"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy without one room."""
    copy = tmp_path_factory.mktemp("without") / "tree"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.rmtree(copy / "src" / "bihuan" / request.param)
    shutil.rmtree(copy / "tests" / request.param)
    ran(copy, "docs/generate.py")
    return copy


def ran(tree: Path, *words: str, settings: bool = True) -> str:
    """What Python printed in the copy; its own modules, not those of this tree."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("BIHUAN_", "DATABASE_", "DJANGO_"))
    }
    home = {"BIHUAN_HOME": str(tree / "home"), "DJANGO_SETTINGS_MODULE": "bihuan.server.settings"} if settings else {}
    done = subprocess.run(
        [sys.executable, *words], cwd=tree, capture_output=True, text=True, check=False, timeout=900,
        env=ours | {"PYTHONPATH": str(tree / "src")} | home,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_every_module_that_is_left_can_be_imported(tree: Path) -> None:
    assert int(ran(tree, "-c", IMPORT_ALL)) > 500


def test_django_finds_nothing_wrong_and_no_migration_is_missing(tree: Path) -> None:
    assert "no issues" in ran(tree, "-m", "django", "check")
    assert "No changes detected" in ran(tree, "-c", f"import django; django.setup(); {PLANNED}")


def test_every_command_that_is_left_explains_itself(tree: Path) -> None:
    names = ran(tree, "-c", "from bihuan.extend import COMMANDS; print(*[c.name for c in COMMANDS.all()])").split()
    assert len(names) > 35
    assert not {"prevent", "monthly-topic"} & set(names)
    asked = "from bihuan.cli.main import load_command; import typer; [load_command(n) for n in {!r}]"
    ran(tree, "-c", asked.format(names))
    assert "monthly-topic" not in ran(tree, "-m", "bihuan.cli", "--help")


def test_the_fast_tests_of_rooms_that_knew_it_pass(tree: Path) -> None:
    marks = "not slow and not browser and not soak"
    ran(tree, "-m", "pytest", "-q", "-m", marks, "-p", "no:cacheprovider", *FAST, settings=False)


def test_no_test_of_the_other_rooms_needs_it(tree: Path) -> None:
    """Loading them is cheap; run without the room once, they were green."""
    marks = "not slow and not browser and not soak"
    told = ran(
        tree, "-m", "pytest", "--collect-only", "-q", "-m", marks, "-p", "no:cacheprovider", *KNEW, settings=False
    )
    assert "error" not in told.splitlines()[-1]
    named = [file for file in sorted((tree / "tests").rglob("*.py")) if GONE.search(file.read_text(encoding="utf-8"))]
    assert [file.relative_to(tree).as_posix() for file in named] == [], "an import inside a function counts too"


def test_a_programme_with_a_rule_of_its_own_comes_through_the_same_door(tree: Path) -> None:
    special = tree / "src" / "bihuan" / "programmes" / "whistle" / "special.py"
    shutil.copy(TOYS / "toy_command.py", special)
    try:
        assert "Greet somebody" in ran(tree, "-m", "bihuan.cli", "--help")
    finally:
        special.unlink()
