"""Months before the play: who pays whom for which section and item, stated by the method and posted to the book.

And two years of monthly ammonia: which section drifts, and which only has its summers and winters.
"""

from __future__ import annotations

from datetime import date
from math import cos, pi
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.surface_water.sample import Waters

Row = dict[str, Any]
BOOK = "water-compensation"
MONTHS = ("2022-10-01", "2022-11-01", "2022-12-01")
CLASSES = ("", "I", "II", "III", "IV", "V", "VI")
WITHIN = {3: ("14.5", "0.62", "0.13"), 4: ("24.0", "1.12", "0.23")}
AT = {3: ("20", "1.0", "0.2"), 4: ("30", "1.5", "0.3")}
WORST = ("41", "2.4", "0.45")
ITEMS = ("cod", "nh3n", "tp")
MONTH = "2023-03-01"
INDICATORS = (
    ("river_length", "12.5", "10.2", "0.1"), ("barrier_removal", "3", "1", "1"), ("barrier_control", "0", "2", "1"),
    ("quality_cod", "III", "V", "1"), ("quality_nh3n", "IV", "VI", "1"), ("quality_tp", "III", "IV", "1"),
    ("quality_reservoir", "1.0", "1.4", "0.1"), ("task_works", "yes", "no", "1"), ("task_rate", "97.0", "95.5", "0.5"),
    ("task_overflow", "100", "130", "10"), ("task_reuse", "80", "62.5", "1"), ("habitat", "70", "66", "1"),
    ("biology", "60", "51", "1"),
)  # fmt: skip
"""Indicators of the rules from 2023 on: target, a value that misses it, and for how many units an amount is owed."""


def settle_compensation(waters: Waters) -> None:
    """Values of three months become charges; a month whose rules have no amounts yet is refused, not guessed."""
    play, luck = waters.play, waters.play.luck.stream("money")
    samples, failed = [], set()
    for month in MONTHS:
        worse = set(luck.sample([row["number"] for row in waters.sections], 3))
        for row in waters.sections:
            values = list(AT[int(row["target"])] if luck.chance(0.2) else WITHIN[int(row["target"])])
            key = f"{row['number']}:{month[:7]}"
            if row["number"] in worse:
                place = luck.whole(0, 2)
                values[place] = WORST[place]
                failed.add(f"{key}:{ITEMS[place]}")
            elif luck.chance(0.2):
                values[1] = "0.025L"
            for item, value in zip(ITEMS, values, strict=True):
                if f"{key}:{item}" in failed:
                    play.plant("compensation", f"{key}:{item}", f"{value} mg/L, target class {row['target']}")
                elif value in AT[int(row["target"])] or value.endswith("L"):
                    play.look_alike("compensation", f"{key}:{item}", f"{value} mg/L")
            samples.append({"section": row["number"], "month": month, **dict(zip(ITEMS, values, strict=True))})
    known = [
        {"section": row["number"], "kind": row["kind"], "target": CLASSES[int(row["target"])],
         "inflow": row.get("inflow", ""), "payer": row["street"], "payee": row.get("below", "")}
        for row in waters.sections
    ]  # fmt: skip
    told = play.calc("water-compensation", samples, known)
    assert not told.rejects, told.rejects
    columns = told.columns
    charges = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    rows, total = [], 0
    for charge in charges:
        key = f"{charge['section']}:{charge['month']}:{charge['item']}"
        play.find("compensation", key, f"{charge['amount']} yuan")
        total += int(charge["amount"])
        day, amount = f"{charge['month']}-28", f"{charge['amount']}.00"
        rows += [
            {"entry": key, "date": day, "account": f"charged:{charge['payer']}", "debit": amount, "unit": "CNY"},
            {"entry": key, "date": day, "account": f"entitled:{charge['payee']}", "credit": amount, "unit": "CNY"},
        ]
    posted = play.post(BOOK, rows)
    assert not posted.rejected, posted
    play.prove("compensation_yuan", total)
    _state(waters, charges)
    late = play.calc("water-compensation", [{**samples[0], "month": "2023-01-01"}], known)
    play.prove("months_without_amounts", len(late.rejects))
    _settle_indicators(waters)


