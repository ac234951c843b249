"""`method`: an algorithm over whole registers, such as every risk with the first thing that is wrong about it.

Worked out at most once in some minutes for all who look; a register that is too large for a page is not worked out.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from django.urls import reverse
from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.faces.panels.answers import MethodPlot, RowInterval, listed_rows, number_of, plotted, whiskers_of
from bihuan.faces.panels.cells import AnswerTelling, titles_of, words_of
from bihuan.faces.panels.declared import Dot, PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.panels.places import place_of
from bihuan.faces.panels.series_rows import find_faults, read_series
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import account_of
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.methods.declared.finding import all_methods, method_named
from bihuan.methods.declared.model import Method
from bihuan.methods.declared.running import TooLittleError, run_method
from bihuan.numbers.feeding import (
    CardAsked,
    NumbersSource,
    card_faults,
    card_file,
    number_rows,
    number_source_faults,
)
from bihuan.readers import CsvWriter
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.subjects.pure.types import SubjectType

KEPT_SECONDS = 300.0
MOST = 20_000
MOST_ON_MAP = 2_000
CLOSED = Text("该名册只为规定用途收集，您不在其中。", "Collected for a purpose that is not yours.")
LITTLE = Text("记录还不足以得出结论。", "Too little is recorded to say anything.")
LARGE = Text("名册过大，请用命令行计算。", "The register is too large for a page; use the command line.")
NONE = Text("没有符合条件的条目。", "Nothing matches.")
OPEN = "=open"
type _Answer = tuple[dict[str, list[Any]], dict[str, Any]]
_kept: dict[tuple[Any, ...], tuple[float, _Answer]] = {}


class MethodInput(Strict):
    """One input: a type of subjects, and for each column of the method the field it is taken from; or another method's
    answer, with its own inputs; or a series (`=subject`, `=day`, `=value`, or a field of its subject) over the last
    `days` with a value. `=open`: `open` or `closed`, by the availability of the type. Or the house's own `numbers`, or
    the YAML of a `card`, in the edition of the day.
    """

    type: Slug | None = None
    series: Slug | None = None
    numbers: NumbersSource | None = None
    card: CardAsked | None = None
    days: int = Field(default=31, ge=1, le=366)
    where: dict[Code, str] = {}
    columns: dict[Code, Annotated[str, Field(pattern=r"^(=open|=subject|=time|=day|=value|[a-z][a-z0-9_]*)$")]] = {}
    method: Slug | None = None
    inputs: list[MethodInput] = []
    options: dict[str, str] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [self.type, self.series, self.method, self.numbers, self.card]
        rows = self.type is not None or self.series is not None
        if given.count(None) != 4 or bool(self.columns) != rows:
            raise ValueError(
                "an input is a `type` or a `series` with `columns`, a `method` with `inputs`, `numbers`, or a `card`"
            )
        return self


class MethodMap(Strict):
    """A map of the answer: the column `key` names the subject of `type`; the column `colour` says how it is painted.

    Its codes take the colours in their declared order.
    """

    type: Slug
    key: Code
    colour: Code


class OwnRows(Strict):
    """Rows that are shown to whom they are about: `column` holds a person's code; these roles see all of them."""

    column: Code
    unless: tuple[Code, ...] = ()


class MethodPanel(PanelFile):
    """A method on registers. `where` keeps rows whose column has one of these values; `link`: column → type.

    `options`: as on the command line; `=today` is the day, `=year` its year, `=now` the instant. `facts`: figures of
    the whole answer, with their words. `areas`: columns that are codes of places. `sort`: by this column's numbers,
    rows without one last. `own`: rows of one's own; `map`: rows on a map; `plot`: rows in a drawing. `told`: a figure
    of the answer that is a list of things is the table, in place of its rows.
    """

    method: Slug
    inputs: list[MethodInput] = Field(min_length=1)
    options: dict[str, str] = {}
    where: dict[Code, list[str]] = {}
    columns: tuple[Code, ...] = ()
    link: dict[Code, Slug] = {}
    words: dict[Code, Name] = {}
    facts: dict[Code, Name] = {}
    areas: tuple[Code, ...] = ()
    sort: Code | None = None
    own: OwnRows | None = None
    map: MethodMap | None = None
    plot: MethodPlot | None = None
    told: Code | None = None
    interval: RowInterval | None = None
    limit: int = Field(default=30, ge=1, le=200)


