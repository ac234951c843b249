"""Live intake and queues over HTTP: rate, latency and statements per request, beside a named peer's figures.

Usage: python benchmarks/live_http.py [--seconds 10] [--connections 8 2]

Starts a private server in a temporary data folder (fsync on, durable commits), loads the model district, serves
with Granian, and drives it from a second process. The peer is Signalen (Amsterdam), measured on the same kind of
machine with 8 connections: 44.5 creates/s at 47 queries, 3 lists of 50 a second at 263 queries.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

PEER = {"create": (44.5, 47), "list": (3.0, 263)}
BUDGET = {"create": (350, 12), "list": (150, 8)}
BODY = {
    "programme": "hotline", "title": "电梯停运", "text": "三号楼电梯停运两天，老人无法下楼",
    "category": "housing.property.service",
    "area": "110108001001", "lon": 116.28, "lat": 39.9, "reporter": {"name": "王某", "phone": "13800138000"},
}  # fmt: skip

SETUP = """
from datetime import UTC, datetime, timedelta
import django; django.setup()
from bihuan.registers.models import District, Grant, User
from bihuan.registers.people import issue_token
district = District.objects.get()
user = User.objects.create_user("bench", name="bench", district=district)
for role in ("operator", "integrator"):
    Grant.objects.create(district=district, user=user, role=role, scope_kind="district", scope=district.code)
print(issue_token(user, "bench", ("report", "read", "act"), datetime.now(UTC) + timedelta(days=2))[0])
"""

COUNT = """
import sys, psycopg
from bihuan.server import postgres, secrets
from bihuan.server.home import current_home
home = current_home()
with psycopg.connect(**postgres.server_of_home(home, secrets.everything(home)).conninfo("postgres")) as c:
    if sys.argv[1] == "reset":
        c.execute("SELECT pg_stat_statements_reset()")
    else:
        for row in c.execute("SELECT calls, left(query, 90) FROM pg_stat_statements WHERE calls >= %s "
                             "AND query NOT LIKE '%%pg_stat%%' ORDER BY calls DESC", [int(sys.argv[1])]):
            print(row[0], row[1].replace(chr(10), " "), sep="\\t")
"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 2])
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
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen([sys.executable, "-m", "bihuan.cli", "serve", "--port", str(port)], env=environment)
        try:
            wait(port)
            names = ("per s", "p50 ms", "p95 ms")
            print(f"{'request':8} {'conn':>4}" + "".join(f"{name:>9}" for name in names), end="")
            print(f" {'stmts':>6} {'target':>12} {'peer':>14} {'ratio':>6}")
            for kind in ("create", "list"):
                for connections in options.connections:
                    measure(kind, connections, options.seconds, port, token, environment)
        finally:
            server.terminate()
            server.wait(30)
            run(environment, "-m", "bihuan.cli", "stop")


def measure(kind: str, connections: int, seconds: float, port: int, token: str, environment: dict[str, str]) -> None:
    """One row of the table; the load comes from another process."""
    with multiprocessing.Pool(1) as pool:
        pool.apply(drive, (kind, connections, 2.0, port, token))  # warm-up
        run(environment, "-c", COUNT, "reset")
        times, took = pool.apply(drive, (kind, connections, seconds, port, token))
    lines = run(environment, "-c", COUNT, str(max(1, len(times) // 20))).splitlines()
    calls = sum(int(line.split("\t")[0]) for line in lines)
    rate, (peer, queries), (target, budget) = len(times) / took, PEER[kind], BUDGET[kind]
    p95 = statistics.quantiles(times, n=20)[18] * 1000
    print(
        f"{kind:8} {connections:4} {rate:8.1f} {statistics.median(times) * 1000:8.1f} {p95:8.1f} "
        f"{calls / len(times):6.1f} "
        f"{f'≥{target} ≤{budget}':>12} {f'{peer}/s {queries}q':>14} {rate / peer:6.1f}",
        flush=True,
    )
    if os.environ.get("BENCH_STATEMENTS"):
        print("\n".join(f"    {line}" for line in lines), flush=True)


def drive(kind: str, connections: int, seconds: float, port: int, token: str) -> tuple[list[float], float]:
    """Send requests over `connections` kept-alive connections for `seconds`; returns latencies and the time taken."""
    times: list[float] = []
    faults: list[str] = []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    begun = time.perf_counter()

    def one() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() - begun < seconds:
            start = time.perf_counter()
            if kind == "create":
                key = {"Idempotency-Key": str(uuid.uuid4())}
                connection.request("POST", "/api/v1/reports", json.dumps(BODY), {**headers, **key})
            else:
                connection.request("GET", "/api/v1/cases?limit=50&state=received", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status not in (200, 201):
                faults.append(f"{answer.status} {body[:200]!r}")
                return
            times.append(time.perf_counter() - start)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"{kind}: {faults[0]}")
    return times, time.perf_counter() - begun


def run(environment: dict[str, str], *arguments: str) -> str:
    """Run Python with arguments; returns its output, or ends with its error."""
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{arguments[:3]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait(port: int) -> None:
    """Until the server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            threading.Event().wait(0.1)
    raise SystemExit("the server did not start within 60 s")


if __name__ == "__main__":
    main()