def _settle_indicators(waters: Waters) -> None:
    """A month of the rules from 2023 on: thirteen indicators, amounts as an officer entered them for the play."""
    play, luck = waters.play, waters.play.luck.stream("indicators")
    areas = sorted({row["street"] for row in waters.sections})[:4]
    amounts = [
        {"indicator": name, "yuan": f"{luck.whole(1, 90) * 10_000}", "per": per, "from": "2023-01-01",
         "citation": "演练金额，非官方文本"}
        for name, _, _, per in INDICATORS
    ]  # fmt: skip
    values = []
    for area in areas:
        short = set(luck.sample(range(len(INDICATORS)), 2))
        for n, (name, target, worse, _) in enumerate(INDICATORS):
            key = f"{area}:{name}"
            (play.plant if n in short else play.look_alike)("indicator", key, f"target {target}")
            values.append({"area": area, "period": MONTH, "indicator": name, "target": target,
                           "value": worse if n in short else target})  # fmt: skip
    told = play.calc("compensation-indicators", values, amounts)
    assert not told.rejects, told.rejects
    rows = []
    for cells in zip(*told.columns.values(), strict=True):
        charge = dict(zip(told.columns, cells, strict=True))
        key = f"{charge['area']}:{charge['indicator']}"
        play.find("indicator", key, f"{charge['amount']} yuan")
        line = {"entry": f"{key}:{MONTH[:7]}", "date": f"{MONTH[:7]}-28", "unit": "CNY"}
        rows += [line | {"account": f"charged:{charge['area']}", "debit": charge["amount"]},
                 line | {"account": f"entitled:{charge['payee']}", "credit": charge["amount"]}]  # fmt: skip
    posted = play.post(BOOK, rows)
    assert not posted.rejected, posted
    play.prove("indicators_yuan", told.facts["total"])


def _state(waters: Waters, charges: list[Row]) -> None:
    """A statement to each area and month, with its items; the sums of all statements are the book's."""
    play, groups = waters.play, dict[tuple[str, str], list[Row]]()
    for charge in charges:
        groups.setdefault((str(charge["payer"]), str(charge["month"])), []).append(charge)
    names = {row["street"]: waters.spots[row["number"]].name for row in waters.sections}
    for (payer, month), mine in sorted(groups.items()):
        items = "；".join(
            f"{each['section']} {each['item']} {each['class']}/{each['target']} {each['amount']}元" for each in mine
        )
        amount = sum(int(each["amount"]) for each in mine)
        name = f"{names.get(payer, '')}（{payer}）"
        play.write(
            "water-compensation-statement", f"{payer}:{month}", name, month=month, payer=name, items=items,
            amount=f"{amount}.00", officer="水环境专班经办人",
        )  # fmt: skip
    play.prove("statements", len(groups))


def find_drifts(waters: Waters) -> None:
    """Two years of months: a section that gets worse whatever the season, beside those that only have seasons."""
    play, luck = waters.play, waters.play.luck.stream("drift")
    drifting = set(luck.sample([row["number"] for row in waters.sections if row["number"] not in waters.plans], 2))
    first = play.on(-740).replace(day=1)
    rows = []
    for section in waters.sections:
        name, season = section["number"], luck.between(0.2, 0.45)
        for n in range(24):
            month = _later(first, n)
            even = 1 if n % 2 else -1
            value = 0.8 * (1 + season * cos(2 * pi * n / 12)) * (1 + 0.02 * even * (1 if n < 12 else -1))
            value *= 1 + (0.02 * n if name in drifting else 0.0)
            rows.append({"section": name, "month": f"{month:%Y-%m}", "nh3n": f"{value:.3f}"})
        if name in drifting:
            play.plant("drift", name, "two per cent worse each month for 24 months")
        else:
            play.look_alike("drift", name, "winters are worse than summers")
    play.observe("water-nh3n", [
        {"subject": row["section"], "time": f"{row['month']}-15T09:00:00+08:00", "value": row["nh3n"]} for row in rows
    ], source="laboratory")  # fmt: skip
    told = play.calc("trend", rows, method="seasonal", by="section", time="month", value="nh3n").columns
    officer = play.person("water_officer", play.unit("ecology"))
    for name, trend, p in zip(told["series"], told["trend"], told["p"], strict=True):
        if trend == "increasing":
            play.find("drift", str(name), f"p {p}")
            play.report(
                "drift", play.day(1, 11), officer, key=f"drift:{name}", title="断面持续变差", category="water.trend",
                subject=str(name), spot=waters.spots[str(name)],
            )  # fmt: skip


def _later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
