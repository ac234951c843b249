"""Whether a street whistles too rarely or too often, as far as its number of cases can tell.

In: cases and whistles of each street; a band of shares that is thought sound. The share's interval is Wilson's at 95 %.
A street is `low` or `high` only when its whole interval lies outside of the band, `inside` when the whole interval lies
inside, `undecided` between; with fewer than `least` cases nothing is said. A share outside of the band whose interval
reaches into it is no alarm.
Out: share and interval to six decimals, and the flag. Intervals in floats; n.
Source: E. B. Wilson (1927), Journal of the American Statistical Association 22(158), 209–212; the band is a working value.
Compared with: statsmodels' proportion_confint, and the equation that Wilson's ends solve (tests/methods/test_whistles.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
type Floats = NDArray[np.float64]


def judge_shares(given: Given) -> Answer:
    """The share of whistles of every street, its interval, and what it says. Source: Wilson (1927)."""
    streets = given["streets"]
    cases, whistles = streets["cases"].whole(), streets["whistles"].whole()
    for row in np.flatnonzero(whistles > cases).tolist():
        rule = "吹哨数不得多于诉求数 · no more whistles than cases"
        streets.refuse(row, "whistles", rule, "更正两数之一 · correct one of the two")
    table = streets.kept(whistles <= cases)
    cases, whistles = table["cases"].whole(), table["whistles"].whole()
    low, high = float(given.option("low")), float(given.option("high"))
    lower, upper = wilson_interval(whistles, cases)
    flags = np.select(
        [cases < int(given.option("least")), upper < low, lower > high, (lower >= low) & (upper <= high)],
        ["too_few", "low", "high", "inside"],
        "undecided",
    )
    share = np.divide(whistles, cases, out=np.zeros(len(cases)), where=cases > 0)
    columns: dict[str, Any] = {
        "street": table["street"].text(),
        "rate": [f"{value:.6f}" if n else None for value, n in zip(share, cases, strict=True)],
        "lower": [f"{value:.6f}" for value in lower],
        "upper": [f"{value:.6f}" for value in upper],
        "flag": flags.tolist(),
    }
    return Answer(columns)


def wilson_interval(hits: NDArray[np.int64], of: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval; of nothing it is everything.

    Args:
        hits, of: int64[n], hits ≤ of.

    Source: Wilson (1927).
    """
    size = np.maximum(of, 1).astype(np.float64)
    share = hits / size
    whole = 1 + Z * Z / size
    middle = (share + Z * Z / (2 * size)) / whole
    reach = Z * np.sqrt(share * (1 - share) / size + Z * Z / (4 * size * size)) / whole
    lower = np.where((of == 0) | (hits == 0), 0.0, middle - reach)
    upper = np.where((of == 0) | (hits == of), 1.0, middle + reach)
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


METHOD = Method(
    name="whistle-band",
    zh="吹哨占比是否在合理区间",
    en="Whether streets whistle within a band",
    inputs=(
        Input(
            "streets", "街镇", "Streets",
            (Column("street", "街镇", "Street"), Column("cases", "诉求数", "Cases", "number"),
             Column("whistles", "吹哨数", "Whistles", "number")),
            unique=("street",),
        ),
    ),
    options=(
        Option("low", "区间下限", "Lower end of the band", "decimal", "0.01"),
        Option("high", "区间上限", "Upper end of the band", "decimal", "0.06"),
        Option("least", "最少诉求数", "Fewest cases to be judged", "number", "30"),
    ),
    output=(
        Column("street", "街镇", "Street"),
        Column("rate", "占比", "Share", "decimal", required=False),
        Column("lower", "区间下端", "Lower end", "decimal"),
        Column("upper", "区间上端", "Upper end", "decimal"),
        Column("flag", "结论", "Says", "choice", choices=one_of(
            too_few="样本不足|Too few", low="偏低|Low", high="偏高|High", inside="正常|Inside", undecided="尚不能定|Undecided")),
    ),
    key=("street",),
    run=judge_shares,
    source="Wilson (1927)",
    peer="statsmodels.stats.proportion.proportion_confint",
    error="six decimals",
    cost="n",
)  # fmt: skip
