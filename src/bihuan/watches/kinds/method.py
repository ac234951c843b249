"""`method`: what a pure method says of whole registers: silent firms beside their peers, hazards that came back.

The method is the one that `bihuan calc` runs and pages show; the watch keeps the rows of its answer whose columns have
the wanted values, and their key names the subject.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

import pyarrow as pa
from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.methods.declared.finding import all_methods, method_named
from bihuan.methods.declared.model import Column, Input
from bihuan.methods.declared.running import TooLittleError, run_method
from bihuan.numbers.feeding import CardAsked, NumbersSource, card_faults, card_file, number_rows, number_source_faults
from bihuan.readers import CsvWriter
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.feeding import feed_rows
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.watches.model import Fact, Fault, Hits, Over, Scalar, WatchKind
from bihuan.watches.numbers import NumbersOfNow, facts_of
from bihuan.watches.parts import faults_of_field, fields_behind
from bihuan.watches.scene import Scene

TODAY, NOW, KEPT, ANYTHING = "=today", "=now", 16, "*"
_ANSWERS: dict[str, Mapping[str, Any]] = {}
"""By the digest of what was asked: watches look every few minutes at what changes once a day."""


class MethodSource(Strict):
    """One input of the method: subjects of a type, narrowed as a watch is, and column of the method → their field.

    A column may be taken from `key`, the subject's own; where the method wants shapes, the subjects that have one. Or
    the values of a `series` on the last `days` whole days before the look: columns from `=subject`, `=time`, `=day`,
    `=value` or fields of the subject; `beside`: further columns → another series of the same subjects, whose value of
    the same instant stands there.

    Or the house's own `numbers`, or the YAML of a `card`, in the edition of the day.
    """

    type: Slug | None = None
    series: Slug | None = None
    numbers: NumbersSource | None = None
    card: CardAsked | None = None
    days: int = Field(default=14, ge=1, le=366)
    columns: dict[Code, Annotated[str, Field(pattern=r"^(=subject|=time|=day|=value|[a-z][a-z0-9_]*)$")]] = {}
    beside: dict[Code, Slug] = {}
    where: dict[Code, Scalar | list[Scalar] | None] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        rows = self.type is not None or self.series is not None
        given = (self.type, self.series, self.numbers, self.card)
        if given.count(None) != 3 or bool(self.columns) != rows or (self.beside and self.series is None):
            raise ValueError(
                "an input is a `type` or a `series` with `columns`, or `numbers`, or a `card`; "
                "`beside` belongs to a series"
            )
        return self

    @property
    def of_house(self) -> bool:
        """Whether no register is read: numbers, or a card."""
        return self.numbers is not None or self.card is not None

    @property
    def about(self) -> str:
        """The type of its subjects; empty for a series that is not declared."""
        if self.series is None:
            return self.type or ""
        found = current_catalogue().series.get(self.series)
        return found.declared.subject if found else ""


class MethodRule(Strict):
    """Which method on which registers, and which rows of its answer are incidents.

    Args:
        name: Of the method. inputs: In its order. options: As on the command line; `=today`, `=now`.
        key: Column that names the subject. part: Column that tells two incidents of one subject apart.
        incident: Column whose value decides: another one is told as a change. where: Column → values that are kept;
            `*`: whatever is said.
    """

    name: Slug
    inputs: list[MethodSource] = Field(min_length=1)
    options: dict[Code, str] = {}
    key: Code
    part: Code | None = None
    incident: Code | None = None
    where: dict[Code, list[str]] = {}


def find(scene: Scene, over: Over, rule: MethodRule) -> Hits:
    """Every row of the answer that is wanted and names a subject that is looked at.

    Source: docs/topics/watches.md, "method".
    """
    answer = _answer(scene, rule)
    known = set(scene.narrow(over)["key"].to_pylist())
    size = len(next(iter(answer.values()), ()))
    rows = [
        row
        for row in range(size)
        if str(answer[rule.key][row]) in known
        and all(_wanted(_text(answer[name][row]), wanted) for name, wanted in rule.where.items())
    ]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [Fact(f"{rule.name}.{name}", _text(answer[name][rows[each]]), rule.name, scene.day.isoformat())
             for name in answer] for each in chosen
        ]  # fmt: skip

    def column(name: str | None) -> list[str]:
        return ["" if name is None else _text(answer[name][row]) for row in rows]

    counted = any(source.numbers is not None for source in rule.inputs)  # as kept now: what it was is not asked again
    retracted = frozenset[tuple[str, str]]() if counted else None
    return Hits(column(rule.key), column(rule.part), column(rule.incident), tell, size, retracted=retracted)


def _wanted(said: str, wanted: Sequence[str]) -> bool:
    """Whether a value is among the wanted ones; `*` is anything that is said."""
    return said in wanted or (bool(said) and ANYTHING in wanted)


def _answer(scene: Scene, rule: MethodRule) -> Mapping[str, Any]:
    """The method's answer on everything: what one subject is depends on its peers, so nothing is narrowed here."""
    asked = ("method", scene.programme, repr((rule.name, rule.inputs, sorted(rule.options.items()))))
    if asked not in scene.worked:  # several watches keep other rows of one answer
        scene.worked[asked] = _worked_out(scene, rule)
    answer: Mapping[str, Any] = scene.worked[asked]
    return answer


