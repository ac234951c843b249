"""Many series watched at once: a rise is named, and where nothing changes hardly anything is."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bihuan.cli.emerging import app
from bihuan.insight.topics.emerging import watch

pytestmark = pytest.mark.slow

START = date(2026, 9, 1)


@pytest.mark.parametrize("length", [10, 50])
def test_days_on_which_nothing_changes_hardly_ever_bring_a_signal(length: int) -> None:
    chance = np.random.default_rng(3)
    rates = chance.gamma(1.0, 3.0, 200)
    names = [f"s{i}" for i in range(200)]
    days = [watch(names, chance.poisson(rates[:, None], (200, length)), START) for _ in range(200)]
    share = np.mean([bool(found) for found in days])
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200), "signals at 5 % come on at most 5 % of quiet days"


@pytest.mark.parametrize(("days", "method"), [(12, "ears"), (40, "pooled"), (7 * 90, "farrington")])
def test_a_rise_is_named_with_what_is_usual(days: int, method: str) -> None:
    counts = np.random.default_rng(5).poisson(4.0, (60, days))
    counts[17, -7 if method == "farrington" else -1 :] += 60 if method == "ears" else 20
    found = watch([f"s{i}" for i in range(60)], counts, START)
    assert found[0].series == "s17"
    assert found[0].method == method
    assert found[0].count >= 20
    assert found[0].usual == pytest.approx(4.0 * (7 if method == "farrington" else 1), rel=0.6)
    assert found[0].p <= found[0].q <= 0.05
    assert len(found) <= 3


def test_what_cannot_be_judged_says_why() -> None:
    with pytest.raises(ValueError, match="10 are needed"):
        watch(["a"], np.ones((1, 9), dtype=int), START)
    with pytest.raises(ValueError, match="between 0 and 1"):
        watch(["a"], np.ones((1, 12), dtype=int), START, share=5)


def test_the_command_names_the_series_of_a_file(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [(f"2026-09-{d:02d} 08:00:00", kind) for d in range(1, 21) for kind in ("water", "noise") for _ in range(3)]
    rows += [("2026-09-20 09:00:00", "water")] * 30
    file.write_text("when,kind\n" + "".join(f"{t},{k}\n" for t, k in rows), encoding="utf-8")
    done = CliRunner().invoke(app, [str(file), "--time", "when", "--by", "kind", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert [(s["series"], s["count"]) for s in told["signals"]] == [("water", 33)]
    with out.open(encoding="utf-8", newline="") as handle:
        assert [row["series"] for row in csv.DictReader(handle)] == ["water"]
    short = CliRunner().invoke(app, [str(file), "--time", "when", "--by", "kind", "--until", "2026-09-05"])
    assert short.exit_code != 0
