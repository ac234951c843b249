"""Carbon of units: published vectors, every row against pint, years, purposes, what is rejected."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.quantities import UNITS, digits_text, times_of, unit_named
from bihuan.series.measures import MeasureError, conversion_factor
from tests.methods.running import run

FACTORS = """source,scope,year,tco2,per
grid,2,2021,0.5568,MWh
grid,2,2022,0.5366,MWh
grid,2,2023,0.5306,MWh
gas,1,2021,21.622,10^4 m3
oil,1,2021,3.17,t
heat,2,2021,0.11,GJ
"""
HEAD = "unit,year,source,quantity,uom\n"


def total(row: str, factors: str = FACTORS, **options: str) -> str:
    told, _ = run("carbon", HEAD + row, factors, **options)
    return told[0]["total_t"] if told else "rejected"


@pytest.mark.parametrize(
    ("row", "tonnes"),
    [
        ("u,2022,grid,1000,MWh", "536.600000"),
        ("u,2022,gas,5000,m3", "10.811000"),
        ("u,2021,grid,1000,kWh", "0.556800"),
        ("u,2030,grid,1,10^4 kWh", "5.306000"),
        ("u,2021,grid,1,GJ", "0.154667"),
        ("u,2021,heat,1000,MJ", "0.110000"),
        ("u,2021,oil,1,kg", "0.003170"),
        ("u,2021,gas,1,万m³", "21.622000"),
    ],
)
def test_the_published_vectors_and_each_unit_of_measure(row: str, tonnes: str) -> None:
    assert total(row) == tonnes


def test_the_factor_of_the_year_counts_or_the_latest_before_and_none_before_the_first() -> None:
    assert [total(f"u,{year},grid,1,MWh") for year in (2020, 2021, 2022, 2023, 2029)] == [
        "rejected", "0.556800", "0.536600", "0.530600", "0.530600",
    ]  # fmt: skip


def test_what_cannot_be_reckoned_is_rejected_and_the_rest_is_done() -> None:
    rows = [
        "a,2022,grid,1,MWh", "a,2022,peat,1,t", "a,2022,oil,1,m3", "a,2019,gas,1,m3", "a,2022,grid,-1,MWh",
        "a,2022,grid,1,kwh", "a,2022,grid,many,MWh", "a,2022,grid,2,MWh",
    ]  # fmt: skip
    told, outcome = run("carbon", HEAD + "\n".join(rows), FACTORS, shuffle=4)
    assert told == [
        {"unit": "a", "year": "2022", "scope1_t": "0.000000", "scope2_t": "1.609800", "total_t": "1.609800"}
    ]
    assert sorted(each.field for each in outcome.rejects) == ["quantity", "quantity", "source", "uom", "uom", "year"]
    assert outcome.editions["factors"] == "grid:2022"


def test_three_grid_factors_stand_for_three_purposes_and_one_must_be_named() -> None:
    factors = """source,scope,year,tco2,per,purpose
