"""How fast are series? `python benchmarks/series.py [OBSERVATIONS] [--days N]` (default 1,000,000 and 2 days).

On a data folder of its own: appending 10k, 100k, 1M observations of 5,000 series beside plain COPY of the same bytes
into a bare table; then N days of 5 million observations each, and what is asked of them: a month of one series, the
newest value of 5,000, a month as of an earlier vintage.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

LINES, DISTRICT = 5_000, "110108"
DAY = datetime(2026, 3, 1, tzinfo=UTC)
DECLARED = """\
name: {zh: 样例, en: Sample}
subject: station
quantity: {zh: 浓度, en: Concentration}
unit: ug/m3
zone: Asia/Shanghai
precision: 1
"""


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of some work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cpu_seconds(backend: int) -> float:
    """CPU seconds of this process and of its PostgreSQL backend: what a busy machine does not distort."""
    fields = Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def backend() -> int:
    """The process of this connection's PostgreSQL backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def observations(count: int, start: datetime, step: float) -> Any:
    """Observations of all lines in turn, one each `step` seconds."""
    from bihuan.series.instants import micros
    from bihuan.series.store.rows import empty_rows

    found = empty_rows(count)
    number = np.arange(count)
    found["line"] = number % LINES
    found["at"] = micros(start) + (number // LINES * step * 1_000_000).astype(np.int64)
    found["arrived"] = found["at"] + 60_000_000
    found["value"] = np.random.default_rng(1).integers(0, 2000, count)
    found["flag"] = ord("N")
    return found


def plain_copy(rows: Any) -> float:
    """The peer: the same bytes by COPY into a table with neither index, fence, nor log."""
    from django.db import connection

    from bihuan.series.store.rows import copy_bytes

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bare (at timestamptz, arrived timestamptz, value bigint, line int, batch int, "
            'inputs int, version int, flag "char")'
        )
        parts = copy_bytes(rows, 1)

        def copy() -> None:
            with cursor.cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as stream:
                for part in parts:
                    stream.write(part)

        took = seconds(copy)
        cursor.execute("DROP TABLE bare")
    return took


def measure_appending(series: Any, most: int) -> None:
    """Rates of appending, with growth, beside the peer."""
    from bihuan.registers.isolation import in_district
    from bihuan.series.store import writing

    subjects = [f"station-{number:05}" for number in range(LINES)]
    print(f"{'observations':>14}{'ours /s':>14}{'/CPU s':>14}{'plain COPY /s':>16}{'/CPU s':>14}")
    process = backend()
    for number, count in enumerate(size for size in (10_000, 100_000, most) if size <= most):
        rows = observations(count, datetime(2020, 1 + number, 1, tzinfo=UTC), 60)
        writer = writing.Writer(series, DISTRICT, "bench", "user:bench", datetime.now(UTC))

        def append(writer: Any = writer, rows: Any = rows) -> None:
            with in_district(DISTRICT):
                writing.append_rows(writer, rows, subjects, tacit=False)

        marks = [cpu_seconds(process)]
        ours = seconds(append)
        marks.append(cpu_seconds(process))
        peer = plain_copy(rows)
        marks.append(cpu_seconds(process))
        busy, spent = marks[1] - marks[0], marks[2] - marks[1]
        print(f"{count:>14,}{count / ours:>14,.0f}{count / busy:>14,.0f}{count / peer:>16,.0f}{count / spent:>14,.0f}")


def measure_days(series: Any, days: int) -> None:
    """Days of five million observations in hourly batches, then questions."""
    from django.db import connection

    from bihuan.registers.isolation import in_district
    from bihuan.series.store import reading, writing

    subjects = [f"station-{number:05}" for number in range(LINES)]
    took, hourly, process = 0.0, 5_000_000 // 24, backend()
    before = cpu_seconds(process)
    for hour in range(days * 24):
        rows = observations(hourly, DAY + timedelta(hours=hour), 3600 / (hourly / LINES))
        writer = writing.Writer(series, DISTRICT, "bench", "user:bench", datetime.now(UTC))

        def append(writer: Any = writer, rows: Any = rows) -> None:
            with in_district(DISTRICT):
                writing.append_rows(writer, rows, subjects, tacit=False)

        took += seconds(append)
    stored = days * 24 * hourly
    busy = cpu_seconds(process) - before
    print(f"{stored:,} in hourly batches of {hourly:,}: {stored / took:,.0f}/s, {stored / busy:,.0f} per CPU second")
    with in_district(DISTRICT), connection.cursor() as cursor:
        line = reading.line_of(DISTRICT, series.name, subjects[7]) or 0
        asked = {
            "a month of one series": lambda: reading.holding_rows([line], DAY, DAY + timedelta(days=31)),
            "the same as of an earlier vintage": lambda: reading.holding_rows(
                [line], DAY, DAY + timedelta(days=31), 20
            ),
            f"the newest value of {LINES:,}": lambda: reading.latest_values(DISTRICT, series.name),
        }
        for name, ask in asked.items():
            print(f"{name}: {min(seconds(ask) for _ in range(3)) * 1000:.0f} ms")
        print("values of that month and series:", len(reading.holding_rows([line], DAY, DAY + timedelta(days=31)).rows))
        cursor.execute(
            "SELECT sum(pg_relation_size(c.oid)), sum(pg_indexes_size(c.oid)) FROM pg_class c "
            "WHERE c.relname = 'series_observation_2026_03'"
        )
        table, index = cursor.fetchone()
        print(f"bytes an observation: table {table / stored:.0f}, index {index / stored:.0f}")


def main() -> None:
    """Measure on a data folder of its own, removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("observations", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as home:
        os.environ.update(BIHUAN_HOME=home, DJANGO_SETTINGS_MODULE="bihuan.server.settings", BIHUAN_LOG_LEVEL="WARNING")
        program = [sys.executable, "-m", "bihuan.cli"]
        subprocess.run([*program, "init"], check=True, capture_output=True)
        try:
            import django

            django.setup()
            from bihuan.series.catalogue import read_series

            file = Path(home) / "bench" / "series" / "sample.yaml"
            file.parent.mkdir(parents=True)
            file.write_text(DECLARED, encoding="utf-8")
            series = read_series(file)
            measure_appending(series, given.observations)
            if given.days:
                measure_days(series, given.days)
        finally:
            from bihuan.server import postgres, secrets
            from bihuan.server.home import current_home

            postgres.server_of_home(current_home(), secrets.everything(current_home())).stop()


if __name__ == "__main__":
    main()
