"""The class of a sample of surface water: the worst single item, what decides it, how far it is above class III.

In: results of a laboratory in mg/L (pH without unit); `0.4L` (below detection) takes part with half. Oxygen is of class I
from 7.5 mg/L or a saturation of 90 % on; pH outside 6–9 is worse than V. Temperature, nitrogen and coliforms do not take part.
Out: class I–V or VI (劣V), the items of that class (none in class I), how many of the 21 items took part, multiples above
class III. A missing item never improves a class silently: `used` and `missing` travel with it. Exact. Linear.
Source: GB 3838-2002 表1 (tables `water.class`, `water.oxygen-saturation`); 地表水环境质量评价办法（试行）(2011).
Compared with: every limit of the table from both sides (tests/methods/test_water.py); a loop over the published limits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.cells import Cells
from bihuan.methods.declared.model import Answer, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts import water
from bihuan.rules.quantities import fixed_text

DIGITS = 2


def classify_samples(given: Given) -> Answer:
    """The class of every sample. Source: GB 3838-2002 表1; 地表水环境质量评价办法（试行）(2011)."""
    samples = water.without_wrong(given["samples"], (*water.ITEMS, "do_sat"))
    size, items = len(samples), len(water.ITEMS)
    classes = np.zeros((items, size), dtype=np.int64)
    above = np.full((items, size), "", dtype=object)
    lakes = samples["kind"].mapped(lambda word: word == "lake", False, np.bool_)
    good, editions = np.zeros(size, dtype=np.bool_), []
    for rows, rules in water.editions_of(samples):
        good[rows] = True
        editions.append(rules.table.meta.edition)
        for place, item in enumerate(water.ITEMS):
            for kind, mask in (("river", ~lakes), ("lake", lakes)):
                mine = rows[mask[rows]]
                classes[place, mine], above[place, mine] = _judged(samples[item].taken(mine), item, kind, rules)
        _saturate(classes, samples, rows, rules)
    kept = np.flatnonzero(good)
    answer = [_row(classes[:, n], above[:, n]) for n in kept.tolist()]
    names = samples["id"].text()
    columns: dict[str, Any] = {"id": [names[n] for n in kept.tolist()]}
    columns |= {name: [row[name] for row in answer] for name in ("class", "deciding", "used", "missing", "exceed")}
    return Answer(columns, editions={"water.class": "|".join(sorted(editions))} if editions else {}, rows_of=kept)


def _judged(
    cells: Cells, item: str, kind: str, rules: water.WaterRules
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Class (0 for none) and multiple above class III of each row of one item in one kind of water."""
    name = water.named_in_table(item, kind)
    limit = rules.limit_of(name, water.THIRD) if water.has_limit(item) else None

    def exceeding(text: str) -> str:
        value = exact_result(text)
        if limit is None or value <= limit:
            return ""
        return f"{item}:{fixed_text(water.multiple_of(value, limit), DIGITS)}"

    classes: NDArray[np.int64] = cells.mapped(lambda text: rules.class_of(name, exact_result(text)), 0, np.int64)
    return classes, cells.mapped(exceeding, "", object)


def _saturate(classes: NDArray[np.int64], samples: Table, rows: NDArray[np.int64], rules: water.WaterRules) -> None:
    """Oxygen that was measured and is saturated enough is of class I."""
    place = water.ITEMS.index("do")
    full = samples["do_sat"].taken(rows).mapped(lambda text: exact_result(text) >= rules.saturation, False, np.bool_)
    classes[place, rows] = np.where(full & (classes[place, rows] > 0), 1, classes[place, rows])


def _row(classes: NDArray[np.int64], above: NDArray[np.object_]) -> dict[str, Any]:
    worst = int(classes.max())
    deciding = [item for item, number in zip(water.ITEMS, classes.tolist(), strict=True) if number == worst]
    used = int((classes > 0).sum())
    return {
        "class": water.CLASSES[worst],
        "deciding": "|".join(deciding) if worst > 1 else "",
        "used": used,
        "missing": len(water.ITEMS) - used,
        "exceed": "|".join(text for text in above.tolist() if text),
    }


METHOD = Method(
    name="water-class",
    zh="地表水水质类别",
    en="Class of surface water",
    inputs=(
        Input(
            "samples", "水样", "Samples",
            (
                Column("id", "编号", "Number"), Column("date", "采样日期", "Day of sampling", "date"),
                Column("kind", "水体类型", "Kind of water", "choice", choices=water.KINDS),
                Column("do_sat", "溶解氧饱和率", "Saturation of oxygen", "laboratory", required=False, absent=True, unit="%"),
                *water.RESULTS,
            ),
            unique=("id",),
        ),
    ),
    output=(
        Column("id", "编号", "Number"),
        Column("class", "水质类别", "Class", required=False, note="I to V; VI is worse than V"),
        Column("deciding", "定类项目", "Items that decide", required=False), Column("used", "参评项目数", "Items used", "count"),
        Column("missing", "缺项数", "Items missing", "count", note="of 21"),
        Column("exceed", "超III类项目及倍数", "Items above class III with their multiple", required=False),
    ),
    key=("id",),
    run=classify_samples,
    source="GB 3838-2002; 地表水环境质量评价办法（试行）(2011)",
    peer="every limit of the table from both sides",
    cost="n",
)  # fmt: skip
