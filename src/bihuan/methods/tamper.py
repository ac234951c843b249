"""Suspicions that monitoring data were tampered with: flat, cap, scaled, copied; a suspicion opens an inspection only.

In: series of values, beside them a witness (power, flow) where there is one. Values missing are left out.
flat: one value, above `detection_limit` and the shutdown level, for `flat_count` values in a row while the witness
goes on. cap: a pile of values directly below the limit and nothing above it. scaled: from some time on (or for a time)
the value is a fraction of what the witness implied before; a rise accuses nobody. copied: a stretch repeats an earlier one digit by digit,
or shifted by a constant. The honest look-alikes are known: zeros of a shutdown, few distinct values near the limit of
detection, production halved together with the witness. Without a witness `scaled` is not judged.
Out: kinds found, joined by |, and why. Each test is linear but for the scan of steps (1,000 fits a series).
Source: 污染源自动监控设施现场监督检查办法; HJ 75-2017 附录 (abnormal data) (thresholds are working values of this project).
Compared with: planted series and honest look-alikes (tests/methods/test_sources.py).
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.cells import second_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given

type Floats = NDArray[np.float64]

BAND, PILE, PILE_SHARE, NEAR = 0.02, 4, 0.03, 0.8
SHORTEST, GRID, STEP, GAIN = 48, 45, math.log(0.75), 150.0
GRAM, DISTINCT, COPIED = 12, 6, 18
IDLE = 0.2
"""Working values: a band of 2 % of the limit, four times the band below, 3 % of all values, from 80 % of the limit on;
segments of 48 values, a step of a quarter, a gain of 150; stretches of 18 steps; idle below a fifth of the median."""


class MonitoredSeries(NamedTuple):
    """The values of a series in order of time.

    Args:
        at: Seconds since 1970, int64[n]. value: float64[n]. digits: int64[n], the values in their last digit.
        witness: float64[n], NaN where there is none. limit: The newest that its values say; 0: none.
    """

    at: NDArray[np.int64]
    value: Floats
    digits: NDArray[np.int64]
    witness: Floats
    limit: float = 0.0


def suspect_series(given: Given) -> Answer:
    """The suspicions of every series.

    Source: 污染源自动监控设施现场监督检查办法.
    """
    limit, detection = float(given.option("limit")), float(given.option("detection_limit"))
    flat = int(given.option("flat_count"))
    out: list[tuple[str, str, str]] = []
    for name, series in sorted(_series(given).items()):
        found = {
            "flat": _flat(series, detection, flat),
            "cap": _cap(series, series.limit or limit),
            "scaled": _scaled(series, detection),
            "copied": _copied(series, detection),
        }
        told = {kind: why for kind, why in found.items() if why}
        out.append((name, "|".join(told), "; ".join(told.values())))
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)))


def _series(given: Given) -> dict[str, MonitoredSeries]:
    table, witness = given["values"], given.option("witness")
    if witness and witness not in table.others:
        raise WrongCallError(
            f"tamper：没有列 {witness} · there is no column {witness!r}", "witness=" + "|".join(table.others)
        )
    at, values = table["time"].seconds(), table["value"]
    digits = values.scaled(6)
    floats, limits = values.floats(), table["limit"]
    bounds = limits.floats()
    beside = table.others[witness].mapped(_real, np.nan, np.float64) if witness else np.full(len(at), np.nan)
    rows = defaultdict[int, list[int]](list)
    for row, code in enumerate(table["series"].codes.tolist()):
        if values.known[row]:
            rows[code].append(row)
    found = {}
    for code, each in rows.items():
        chosen = np.array(each)[np.argsort(at[each], kind="stable")]
        said = chosen[limits.known[chosen]]
        found[str(table["series"].words[code])] = MonitoredSeries(
            at[chosen], floats[chosen], digits[chosen], beside[chosen], float(bounds[said[-1]]) if len(said) else 0.0
        )
    return found


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _busy(series: MonitoredSeries) -> NDArray[np.bool_]:
    """Where the witness says that the plant works; everywhere without one."""
    known = ~np.isnan(series.witness)
    if not known.any():
        return np.ones(len(series.value), dtype=np.bool_)
    busy: NDArray[np.bool_] = known & (series.witness > IDLE * float(np.median(series.witness[known])))
    return busy


def _stands(series: MonitoredSeries) -> NDArray[np.bool_]:
    """Values that repeat the one before."""
    stands: NDArray[np.bool_] = np.r_[False, np.diff(series.digits) == 0]
    return stands


def _flat(series: MonitoredSeries, detection: float, least: int) -> str:
    counts = (series.value > 2 * detection) & _busy(series)
    same = _stands(series) & counts & np.r_[False, counts[:-1]]
    edges = np.flatnonzero(~same)
    lengths = np.diff(np.r_[edges, len(same)])
    if not len(lengths) or lengths.max() < least:
        return ""
    first = int(edges[lengths.argmax()])
    value, count, since = series.value[first], lengths.max(), second_text(int(series.at[first]))
    return f"自{since}起连续{count}个值同为{value:g} · {count} values of {value:g} in a row from {since}"


def _cap(series: MonitoredSeries, limit: float) -> str:
    value = series.value
    if len(value) < SHORTEST or np.mean(value > limit) > 0.002:
        return ""
    below = value[value <= limit]
    top = float(below.max()) if len(below) else 0.0
    if top < NEAR * limit:
        return ""
    band = BAND * limit
    pile, under = int((below > top - band).sum()), int(((below <= top - band) & (below > top - 2 * band)).sum())
    if pile < PILE * max(under, 1) or pile < PILE_SHARE * len(value) or len(np.unique(series.digits)) < GRAM:
        return ""
    return f"{pile}个值紧贴{top:g}、无一超限{limit:g} · {pile} values directly below {top:g}, none above {limit:g}"


def _scaled(series: MonitoredSeries, detection: float) -> str:
    moves = ~_stands(series)
    chosen = np.flatnonzero((series.value > 2 * detection) & (series.witness > 0) & _busy(series) & moves)
    if len(chosen) < 2 * SHORTEST:
        return ""
    ratio, gain, first, end = _best_step(np.log(series.value[chosen]), np.log(series.witness[chosen]))
    low = first if ratio < 0 else end if first < SHORTEST else 0
    if abs(ratio) < -STEP or gain < GAIN or not SHORTEST <= low < len(chosen):
        return ""
    share, since = math.exp(-abs(ratio)), second_text(int(series.at[chosen[low]]))
    return f"自{since}起为旁证所示的{share:.0%} · {share:.0%} of what the witness implies from {since}"


def _best_step(y: Floats, x: Floats) -> tuple[float, float, int, int]:
    """The interval whose level beside the regression on x differs most.

    Returns:
        Its step in logarithms, the gain (explained over residual variance), its first row and the row behind its last.
    """
    n = len(y)
    base = np.c_[np.ones(n), x - x.mean()]
    spread = np.array([n, max(float((base[:, 1] ** 2).sum()), 1e-12)])
    rest = y - base @ ((base.T @ y) / spread)
    sums, along = np.r_[0.0, np.cumsum(rest)], np.r_[0.0, np.cumsum(base[:, 1])]
    total = float((rest**2).sum())
    marks = np.unique(np.linspace(0, n, GRID, dtype=np.int64))
    best = (0.0, 0.0, 0, n)
    for first in marks:
        for end in marks[marks >= first + SHORTEST]:
            size = int(end - first)
            if n - size < SHORTEST:
                continue
            free = size - size * size / n - (along[end] - along[first]) ** 2 / spread[1]
            step = (sums[end] - sums[first]) / free if free > 1e-9 else 0.0
            explained = step * step * free
            gain = explained / max((total - explained) / n, 1e-12)
            if gain > best[1]:
                best = (float(step), float(gain), int(first), int(end))
    return best


def _copied(series: MonitoredSeries, detection: float) -> str:
    """The longest stretch that repeats an earlier one up to a constant."""
    steps = np.diff(series.digits)
    high = series.value > 2 * detection
    seen: dict[bytes, int] = {}
    best = (0, 0, 0)
    row, n = 0, len(steps)
    while row + GRAM <= n:
        gram = steps[row : row + GRAM]
        if high[row : row + GRAM].all() and len(np.unique(gram)) >= DISTINCT:
            before = seen.setdefault(gram.tobytes(), row)
            if before + GRAM <= row:
                length = _repeats(steps, before, row)
                best = max(best, (length, before, row))
                row += max(length - GRAM, 0)
        row += 1
    if best[0] < COPIED:
        return ""
    since, of = second_text(int(series.at[best[2]])), second_text(int(series.at[best[1]]))
    return f"自{since}起{best[0] + 1}个值复制自{of} · {best[0] + 1} values from {since} repeat those from {of}"


def _repeats(steps: NDArray[np.int64], before: int, row: int) -> int:
    length, most = 0, min(len(steps) - row, row - before)
    while length < most and steps[before + length] == steps[row + length]:
        length += 1
    return length


_NAMES = ("series", "suspicions", "why")
METHOD = Method(
    name="tamper",
    zh="监测数据造假疑点",
    en="Suspicions of tampered monitoring data",
    inputs=(
        Input(
            "values", "监测值", "Values",
            (
                Column("series", "序列", "Series"), Column("time", "时间", "Instant", "instant"),
                Column("value", "数值", "Value", "decimal", required=False),
                Column("limit", "当时限值", "Limit at that time", "decimal", required=False, absent=True, note="empty: `limit`"),
            ),
            unique=("series", "time"),
            open=True,
        ),
    ),
    options=(
        Option("limit", "限值", "Limit", "decimal"), Option("detection_limit", "检出限", "Limit of detection", "decimal"),
        Option("witness", "旁证列", "Column of the witness", default=""),
        Option("flat_count", "不变个数", "Equal values in a row", "number", "24"),
    ),
    output=(
        Column("series", "序列", "Series"), Column("suspicions", "疑点", "Suspicions, joined by |", required=False),
        Column("why", "理由", "Why", required=False),
    ),
    key=("series",),
    run=suspect_series,
    source="污染源自动监控设施现场监督检查办法",
    peer="planted series and honest look-alikes",
    error="at least 11 of 12 found, at most 1 of 12 honest ones accused",
    cost="n, and 1,000 fits a series",
)  # fmt: skip
