"""`bihuan forecast` and `bihuan hotspots` on files, with their messages."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from bihuan.cli import forecast as forecast_command
from bihuan.cli import hotspots as hotspots_command
from bihuan.console.output import Failure

pytestmark = pytest.mark.slow


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "reports.csv"
    days = np.datetime64("2026-03-02") + rng.integers(0, 84, 3000)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "when", "street", "kind", "x", "y"])
        for i, day in enumerate(days):
            x, y = 116.3 + rng.integers(0, 12) * 0.003, 39.9 + rng.integers(0, 12) * 0.003
            writer.writerow([i, f"{day} 10:00", "甲街道" if i % 3 else "乙街道", "噪声" if i % 2 else "停车", x, y])
        writer.writerow(["bad", "someday", "甲街道", "噪声", "", ""])
    return path


def run(app, *words):
    found = CliRunner().invoke(app, [str(word) for word in words])
    if found.exception and isinstance(found.exception, Failure):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def read(path):
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_forecast_writes_every_series_and_day(file, tmp_path):
    out = tmp_path / "fc.csv"
    said = run(forecast_command.app, file, "--time", "when", "--by", "street,kind", "--out", out, "--json")
    rows = read(out)
    assert list(rows[0]) == ["series", "date", "mean", "q05", "q25", "q50", "q75", "q95"]
    assert len(rows) == 4 * 14
    assert {row["series"] for row in rows} == {"甲街道|噪声", "甲街道|停车", "乙街道|噪声", "乙街道|停车"}
    assert (rows[0]["date"], rows[13]["date"]) == ("2026-05-25", "2026-06-07")
    assert sum(float(row["mean"]) for row in rows) == pytest.approx(500, rel=0.12)
    told = json.loads(said.stdout.splitlines()[-1])
    assert told["left_out"]["undated"] == 1
    assert told["rows"] == 56


def test_weeks_and_cut_off(file, tmp_path):
    out = tmp_path / "fc.csv"
    run(
        forecast_command.app,
        file,
        "--time",
        "when",
        "--by",
        "kind",
        "--freq",
        "W",
        "--horizon",
        3,
        "--until",
        "2026-05-11",
        "--out",
        out,
    )
    assert [row["date"] for row in read(out)][:3] == ["2026-05-11", "2026-05-18", "2026-05-25"]


def test_hotspots_ranks_every_cell(file, tmp_path):
    out = tmp_path / "cells.csv"
    words = (file, "--time", "when", "--lon", "x", "--lat", "y", "--category", "kind", "--out", out, "--json")
    told = json.loads(run(hotspots_command.app, *words).stdout.splitlines()[-1])
    rows = read(out)
    assert list(rows[0]) == ["cell", "lon", "lat", "week", "expected", "q05", "q95", "rank", "why"]
    assert len(rows) == told["rows"] == 144
    assert rows[0]["week"] == "2026-05-25"
    assert [int(row["rank"]) for row in rows] == list(range(1, 145))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "street"], "which column is the time"),
        (["--time", "when", "--by", "planet"], "no column 'planet'"),
        (["--time", "when", "--by", "kind", "--freq", "M"], "--freq 'M'"),
        (["--time", "when", "--by", "kind", "--until", "soon"], "--until 'soon'"),
        (["--time", "when", "--by", "kind", "--until", "2026-03-05"], "at least 14 days"),
        (["--time", "when", "--by", "kind", "--zone", "Mars/Base"], "no time zone"),
    ],
)
def test_what_cannot_be_done_is_said(file, tmp_path, words, said):
    with pytest.raises(Failure, match=said) as caught:
        run(forecast_command.app, file, "--out", tmp_path / "fc.csv", *words)
    assert caught.value.remedy


def test_real_file_meets_the_gates(shared_data):
    """Boston at a cut before the split the benchmark holds out: coverage, bias, better than the weekday mean."""
    from bihuan.insight.forecast import backtest, daykinds, forecast, negbin
    from bihuan.insight.forecast.calibrate import LEVELS

    frame = forecast_command.frame_of(shared_data / "data/service_requests/boston_2011_07_10.csv.gz", "boston")
    counted = forecast_command.counted_of(frame, "America/New_York", ["neighborhood", "type"], None)
    past, truth = counted.counts[:, :88].astype(float), counted.counts[:, 88:102].astype(float)
    judged = past.sum(axis=1) >= 8
    found = forecast(past, counted.start, 14, groups=counted.groups, holidays=daykinds.federal_holidays)
    ours = backtest.score_forecasts(truth[judged], found.mean[judged], found.quantiles[judged])
    weekday = np.tile(past[judged][:, -56:].reshape(-1, 8, 7).mean(axis=1), (1, 2))
    naive = backtest.pinball(truth[judged], negbin.quantiles(weekday[..., None], np.array(0.7), LEVELS)).mean()
    assert ours.pinball < naive * 0.95
    assert 0.88 <= ours.coverage <= 0.93
    assert abs(ours.bias) <= 0.08
