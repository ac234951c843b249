"""What a declaration says for people and programs: a list, the help, a page of the reference, a JSON Schema."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from bihuan.declare.types import field_type
from bihuan.methods.declared.model import Column, Input, Method, Option

_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}


def about(method: Method) -> str:
    """The docstring of the method's file: inputs, units, source, reference, error.

    Source: docs/adr/0265 (help, page and schema are made of the declaration)
    """
    return inspect.cleandoc(sys.modules[method.run.__module__].__doc__ or "")


def call_of(method: Method) -> str:
    """How it is called: `bihuan calc draw-assign OBJECTS INSPECTORS --option seed=…`.

    Source: docs/adr/0265 (help, page and schema are made of the declaration)
    """
    files = [each.name.upper() + "…" * each.many for each in method.inputs]
    options = [f"--option {o.name}={'…' if o.default is None else o.default}" for o in method.options]
    return " ".join(["bihuan calc", method.name, *files, *options])


def listed(method: Method) -> dict[str, Any]:
    """A line of the list, for programs. Source: docs/adr/0265 (help, page and schema are made of the declaration)."""
    return {
        "name": method.name,
        "zh": method.zh,
        "en": method.en,
        "inputs": [each.name for each in method.inputs],
        "options": [option.name for option in method.options],
        "output": [column.name for column in method.output],
        "call": call_of(method),
    }


def page_of(method: Method) -> str:
    """Its part of docs/reference/methods.md; also what `bihuan calc NAME --help-method` prints.

    Source: docs/adr/0265 (help, page and schema are made of the declaration)
    """
    lines = [f"## {method.name}\n", f"{method.zh} · {method.en}\n", f"`{call_of(method)}`\n", about(method) + "\n"]
    for each in method.inputs:
        lines += [f"**{each.name.upper()}** {each.zh} · {each.en}{_kind(each)}\n", *_columns(each.columns)]
    if method.options:
        lines += ["**Options 选项**\n", "| option | 中文 | English | type | default |", "|---|---|---|---|---|"]
        lines += [f"| `{o.name}` | {o.zh} | {o.en} | {_type(o)} | {_default(o)} |" for o in method.options]
        lines.append("")
    if method.output:
        lines += ["**Output 输出**\n", *_columns(method.output)]
    if method.facts:
        lines += ["**JSON**\n", "| key | 中文 | English |", "|---|---|---|"]
        lines += [f"| `{fact.name}` | {fact.zh} | {fact.en} |" for fact in method.facts] + [""]
    lines.append(
        f"Source: {method.source}. Compared with: {method.peer}. Error: {method.error}. Cost: {method.cost}.\n"
    )
    return "\n".join(lines)


def schema_of(method: Method) -> dict[str, Any]:
    """JSON Schema (2020-12) of input rows, options, output rows and the JSON answer."""
    reject = dict.fromkeys(("file", "field", "rule", "remedy"), _TEXT) | {"row": {"type": "integer"}}
    answer = {
        "ok": {"type": "boolean"}, "method": {"const": method.name}, "rows": {"type": "integer"},
        "rejected": {"type": "integer"}, "seconds": _NUMBER,
        "rejects": {"type": "array", "maxItems": 100, "items": {"type": "object", "properties": reject}},
        "editions": {"type": "object", "additionalProperties": _TEXT},
    }  # fmt: skip
    facts = {fact.name: {"description": f"{fact.zh} · {fact.en}", **fact.schema} for fact in method.facts}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": method.name,
        "description": f"{method.zh} · {method.en}",
        "$defs": {
            "inputs": {each.name: _rows(each.columns) for each in method.inputs if each.kind != "bytes"},
            "options": _rows(method.options),
            "output": _rows(method.output),
        },
        "type": "object",
        "required": ["ok", "method", "rows", "rejected", "rejects", "seconds", "editions"],
        "properties": answer | facts,
    }


def _rows(columns: tuple[Column | Option, ...]) -> dict[str, Any]:
    properties = {}
    for column in columns:
        told = f"{column.zh} · {column.en}" + (f" ({column.unit})" if column.unit else "")
        properties[column.name] = {"description": told, **field_type(column.type).schema(column)}
    needed = [column.name for column in columns if column.required]
    return {"type": "object", "properties": properties, "required": needed}


def _kind(each: Input) -> str:
    said = {"table": "", "geojson": " (GeoJSON)", "bytes": " (file)"}[each.kind]
    return said + (f"; one row per {', '.join(each.unique)}" if each.unique else "")


def _columns(columns: tuple[Column, ...]) -> list[str]:
    if not columns:
        return []
    rows = [f"| `{c.name}` | {c.zh} | {c.en} | {_type(c)} | {_given(c)} |" for c in columns]
    return ["| column | 中文 | English | type | |", "|---|---|---|---|---|", *rows, ""]


def _type(column: Column | Option) -> str:
    codes = ", ".join(f"`{code}` {words.zh}" for code, words in column.choices)
    return column.type + (f" ({column.unit})" if column.unit else "") + (f": {codes}" if codes else "")


def _given(column: Column) -> str:
    said = "column may be missing" if column.absent else "" if column.required else "may be empty"
    return "; ".join(filter(None, (said, column.note)))


def _default(option: Option) -> str:
    return "must be given" if option.default is None else f"`{option.default}`" if option.default else "none"
