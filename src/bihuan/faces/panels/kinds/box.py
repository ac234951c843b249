"""`box`: what a sealed box is about: how many took part while it is open, what was counted after it was opened."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from pydantic import Field

from bihuan.boxes.catalogue import all_boxes, box_named
from bihuan.boxes.opening import lots_of
from bihuan.boxes.putting import participation, span_of
from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.methods.declared.finding import method_named
from bihuan.subjects.catalogue import subject_type

HEADS = (Text("编号", "Number"), Text("事项", "About"), Text("截止", "Closes"), Text("参与", "Took part"),
         Text("参与权重", "Weight taking part"), Text("结果", "Result"))  # fmt: skip
SEALED, NOT_YET = Text("密封中", "Sealed"), Text("未开始", "Not open yet")
ALL, NONE = Text("公开页", "The public page"), Text("没有表决事项。", "Nothing is put to the vote.")


class BoxPanel(PanelFile):
    """A box. `result`: the field of its lot that says what came of it; `where`: only lots with these values."""

    box: Slug
    result: Code
    where: dict[Code, str] = {}
    limit: int = Field(default=12, ge=1, le=60)


def show(here: World, programme: str, panel: BoxPanel) -> Shown:
    """Lots, the last to close first; never a tendency while one is sealed. Source: docs/topics/boxes.md, "Pages"."""
    box = box_named(panel.box)
    found = [
        held for held in lots_of(box, here.now)
        if all(str(held.values.get(name)) == value for name, value in panel.where.items())
    ]  # fmt: skip
    found.sort(key=lambda held: (str(held.values.get(box.file.lot.closes) or ""), held.key), reverse=True)
    kind = subject_type(box.file.lot.subject)
    rows, about = [], "subjects-one"
    for held in found[: panel.limit]:
        span, live = span_of(box, held), participation(box, held.key, here.now)
        result = held.values.get(panel.result)
        early = NOT_YET if span is None or here.now < span[0] else SEALED
        said = say(early) if result is None else _word(box.file.count.method, box.file.count.set[panel.result], result)
        rows.append([
            Cell(held.key, reverse("box", args=[panel.box, held.key])),
            Cell(str(held.values.get(box.file.lot.title) or held.key), reverse(about, args=[kind.id, held.key])),
            Cell(str(held.values.get(box.file.lot.closes) or "")), Cell(f"{live.heads_in} / {live.heads}", "", True),
            Cell(f"{live.weight_in} / {live.weight}", "", True), Cell(said),
        ])  # fmt: skip
    more = (reverse("boxes"), say(ALL))
    return Shown([say(each) for each in HEADS], rows, more, message="" if rows else say(NONE))


def _word(method: str, column: str, value: object) -> str:
    """A code of the method's answer in words."""
    choices = dict(next(each for each in method_named(method).output if each.name == column).choices)
    return say(choices[str(value)]) if str(value) in choices else str(value)


def faults(programme: str, panel: BoxPanel) -> Iterator[PanelFault]:
    """The box is declared, and its result is one that it counts."""
    found = all_boxes().get(panel.box)
    if found is None:
        yield ("box",), f"there is no box {panel.box!r}", f"one of {', '.join(all_boxes())}", "correct the spelling"
    elif panel.result not in found.file.count.set:
        known = ", ".join(found.file.count.set)
        yield ("result",), f"{panel.box} counts no {panel.result!r}", f"one of {known}", "correct the spelling"


KIND = PanelKind("box", "密封箱", "What a sealed box is about, and what came of it", BoxPanel, show, faults)
