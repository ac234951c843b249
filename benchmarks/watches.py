"""How long does a run of a hundred watches take? `python benchmarks/watches.py [SUBJECTS …] [--observations N]`

On a data folder of its own: 10k, 100k, 1M subjects of one type (thirteen fields), a hundred watches of four kinds
over them, of which each holds of a handful; then a day of observations of 5,000 lines (default none), followed by its
alarms, and one more watch over their incidents. Told are the first run (which opens the cases), a second one (nothing
new), and one with a single watch: what the other ninety-nine cost. Seconds by the clock and of CPU (this process and
its backend).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

DISTRICT, LINES = "110108", 5_000
AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
PROGRAMME = """
id: bench
name: {zh: 样例, en: Sample}
clause: bench
edition: 2026-11
cases:
  finding:
    name: {zh: 发现, en: Finding}
    shape: patrol
    desk: inspector
    urgencies: [general]
    duty: {by: given}
    clocks:
      - {name: confirm, from: [opened, recalled, returned], to: [dispatched, arbitrated], within: 24h}
      - {name: remedy, from: dispatched, to: [submitted, returned, recalled], within: 3 days}
      - {name: recheck, from: [submitted, sampled], to: verified, within: 5 days}
    verify: {by: inspector, results: [passed, failed]}
    disabled: [refuse, transfer_out]
    outcomes: [closed, invalid, merged]
"""
TYPE = """
id: sample
edition: "1"
name: {zh: 样例, en: Sample}
about: {zh: 样例, en: sample}
key: number
fields:
  number: {type: code, required: true, name: {zh: 编号, en: Number}}
  name: {type: text, name: {zh: 名称, en: Name}}
  status: {type: code, find: true, name: {zh: 状态, en: Status}}
"""
DATES, NUMBERS = 5, 5
NAMED = "name: {zh: 样例, en: Sample}\n"
SERIES = """
name: {zh: 样例, en: Sample}
subject: sample
quantity: {zh: 浓度, en: Concentration}
unit: ug/m3
zone: Asia/Shanghai
precision: 1
alarms: [{name: high, kind: above, limit: {fixed: 199.8}, on_count: 1, off_count: 1}]
"""


def declare(home: Path) -> None:
    """A programme, a type, a series and a hundred and one watches."""
    folder = home / "programmes" / "bench"
    named = [f"  d{n}: {{type: date, name: {{zh: 日期{n}, en: Day {n}}}}}" for n in range(DATES)]
    named += [f"  n{n}: {{type: decimal, name: {{zh: 数{n}, en: Number {n}}}}}" for n in range(NUMBERS)]
    texts = {"programme": PROGRAMME, "subjects/sample": TYPE + "\n".join(named) + "\n", "series/sample": SERIES}
    rules = []
    for n in range(25):
        day, number = n % DATES, n % NUMBERS
        rules += [
            f"{{expires: {{field: d{day}, within: {n + 1} days}}}}",
            f"{{overdue: {{field: d{day}, after: {n + 1} days}}}}",
            f"{{missing: {{field: n{number}}}}}", f"{{threshold: {{field: n{number}, above: {99_000 + n}}}}}",
        ]  # fmt: skip
    for n, rule in enumerate(rules):
        over = f"{{subject: sample, where: {{status: s{n % 10}}}}}"
        texts[f"watches/w{n:03}"] = (
            f"name: {{zh: 样例, en: Sample}}\nover: {over}\nwhen: {rule}\nopens: {{case: finding}}\n"
        )
    texts["watches/w-alarm"] = (
        "name: {zh: 样例, en: Sample}\nover: {series: sample}\nwhen: {alarm: {rule: high}}\n"
        "reminds: {role: inspector, say: {zh: 超限, en: Over}}\n"
    )
    for name, text in texts.items():
        (folder / f"{name}.yaml").parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def fill(first: int, last: int) -> None:
    """Subjects from one number until before another, in the database: a handful of each watch's."""
    from django.db import connection

    from bihuan.registers.isolation import in_district

    dates = ", ".join(
        f"'d{n}', CASE WHEN i %% 40009 = {n} THEN '2026-11-{n + 10}' ELSE '2028-05-{n + 10}' END" for n in range(DATES)
    )
    numbers = ", ".join(
        f"'n{n}', CASE i %% 80021 WHEN {n} THEN '99500' WHEN {n + 50} THEN NULL ELSE (i %% 90000)::text END"
        for n in range(NUMBERS)
    )
    sql = f"""
        INSERT INTO subject_version (district_id, type, key, valid_from, recorded_at, change_id, fence, values, salt,
            hash, sealed_digest)
        SELECT %(district)s, 'sample', 'k' || i, '2026-01-01', now(), %(change)s, '',
            jsonb_strip_nulls(jsonb_build_object('number', 'k' || i, 'name', '北京第' || i || '样例有限公司',
                'status', 's' || (i %% 10), {dates}, {numbers})),
            '\\x00', '\\x00', '' FROM generate_series(%(first)s, %(last)s - 1) i"""
    change = "00000000-0000-7000-8000-000000000001"
    with in_district(DISTRICT), connection.cursor() as cursor:
        cursor.execute(sql, {"district": DISTRICT, "change": change, "first": first, "last": last})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subject_version")