def _worked_out(scene: Scene, rule: MethodRule) -> Mapping[str, Any]:
    whole = scene if scene.only is None else replace(scene, only=None, only_type="", _frames={})
    said = {TODAY: scene.day.isoformat(), NOW: scene.at.isoformat()}
    options = {name: said.get(value, value) for name, value in rule.options.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths, digest = [], hashlib.sha256(repr((rule.name, sorted(options.items()))).encode())
        for number, (source, wanted) in enumerate(zip(rule.inputs, method_named(rule.name).inputs, strict=True)):
            if source.of_house:
                paths.append(_write_house(Path(folder) / f"{number}", whole, source))
                digest.update(paths[-1].read_bytes())
                continue
            table = whole.narrow(Over(subject=source.about, where=source.where))
            if wanted.kind == "geojson":
                paths.append(_write_shapes(Path(folder) / f"{number}.geojson", table, source))
                digest.update(paths[-1].read_bytes())
                continue
            if source.series is None:
                columns = [table[field].to_pylist() for field in source.columns.values()]
            else:
                columns = _values(whole, source, table)
            paths.append(_write(Path(folder) / f"{number}.csv", [*source.columns, *source.beside], columns))
            digest.update(paths[-1].read_bytes())
        said_before = digest.hexdigest()
        if said_before not in _ANSWERS:
            while len(_ANSWERS) >= KEPT:
                _ANSWERS.pop(next(iter(_ANSWERS)))
            method = method_named(rule.name)
            try:
                answer = run_method(method, paths, options, lambda: scene.registers.calendar).columns
            except TooLittleError:  # nothing can be said yet, so nothing is seen
                answer = {column.name: [] for column in method.output}
            _ANSWERS[said_before] = answer
        return _ANSWERS[said_before]


def _write_house(path: Path, scene: Scene, source: MethodSource) -> Path:
    """Numbers as kept now, or the card in force on the day. Source: docs/adr/0424-numbers-and-cards-for-methods.md."""
    if source.card is not None:
        found = card_file(source.card, scene.day)
        path = path.with_suffix(".yaml")
        path.write_bytes(found.read_bytes() if found is not None else b"")
        return path
    assert source.numbers is not None
    if scene.known is not None:
        raise NumbersOfNow("指标只有当前数 · numbers are kept as of now alone")
    rows = number_rows(source.numbers, facts_of(scene), scene.day)
    names = list(source.numbers.columns)
    return _write(
        path.with_suffix(".csv"), names, [list(each) for each in zip(*rows, strict=True)] or [[] for _ in names]
    )


def _values(scene: Scene, source: MethodSource, table: pa.Table) -> list[list[Any]]:
    """What the subjects' series say on whole days that are over: the same answer all day long."""
    zone = scene.registers.calendar.zone
    end = datetime.combine(scene.day, time(), zone)
    fields = [field for field in source.columns.values() if not field.startswith("=")]
    held = {
        str(key): dict(zip(fields, said, strict=True))
        for key, *said in zip(table["key"].to_pylist(), *(table[field].to_pylist() for field in fields), strict=True)
    }
    with in_district(scene.district):
        rows = feed_rows(
            scene.district, str(source.series), end - timedelta(days=source.days), end, source.columns, held,
            source.beside,
        ) or []  # fmt: skip
    width = len(source.columns) + len(source.beside)
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _write(path: Path, names: Sequence[str], columns: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        CsvWriter(out, list(names)).write_columns(columns)
    return path


def _write_shapes(path: Path, table: pa.Table, source: MethodSource) -> Path:
    """The subjects that have a shape, as GeoJSON with these properties."""
    shapes = table[str(subject_type(source.about).geometry)].to_pylist()
    told = [table[field].to_pylist() for field in source.columns.values()]
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(source.columns, cells, strict=True)),
            "geometry": to_geojson(json.loads(shape)),
        }
        for shape, *cells in zip(shapes, *told, strict=True)
        if shape
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def why(rule: MethodRule) -> Words:
    """The rule in words."""
    method = method_named(rule.name)
    columns = {each.name: each for each in method.output}
    kept = [_kept(columns[name], values) for name, values in rule.where.items() if name in columns]
    zh, en = "；".join(each.zh for each in kept), "; ".join(each.en for each in kept)
    return Words(f"算法“{method.zh}”判断：{zh}", f"the method {method.en!r} says {en}")


