"""A register's value as a page shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bihuan.faces.parts.subjects import told_value
from bihuan.faces.parts.world import NOBODY, World
from bihuan.subjects.catalogue import subject_type
from tests.loop.district import registers


@pytest.mark.parametrize("value", ["2026-05-11T16:00:00+00:00", datetime(2026, 5, 11, 16, tzinfo=UTC)])
def test_an_instant_is_told_by_the_clock_of_the_district(value: object) -> None:
    here = World(NOBODY, registers(), datetime(2026, 6, 1, tzinfo=UTC))
    assert told_value(here, subject_type("broadcast-receipt"), "at", value) == "2026-05-12 00:00"
