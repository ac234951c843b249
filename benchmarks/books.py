"""How fast is a book? Postings on one account, the conditional write and its alternatives, the check of a long journal.

    python benchmarks/books.py [--postings 1000] [--lines 1000000] [--seconds 3] [--parts hot seats write long]

A private PostgreSQL in a folder of its own (fsync on, durable commits), as the application's role, the model district.
`cpu s` is of this process, `pg cpu` of the server, `load` the machine's before a part: figures of a busy machine mean
little. The alternatives are single statements past the books, from 16 connections: what a hall of seats could do
instead.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

CLIENTS = 50
CONNECTIONS = 16
PARTS = ("hot", "seats", "write", "long")
SEATS, BUYERS = 100, 1000
DAY = date(2026, 3, 2)
BOOK = """
book: bench
name: {zh: 基准, en: Bench}
units:
  CNY: {name: {zh: 元, en: yuan}, scale: 2}
  seat: {name: {zh: 座, en: seat}, scale: 0}
accounts:
  free: {name: {zh: 余座, en: Free}, normal: debit, unit: seat, subject: event, floor: 0}
  sold: {name: {zh: 已售, en: Sold}, normal: debit, unit: seat, subject: event}
  hall: {name: {zh: 座席, en: Hall}, normal: credit, unit: seat, subject: event}
  till: {name: {zh: 库, en: Till}, normal: debit, unit: CNY, floor: 0}
  out: {name: {zh: 出, en: Out}, normal: debit, unit: CNY}
  income: {name: {zh: 入, en: Income}, normal: credit, unit: CNY}
entries:
  take: {name: {zh: 收, en: Take}, lines: [{debit: till}, {credit: income}]}
  pay: {name: {zh: 付, en: Pay}, lines: [{debit: out}, {credit: till}]}
  offer: {name: {zh: 放票, en: Offer}, lines: [{debit: free, subject: event}, {credit: hall, subject: event}]}
  sell: {name: {zh: 售出, en: Sell}, lines: [{debit: sold, subject: event}, {credit: free, subject: event}]}
"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "BIHUAN_HOME": folder, "DJANGO_SETTINGS_MODULE": "bihuan.server.settings", "BIHUAN_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ.pop(name, None)
        for words in (["init"], ["load", "district", "haidian"]):
            subprocess.run([sys.executable, "-m", "bihuan.cli", *words], check=True, capture_output=True)
        books = Path(folder) / "programmes" / "bench" / "books"
        books.mkdir(parents=True)
        (books / "bench.yaml").write_text(BOOK, encoding="utf-8")
        try:
            measure(options)
        finally:
            subprocess.run([sys.executable, "-m", "bihuan.cli", "stop"], check=False, capture_output=True)


