"""What a worker of each community carries, whatever the mix of matters, and whether they take longer than elsewhere.

In: matters (cases and admitted tasks) with kind and minutes; workers by community. What a kind takes is the mean of all
communities, so that slow hands make no load: `load` is what the matters of a community would take at that pace, for one
worker (direct standardisation of the minutes, the mix stays the community's own). Its interval takes the number of
matters of each kind as Poisson: E ± z·√Σ n_k m_k². `ratio` is the minutes really taken over those, with the interval of
a ratio estimator (residuals minutes − ratio · mean). A community is `heavier` or `lighter` when its whole interval lies
above or below the load of all workers together; with fewer than `least` matters nothing is said.
Out: load and ends to one decimal, ratio and ends to three. Matters where nobody works are told without a load. Floats; n.
Source: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), §6; K. J. Rothman, Epidemiology: An Introduction (2012), ch. 4.
Compared with: loops over dictionaries (tests/methods/test_shares.py); planted loads are covered by the interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.whistle_band import Z

type Floats = NDArray[np.float64]


def weigh_loads(given: Given) -> Answer:
    """Loads by community. Source: Cochran (1977) §6."""
    matters, staff = given["matters"], given["staff"]
    minutes = matters["minutes"].whole().astype(np.float64)
    kinds, names = matters["kind"].codes, sorted(set(matters["community"].text()))
    place = {name: n for n, name in enumerate(names)}
    where = np.array([place[name] for name in matters["community"].text()], dtype=np.int64)
    count = np.bincount(kinds)
    usual = np.divide(np.bincount(kinds, minutes), count, out=np.zeros(len(count)), where=count > 0)[kinds]

    def total(values: Floats) -> Floats:
        return np.bincount(where, values, minlength=len(names))

    size, spent, expected = total(np.ones(len(minutes))), total(minutes), total(usual)
    reach = Z * np.sqrt(total(usual * usual))
    hands = dict(zip(staff["community"].text(), staff["workers"].whole().tolist(), strict=True))
    workers = np.array([hands.get(name, 0) for name in names], dtype=np.float64)
    ratio = np.divide(spent, expected, out=np.zeros(len(names)), where=expected > 0)
    spread = total((minutes - ratio[where] * usual) ** 2)
    free = np.divide(size, size - 1, out=np.zeros(len(names)), where=size > 1)
    slack = Z * np.divide(np.sqrt(spread * free), expected, out=np.zeros(len(names)), where=expected > 0)
    load, low, high = (
        _each(values, workers) for values in (expected, np.maximum(expected - reach, 0), expected + reach)
    )
    known = workers > 0
    overall = float(expected[known].sum() / workers[known].sum()) if known.any() else 0.0
    flags = np.select(
        [~known, size < int(given.option("least")), low > overall, high < overall],
        ["nobody", "too_few", "heavier", "lighter"], "undecided",
    )  # fmt: skip
    columns: dict[str, Any] = {
        "community": names, "matters": size.astype(int).tolist(), "minutes": spent.astype(int).tolist(),
        "load": _told(load, known), "low": _told(low, known), "high": _told(high, known),
        "ratio": [f"{value:.3f}" for value in ratio], "ratio_low": [f"{max(value, 0):.3f}" for value in ratio - slack],
        "ratio_high": [f"{value:.3f}" for value in ratio + slack], "flag": flags.tolist(),
    }  # fmt: skip
    return Answer(columns, {"overall": round(overall, 1)})


def _each(values: Floats, workers: Floats) -> Floats:
    """For one worker; nothing where nobody works."""
    return np.divide(values, workers, out=np.zeros(len(values)), where=workers > 0)


def _told(values: Floats, known: NDArray[np.bool_]) -> list[str | None]:
    return [f"{value:.1f}" if there else None for value, there in zip(values, known, strict=True)]


METHOD = Method(
    name="community-load",
    zh="社区工作负荷（按事项构成标准化）",
    en="Load of communities, standardised by the mix of matters",
    inputs=(
        Input("matters", "事项和任务", "Matters", (
            Column("community", "社区", "Community"), Column("kind", "类别", "Kind"),
            Column("minutes", "用时", "Minutes", "number", unit="min"))),
        Input("staff", "在岗", "Staff", (
            Column("community", "社区", "Community"), Column("workers", "在岗人数", "Workers", "number")),
            unique=("community",)),
    ),
    options=(Option("least", "最少事项数", "Fewest matters to be judged", "number", "30"),),
    output=(
        Column("community", "社区", "Community"), Column("matters", "事项数", "Matters", "number"),
        Column("minutes", "实际用时", "Minutes taken", "number", unit="min"),
        Column("load", "标准负荷（人均分钟）", "Standard minutes for one worker", "decimal", required=False),
        Column("low", "区间下端", "Lower end", "decimal", required=False),
        Column("high", "区间上端", "Upper end", "decimal", required=False),
        Column("ratio", "实际比标准", "Taken over standard", "decimal"),
        Column("ratio_low", "比值下端", "Lower end of it", "decimal"), Column("ratio_high", "比值上端", "Upper end of it", "decimal"),
        Column("flag", "结论", "Says", "choice", choices=one_of(
            nobody="无人在岗|Nobody works there", too_few="样本不足|Too few", heavier="偏重|Heavier", lighter="偏轻|Lighter",
            undecided="尚不能定|Undecided")),
    ),
    facts=(AnswerKey("overall", "全部在岗人均", "Of all workers", {"type": "number"}),),
    key=("community",),
    run=weigh_loads,
    source="Cochran (1977) §6; Rothman (2012)",
    peer="loops over dictionaries",
    error="one decimal, three of the ratio",
    cost="n",
)  # fmt: skip