def cpu_seconds() -> float:
    """CPU seconds of this process and of its PostgreSQL backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    fields = Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(name: str, subjects: int, hours: int, *names: str) -> None:
    """One run, told in a line."""
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.running import run_watches

    catalogue = current_catalogue()
    assert not catalogue.problems, catalogue.problems
    begun, spent = time.perf_counter(), cpu_seconds()
    found = run_watches(catalogue, AT + timedelta(hours=hours), names=names)
    faults = [str(each.fault) for each in found.looks if each.fault]
    assert not faults, faults
    took, busy = time.perf_counter() - begun, cpu_seconds() - spent
    counts = found.counts
    opened = counts["opened"] + counts["reminded"]
    print(
        f"{subjects:>10,}  {name:<26}{len(found.looks):>8}{took:>10.2f}{busy:>10.2f}{counts['holds']:>9}{opened:>9}",
        flush=True,
    )


def observe(count: int) -> None:
    """A day of observations in hourly batches, then what follows them."""
    from bihuan.registers.isolation import in_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.instants import micros
    from bihuan.series.store import rows, writing

    subjects, hourly, dice = [f"k{n}" for n in range(LINES)], count // 24, np.random.default_rng(1)
    begun, spent = time.perf_counter(), cpu_seconds()
    for hour in range(24):
        found, number = rows.empty_rows(hourly), np.arange(hourly)
        start = micros(AT - timedelta(hours=24 - hour))
        found["line"], found["at"] = number % LINES, start + (number // LINES * 3_600_000_000 // (hourly // LINES + 1))
        found["arrived"], found["flag"] = found["at"] + 60_000_000, ord("N")
        found["value"] = np.where(dice.random(hourly) < 1e-5, 1999, dice.integers(0, 1990, hourly))
        writer = writing.Writer(current_catalogue().get("sample"), DISTRICT, "bench", "user:bench", AT, True)
        with in_district(DISTRICT):
            writing.append_rows(writer, found, subjects, tacit=False)
    took, busy = time.perf_counter() - begun, cpu_seconds() - spent
    print(f"{count:>10,}  observations stored       {'':>8}{took:>10.2f}{busy:>10.2f}", flush=True)
    begun, spent = time.perf_counter(), cpu_seconds()
    while follow_touched(DISTRICT, current_catalogue(), AT):
        pass
    took, busy = time.perf_counter() - begun, cpu_seconds() - spent
    print(f"{count:>10,}  alarms followed           {'':>8}{took:>10.2f}{busy:>10.2f}", flush=True)


def measure(sizes: list[int], observations: int) -> None:
    """All sizes, growing."""
    print(f"{'subjects':>10}  {'':<26}{'watches':>8}{'s':>10}{'CPU s':>10}{'holds':>9}{'opened':>9}")
    known = 0
    for number, size in enumerate(sizes):
        fill(known, size)
        known = size
        run("first run", size, number * 4)
        run("second run", size, number * 4 + 1)
        run("a single watch", size, number * 4 + 2, "w000")
    if observations:
        observe(observations)
        run("after a day of observations", known, 90)
        run("once more", known, 91)


def main() -> None:
    """Measure on a data folder of its own, removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--observations", type=int, default=0)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as home:
        os.environ.update(BIHUAN_HOME=home, DJANGO_SETTINGS_MODULE="bihuan.server.settings", BIHUAN_LOG_LEVEL="WARNING")
        program = [sys.executable, "-m", "bihuan.cli"]
        subprocess.run([*program, "init"], check=True, capture_output=True)
        subprocess.run([*program, "load", "district", "haidian"], check=True, capture_output=True)
        declare(Path(home))
        try:
            import django

            django.setup()
            measure(given.subjects or [10_000, 100_000, 1_000_000], given.observations)
        finally:
            from bihuan.server import postgres, secrets
            from bihuan.server.home import current_home

            postgres.server_of_home(current_home(), secrets.everything(current_home())).stop()


if __name__ == "__main__":
    main()
