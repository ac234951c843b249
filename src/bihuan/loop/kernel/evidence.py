"""Evidence rules: how many, of which type, taken where and when."""

import math
from datetime import datetime

from bihuan.loop.kernel.context import refusal
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.looks import same
from bihuan.loop.kernel.model import Case, Data, Refusal
from bihuan.loop.kernel.programme import CaseType

EARTH_M = 6_371_008.8  # mean radius, IUGG


def distance_m(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Great-circle distance in metres between two (lon, lat) pairs in millionths of a degree.

    Source: R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984).
    """
    lon1, lat1, lon2, lat2 = (math.radians(v / 1_000_000) for v in (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(h)))


def lacking(rules: CaseType, case: Case, at: datetime) -> Refusal | None:
    """Return what the present round's evidence lacks, or None when it suffices.

    Source: DOMAIN §2 (evidence_schema: type, min_count, geo and time tolerance); docs/topics/kernel.md.
    """
    rule = rules.evidence
    good, first_fault = 0, None
    distinct = [item for n, item in enumerate(case.evidence) if not any(same(item, e) for e in case.evidence[:n])]
    for item in distinct:
        fault = _fault(rules, case, item, at)
        good += fault is None
        first_fault = first_fault or fault
    if good >= rule.min:
        return None
    zh, en = first_fault or ("佐证不足", "too little evidence")
    return refusal("evidence_lacking", f"需{rule.min}件合格佐证，现有{good}件：{zh}",
                   f"{rule.min} valid pieces of evidence are needed, {good} are: {en}", field="evidence",
                   remedy=("补充现场佐证后再提交", "Add evidence from the site, then submit"))  # fmt: skip


def _fault(rules: CaseType, case: Case, item: Data, at: datetime) -> tuple[str, str] | None:
    rule = rules.evidence
    if item.get("type") not in rule.types:
        return (
            f"类型须为{'、'.join(rule.types)}",
            f"the type must be one of {', '.join(rule.types)}",
        )
    if rule.within_m is not None:
        place = item.get("place")
        if place is None or case.place is None:
            return "缺少位置", "no position"
        metres = distance_m(case.place, tuple(place))
        if metres > rule.within_m:
            return (
                f"拍摄地距现场{metres:.0f}米，上限{rule.within_m}米",
                f"taken {metres:.0f} m away, limit {rule.within_m} m",
            )
    if rule.taken_after is not None:
        taken = item.get("taken_at")
        since = _since(rules, case, rule.taken_after)
        if taken is None or (since and parse(taken) < since) or parse(taken) > at:
            return "拍摄时间不在办理期间", "not taken during the handling"
    return None


def _since(rules: CaseType, case: Case, event: str) -> datetime | None:
    """Return when the event last happened: the opening, or the newest start of a clock that it starts."""
    if event == "opened":
        return case.opened_at
    named = {clock.name for clock in rules.clocks if event in clock.starts}
    started = [clock.started for name, clock in case.clocks.items() if name in named]
    return max(started, default=case.opened_at)
