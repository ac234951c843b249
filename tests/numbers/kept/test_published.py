"""A closed month is read from tables once the worker has counted it again at its own cut, and is what was published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.numbers.closing import close_month, restate
from bihuan.numbers.counting import members, part_of
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.models import KeptPeriod
from bihuan.numbers.periods import Month
from bihuan.numbers.reading import cases_page, kept_report
from tests.loop.district import facts, registers
from tests.numbers.kept.test_equality import report_late
from tests.numbers.month.world import LATE, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MONTH = Month.parse("2026-10")


@pytest.fixture
def closed() -> World:
    world = World(seed=3, cases=25)
    with connection.cursor() as cursor:  # nobody decides appeals in this world
        cursor.execute("UPDATE loop_case SET pending = '{}'")
    close_month(MONTH, by="user:leader", facts=facts(LATE))
    return world


def test_what_is_read_from_tables_is_what_was_published(closed: World) -> None:
    snapshot = kept_report(MONTH, "unit", facts=facts(LATE))
    assert snapshot.period is None, "nothing is kept yet: the snapshot itself is shown"
    published = snapshot.report.to_json("unit")
    report_late(closed, datetime(2026, 10, 15, 4, tzinfo=UTC))
    catch_up(now=LATE, registers=registers())
    read = kept_report(MONTH, "unit", facts=facts(LATE))
    assert read.period is not None
    assert read.report.status == "closed"
    assert read.report.to_json("unit") == published, "what came later is not in it"
    behind = cases_page(read, "resolution_rate", "district", "*", 1000, "denominator")
    whole = part_of(members(MONTH, "resolution_rate", cut=read.report.cube.cut, registers=registers()), "denominator")
    assert behind["denominator"].total == len(whole) > 0
    assert len(behind["denominator"].numbers) == len(set(whole))


def test_a_restatement_takes_its_place(closed: World) -> None:
    catch_up(now=LATE, registers=registers())
    report_late(closed, datetime(2026, 10, 15, 4, tzinfo=UTC))
    restate(MONTH, by="user:leader", reason="补录", facts=facts(LATE))
    catch_up(now=LATE, registers=registers())
    read = kept_report(MONTH, "unit", facts=facts(LATE))
    assert (read.report.status, read.period is not None) == ("restated", True)
    assert list(
        KeptPeriod.objects.filter(period="2026-10").exclude(sequence=None).values_list("sequence", flat=True)
    ) == [1]
    assert ledger.size() > 0
