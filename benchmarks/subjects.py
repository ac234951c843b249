"""How subjects load, are found and are asked for a past day: from ten thousand to hundreds of thousands.

    python benchmarks/subjects.py [ENTERPRISES …] [--versions N]

Every size goes into a fresh data folder with a private PostgreSQL: a CSV of thirty fields is loaded by `bihuan register
load`, loaded again, and loaded with one row in ten changed. Then, as the application's role: find by key, by field, by
beginning; one page, a count and a whole aggregate for a past day, as known now and as known then. `--versions` adds
versions in the database until one type has so many. `load` is the load before each run; figures of a busy machine mean
little, so the CPU seconds of the whole process tree stand beside.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bihuan.declare.types.credit_code import ALPHABET, check_character

COLUMNS = (
    "credit_code", "name", "kind", "industry", "main_products", "scope", "capital", "founded", "authority", "street",
    "address", "premises", "position", "employees", "revenue", "tax", "research", "size", "listed", "foreign",
    "state_owned", "high_tech_until", "specialised", "website", "risk_grade", "ended", "revoked",
    "registration_number", "representative", "contact",
)  # fmt: skip
ASKED = 200


def code(number: int) -> str:
    """The credit code of an invented enterprise."""
    body = "91110108MA" + "".join(ALPHABET[number // 31**place % 31] for place in range(6, -1, -1))
    return body + check_character(body)


def synthetic(path: Path, rows: int, *, changed: bool = False, sealed: bool = True) -> None:
    """A register of enterprises with every field filled that a living one has."""
    dice = random.Random(7)
    columns = COLUMNS if sealed else COLUMNS[:-2]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for n in range(rows):
            employees = dice.randrange(1, 900) + (1 if changed and n % 10 == 0 else 0)
            row = (
                code(n), f"北京第{n}科技有限公司", "company", f"{dice.randrange(100, 9700):04d}", "软件开发",
                "技术开发、技术咨询、技术服务；销售自行开发的产品", dice.randrange(10_000, 90_000_000),
                f"20{dice.randrange(25):02d}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}", "区市场监督管理局",
                f"1101080{dice.randrange(1, 30):02d}", f"中关村大街{n % 500}号", f"海淀大街{n % 300}号",
                f"{116.2 + dice.random() / 5:.6f}, {39.9 + dice.random() / 5:.6f}", employees,
                dice.randrange(10**9), dice.randrange(10**7), dice.randrange(10**7),
                dice.choice(("large", "medium", "small", "micro")), "no", "no", dice.choice(("yes", "no")),
                "2028-12-31", dice.choice(("yes", "no")), f"https://example.org/{n}", dice.choice("ABCD"), "", "",
                "", f"法人{n}", f"联系人{n} 1380013{n % 10_000:04d}",
            )  # fmt: skip
            writer.writerow(row[: len(columns)])


def bihuan(home: Path, *words: str) -> tuple[dict[str, Any], float, float]:
    """A command's JSON, its seconds, and the CPU seconds of it and its PostgreSQL."""
    env = {**os.environ, "BIHUAN_HOME": str(home)}
    before, began = cpu_of_postgres(home), time.perf_counter()
    start = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", *words, "--json"], env=env, capture_output=True, text=True, check=False
    )
    seconds, end = time.perf_counter() - began, os.times()
    own = end.children_user + end.children_system - start.children_user - start.children_system
    if not done.stdout.strip():
        sys.exit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1]), seconds, own + cpu_of_postgres(home) - before


def cpu_of_postgres(home: Path) -> float:
    """CPU seconds of the private server and its ended children so far."""
    pid_file = next(home.glob("pg/**/postmaster.pid"), None)
    if pid_file is None:
        return 0.0
    pid = int(pid_file.read_text().splitlines()[0])
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(entry.name) == pid:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == pid:
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def asked(home: Path, rows: int, versions: int) -> list[tuple[str, float, float]]:
    """Median and 95th percentile in milliseconds of each question, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--ask", str(rows), "--versions", str(versions)],
        env={**os.environ, "BIHUAN_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return [tuple(each) for each in json.loads(done.stdout.splitlines()[-1])]


GROW = """
INSERT INTO subject_version (district_id, type, key, valid_from, valid_to, recorded_at, superseded_at, superseded_by,
    change_id, fence, values, sealed_digest, salt, hash)
SELECT district_id, type, key, valid_from - (r + 1) * 30, valid_from - r * 30, recorded_at, NULL, NULL, change_id,
    fence, values, '', salt, hash
