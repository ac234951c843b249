"""The tutorial, followed literally: its files are written, its commands run, and what it promises to show is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "add-a-programme.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```", PAGE, re.M | re.S))
COMMANDS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
SHOWN = [text.splitlines() for text in re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder holding what the reader would have written."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(home: Path, command: str) -> str:
    """One line of the page, in the data folder; what it says, failures included."""
    known = {"bihuan": [sys.executable, "-m", "bihuan.cli"], "python": [sys.executable]}
    program, *words = command.split()
    environment = os.environ | {"BIHUAN_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [*known[program], *words], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def in_order(wanted: list[str], said: str) -> bool:
    """Whether each wanted text begins or lies in a line, one after the other."""
    lines = iter(said.splitlines())
    return all(any(text in line for line in lines) for text in wanted)


def test_the_page_writes_the_files_it_speaks_of() -> None:
    assert set(FILES) == {
        "programmes/hydrants/programme.yaml",
        "programmes/hydrants/tables/hydrants_remedy.yaml",
        "programmes/hydrants/quality.yaml",
        "walk.py",
    }
    assert len(COMMANDS) == 2
    assert len(SHOWN) == 3


def test_followed_literally_it_checks_draws_and_walks(home: Path) -> None:
    said = [run(home, line) for block in COMMANDS for line in block.splitlines()]
    checked, drawn, _written, walked = said
    assert in_order(SHOWN[0], checked), checked
    assert drawn.startswith("stateDiagram-v2")
    assert "Being verified" in drawn
    assert (home / "hydrants.svg").read_text(encoding="utf-8").startswith("<svg")
    assert in_order(SHOWN[2], walked), walked
    assert walked.count("refused") == 2


def test_the_mistake_it_shows_is_told_as_it_says(home: Path) -> None:
    path = home / "programmes/hydrants/programme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("desk: inspector", "desk: inspectr"), encoding="utf-8")
    said = run(home, "bihuan programme check hydrants")
    for wanted in SHOWN[1]:
        assert wanted.removeprefix("programmes/") in said, said
