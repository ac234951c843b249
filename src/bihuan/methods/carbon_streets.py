"""Carbon of streets in two views: where it arises, and who uses what it was made for; both with one total.

In: activity with the plant in the district that supplied bought heat or power, factors, units with their streets. The territorial
view counts what is made inside the district once, at the plant: bought energy from a plant of the list is left out.
The users' view counts bought energy at the user and takes as much off the plant. Both totals are equal by
construction; a street's difference says what it takes from others. Out: tonnes with six decimals by street and year, `*` for all. Exact.
Source: GHG Protocol for Cities (2014), ch. 4 (no double counting of scopes 1 and 2); docs/adr/0353-carbon.md.
Compared with: a matrix of plants and users (tests/methods/test_carbon.py).
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from bihuan.methods.carbon import DIGITS, FACTORS, PURPOSE, YEAR
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.emissions import factors_of, summed_emissions
from bihuan.methods.parts.quantities import digits_text

ALL = "*"
_NO_UNIT = "单位表没有该报告单位 · the list of units does not have it"
_NO_UNIT_REMEDY = "补充单位或更正编号 · add the unit or correct its number"


def account_streets(given: Given) -> Answer:
    """Both views of every street and year. Source: GHG Protocol for Cities (2014), ch. 4."""
    activity, units = given["activity"], given["units"]
    streets = dict(zip(units["unit"].text(), units["street"].text(), strict=True))
    known = activity["unit"].mapped(lambda word: word in streets, False, bool)
    for row in (~known).nonzero()[0].tolist():
        activity.refuse(row, "unit", _NO_UNIT, _NO_UNIT_REMEDY)
    activity = activity if known.all() else activity.kept(known)
    sums, _, _ = summed_emissions(activity, factors_of(given["factors"], given.option("purpose")), "supplier")
    made: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    used: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    sold = Fraction()
    for (unit, year, scope, supplier), tonnes in sums.items():
        within = scope == 2 and supplier in streets
        for street in (streets[unit], ALL):
            used[street, year] += tonnes
            made[street, year] += Fraction() if within else tonnes
        for street in (streets[supplier], ALL) if within else ():
            used[street, year] -= tonnes
        sold += tonnes if within else 0
    rows = sorted({*made, *used})
    return Answer(
        {
            "street": [street for street, _ in rows], "year": [str(year) for _, year in rows],
            "territorial_t": [digits_text(made[row], DIGITS) for row in rows],
            "users_t": [digits_text(used[row], DIGITS) for row in rows],
            "difference_t": [digits_text(used[row] - made[row], DIGITS) for row in rows],
        },
        facts={"made_inside_t": digits_text(sold, DIGITS)},
    )  # fmt: skip


METHOD = Method(
    name="carbon-streets",
    zh="街镇碳排放的两种口径",
    en="Carbon of streets where it arises and where it is used",
    inputs=(
        Input("activity", "活动数据", "Activity", (
            Column("unit", "报告单位", "Unit"), YEAR, Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
            Column("supplier", "区内供应单位", "Plant in the district that supplied it", required=False, absent=True),
        )),
        FACTORS,
        Input("units", "报告单位", "Units", (Column("unit", "报告单位", "Unit"), Column("street", "街镇", "Sub-district")), unique=("unit",)),
    ),
    options=(PURPOSE,),
    output=(
        Column("street", "街镇", "Sub-district", "area", note="* is all"), YEAR,
        Column("territorial_t", "地域口径", "Where it arises", "decimal", unit="t CO2"),
        Column("users_t", "用户口径", "Where it is used", "decimal", unit="t CO2"),
        Column("difference_t", "差额", "Difference", "decimal", unit="t CO2"),
    ),
    facts=(AnswerKey("made_inside_t", "区内生产并外售的电热", "Made and sold inside", {"type": "string"}),),
    key=("street", "year"),
    run=account_streets,
    source="GHG Protocol for Cities (2014), ch. 4",
    peer="a matrix of plants and users",
    cost="n",
)  # fmt: skip
