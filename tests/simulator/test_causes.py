"""Planted causes head the list of topics; one district here, ten in the benchmark."""

from __future__ import annotations

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.simulator.stage import Stage
from tests.loop.district import book, programme, registers
from tests.simulator.causes import precision
from tests.simulator.small import END

pytestmark = pytest.mark.slow


def test_most_of_the_ten_best_ranked_topics_are_planted_causes() -> None:
    whole = Stage(registers(), programme(), "request", LoopFacts(registers(), book(), END, "seed"), END)
    assert precision(whole, 3, END) >= 0.7, "ten districts have .8 on average"
