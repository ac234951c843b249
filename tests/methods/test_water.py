"""Water: every limit from both sides, indices by hand, trends beside a known program, compensation by a loop."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts import water
from bihuan.methods.parts.rulebook import method_rules
from tests.methods.running import by, run

DAY = "2024-09-11"
HEAD = "id,date,kind,do_sat," + ",".join(water.ITEMS)
LIMITS = {
    "codmn": "2 4 6 10 15", "cod": "15 15 20 30 40", "bod5": "3 3 4 6 10", "nh3n": ".15 .5 1.0 1.5 2.0",
    "tp": ".02 .1 .2 .3 .4", "cu": ".01 1 1 1 1", "zn": ".05 1 1 2 2", "f": "1 1 1 1.5 1.5", "se": ".01 .01 .01 .02 .02",
    "as": ".05 .05 .05 .1 .1", "hg": ".00005 .00005 .0001 .001 .001", "cd": ".001 .005 .005 .005 .01",
    "cr6": ".01 .05 .05 .05 .1", "pb": ".01 .01 .05 .05 .1", "cn": ".005 .05 .2 .2 .2", "phenol": ".002 .002 .005 .01 .1",
    "oil": ".05 .05 .05 .5 1.0", "las": ".2 .2 .2 .3 .3", "s": ".05 .1 .2 .5 1.0",
}  # fmt: skip
"""GB 3838-2002 table 1 as it is printed, beside the table of the house that is written in bounds."""


def sample(name: str, kind: str = "river", day: str = DAY, **results: object) -> str:
    """A row of the input."""
    return ",".join([name, day, kind, *(str(results.get(item, "")) for item in ("do_sat", *water.ITEMS))])


def classes(*rows: str, **options: object) -> dict[str, str]:
    """Class of each sample."""
    return by(run("water-class", "\n".join([HEAD, *rows]))[0], "id", "class")


@pytest.mark.parametrize("item", LIMITS)
def test_a_value_at_a_limit_is_in_the_class_and_a_little_more_is_not(item: str) -> None:
    limits = [Decimal(text) for text in LIMITS[item].split()]
    rows, want = [], {}
    for limit in limits:
        for name, value in (("at", limit), ("over", limit + Decimal("0.000001"))):
            rows.append(sample(f"{name}{limit}", **{item: value}))
            number = next((n for n, each in enumerate(limits, 1) if value <= each), 6)
            want[f"{name}{limit}"] = water.CLASSES[number]
    assert classes(*dict.fromkeys(rows)) == want


def test_oxygen_acid_lakes_and_results_below_detection() -> None:
    rows = [sample(f"do{value}", do=value) for value in ("7.5", "7.4", "6", "5.9", "5", "3", "2", "1.9")]
    rows += [
        sample("full", do="6.8", do_sat="90"),
        sample("notfull", do="6.8", do_sat="89.9"),
        sample("unmeasured", do_sat="95"),
    ]
    rows += [sample(f"ph{value}", ph=value) for value in ("6", "9", "5.99", "9.01")]
    rows += [
        sample("river", tp="0.1"),
        sample("lake", "lake", tp="0.1"),
        sample("below", tp="0.04L"),
        sample("limit", tp="0.041L"),
    ]
    told = classes(*rows)
    assert [told[f"do{value}"] for value in ("7.5", "7.4", "6", "5.9", "5", "3", "2", "1.9")] == [
        "I",
        "II",
        "II",
        "III",
        "III",
        "IV",
        "V",
        "VI",
    ]
    assert [told[name] for name in ("full", "notfull", "unmeasured")] == ["I", "II", ""]
    assert [told[f"ph{value}"] for value in ("6", "9", "5.99", "9.01")] == ["I", "I", "VI", "VI"]
    assert [told[name] for name in ("river", "lake", "below", "limit")] == ["II", "IV", "I", "II"]


def test_what_decides_and_by_how_much_and_what_is_missing() -> None:
    rows, _ = run(
        "water-class",
        "\n".join(
            [
                HEAD,
                sample("a", cod=30, nh3n="1.5", tp="0.21"),
                sample("b", cod="20.1", do="1"),
                sample("c", cod="20.09"),
            ]
        ),
    )
    told = [(row["class"], row["deciding"], row["used"], row["missing"], row["exceed"]) for row in rows]
    assert told[0] == ("IV", "cod|nh3n|tp", "3", "18", "cod:0.50|nh3n:0.50|tp:0.05")
    assert told[1] == ("VI", "do", "2", "19", "cod:0.00"), "0.005 is rounded half to even; oxygen has no multiple"
    assert told[2] == ("IV", "cod", "1", "20", "cod:0.00")


def test_wrong_rows_are_told() -> None:
    _, outcome = run(
        "water-class",
        "\n".join(
            [
                HEAD,
                sample("n", cod=-1),
                sample("t", cod="low"),
                sample("e", day="1999-01-01", cod=1),
                sample("k", "sea", cod=1),
            ]
        ),
    )
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (2, "cod"),
        (3, "cod"),
        (4, "date"),
        (5, "kind"),
    ]


results = st.dictionaries(st.sampled_from(water.ITEMS), st.decimals(0, 50, places=5, allow_nan=False), min_size=1)


@settings(max_examples=60, deadline=None)
@given(results, st.sampled_from(["river", "lake"]))
def test_the_class_is_the_worst_of_the_table_and_order_does_not_matter(found: dict[str, Decimal], kind: str) -> None:
    table = method_rules().table("water.class", date.fromisoformat(DAY))
    worst = max(
        int(str(table.lookup(item=water.named_in_table(item, kind), concentration=value)["class"]))
        for item, value in found.items()
    )
    rows, _ = run(
        "water-class",
        "\n".join(
            [HEAD, sample("x", kind, **{item: f"{value:f}" for item, value in found.items()}), sample("y", cod=1)]
        ),
        shuffle=1,
    )
    assert rows[0]["class"] == water.CLASSES[worst]
    assert int(rows[0]["used"]) == len(found)


def test_trophic_index_by_hand() -> None:
    rows, outcome = run(
        "trophic", "id,chla,tp,tn,sd,codmn\na,10,.05,1,1,4\nb,10,.05,1,1,\nc,10,0,1,1,4\nd,10,0.1L,1,1,4"
    )
    assert (rows[0]["tli"][:6], rows[0]["grade"]) == ("48.018", "mesotrophic")
    assert (rows[1]["tli"], rows[1]["grade"], rows[1]["used"]) == ("", "", "4"), (
        "with an item missing there is no index"
    )
    assert [each.field for each in outcome.rejects] == ["tp"]
    assert rows[2]["tli"] == rows[0]["tli"], "half of the limit of detection"
    grades = method_rules().table("water.trophic-grade", date.fromisoformat(DAY))
    assert [grades.lookup(tli=value)["grade"] for value in ("29.9999", "30", "50", "50.0001", "60", "70", "70.0001")] == [
        "oligotrophic", "mesotrophic", "mesotrophic", "light", "light", "middle", "hyper",
    ]  # fmt: skip


def test_index_of_cities_item_by_item() -> None:
    head = "city,section,date,kind," + ",".join(water.ITEMS)
    full = {item: Decimal(limits.split()[2]) for item, limits in LIMITS.items()} | {
        "ph": Decimal("7.5"),
        "do": Decimal(5),
    }

    def row(city: str, section: str, day: str, kind: str, **other: object) -> str:
        return ",".join([city, section, day, kind, *(str((full | other).get(item, "")) for item in water.ITEMS)])

    rows, _ = run("cwqi", "\n".join([
        head, row("A", "1", "2024-01-01", "river"), row("A", "1", "2024-02-01", "river", cod=60), row("A", "2", "2024-01-01", "river"),
        row("A", "L", "2024-01-01", "lake", tp="0.1"), row("B", "1", "2024-01-01", "river", ph="6.5", do="10"), row("C", "1", "2024-01-01", "river", s=""),
    ]), shuffle=3)  # fmt: skip
    told = {each["city"]: each for each in rows}
    even = Fraction(20) + Fraction(1, 4)  # every item at its limit, pH 7.5
    river, lake = even + Fraction(1, 2), even + Fraction(1)  # COD 40, 20 → 30; phosphorus of a lake twice its limit
    assert Fraction(told["A"]["cwqi"]) == Fraction(round((river * 2 + lake) / 3 * 10_000), 10_000)
    assert Fraction(told["B"]["cwqi"]) == even - Fraction(1, 4) + Fraction(1, 2) - Fraction(1, 2)
    assert [told[city]["rank"] for city in "ABC"] == ["2", "1", ""], "a city with an item missing has no place"


def _peer(values: list[float], seasonal: bool) -> object:
    return pymannkendall.seasonal_test(values, period=12) if seasonal else pymannkendall.original_test(values)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=26, max_size=60), st.booleans())
def test_trends_are_those_of_the_peer(values: list[int], seasonal: bool) -> None:
    lines = [
        f"x,{2018 + n // 12 if seasonal else 1900 + n}{f'-{n % 12 + 1:02}' if seasonal else ''},{value}"
        for n, value in enumerate(values)
    ]
    rows, _ = run(
        "trend", "\n".join(["series,time,value", *lines]), shuffle=5, method="seasonal" if seasonal else "original"
    )
    peer = _peer([float(value) for value in values], seasonal)
    assert int(rows[0]["s"]) == peer.s  # type: ignore[attr-defined]
    assert math.isclose(float(rows[0]["p"]), peer.p, abs_tol=1e-8)  # type: ignore[attr-defined]
    assert rows[0]["trend"] == peer.trend  # type: ignore[attr-defined]
    assert math.isclose(float(rows[0]["sen_per_year"]), peer.slope, abs_tol=1e-8)  # type: ignore[attr-defined]


def test_a_trend_in_bad_data() -> None:
    text = "series,time,value\nx,2018,1\nx,2018,2\nx,soon,3\nx,2019,much\nx,2020,\nx,2021,0.5L\nx,2022-13,1"
    rows, outcome = run("trend", text)
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (3, "time"),
        (4, "time"),
        (5, "value"),
        (8, "time"),
    ]
    assert (rows[0]["n"], rows[0]["s"], rows[0]["trend"]) == ("2", "-1", "no trend")
    _, outcome = run("trend", "series,time,value\nx,2018,1", method="seasonal", period=5)
    assert "refused" in outcome.facts


SECTIONS = "section,kind,target,inflow,payer,payee\nup,river,III,,110A,110B\ndown,river,III,up,110B,\n"


def test_compensation() -> None:
    samples = "section,month,cod,nh3n,tp\nup,2022-05-01,31,1.0,0.3\ndown,2022-05-01,41,2.1,0.31\nup,2023-01-01,99,9,9\ndown,2022-06-01,41,,\nelse,2022-05-01,1,1,1"
    rows, outcome = run("water-compensation", samples, SECTIONS, shuffle=2)
    told = {(row["section"], row["item"]): (row["worse"], row["inflow"], row["amount"], row["payee"]) for row in rows}
    assert told == {
        ("up", "cod"): ("2", "met", "600000", "110B"), ("up", "tp"): ("1", "met", "300000", "110B"),
        ("down", "cod"): ("3", "failed", "450000", "pool"), ("down", "nh3n"): ("3", "met", "900000", "pool"),
        ("down", "tp"): ("2", "failed", "300000", "pool"),
    }  # fmt: skip
    assert outcome.facts["total"] == 2_550_000
    assert {each.field for each in outcome.rejects} == {"month", "cod", "section"}, (
        "no rules yet; inflow not measured; unknown"
    )


REACHES = "reach,down,length_m\na,c,1000\nb,c,800\nc,d,500\nd,,700\n"


def test_outlets_upstream_to_the_section_above_the_nearest_first() -> None:
    sections = "section,reach,chainage\nlow,d,300\nup,a,600\n"
    outlets = "outlet,reach,chainage\n1,a,600\n2,a,601\n3,b,0\n4,c,500\n5,d,300\n6,d,301\n7,e,1\n8,b,801\n"
    rows, outcome = run("upstream-outlets", REACHES, sections, outlets, shuffle=4)
    told = [(row["section"], row["outlet"], row["metres"]) for row in rows]
    assert told == [
        ("low", "5", "0"),
        ("low", "4", "300"),
        ("low", "2", "1199"),
        ("low", "3", "1600"),
        ("up", "1", "0"),
    ]
    assert sorted(each.field for each in outcome.rejects) == ["chainage", "reach"], "6 flows past every section"


def test_a_ring_of_reaches_is_told() -> None:
    text = "reach,down,length_m\na,b,1\nb,a,1\nc,x,1"
    _, outcome = run("upstream-outlets", text, "section,reach,chainage\ns,a,0", "outlet,reach,chainage\no,a,0")
    assert {each.field for each in outcome.rejects} == {"down"}
    assert len(outcome.rejects) == 2, "one of the ring, and the reach that is not there"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_every_outlet_belongs_to_the_first_section_below(downs: list[int], luck: object) -> None:
    below = {n: (down % n if n else None) for n, down in enumerate(downs)}
    with_section = {n for n in below if luck.random() < 0.4} or {0}  # type: ignore[attr-defined]
    rows, _ = run(
        "upstream-outlets",
        "reach,down,length_m\n"
        + "\n".join(f"r{n},{'' if down is None else f'r{down}'},100" for n, down in below.items()),
        "section,reach,chainage\n" + "\n".join(f"s{n},r{n},100" for n in with_section),
        "outlet,reach,chainage\n" + "\n".join(f"o{n},r{n},50" for n in below),
    )
    told = {row["outlet"]: (row["section"], row["metres"]) for row in rows}
    for n in below:
        at, metres = n, 50
        while at is not None and at not in with_section:
            at, metres = below[at], metres + 100
        assert told.get(f"o{n}") == (None if at is None else (f"s{at}", str(metres)))
