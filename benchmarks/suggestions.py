"""From the acknowledged create to the visible suggestion: latency under a steady load of creates over HTTP.

Usage: python benchmarks/suggestions.py [--rate 50] [--seconds 20] [--window 0] [--busy 0]

Starts a private server, Granian and one worker in a temporary data folder, posts reports at a fixed rate and reads,
from the database's own clock, when each case had its suggestions: stored minus acknowledged. `--window` opens so many
cases of the past days first, so that the search for duplicates has something to search and the other loops of the
worker are behind. `--busy` runs so many processes beside it that do nothing but compute. Target: p95 within 1 s.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from live_http import SETUP, run, wait

CONNECTIONS = 8
PLACES = ("翠微南里", "永定路东里", "万寿路街道", "紫竹院街道", "清河街道", "上地街道")
MATTERS = ("暖气不热，室温只有十四度", "停水两天没人通知", "电梯停运老人下不了楼", "路灯不亮晚上很黑",
           "下水道堵塞污水外溢", "夜间施工噪音很大", "楼道堆放杂物", "燃气味很重")  # fmt: skip

FILL = """
import sys, random
from datetime import UTC, datetime, timedelta
import django; django.setup()
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import Actor
rng, now = random.Random(1), datetime.now(UTC)
places, matters = sys.argv[2].split("|"), sys.argv[3].split("|")
actor = Actor("user:bench", frozenset({"operator"}))
def one(n):
    text = f"{rng.choice(places)}{rng.randrange(1, 60)}号楼{rng.choice(matters)}"
    at = now - timedelta(minutes=rng.randrange(10, 40000))
    return NewReport(key=f"fill-{n}", programme="hotline", kind="request", channel="web", at=at, title=text, text=text,
                     place=(rng.randrange(116200000, 116400000), rng.randrange(39880000, 40080000)))
count = int(sys.argv[1])
for start in range(0, count, 1000):
    receive([one(n) for n in range(start, min(start + 1000, count))], actor=actor, bulk=True)
from django.db import connection
connection.cursor().execute("DELETE FROM suggestions_awaited")
"""
READ = """
import json, sys, psycopg
from bihuan.server import postgres, secrets
from bihuan.server.home import current_home
home = current_home()
with psycopg.connect(**postgres.server_of_home(home, secrets.everything(home)).conninfo("postgres")) as c:
    left = c.execute("SELECT count(*) FROM suggestions_awaited").fetchone()[0]
    rows = c.execute("SELECT c.number, extract(epoch FROM min(s.created_at) FILTER (WHERE s.kind <> 'parent')), "
                     "extract(epoch FROM min(s.created_at) FILTER (WHERE s.kind = 'parent')) "
                     "FROM suggestions_suggestion s JOIN loop_case c ON c.id = s.case_id GROUP BY 1").fetchall()
print(json.dumps([left, [[n, float(w) if w else None, float(p) if p else None] for n, w, p in rows]]))
"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50, help="creates per second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--window", type=int, default=0, help="cases of the last days that are there before")
    parser.add_argument("--busy", type=int, default=0, help="other processes that compute all the time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        Path(folder).chmod(0o755)
        environment = {
            **os.environ,
            "BIHUAN_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "bihuan.server.settings",
            "BIHUAN_LOG_LEVEL": "ERROR",
        }
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            environment.pop(name, None)
        run(environment, "-m", "bihuan.cli", "init")
        run(environment, "-m", "bihuan.cli", "load", "district", "haidian")
        token = run(environment, "-c", SETUP).strip().splitlines()[-1]
        if options.window:
            run(environment, "-c", FILL, str(options.window), "|".join(PLACES), "|".join(MATTERS))
        measure(options, token, environment)


def measure(options: argparse.Namespace, token: str, environment: dict[str, str]) -> None:
    """Serve, work, send, wait until nothing waits any more, print."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bihuan.cli"]
    running = [
        subprocess.Popen([*command, *part], env=environment) for part in (["serve", "--port", str(port)], ["worker"])
    ]
    running += [subprocess.Popen([sys.executable, "-c", "while True: sum(range(9999))"]) for _ in range(options.busy)]
    try:
        wait(port)
        send(20, 2.0, port, token)  # warm-up: models are loaded, the window is filled
        settled(environment)
        acknowledged = send(options.rate, options.seconds, port, token)
        rows = {number: (words, parent) for number, words, parent in settled(environment)}
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
        run(environment, "-m", "bihuan.cli", "stop")
    print(f"{len(acknowledged)} creates at {options.rate:.0f}/s, window {options.window}, busy {options.busy}")
    print(f"{'suggestion':12} {'cases':>6} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}  target p95 ≤ 1000")
    for place, name in enumerate(("words", "parent")):
        lags = sorted(
            1000 * (rows[n][place] - at) for n, at in acknowledged.items() if n in rows and rows[n][place] is not None
        )
        if len(lags) > 20:
            p95 = statistics.quantiles(lags, n=20)[18]
            verdict = "pass" if p95 <= 1000 else "MISSED"
            print(f"{name:12} {len(lags):6} {statistics.median(lags):8.0f} {p95:8.0f} {lags[-1]:8.0f}  {verdict}")


def send(rate: float, seconds: float, port: int, token: str) -> dict[str, float]:
    """Post at a fixed rate; number → moment of the acknowledgement (seconds since the epoch)."""
    acknowledged: dict[str, float] = {}
    faults: list[str] = []
    total, begun = int(rate * seconds), time.time()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def lane(first: int) -> None:
        rng = random.Random(first)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for n in range(first, total, CONNECTIONS):
            pause = begun + n / rate - time.time()
            if pause > 0:
                threading.Event().wait(pause)
            text = f"{rng.choice(PLACES)}{rng.randrange(1, 60)}号楼{rng.choice(MATTERS)}"
            body = {"programme": "hotline", "title": text, "text": text, "lon": rng.uniform(116.2, 116.4),
                    "lat": rng.uniform(39.88, 40.08)}  # fmt: skip
            key = {"Idempotency-Key": str(uuid.uuid4())}
            connection.request("POST", "/api/v1/reports", json.dumps(body), {**headers, **key})
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status != 201:
                faults.append(str(told))
                return
            acknowledged[told["number"]] = time.time()

    threads = [threading.Thread(target=lane, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(faults[0])
    return acknowledged


def settled(environment: dict[str, str]) -> list[tuple[str, float, float | None]]:
    """Wait until no case waits any more; the moments at which suggestions were stored."""
    deadline = time.monotonic() + 180
    while True:
        left, rows = json.loads(run(environment, "-c", READ).strip().splitlines()[-1])
        if not left:
            return [tuple(row) for row in rows]
        if time.monotonic() > deadline:
            raise SystemExit(f"{left} suggestions are still awaited after 180 s")
        threading.Event().wait(0.5)


if __name__ == "__main__":
    main()
