"""`watches`: what the programme's watches have found, how often they were right, how much work they made."""

from __future__ import annotations

from bihuan.faces.panels.declared import PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.showing import judge_watches

HEADS = (
    Text("监看", "Watch"), Text("进行中", "Open"), Text("立案", "Cases"), Text("属实", "Confirmed"),
    Text("误报", "Wrong"), Text("未知", "Unknown"),
)  # fmt: skip


class WatchesPanel(PanelFile):
    """All watches of the programme."""


def show(here: World, programme: str, panel: WatchesPanel) -> Shown:
    """A line for each watch. Source: docs/topics/views.md, "Panels"."""
    mine = [watch for watch in current_catalogue().watches.values() if watch.programme == programme]
    judged = judge_watches(here.registers.district.code, mine)
    rows = []
    for watch in mine:
        right = judged.get(watch.name)
        told = (
            (right.open, right.cases, right.confirmed, right.false, right.incidents - right.judged)
            if right else (0, 0, 0, 0, 0)
        )  # fmt: skip
        rows.append([Cell(say(watch.declared.name)), *(Cell(str(each), "", True) for each in told)])
    return Shown([say(each) for each in HEADS], rows)


KIND = PanelKind("watches", "监看", "Watches", WatchesPanel, show)
