"""Pages in an installation as large as you have one: p50, p95, statements and the first request after the start.

    python benchmarks/pages.py HOME [--requests 30] [--seconds 15] [--only TEXT] [--json FILE]

HOME is a data folder with the model district's demonstration log-ins (`bihuan demo --no-serve`, then any import). The
pages are asked of the real server (`bihuan serve`, two processes, no worker) over kept-alive HTTP by one visitor after
a plain sign-in (the public ones by nobody), while another process hands in two reports a second. `first` is each page's
first request after the server's start. CPU is that of the server and of PostgreSQL together, on a busy machine the
better measure. Statements are those of the application's role by pg_stat_statements; both are taken while no report
arrives. Cases that are handed in stay in HOME.

Beside them stands what was measured before queues had indexes of their own (2026-11-29, the same two shared cores).
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import http.cookiejar
import json
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from import_growth import tree

PASSWORD = "bihuan-demo"
EVENTS_PER_SECOND = 2.0
KEPT_ALIVE = 4.0  # seconds
COUNTED = 5  # requests of which statements and CPU are the mean
TICKS = os.sysconf("SC_CLK_TCK")
PAGES = {
    # name: (who, path, p50 in ms at a million cases before)
    "desk": ("operator", "/desk/", 3500),
    "desk, with the units": ("operator", "/desk/?queue=out", 3500),
    "desk, filtered": ("operator", "/desk/?queue=out&area=110108011&urgency=general", None),
    "desk, page 5": ("operator", "/desk/?page=5", None),
    "search: common word": ("operator", "/desk/?q=%E8%B7%AF%E7%81%AF", 5000),
    "search: rare word": ("operator", "/desk/?q=%E5%8F%98%E5%8E%8B%E5%99%A8", 5000),
    "search: one in a hundred": ("operator", "/desk/?q=%E5%B9%BF%E5%9C%BA%E8%88%9E", None),
    "search: number": ("operator", "/desk/?q={number}", 4000),
    "desk case": ("operator", "/desk/{number}/", 3500),
    "case": ("operator", "/cases/{number}/", None),
    "unit": ("handler", "/unit/", 2000),
    "unit, head": ("head", "/unit/", 2000),
    "unit, ended": ("handler", "/unit/?list=ended", None),
    "unit, search": ("handler", "/unit/?q=%E8%B7%AF%E7%81%AF", None),
    "call-back": ("callback", "/callback/", 3000),
    "call-back case": ("callback", "/callback/{verifying}/", 3600),
    "approvals": ("arbiter", "/approvals/", 2300),
    "inbox": ("inspector", "/inbox/", None),
    "mails": ("operator", "/desk/mails/", None),
    "set aside": ("operator", "/desk/stuck/", None),
    "erasures": ("admin", "/erasures/", None),
    "portal": ("", "/", 1400),
    "report form": ("", "/report/", None),
    "track": ("", "/track/", None),
    "programmes": ("", "/programmes/", 1400),
    "programme": ("", "/programmes/hotline/", None),
    "rules": ("", "/rules/", None),
    "audit": ("", "/audit/", None),
    "cockpit": ("leader", "/cockpit/", 38000),
    "cockpit, month before": ("leader", "/cockpit/?month={before}", None),
    "cockpit, head of unit": ("head", "/cockpit/", None),
    "number: rate": ("leader", "/cockpit/resolution_rate/?month={before}", 11000),
    "number: rate, by unit": ("leader", "/cockpit/resolution_rate/?month={before}&by=unit", 11000),
    "number: of a unit": ("leader", "/cockpit/resolution_rate/?month={before}&by=unit&key=street-110108011", None),
    "number: left out": ("leader", "/cockpit/resolution_rate/?month={before}&part=excluded", None),
    "number: on time": ("leader", "/cockpit/on_time_rate/?month={before}", None),
    "number: volume": ("leader", "/cockpit/volume/", 11000),
    "number: stock": ("leader", "/cockpit/suspended_share/?month={before}", None),
    "suggestions": ("leader", "/cockpit/suggestions/", None),
    "briefings": ("leader", "/cockpit/briefings/", None),
    "home, operator": ("operator", "/home/", None),
    "home, handler": ("handler", "/home/", None),
    "home, head of unit": ("head", "/home/", None),
    "home, leader": ("leader", "/home/", None),
    "home, administrator": ("admin", "/home/", None),
    "units": ("operator", "/registers/units/", None),
    "areas": ("operator", "/registers/areas/", None),
    "duty matrix": ("operator", "/registers/duties/", None),
    "report at the desk": ("operator", "/desk/new/", None),
    "caller": ("operator", "/desk/caller/", None),
    "API indicators": ("token", "/api/v1/indicators/{before}", None),
    "API ranking": ("token", "/api/v1/ranking/{before}", None),
    "API list": ("token", "/api/v1/cases?limit=50", 10),
    "API ?state=": ("token", "/api/v1/cases?limit=50&state=received", 1200),
    "API ?state= rare": ("token", "/api/v1/cases?limit=50&state=suspended", 1200),
    "API case": ("token", "/api/v1/cases/{number}", 10),
}
SETUP = """
import json
from datetime import UTC, datetime, timedelta
import django; django.setup()
from bihuan.loop import scope
from bihuan.loop.models import CaseRow
from bihuan.registers.models import District, Grant, User
from bihuan.registers.people import issue_token
district = District.objects.get()
scope.ensure(district.code)
user = User.objects.filter(username="bench").first()
user = user or User.objects.create_user("bench", name="bench", district=district)
for role in ("operator", "integrator"):
    Grant.objects.get_or_create(district=district, user=user, role=role, scope_kind="district", scope=district.code)
