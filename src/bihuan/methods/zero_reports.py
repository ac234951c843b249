"""Firms whose own checks find nothing for months while their peers' do.

In: self-checks, each with the firm, its peers (a trade), the day, and how many hazards it found; `at` and how many
`months` back. A firm is judged when its first check is at least that old and it has at least `checks` in that time.
Peers find, per firm and year, what all other judged firms of the trade found in the last twelve months.
Out: of each firm its checks and finds in that time, the peers' yearly mean (two decimals) and a verdict, the first that
applies: `new` (first check not old enough), `silent` (fewer checks than asked), `reports` (found something),
`few_peers` (fewer than three others), `quiet_trade` (peers find less than `least` a year), `zero_report`.
It proposes a visit and says nothing of guilt. Exact: whole numbers and days. Linear.
Source: 安全生产法（2021）第四十一条 (隐患如实记录); rule of this method in its docstring.
Compared with: the definition firm by firm (tests/methods/test_accidents.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

_EPOCH, YEAR, FEWEST = date(1970, 1, 1), 365, 3


@dataclass
class _Firm:
    """The checks of one firm: its trade, and (day, found) of each."""

    peers: str
    checks: list[tuple[int, int]] = field(default_factory=list)


def tell_zero_reports(given: Given) -> Answer:
    """The verdict on every firm.

    Source: 安全生产法（2021）第四十一条.
    """
    on = date.fromisoformat(given.option("at"))
    at, since = (on - _EPOCH).days, (_months_before(on, given.option("months")) - _EPOCH).days
    firms = _firms(given, at)
    judged = {name for name, firm in firms.items() if min(day for day, _ in firm.checks) <= since}
    trades: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name in judged:
        firm = firms[name]
        trades[firm.peers][name] = sum(found for day, found in firm.checks if at - YEAR < day)
    out = []
    for name, firm in sorted(firms.items()):
        inside = [found for day, found in firm.checks if day > since]
        others = {peer: found for peer, found in trades[firm.peers].items() if peer != name}
        mean = Fraction(sum(others.values()), len(others)) if others else Fraction(0)
        if name not in judged:
            verdict = "new"
        elif len(inside) < given.option("checks"):
            verdict = "silent"
        elif sum(inside):
            verdict = "reports"
        elif len(others) < FEWEST:
            verdict = "few_peers"
        else:
            verdict = "zero_report" if mean >= given.option("least") else "quiet_trade"
        out.append((name, len(inside), sum(inside), f"{float(round(mean, 2)):.2f}", verdict))
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)))


def _firms(given: Given, at: int) -> dict[str, _Firm]:
    checks = given["checks"]
    firms: dict[str, _Firm] = {}
    rows = zip(
        checks["firm"].text(), checks["peers"].text(), checks["day"].days().tolist(), checks["found"].whole().tolist(),
        strict=True,
    )  # fmt: skip
    for row, (name, peers, day, found) in sorted(
        enumerate(rows), key=lambda each: (each[1][0], each[1][2], each[1][1])
    ):
        if day > at:
            continue
        firm = firms.setdefault(name, _Firm(peers))
        if firm.peers != peers:
            rule = "同一企业须属同一行业 · a firm has one trade"
            checks.refuse(row, "peers", rule, "更正行业 · correct the trade")
            continue
        firm.checks.append((day, found))
    return firms


def _months_before(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date.resolution).day
    return date(year, month + 1, min(on.day, last))


_NAMES = ("firm", "checks", "found", "peers_per_year", "verdict")
METHOD = Method(
    name="zero-reports",
    zh="零报告企业",
    en="Firms that never find anything",
    inputs=(
        Input(
            "checks", "自查", "Self-checks",
            (
                Column("firm", "企业", "Firm"), Column("peers", "行业", "Trade"), Column("day", "自查日", "Day", "date"),
                Column("found", "发现隐患数", "Hazards found", "number"),
            ),
        ),
    ),
    options=(
        Option("at", "截至日", "As of the day", "date"),
        Option("months", "连续月数", "Months back", "count", "6"),
        Option("least", "同行年均不少于", "Peers find at least so many a year", "count", "2"),
        Option("checks", "期内至少自查次数", "At least so many checks", "count", "3"),
    ),
    output=(
        Column("firm", "企业", "Firm"), Column("checks", "自查次数", "Checks", "number"),
        Column("found", "发现数", "Found", "number"),
        Column("peers_per_year", "同行年均发现", "Peers find per year", "decimal"),
        Column("verdict", "判断", "Verdict", "choice", choices=one_of(
            new="新企业|New", silent="未自查|Silent", reports="有发现|Reports", few_peers="同行过少|Few peers",
            quiet_trade="同行亦少|Quiet trade", zero_report="零报告|Zero report")),
    ),
    key=("firm",),
    run=tell_zero_reports,
    source="安全生产法（2021）第四十一条",
    peer="the definition firm by firm",
)  # fmt: skip
