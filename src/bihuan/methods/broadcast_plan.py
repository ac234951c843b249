"""Which message each terminal broadcasts from when to when.

In: MESSAGES (class, level, area as the prefix of a code, times in minutes since midnight) and TERMINALS. Class 4
(emergency) goes before class 5 (daily), the lower level number first, then the earlier sent, then the smaller id. A
message that is interrupted goes on with its remaining minutes; nothing is on air at or after its expiry or
cancellation; classes 1 to 3 (drills) never.
Out: slots, each as long as it can be. JSON `terminals_silent` (have no slot), `never` (messages that no terminal ever
broadcasts), `cut` (terminal and message pairs on air for less than their minutes). Exact: whole minutes. Terminals that
hear the same messages share one plan: messages × log for each set.
Source: GY/T 385-2023 (classes and levels; to be read in the official text); DESIGN §14 (pre-emption).
Compared with: a clock that asks every minute who goes first (tests/methods/test_broadcast.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given

ON_AIR = ("4", "5")
NEVER = 1 << 60


class Airing(NamedTuple):
    """A message as the plan sees it; tuples compare as messages go before one another."""

    kind: str
    level: int
    sent: int
    name: str
    minutes: int
    end: int


class Slot(NamedTuple):
    """A message on air from a minute to another."""

    name: str
    start: int
    stop: int


def plan_terminals(given: Given) -> Answer:
    """The slots of each terminal. Source: docs/topics/methods.md; GY/T 385-2023."""
    areas, airings = _messages(given)
    out: list[tuple[str, str, int, int]] = []
    plans: dict[tuple[int, ...], list[Slot]] = {}
    heard: set[str] = set()
    silent = cut = 0
    for terminal, area in zip(given["terminals"]["terminal"].text(), given["terminals"]["area"].text(), strict=True):
        mine = tuple(n for n, prefix in enumerate(areas) if area.startswith(prefix))
        if mine not in plans:
            plans[mine] = slots_of([airings[n] for n in mine])
        slots = plans[mine]
        out += [(terminal, *slot) for slot in slots]
        silent += not slots
        heard.update(slot.name for slot in slots)
        cut += len(_cut([airings[n] for n in mine], slots))
    columns = [list(each) for each in zip(*out, strict=True)] if out else [[], [], [], []]
    never = sorted(set(given["messages"]["message"].text()) - heard)
    names = ("terminal", "message", "from", "to")
    return Answer(
        dict(zip(names, columns, strict=True)),
        facts={"slots": len(out), "terminals_silent": silent, "never": never, "cut": cut},
    )


def slots_of(airings: Iterable[Airing]) -> list[Slot]:
    """The slots of one terminal, in their order.

    Source: GY/T 385-2023 (classes and levels); DESIGN §14 (pre-emption).
    """
    coming = sorted(airings, key=lambda each: each.sent, reverse=True)
    left = {each.name: each.minutes for each in coming}
    waiting: list[Airing] = []
    slots: list[Slot] = []
    now = 0
    while coming or waiting:
        if not waiting:
            now = max(now, coming[-1].sent)
        while coming and coming[-1].sent <= now:
            heappush(waiting, coming.pop())
        first = waiting[0]
        if first.end <= now or left[first.name] <= 0:
            heappop(waiting)
            continue
        until = min(now + left[first.name], first.end, coming[-1].sent if coming else NEVER)
        left[first.name] -= until - now
        _append(slots, Slot(first.name, now, until))
        now = until
    return slots


def _append(slots: list[Slot], slot: Slot) -> None:
    """Add a slot; one that goes on where the last ended lengthens it."""
    if slots and slots[-1].name == slot.name and slots[-1].stop == slot.start:
        slots[-1] = Slot(slot.name, slots[-1].start, slot.stop)
    else:
        slots.append(slot)


def _cut(airings: Sequence[Airing], slots: Iterable[Slot]) -> list[str]:
    aired = dict.fromkeys((each.name for each in airings), 0)
    for slot in slots:
        aired[slot.name] += slot.stop - slot.start
    return [each.name for each in airings if 0 < aired[each.name] < each.minutes]


def _messages(given: Given) -> tuple[list[str], list[Airing]]:
    table = given["messages"]
    ends = [
        min(expires, NEVER if cancelled is None else cancelled)
        for expires, cancelled in zip(table["expires"].values(), table["cancelled"].values(), strict=True)
    ]
    rows = zip(
        table["class"].text(), table["level"].values(), table["sent"].values(), table["message"].text(),
        table["minutes"].values(), ends, table["area"].text(), strict=True,
    )  # fmt: skip
    kept = [(area, Airing(*airing)) for *airing, area in rows if airing[0] in ON_AIR]
    return [area for area, _ in kept], [airing for _, airing in kept]


CLASSES = one_of(**{
    "1": "系统演练|Drill of the system", "2": "模拟演练|Simulated drill", "3": "实际演练|Drill on air",
    "4": "应急广播|Emergency broadcast", "5": "日常广播|Daily broadcast",
})  # fmt: skip

METHOD = Method(
    name="broadcast-plan",
    zh="应急广播播发安排",
    en="Who broadcasts what when",
    inputs=(
        Input(
            "messages", "消息", "Messages",
            (
                Column("message", "消息", "Message"),
                Column("class", "播发类别", "Class", "choice", choices=CLASSES),
                Column("level", "级别", "Level, 0 to 4, the lower first", "number"),
                Column("area", "地区", "Area, the prefix of a code"),
                Column("sent", "发布", "Sent", "number", unit="min", note="since midnight"),
                Column("minutes", "时长", "Length", "number", unit="min"),
                Column("expires", "到期", "Expires", "number", unit="min", note="since midnight"),
                Column("cancelled", "撤销", "Cancelled", "number", required=False, absent=True, unit="min", note="since midnight"),
            ),
            unique=("message",),
        ),
        Input(
            "terminals", "终端", "Terminals",
            (
                Column("terminal", "终端", "Terminal"), Column("area", "地区", "Area"),
                Column("population", "人口", "People", "number", required=False, absent=True),
            ),
            unique=("terminal",),
        ),
    ),
    output=(
        Column("terminal", "终端", "Terminal"), Column("message", "消息", "Message"),
        Column("from", "起", "From", "number", unit="min", note="since midnight"),
        Column("to", "止", "To", "number", unit="min", note="since midnight"),
    ),
    facts=(
        AnswerKey("slots", "时段", "Slots", {"type": "integer"}),
        AnswerKey("terminals_silent", "无播发的终端", "Terminals without a slot", {"type": "integer"}),
        AnswerKey("never", "未播发的消息", "Messages that are never on air", {"type": "array", "items": {"type": "string"}}),
        AnswerKey("cut", "未播完", "Messages on air for less than their minutes, by terminal", {"type": "integer"}),
    ),
    key=("terminal", "from", "message"),
    run=plan_terminals,
    source="GY/T 385-2023",
    peer="a clock that asks every minute",
)  # fmt: skip
