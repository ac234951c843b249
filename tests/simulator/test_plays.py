"""Plays: luck and truth by name, a model district whose codes hold, a start that knows no today."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.types.credit_code import check_character
from bihuan.loop.kernel.clocks import iso
from bihuan.simulator.luck import Luck
from bihuan.simulator.model_district import ModelDistrict, credit_code
from bihuan.simulator.plays.planted import GroundTruth, SampleFault
from bihuan.simulator.plays.play import drawn_start
from tests.loop.district import registers

ZONE = ZoneInfo("Asia/Shanghai")


def test_luck_is_the_same_for_ever_and_streams_do_not_shift_each_other() -> None:
    luck = Luck(5)
    assert [luck.whole(1, 100) for _ in range(6)] == [69, 44, 96, 91, 55, 54]
    one, other = Luck(5).stream("a"), Luck(5).stream("b")
    expected = [Luck(5).stream("b").roll()]
    one.roll()
    assert [other.roll()] == expected
    assert Luck(6).roll() != Luck(5).roll()


@given(st.integers(), st.integers(1, 40), st.data())
def test_a_sample_of_luck_is_different_ones_of_what_there_is(seed: int, size: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, size))
    drawn = Luck(seed).sample(range(size), count)
    assert len(set(drawn)) == count
    assert set(drawn) <= set(range(size))


def test_found_and_missed_make_up_what_was_planted_and_look_alikes_count_against_it() -> None:
    ground = GroundTruth()
    for key in ("a", "b"):
        ground.plant("rule", key, "planted")
    ground.plant("rule", "twin", "only looks so", false_friend=True)
    ground.plant("other", "a", "only looks so", false_friend=True)
    ground.find("rule", "a", "seen")
    ground.find("rule", "a", "seen again")
    assert ground.counts() == {"planted": 2, "found": 1, "false": 0, "missed": 1}
    ground.find("rule", "twin", "seen")
    ground.find("rule", "nobody", "seen")
    assert ground.counts() == {"planted": 2, "found": 1, "false": 2, "missed": 1}
    told = [(item["rule"], item["key"], item["verdict"]) for item in ground.explain()]
    assert told == [
        ("other", "a", "left alone"), ("rule", "a", "found"), ("rule", "b", "missed"), ("rule", "twin", "false"),
        ("rule", "nobody", "false"),
    ]  # fmt: skip
    with pytest.raises(SampleFault, match="planted twice"):
        ground.plant("rule", "a", "again")


def test_a_play_begins_on_a_monday_of_published_calendars_whatever_today_is() -> None:
    starts = [drawn_start(seed, ZONE) for seed in range(60)]
    local = [start.astimezone(ZONE) for start in starts]
    assert {(at.weekday(), at.hour) for at in local} == {(0, 0)}
    assert min(local).date() >= date(2023, 1, 2)
    assert max(local).date() <= date(2024, 12, 30)
    assert len(set(starts)) > 40
    assert iso(drawn_start(5, ZONE)) == iso(datetime(2023, 6, 18, 16, tzinfo=UTC))


def test_the_model_district_has_firms_whose_codes_hold_and_one_truth_for_all() -> None:
    model, again = ModelDistrict(registers().areas), ModelDistrict(registers().areas)
    firms = [model.enterprise(n) for n in range(300)]
    assert len({firm["credit_code"] for firm in firms}) == 300
    for firm in firms:
        assert check_character(firm["credit_code"][:17]) == firm["credit_code"][17]
    assert again.site(17) == model.site(17)
    assert model.site(17)["holder"] == credit_code(17)
    assert model.site(17)["community"].startswith(model.site(17)["street"])
    kinds = ("enterprise", "site", "vehicle", "worker", "reach", "outlet", "zone", "venue", "terminal")
    rows: Mapping[str, dict[str, Any]] = {name: getattr(model, name)(3) for name in kinds}
    assert all(rows.values())


def _played(folder: Path, *words: str) -> dict[str, Any]:
    environment = {**os.environ, "BIHUAN_PLAYS": str(folder), "BIHUAN_DB_ROLE": "app"}
    ran = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", "programme", "play", *words, "--json"],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_what_cannot_be_played_is_refused_before_a_database_is_made(tmp_path: Path) -> None:
    for name in ("nobody", "hotline", "("):
        assert not _played(tmp_path / "made", name)["ok"]
    assert not (tmp_path / "made").exists()
