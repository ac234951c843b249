"""Safe use of polluted land: exact areas, one licence before clearance named, a parcel counted once."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import by, run

HEAD = "id,use,area_mu,grade,measure,produce_met,licence,licensed_on,cleared_on\n"
OWED = {"slight": "priority", "moderate": "safe_use", "severe": "strict"}


def test_the_two_rates_by_hand() -> None:
    rows, outcome = run(
        "soil-rate",
        HEAD
        + "F1,farmland,0.1,slight,priority,,,,\n"
        + "F2,farmland,0.2,moderate,safe_use,yes,,,\n"
        + "F3,farmland,0.3,moderate,safe_use,,,,\n"
        + "F4,farmland,0.4,severe,strict,no,,,\n"
        + "F5,farmland,9,clean,none,,,,\n"
        + "F6,farmland,1.1,severe,safe_use,yes,,,\n"
        + "B1,construction,5,listed,,,L-1,2025-03-01,2025-03-01\n"
        + "B2,construction,5,listed,,,L-2,2025-03-01,2025-03-02\n"
        + "B3,construction,5,listed,,,L-3,2025-03-01,\n"
        + "B4,construction,5,listed,,,,,2025-03-01\n",
        shuffle=3,
    )
    assert outcome.facts["farmland"] == {"numerator": "0.7", "denominator": "2.1", "rate": "1/3", "percent": 33.333333}
    assert outcome.facts["construction"] == {"licensed": 3, "failed": 2, "failing_licences": ["L-2", "L-3"]}
    flat = {name: outcome.facts[name] for name in ("met_mu", "polluted_mu", "farmland_percent", "licensed", "failed")}
    assert flat == {"met_mu": "0.7", "polluted_mu": "2.1", "farmland_percent": 33.3, "licensed": 3, "failed": 2}
    assert by(rows, "id", "counts") == {
        "F1": "met", "F2": "met", "F3": "failed", "F4": "met", "F5": "none", "F6": "failed",
        "B1": "met", "B2": "failed", "B3": "failed", "B4": "none",
    }  # fmt: skip


def test_a_parcel_counts_once_and_strict_control_wins() -> None:
    rows, outcome = run(
        "soil-rate",
        HEAD
        + "F1,farmland,2,moderate,safe_use,yes,,,\nF1,farmland,3,severe,strict,,,,\nF2,farmland,1,slight,none,,,,\n",
    )
    assert [row["id"] for row in rows] == ["F1", "F2"]
    told = outcome.facts["farmland"]
    assert (told["numerator"], told["denominator"]) == ("3", "4")


def test_of_a_parcel_and_its_parts_the_parts_count() -> None:
    lines = ["F1,farmland,3,slight,none,,", "F2,farmland,1,slight,priority,,F1", "F3,farmland,2,slight,priority,,F1"]
    rows, outcome = run("soil-rate", "id,use,area_mu,grade,measure,produce_met,split_from\n" + "\n".join(lines))
    assert by(rows, "id", "counts") == {"F1": "twice", "F2": "met", "F3": "met"}
    assert outcome.facts["farmland"]["rate"] == "1"


def test_bad_rows_are_told_and_nothing_is_divided_by_nothing() -> None:
    _, outcome = run("soil-rate", HEAD + "X,forest,1,slight,,,,,\nY,construction,1,listed,,,L,,\nZ,farmland,a,,,,,,\n")
    assert [(each.row, each.field) for each in outcome.rejects] == [(2, "use"), (3, "licensed_on"), (4, "area_mu")]
    assert outcome.facts["farmland"]["percent"] is None


@given(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(list(OWED)), st.booleans()), min_size=1, max_size=20))
def test_what_is_met_and_what_is_not_make_the_whole(drawn: list[tuple[int, str, bool]]) -> None:
    lines, met = [], Decimal(0)
    for n, (milli, grade, owed) in enumerate(drawn):
        area = Decimal(milli).scaleb(-3)
        met += area if owed else 0
        lines.append(f"{n},farmland,{area},{grade},{OWED[grade] if owed else 'none'},yes,,,")
    _, outcome = run("soil-rate", HEAD + "\n".join(lines))
    told = outcome.facts["farmland"]
    assert Decimal(told["numerator"]) == met
    assert Decimal(told["denominator"]) == sum((Decimal(m).scaleb(-3) for m, _, _ in drawn), Decimal(0))


def test_samples_beside_the_limits_of_their_land_and_ph() -> None:
    rows, outcome = run(
        "soil-screen",
        "sample,parcel,taken_on,use,land,class,ph,item,value\n"
        "S1,P1,2026-03-01,farmland,paddy,,6.5,cd,0.4\n"
        "S1,P1,2026-03-01,farmland,paddy,,6.51,pb,140.1\n"
        "S2,P2,2026-03-01,farmland,other,,5.0,cd,1.51\n"
        "S2,P2,2026-03-01,farmland,other,,5.0,zn,900\n"
        "S3,P3,2026-03-01,construction,,1,,benzo_a_pyrene,0.55\n"
        "S3,P3,2026-03-01,construction,,2,,as,141\n"
        "S4,P4,2026-03-01,construction,,1,,vinyl_chloride,0.1L\n"
        "S5,P5,2026-03-01,construction,,1,,unobtainium,1\n"
        "S6,P6,2026-03-01,farmland,paddy,,,cd,1\n"
        "S7,P7,2017-03-01,construction,,1,,as,1\n",
        shuffle=5,
    )
    told = {(row["sample"], row["item"]): row["verdict"] for row in rows}
    assert told == {
        ("S1", "cd"): "below", ("S1", "pb"): "screening", ("S2", "cd"): "intervention", ("S2", "zn"): "screening",
        ("S3", "benzo_a_pyrene"): "below", ("S3", "as"): "intervention", ("S4", "vinyl_chloride"): "below",
    }  # fmt: skip
    assert outcome.facts["above"] == {"screening": ["P1", "P2", "P3"], "intervention": ["P2", "P3"]}
    assert len(outcome.rejects) == 3, "an unknown item, farmland without its pH, a day before the standard"
