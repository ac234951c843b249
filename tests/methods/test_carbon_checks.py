"""Statements of energy: each fault is found, and cold months, new units, new meters and explanations are none."""

from __future__ import annotations

from tests.methods.running import run

HEAD = "statement,unit,month,meter,source,quantity,uom,factor_year,explained\n"
FACTORS = "source,year\ngrid,2022\ngrid,2023\nheat,2021\n"
COLD = {1: 100, 2: 180, 3: 90, 4: 95}


def statements() -> dict[str, list[str]]:
    """Five units, four months with a cold February, by number."""
    rows = {}
    for unit in range(5):
        for month, size in COLD.items():
            number = f"s{unit}{month}"
            rows[number] = [
                number,
                f"u{unit}",
                f"2024-{month:02}-01",
                f"m{unit}",
                "grid",
                str(size * (unit + 1)),
                "MWh",
                "2023",
                "",
            ]
    return rows


def found(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    told, outcome = run("carbon-checks", HEAD + "\n".join(",".join(row) for row in rows.values()), FACTORS, shuffle=3)
    assert not outcome.rejects
    kinds: dict[str, list[str]] = {}
    for row in told:
        kinds.setdefault(row["finding"], []).append(row["statement"])
    return kinds


def test_a_cold_month_a_new_unit_a_new_meter_and_an_explained_jump_are_no_fault() -> None:
    rows = statements()
    rows["s94"] = ["s94", "u9", "2024-04-01", "m9", "grid", "5000", "MWh", "2023", ""]
    rows["s13"][3], rows["s13"][5] = "m1", "80"
    rows["s13b"] = ["s13b", "u1", "2024-03-01", "m1new", "grid", "100", "MWh", "2023", ""]
    rows["s23"][5], rows["s23"][8], rows["s24"][8] = "700", "yes", "yes"
    assert found(rows) == {}


def test_each_fault_is_found_and_only_there() -> None:
    rows = statements()
    rows["s92"] = ["s92", "u8", "2024-02-01", "m2", "grid", "540", "MWh", "2023", ""]
    rows["s13"][6] = "10^4 kWh"  # ten times: a jump up, and down again
    rows["s33"][5] = "360000"
    rows["s41"][7] = "2022"
    assert found(rows) == {"double": ["s92"], "scale": ["s33"], "factor_year": ["s41"], "jump": ["s13", "s14"]}
