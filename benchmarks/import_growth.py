"""How an import grows: rows per second, memory and CPU from ten thousand to a million rows.

    python benchmarks/import_growth.py [ROWS …] [--real FILE --preset NAME]

Every size is imported into a fresh data folder with a private PostgreSQL, then imported again. What is stored per
row is the whole of it: report, case, its timeline as events, clocks, ledger leaves. `load` is the load before each
run; figures of a busy machine mean little. Peers: Signalen creates 44.5 cases/s over HTTP with 47 queries each (its
own measurement, 2 cores); a bulk import it does not have.

Measured on a quiet machine of 2 cores (2026-11-30), CPU seconds of the importer and of its PostgreSQL:

    rows          rows/s   importer   database   peak MB   again s
    10,000         1,775        9.8        3.1       298       0.9
    100,000        2,848       47.1       22.3       327       3.3
    1,000,000      3,024      404.3      222.8       335      28.7

Later that day, with growing tables vacuumed less often and checkpoints forced later; during the last quarter of the
million another process took half a core:

    rows          rows/s   importer   database   peak MB   again s
    10,000         3,009        7.5        2.6       328       0.9
    100,000        3,965       34.8       17.5       354       2.9
    1,000,000      2,342      385.9      233.6       368      79.5

The version of 2026-11-24 on the same machine within the hour: 100,000 rows at 3,833 rows/s, 37.1 and 17.0 CPU s,
382 MB. What costs the difference, and what was taken off it since this table, stands in ADR 0270: 100,000 rows then
took 34.4 and 22.4 CPU s on the same machine while it was busy (load 14, 168 s instead of 35), where the database does
more of its own upkeep.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bihuan.server.home import Home

SIGNALEN = 44.5
MAPPING = """\
id: synthetic
name: {zh: 合成数据, en: Synthetic}
source: synthetic
programme: hotline
kind: request
zone: Asia/Shanghai
clock: feedback
required: [id, opened, title]
columns: {id: id, opened: opened, due: due, closed: closed, title: title, text: text, category: category, area: area,
  unit: unit, longitude: lon, latitude: lat, result: result}
"""
CATEGORIES = ("roads.lighting.out", "environment.noise.site", "housing.property.service", "utilities.water.outage", "")
WORDS = "路灯 不亮 噪音 扰民 物业 不作为 停水 多日 请 尽快 处理 小区 门口 夜间 施工 三天 反映 多次 未果 居民".split()  # noqa: SIM905 - read as words


class Run(NamedTuple):
    """One measured import."""

    rows: int
    created: int
    seconds: float
    cpu: float
    postgres: float
    peak: int
    load: float
    again: float

    @property
    def rate(self) -> float:
        """Rows per second of the import itself."""
        return self.rows / self.seconds


def synthetic(path: Path, rows: int, seed: int = 7) -> None:
    """A file of closed and open cases; one in eight is late, one in ten still open."""
    dice = random.Random(seed)
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - the file's local times
    with path.open("w", encoding="utf-8") as out:
        out.write("id,opened,due,closed,title,text,category,area,unit,lon,lat,result\n")
        for i in range(rows):
            opened = start + timedelta(seconds=i * 25_000_000 // rows)
            due = opened + timedelta(days=7)
            closed = "" if i % 10 == 0 else (opened + timedelta(days=dice.choice((1, 2, 3, 4, 5, 6, 6, 9))))
            text = "".join(dice.choices(WORDS, k=12))
            lon, lat = 116.2 + dice.random() / 5, 39.9 + dice.random() / 5
            out.write(
                f"s{i},{opened},{due},{closed},{text[:10]},{text},{dice.choice(CATEGORIES)},"
                f"1101080{dice.randrange(1, 30):02d},district,{lon:.5f},{lat:.5f},已处理\n"
            )


def tree(root: int) -> Iterator[int]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        at = waiting.pop()
        yield at
        waiting += parents.get(at, [])


def private_bytes(pid: int) -> int:
    """Proportional set size: pages that forked workers share are counted once in the sum."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def measured(command: list[str], env: dict[str, str]) -> tuple[dict[str, object], float, int]:
    """Run a command; returns its JSON, the CPU seconds of it and its children, and their peak memory."""
    before = os.times()
    # Into a file: a pipe that nobody reads while the command runs stops it when its log lines have filled the pipe.
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(private_bytes(pid) for pid in tree(process.pid)))
            time.sleep(0.25)
        said.seek(0)
        out = said.read().decode()
    after = os.times()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{out}")
    cpu = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return json.loads(out.splitlines()[-1]), cpu, peak


def server_cpu(home: Path) -> float:
    """CPU seconds of the home's private PostgreSQL since it started, those of ended backends and workers included."""
    postmaster = int((Home(home).postgres / "data" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for pid in tree(postmaster):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def one(file: Path, options: list[str]) -> Run:
    """Import a file twice into a fresh data folder."""
    home = Path(tempfile.mkdtemp(prefix="bihuan-bench-"))
    env = {**os.environ, "BIHUAN_HOME": str(home)}
    bihuan = [sys.executable, "-m", "bihuan.cli"]
    try:
        for step in (["init"], ["load", "district", "haidian"]):
            subprocess.run([*bihuan, *step], env=env, check=True, capture_output=True)
        load = os.getloadavg()[0]
        command = [*bihuan, "import", str(file), *options, "--json", "--rejects", str(home / "rejects.jsonl")]
        before = server_cpu(home)
        first, cpu, peak = measured(command, env)
        database = server_cpu(home) - before
        second, _, _ = measured(command, env)
        assert second["unchanged"] == first["created"] + first["merged"], second  # type: ignore[operator]  # numbers
        return Run(int(str(first["read"])), int(str(first["created"])), float(str(first["seconds"])), cpu,
                   database, peak, load,                   float(str(second["seconds"])))  # fmt: skip
    finally:
        subprocess.run([*bihuan, "stop"], env=env, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--real", type=Path, help="also this file")
    parser.add_argument("--preset", default="boston")
    given = parser.parse_args()
    print(f"{'rows':>10} {'created':>9} {'seconds':>8} {'rows/s':>8} {'× peer':>7} {'µs/row, vs first':>17} "
          f"{'CPU s':>7} {'database':>8} {'peak MB':>8} {'again s':>8} {'load':>5}")  # fmt: skip
    first: Run | None = None
    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "mapping.yaml"
        mapping.write_text(MAPPING, encoding="utf-8")
        jobs = [(None, rows) for rows in given.rows] + ([(given.real, 0)] if given.real else [])
        for real, rows in jobs:
            file = real or Path(folder) / f"{rows}.csv"
            if real is None:
                synthetic(file, rows)
            run = one(file, ["--preset", given.preset] if real else ["--mapping", str(mapping)])
            first = first or run
            growth = first.rate / run.rate
            cells = (
                f"{run.rows:>10,} {run.created:>9,} {run.seconds:>8.1f} {run.rate:>8,.0f} {run.rate / SIGNALEN:>6.0f}×",
                f"{1e6 / run.rate:>10.0f} {growth:>5.2f}× {run.cpu:>7.1f}",
                f"{run.postgres:>8.1f} {run.peak / 1e6:>8.0f} {run.again:>8.1f}",
                f"{run.load:>5.1f}",
            )
            print(*cells, flush=True)


if __name__ == "__main__":
    main()
