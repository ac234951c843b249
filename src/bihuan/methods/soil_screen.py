"""Whether samples of soil lie above what has to be looked into, or above what has to be controlled.

In: results of laboratories, one a row: farmland by item, pH and land (paddy, orchard, other), land to build on by item and
class (1: dwellings, schools, hospitals, parks; 2: industry, trade, roads). `0.01L` takes part with half. A value at the
limit is not above it. An item or a class that the standard of that day does not have is rejected, nothing is guessed.
Out: for each sample and item both limits, the multiple of the screening value and the verdict: `below`, `screening` (to be
looked into) or `intervention` (to be controlled); JSON: samples, and the parcels above each. Exact. Linear.
Source: GB 15618-2018, GB 36600-2018 (tables `soil.farmland`, `soil.farmland_intervention`, `soil.construction`, not
compared with the text). Compared with: the tables row by row (tests/methods/test_soil.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import InputError, NoRuleError

FARMLAND, BUILT = "farmland", "construction"
CENT = Decimal("0.01")


def screen_samples(given: Given) -> Answer:
    """Judge every result by the standard of its day.

    Source: GB 15618-2018; GB 36600-2018.
    """
    samples, rows = given["samples"], list[dict[str, Any]]()
    names = ("sample", "parcel", "taken_on", "use", "land", "class", "ph", "item", "value")
    editions = defaultdict[str, set[str]](set)
    for row, told in enumerate(zip(*(samples[name].text() for name in names), strict=True)):
        said = dict(zip(names, told, strict=True))
        limits = _limits(samples, row, said, editions)
        if limits is None:
            continue
        screening, intervention = limits
        value = exact_result(said["value"])
        if intervention is not None and value > intervention:
            verdict = "intervention"
        else:
            verdict = "screening" if value > screening else "below"
        rows.append({
            "sample": said["sample"], "parcel": said["parcel"], "item": said["item"], "value": said["value"],
            "screening": f"{screening:f}", "intervention": "" if intervention is None else f"{intervention:f}",
            "multiple": f"{(value / screening).quantize(CENT, ROUND_HALF_EVEN):f}", "verdict": verdict,
        })  # fmt: skip
    above = {
        verdict: sorted({row["parcel"] for row in rows if row["verdict"] in kinds})
        for verdict, kinds in (("screening", ("screening", "intervention")), ("intervention", ("intervention",)))
    }
    facts: dict[str, Any] = {"samples": len({row["sample"] for row in rows}), "above": above}
    columns = {column.name: [row[column.name] for row in rows] for column in METHOD.output}
    return Answer(columns, facts, {table: "|".join(sorted(used)) for table, used in sorted(editions.items())})


def _limits(
    samples: Table, row: int, said: dict[str, str], editions: dict[str, set[str]]
) -> tuple[Decimal, Decimal | None] | None:
    """Both limits of a result; None when it was refused."""
    item, day = said["item"], date.fromisoformat(said["taken_on"])
    asked: dict[str, str] = {"item": item}
    if said["use"] == FARMLAND:
        if not said["ph"] or not said["land"]:
            samples.refuse(row, "ph", "农用地须有pH和土地类型 · farmland needs its pH and land", "补填 · write them")
            return None
        asked |= {"land": said["land"], "ph": said["ph"]}
    else:
        if not said["class"]:
            samples.refuse(
                row, "class", "建设用地须有用地类别 · land to build on needs its class", "写1或2 · write 1 or 2"
            )
            return None
        asked["class"] = said["class"]
    try:
        table = method_rules().table(f"soil.{said['use']}", day)
        found = table.lookup(**asked)
    except NoRuleError as error:
        samples.refuse(row, "taken_on", f"当日无标准 · {error.message}", "核对采样日期 · look at the day")
        return None
    except InputError as error:
        samples.refuse(row, "item", f"标准中没有 · {error.message}", "核对项目名称和pH · look at item and pH")
        return None
    editions[f"soil.{said['use']}"].add(" ".join(table.meta.source.split(" ")[:2]))
    screening = Decimal(str(found["screening"]))
    if said["use"] == BUILT:
        return screening, Decimal(str(found["intervention"]))
    high = method_rules().table("soil.farmland_intervention", day)
    known = next(each for each in high.inputs if each.name == "item").values
    if item not in known:
        return screening, None
    return screening, Decimal(str(high.lookup(item=item, ph=said["ph"])["intervention"]))


METHOD = Method(
    name="soil-screen",
    zh="土壤样品筛查",
    en="Samples of soil beside the limits",
    inputs=(
        Input(
            "samples", "样品", "Samples",
            (
                Column("sample", "样品编号", "Sample"), Column("parcel", "地块", "Parcel"),
                Column("taken_on", "采样日期", "Taken on", "date"),
                Column("use", "适用标准", "Standard", "choice", choices=one_of(
                    farmland="农用地|Farmland", construction="建设用地|Land to build on")),
                Column("land", "土地类型", "Land", "choice", required=False, absent=True, choices=one_of(
                    paddy="水田|Paddy", orchard="果园|Orchard", other="其他|Other")),
                Column("class", "用地类别", "Class of land", "choice", required=False, absent=True, choices=one_of(
                    **{"1": "第一类用地|Class 1", "2": "第二类用地|Class 2"})),
                Column("ph", "pH", "pH", "decimal", required=False, absent=True),
                Column("item", "项目", "Item"),
                Column("value", "含量", "Content", "laboratory", unit="mg/kg"),
            ),
            unique=("sample", "item"),
        ),
    ),
    output=(
        Column("sample", "样品编号", "Sample"), Column("parcel", "地块", "Parcel"), Column("item", "项目", "Item"),
        Column("value", "含量", "Content", unit="mg/kg"), Column("screening", "筛选值", "Screening value", unit="mg/kg"),
        Column("intervention", "管制值", "Intervention value", unit="mg/kg", required=False),
        Column("multiple", "筛选值倍数", "Multiple of the screening value"),
        Column("verdict", "判定", "Verdict", "choice", choices=one_of(
            below="未超筛选值|Not above", screening="超筛选值，须调查|To be looked into", intervention="超管制值，须管控|To be controlled")),
    ),
    facts=(
        AnswerKey("samples", "样品数", "Samples", {"type": "integer"}),
        AnswerKey("above", "超标地块", "Parcels above", {"type": "object"}),
    ),
    key=("sample", "item"),
    run=screen_samples,
    source="GB 15618-2018; GB 36600-2018",
    peer="the tables row by row",
    cost="n",
)  # fmt: skip
