"""The samples of the programmes in a demonstration: played one after another, behind the pages that are served already.

Source: docs/topics/play.md, "In a demonstration"; docs/adr/0336-samples-in-the-demonstration.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bihuan.console.bootstrap import ensure_database, start_django
from bihuan.console.output import note

KNOWN = "samples"
"""Where the mark of a demonstration (`demo.json`) keeps what became of each sample."""
FAILED = -1
NICE = 10


@contextmanager
def played_behind(mark: Path, seed: int) -> Iterator[None]:
    """Play what is missing in a process of its own as long as the block lasts.

    Args:
        mark: `demo.json` of the home. seed: Any whole number.

    Source: docs/topics/play.md, "In a demonstration".
    """
    command = [sys.executable, "-m", __name__, str(mark), str(seed)]
    behind = subprocess.Popen(command)
    try:
        yield
    finally:
        behind.terminate()
        behind.wait()


def play_missing(mark: Path, seed: int) -> dict[str, int]:
    """Play the sample of each programme that has not been played into this demonstration; returns cases by programme.

    A sample that fails is said and left; the demonstration goes on.

    Args:
        mark: `demo.json` of the home. seed: Any whole number.

    Source: docs/topics/play.md, "In a demonstration".
    """
    ensure_database()
    start_django()
    from bihuan.simulator.plays.living import playable_programmes

    played: dict[str, int] = _read(mark).get(KNOWN, {})
    missing = [name for name in playable_programmes() if name not in played]
    if missing:
        note(
            f"Samples of {len(missing)} programmes follow, one after another. 随后逐一演练 {len(missing)} 个事项的样例"
        )
    for name in missing:
        played[name] = _play(name, seed)
        told = _read(mark) | {KNOWN: played}
        mark.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return played


def _play(name: str, seed: int) -> int:
    from django.utils import timezone

    from bihuan.faults import Fault
    from bihuan.simulator.plays.living import play_into_home

    began = time.monotonic()
    try:
        cases = int(play_into_home(name, seed, timezone.now())["cases"])
    except Exception as error:  # noqa: BLE001 - a sample that met what was not foreseen ends alone; it is said
        note(f"  {name}: {error if isinstance(error, Fault) else repr(error)}")
        return FAILED
    note(f"  {name}: {cases} cases 件, {time.monotonic() - began:.0f} s")
    return cases


def _read(mark: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(mark.read_text(encoding="utf-8"))
    return known


if __name__ == "__main__":
    os.nice(NICE)
    os.environ.setdefault("BIHUAN_LOG_LEVEL", "ERROR")
    play_missing(Path(sys.argv[1]), int(sys.argv[2]))