grid,2,2023,0.5306,MWh,national
grid,2,2023,0.6361,MWh,regional
grid,2,2023,0.6096,MWh,residual
heat,2,2023,0.11,GJ,
"""
    assert total("u,2023,grid,1,MWh", factors) == "rejected"
    assert [total("u,2023,grid,1,MWh", factors, purpose=each) for each in ("national", "regional", "residual", "other")] == [
        "0.530600", "0.636100", "0.609600", "rejected",
    ]  # fmt: skip
    assert total("u,2023,heat,1,GJ", factors, purpose="regional") == "0.110000"
    oxidised = "source,scope,year,tco2,per,oxidation\ncoal,1,2021,2,t,0.98\n"
    assert total("u,2023,coal,1,t", oxidised) == "1.960000"


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_are_those_of_pint(one: str, other: str) -> None:
    mine = times_of(UNITS[one], UNITS[other])
    try:
        theirs = conversion_factor(one, other)
    except MeasureError:
        assert mine is None
    else:
        assert mine == theirs
    assert unit_named(one.lower()) is None or one.lower() == one


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(2021, 2025), st.sampled_from(["kWh", "MWh", "10^4 kWh", "MJ", "GJ"]),
            st.decimals(0, 10**9, places=6, allow_nan=False),
        ),
        min_size=1, max_size=12,
    ),
    st.integers(0, 9),
)  # fmt: skip
def test_sums_are_exact_in_any_order(rows: list[tuple[str, int, str, Decimal]], seed: int) -> None:
    wanted: dict[tuple[str, str], Fraction] = {}
    factor = {2021: "0.5568", 2022: "0.5366"}
    for unit, year, uom, quantity in rows:
        tonnes = Fraction(quantity) * conversion_factor(uom, "MWh") * Fraction(factor.get(year, "0.5306"))
        wanted[unit, str(year)] = wanted.get((unit, str(year)), Fraction()) + tonnes
    text = "\n".join(f"{unit},{year},grid,{quantity:f},{uom}" for unit, year, uom, quantity in rows)
    told, _ = run("carbon", HEAD + text, FACTORS, shuffle=seed)
    assert {(row["unit"], row["year"]): row["total_t"] for row in told} == {
        key: digits_text(value, 6) for key, value in wanted.items()
    }


def test_streets_in_both_views_have_one_total_and_heat_of_the_district_counts_once() -> None:
    units = "unit,street\nplant,A\nhome,A\noffice,B\nshop,C\n"
    rows = [
        "plant,2022,gas,10000,m3,", "home,2022,heat,60,GJ,plant", "office,2022,heat,40,GJ,plant", "shop,2022,heat,10,GJ,far away",
        "shop,2022,grid,1,MWh,",
    ]  # fmt: skip
    head = HEAD.strip() + ",supplier\n"
    told, outcome = run("carbon-streets", head + "\n".join(rows), FACTORS, units, shuffle=1)
    views = {row["street"]: (row["territorial_t"], row["users_t"], row["difference_t"]) for row in told}
    assert views == {
        "*": ("23.258600", "23.258600", "0.000000"), "A": ("21.622000", "17.222000", "-4.400000"),
        "B": ("0.000000", "4.400000", "4.400000"), "C": ("1.636600", "1.636600", "0.000000"),
    }  # fmt: skip
    assert outcome.facts["made_inside_t"] == "11.000000"


SUPPLIES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["grid,1,MWh", "heat,7,GJ", "gas,90,m3"]), st.sampled_from(["", "a", "b", "x"])),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(SUPPLIES)
def test_no_plants_and_users_make_the_two_totals_differ(rows: list[tuple[str, str, str]]) -> None:
    text = HEAD.strip() + ",supplier\n" + "\n".join(f"{unit},2022,{used},{supplier}" for unit, used, supplier in rows)
    told, outcome = run("carbon-streets", text, FACTORS, "unit,street\na,A\nb,B\nc,B\nd,C\n")
    whole = next(row for row in told if row["street"] == "*")
    assert whole["difference_t"] == "0.000000"
    plain, _ = run("carbon", HEAD + "\n".join(f"{unit},2022,{used}" for unit, used, _ in rows), FACTORS)
    stated = sum(Decimal(row["total_t"]) for row in plain)
    assert abs(stated - Decimal(outcome.facts["made_inside_t"]) - Decimal(whole["territorial_t"])) < Decimal("0.0001")


def test_streets_per_square_metre_with_the_interval_their_units_leave() -> None:
    activity = HEAD + "".join(f"u{n},2023,grid,{mwh},MWh\n" for n, mwh in enumerate((100, 220, 310, 500, 50)))
    units = "unit,street,floor_m2\nu0,A,1000\nu1,A,2000\nu2,A,3000\nu3,B,4000\nu4,B,\n"
    rows, outcome = run("carbon-intensity", activity, FACTORS, units)
    told = {row["street"]: row for row in rows}
    assert told["A"]["kg_per_m2"] == "55.7130"
    ratios = [(220 + 310) / 5, (100 + 310) / 4, (100 + 220) / 3]
    leaves = [530.6 / 1000 * each for each in ratios]
    middle = sum(leaves) / 3
    spread = (2 / 3 * sum((each - middle) ** 2 for each in leaves)) ** 0.5
    assert float(told["A"]["low"]) == pytest.approx(55.713 - 4.302653 * spread, abs=2e-4)
    assert float(told["A"]["high"]) == pytest.approx(55.713 + 4.302653 * spread, abs=2e-4)
    assert (told["B"]["low"], told["B"]["units"], outcome.facts["left_out"]) == ("", "1", 1)


def test_measures_follow_each_other_and_a_misspelt_one_is_rejected() -> None:
    activity = HEAD + "u,2022,grid,1000,MWh\nu,2023,grid,1000,MWh\nv,2023,gas,5000,m3\n"
    measures = "source,percent,since,unit\ngrid,10,2023,\ngrid,50,2023,u\ngas,100,2023,\ngird,5,2020,\ngrid,101,2020,\n"
    rows, outcome = run("carbon-what-if", activity, FACTORS, measures)
    saved = {(row["unit"], row["year"]): row["saved_t"] for row in rows}
    assert saved == {("u", "2022"): "0.000000", ("u", "2023"): "291.830000", ("v", "2023"): "10.811000"}
    assert (outcome.facts["saved_t"], outcome.facts["measures"], len(outcome.rejects)) == ("302.641000", 3, 2)
