"""Asking for help is answered at once: it loads the command's own module and nothing that works."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bihuan.extend import COMMANDS

pytestmark = pytest.mark.slow

NAMES = [command.name for command in COMMANDS.all()]
WORKING = ("django", "psycopg", "numpy", "pandas", "scipy", "sklearn", "lightgbm", "pyarrow", "duckdb", "ibis", "rich")
PROGRAM = """
import sys
from bihuan.cli.main import main
try:
    main()
finally:
    sys.stderr.write("\\nloaded:" + ",".join(name for name in {names!r} if name in sys.modules))
"""


def help_of(*words: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(names=(*WORKING, "pydantic"))
    return subprocess.run(
        [sys.executable, "-c", program, *words, "--help"], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_loads_nothing_that_works(name: str) -> None:
    done = help_of(name)
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.rpartition("\nloaded:")[2].split(",")
    assert set(loaded) <= {"", "pydantic"}, "typer itself reads pydantic; nothing else may come along"
    assert "Usage:" in done.stdout
    assert "╭" not in done.stdout, "plain text: it goes through pipes and screen readers"


def test_the_list_of_commands_loads_nothing_at_all() -> None:
    done = help_of()
    assert done.returncode == 0
    assert done.stderr.rpartition("\nloaded:")[2] == ""
    assert [name for name in NAMES if name not in done.stdout] == []
