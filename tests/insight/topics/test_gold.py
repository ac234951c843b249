"""Against hand labels that the fit had not seen. The real data are not shipped; without them this skips."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HARNESS = Path(__file__).parents[3] / "benchmarks" / "insight" / "topics_gold.py"


@pytest.fixture(scope="module")
def gold() -> ModuleType:
    """The harness of the benchmark; benchmarks are no package that tests could import."""
    spec = importlib.util.spec_from_file_location("topics_gold", HARNESS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["topics_gold"] = module
    spec.loader.exec_module(module)
    return module


def test_the_measure(gold: ModuleType) -> None:
    labels = [0, 0, 0, 1, 1, -1, -1]
    assert gold.best_f1(labels, [0, 1, 3]) == 2 * 2 / (3 + 3)
    assert gold.best_f1(labels, [5, 6]) == 0.0
    assert gold.pulled([0, 0, 0, 0, 1, 1], [0, 4]) == 0.5


@pytest.mark.slow
def test_held_out_topics(gold: ModuleType, shared_data: Path) -> None:
    score, share = gold.cross_validated(gold.load(shared_data), seeds=(0,))
    assert score >= 0.87
    assert share <= 0.08
