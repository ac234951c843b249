"""Programs of others that speak to our wires, started as processes; in the end a table of who proved what.

`make test-standards` installs them from their own lock files (`tests/standards/foreign`) and runs this folder. A test
asks for the fixture `foreign`; where a client is not installed it skips and says how to install it.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "foreign"
PYTHON = ROOT / ".foreign" / "bin" / "python"
CKAN = ROOT / ".foreign-ckan" / "bin" / "python"
MODULES = SCRIPTS / "node_modules"
INSTALL = "make install-foreign"
SECONDS = 180
PROPERTY = "foreign client"


class ForeignClients:
    """Starts clients of others and notes which of which version proved which standard."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        self._note = note

    def python(self, script: str, said: Any, *, proves: str, by: tuple[str, ...], house: Path = PYTHON) -> Any:
        """Run `foreign/SCRIPT.py` with packages from PyPI: JSON in, JSON out.

        Args:
            script: Its name. said: What it reads from its input.
            proves: The standard. by: Names of the packages that do the work. house: The Python of their environment.
        """
        if not house.exists():
            pytest.skip(f"foreign Python clients are not installed: {INSTALL}")
        (site,) = (house.parents[1] / "lib").glob("python3*/site-packages")
        for name in by:
            (found,) = importlib.metadata.distributions(name=name, path=[str(site)])
            self.prove(proves, f"{name} (PyPI)", found.version)
        return told_by([str(house), str(SCRIPTS / f"{script}.py")], said)

    def node(self, script: str, said: Any, *, proves: str, by: tuple[str, ...]) -> Any:
        """Run `foreign/SCRIPT.mjs` with packages from npm: JSON in, JSON out. Args as of `python`."""
        node = shutil.which("node")
        if node is None or not MODULES.exists():
            pytest.skip(f"foreign Node clients are not installed: {INSTALL}")
        for name in by:
            version = json.loads((MODULES / name / "package.json").read_text())["version"]
            self.prove(proves, f"{name} (npm)", version)
        return told_by([node, str(SCRIPTS / f"{script}.mjs")], said)

    def library(self, *names: str, proves: str) -> None:
        """Note packages of others that a test itself calls, from the environment of the tests."""
        for name in names:
            self.prove(proves, f"{name} (PyPI)", importlib.metadata.version(name))

    def program(self, name: str, package: str) -> str:
        """The path of a program of the system; skips where its Debian package is not installed."""
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed: apt-get install {package}")
        return found

    def prove(self, standard: str, client: str, version: str) -> None:
        """Note for the table that a client proved a standard, if the test passes."""
        self._note(PROPERTY, (standard, client, version))


def told_by(command: list[str], said: Any) -> Any:
    """What a process answers in JSON to JSON."""
    ran = subprocess.run(command, input=json.dumps(said), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, f"{command[-1]}: {ran.stdout[-2000:]}\n{ran.stderr[-6000:]}"
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture
def foreign(record_property: Callable[[str, Any], None]) -> ForeignClients:
    """Clients of others."""
    return ForeignClients(record_property)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table: standard, client, version, outcome."""
    rows = sorted({(*row, outcome) for outcome in ("passed", "failed") for row in _proved(terminalreporter, outcome)})
    if rows:
        terminalreporter.section("foreign clients")
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())


def _proved(terminalreporter: Any, outcome: str) -> Iterator[tuple[str, str, str]]:
    for report in terminalreporter.stats.get(outcome, ()):
        for name, row in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                yield tuple(row)
