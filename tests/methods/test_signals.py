"""Signals joined to events, and how right models are: beside a graph of all pairs, and counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.model_precision import lies_below
from bihuan.rules.intervals import wilson
from tests.methods.running import by, run

HEAD = "signal,device,model,kind,at,received,lon,lat,score"
MODELS = "model,least,released,suspended,retired\nm,0.5,2024-01-01,,\nold,0.5,2023-01-01,2024-02-01,\ndraft,0.5,,,\n"
NOON = datetime(2024, 3, 1, 4, tzinfo=UTC)


def line(name: str, second: float, *, device: str = "c1", model: str = "m", late: float = 1, lon: int = 0, score: str = "0.9", kind: str = "litter") -> str:  # fmt: skip
    at = NOON + timedelta(seconds=second)
    east = f"{116.3 + lon / 1e6:.6f}"
    return f"{name},{device},{model},{kind},{at.isoformat()},{(at + timedelta(seconds=late)).isoformat()},{east},39.900000,{score}"


signals = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 4_000), st.sampled_from("ab"), st.integers(0, 300)),
    min_size=1, max_size=14,
)  # fmt: skip


@given(signals)
def test_events_are_the_components_of_all_pairs(found: list[tuple[int, int, str, int]]) -> None:
    rows = [line(f"s{n:02}", second, device=f"c{n}", lon=lon, kind=kind, late=late)
            for n, (second, lon, kind, late) in enumerate(found)]  # fmt: skip
    told = by(run("signal-events", "\n".join([HEAD, *rows]), MODELS, seconds=60, metres=80)[0], "signal", "event")
    groups = {n: {n} for n in range(len(found))}
    for a, b in combinations(range(len(found)), 2):
        metres = hypot(abs(found[a][1] - found[b][1]) / 1e6 * 111_320 * cos(radians(39.9)), 0)
        if found[a][2] == found[b][2] and abs(found[a][0] - found[b][0]) <= 60 and metres <= 80:
            joined = groups[a] | groups[b]
            for each in joined:
                groups[each] = joined
    for n, members in groups.items():
        first = min(members, key=lambda each: (found[each][0] + found[each][3], f"s{each:02}"))
        assert told[f"s{n:02}"] == f"s{first:02}"


@given(signals, st.integers(0, 9))
def test_any_order_of_rows_gives_the_same(found: list[tuple[int, int, str, int]], seed: int) -> None:
    rows = [
        line(f"s{n:02}", second, lon=lon, kind=kind, late=late) for n, (second, lon, kind, late) in enumerate(found)
    ]
    text = "\n".join([HEAD, *rows])
    plain, turned = (sorted(map(str, run("signal-events", text, MODELS, shuffle=s)[0])) for s in (None, seed))
    assert plain == turned


def test_two_gateways_within_milliseconds_are_one_report_and_a_late_signal_never_leads() -> None:
    rows = [
        line("first", 10),
        line("copy", 10.004, late=0.9993),
        line("before", 0, late=500),
        line("far", 20, lon=9_000),
    ]
    told, outcome = run("signal-events", "\n".join([HEAD, *rows]), MODELS)
    roles = by(told, "signal", "role")
    assert sorted(roles[each] for each in ("first", "copy")) == ["copy", "leads"]
    assert roles["before"] == "joins", "it was first on the spot, and is told when the case stands already"
    assert roles["far"] == "leads"
    assert outcome.facts["events"] == 2


def test_who_is_not_in_use_is_not_heard() -> None:
    rows = [line("a", 0, model="old"), line("b", 0, model="draft"), line("c", 0, score="0.49"), line("d", 0, model="x")]
    told, outcome = run("signal-events", "\n".join([HEAD, *rows]), MODELS)
    assert {row["signal"]: row["role"] for row in told} | {"d": "unheard"} == {
        "a": "unheard", "b": "unheard", "c": "low", "d": "unheard"}  # fmt: skip
    assert len(outcome.rejects) == 1, "an unknown model"


CARDS = "model,declared,least_judged\nm,0.8,10\nn,0.5,10\n"


def labels(*rows: tuple[str, str, str, str, str]) -> str:
    head = "case,model,label,said,category,decided"
    return "\n".join([head, *(f"{n},{','.join(row)}" for n, row in enumerate(rows))])


def test_a_week_begins_on_monday_and_a_duplicate_is_neither_right_nor_wrong() -> None:
    told, _ = run("model-precision", labels(
        ("m", "true", "x", "x", "2024-03-03"), ("m", "false", "x", "x", "2024-03-04"),
        ("m", "duplicate", "x", "", "2024-03-10"), ("m", "true", "x", "y", "2024-03-10"),
        ("m", "true", "x", "x", "2023-01-01"),
    ), CARDS, at="2024-03-10", weeks=2)  # fmt: skip
    weeks = {row["week"]: row for row in told if row["span"] == "week"}
    assert list(weeks) == ["2024-02-26", "2024-03-04"]
    last = weeks["2024-03-04"]
    assert (last["right"], last["wrong"], last["duplicate"], last["judged"], last["overruled"]) == (
        "1",
        "1",
        "1",
        "2",
        "2",
    )
    whole = {row["model"]: row for row in told if row["span"] == "whole"}
    assert whole["m"]["judged"] == "3", "what is older than the weeks asked for does not count"
    assert whole["n"]["precision"] == ""
    assert whole["m"]["verdict"] == whole["n"]["verdict"] == "few"


@pytest.mark.parametrize(("right", "judged", "verdict"), [(5, 17, "below"), (12, 17, "meets"), (0, 9, "few"), (17, 17, "meets")])  # fmt: skip
def test_a_model_is_below_when_its_whole_interval_is(right: int, judged: int, verdict: str) -> None:
    rows = [("m", "true" if n < right else "false", "x", "x", "2024-03-04") for n in range(judged)]
    told, _ = run("model-precision", labels(*rows), CARDS, at="2024-03-10")
    assert next(row["verdict"] for row in told if row["span"] == "whole" and row["model"] == "m") == verdict


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(1, 99))
def test_the_exact_test_says_what_wilsons_interval_says(counts: tuple[int, int], percent: int) -> None:
    right, judged = counts
    high, declared = wilson(right, judged).high, percent / 100
    if abs(high - declared) > 1e-9:
        assert lies_below(right, judged, Fraction(percent, 100)) == (high < declared)


@pytest.mark.parametrize(
    ("text", "column"),
    [("c,m,perhaps,x,x,2024-03-04", "label"), ("c,m,true,x,x,2024-13-04", "decided"), ("c,unknown,true,x,x,2024-03-04", "model")],
)  # fmt: skip
def test_bad_rows_are_told(text: str, column: str) -> None:
    _, outcome = run("model-precision", f"case,model,label,said,category,decided\n{text}", CARDS, at="2024-03-10")
    assert len(outcome.rejects) == 1
    assert column in str(outcome.rejects[0])
