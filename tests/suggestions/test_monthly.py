"""The kept months of suggestions equal a whole count, whatever is suggested or answered in whichever month."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bihuan.loop.store import current_facts
from bihuan.numbers.periods import Month
from bihuan.registers import live
from bihuan.registers.pure.snapshot import Registers
from bihuan.suggestions.counting import count_suggestions
from bihuan.suggestions.models import CountedMonth, Suggestion
from bihuan.suggestions.monthly import count_changed, counted_month
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.fixture
def registers() -> Iterator[Registers]:
    live.forget_snapshots()
    load_shipped()
    yield current_facts().registers
    live.forget_snapshots()


def suggested(registers: Registers, at: datetime) -> Suggestion:
    return Suggestion.objects.create(
        district_id=registers.district.code, case_id=uuid4(), version=1, kind="category", value="roads",
        confidence=0.9, decided=True, model="m", created_at=at,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_kept_months_equal_a_whole_count(registers: Registers, seed: int) -> None:
    dice, now, known = random.Random(seed), START, []
    for _ in range(6):
        for _ in range(dice.randrange(4)):
            known.append(suggested(registers, now - timedelta(minutes=dice.randrange(4))))
        for one in dice.sample(known, min(2, len(known))):
            one.answer, one.answered_at = dice.choice(("accepted", "corrected", "overruled", "expired")), now
            one.save()
        count_changed(registers, now)
        zone = registers.calendar.zone
        for month in {Month.of(one.created_at, zone) for one in known}:
            whole = [tuple(line) for line in count_suggestions(*month.bounds(zone))]
            kept = counted_month(month, registers.district.code)
            assert [tuple(line) for line in kept.lines] == whole, month
        now += timedelta(days=dice.randrange(3, 25))


def test_only_months_that_changed_are_counted_again(registers: Registers) -> None:
    old = suggested(registers, START)
    later = START + timedelta(days=100)
    assert count_changed(registers, later) == 4, "the first time every month"
    assert count_changed(registers, later + timedelta(hours=1)) == 1, "the present one"
    old.answer, old.answered_at = "accepted", later + timedelta(hours=2)
    old.save()
    assert count_changed(registers, later + timedelta(hours=2)) == 2
    assert counted_month(Month(2026, 1), registers.district.code).lines[0].accepted == 1
    assert CountedMonth.objects.filter(month="2025-12").count() == 0
    assert counted_month(Month(2025, 12), registers.district.code).lines == []
