"""`handover`: acts that wait for their other side, or are wrong and not settled, with the tolerance of each.

Judged at most once in a minute for all who look.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Slug
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.handovers.catalogue import DeclaredHandover, handover_named, known_handovers
from bihuan.handovers.facts import plain, told_of
from bihuan.handovers.pure.judging import (
    CARRIER,
    LATE,
    MISSING,
    PLACE,
    UNLICENSED,
    WEIGHT,
    HandoverAnswer,
    JudgedAct,
)
from bihuan.handovers.reading import ask_handover
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.ground import positions_of

KEPT_SECONDS = 60.0
HEADS = (Text("编号", "Number"), Text("承运", "Carrier"), Text("离开", "Left"), Text("状态", "State"),
         Text("交出（{unit}）", "Given, {unit}"), Text("收到（{unit}）", "Received, {unit}"),
         Text("容差（{unit}）", "Tolerance, {unit}"))  # fmt: skip
KILOGRAMS, WHAT = Text("千克", "kg"), Text("交接物", "What")
EN_ROUTE, MATCHED = Text("在途", "On its way"), Text("已对上", "Agrees")
SETTLED = Text("（已核结）", " (settled)")
SUMMED = Text(
    "{acts} 笔，交出 {given} {unit}，收到 {received} {unit}；",
    "{acts} acts, {given} {unit} given, {received} {unit} received; ",
)
STILL = Text("{open} 笔异常未核结，{way} 笔在途。", "{open} wrong and not settled, {way} on their way.")
WORDS = {
    MISSING: Text("未到", "Never arrived"), LATE: Text("超时", "Late"), WEIGHT: Text("重量不符", "Weights differ"),
    PLACE: Text("到达其他场所", "Arrived elsewhere"), CARRIER: Text("承运人不符", "Another carrier"),
    UNLICENSED: Text("无有效许可", "No licence"),
}  # fmt: skip
WRONG, WAITING = Text("异常", "Wrong"), Text("在途", "On its way")
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
NONE = Text("没有在途或异常的交接。", "Nothing is on its way or wrong.")
_kept: dict[tuple[Any, ...], tuple[float, HandoverAnswer]] = {}


class HandoverPanel(PanelFile):
    """A handover: what waits and what is wrong, first what is wrong. `map`: where the giving side says it is.

    `where`: only acts of this group, carrier, place or giver; then those that agree are shown, too, and are summed up.
    """

    handover: Slug
    where: dict[Literal["group", "carrier", "place", "giver"], str] = Field(default={})
    map: bool = False
    limit: int = Field(default=30, ge=1, le=200)


def show(here: World, programme: str, panel: HandoverPanel) -> Shown:
    """Open acts, the oldest first. Source: docs/topics/handovers.md, "The page"."""
    found = handover_named(panel.handover)
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        answer = _answer(here, found, looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    mine = [each for each in answer.acts if all(getattr(each.given, name) == v for name, v in panel.where.items())]
    acts = [each for each in mine if each.open] + [each for each in mine if each.received is None and not each.flags]
    if panel.where:
        acts += [each for each in mine if not each.open and (each.received is not None or each.flags)]
    shown = acts[: panel.limit]
    rows = [_row(here, found, each) for each in shown]
    dots = _dots(here, found, shown, looker) if panel.map else []
    told = _summed(found, mine) if panel.where else ""
    return Shown(_heads(found), rows, None, dots, [say(WRONG), say(WAITING)], message=told if rows else say(NONE))


def _summed(found: DeclaredHandover, acts: Sequence[JudgedAct]) -> str:
    """What was given and received in all."""
    counted, told = found.declared.counted, told_of(acts, None, "")
    unit = say(counted.name if counted else KILOGRAMS)
    words = say(SUMMED).format(acts=len(acts), given=told["given"], received=told["received"], unit=unit)
    return words + say(STILL).format(open=told["open"], way=told["en_route"])


def _heads(found: DeclaredHandover) -> list[str]:
    """The heads of columns; what is counted is carried as itself and has no tolerance."""
    counted = found.declared.counted
    unit = say(counted.name if counted else KILOGRAMS)
    heads = [say(each).format(unit=unit) for each in HEADS]
    return [heads[0], say(WHAT), *heads[2:-1]] if counted else heads


def _row(here: World, found: DeclaredHandover, act: JudgedAct) -> list[Cell]:
    given, received = act.given, act.received
    own = found.declared.words
    words = "、".join(say(own.get(flag, WORDS[flag])) for flag in act.flags)
    words = words + say(SETTLED) if words and not act.open else words or say(EN_ROUTE if received is None else MATCHED)
    row = [
        Cell(given.number, reverse("subjects-one", args=[found.declared.given.subject, given.key])),
        Cell(given.carrier),
        Cell(given.at.astimezone(here.zone).strftime("%m-%d %H:%M")), Cell(words),
        Cell(plain(given.weighed.net), "", True), Cell(plain(received.weighed.net) if received else "", "", True),
    ]  # fmt: skip
    tolerance = Cell("" if act.tolerance is None else f"±{act.tolerance}", "", True)
    return row if found.declared.counted else [*row, tolerance]


def _dots(here: World, found: DeclaredHandover, acts: Sequence[JudgedAct], looker: Looker) -> list[Dot]:
    kind = subject_type(found.declared.given.subject)
    places = [name for name in kind.open_fields if kind.fields[name].type == "place"]
    day, dots = here.now.astimezone(here.zone).date(), []
    for act in acts if places else ():
        held = asking.get(here.registers.district.code, kind, act.given.key, day, looker)
        value = next((held.values[name] for name in places if name in held.values), None) if held else None
        for lon, lat in list(positions_of(value))[:1] if value else ():
            url = reverse("subjects-one", args=[kind.id, act.given.key])
            dots.append(Dot(lon, lat, act.given.number, 0 if act.flags else 1, url))
    return dots


def _answer(here: World, found: DeclaredHandover, looker: Looker) -> HandoverAnswer:
    key = (here.registers.district.code, found.file, looker.roles)
    known = _kept.get(key)
    if known is None or time.monotonic() - known[0] > KEPT_SECONDS:
        if len(_kept) > 50:
            _kept.clear()
        _kept[key] = known = (
            time.monotonic(), ask_handover(found, here.registers.district.code, here.now, looker=looker)
        )  # fmt: skip
    return known[1]


def faults(programme: str, panel: HandoverPanel) -> Iterator[PanelFault]:
    """The handover is declared."""
    known = known_handovers().found
    if panel.handover not in known:
        yield (
            ("handover",),
            f"there is no handover {panel.handover!r}",
            f"one of: {', '.join(sorted(known))}",
            "declare it",
        )


KIND = PanelKind("handover", "交接", "What waits for its other side, and what is wrong", HandoverPanel, show, faults)
