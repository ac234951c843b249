"""Which signals of detectors tell of one event, whatever order they came in and however many gateways brought them.

In: SIGNALS (device, model, kind, instant, when it was received, where, score) and MODELS (the least score that is
listened to, the days of release, suspension and retirement). A signal counts when its score is high enough and its
model was released and neither suspended nor retired on that day; else it is `low` or `unheard`. Signals that count
belong together when they are of one kind, at most `seconds` apart and at most `metres` apart, and so do those that are
joined by a chain of such pairs. One device's model that says the same within a second through two gateways is a `copy`.
The signal that was received first `leads` its event (then the one whose code sorts first); the others `join`.
Out: for each signal its event, named by the one that leads, what it is there, and how many signals the event has. The
events are the same in any order of arrival; a late signal never takes the lead. n log n while few fall into one window and square.
Source: packs E15 (dedupe before a case); ISA-18.2 (one alarm for one abnormal situation); docs/adr/0347-signals.md.
Compared with: components of the graph of all pairs (tests/methods/test_signals.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from datetime import datetime
from itertools import product
from math import cos, floor, hypot, radians
from typing import NamedTuple

from bihuan.methods.declared.cells import NO_DAY, ZONE, Cells
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

SECOND = 1_000_000
METRES_A_DEGREE = 111_320.0
_ORIGIN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class HeardSignal(NamedTuple):
    """A signal that counts: its row, kind, instant and arrival in microseconds, place in metres, and what it is a copy of."""

    row: int
    kind: str
    at: int
    received: int
    east: float
    north: float
    said: tuple[str, str]


def join_signals(given: Given) -> Answer:
    """The event of every signal. Source: docs/adr/0347-signals.md."""
    table = given["signals"]
    names = table["signal"].text()
    heard, silent = _heard(given)
    events = _components(heard, given.option("seconds") * SECOND, given.option("metres"))
    event, role, size = list(names), ["" for _ in names], [1 for _ in names]
    for row, why in silent.items():
        role[row] = why
    for members in events:
        members.sort(key=lambda each: (each.received, names[each.row]))
        copies = _copies(members)
        for place, each in enumerate(members):
            event[each.row] = names[members[0].row]
            role[each.row] = "leads" if place == 0 else "copy" if each.row in copies else "joins"
            size[each.row] = len(members) - len(copies)
    counts = Counter(role)
    facts = {"events": len(events), "copies": counts["copy"], "unheard": counts["unheard"], "low": counts["low"]}
    return Answer({"signal": names, "event": event, "role": role, "signals": size}, facts=facts)


def _heard(given: Given) -> tuple[list[HeardSignal], dict[int, str]]:
    """Signals that count, and for the others why they do not; one of an unknown model is refused."""
    table, cards = given["signals"], given["models"]
    least = dict(zip(cards["model"].text(), cards["least"].scaled(6).tolist(), strict=True))
    spans = _spans(
        cards["model"].text(), *(cards[name].days().tolist() for name in ("released", "suspended", "retired"))
    )
    models, scores = table["model"].text(), table["score"].scaled(6).tolist()
    devices, kinds, days = table["device"].text(), table["kind"].text(), _local_days(table["at"])
    at, received = _micros(table["at"]), _micros(table["received"])
    lon, lat = table["lon"].scaled(6).tolist(), table["lat"].scaled(6).tolist()
    heard: list[HeardSignal] = []
    silent: dict[int, str] = {}
    for row, model in enumerate(models):
        if model not in least:
            table.refuse(
                row, "model", f"名册中没有模型 {model} · no model {model}", "先登记模型卡 · register its card first"
            )
            silent[row] = "unheard"
        elif not any(first <= days[row] < last for first, last in spans[model]):
            silent[row] = "unheard"
        elif scores[row] < least[model]:
            silent[row] = "low"
        else:
            shrunk = cos(radians(lat[row] / 1e6))
            east, north = lon[row] / 1e6 * METRES_A_DEGREE * shrunk, lat[row] / 1e6 * METRES_A_DEGREE
            heard.append(HeardSignal(row, kinds[row], at[row], received[row], east, north, (devices[row], model)))
    return heard, silent


def _spans(
    models: list[str], released: list[int], suspended: list[int], retired: list[int]
) -> dict[str, list[tuple[int, int]]]:
    """From which day on and until before which day each model is listened to."""
    never = 1 << 40
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, first, *ends in zip(models, released, suspended, retired, strict=True):
        if first != NO_DAY:
            found[name].append((first, min(never if day == NO_DAY else day for day in ends)))
    return found


def _components(heard: list[HeardSignal], window: int, metres: float) -> list[list[HeardSignal]]:
    """Signals that are joined by pairs, or chains of pairs, of one kind within window and distance."""
    groups: defaultdict[str, list[HeardSignal]] = defaultdict(list)
    for each in heard:
        groups[each.kind].append(each)
    found: list[list[HeardSignal]] = []
    for _, members in sorted(groups.items()):
        members.sort(key=lambda each: each.at)
        top = _joined(members, window, metres)
        parts: defaultdict[int, list[HeardSignal]] = defaultdict(list)
        for place, each in enumerate(members):
            parts[_root(top, place)].append(each)
        found += parts.values()
    return found


def _joined(members: list[HeardSignal], window: int, metres: float) -> list[int]:
    """A forest over signals in the order of their instants: each only meets those of its own and the eight squares about.

    A square is as wide as the distance, so nothing nearer lies farther away; what is older than the window leaves it.
    """
    top, side = list(range(len(members))), metres or 1.0
    squares: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)
    for place, each in enumerate(members):
        column, line = floor(each.east / side), floor(each.north / side)
        for square in product((column - 1, column, column + 1), (line - 1, line, line + 1)):
            known = squares.get(square)
            while known and each.at - members[known[0]].at > window:
                known.popleft()
            for other in known or ():
                near = members[other]
                if hypot(each.east - near.east, each.north - near.north) <= metres:
                    top[_root(top, place)] = _root(top, other)
        squares[column, line].append(place)
    return top


def _root(top: list[int], place: int) -> int:
    while top[place] != place:
        top[place] = top[top[place]]
        place = top[place]
    return place


def _copies(members: list[HeardSignal]) -> set[int]:
    """Of the signals of an event, those that an earlier one had said already: one device and model, within a second."""
    said: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    copies: set[int] = set()
    for each in members:
        if any(abs(each.at - before) < SECOND for before in said[each.said]):
            copies.add(each.row)
        else:
            said[each.said].append(each.at)
    return copies


def _micros(cells: Cells) -> list[int]:
    return [_micro(text) for text in cells.values()]


def _local_days(cells: Cells) -> list[int]:
    return [(_aware(text).astimezone(ZONE).date() - _ORIGIN.date()).days for text in cells.values()]


def _micro(text: str) -> int:
    since = _aware(text) - _ORIGIN
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


METHOD = Method(
    name="signal-events",
    zh="探测信号归并为事件",
    en="Which signals of detectors tell of one event",
    inputs=(
        Input("signals", "信号", "Signals", (
            Column("signal", "信号编号", "Signal", "code"), Column("device", "设备", "Device", "code"),
            Column("model", "模型", "Model", "code"), Column("kind", "事件类型", "Kind of event", "code"),
            Column("at", "时间", "Instant", "instant"), Column("received", "接收时间", "Received", "instant"),
            Column("lon", "经度", "Longitude", "decimal"), Column("lat", "纬度", "Latitude", "decimal"),
            Column("score", "置信度", "Score", "decimal"),
        ), unique=("signal",)),
        Input("models", "模型", "Models", (
            Column("model", "模型", "Model", "code"), Column("least", "采信下限", "Least score", "decimal"),
            Column("released", "启用日期", "In use from", "date", required=False),
            Column("suspended", "暂停日期", "Suspended on", "date", required=False),
            Column("retired", "退役日期", "Retired on", "date", required=False),
        ), unique=("model",)),
    ),
    options=(
        Option("seconds", "时间窗", "Seconds between signals of one event", "count", "1800", unit="s"),
        Option("metres", "距离", "Metres between signals of one event", "count", "60", unit="m"),
    ),
    output=(
        Column("signal", "信号编号", "Signal", "code"), Column("event", "事件", "Event", "code"),
        Column("role", "归并结果", "What it is there", "choice", choices=one_of(
            leads="首报|Leads", joins="同一事件|Joins", copy="重复上送|Copy", low="低于采信下限|Score too low",
            unheard="模型不在用|Model not in use")),
        Column("signals", "信号数", "Signals of the event", "count"),
    ),
    facts=(
        AnswerKey("events", "事件数", "Events", {"type": "integer"}),
        AnswerKey("copies", "重复上送", "Copies", {"type": "integer"}),
        AnswerKey("unheard", "不采信", "Of models that are not in use", {"type": "integer"}),
        AnswerKey("low", "低于下限", "Score too low", {"type": "integer"}),
    ),
    key=("signal",),
    run=join_signals,
    source="ISA-18.2; docs/adr/0347-signals.md",
    peer="components of the graph of all pairs",
)  # fmt: skip
