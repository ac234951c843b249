"""What has to be done about a benefit that ends: tell the person in time, or nothing.

In: grants with person, benefit, first and last day (both included, no last day: without end) and the day on which the
person was told. The first that applies: `superseded` (the same person has a grant of the same benefit that ends later),
`expired` (to < at), `not_begun` (from > at), `none` (more than `days` days left); not told: `notify` with exactly `days`
left, else `notify_late`; told: `notified` when that was at least `days` before the end, else `notified_late`.
Out: the action for every grant. Whole days; n log n.
Source: 退役军人保障法 (2020) 第五条; the term of the notice is a working value (option `days`).
Compared with: the rule read literally (tests/methods/test_entitlement_watch.py).
"""

from __future__ import annotations

from datetime import date

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

_EVER = 1 << 60


def watch_grants(given: Given) -> Answer:
    """The action for every grant. Source: rules in the module docstring."""
    grants, days = given["grants"], int(given.option("days"))
    at = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    first, last, told = (grants[name].days().tolist() for name in ("from", "to", "notified_on"))
    last = [_EVER if day == NO_DAY else day for day in last]
    held = list(zip(grants["person"].text(), grants["benefit"].text(), strict=True))
    latest: dict[tuple[str, str], int] = {}
    for row, key in enumerate(held):
        latest[key] = max(latest.get(key, -_EVER), last[row])
    names = grants["grant"].text()
    actions = [
        "superseded" if latest[held[row]] > last[row] else _action(first[row], last[row], told[row], at, days)
        for row in range(len(names))
    ]
    return Answer({"grant": names, "action": actions})


def _action(first: int, last: int, told: int, at: int, days: int) -> str:
    if last < at:
        return "expired"
    if first > at:
        return "not_begun"
    if last - at > days:
        return "none"
    if told == NO_DAY:
        return "notify" if last - at == days else "notify_late"
    return "notified" if last - told >= days else "notified_late"


METHOD = Method(
    name="entitlement-watch",
    zh="待遇到期提醒",
    en="Benefits that end, and who was told in time",
    inputs=(
        Input("grants", "待遇", "Grants", (
            Column("grant", "待遇编号", "Grant"), Column("person", "人员", "Person"), Column("benefit", "待遇", "Benefit"),
            Column("from", "起", "From", "date"), Column("to", "止", "To", "date", required=False),
            Column("notified_on", "告知日", "Day told", "date", required=False)), unique=("grant",)),
    ),
    options=(
        Option("at", "基准日", "Day of the watch", "date"),
        Option("days", "提前天数", "Days of the notice", "number", "30"),
    ),
    output=(
        Column("grant", "待遇编号", "Grant"),
        Column("action", "处理", "Action", "choice", choices=one_of(
            superseded="已有后续待遇|Superseded", expired="已到期|Expired", not_begun="尚未开始|Not begun",
            none="无需处理|Nothing", notify="今日告知|Tell today", notify_late="应告知未告知|Tell, late",
            notified="已按时告知|Told in time", notified_late="告知过迟|Told late")),
    ),
    key=("grant",),
    run=watch_grants,
    source="退役军人保障法 (2020)",
    peer="the rule read literally",
)  # fmt: skip