rows = CaseRow.objects.filter(ended_at__isnull=True)
print(json.dumps({
    "token": issue_token(user, "bench", ("report", "read", "act"), datetime.now(UTC) + timedelta(days=2))[0],
    "number": rows.filter(state="received", category__isnull=False).order_by("-opened_at")[0].number,
    "verifying": rows.filter(state="verifying").order_by("deadline")[0].number,
    "before": (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m"),
    "cases": CaseRow.objects.count(), "open": rows.count(),
}))
"""
COUNT = """
import sys, psycopg
from bihuan.server import postgres, secrets
from bihuan.server.home import current_home
home = current_home()
with psycopg.connect(**postgres.server_of_home(home, secrets.everything(home)).conninfo("postgres")) as c:
    for line in sys.stdin:
        if line.strip() == "reset":
            c.execute("SELECT pg_stat_statements_reset()")
        (calls,), = c.execute(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid "
            "WHERE r.rolname = 'bihuan_app' AND query !~* '^(begin|commit|rollback|savepoint|release|set )'")
        c.commit()
        print(calls, flush=True)
"""
BODY = {
    "programme": "hotline", "title": "电梯停运", "text": "三号楼电梯停运两天，老人无法下楼",
    "category": "housing.property.service", "area": "110108001001", "lon": 116.28, "lat": 39.9,
}  # fmt: skip


class Visitor:
    """Somebody at a browser: one kept-alive connection, cookies, a plain sign-in."""

    def __init__(self, port: int, who: str, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.headers = {"Accept-Language": "zh-hans"}
        self.asked = 0.0
        if who == "token":
            self.headers["Authorization"] = f"Bearer {token}"
        elif who:
            self.headers["Cookie"] = signed_in(port, who)

    def get(self, path: str) -> float:
        """Ask a page; returns seconds. Ends the benchmark when it is refused."""
        if self.connection.sock is not None and time.monotonic() - self.asked > KEPT_ALIVE:
            self.connection.close()  # the server has closed it as well by now
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        self.asked = time.monotonic()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
        return time.perf_counter() - begun


def signed_in(port: int, who: str) -> str:
    """The cookies of a demonstration's person after the form of `/accounts/login/`."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    url = f"http://127.0.0.1:{port}/accounts/login/"
    page = opener.open(url).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, "the sign-in has a form"
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "login": who, "password": PASSWORD}).encode()
    opener.open(urllib.request.Request(url, form, {"Referer": url}))
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def arrive(port: int, token: str, quiet: Event) -> None:
    """Hand in reports, two a second, except while somebody counts statements."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    due = time.monotonic()
    while True:
        due += 1 / EVENTS_PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        if quiet.is_set():
            due = time.monotonic()
            continue
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        key = {"Idempotency-Key": str(uuid.uuid4())}
        connection.request("POST", "/api/v1/reports", json.dumps(BODY), {**headers, **key})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 201:
            raise SystemExit(f"a report was refused: {answer.status}")


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--requests", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=15, help="at most, per page")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    env = {**os.environ, "BIHUAN_HOME": str(given.home), "DJANGO_SETTINGS_MODULE": "bihuan.server.settings",
           "BIHUAN_LOG_LEVEL": "ERROR"}  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bihuan.cli", "serve", "--no-worker", "--port", str(port)]
    begun = time.perf_counter()
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    wait(port)
    started = time.perf_counter() - begun
    known = json.loads(run(env, SETUP))
    print(f"{known['cases']:,} cases, {known['open']:,} open; server up after {started:.1f} s; "
          f"load {os.getloadavg()[0]:.1f}, 2 reports a second arriving")  # fmt: skip
    pipe = subprocess.PIPE
    counting = subprocess.Popen([sys.executable, "-c", COUNT], env=env, stdin=pipe, stdout=pipe, text=True)
    quiet = multiprocessing.Event()
    writer = multiprocessing.Process(target=arrive, args=(port, known["token"], quiet), daemon=True)
    writer.start()
    try:
        postmaster = int((given.home / "pg/data/postmaster.pid").read_text().split()[0])
        measure(given, port, known, counting, quiet, [server.pid, postmaster])
    finally:
        writer.terminate()
        counting.kill()
        server.terminate()
        server.wait(60)


def measure(given: argparse.Namespace, port: int, known: dict[str, str], counting: subprocess.Popen[str],
            quiet: Event, roots: list[int]) -> None:  # fmt: skip
    """Ask every page and print its line."""
    wanted = {name: page for name, page in PAGES.items() if given.only in name}
    visitors = {who: Visitor(port, who, known["token"]) for who, _, _ in wanted.values()}
    first = {name: visitors[who].get(path.format(**known)) for name, (who, path, _) in wanted.items()}
    titles = f"{'p50 ms':>8} {'p95 ms':>8} {'n':>4} {'CPU ms':>7} {'stmts':>6} {'first ms':>9}"
    print(f"{'page':26} {titles} {'before p50':>11} {'ratio':>7}")
    told = {}
    for name, (who, path, before) in wanted.items():
        visitor, path = visitors[who], path.format(**known)
        times: list[float] = []
        begun = time.monotonic()
        while len(times) < given.requests and (time.monotonic() - begun < given.seconds or len(times) < 3):
            times.append(visitor.get(path))
        statements, cpu = counted(visitor, path, counting, quiet, roots)
        p50 = statistics.median(times) * 1000
        p95 = (statistics.quantiles(times, n=20)[18] if len(times) > 2 else max(times)) * 1000
        told[name] = {
            "p50": p50,
            "p95": p95,
            "n": len(times),
            "cpu": cpu,
            "statements": statements,
            "first": first[name] * 1000,
        }
        beside = f"{before:>11,} {before / p50:>6.0f}×" if before else f"{'–':>11} {'':>7}"
        measured = f"{p50:>8.0f} {p95:>8.0f} {len(times):>4} {cpu:>7.0f} {statements:>6.1f} {first[name] * 1000:>9.0f}"
        print(f"{name:26} {measured} {beside}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(told, indent=1))


def counted(
    visitor: Visitor, path: str, counting: subprocess.Popen[str], quiet: Event, roots: list[int]
) -> tuple[float, float]:
    """Statements and CPU milliseconds of one request, while no report arrives."""
    assert counting.stdin is not None
    assert counting.stdout is not None
    quiet.set()
    time.sleep(0.7)
    sums: list[int] = []
    before = after = 0.0
    for word in ("reset", "read"):
        counting.stdin.write(f"{word}\n")
        counting.stdin.flush()
        sums.append(int(counting.stdout.readline()))
        if word == "reset":
            before = cpu_of(roots)
            for _ in range(COUNTED):
                visitor.get(path)
            after = cpu_of(roots)
    quiet.clear()
    return sums[1] / COUNTED, (after - before) * 1000 / COUNTED


def cpu_of(roots: list[int]) -> float:
    """CPU seconds that these processes and their living descendants have used."""
    total = 0.0
    for pid in {found for root in roots for found in tree(root)}:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def run(env: dict[str, str], program: str) -> str:
    """The last line of what a program prints, or the end with its error."""
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout.strip().splitlines()[-1]


def wait(port: int) -> None:
    """Until the server answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            threading.Event().wait(0.1)
    raise SystemExit("the server did not start within 120 s")


if __name__ == "__main__":
    main()
