"""封账: closed once, after the cut-off, with nothing undecided; afterwards only restatements with their difference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.ledger.models import Entry, Statement
from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import every_edition
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.numbers import counting
from bihuan.numbers.closing import ClosingError, close_month, cutoff, published, recomputes, restate
from bihuan.numbers.counting import Basis, members, present_basis
from bihuan.numbers.models import IndicatorSnapshot
from bihuan.numbers.periods import Month
from bihuan.numbers.queries import FOLDER
from bihuan.numbers.report import why_number
from tests.loop.district import ARBITER, OPERATOR, facts, registers
from tests.numbers.month.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MONTH = Month.parse("2026-09")
NOW = datetime(2027, 1, 4, tzinfo=UTC)


@pytest.fixture
def decided(world: World) -> LoopFacts:
    """Every waiting appeal has been refused."""
    orders = []
    for row in CaseRow.objects.exclude(pending=[]):
        for key in row.pending:
            kind, _, indicator = key.partition(":")
            if kind == "exclusion":
                data = {"indicator": indicator, "reason": "理由不成立"}
                orders.append(Order(Command("refuse_exclusion", ARBITER, NOW, data), row.id))
    assert orders, "the world must leave appeals undecided"
    assert all(r.refusal is None for r in append(orders, facts=world.facts))
    return facts(NOW)


def late_report(world: World) -> None:
    """Something that happened in the month comes in after it was closed."""
    at = datetime(2026, 9, 25, 4, tzinfo=UTC)
    data = {"channel": "web", "category": "roads.surface.pothole", "area": world.areas[0]}
    order = Order(Command("open", OPERATOR, at, data, {"text": "补录"}), programme="hotline", kind="request")
    assert append([order], facts=world.facts)[0].refusal is None


def test_a_month_is_closed_once_and_stated_in_the_ledger(world: World, decided: LoopFacts) -> None:
    assert published(MONTH, registers=registers()) is None
    closed = close_month(MONTH, by="user:leader", facts=decided)
    row = closed.row
    assert (row.sequence, row.period, row.previous) == (0, "2026-09", "")
    statement = Statement.objects.get(pk=row.statement_id)
    assert statement.kind == "month-closed"
    assert statement.body["digest"] == row.digest
    assert Entry.objects.filter(event_id=row.statement_id, index__gte=row.cut_size).exists()
    with pytest.raises(ClosingError, match="is closed"):
        close_month(MONTH, by="user:leader", facts=decided)
    again = published(MONTH, registers=registers())
    assert again is not None
    assert again.cube.cells == tuple(sorted(closed.cube.cells))
    assert recomputes(again, registers())


def test_not_before_the_appeals_are_over(world: World, decided: LoopFacts) -> None:
    end = cutoff(MONTH, decided)
    # Five working days after 30 September, past the holidays of 1-7 October and with the make-up day of the 10th.
    assert end > datetime(2026, 10, 12, tzinfo=UTC)
    with pytest.raises(ClosingError, match="may still be appealed"):
        close_month(MONTH, by="user:leader", facts=facts(end - timedelta(seconds=1)))
    assert close_month(MONTH, by="user:leader", facts=facts(end)).row.sequence == 0


def test_not_while_an_appeal_waits(world: World) -> None:
    waiting = {row.pk: row.number for row in CaseRow.objects.filter(pending__len__gt=0)}
    counted = {
        month: {m.case_id for m in members(month, "exclusion_share", registers=registers())} & set(waiting)
        for month in (MONTH, MONTH.next, MONTH.next.next)
    }
    month = next(month for month, cases in counted.items() if cases)
    with pytest.raises(ClosingError, match=f"{len(counted[month])} exclusion appeals of {month} wait for a decision"):
        close_month(month, by="user:leader", facts=facts(NOW))


def test_a_restatement_shows_what_changed_and_chains(world: World, decided: LoopFacts) -> None:
    with pytest.raises(ClosingError, match="is not closed"):
        restate(MONTH, by="user:leader", reason="补录", facts=decided)
    first = close_month(MONTH, by="user:leader", facts=decided)
    with pytest.raises(ClosingError, match="nothing in 2026-09 has changed"):
        restate(MONTH, by="user:leader", reason="补录", facts=decided)
    late_report(world)
    with pytest.raises(ClosingError, match="needs a reason"):
        restate(MONTH, by="user:leader", reason=" ", facts=decided)
    second = restate(MONTH, by="user:leader", reason="补录一件", facts=decided)
    assert (second.row.sequence, second.row.previous) == (1, first.row.digest)
    volume = next(c for c in second.changes if (c.indicator, c.by) == ("volume", "district"))
    assert volume.before is not None
    assert volume.after == {"count": volume.before["count"] + 1}
    assert {c.indicator for c in second.changes} == {"volume", "repeat_rate", "urge_rate", "suspended_share"}
    assert second.row.body["changes"][0] == second.changes[0].to_json()
    assert Statement.objects.get(pk=second.row.statement_id).kind == "month-restated"
    for row in IndicatorSnapshot.objects.all():
        assert row.body["cells"]
    newest = published(MONTH, registers=registers())
    assert newest is not None
    assert newest.row.sequence == 1
    assert recomputes(newest, registers())


def test_an_altered_row_no_longer_recomputes(world: World, decided: LoopFacts) -> None:
    closed = close_month(MONTH, by="user:leader", facts=decided)
    closed.row.body["cells"][0][6] += 1
    assert not recomputes(closed, registers())


@pytest.mark.parametrize("statement", ["UPDATE indicator_snapshot SET reason = 'x'", "DELETE FROM indicator_snapshot"])
def test_the_database_refuses_to_change_a_published_month(world: World, decided: LoopFacts, statement: str) -> None:
    close_month(MONTH, by="user:leader", facts=decided)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert IndicatorSnapshot.objects.count() == 1


def test_a_month_published_by_a_superseded_definition_stays_and_recomputes(
    world: World, decided: LoopFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was published with one clock for all programmes is shown, explained and recomputed as it was; only a
    restatement brings the new definition, and says what it changes."""
    old = next(d for d in every_edition() if d.id == "on_time_rate" and d.superseded_by)
    superseded = {d: next(FOLDER.glob(f"superseded/{d}*.sql")).stem for d in ("4781b3264e55", "b9bb87aebb7c")}

    def as_before(month: Month) -> Basis:
        now = present_basis(month)
        known = {**now.definitions, "on_time_rate": old}
        of = {"handling": superseded["4781b3264e55"], "callbacks": superseded["b9bb87aebb7c"]}
        return Basis(known, {i: of.get(d.group, now.queries[i]) for i, d in known.items()}, now.uses)

    with monkeypatch.context() as before:
        before.setattr(counting, "present_basis", as_before)
        row = close_month(MONTH, by="user:leader", facts=decided).row
    assert row.body["queries"]["on_time_rate"] == superseded["4781b3264e55"]
    row.body.pop("uses")  # as versions before 2026-11 wrote it
    closed = published(MONTH, registers=registers())
    assert closed is not None
    assert recomputes(closed, registers())
    assert closed.cube.one("on_time_rate").to_json()["version"] == f"2026-01+{old.digest}"
    told = why_number("on_time_rate@2026-09", facts=decided)
    assert len(told["cases"]["denominator"]) <= closed.cube.one("on_time_rate").to_json()["denominator"]
    late_report(world)
    again = restate(MONTH, by="user:leader", reason="按时办结率改用事项自己的时限", facts=decided)
    assert again.cube.definitions["on_time_rate"].edition == "2026-11"
    assert recomputes(again, registers())