def _kept(column: Column, values: Sequence[str]) -> Words:
    """What is kept of a column, by the names that the method gives column and codes."""
    if ANYTHING in values:
        return Words(f"{column.zh}：有", f"{column.en}: some")
    called = dict(column.choices)
    named = [called.get(value, Words(value, value)) for value in values]
    zh, en = "、".join(each.zh for each in named), " or ".join(each.en for each in named)
    return Words(f"{column.zh} {zh}", f"{column.en}: {en}")


def faults(scene: Any, over: Over, rule: MethodRule) -> Iterator[Fault]:
    """The method is there, with these inputs, options and columns; the types have these fields."""
    if rule.name not in {each.name for each in all_methods()}:
        yield ("name",), f"there is no method {rule.name!r}", "`bihuan calc --list` names them", "correct the spelling"
        return
    method = method_named(rule.name)
    if len(rule.inputs) != len(method.inputs):
        yield ("inputs",), f"{rule.name} takes {len(method.inputs)} inputs", "one for each", "name them in order"
    for index, (source, wanted) in enumerate(zip(rule.inputs, method.inputs, strict=False)):
        columns = {each.name for each in wanted.columns}
        if source.of_house:
            yield from _house_faults(index, source, wanted)
            continue
        known = subject_types()
        if wanted.kind == "geojson" and source.about in known and not known[source.about].geometry:
            yield ("inputs", index), f"{source.about} has no geometry", "a type with shapes", "name another type"
        for name in filter(None, (source.series, *source.beside.values())):
            if name not in current_catalogue().series:
                yield ("inputs", index), f"there is no series {name!r}", "`bihuan series list` names them", "correct it"
                return
        for column, field in source.columns.items():
            if field.startswith("=") and source.series is None:
                yield ("inputs", index, "columns", column), f"{field} is of a series", "a field of the type", "name one"
            elif field != "key" and not field.startswith("="):
                yield from faults_of_field(source.about, ("inputs", index, "columns", column), field)
            if column not in columns and not wanted.open:
                yield ("inputs", index), f"{rule.name} has no column {column!r}", "a column of it", "correct it"
        for name in source.where:
            yield from faults_of_field(source.about, ("inputs", index, "where", name), name)
    given, told = {each.name for each in method.options}, {each.name for each in method.output}
    for name in sorted(set(rule.options) - given):
        yield ("options", name), f"{rule.name} has no option {name!r}", f"one of {', '.join(given)}", "correct it"
    for name in filter(None, (rule.key, rule.part, rule.incident, *rule.where)):
        if name not in told:
            yield ("key",), f"{rule.name} gives no {name!r}", f"one of {', '.join(sorted(told))}", "correct it"


def _house_faults(index: int, source: MethodSource, wanted: Input) -> Iterator[Fault]:
    if source.numbers is not None:
        for place, what, told, remedy in number_source_faults(source.numbers, [each.name for each in wanted.columns]):
            yield ("inputs", index, "numbers", place), what, told, remedy
    if source.card is not None:
        for place, what, told, remedy in card_faults(source.card):
            yield ("inputs", index, "card", place), what, told, remedy
        if wanted.kind != "bytes":
            yield ("inputs", index), f"{wanted.name} is no file of a card", "an input that is a file", "name a type"


def fields(over: Over, rule: MethodRule) -> dict[str, set[str]]:
    """What the inputs are made of."""
    found: dict[str, set[str]] = {over.subject or "": set()}
    for source in (each for each in rule.inputs if not each.of_house):
        named = {field for field in source.columns.values() if not field.startswith("=")}
        kind = subject_types().get(source.about)
        named |= {kind.geometry} if kind is not None and kind.geometry else set()
        found[source.about] = found.get(source.about, set()) | fields_behind(source.about, {*named, *source.where})
    return found


KIND = WatchKind(
    "method",
    Words("按算法判断", "As a method judges"),
    Words("算法对整个名册的判断", "what a method says of whole registers: silent firms, hazards that came back"),
    MethodRule, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
