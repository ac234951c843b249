"""Exceedances of a permit: hours in a row whose valid mean lies above the limit of the permit valid at that hour.

In: READINGS (outlet, factor, instant, value, flag) and PERMITS (limit, basis, decimals, from–to; the end is not in it).
An hour is valid when at least `valid_share` of its values carry the flag N; its mean is that of those values, exact,
rounded half to even to the permit's decimals; equal to the limit is not above. Of permits that overlap the later one
holds; a change of permit begins a new incident, and so does an hour that is not above or not valid. Basis `day`: the
mean of a day's valid hours, when `valid_share` of 24 are; its incident counts 24 hours a day.
Out: one row for each incident with its first hour, hours, highest mean and limit. n log n.
Source: HJ 75-2017 (hours); 排污许可管理条例 (2021) 第十七条; the brief's rule of rounding, GB/T 8170-2008 §3.
Compared with: the same rule in exact fractions, hour by hour (tests/methods/test_sources.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from bihuan.methods.declared.cells import NO_DAY, second_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

HOUR, DAY, EAST = 3_600, 86_400, 8 * 3_600
"""Seconds; days are those of UTC+8."""
_LENGTH = {"hour": HOUR, "day": DAY}
_OPEN = 1 << 62


class PermitLimit(NamedTuple):
    """The limit of an outlet and factor in one permit.

    Args:
        first, end: Seconds since 1970; the end is not in it. limit: Exact. decimals: To which means are rounded.
    """

    first: int
    end: int
    permit: str
    basis: str
    limit: Fraction
    decimals: int


class MeanSpan(NamedTuple):
    """A valid mean: from when, the number of its values, and their sum times 10**digits."""

    first: int
    values: int
    total: int


def find_exceedances(given: Given) -> Answer:
    """The incidents of every outlet and factor.

    Source: HJ 75-2017; 排污许可管理条例 第十七条.
    """
    share = Fraction(Decimal(given.option("valid_share")))
    limits = _limits(given["permits"])
    out: list[tuple[str, str, str, str, int, str, str]] = []
    digits, hours = _hours(given["readings"], share)
    for (outlet, factor), spans in sorted(hours.items()):
        known = limits.get((outlet, factor), [])
        starts = [each.first for each in known]
        for basis in ("hour", "day"):
            means = spans if basis == "hour" else _days(spans, share)
            runs = _runs(means, known, starts, digits, basis)
            out += [
                (
                    outlet,
                    factor,
                    limit.permit,
                    second_text(first),
                    hours_long,
                    _text(worst, limit),
                    _number(limit.limit),
                )
                for limit, first, hours_long, worst in runs
            ]
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)))


def _limits(permits: Table) -> dict[tuple[str, str], list[PermitLimit]]:
    found = defaultdict[tuple[str, str], list[PermitLimit]](list)
    firsts, ends = permits["from"].seconds().tolist(), permits["to"].seconds().tolist()
    texts = [permits[name].text() for name in ("outlet", "factor", "permit", "basis", "limit", "decimals")]
    for row, (outlet, factor, permit, basis, limit, decimals) in enumerate(zip(*texts, strict=True)):
        end = _OPEN if ends[row] == NO_DAY else ends[row]
        if end <= firsts[row]:
            permits.refuse(row, "to", "止不晚于起 · it ends before it begins", "核对起止时间 · check both instants")
            continue
        found[outlet, factor].append(
            PermitLimit(firsts[row], end, permit, basis, Fraction(Decimal(limit)), int(Decimal(decimals)))
        )
    return {key: sorted(rows) for key, rows in found.items()}


def _hours(readings: Table, share: Fraction) -> tuple[int, dict[tuple[str, str], list[MeanSpan]]]:
    """Valid hours of every outlet and factor, in order, with the digits their sums are scaled by."""
    digits = max((-int(Decimal(word).as_tuple().exponent) for word in readings["value"].words), default=0)
    digits = max(digits, 0)
    good = readings["flag"].mapped(lambda word: word == "N", True, np.bool_) & readings["value"].known
    hour = (readings["time"].seconds() + EAST) // HOUR
    outlet, factor = readings["outlet"], readings["factor"]
    pair = outlet.codes.astype(np.int64) * max(len(factor.words), 1) + factor.codes
    order = np.lexsort([hour, pair])
    pair, hour, good = pair[order], hour[order], good[order]
    values = np.where(good, readings["value"].scaled(digits)[order], 0)
    begins = np.flatnonzero(np.r_[True, (np.diff(pair) != 0) | (np.diff(hour) != 0)]) if len(pair) else np.zeros(0, int)
    counts = np.diff(np.r_[begins, len(pair)])
    valid = np.add.reduceat(good.astype(np.int64), begins) if len(pair) else counts
    totals = np.add.reduceat(values, begins) if len(pair) else counts
    found = defaultdict[tuple[str, str], list[MeanSpan]](list)
    for first, count, all_, total in zip(
        begins.tolist(), valid.tolist(), counts.tolist(), totals.tolist(), strict=True
    ):
        if count and Fraction(count, all_) >= share:
            key = outlet.words[pair[first] // len(factor.words)], factor.words[pair[first] % len(factor.words)]
            found[key].append(MeanSpan(int(hour[first]) * HOUR - EAST, count, total))
    return digits, found


def _days(hours: list[MeanSpan], share: Fraction) -> list[MeanSpan]:
    """Means of days: of the hours' means, which weigh the same however many values an hour had."""
    of_day = defaultdict[int, list[MeanSpan]](list)
    for each in hours:
        of_day[(each.first + EAST) // DAY].append(each)
    days = []
    for day, members in sorted(of_day.items()):
        if Fraction(len(members), 24) >= share:
            whole = sum((Fraction(each.total, each.values) for each in members), Fraction(0))
            days.append(MeanSpan(day * DAY - EAST, whole.denominator * len(members), whole.numerator))
    return days


def _runs(
    means: list[MeanSpan], limits: list[PermitLimit], starts: list[int], digits: int, basis: str
) -> list[tuple[PermitLimit, int, int, int]]:
    """Incidents: the permit, the first instant, how many hours, the highest rounded mean (times 10**decimals)."""
    length, found = _LENGTH[basis], list[tuple[PermitLimit, int, int, int]]()
    last = -_OPEN
    for each in means:
        limit = _in_force(limits, starts, each.first)
        if limit is None or limit.basis != basis:
            continue
        mean = round(Fraction(each.total * 10**limit.decimals, each.values * 10**digits))
        if mean <= limit.limit * 10**limit.decimals:
            continue
        if found and found[-1][0] == limit and last + length == each.first:
            before = found[-1]
            found[-1] = (limit, before[1], before[2] + length // HOUR, max(before[3], mean))
        else:
            found.append((limit, each.first, length // HOUR, mean))
        last = each.first
    return found


def _in_force(limits: list[PermitLimit], starts: list[int], at: int) -> PermitLimit | None:
    """The permit that holds: the last to begin of those that have not ended."""
    place = bisect_right(starts, at) - 1
    while place >= 0:
        if at < limits[place].end:
            return limits[place]
        place -= 1
    return None


def _text(scaled: int, limit: PermitLimit) -> str:
    return f"{Decimal(scaled).scaleb(-limit.decimals):f}"


def _number(limit: Fraction) -> str:
    value = Decimal(limit.numerator) / Decimal(limit.denominator)
    return f"{value.normalize():f}"


_NAMES = ("outlet", "factor", "permit", "from", "hours", "worst", "limit")
METHOD = Method(
    name="permit-exceed",
    zh="许可限值与监测值比对",
    en="Exceedances of a permit",
    inputs=(
        Input(
            "readings", "监测值", "Readings",
            (
                Column("outlet", "排放口", "Outlet"), Column("factor", "污染因子", "Factor"),
                Column("time", "时间", "Instant", "instant"), Column("value", "数值", "Value", "decimal", required=False),
                Column("flag", "数据标记", "Flag", required=False, absent=True),
            ),
            unique=("outlet", "factor", "time"),
        ),
        Input(
            "permits", "许可限值", "Limits of permits",
            (
                Column("permit", "许可证", "Permit"), Column("outlet", "排放口", "Outlet"),
                Column("factor", "污染因子", "Factor"),
                Column("basis", "考核周期", "Basis", "choice", choices=one_of(hour="小时|Hour", day="日|Day")),
                Column("limit", "限值", "Limit", "decimal"), Column("decimals", "小数位", "Decimals", "number"),
                Column("from", "起", "From", "instant"),
                Column("to", "止", "Until", "instant", required=False, absent=True),
            ),
        ),
    ),
    options=(Option("valid_share", "有效比例", "Share of values an hour needs", "decimal", "0.75"),),
    output=(
        Column("outlet", "排放口", "Outlet"), Column("factor", "污染因子", "Factor"), Column("permit", "许可证", "Permit"),
        Column("from", "首个超标小时", "First hour above", "instant"), Column("hours", "小时数", "Hours", "number"),
        Column("worst", "最高均值", "Highest mean", "decimal"), Column("limit", "限值", "Limit", "decimal"),
    ),
    key=("outlet", "factor", "from"),
    run=find_exceedances,
    source="HJ 75-2017; 排污许可管理条例 第十七条",
    peer="exact fractions, hour by hour",
)  # fmt: skip