def show(here: World, programme: str, panel: MethodPanel) -> Shown:
    """Rows of the method's answer. Source: docs/topics/views.md, "Panels"."""
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        answer = _answer(here, programme, panel, looker)
    except FenceClosed:
        return Shown(message=say(CLOSED))
    except TooLittleError as fault:
        return Shown(message=f"{say(LITTLE)} {fault.message}")
    if answer is None:
        return Shown(message=say(LARGE))
    columns, facts = answer
    if panel.told is not None:
        return listed_rows(panel.columns, panel.words, facts.get(panel.told) or [], panel.limit)
    method, mine = method_named(panel.method), _mine(here, panel)
    names = panel.columns or tuple(column.name for column in method.output)
    kept = [
        index
        for index in range(len(next(iter(columns.values()), [])))
        if all(str(columns[name][index]) in wanted for name, wanted in panel.where.items())
        and (panel.own is None or mine is None or str(columns[panel.own.column][index]) in mine)
    ]
    if panel.sort is not None:
        by = [number_of(value) for value in columns[panel.sort]]
        kept.sort(key=lambda index: (by[index] is None, by[index] or 0.0))
    seen = kept[: panel.limit]
    link = {name: type_ for name, type_ in panel.link.items() if name in names}
    words, titles = words_of(dict(_origins(panel.inputs))), titles_of(here, link, columns, seen, looker)
    telling = AnswerTelling(here, method, panel.link, panel.areas, words, titles)
    rows = [[telling.cell(name, columns[name][index]) for name in names] for index in seen]
    labels = {column.name: column.label for column in method.output}
    heads = [say(panel.words.get(name) or labels[name]) for name in names]
    told = " · ".join(
        f"{say(words)} {'—' if facts.get(name) is None else facts[name]}" for name, words in panel.facts.items()
    )
    dots, codes, groups = _dots(here, panel, method, columns, looker) if panel.map else ((), (), ())
    if panel.plot is not None:
        dots, groups = plotted(panel.plot, columns, kept[:MOST_ON_MAP])
    message = told if rows or dots or told else say(NONE)
    drawn = whiskers_of(panel.interval, columns, kept[: panel.limit]) if panel.interval else []
    head = say(panel.interval.name) if panel.interval else ""
    return Shown(heads, rows, None, dots, groups, message=message, codes=codes, whiskers=drawn, whisker_head=head)


def _mine(here: World, panel: MethodPanel) -> frozenset[str] | None:
    """The codes under which rows are about whoever looks; None for who sees all of them."""
    if panel.own is None or here.actor.roles & set(panel.own.unless):
        return None
    key = here.actor.id.partition(":")[2]
    return frozenset({here.actor.id, key, account_of(here.actor.id)} - {""})


def _dots(
    here: World, panel: MethodPanel, method: Method, columns: dict[str, list[Any]], looker: Looker
) -> tuple[list[Dot], list[str], list[str]]:
    """Every row whose subject lies somewhere, in the colour of its code."""
    assert panel.map is not None
    said = next(each for each in method.output if each.name == panel.map.colour)
    codes = [code for code, _ in said.choices]
    colours = dict(zip(map(str, columns[panel.map.key]), map(str, columns[panel.map.colour]), strict=True))
    kind, day = subject_type(panel.map.type), here.now.astimezone(here.zone).date()
    dots = []
    for held in asking.find(here.registers.district.code, kind, asking.Viewpoint(day, limit=MOST_ON_MAP), looker):
        place = place_of(kind, held)
        if place is not None and colours.get(held.key) in codes:
            title = f"{held.values.get(kind.title_field, held.key)}"
            url = reverse("subjects-one", args=[kind.id, held.key])
            dots.append(Dot(*place, title, codes.index(colours[held.key]), url, colours[held.key]))
    return dots, codes, [say(words) for _, words in said.choices]


