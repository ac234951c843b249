"""The on-time rate counted from the lake's files alone is the cube's: late, never handled, more time, another rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from bihuan.lake import manifest, sync
from bihuan.ledger import store as ledger
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import CLOCK, Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, tick
from bihuan.numbers.counting import month_cube
from bihuan.numbers.periods import Month
from tests.loop.dated import Declared, with_later
from tests.loop.district import community, registers
from tests.numbers.on_time.test_on_time import END, FROM, Play, extended

pytestmark = pytest.mark.django_db
OPERATOR = Actor("user:operator", frozenset({"operator"}))
CHANGED = datetime(2026, 9, 12, 2, tzinfo=UTC)
# A handling: from a dispatch or a failed re-inspection to the next. In time when it was handed in by the deadline as it
# was set last; one that ran out and was not handed in by the month's end is late.
COUNT = """
WITH rounds AS (
  SELECT case_id, version AS since, lead(version, 1, 2000000) OVER (PARTITION BY case_id ORDER BY version) AS til
  FROM events WHERE kind IN ('dispatched', 'arbitrated', 'reopened') OR (kind = 'verified' AND reopens = 'true')
), handed AS (
  SELECT r.case_id, r.since, r.til, e.version, e.occurred_at FROM rounds r JOIN events e
  ON e.case_id = r.case_id AND e.kind = 'submitted' AND e.version > r.since AND e.version < r.til
), ops AS (SELECT c.*, e.occurred_at FROM clocks c JOIN events e USING (case_id, version) WHERE c.name = 'remedy'),
judged AS (
  SELECT h.case_id, h.occurred_at, h.occurred_at <= (
    SELECT arg_max(o.due, o.version) FROM ops o
    WHERE o.case_id = h.case_id AND o.version >= h.since AND o.version < h.version
    AND o.operation IN ('start', 'resume', 'restore', 'extend', 'replace')) AS good
  FROM handed h
  UNION ALL
  SELECT r.case_id, m.occurred_at, false FROM rounds r JOIN ops m
  ON m.case_id = r.case_id AND m.operation = 'miss' AND m.version > r.since AND m.version < r.til
  WHERE NOT EXISTS (SELECT 1 FROM ops g WHERE g.case_id = r.case_id AND g.version > m.version AND g.version < r.til
                    AND g.operation IN ('extend', 'replace') AND g.occurred_at < $2)
  AND NOT EXISTS (SELECT 1 FROM handed h WHERE h.case_id = r.case_id AND h.since = r.since AND h.occurred_at < $2)
)
SELECT count(*) FILTER (WHERE good), count(*) FROM judged WHERE occurred_at >= $1 AND occurred_at < $2
"""


def longer(document: Declared) -> None:
    """Nine working days for everything."""
    for row in document["rows"]:
        row["within"] = "9 working days"


def ruled_anew(play: Play, at: datetime) -> None:
    """A longer time for everything reaches the case by a migration."""
    while (due := CaseRow.objects.get(pk=play.case.id).tick_at) is not None and due <= at:
        append([Order(Command("tick", CLOCK, due), play.case.id)], facts=play.facts)
    book = with_later("table", "street_scene_remedy", CHANGED.date(), "open", longer)
    known = LoopFacts(registers(), book, play.facts.now, "seed")
    order = Order(Command("migrate", OPERATOR, at, {"edition": play.case.edition}), play.case.id)
    (done,) = append([order], facts=known)
    assert done.refusal is None, done.refusal
    assert done.case is not None
    assert done.events[0].data["clocks"][0]["op"] == "replace"
    play.case = done.case


def world() -> None:
    """In time, late and never handled; with more time; moved by another rule before and after the deadline ran out."""
    started = iter(range(100))

    def play(at: datetime = FROM) -> Play:
        return Play("street-scene", at + timedelta(minutes=next(started)), community())

    for late in (timedelta(minutes=-20), timedelta(days=3), timedelta(days=40)):
        one = play()
        one.hand_in(one.due + late)
    play()
    more = play()
    extended(more)
    more.hand_in(more.due - timedelta(minutes=5))
    for at, after in ((CHANGED, -1), (CHANGED + timedelta(days=9), -1), (CHANGED, 30), (CHANGED, None)):
        moved = play(CHANGED - timedelta(days=2))
        ruled_anew(moved, at)
        if after is not None:
            moved.hand_in(moved.due + timedelta(hours=after))
    tick(END, 100_000, facts=play().facts)
    ledger.sequence_leaves(1_000_000)


def counted(folder: Path, month: Month) -> tuple[int, int]:
    """(in time, all) of a month by DuckDB over the lake's files."""
    told = manifest.read_manifest(folder)
    assert told is not None
    with duckdb.connect() as lake:
        for name in ("events", "clocks"):
            files = [str(file) for file in told.files(folder, name)]
            lake.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files})")
        start, until = (m.first for m in (month, month.next))
        zone = registers().calendar.zone
        ends = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in (start, until)]
        good, whole = lake.execute(COUNT, ends).fetchone() or (0, 0)
    return int(good), int(whole)


def test_the_lakes_files_give_the_cubes_on_time_rate(tmp_path: Path) -> None:
    world()
    sync.sync_lake(tmp_path, registers=registers())
    seen = 0
    for name in ("2026-09", "2026-10", "2026-11"):
        month = Month.parse(name)
        rate = month_cube(month, registers=registers()).one("on_time_rate", "street-scene")
        assert (rate.numerator, rate.denominator) == counted(tmp_path, month), name  # type: ignore[union-attr]
        seen += rate.denominator  # type: ignore[union-attr]
    assert seen >= 9
    assert counted(tmp_path, Month.parse("2026-09"))[0] >= 3
