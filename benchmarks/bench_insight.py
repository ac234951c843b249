"""The table of the insight benchmarks: task, metric, ours, each peer run beside it, target, pass or how far.

    python benchmarks/bench_insight.py [--quick] [--only triage,places] [--json FILE]

Real development data is looked for in ../shared (or BIHUAN_SHARED); without it only the synthetic rows are printed.
Peers are the packages of the dependency group `peers`; they run in this process, on the same inputs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.insight.row import Row  # noqa: E402 - the folder above must be on the path first

TASKS = ("triage", "places", "duplicates", "topics", "forecast", "effect", "loop", "lake")


def main() -> int:
    """Print the table; the exit code says whether a benchmark itself failed (a missed target is none)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, no slow peers")
    parser.add_argument("--only", default="", help="tasks, comma-separated")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    given = parser.parse_args()
    wanted = [t for t in TASKS if not given.only or t in given.only.split(",")]
    rows, failed = [], 0
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; figures of a busy machine mean little\n")
    for task in wanted:
        if not (HERE / "insight" / f"{task}.py").exists():
            continue
        began = time.perf_counter()
        try:
            for row in _rows(task, given.quick):
                rows.append(row)
                print(_line(row), flush=True)
        except Exception:  # noqa: BLE001 - one broken benchmark must not hide the others; it is told and counted
            traceback.print_exc()
            failed += 1
        print(f"   ({task}: {time.perf_counter() - began:.0f} s)\n", flush=True)
    judged = [row for row in rows if row.passed is not None]
    print(f"{len(rows)} figures, {sum(bool(row.passed) for row in judged)} of {len(judged)} targets reached")
    if given.json:
        given.json.write_text(
            json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1), encoding="utf-8"
        )
    return 1 if failed else 0


def _rows(task: str, quick: bool) -> Iterator[Row]:
    """Run one task's benchmark."""
    spec = importlib.util.spec_from_file_location(f"benchmarks.insight.{task}", HERE / "insight" / f"{task}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield from module.rows(_shared(), quick)


def _shared() -> Path | None:
    folder = Path(os.environ.get("BIHUAN_SHARED", HERE.parent.parent / "shared"))
    return folder if folder.exists() else None


def _line(row: Row) -> str:
    mark = {True: "reached", False: "MISSED", None: ""}[row.passed]
    peers = "  ".join(f"{name} {'–' if value is None else format(value, '.4g')}" for name, value in row.peers.items())
    return f"{row.task:10} {row.metric:52} {row.ours:>10.4g}  target {row.target:12} {mark:8} {peers}  · {row.note}"


if __name__ == "__main__":
    sys.exit(main())
