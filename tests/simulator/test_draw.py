"""What is drawn before anybody acts: map, root causes, stream, words, temperaments — deterministic and as declared."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import read
from bihuan.loop.programmes import folder_of
from bihuan.simulator import arrivals, causes, geography, parameters, units, words
from bihuan.simulator.dice import Dice
from tests.simulator.small import stage

START = datetime(2026, 8, 24, 16, tzinfo=UTC)  # a local midnight
DAYS, PER_DAY = 60, 150.0


def draw(seed: int) -> tuple[geography.Map, list[causes.Cause], arrivals.ReportStream]:
    rng = np.random.default_rng(seed)
    p, kinds = parameters.parameters(), parameters.kinds()
    map_ = geography.build_map(stage().areas(), p, rng)
    start = START.astimezone(stage().registers.calendar.zone)
    dates = arrivals.month_days(start, DAYS)
    found = causes.draw_causes(kinds, map_, p, int(START.timestamp()), DAYS, PER_DAY, dates, rng)
    return map_, found, arrivals.draw_arrivals(kinds, map_, found, p, start, DAYS, PER_DAY, rng)


def test_one_seed_one_stream() -> None:
    first, second, other = draw(3)[2], draw(3)[2], draw(4)[2]
    for name in vars(first):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert len(first) != len(other) or not np.array_equal(first.at, other.at)


def test_the_volume_is_as_asked_and_in_order_of_time() -> None:
    _, found, stream = draw(3)
    fresh = stream.after < 0
    assert PER_DAY * DAYS * 0.85 < fresh.sum() < PER_DAY * DAYS * 1.15
    assert np.all(np.diff(stream.at) >= 0)
    caused = float((stream.cause[fresh] >= 0).mean())
    assert abs(caused - parameters.parameters().causes.share) < 0.12
    assert sum(c.expected for c in found) == pytest.approx(parameters.parameters().causes.share * PER_DAY * DAYS)


def test_reports_of_one_event_share_cause_place_and_kind_and_repeats_follow_their_first() -> None:
    _, _, stream = draw(3)
    order = np.argsort(stream.event, kind="stable")
    same = np.flatnonzero(np.diff(stream.event[order]) == 0)
    a, b = order[same], order[same + 1]
    assert len(a) > 50
    for name in ("cause", "kind", "community", "pick"):
        assert np.array_equal(getattr(stream, name)[a], getattr(stream, name)[b]), name
    metres = np.hypot((stream.lon_e6[a] - stream.lon_e6[b]) * 0.085, (stream.lat_e6[a] - stream.lat_e6[b]) * 0.111)
    assert float(np.quantile(metres, 0.95)) < 130  # most duplicates of one event lie within 128 m
    again = np.flatnonzero(stream.after >= 0)
    assert len(again) > 100
    assert np.all(stream.after[again] < again)
    assert np.array_equal(stream.resident[again], stream.resident[stream.after[again]])


def test_pathologies_are_planted() -> None:
    map_, _, stream = draw(3)
    p = parameters.parameters()
    assert float(map_.reporting.max() / map_.reporting.min()) > 2.5  # some areas report almost three times as readily
    stated = stream.place[stream.resident >= 0]
    default = float((stated == 2).sum() / (stated > 0).sum())
    assert abs(default - p.default_share) < 0.02
    assert 0.005 < float((stream.resident < 0).mean()) < p.employee_share
    counted = np.sort(np.unique(stream.resident[stream.resident >= 0], return_counts=True)[1])[::-1]
    few = counted[: len(counted) // 10].sum() / counted.sum()
    assert few > 0.2, "a tenth of the reporters make far more than a tenth of the reports"


def test_seasons_and_hours_show() -> None:
    kinds = {k.id: i for i, k in enumerate(parameters.kinds())}
    _, _, stream = draw(3)
    dates = arrivals.month_days(datetime(2026, 10, 1, tzinfo=UTC), 75)
    heat = causes.season_factor(parameters.kinds()[kinds["heating_cold"]], dates)
    assert heat[0] == 1
    assert heat[-1] > 3
    hours = ((stream.at - int(START.timestamp())) % 86_400 // 3600)[stream.kind == kinds["neighbour_noise"]]
    assert np.isin(hours, [19, 20, 21, 22, 23, 0]).mean() > np.isin(hours, [8, 9, 10, 11, 12, 13]).mean()


def test_the_map_lies_in_its_box_and_no_two_communities_coincide() -> None:
    map_, _, stream = draw(3)
    box = parameters.parameters().box
    for lon, lat in ((map_.lon_e6, map_.lat_e6), (stream.lon_e6, stream.lat_e6)):
        assert lon.min() >= box.west * 1e6
        assert lon.max() <= box.east * 1e6
        assert lat.min() >= box.south * 1e6
        assert lat.max() <= box.north * 1e6
    assert len(set(zip(map_.lon_e6.tolist(), map_.lat_e6.tolist(), strict=True))) == len(map_)


def test_every_category_is_a_leaf_of_the_tree() -> None:
    tree = read(folder_of("hotline") / "categories.yaml")["categories"]
    codes = {entry["code"] for entry in tree}
    leaves = {c for c in codes if not any(other.startswith(f"{c}.") for other in codes)}
    assert {k.category for k in parameters.kinds()} <= leaves


def test_every_text_names_its_place_and_leaves_no_blank() -> None:
    p = parameters.parameters()
    for kind in parameters.kinds():
        for seed in range(12):
            dice = Dice(np.random.default_rng(seed).random(64).tolist())
            writing = words.write_complaint(kind, p.words, "翠微南里小区", dice)
            assert "翠微南里小区" in writing.title
            assert "翠微南里小区" in writing.text
            assert not set("{}") & set(writing.title + writing.text)


def test_temperaments_depend_on_code_and_seed_only_and_one_is_false() -> None:
    p = parameters.parameters()
    assert units.draw_temperament("street-1", 9, p) == units.draw_temperament("street-1", 9, p)
    assert units.draw_temperament("street-1", 9, p) != units.draw_temperament("street-1", 10, p)
    bad = units.draw_temperament("street-1", 9, p, false_closer=True)
    assert bad.false_claims > 5 * units.draw_temperament("street-1", 9, p).false_claims
    assert units.choose_false_closer(["a", "b", "c"], [0, 5, 9], 1) == "c"
    with pytest.raises(ValueError, match="Load organisations first"):
        units.choose_false_closer([], [], 1)


def test_no_communities_is_an_error_with_a_remedy() -> None:
    with pytest.raises(geography.NoCommunities, match="bihuan load areas"):
        geography.build_map([], parameters.parameters(), np.random.default_rng(1))


def test_a_wrong_parameter_names_file_and_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "complaints").mkdir()
    good = (parameters.DATA / "complaints" / "streets.yaml").read_text(encoding="utf-8")
    (tmp_path / "complaints" / "streets.yaml").write_text(good.replace("solvable:", "solveable:", 1), encoding="utf-8")
    monkeypatch.setattr(parameters, "DATA", tmp_path)
    with pytest.raises(DeclarationError, match=r"streets\.yaml.*solv"):
        parameters.kinds.__wrapped__()
    (tmp_path / "complaints" / "streets.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "complaints" / "twice.yaml").write_text(good, encoding="utf-8")
    with pytest.raises(DeclarationError, match="declared twice"):
        parameters.kinds.__wrapped__()
