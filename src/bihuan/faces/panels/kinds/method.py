"""`method`: an algorithm over whole registers, such as every risk with the first thing that is wrong about it.

Worked out at most once in some minutes for all who look; a register that is too large for a page is not worked out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import reverse
from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.methods.declared.finding import all_methods, method_named
from bihuan.methods.declared.model import Method
from bihuan.methods.declared.running import run_method
from bihuan.readers import CsvWriter
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker

KEPT_SECONDS = 300.0
MOST = 20_000
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
LARGE = Text("名册过大，请用命令行计算。", "The register is too large for a page; use the command line.")
NONE = Text("没有符合条件的条目。", "Nothing matches.")
_kept: dict[tuple[Any, ...], tuple[float, dict[str, list[Any]]]] = {}


class MethodInput(Strict):
    """One input: the type of subjects, and for each column of the method the field it is taken from."""

    type: Slug
    columns: dict[Code, Code] = Field(min_length=1)


class MethodPanel(PanelFile):
    """A method on registers. `where` keeps rows whose column has one of these values; `link`: column → type.

    `options`: as on the command line; `=today` is the day.
    """

    method: Slug
    inputs: list[MethodInput] = Field(min_length=1)
    options: dict[str, str] = {}
    where: dict[Code, list[str]] = {}
    columns: tuple[Code, ...] = ()
    link: dict[Code, Slug] = {}
    words: dict[Code, Name] = {}
    limit: int = Field(default=30, ge=1, le=200)


def show(here: World, programme: str, panel: MethodPanel) -> Shown:
    """Rows of the method's answer. Source: docs/topics/views.md, "Panels"."""
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        columns = _answer(here, programme, panel, looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    if columns is None:
        return Shown(message=say(LARGE))
    method = method_named(panel.method)
    names = panel.columns or tuple(column.name for column in method.output)
    kept = [
        index
        for index in range(len(next(iter(columns.values()), [])))
        if all(str(columns[name][index]) in wanted for name, wanted in panel.where.items())
    ]
    rows = [[_cell(method, panel, name, columns[name][index]) for name in names] for index in kept[: panel.limit]]
    labels = {column.name: column.label for column in method.output}
    heads = [say(panel.words.get(name) or labels[name]) for name in names]
    return Shown(heads, rows, message="" if rows else say(NONE))


def _cell(method: Method, panel: MethodPanel, name: str, value: Any) -> Cell:
    column = next(each for each in method.output if each.name == name)
    text = next((words.zh if language() == "zh" else words.en for code, words in column.choices if code == value), None)
    url = reverse("subjects-one", args=[panel.link[name], value]) if name in panel.link and value else ""
    return Cell(text or ("" if value is None else str(value)), url, isinstance(value, int))


def _answer(here: World, programme: str, panel: MethodPanel, looker: Looker) -> dict[str, list[Any]] | None:
    district, day = here.registers.district.code, here.now.astimezone(here.zone).date()
    key = (district, programme, panel.model_dump_json(), day, looker.roles)
    known = _kept.get(key)
    if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
        return known[1]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, each in enumerate(panel.inputs):
            kind = subject_type(each.type)
            held = asking.find(district, kind, asking.Viewpoint(day, limit=MOST + 1), looker)
            if len(held) > MOST:
                return None
            paths.append(_write(Path(folder) / f"{number}.csv", each, held))
        options = {name: day.isoformat() if value == "=today" else value for name, value in panel.options.items()}
        outcome = run_method(method_named(panel.method), paths, options, lambda: here.registers.calendar)
    found = {name: list(values) for name, values in outcome.columns.items()}
    if len(_kept) > 50:
        _kept.clear()
    _kept[key] = (time.monotonic(), found)
    return found


def _write(path: Path, wanted: MethodInput, held: list[asking.HeldFacts]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = CsvWriter(out, list(wanted.columns))
        for each in held:
            writer.write([each.values.get(field) for field in wanted.columns.values()])
    return path


def faults(programme: str, panel: MethodPanel) -> Iterator[PanelFault]:
    """The method, its inputs and columns, and the types with their fields exist."""
    if panel.method not in {each.name for each in all_methods()}:
        yield ("method",), f"there is no method {panel.method!r}", "`bihuan calc --list` names them", "correct it"
        return
    method = method_named(panel.method)
    if len(panel.inputs) != len(method.inputs):
        yield ("inputs",), f"{panel.method} takes {len(method.inputs)} inputs", "one for each", "name them in order"
    for index, (given, wanted) in enumerate(zip(panel.inputs, method.inputs, strict=False)):
        kind = subject_types().get(given.type)
        if kind is None:
            yield ("inputs", index, "type"), f"there is no type {given.type!r}", "a register", "correct the spelling"
            continue
        for column, field in given.columns.items():
            if field not in kind.open_fields:
                yield ("inputs", index), f"{kind.id} has no open field {field!r}", "an open field", "correct it"
            if column not in {each.name for each in wanted.columns} and not wanted.open:
                yield ("inputs", index), f"{panel.method} has no column {column!r}", "a column of it", "correct it"
    known = {column.name for column in method.output}
    for name in (*panel.columns, *panel.where, *panel.link, *panel.words):
        if name not in known:
            yield ("columns",), f"{panel.method} gives no {name!r}", f"one of {', '.join(known)}", "correct it"


KIND = PanelKind("method", "算法", "An algorithm over registers", MethodPanel, show, faults)
