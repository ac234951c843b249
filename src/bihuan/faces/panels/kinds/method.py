"""`method`: an algorithm over whole registers, such as every risk with the first thing that is wrong about it.

Worked out at most once in some minutes for all who look; a register that is too large for a page is not worked out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from django.urls import reverse
from pydantic import Field, model_validator

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
from bihuan.subjects.pure.types import SubjectType

KEPT_SECONDS = 300.0
MOST = 20_000
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
LARGE = Text("名册过大，请用命令行计算。", "The register is too large for a page; use the command line.")
NONE = Text("没有符合条件的条目。", "Nothing matches.")
OPEN = "=open"
type _Answer = tuple[dict[str, list[Any]], dict[str, Any]]
_kept: dict[tuple[Any, ...], tuple[float, _Answer]] = {}


class MethodInput(Strict):
    """One input: a type of subjects, and for each column of the method the field it is taken from; or another method's
    answer, with its own inputs. `=open`: `open` or `closed`, by the availability of the type.
    """

    type: Slug | None = None
    columns: dict[Code, Annotated[str, Field(pattern=r"^(=open|[a-z][a-z0-9_]*)$")]] = {}
    method: Slug | None = None
    inputs: list[MethodInput] = []
    options: dict[str, str] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.type is None) == (self.method is None) or bool(self.columns) != (self.type is not None):
            raise ValueError("an input is a `type` with `columns`, or a `method` with `inputs`")
        return self


class MethodPanel(PanelFile):
    """A method on registers. `where` keeps rows whose column has one of these values; `link`: column → type.

    `options`: as on the command line; `=today` is the day. `facts`: figures of the whole answer, with their words.
    """

    method: Slug
    inputs: list[MethodInput] = Field(min_length=1)
    options: dict[str, str] = {}
    where: dict[Code, list[str]] = {}
    columns: tuple[Code, ...] = ()
    link: dict[Code, Slug] = {}
    words: dict[Code, Name] = {}
    facts: dict[Code, Name] = {}
    limit: int = Field(default=30, ge=1, le=200)


def show(here: World, programme: str, panel: MethodPanel) -> Shown:
    """Rows of the method's answer. Source: docs/topics/views.md, "Panels"."""
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        answer = _answer(here, programme, panel, looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    if answer is None:
        return Shown(message=say(LARGE))
    columns, facts = answer
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
    told = " · ".join(f"{say(words)} {facts.get(name, '')}" for name, words in panel.facts.items())
    return Shown(heads, rows, message=told if rows or told else say(NONE))


def _cell(method: Method, panel: MethodPanel, name: str, value: Any) -> Cell:
    column = next(each for each in method.output if each.name == name)
    text = next((words.zh if language() == "zh" else words.en for code, words in column.choices if code == value), None)
    url = reverse("subjects-one", args=[panel.link[name], value]) if name in panel.link and value else ""
    return Cell(text or ("" if value is None else str(value)), url, isinstance(value, int))


def _answer(here: World, programme: str, panel: MethodPanel, looker: Looker) -> _Answer | None:
    district, day = here.registers.district.code, here.now.astimezone(here.zone).date()
    key = (district, programme, panel.model_dump_json(), day, looker.roles)
    known = _kept.get(key)
    if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
        return known[1]
    with tempfile.TemporaryDirectory() as folder:
        outcome = _run(here, panel.method, panel.inputs, panel.options, Path(folder), looker)
    if outcome is None:
        return None
    found = {name: list(values) for name, values in outcome.columns.items()}, dict(outcome.facts)
    if len(_kept) > 50:
        _kept.clear()
    _kept[key] = (time.monotonic(), found)
    return found


def _run(
    here: World, name: str, inputs: Sequence[MethodInput], options: Mapping[str, str], folder: Path, looker: Looker
) -> Any:
    """Run a method on registers of the day and on answers of other methods; None for registers that are too large."""
    day, paths = here.now.astimezone(here.zone).date(), []
    for number, each in enumerate(inputs):
        path = folder / f"{number}.csv"
        if each.method is not None:
            inner = folder / str(number)
            inner.mkdir()
            found = _run(here, each.method, each.inputs, each.options, inner, looker)
            if found is None:
                return None
            _write(path, list(found.columns), zip(*found.columns.values(), strict=True))
        else:
            kind = subject_type(str(each.type))
            held = asking.find(here.registers.district.code, kind, asking.Viewpoint(day, limit=MOST + 1), looker)
            if len(held) > MOST:
                return None
            fields = list(each.columns.values())
            _write(path, list(each.columns), ([_value(kind, h.values, f) for f in fields] for h in held))
        paths.append(path)
    said = {option: day.isoformat() if value == "=today" else value for option, value in options.items()}
    return run_method(method_named(name), paths, said, lambda: here.registers.calendar)


def _value(kind: SubjectType, values: Mapping[str, Any], field: str) -> Any:
    if field != OPEN or kind.availability is None:
        return values.get(field)
    return "open" if values.get(kind.availability.status) in kind.availability.open else "closed"


def _write(path: Path, names: list[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = CsvWriter(out, names)
        for row in rows:
            writer.write(list(row))


def faults(programme: str, panel: MethodPanel) -> Iterator[PanelFault]:
    """The method, its inputs and columns, and the types with their fields exist."""
    if panel.method not in {each.name for each in all_methods()}:
        yield ("method",), f"there is no method {panel.method!r}", "`bihuan calc --list` names them", "correct it"
        return
    method = method_named(panel.method)
    yield from _input_faults(("inputs",), method, panel.inputs)
    known = {column.name for column in method.output}
    for name in (*panel.columns, *panel.where, *panel.link, *panel.words):
        if name not in known:
            yield ("columns",), f"{panel.method} gives no {name!r}", f"one of {', '.join(known)}", "correct it"


def _input_faults(at: tuple[str | int, ...], method: Method, inputs: Sequence[MethodInput]) -> Iterator[PanelFault]:
    if len(inputs) != len(method.inputs):
        yield at, f"{method.name} takes {len(method.inputs)} inputs", "one for each", "name them in order"
    for index, (given, wanted) in enumerate(zip(inputs, method.inputs, strict=False)):
        here = (*at, index)
        if given.method is not None:
            if given.method not in {each.name for each in all_methods()}:
                told = "`bihuan calc --list` names them"
                yield (*here, "method"), f"there is no method {given.method!r}", told, "correct it"
            else:
                yield from _input_faults((*here, "inputs"), method_named(given.method), given.inputs)
            continue
        kind = subject_types().get(str(given.type))
        if kind is None:
            yield (*here, "type"), f"there is no type {given.type!r}", "a register", "correct the spelling"
            continue
        for column, field in given.columns.items():
            if field == OPEN and kind.availability is None:
                yield here, f"{kind.id} declares no availability", "`=open` needs it", "name a field"
            elif field != OPEN and field not in kind.open_fields:
                yield here, f"{kind.id} has no open field {field!r}", "an open field", "correct it"
            if column not in {each.name for each in wanted.columns} and not wanted.open:
                yield here, f"{method.name} has no column {column!r}", "a column of it", "correct it"


KIND = PanelKind("method", "算法", "An algorithm over registers", MethodPanel, show, faults)
