"""A week and a quarter are closed, recomputed and restated through the command as a month is, bit for bit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.models import Statement
from bihuan.loop.kernel.model import Command as Step
from bihuan.loop.store import Order, append, current_facts
from bihuan.numbers import closing
from bihuan.numbers.counting import cut_at, month_cube
from bihuan.numbers.cube import cells_to_json
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import IndicatorSnapshot
from tests.cli.lived.conftest import Command
from tests.loop.district import OPERATOR, community

pytestmark = pytest.mark.slow

PERIODS = ("2026-W40", "2026-Q3")
INSIDE = datetime(2026, 9, 29, 4, tzinfo=UTC)
"""A Tuesday of the week, which is in the quarter too."""


def late_report() -> None:
    """Something that happened in both periods comes in after they were closed."""
    data = {"channel": "web", "category": "roads.surface.pothole", "area": community()}
    order = Order(Step("open", OPERATOR, INSIDE, data, {"text": "补录"}), programme="hotline", kind="request")
    assert append([order], facts=current_facts())[0].refusal is None


def recounted(row: IndicatorSnapshot) -> bytes:
    """The cells of a published period, counted anew from the events up to its cut."""
    cube = month_cube(kinds().parse(row.period), cut=cut_at(row.cut_size), registers=current_facts().registers)
    return canonical(cells_to_json(cube.cells))


@pytest.mark.parametrize("period", PERIODS)
def test_a_closed_period_is_stated_and_recomputes_to_the_same_bytes(cli: Command, period: str) -> None:
    closed = cli("close-month", period).answer
    assert (closed["period"], closed["sequence"], closed["changes"]) == (period, 0, [])
    row = IndicatorSnapshot.objects.get(period=period)
    assert row.body["cells"], "the installation has cases in the period"
    statement = Statement.objects.get(pk=closed["statement"])
    assert (statement.body["period"], statement.body["digest"]) == (period, closed["digest"])
    stored = canonical(row.body["cells"])
    assert recounted(row) == stored
    late_report()
    assert cli("close-month", period, "--check").answer["digest"] == closed["digest"]
    row.refresh_from_db()
    assert (canonical(row.body["cells"]), recounted(row)) == (stored, stored), "what came later is not in its cut"
    error, _remedy = cli("close-month", period).refused
    assert f"{period} is closed" in error


@pytest.mark.parametrize("period", PERIODS)
def test_a_restated_period_says_what_changed_and_both_versions_recompute(cli: Command, period: str) -> None:
    first = cli("close-month", period).answer
    late_report()
    second = cli("close-month", period, "--restate", "补录").answer
    assert (second["sequence"], second["previous"]) == (1, first["digest"])
    assert second["changes"]
    registers = current_facts().registers
    rows = IndicatorSnapshot.objects.filter(period=period).order_by("sequence")
    assert [row.digest for row in rows] == [first["digest"], second["digest"]]
    for row in rows:
        assert closing.recomputes(closing.Closed(row, closing.cube_of(row, registers)), registers)
    assert recounted(rows[0]) != recounted(rows[1])


@pytest.mark.parametrize("period", PERIODS)
def test_an_altered_row_is_told_from_the_published_one(cli: Command, period: str) -> None:
    cli("close-month", period)
    registers = current_facts().registers
    found = closing.published(kinds().parse(period), registers=registers)
    assert found is not None
    found.row.body["cells"][0][-1] += 1
    assert not closing.recomputes(found, registers)


def test_a_period_that_is_not_over_is_refused(cli: Command) -> None:
    error, remedy = cli("close-month", "2199-W01").refused
    assert "2199-W01 has not ended" in error
    assert "over" in remedy
    error, remedy = cli("close-month", "2026-W99").refused
    assert "2026-W99" in error
    assert remedy
