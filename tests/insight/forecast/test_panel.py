"""Reports become counts by local day; calendars and seasons say what they know."""

from datetime import date

import numpy as np
import pytest

from bihuan.insight.forecast import TooLittle, daykinds, seasons
from bihuan.insight.forecast.panel import count_series, local_days


def test_days_are_local_not_utc():
    times = np.array(["2026-07-01T02:00:00", "2026-07-01T17:00:00", "NaT"], dtype="datetime64[s]")
    assert local_days(times, "America/New_York").astype(str).tolist() == ["2026-06-30", "2026-07-01", "NaT"]
    assert local_days(times, "Asia/Shanghai").astype(str).tolist() == ["2026-07-01", "2026-07-02", "NaT"]


def test_clock_change_is_followed():
    times = np.array(["2026-03-08T04:30:00", "2026-03-09T04:30:00"], dtype="datetime64[s]")
    assert local_days(times, "America/New_York").astype(str).tolist() == ["2026-03-07", "2026-03-09"]


def test_counts_keys_and_cut_off():
    days = np.array(["2026-01-01", "2026-01-03", "2026-01-03", "2026-01-05", "NaT"], dtype="datetime64[D]")
    areas, kinds = ["A", "A", "B", "B", "B"], ["x|y", "x|y", "", "z", "z"]
    counted = count_series(days, [areas, kinds], until=date(2026, 1, 5))
    assert counted.names == ["A|x/y", "B|"]
    assert counted.counts.tolist() == [[1, 0, 1, 0], [0, 0, 1, 0]]
    assert (counted.start, counted.last) == (date(2026, 1, 1), date(2026, 1, 4))
    assert (counted.undated, counted.late) == (1, 1)


def test_stray_old_dates_do_not_become_years_of_zeros():
    days = np.concatenate(
        [np.array(["1999-05-05"], dtype="datetime64[D]"), np.datetime64("2026-01-01") + np.arange(90) % 60]
    )
    counted = count_series(days, [])
    assert counted.start == date(2026, 1, 1)
    assert counted.early == 1
    assert counted.counts.sum() == 90


def test_a_quiet_gap_inside_the_record_stays():
    early, late = np.datetime64("2026-01-01") + np.arange(50), np.datetime64("2026-06-01") + np.arange(50)
    assert count_series(np.concatenate([early, late]), []).start == date(2026, 1, 1)


def test_nothing_left_is_said():
    with pytest.raises(TooLittle, match="before 2020-01-01"):
        count_series(np.array(["2026-01-01"], dtype="datetime64[D]"), [], until=date(2020, 1, 1))


def test_chinese_days():
    assert daykinds.chinese_holidays(date(2025, 10, 1)) == daykinds.HOLIDAY
    assert daykinds.chinese_holidays(date(2025, 9, 28)) == daykinds.MAKE_UP  # Sunday worked for National Day
    assert daykinds.chinese_holidays(date(2025, 9, 27)) is None  # an ordinary Saturday
    assert daykinds.chinese_holidays(date(1990, 1, 1)) is None  # not known


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2011, 7, 4), 7),
        (date(2011, 9, 5), 7),
        (date(2011, 10, 10), 7),
        (date(2011, 11, 24), 7),
        (date(2011, 12, 26), 7),  # Christmas on a Sunday is observed on Monday
        (date(2021, 12, 31), 7),  # New Year on a Saturday is observed on Friday
        (date(2011, 6, 20), None),
        (date(2011, 10, 17), None),
    ],
)
def test_us_federal_days(day, kind):
    assert daykinds.federal_holidays(day) == kind


def test_holiday_file(tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("date,kind\n2026-05-01,holiday\n2026-05-09,workday\n2026-06-01\n", encoding="utf-8")
    known = daykinds.read_holidays(file)
    found = daykinds.day_kinds(date(2026, 5, 8), 2, known).tolist()
    assert found == [4, daykinds.MAKE_UP]
    assert known(date(2026, 6, 1)) == daykinds.HOLIDAY
    file.write_text("date,kind\n1 May,holiday\n", encoding="utf-8")
    with pytest.raises(daykinds.BadHolidays, match=r"days\.csv:2: '1 May,holiday'"):
        daykinds.read_holidays(file)


def test_season_the_history_has_not_seen_is_told():
    told = seasons.season_notes(date(2026, 11, 10), 14, date(2026, 6, 2), "CN")
    assert len(told) == 1
    assert "heating season begins on 2026-11-15" in told[0]
    assert "unverified" in told[0]
    assert seasons.season_notes(date(2026, 11, 10), 14, date(2025, 6, 1), "CN") == ()
    assert seasons.season_notes(date(2026, 11, 10), 14, date(2026, 6, 2), "") == ()
