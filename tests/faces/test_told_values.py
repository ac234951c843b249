"""A register's value as a page shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bihuan.faces.parts.subjects import told_value
from bihuan.faces.parts.world import NOBODY, World
from bihuan.subjects.catalogue import subject_type
from tests.loop.district import registers


@pytest.mark.parametrize("value", ["2026-05-11T16:00:00+00:00", datetime(2026, 5, 11, 16, tzinfo=UTC)])
def test_an_instant_is_told_by_the_clock_of_the_district(value: object) -> None:
    here = World(NOBODY, registers(), datetime(2026, 6, 1, tzinfo=UTC))
    assert told_value(here, subject_type("brain-signal"), "received", value) == "2026-05-12 00:00"


def test_a_dimensionless_number_stands_alone() -> None:
    here, kind = World(NOBODY, registers(), datetime(2026, 6, 1, tzinfo=UTC)), subject_type("soil-sample")
    assert kind.fields["ph"].unit == "1"
    assert told_value(here, kind, "ph", Decimal("7.2")) == "7.2"
    measured_in = next(name for name, rule in kind.fields.items() if rule.unit not in ("", None, "1"))
    assert told_value(here, kind, measured_in, Decimal("7.2")) == f"7.2 {kind.fields[measured_in].unit}"
