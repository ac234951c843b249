"""How fast is `bihuan audit verify`, and how does it grow? Entries and cases per second, districts of 1× and 4×.

    python benchmarks/audit_verify.py [CASES_PER_DAY] [--days N] [--jobs N]     (default 40 cases a day, 30 days)

Each size is played into a fresh data folder with a private PostgreSQL. A whole verification reads every entry of the
log against its signed head and folds every case anew from its entries. `fixed` is what the command costs when nothing
is new (`--new`): starting, connecting, keys; `growth` is the time without it at 4× over that at 1× (4 is linear).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

SIZES = (1, 4)
TIMES = 3  # the best of them: others on the machine only ever slow it down
UNTIL = "2026-06-30T23:59:59+08:00"


class Verified(NamedTuple):
    """One measured district: what the log holds, and the seconds of a whole verification and of one of nothing."""

    size: int
    entries: int
    cases: int
    whole: float
    fixed: float
    load: float

    def line(self, fixed: float) -> str:
        """A row of the table; `fixed` seconds are not counted."""
        net = self.net(fixed)
        return (
            f"{f'{self.size}×':<6}{self.entries:>10,}{self.cases:>9,}{self.whole:>10.1f}{fixed:>9.1f}"
            f"{self.entries / net:>12,.0f}{self.cases / net:>9,.0f}{self.load:>7.1f}"
        )

    def net(self, fixed: float) -> float:
        """Seconds of the verification itself."""
        return max(self.whole - fixed, 0.01)


def run(home: Path, *words: str) -> tuple[dict[str, Any], float]:
    """A command's JSON object and its seconds."""
    environment = os.environ | {"BIHUAN_HOME": str(home), "BIHUAN_LOG_LEVEL": "ERROR"}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BIHUAN_DB_ROLE"):
        environment.pop(name, None)
    started = time.perf_counter()
    command = [sys.executable, "-m", "bihuan.cli", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - started


def measured(size: int, cases_per_day: int, days: int, jobs: list[str]) -> Verified:
    """Play a district, verify it whole, then again with nothing new."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-bench-audit-"))
    folder.chmod(0o711)
    home = folder / "home"
    try:
        run(home, "init")
        run(home, "load", "district", "haidian", "--without-users")
        played = ("--days", str(days), "--cases-per-day", str(size * cases_per_day), "--until", UNTIL)
        run(home, "simulate", "--seed", "5", *played)
        report, _ = run(home, "audit", "verify", *jobs)  # also warms the disk's and the database's memory
        whole = min(run(home, "audit", "verify", *jobs)[1] for _ in range(TIMES))
        fixed = min(run(home, "audit", "verify", "--new", *jobs)[1] for _ in range(TIMES))
        return Verified(size, report["size"], report["cases"], whole, fixed, os.getloadavg()[0])
    finally:
        run(home, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases_per_day", nargs="?", type=int, default=40)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--jobs", type=int)
    given = parser.parse_args()
    jobs = ["--jobs", str(given.jobs)] if given.jobs else []
    print(
        f"{'size':<6}{'entries':>10}{'cases':>9}{'whole s':>10}{'fixed s':>9}{'entries/s':>12}{'cases/s':>9}{'load':>7}"
    )
    found = [measured(size, given.cases_per_day, given.days, jobs) for size in SIZES]
    fixed = min(each.fixed for each in found)  # the same work for every size
    print(*(each.line(fixed) for each in found), sep="\n")
    small, large = found[0], found[-1]
    print(
        f"growth: {large.entries / small.entries:.2f}× the entries, {large.net(fixed) / small.net(fixed):.2f}× the time"
    )


if __name__ == "__main__":
    main()