FROM subject_version CROSS JOIN generate_series(0, %s) AS r
WHERE type = 'enterprise' AND superseded_at IS NULL AND valid_to IS NULL
"""


def ask(rows: int, versions: int) -> None:
    """Ask each question and print the figures; runs inside the home."""
    from bihuan.console.bootstrap import start_django

    if versions:
        start_django("owner")
        _grow(rows, versions)
        subprocess.run([sys.executable, __file__, "--ask", str(rows)], check=True)
        return
    start_django()
    from datetime import date, timedelta

    from bihuan.registers.live import default_district
    from bihuan.subjects import asking
    from bihuan.subjects.catalogue import subject_type
    from bihuan.subjects.fence import Looker

    who, kind, here = Looker("user:bench", frozenset()), subject_type("enterprise"), default_district()
    dice, today = random.Random(1), date(2026, 11, 30)
    past = today - timedelta(days=45)
    then = asking.history(here, kind, code(0), who)[-1].recorded_at
    streets = [f"1101080{n:02d}" for n in range(1, 30)]

    def whole(known: Any) -> None:
        asking.count(here, kind, asking.Viewpoint(past, known), who, most=10_000_000)

    questions: dict[str, tuple[int, Callable[[], object]]] = {
        "by key": (ASKED, lambda: asking.get(here, kind, code(dice.randrange(rows)), today, who)),
        "by field, 50 rows": (
            ASKED, lambda: asking.find(here, kind, asking.Viewpoint(today, equal={"street": dice.choice(streets)}), who)
        ),
        "by name": (
            ASKED,
            lambda: asking.find(
                here, kind, asking.Viewpoint(today, equal={"name": f"北京第{dice.randrange(rows)}科技有限公司"}), who
            ),
        ),
        "by beginning": (
            ASKED,
            lambda: asking.find(
                here, kind, asking.Viewpoint(today, begins={"name": f"北京第{dice.randrange(rows)}"}), who
            ),
        ),
        "a page, past day": (ASKED, lambda: asking.find(here, kind, asking.Viewpoint(past), who)),
        "a page, past day as known then": (ASKED, lambda: asking.find(here, kind, asking.Viewpoint(past, then), who)),
        "the whole type, past day": (5, lambda: whole(None)),
        "the whole type, past day as known then": (5, lambda: whole(then)),
    }  # fmt: skip
    print(json.dumps([(name, *_timed(*how)) for name, how in questions.items()], ensure_ascii=False))


def _grow(rows: int, versions: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subject_version WHERE type = 'enterprise'")
        more = versions - cursor.fetchone()[0]
        if more > 0:
            cursor.execute(GROW, [max(0, -(-more // rows) - 1)])
        cursor.execute("VACUUM (ANALYZE) subject_version")
        cursor.execute("VACUUM (ANALYZE) subject_found")


def _timed(times: int, question: Callable[[], object]) -> tuple[float, float]:
    question()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        question()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.95)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000, 300_000])
    parser.add_argument("--versions", type=int, default=0, help="versions of one type when questions are asked")
    parser.add_argument("--once", action="store_true", help="load the new register only, then ask")
    parser.add_argument("--ask", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--open", action="store_true", help="without the two sealed fields")
    given = parser.parse_args()
    if given.ask:
        ask(given.ask, given.versions)
        return
    for rows in given.sizes:
        folder = Path(tempfile.mkdtemp(prefix="subjects-", dir="/var/tmp"))
        folder.chmod(0o755)
        home = folder / "home"
        try:
            measure(rows, folder, home, given.versions, sealed=not given.open, once=given.once)
        finally:
            subprocess.run(
                [sys.executable, "-m", "bihuan.cli", "stop"], env={**os.environ, "BIHUAN_HOME": str(home)},
                capture_output=True, check=False,
            )  # fmt: skip
            shutil.rmtree(folder, ignore_errors=True)


def measure(rows: int, folder: Path, home: Path, versions: int, *, sealed: bool, once: bool) -> None:
    """Load and ask one size, and print its table."""
    env = {**os.environ, "BIHUAN_HOME": str(home)}
    for words in (["init"], ["load", "district", "haidian", "--without-users"]):
        subprocess.run([sys.executable, "-m", "bihuan.cli", *words], env=env, check=True, capture_output=True)
    first, second = folder / "first.csv", folder / "second.csv"
    synthetic(first, rows, sealed=sealed)
    synthetic(second, rows, changed=True, sealed=sealed)
    print(f"\n{rows:,} enterprises, {len(COLUMNS) - 2 * (not sealed)} fields, load {os.getloadavg()[0]:.1f}")
    print(f"{'load':<24}{'created':>9}{'changed':>9}{'same':>9}{'s':>8}{'CPU s':>8}{'rows/s':>9}")
    loads = [("a new register", first, "2026-01-01")]
    if not once:
        loads += [("the same again", first, "2026-01-01"), ("one in ten changed", second, "2026-06-01")]
    for name, file, at in loads:
        found, seconds, cpu = bihuan(home, "register", "load", "enterprise", str(file), "--at", at)
        print(
            f"{name:<24}{found['created']:>9,}{found['changed']:>9,}{found['unchanged']:>9,}"
            f"{seconds:>8.1f}{cpu:>8.1f}{rows / seconds:>9,.0f}", flush=True,
        )  # fmt: skip
    print(f"{'question':<42}{'median ms':>10}{'p95 ms':>10}")
    for name, median, late in asked(home, rows, versions):
        print(f"{name:<42}{median:>10.1f}{late:>10.1f}", flush=True)


if __name__ == "__main__":
    main()
