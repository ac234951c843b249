"""Who gets the seats of an event: a draw that anybody recomputes from the seed and the published list.

In: applications (event, applicant, instant, seats wanted) and events (seats, closing instant, most seats a person).
An application after the closing second is `late`, one for more seats than allowed `too_many`; of the rest the earliest
of a person and event stands (then the smaller number), later ones are `duplicate`. What stands is ordered by the
SHA-256 of `seed|event|applicant` in hexadecimal; in that order a party gets all its seats or waits, and smaller parties
behind it may still be served. The digest of the list is published before the seed exists.
Out: rank in the order, result, seats, reason. Exact. n log n.
Source: FIPS 180-4 (SHA-256); RFC 3797 for the principle of a public seed.
Compared with: the published order of p1…p5 under `demo-seed` (tests/methods/test_ticket_draw.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.lots import lot_of

type Line = tuple[str, int | None, str, int, str]


def draw_tickets(given: Given) -> Answer:
    """The result of every application.

    Source: FIPS 180-4; the order of reasons in the module docstring.
    """
    events, seed = given["events"], given.option("seed")
    names = events["event"].text()
    rules = zip(
        events["seats"].values(), events["closes"].seconds().tolist(), events["max_per_person"].values(), strict=True
    )
    of_event = dict(zip(names, rules, strict=True))
    applications = given["applications"]
    waiting: defaultdict[str, list[tuple[int, str, str, int]]] = defaultdict(list)
    ids, wanted = applications["application"].text(), applications["seats"].values()
    who, when = applications["applicant"].text(), applications["time"].seconds().tolist()
    for row, event in enumerate(applications["event"].text()):
        if event in of_event:
            waiting[event].append((when[row], ids[row], who[row], wanted[row]))
        else:
            applications.refuse(row, "event", "没有该活动 · there is no such event", "核对活动编号 · check its number")
    lines: list[Line] = []
    told: dict[str, dict[str, int]] = {}
    for event in sorted(names):
        seats, closes, most = of_event[event]
        standing = _standing(sorted(waiting[event]), closes, most, lines)
        order = sorted(standing, key=lambda each: (lot_of(seed, event, each[1]), each[0]))
        left = _allot(order, seats, lines)
        told[event] = {"offered": seats, "allocated": seats - left, "left": left, "valid": len(order)}
    columns = list(zip(*lines, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts={"events": told})


def _standing(
    applications: list[tuple[int, str, str, int]], closes: int, most: int, lines: list[Line]
) -> list[tuple[str, str, int]]:
    """What takes part, of applications by instant and number; the others get their reason."""
    standing, seen = [], set()
    for when, number, person, seats in applications:
        reason = "late" if when > closes else "too_many" if seats > most else "duplicate" if person in seen else ""
        if reason:
            lines.append((number, None, "rejected", 0, reason))
        else:
            seen.add(person)
            standing.append((number, person, seats))
    return standing


def _allot(order: list[tuple[str, str, int]], left: int, lines: list[Line]) -> int:
    for rank, (number, _, seats) in enumerate(order, 1):
        given = seats <= left
        left -= seats * given
        lines.append((number, rank, "seat" if given else "waiting", seats * given, ""))
    return left


_NAMES = ("application", "rank", "result", "seats", "reason")
_EVENTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "object"}}
METHOD = Method(
    name="ticket-draw",
    zh="演出票务摇号",
    en="Verifiable draw of seats",
    inputs=(
        Input(
            "applications", "申请", "Applications",
            (
                Column("application", "申请编号", "Number"), Column("event", "活动", "Event"),
                Column("applicant", "申请人", "Applicant"), Column("time", "时间", "Instant", "instant"),
                Column("seats", "座位数", "Seats wanted", "count"),
            ),
            unique=("application",),
        ),
        Input(
            "events", "活动", "Events",
            (
                Column("event", "活动", "Event"), Column("seats", "座位数", "Seats offered", "number"),
                Column("closes", "截止时间", "Closes", "instant", note="the second itself is in time"),
                Column("max_per_person", "每人上限", "Most seats a person", "count"),
            ),
            unique=("event",),
        ),
    ),
    options=(Option("seed", "公开种子", "Public seed"),),
    output=(
        Column("application", "申请编号", "Number"), Column("rank", "名次", "Rank", "count", required=False),
        Column("result", "结果", "Result", "choice", choices=one_of(
            seat="中签|Seat", waiting="候补|Waiting", rejected="不受理|Rejected")),
        Column("seats", "座位数", "Seats", "number"),
        Column("reason", "原因", "Reason", "choice", required=False, choices=one_of(
            late="逾期|Late", too_many="超过上限|Too many", duplicate="重复|Duplicate")),
    ),
    facts=(AnswerKey("events", "各活动：提供、分配、剩余、有效申请", "Per event: what became of the seats", _EVENTS),),
    key=("application",),
    run=draw_tickets,
    source="FIPS 180-4",
    peer="published order under demo-seed",
)  # fmt: skip