def measure(options: argparse.Namespace) -> None:
    """Every part on the server that runs now."""
    from bihuan.console.bootstrap import start_django

    start_django()
    print(f"{'':<44}{'per second':>12}{'seconds':>10}{'cpu s':>8}{'pg cpu':>8}{'load':>7}")
    if "hot" in options.parts:
        hot_account(options.postings)
        reservations(options.postings // 5)
    if "seats" in options.parts:
        seats_over_http()
    if "write" in options.parts:
        alternatives(options.seconds)
    for lines in sorted({options.lines // 100, options.lines // 10, options.lines}) if "long" in options.parts else ():
        long_journal(lines)


def database_seconds() -> float:
    """CPU seconds of the private PostgreSQL so far: its postmaster, ended backends, and those that live."""
    pid = int(next(Path(os.environ["BIHUAN_HOME"]).rglob("postmaster.pid")).read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid:
            ticks += sum(map(int, words[11:15]))
        elif int(words[1]) == pid:
            ticks += sum(map(int, words[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def timed(name: str, count: int | Callable[[], int], work: Callable[[], object], told: str = "") -> None:
    """Run once and print a line."""
    load, cpu, database, begun = os.getloadavg()[0], time.process_time(), database_seconds(), time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    done = count() if callable(count) else count
    used, served = time.process_time() - cpu, database_seconds() - database
    print(
        f"{name:<44}{done / seconds:>12,.0f}{seconds:>10.2f}{used:>8.1f}{served:>8.1f}{load:>7.1f}  {told}", flush=True
    )


def clients(count: int, work: Callable[[int], None]) -> None:
    """Threads with a connection each, all at once."""
    from django.db import connection

    gate = threading.Barrier(count)

    def one(number: int) -> None:
        try:
            gate.wait()
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hot_account(postings: int) -> None:
    """50 clients, each its postings on the same account; the till has enough for half of them."""
    from bihuan.books.catalogue import book_named
    from bihuan.books.combining import combined
    from bihuan.books.drafting import draft_kind
    from bihuan.books.models import AccountRow, LineRow
    from bihuan.books.posting import Act
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district

    book, district = book_named("bench").book, default_district()
    asked = CLIENTS * postings
    combined(district, Act((draft_kind(book, "take", "in", DAY, {"amount": str(asked // 2)}),), "bench"))
    told: list[str] = []

    def work(client: int) -> None:
        for number in range(postings):
            draft = draft_kind(book, "pay", f"{client}-{number}", DAY, {"amount": "1"})
            told.append(str(combined(district, Act((draft,), "bench"))[0].state))

    timed(f"postings, {CLIENTS} clients × {postings} on one account", asked, lambda: clients(CLIENTS, work))
    with in_district(district):
        till = AccountRow.objects.get(name="till").posted
        exact = sum(LineRow.objects.values_list("amount", flat=True)) == 0
    print(f"    posted {told.count('posted'):,}, refused {told.count('refused'):,}, left {till}, Σ = 0: {exact}")


def reservations(number: int) -> None:
    """Acts one by one, each with a commit of its own: what combining saves."""
    from bihuan.books.catalogue import book_named
    from bihuan.books.drafting import draft_kind
    from bihuan.books.posting import Act, post_acts
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district

    book, district = book_named("bench").book, default_district()

    def work(client: int) -> None:
        for turn in range(number // CONNECTIONS):
            draft = draft_kind(book, "take", f"single-{client}-{turn}", DAY, {"amount": "1"})
            with in_district(district):
                post_acts([Act((draft,), "bench")])

    count = number // CONNECTIONS * CONNECTIONS
    timed(f"  the same, a commit each, {CONNECTIONS} clients", count, lambda: clients(CONNECTIONS, work))


SETUP = """
from datetime import UTC, datetime, timedelta
import django; django.setup()
from bihuan.registers.models import District, Grant, User
from bihuan.registers.people import issue_token
district = District.objects.get()
user = User.objects.create_user("bench", name="bench", district=district)
Grant.objects.create(district=district, user=user, role="integrator", scope_kind="district", scope=district.code)
print(issue_token(user, "bench", ("report", "read", "act"), datetime.now(UTC) + timedelta(days=2))[0])
"""


def seats_over_http() -> None:
    """A thousand buyers of a hundred seats, each with a connection: all at once, then 8 and 64 at a time."""
    from bihuan.books.catalogue import book_named
    from bihuan.books.combining import combined
    from bihuan.books.drafting import draft_kind
    from bihuan.books.posting import Act
    from bihuan.registers.live import default_district

    book = book_named("bench").book
    halls = [(f"e{size}", size) for size in (8, 64, BUYERS)]
    for hall, _ in halls:
        offered = draft_kind(book, "offer", f"offer-{hall}", DAY, {"amount": str(SEATS), "event": hall})
        combined(default_district(), Act((offered,), "bench"))
    run = [sys.executable, "-c", SETUP]
    token = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "bihuan.cli", "serve", "--port", str(port)])
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            threading.Event().wait(0.2)
        asyncio.run(buy(port, token, "warm", 50, 8))
        for hall, size in halls:
            load, begun = os.getloadavg()[0], time.perf_counter()
            answers = asyncio.run(buy(port, token, hall, BUYERS, size))
            seconds = time.perf_counter() - begun
            times, codes = sorted(took for took, _ in answers), [code for _, code in answers]
            sold, refused = codes.count(201), codes.count(409)
            told = f"p50 {times[500] * 1000:.0f} ms, p99 {times[989] * 1000:.0f} ms; sold {sold} of {SEATS}, "
            told += f"refused {refused}, else {BUYERS - sold - refused}"
            name = f"seats over HTTP, {size} at a time, {BUYERS} buyers"
            print(f"{name:<44}{BUYERS / seconds:>12,.0f}{seconds:>10.2f}{'':>16}{load:>7.1f}  {told}", flush=True)
    finally:
        server.terminate()
        server.wait(30)


async def buy(port: int, token: str, hall: str, buyers: int, at_once: int) -> list[tuple[float, int]]:
    """Each buyer posts one entry; the time from sending to the answer's first line, and its status."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> tuple[float, int]:
        key = f"{hall}-{number}"
        body = json.dumps({"key": key, "kind": "sell", "values": {"amount": "1", "event": hall}}).encode()
        head = (
            f"POST /api/v1/books/bench/entries HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        async with gate:
            begun = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            status = await reader.readline()
            took = time.perf_counter() - begun
            await reader.read()
            writer.close()
        return took, int(status.split()[1])

    return await asyncio.gather(*(one(number) for number in range(buyers)))


PREPARE = """
DROP TABLE IF EXISTS bench_hall, bench_seat;
CREATE TABLE bench_hall (id int PRIMARY KEY, free int NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bench_seat (id serial PRIMARY KEY, taken boolean NOT NULL DEFAULT false) WITH (fillfactor = 50);
CREATE INDEX bench_free ON bench_seat (id) WHERE NOT taken;
INSERT INTO bench_hall VALUES (1, %(seats)s);
INSERT INTO bench_seat (taken) SELECT false FROM generate_series(1, %(seats)s);
"""
UPDATE = "UPDATE bench_hall SET free = free - 1 WHERE id = 1 AND free >= 1"
SKIP = (
    "UPDATE bench_seat SET taken = true WHERE id = "
    "(SELECT id FROM bench_seat WHERE NOT taken ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
)
BATCHED = "UPDATE bench_hall SET free = free - least(free, %s) WHERE id = 1 RETURNING free"


def alternatives(seconds: float) -> None:
    """The conditional write itself, by single statements."""
    import psycopg

    from bihuan.server import postgres, secrets
    from bihuan.server.home import current_home

    home = current_home()
    reach = postgres.server_of_home(home, secrets.everything(home)).conninfo("postgres")

    def prepared(seats: int) -> None:
        with psycopg.connect(**reach, autocommit=True) as connected:
            for statement in (PREPARE % {"seats": seats}).split(";"):
                if statement.strip():
                    connected.execute(statement)

    def naive(connected: Any) -> int:
        (free,) = connected.execute("SELECT free FROM bench_hall WHERE id = 1").fetchone()
        if free < 1:
            return 0
        connected.execute("UPDATE bench_hall SET free = %s WHERE id = 1", [free - 1])
        return 1

    prepared(100)
    sold: list[int] = []

    def sell(number: int) -> None:
        with psycopg.connect(**reach, autocommit=True) as connected:
            sold.append(sum(naive(connected) for _ in range(1000 // CONNECTIONS)))

    clients(CONNECTIONS, sell)
    print(f"    naive (read, then write): {sum(sold)} of 100 seats sold")
    for name, write, size in (
        ("conditional UPDATE, a commit each", lambda c: c.execute(UPDATE).rowcount, 1),
        ("SKIP LOCKED, a commit each", lambda c: c.execute(SKIP).rowcount, 1),
        ("conditional UPDATE, 50 combined in a commit", lambda c: c.execute(BATCHED, [50]).rowcount * 50, 50),
    ):
        prepared(2_000_000 if size > 1 or "UPDATE" in name else 200_000)
        done: list[int] = []

        def work(number: int, write: Callable[[Any], int] = write, done: list[int] = done) -> None:
            with psycopg.connect(**reach, autocommit=True) as connected:
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    done.append(write(connected))

        timed(name, lambda done=done: sum(done), lambda work=work: clients(CONNECTIONS, work))


LONG = """
WITH e AS (
    INSERT INTO book_entry (id, district_id, book, key, kind, day, posted_at, actor, lines, restates, salt, digest)
    SELECT gen_random_uuid(), %(district)s, 'long', n::text, '', date '2026-01-01' + (n %% 365), now(), 'b', 2, '', '',
           sha256(n::text::bytea) FROM generate_series(1, %(count)s) n RETURNING id, day, digest),
s AS (INSERT INTO ledger_statement (id, kind, body, made_at, hash)
      SELECT id, 'book_entry', jsonb_build_object('digest', encode(digest, 'hex')), now(), digest FROM e)
SELECT count(*) FROM e
"""
LINES = """
INSERT INTO book_line (entry_id, number, district_id, account_id, day, amount)
SELECT e.id, side, %(district)s, CASE side WHEN 1 THEN %(a)s ELSE %(b)s END + (e.key::int %% 50) * 2, e.day,
       CASE side WHEN 1 THEN 100 ELSE -100 END
FROM book_entry e, generate_series(1, 2) side WHERE e.book = 'long'
  AND NOT EXISTS (SELECT FROM book_line l WHERE l.entry_id = e.id)
"""


def long_journal(lines: int) -> None:
    """A journal of so many lines over a hundred accounts: written in one transaction, then checked whole."""
    from bihuan.books.balances import totals
    from bihuan.books.checking import check_book
    from bihuan.books.reading import query
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district

    district = default_district()
    with in_district(district):
        (there,) = query("SELECT count(*) FROM book_entry WHERE book = 'long'")[0]
        query(
            "INSERT INTO book_account (district_id, book, name, subject, unit, normal, opened_at) "
            "SELECT %s, 'long', 'a', n::text, 'CNY', 1, now() FROM generate_series(1, 102) n ON CONFLICT DO NOTHING",
            district,
        )
        (first,) = query("SELECT min(id) FROM book_account WHERE book = 'long'")[0]

    def write() -> None:
        from django.db import connection

        with in_district(district), connection.cursor() as cursor:
            values = {"district": district, "count": lines // 2, "a": first, "b": first + 1}
            cursor.execute(LONG.replace("n::text, ''", f"(n + {there})::text, ''"), values)
            cursor.execute(LINES, values)

    timed(f"lines written past the program ({lines:,})", lines, write)
    found: list[Any] = []

    def check() -> None:
        with in_district(district):
            found.append((check_book("long"), totals("long")))  # no ANALYZE: as right after a bulk

    timed(f"  checked whole ({lines + 2 * there:,} lines)", lines + 2 * there, check)
    print(f"    faults {len(found[0][0].faults)}, {found[0][1][0].debit} = {found[0][1][0].credit}")


if __name__ == "__main__":
    main()
