"""Months of black waters: each sample as the decision grades it, the worst of a month, bad rows, months that are asked for."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.black_months import GRADES
from bihuan.methods.parts.rulebook import method_rules
from tests.methods.running import by, run

HEAD = "water,point,taken,depth,transparency,do,orp,nh3n\n"
TABLE = method_rules().decision("water.black_odour", date(2026, 4, 1), "*")
values = st.tuples(
    st.integers(0, 60), st.sampled_from(["bottom", "3", "9.9", "12", "40"]), st.sampled_from(["0.1", "0.2", "1.9", "2.0", "6"]),
    st.sampled_from(["-201", "-200", "49", "50"]), st.sampled_from(["1", "8", "8.1", "15", "15.1"]),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(values, min_size=1, max_size=8))
def test_the_worst_sample_speaks_for_its_month(samples: list[tuple[int, str, str, str, str]]) -> None:
    rows = [f"w,{n},2026-04-{n + 1:02},{','.join(map(str, each))}\n" for n, each in enumerate(samples)]
    told, _ = run("black-months", HEAD + "".join(rows), shuffle=1)
    names = ("depth", "transparency", "do", "orp", "nh3n")
    want = max(
        GRADES.index(str(TABLE.decide(**dict(zip(names, map(str, each), strict=True)))["grade"])) for each in samples
    )
    assert [(row["value"], row["grade"], row["samples"]) for row in told] == [
        (str(want), GRADES[want], str(len(samples)))
    ]
    assert told[0]["time"] == f"2026-04-{len(samples):02}T12:00:00+08:00"


def test_months_stand_apart_and_only_those_asked_for_are_told() -> None:
    rows = "".join(f"w,1,2026-0{month}-15,80,{'5' if month == 2 else '60'},6,120,1\n" for month in range(1, 7))
    told, outcome = run("black-months", HEAD + rows)
    assert by(told, "month", "grade") == {f"2026-0{n}": "heavy" if n == 2 else "none" for n in range(1, 7)}
    assert outcome.editions == {"water.black_odour": "2015"}
    told, _ = run("black-months", HEAD + rows, at="2026-06-20", months="2")
    assert [row["month"] for row in told] == ["2026-05", "2026-06"]
    told, _ = run("black-months", HEAD + rows, at="2026-01-20", months="3")
    assert told[0]["month"] == "2026-01", "a turn of the year"


def test_a_shallow_clear_brook_and_values_at_the_limits_are_not_black() -> None:
    told, _ = run(
        "black-months", HEAD + "brook,1,2026-04-01,15,bottom,4.8,120,1.1\nlimit,1,2026-04-01,80,25,2.0,50,8\n"
    )
    assert by(told, "subject", "grade") == {"brook": "none", "limit": "none"}


def test_wrong_rows_cost_only_themselves() -> None:
    bad = "a,1,2026-04-01,60,clear,3,60,1\nb,1,2026-04-01,60,,,,\nc,1,2026-13-01,60,30,3,60,1\nd,1,2026-04-01,60,30,3,60,1\n"
    told, outcome = run("black-months", HEAD + bad)
    assert [row["subject"] for row in told] == ["d"]
    assert sorted((each.row, each.field) for each in outcome.rejects) == [(2, "transparency"), (3, "do"), (4, "taken")]


def test_only_segments_beyond_chance_are_suspect() -> None:
    network = "network,node,down,population\n" + "".join(f"n,{n},{n - 1 if n else ''},200\n" for n in range(6))
    clean = [(n, (6 - n) * 200 * 0.12, 8 / 0.12) for n in (0, 2, 4)]
    head = "network,node,day,flow_m3,nh3n_mg_l\n"

    def readings(extra: float) -> str:
        return head + "".join(
            f"n,{n},2026-04-0{day},{flow},{(conc * flow + (extra if n <= 2 else 0) * 1000) / flow:.3f}\n"
            for n, flow, conc in clean for day in (1, 2, 3)
        )  # fmt: skip

    honest, _ = run("drain-trace", network, readings(0))
    assert {row["suspect"] for row in honest} == {"no"}
    foul, _ = run("drain-trace", network, readings(6))
    assert by(foul, "segment", "suspect") == {"0": "no", "2": "yes", "4": "no"}