def _origins(inputs: Sequence[MethodInput]) -> Iterator[tuple[str, tuple[SubjectType, str]]]:
    """Which field of which register a column of that name was taken from; those of the outermost input come last."""
    for each in inputs:
        yield from _origins(each.inputs)
    for each in reversed(inputs):
        if each.type is not None:
            yield from ((name, (subject_type(each.type), field)) for name, field in each.columns.items())


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
        elif each.numbers is not None:
            _write(path, list(each.numbers.columns), number_rows(each.numbers, here.facts, day))
        elif each.card is not None:
            found = card_file(each.card, day)
            path.write_bytes(found.read_bytes() if found is not None else b"")
        elif each.series is not None:
            rows = read_series(here, each.series, each.days, each.columns, each.where, looker)
            if rows is None:
                return None
            _write(path, list(each.columns), rows)
        else:
            kind = subject_type(str(each.type))
            held = asking.find(here.registers.district.code, kind, asking.Viewpoint(day, limit=MOST + 1), looker)
            if len(held) > MOST:
                return None
            if method_named(name).inputs[number].kind == "geojson":
                path = _write_shapes(path.with_suffix(".geojson"), kind, each.columns, held)
            else:
                fields = list(each.columns.values())
                _write(path, list(each.columns), ([_value(kind, h.values, f) for f in fields] for h in held))
        paths.append(path)
    words = {"=today": day.isoformat(), "=year": str(day.year), "=now": here.now.isoformat()}
    said = {option: words.get(value, value) for option, value in options.items()}
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


def _write_shapes(path: Path, kind: SubjectType, columns: Mapping[str, str], held: Iterable[HeldFacts]) -> Path:
    """The subjects that have a shape, as GeoJSON with these properties."""
    features = [
        {
            "type": "Feature",
            "properties": {name: _value(kind, each.values, field) for name, field in columns.items()},
            "geometry": to_geojson(each.values[str(kind.geometry)]),
        }
        for each in held
        if each.values.get(str(kind.geometry)) is not None
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def faults(programme: str, panel: MethodPanel) -> Iterator[PanelFault]:
    """The method, its inputs and columns, and the types with their fields exist."""
    if panel.method not in {each.name for each in all_methods()}:
        yield ("method",), f"there is no method {panel.method!r}", "`bihuan calc --list` names them", "correct it"
        return
    method = method_named(panel.method)
    if panel.map is not None and panel.map.type not in subject_types():
        yield ("map", "type"), f"there is no type {panel.map.type!r}", "a register", "correct the spelling"
    yield from _input_faults(("inputs",), method, panel.inputs)
    known = {column.name for column in method.output}
    if panel.told is not None:
        told = {each.name for each in method.facts}
        if panel.told not in told:
            yield ("told",), f"{panel.method} tells no {panel.told!r}", f"one of {', '.join(told)}", "correct it"
        return
    ends = (panel.interval.low, panel.interval.high, panel.interval.value) if panel.interval else ()
    plot = (panel.plot.x, panel.plot.y, panel.plot.group, panel.plot.title) if panel.plot else ()
    own, drawn = ((panel.own.column,) if panel.own else ()), ((panel.map.key, panel.map.colour) if panel.map else ())
    for name in (
        *panel.columns,
        *panel.where,
        *panel.link,
        *panel.words,
        *panel.areas,
        *((panel.sort,) if panel.sort else ()),
        *own,
        *drawn,
        *ends,
        *plot,
    ):
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
        if given.series is not None:
            names = [each.name for each in wanted.columns]
            yield from find_faults(here, given.series, given.columns, given.where, names)
            continue
        if given.numbers is not None:
            for key, *said in number_source_faults(given.numbers, [each.name for each in wanted.columns]):
                yield (*here, "numbers", key), said[0], said[1], said[2]
            continue
        if given.card is not None:
            for key, *said in card_faults(given.card):
                yield (*here, "card", key), said[0], said[1], said[2]
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
