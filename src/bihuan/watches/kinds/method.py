"""`method`: what a pure method says of whole registers: silent firms beside their peers, hazards that came back.

The method is the one that `bihuan calc` runs and pages show; the watch keeps the rows of its answer whose columns have
the wanted values, and their key names the subject.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.methods.declared.finding import all_methods, method_named
from bihuan.methods.declared.model import Column
from bihuan.methods.declared.running import run_method
from bihuan.readers import CsvWriter
from bihuan.watches.model import Fact, Fault, Hits, Over, Scalar, WatchKind
from bihuan.watches.parts import faults_of_field, fields_behind
from bihuan.watches.scene import Scene

TODAY, NOW = "=today", "=now"


class MethodSource(Strict):
    """One input of the method: subjects of a type, narrowed as a watch is, and column of the method → their field.

    A column may be taken from `key`, the subject's own.
    """

    type: Slug
    columns: dict[Code, Code] = Field(min_length=1)
    where: dict[Code, Scalar | list[Scalar] | None] = {}


class MethodRule(Strict):
    """Which method on which registers, and which rows of its answer are incidents.

    Args:
        name: Of the method. inputs: In its order. options: As on the command line; `=today`, `=now`.
        key: Column that names the subject. part: Column that tells two incidents of one subject apart.
        incident: Column whose value decides: another one is told as a change. where: Column → values that are kept.
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
        and all(_text(answer[name][row]) in wanted for name, wanted in rule.where.items())
    ]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [Fact(f"{rule.name}.{name}", _text(answer[name][rows[each]]), rule.name, scene.day.isoformat())
             for name in answer] for each in chosen
        ]  # fmt: skip

    def column(name: str | None) -> list[str]:
        return ["" if name is None else _text(answer[name][row]) for row in rows]

    return Hits(column(rule.key), column(rule.part), column(rule.incident), tell, size)


def _answer(scene: Scene, rule: MethodRule) -> Mapping[str, Any]:
    """The method's answer on everything: what one subject is depends on its peers, so nothing is narrowed here."""
    whole = scene if scene.only is None else replace(scene, only=None, only_type="", _frames={})
    said = {TODAY: scene.day.isoformat(), NOW: scene.at.isoformat()}
    options = {name: said.get(value, value) for name, value in rule.options.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, source in enumerate(rule.inputs):
            table = whole.narrow(Over(subject=source.type, where=source.where))
            paths.append(_write(Path(folder) / f"{number}.csv", table, source.columns))
        return run_method(method_named(rule.name), paths, options, lambda: scene.registers.calendar).columns


def _write(path: Path, table: pa.Table, columns: Mapping[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        CsvWriter(out, list(columns)).write_columns([table[field].to_pylist() for field in columns.values()])
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
        for column, field in source.columns.items():
            if field != "key":
                yield from faults_of_field(source.type, ("inputs", index, "columns", column), field)
            if column not in columns and not wanted.open:
                yield ("inputs", index), f"{rule.name} has no column {column!r}", "a column of it", "correct it"
        for name in source.where:
            yield from faults_of_field(source.type, ("inputs", index, "where", name), name)
    given, known = {each.name for each in method.options}, {each.name for each in method.output}
    for name in sorted(set(rule.options) - given):
        yield ("options", name), f"{rule.name} has no option {name!r}", f"one of {', '.join(given)}", "correct it"
    for name in filter(None, (rule.key, rule.part, rule.incident, *rule.where)):
        if name not in known:
            yield ("key",), f"{rule.name} gives no {name!r}", f"one of {', '.join(sorted(known))}", "correct it"


def fields(over: Over, rule: MethodRule) -> dict[str, set[str]]:
    """What the inputs are made of."""
    found: dict[str, set[str]] = {over.subject or "": set()}
    for source in rule.inputs:
        found[source.type] = found.get(source.type, set()) | fields_behind(
            source.type, {*source.columns.values(), *source.where}
        )
    return found


KIND = WatchKind(
    "method",
    Words("按算法判断", "As a method judges"),
    Words("算法对整个名册的判断", "what a method says of whole registers: silent firms, hazards that came back"),
    MethodRule, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
