"""`bihuan effect` on panels and events as people have them."""

from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

from bihuan.cli.effect import app
from bihuan.console.output import Failure

from .worlds import START, WINDOW, hot_places


def run(*args):
    result = CliRunner().invoke(app, [*map(str, args), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout.splitlines()[-1])


def write(path, panel, label=str, switching=False):
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["unit", "period", "count", "treated", *(["holdout"] if panel.holdout is not None else [])])
        for i, unit in enumerate(panel.units):
            for t in range(len(panel.periods)):
                flag = panel.treated[i] and (t >= START or not switching)
                held = [] if panel.holdout is None else [int(panel.holdout[i])]
                out.writerow([unit, label(t), int(panel.counts[i, t]), int(flag), *held])
    return path


def test_a_panel_with_hold_out_needs_two_options(tmp_path):
    body = run(
        write(tmp_path / "a.csv", hot_places(1, 0.3, half=True), switching=True),
        "--treated",
        "treated",
        "--period",
        "period",
    )
    assert body["method"] == "randomised"
    assert body["interval"][0] < -30 < body["interval"][1]
    assert body["size"]["start"] == [str(START)]
    assert body["columns"]["holdout"] == "holdout"


def test_start_and_selection_by_name(tmp_path):
    path = write(
        tmp_path / "b.csv", hot_places(2, 0.2), label=lambda t: f"2026-{t // 2 + 1:02d}-{1 + 15 * (t % 2):02d}"
    )
    window = f"2026-{WINDOW[0] // 2 + 1:02d}-01:2026-{WINDOW[-1] // 2 + 1:02d}-28"
    body = run(path, "--treated", "treated", "--period", "period", "--start", "2026-07-01", "--selection", window)
    assert body["method"] == "controls"
    dropped = next(g for g in body["gates"] if g["name"] == "regression_to_mean")
    assert dropped["status"] == "dropped"
    assert "4 periods" in dropped["en"]


def test_without_a_start_it_asks(tmp_path):
    path = write(tmp_path / "c.csv", hot_places(3, 0.2))
    with pytest.raises(Failure) as caught:
        run(path, "--treated", "treated", "--period", "period")
    assert "--start" in caught.value.remedy


def test_a_flag_that_is_none_names_its_row(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("unit,period,count,treated\na,0,3,0\na,1,3,perhaps\n", encoding="utf-8")
    with pytest.raises(Failure, match="row 2 is 'perhaps'"):
        run(path, "--treated", "treated", "--period", "period")


def test_a_before_after_panel_of_hot_places_is_refused_not_praised(tmp_path):
    panel = hot_places(4, 0.0)
    path = tmp_path / "e.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["cell", "post", "y", "hot"])
        for i, unit in enumerate(panel.units):
            for post, weeks in ((0, WINDOW), (1, range(START, START + 4))):
                out.writerow([unit, post, int(panel.counts[i, list(weeks)].sum()), int(panel.treated[i])])
    body = run(path, "--treated", "hot", "--period", "post")
    assert body["ok"] is True
    assert body["estimate"] is None
    assert body["refused"]["zh"]
    assert body["before_after"] < -10


def test_events_are_counted_by_week(tmp_path):
    panel = hot_places(5, 0.3, units=60, hot=20, half=True)
    path = tmp_path / "f.csv"
    import datetime as dt

    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["id", "when", "area", "plan"])
        number = 0
        for i, unit in enumerate(panel.units):
            for t in range(len(panel.periods)):
                day = dt.date(2026, 1, 5) + dt.timedelta(days=7 * t + i % 7)
                for _ in range(int(panel.counts[i, t])):
                    number += 1
                    out.writerow([number, f"{day} 10:00:00", unit, "drawn" if panel.treated[i] else "waiting"])
    start = dt.date(2026, 1, 5) + dt.timedelta(days=7 * START)
    body = run(path, "--treated", "plan=drawn", "--period", "when", "--unit", "area", "--start", start)
    assert body["size"]["periods"] == 20
    assert body["size"]["treated"] == 10
    assert body["notes"]


def test_places_by_type_are_compared_within_types(tmp_path):
    panel = hot_places(1, 0.3)
    path = tmp_path / "typed.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["cell", "type", "area", "period", "count", "treated"])
        for i in range(len(panel.units)):
            for t in range(len(panel.periods)):
                row = [f"c{i // 2}", ("noise", "waste")[i % 2], t % 3, t, int(panel.counts[i, t])]
                out.writerow([*row, int(panel.treated[i] and t >= START)])
    asked = (path, "--treated", "treated", "--period", "period", "--selection", f"{WINDOW[0]}:{WINDOW[-1]}")
    assert run(*asked, "--unit", "cell,type")["columns"]["stratum"] == "type"
    assert "stratum" not in run(*asked, "--unit", "cell,type", "--stratum", "none")["columns"]
    assert "stratum" not in run(*asked, "--unit", "cell")["columns"]  # a cell has both types
