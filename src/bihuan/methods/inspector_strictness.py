"""How strict each inspector is, freed of where they went: the share each would have found on everybody's history.

In: HISTORY of visits as for `inspection-order`. Out: one row for each inspector: visits, raw share, adjusted share with
its 95 % interval, and a verdict: `lenient` where the whole interval lies below half of the mean of all adjusted shares,
`strict` where it lies above twice that mean, `too_few` under 30 visits, else `usual`. The same model as `inspection-order`.
It says something of an instrument and nothing of a person: it proposes calibration. Linear in rows.
Source: Breslow & Clayton (1993), generalised linear mixed models; bounds are working values of this method.
Compared with: planted inspectors (tests/programmes/test_work_safety.py, tests/methods/test_inspection_order.py).
"""

from __future__ import annotations

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.inspection_order import fit_history

FEWEST = 30
_NAMES = ("inspector", "n", "rate", "adjusted", "low", "high", "verdict")


def calibrate_inspectors(given: Given) -> Answer:
    """The strictness of every inspector.

    Source: Breslow & Clayton (1993).
    """
    told = fit_history(given["history"], given.option("inspector"))
    mean = sum(float(str(each["adjusted"])) for each in told) / len(told)
    rows = [(*(each[name] for name in _NAMES[:-1]), _verdict(each, mean)) for each in told]
    return Answer({name: list(column) for name, column in zip(_NAMES, zip(*rows, strict=True), strict=True)})


def _verdict(each: dict[str, object], mean: float) -> str:
    if int(str(each["n"])) < FEWEST:
        return "too_few"
    if float(str(each["high"])) < mean / 2:
        return "lenient"
    return "strict" if float(str(each["low"])) > 2 * mean else "usual"


METHOD = Method(
    name="inspector-strictness",
    zh="检查人宽严",
    en="How strict each inspector is",
    inputs=(
        Input(
            "history", "历次检查", "History",
            (
                Column("id", "编号", "Number"), Column("place", "场所", "Place"), Column("date", "日期", "Date", "date"),
                Column("found", "是否发现问题", "Whether something was found", "yes_no"),
            ),
            unique=("id",), open=True,
        ),
    ),
    options=(Option("inspector", "检查人所在列", "Column that names who looked", default="inspector"),),
    output=(
        Column("inspector", "检查人", "Inspector"), Column("n", "检查数", "Visits", "count"),
        Column("rate", "发现比例", "Share that found something", "decimal"),
        Column("adjusted", "剔除场所后", "Freed of where they went", "decimal"),
        Column("low", "下限", "From", "decimal"), Column("high", "上限", "To", "decimal"),
        Column("verdict", "判断", "Verdict", "choice", choices=one_of(
            lenient="偏宽|Lenient", strict="偏严|Strict", usual="正常|Usual", too_few="次数不足|Too few visits")),
    ),
    key=("inspector",),
    run=calibrate_inspectors,
    source="Breslow & Clayton (1993)",
    peer="planted inspectors",
    error="95 % intervals from the curvature",
    cost="linear",
)  # fmt: skip
