"""The order of inspection: the fit beside a named one, planted places and inspectors, no say for who goes there."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import Outcome, WrongCallError, run_method
from bihuan.methods.parts.mixed_logit import _Fit, fit_mixed_logit

STRICT = {"ash": 1.6, "elm": 0.8, "fir": 0.0, "oak": -0.8, "yew": -1.6}


def _town(
    seed: int = 3, rows: int = 3_000, places: int = 300
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any]:
    rng = np.random.default_rng(seed)
    kinds, age = rng.integers(0, 4, places), rng.gamma(2, 4, places)
    risk = -1.8 + np.array([0.0, 0.5, -0.5, 0.9])[kinds] + 0.03 * age + rng.normal(0, 0.8, places)
    names = list(STRICT)

    def visit(n: int, place: int) -> dict[str, Any]:
        who = names[int(rng.integers(0, 5))]
        found = rng.random() < 1 / (1 + np.exp(-risk[place] - STRICT[who]))
        return {
            "id": f"v{n:05d}", "place": f"p{place}", "date": "2025-01-01", "found": int(found), "inspector": who,
            "kind": f"k{kinds[place]}", "age": "" if n % 17 == 0 else f"{age[place]:.2f}",
        }  # fmt: skip

    history = [visit(n, int(rng.integers(0, places))) for n in range(rows)]
    due = [{k: v for k, v in visit(90_000 + place, place).items() if k != "found"} for place in range(places)]
    return history, due, risk


def _run(folder: Path, history: list[dict[str, Any]], due: list[dict[str, Any]], **options: str) -> Outcome:
    paths = []
    for name, rows in (("history.csv", history), ("due.csv", due)):
        paths.append(folder / name)
        with paths[-1].open("w", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return run_method(method_named("inspection-order"), paths, options)


def test_the_fit_is_that_of_a_named_library_under_the_same_penalties() -> None:
    rng = np.random.default_rng(1)
    rows, lookers, places = 800, 5, 60
    looker, place = rng.integers(0, lookers, rows), rng.integers(0, places, rows)
    features = rng.normal(size=(rows, 3))
    found = (rng.random(rows) < 0.3).astype(float)
    fit = _Fit(found, features, looker, place, (lookers, places))
    fit.variances = np.array([0.2, 0.7, 0.4]) ** 2
    for _ in range(12):
        fit.step()
    wide = np.zeros((rows, 3 + lookers + places))
    wide[:, :3] = features * 0.2
    wide[np.arange(rows), 3 + looker] = 0.7
    wide[np.arange(rows), 3 + lookers + place] = 0.4
    named = LogisticRegression(C=1.0, tol=1e-10, max_iter=5_000).fit(wide, found)
    scale = np.concatenate([np.full(3, 0.2), np.full(lookers, 0.7), np.full(places, 0.4)])
    ours = np.concatenate([fit.effects[1:], fit.at_place])
    assert np.abs(ours - named.coef_[0] * scale).max() < 1e-4
    assert abs(fit.effects[0] - named.intercept_[0]) < 1e-4


def test_planted_places_come_out_whoever_looked_and_whoever_goes(tmp_path: Path) -> None:
    history, due, risk = _town()
    told = _run(tmp_path, history, due)
    score = dict(zip(told.columns["id"], map(float, told.columns["score"]), strict=True))
    by_place = [score[f"v{90_000 + place}"] for place in range(len(risk))]
    raw = [
        np.mean([row["found"] for row in history if row["place"] == f"p{place}"] or [0.0]) for place in range(len(risk))
    ]
    assert spearmanr(by_place, risk).statistic > 0.7
    assert spearmanr(by_place, risk).statistic > spearmanr(raw, risk).statistic
    assert [each["inspector"] for each in told.facts["inspectors"]] == list(STRICT)
    for each in told.facts["inspectors"]:
        assert each["low"] < each["adjusted"] < each["high"]
    others = [{**row, "inspector": "yew"} for row in due]
    assert _run(tmp_path, history, others).columns == told.columns
    assert _run(tmp_path, history[::-1], due[::-1]).columns == told.columns
    assert sorted(told.columns["rank"]) == list(range(1, len(due) + 1))


def test_many_rows_decide_their_variances_on_some_places_only() -> None:
    rng = np.random.default_rng(2)
    rows, places = 260_000, 9_000
    looker, place = rng.integers(0, 6, rows), rng.integers(0, places, rows)
    features, effect = rng.normal(size=(rows, 2)), rng.normal(0, 0.8, places)
    logit = -1.5 + features @ [0.4, -0.2] + effect[place] + np.linspace(1, -1, 6)[looker]
    fit = fit_mixed_logit(
        (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(float), features, looker, place, (6, places)
    )
    assert abs(fit.variances[2] ** 0.5 - 0.8) < 0.06
    assert np.abs(fit.features - [0.4, -0.2]).max() < 0.03
    assert np.corrcoef(fit.places, effect)[0, 1] > 0.8


def test_wrong_rows_are_refused_and_a_call_without_inspectors_is_told(tmp_path: Path) -> None:
    history, due, _ = _town(rows=400, places=40)
    spoilt = [{**history[0], "found": "perhaps"}, {**history[1], "inspector": ""}, *history[2:]]
    told = _run(tmp_path, spoilt, due)
    assert sorted((reject.row, reject.field) for reject in told.rejects) == [(2, "found"), (3, "inspector")]
    assert len(told.columns["id"]) == len(due)
    with pytest.raises(WrongCallError, match="no column 'nobody'"):
        _run(tmp_path, history, due, inspector="nobody")
    with pytest.raises(WrongCallError, match="the same"):
        _run(tmp_path, [{**row, "found": 0} for row in history], due)
