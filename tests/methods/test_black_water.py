"""Black waters: every bound of the guide, points and stretches by a count, inflows in random networks found again."""

from __future__ import annotations

import math
import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import InputError, NoRuleError
from tests.methods.running import run

TABLE = method_rules().decision("water.black_odour", date(2026, 4, 1), "*")


@pytest.mark.parametrize(
    ("factor", "bounds"),
    [("do", ("2.0", "1.9", "0.2", "0.1")), ("nh3n", ("8", "8.1", "15", "15.1")), ("orp", ("50", "49.5", "-200", "-200.5")),
     ("transparency", ("25", "24.5", "10", "9.5"))],
)  # fmt: skip
def test_a_limit_belongs_to_the_better_grade(factor: str, bounds: tuple[str, ...]) -> None:
    assert [str(TABLE.decide(**{factor: each})["grade"]) for each in bounds] == ["none", "light", "light", "heavy"]


@pytest.mark.parametrize(
    ("depth", "transparency", "grade"),
    [(20, "7.9", "heavy"), (20, "8", "light"), (20, "9.9", "light"), (20, "10", "none"), (20, "bottom", "none"), (85, "bottom", "none"),
     (24, "9.5", "heavy"), (24, "9.6", "light"), (25, "9.9", "heavy"), (25, "12", "light"), (0, "0", "light"), (None, "24", "light")],
)  # fmt: skip
def test_shallow_water_is_judged_by_its_share_of_the_depth(depth: int | None, transparency: str, grade: str) -> None:
    assert TABLE.decide(depth=depth, transparency=transparency)["grade"] == grade


def test_the_worst_factor_decides_and_nothing_measured_is_no_grade() -> None:
    assert TABLE.decide(do="1", nh3n="16", transparency=30)["grade"] == "heavy"
    with pytest.raises(NoRuleError):
        TABLE.decide(depth=50)
    with pytest.raises(InputError):
        TABLE.decide(transparency="clear")


HEAD = "water,point,sample,transparency,do,orp,nh3n\n"


def sampled(water: str, points: dict[str, list[str]]) -> list[str]:
    """Rows of points whose samples are heavy in the named factors."""
    foul = {"t": "5", "d": "0.1", "o": "-300", "n": "20"}
    clean = {"t": "16", "d": "1.4", "o": "-30", "n": "10.5"}
    return [
        f"{water},{point},{n}," + ",".join(foul[f] if f in each else clean[f] for f in "tdon")
        for point, samples in points.items()
        for n, each in enumerate(samples)
    ]


def test_points_stretches_and_waters() -> None:
    rows, _ = run("black-water", HEAD + "\n".join([
        *sampled("a", {"1": ["d", "d", "d", "", ""], "2": ["d", "d", "", "", ""], "10": ["dn", "dn", "", "", "", ""], "9": ["n", "n", "n"]}),
        *sampled("b", {"1": ["t"] * 3, "2": ["t"] * 3, "3": ["o"] * 3, "4": ["", "", ""], "5": [""] * 3}),
        *sampled("few", {"1": ["d"] * 3, "2": ["d"] * 3}), *sampled("once", {"1": ["d"] * 3, "2": ["d"] * 3, "3": ["d"] * 2}),
    ]), shuffle=6)  # fmt: skip
    told = {
        row["water"]: (row["points"], row["heavy_points"], row["stretches"], row["grade"], row["why"]) for row in rows
    }
    assert told == {
        "a": ("4", "3", "", "heavy", ""), "b": ("5", "3", "1-3", "heavy", ""), "few": ("2", "2", "", "", "points"),
        "once": ("3", "3", "1-3", "", "samples"),
    }  # fmt: skip


def test_wrong_samples() -> None:
    _, outcome = run("black-water", HEAD + "a,1,1,muddy,,,\na,1,2,,-1,,\na,1,3,bottom,,,\na,1,3,9,,,")
    assert sorted({each.row for each in outcome.rejects}) == [2, 3, 4, 5], (
        "of two different rows of one sample none counts"
    )


