"""Samples in a demonstration: they end in time whatever day it is, and two of them share a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.loading.districts import load_district
from bihuan.simulator.plays.living import play_into_home, playable_programmes, start_before
from bihuan.simulator.plays.planted import SampleFault
from bihuan.simulator.plays.running import find_sample

ZONE = ZoneInfo("Asia/Shanghai")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.integers(1, 800))
def test_a_sample_begins_on_a_monday_and_ends_at_most_a_week_ago(until: datetime, lasts: int) -> None:
    begins = start_before(until, lasts, ZONE).astimezone(ZONE)
    assert (begins.weekday(), begins.hour) == (0, 0)
    left = until.astimezone(ZONE).date() - (begins.date() + timedelta(days=lasts))
    assert timedelta() <= left < timedelta(days=7)


def test_samples_that_reach_farthest_back_are_played_first() -> None:
    lasts = [find_sample(name)[1].lasts for name in playable_programmes()]
    assert lasts == sorted(lasts, reverse=True)
    assert min(lasts) > 0


@pytest.fixture
def database(db: None) -> None:
    """The model district, loaded once for the test."""
    load_district("haidian")


@pytest.mark.slow
def test_a_sample_that_lasts_longer_than_it_says_is_refused(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.simulator.plays import living

    programme, real = find_sample("public-risk")
    until = datetime(2026, 11, 30, 8, tzinfo=UTC)

    def plays(days: int) -> None:
        sample = type(real)(lambda play: play.to(play.day(days)), 3)
        monkeypatch.setattr(living, "find_sample", lambda name: (programme, sample))
        told = play_into_home("public-risk", 5, until)
        assert (
            told["begins"]
            == datetime.combine(date(2026, 11, 23), datetime.min.time(), ZONE).astimezone(UTC).isoformat()
        )

    plays(3)
    with pytest.raises(SampleFault, match="later than"):
        plays(30)
