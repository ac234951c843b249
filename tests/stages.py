"""Runs the tests in stages, the quickest first, and prints what each took: `python tests/stages.py [STAGE …]`.

A later stage runs also when an earlier one failed, so that one call tells everything; it ends with 1 if any failed.
Which test belongs to which stage is said by its marks (`slow`, `browser`, see CONTRIBUTING.md); `soak` is in none.
The fast stage tries properties on few examples; the stage of the slow repeats them with all (tests/examples.py).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.examples import FEW

ROOT = Path(__file__).parents[1]

STAGES = {
    "fast": "not slow and not browser and not soak",
    "slow": "(slow or hypothesis) and not browser and not soak",
    "browser": "browser and not soak",
}
"""Stage → the expression over marks that selects its tests; each test but the long runs is in exactly one, and a
property (Hypothesis marks it by itself) that is not slow is in the first two."""

SPARE = {"slow": 1}
"""How many workers a stage has beyond the cores: a slow test waits much of its time, for a process that it started to
come up or for one that it stopped to be missed."""

SHOWN = 10
"""How many of the longest tests a stage names, so that a slow one is seen in the stage of the fast."""

NO_TESTS = 5  # pytest's exit code when the expression selects none


class Ran(NamedTuple):
    """A stage that has run: its name, pytest's exit code, minutes by the clock."""

    stage: str
    code: int
    minutes: float

    @property
    def well(self) -> bool:
        """Whether every test passed and there was at least one."""
        return self.code == 0


WHOLLY = re.compile(r"^pytestmark = (?:\[[^\]]*?)?\bpytest\.mark\.(?:slow|browser|soak)\b", re.MULTILINE)
"""A mark for every test of a file."""

BROWSERS = ("tests/documents", "tests/faces")
"""The folders whose tests have a browser."""

LEFT_OUT = "BIHUAN_TESTS_LEFT_OUT"
"""The environment variable with the files that a stage need not read (conftest.py heeds it): as `--ignore` each of
hundred files would be compared with each path, a third of the time that collecting takes."""

MENTIONED = {
    "slow": re.compile(r"slow|hypothesis|\bgiven\b"),
    "browser": re.compile(r"browser|chromium|visitor"),
}
"""Stage → what a file says that has a test of it: a mark, a property, or one of the fixtures of a browser."""


def left_out(stage: str) -> list[str]:
    """The files that hold no test of a stage, so that no worker imports them only to put their tests aside."""
    files = [(file, file.read_text(encoding="utf-8")) for file in sorted((ROOT / "tests").rglob("test_*.py"))]
    if stage == "fast":
        return [str(file.relative_to(ROOT)) for file, text in files if WHOLLY.search(text)]
    return [str(file.relative_to(ROOT)) for file, text in files if not MENTIONED[stage].search(text)]


def command(stage: str, also: Sequence[str] = ()) -> list[str]:
    """The call of pytest for a stage, on every core; a file's tests stay together, since they share what it loaded.

    Args:
        stage: One of `STAGES`.
        also: Further words for pytest, such as a folder.
    """
    parallel = ("-n", str((os.process_cpu_count() or 1) + SPARE.get(stage, 0)), "--dist", "loadfile")
    shown = (f"--durations={SHOWN}", "--durations-min=0.5")
    where = list(BROWSERS) if stage == "browser" and not also else []
    return [sys.executable, "-m", "pytest", "-q", "-m", STAGES[stage], *parallel, *shown, *where, *also]


def environment(stage: str) -> dict[str, str]:
    """What a stage finds in its environment: the files it need not read; the fast one, the wish for few examples."""
    given = {name: value for name, value in os.environ.items() if name not in (FEW, LEFT_OUT)}
    given[LEFT_OUT] = os.pathsep.join(left_out(stage))
    return given | {FEW: "1"} if stage == "fast" else given


def run(stage: str) -> Ran:
    """Run one stage and time it."""
    print(f"== {stage}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command(stage), check=False, env=environment(stage), cwd=ROOT).returncode
    return Ran(stage, code, (time.monotonic() - began) / 60)


def table(ran: Sequence[Ran]) -> str:
    """What is printed in the end: a line for each stage and the sum."""
    lines = [f"{one.stage:8} {one.minutes:6.1f} min  {'passed' if one.well else f'FAILED ({one.code})'}" for one in ran]
    return "\n".join([*lines, f"{'total':8} {sum(one.minutes for one in ran):6.1f} min"])


def main(words: Sequence[str]) -> int:
    """Run the stages named, or all.

    Returns:
        0 when every test of every stage passed, 1 otherwise, 2 when a stage is named that does not exist.
    """
    if unknown := [word for word in words if word not in STAGES]:
        print(f"no stage {', '.join(unknown)}; there are: {', '.join(STAGES)}", file=sys.stderr)
        return 2
    ran = [run(stage) for stage in words or STAGES]
    print(table(ran), flush=True)
    return 0 if all(one.well for one in ran) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
