"""`bihuan simulate` as somebody types it: wrong wishes are refused with a remedy before anything is played."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bihuan.cli import simulate
from bihuan.console.output import Failure


def test_the_end_is_now_or_an_instant_with_its_zone() -> None:
    assert abs((simulate._end("") - datetime.now(UTC)).total_seconds()) < 60
    assert simulate._end("2026-06-30T23:59:59+08:00") == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)
    with pytest.raises(Failure, match="names no zone") as no_zone:
        simulate._end("2026-06-30T10:00:00")
    assert "+08:00" in no_zone.value.remedy
    with pytest.raises(Failure, match="is not an instant"):
        simulate._end("yesterday")


@pytest.mark.parametrize(
    ("programme", "kind", "message"),
    [("none", "", "no programme"), ("hotline", "none", "no kind of case"), ("community-access", "item", "is a gate")],
)
def test_what_cannot_be_played_is_refused(
    programme: str, kind: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "start_django", lambda: None)  # the test session has set Django up already
    with pytest.raises(Failure, match=message) as refused:
        simulate.simulate(
            days=1, seed=1, cases_per_day=5.0, programme=programme, kind=kind, until="", truth=None, as_json=True
        )
    assert refused.value.remedy.startswith("choose")


def test_the_bar_counts_days_and_is_silent_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    end = datetime(2026, 6, 30, 16, tzinfo=UTC)
    bar = simulate._Progress(end, 3, quiet=True)
    with bar as reached:
        reached(int(end.timestamp()) - 86_400 + 5)
        assert bar.reached == 2
        reached(int(end.timestamp()) - 2 * 86_400)
        assert bar.reached == 2, "a late clock does not turn the bar back"
    assert capsys.readouterr().out == ""
