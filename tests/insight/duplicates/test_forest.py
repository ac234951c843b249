"""Trees are evaluated as LightGBM evaluates them, missing values and all."""

import json
from importlib import resources

import lightgbm
import numpy as np
import pytest

from bihuan.insight.duplicates.forest import PART, Forest


def grown(leaves: int, *, missing: bool, seed: int = 1, **more: object) -> tuple[lightgbm.Booster, np.ndarray]:
    dice = np.random.default_rng(seed)
    found = np.round(dice.normal(0, 2, (3000, 5)), 1)
    if missing:
        found[dice.random(found.shape) < 0.2] = np.nan
    named = np.nan_to_num(found[:, 0], nan=1.0) * np.nan_to_num(found[:, 1]) + dice.normal(size=3000) > 0
    settings = {"objective": "binary", "num_leaves": leaves, "num_threads": 1, "verbose": -1, **more}
    return lightgbm.train(settings, lightgbm.Dataset(found, named), 30), found


@pytest.mark.parametrize(("leaves", "missing"), [(6, True), (12, False), (31, True), (60, True)])
def test_scores_are_those_of_lightgbm(leaves: int, missing: bool):
    booster, found = grown(leaves, missing=missing)
    odd = np.array([[np.nan] * 5, [0.0] * 5, [np.inf] * 5, [-np.inf] * 5])
    for rows in (found, found[:1], found[: PART + 1], odd):
        expected = booster.predict(rows, raw_score=True)
        np.testing.assert_allclose(Forest(booster.model_to_string()).scores(rows), expected, atol=1e-12)


def test_the_model_that_ships_scores_as_lightgbm_does():
    shipped = json.loads((resources.files("bihuan.insight.duplicates") / "default.json").read_text("utf-8"))
    for part in ("trees", "told"):
        booster = lightgbm.Booster(model_str=shipped[part])
        dice = np.random.default_rng(2)
        rows = np.round(dice.normal(1, 2, (2000, booster.num_feature())))
        rows[dice.random(rows.shape) < 0.2] = np.nan
        np.testing.assert_allclose(Forest(shipped[part]).scores(rows), booster.predict(rows, raw_score=True), atol=1e-9)


def test_what_is_no_plain_forest_is_refused():
    with pytest.raises(ValueError, match="no trees"):
        Forest("hello")
    with pytest.raises(ValueError, match="too many leaves"):
        Forest(grown(90, missing=False, min_data_in_leaf=2)[0].model_to_string())
    with pytest.raises(ValueError, match="categorical"):
        Forest(grown(6, missing=False, zero_as_missing=True)[0].model_to_string())