def network(seed: int, size: int = 60, monitors: int = 12, noise: float = 0.05) -> tuple[str, str, str, str]:
    """A tree with an inflow at one node: network, readings, the segment that must lead, the node."""
    luck = random.Random(seed)
    down = {0: None} | {n: luck.randrange(max(0, n - 6), n) for n in range(1, size)}
    people = {n: luck.randint(20, 400) for n in down}
    seen = {0, *luck.sample(range(1, size), monitors - 1)}
    foul = luck.randrange(size)
    own = {n: people[n] * 0.008 for n in down}
    own[foul] += 8.0
    load = dict(own)
    for n in range(size - 1, 0, -1):
        load[down[n]] += load[n]  # type: ignore[index]
    at = foul
    while at not in seen:
        at = down[at]  # type: ignore[assignment]
    readings = [
        f"x,{n},2025-10-{day:02},{load[n] * 1000 / 80 * luck.gauss(1, noise):.1f},{80 * luck.gauss(1, noise):.3f}"
        for n in sorted(seen) for day in range(1, 8)
    ]  # fmt: skip
    text = "network,node,down,population\n" + "\n".join(
        f"x,{n},{'' if d is None else d},{people[n]}" for n, d in down.items()
    )
    return text, "network,node,day,flow_m3,nh3n_mg_l\n" + "\n".join(readings), str(at), str(foul)


def test_the_right_segment_leads_in_random_networks() -> None:
    right = 0
    for seed in range(12):
        text, readings, segment, foul = network(seed)
        rows, _ = run("drain-trace", text, readings, shuffle=seed)
        right += rows[0]["segment"] == segment
        if rows[0]["segment"] == segment:
            assert foul in rows[0]["nodes"].split("|")
            assert float(rows[0]["low"]) <= float(rows[0]["excess_kg_d"]) <= float(rows[0]["high"])
    assert right >= 11


def test_a_sample_at_the_proposed_node_halves_what_is_suspect() -> None:
    chain = "network,node,down,population\n" + "\n".join(f"x,{n},{n - 1 if n else ''},100" for n in range(16))
    suspects, asked, foul = set(range(16)), {0, 15}, 11
    for _ in range(math.ceil(math.log2(16)) + 1):
        readings = [f"x,{n},2025-10-01,{(16 - n) * 100 + (4000 if n <= foul else 0)},1" for n in sorted(asked)]
        rows, _ = run("drain-trace", chain, "network,node,day,flow_m3,nh3n_mg_l\n" + "\n".join(readings), next=1)
        suspects = {int(node) for node in rows[0]["nodes"].split("|")}
        if len(suspects) == 1:
            break
        asked.add(int(rows[0]["next"]))
    assert suspects == {foul}, "after at most ⌈log2 n⌉ + 1 samples"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_segments_part_the_tree_and_their_loads_add_up(seed: int) -> None:
    text, readings, _, _ = network(seed, 25, 5, 0.0)
    rows, _ = run("drain-trace", text, readings)
    nodes = [node for row in rows for node in row["nodes"].split("|")]
    assert sorted(map(int, nodes)) == list(range(25)), "every node in one segment"
    assert max(rows, key=lambda row: float(row["excess_kg_d"]))["rank"] == "1" or Decimal(rows[0]["excess_kg_d"]) > 0


def test_wrong_networks_and_readings() -> None:
    _, outcome = run(
        "drain-trace", "network,node,down,population\nx,0,,1\nx,1,2,1\nx,2,1,1\nx,3,9,1",
        "network,node,day,flow_m3,nh3n_mg_l\nx,0,2025-10-01,-1,1\nx,7,2025-10-01,1,1\ny,0,2025-10-01,1,1\nx,0,soon,1,1",
    )  # fmt: skip
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (2, "flow_m3"), (3, "down"), (3, "node"), (4, "node"), (5, "day"), (5, "down"),
    ]  # fmt: skip
