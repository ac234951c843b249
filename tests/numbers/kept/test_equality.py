"""Kept numbers equal a whole count, whatever happens in whichever order, and however the log is cut into batches."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, tick
from bihuan.numbers.keeping import advance, catch_up
from bihuan.numbers.models import KeptCase, KeptPeriod, KeptProgress
from bihuan.numbers.queries import FOLDER as QUERIES
from bihuan.numbers.queries import fragment
from bihuan.numbers.refreshing import narrowed
from tests.loop.district import OPERATOR, registers
from tests.numbers.kept.same import assert_the_same
from tests.numbers.month.world import WORLD_END, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)


def step(now: datetime = NOW, leaves: int = 5_000) -> int:
    return advance(now=now, leaves=leaves, registers=registers())


def report_late(world: World, at: datetime) -> None:
    """A report of an earlier day comes in, and nobody does anything about it."""
    data = {"channel": "web", "category": "roads.surface.pothole", "area": world.areas[0]}
    order = Order(Command("open", OPERATOR, at, data, {"text": "补录"}), programme="hotline", kind="request")
    assert append([order], facts=world.facts)[0].refusal is None
    ledger.sequence_leaves()


@pytest.fixture
def world() -> World:
    return World(seed=3, cases=6)


@pytest.mark.parametrize("seed", [1, 2])
def test_equal_at_every_cut_while_cases_go_on(seed: int, world: World) -> None:
    """Cases open, merge, go round again, are excluded; the count stops at odd places of the log, in odd batches."""
    dice = random.Random(seed)
    world.dice = random.Random(seed + 100)
    for _ in range(4):
        for _ in range(5):
            world.play(datetime(2026, 9, 20, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(60 * 24 * 70)))
        ledger.sequence_leaves(dice.randrange(40, 120))
        for _ in range(dice.randrange(1, 4)):
            step(leaves=dice.randrange(7, 60))
        assert_the_same()
    tick(WORLD_END, 100_000, facts=world.facts)
    ledger.sequence_leaves(1_000_000)
    catch_up(now=NOW, registers=registers())
    assert KeptProgress.objects.get().cut == ledger.size()
    assert assert_the_same() == ["2026-09", "2026-10", "2026-11", "2026-12"]


def test_a_month_that_begins_takes_over_what_is_open(world: World) -> None:
    """At the turn of the month nothing is written, yet what is open then belongs to the new month's stock."""
    report_late(world, datetime(2026, 12, 15, 4, tzinfo=UTC))
    catch_up(now=NOW, registers=registers())
    later = datetime(2027, 2, 3, tzinfo=UTC)
    while step(later):
        pass
    checked = assert_the_same()
    assert checked[-3:] == ["2026-12", "2027-01", "2027-02"]
    newest = KeptPeriod.objects.get(period="2027-02")
    assert CaseRow.objects.filter(ended_at=None).count() == KeptCase.objects.filter(period_id=newest.id).count() > 0


def test_what_comes_late_changes_the_months_it_tells_of(world: World) -> None:
    catch_up(now=NOW, registers=registers())
    report_late(world, datetime(2026, 8, 15, 4, tzinfo=UTC))
    assert step() > 0
    assert assert_the_same()[0] == "2026-08"


def test_a_changed_definition_is_counted_anew_while_the_former_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bihuan.numbers import keeping
    from bihuan.numbers.counting import Basis, present_basis
    from bihuan.numbers.periods import Period

    catch_up(now=NOW, registers=registers())
    before = set(KeptPeriod.objects.values_list("id", flat=True))
    names = set(KeptPeriod.objects.values_list("period", flat=True))

    def without(period: Period) -> Basis:
        now = present_basis(period)
        kept = {i: d for i, d in now.definitions.items() if i != "volume"}
        return Basis(kept, {i: now.queries[i] for i in kept}, {i: now.uses[i] for i in kept})

    monkeypatch.setattr(keeping, "present_basis", without)
    monkeypatch.setattr(keeping, "CASES", 2)
    while step():
        assert set(KeptPeriod.objects.filter(ready=True).values_list("period", flat=True)) == names, "always shown"
    assert not before & set(KeptPeriod.objects.values_list("id", flat=True))
    assert len(assert_the_same()) == len(before)


def test_an_upgrade_fills_the_bits_that_counting_would_set(world: World) -> None:
    catch_up(now=NOW, registers=registers())
    read = "SELECT case_id, period_id, parts::text FROM number_case WHERE cells <> '{}' ORDER BY 1, 2"
    fill = import_module("bihuan.numbers.migrations.0006_parts").FILL
    with connection.cursor() as cursor:
        cursor.execute(read)
        counted = cursor.fetchall()
        cursor.execute("UPDATE number_case SET parts = ''")
        cursor.execute(fill)
        cursor.execute(read)
        assert cursor.fetchall() == counted
    assert any("1" in parts for _, _, parts in counted)


@pytest.mark.parametrize("file", [*QUERIES.glob("*.sql"), *QUERIES.glob("superseded/*.sql")], ids=lambda f: f.stem[:12])
def test_every_query_ever_published_is_asked_over_the_gathered_events(file: Path) -> None:
    if file.stem == "fragments":
        return
    text = fragment("query", file.stem) if file.parent == QUERIES else file.read_text(encoding="utf-8")
    told = narrowed(text)
    assert "loop_event" not in told
    assert "number_touched" in told
    with pytest.raises(ValueError, match="begins with the events"):
        narrowed("SELECT 1 AS case_id")


def test_only_one_counts_at_a_time(world: World) -> None:
    import psycopg

    params = connection.get_connection_params()
    params.pop("cursor_factory", None)
    params.pop("context", None)
    with psycopg.connect(**params) as other:
        code = registers().district.code
        other.execute("SELECT pg_advisory_xact_lock(hashtext('numbers'), hashtext(%s))", [code])
        assert step() == 0
        assert not KeptProgress.objects.exists()
    assert step() > 0
