"""The JSON Schema of a form's answers: types from the catalogue, conditions as `if` and `then`.

Source: JSON Schema 2020-12 (if/then, dependent on values already given).
"""

from __future__ import annotations

from typing import Any

from bihuan.documents.forms.pure.declaration import FormDeclaration, ShowCondition

DRAFT = "https://json-schema.org/draft/2020-12/schema"
HASHES = {"type": "string", "pattern": "^[0-9a-f-]{36}$"}


def answers_schema(form: FormDeclaration) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what a program sends as a submission.

    Values that a register may hold are not required here: whether it does is known when the form is sent.

    Source: docs/topics/forms.md, "For programs"; JSON Schema 2020-12.
    """
    values = {name: _titled(form, name) for name in form.order if not form.fields[name].attached}
    files = {name: _files(form, name) for name in form.order if form.fields[name].attached}
    signed = {
        each.id: {"const": True} if each.sign == "tick" else {"type": "string", "minLength": 2, "maxLength": 64}
        for each in form.declarations
    }
    return {
        "$schema": DRAFT,
        "title": f"{form.name.zh} · {form.name.en}",
        "description": f"{form.about.zh} · {form.about.en}",
        "type": "object",
        "properties": {
            "values": _part(form, values, [n for n in values if form.fields[n].source is None]),
            "files": _part(form, files, [n for n in files if form.fields[n].issuer is None]),
            "declarations": {
                "type": "object", "properties": signed, "additionalProperties": False,
                "required": [each.id for each in form.declarations if each.required],
            },
        },
        "required": ["values"],
        "additionalProperties": False,
    }  # fmt: skip


def _titled(form: FormDeclaration, name: str) -> dict[str, Any]:
    rule, asked = form.fields[name], form.asked[name]
    return {"title": f"{rule.name.zh} · {rule.name.en}", **asked.kind.schema(asked)}


def _files(form: FormDeclaration, name: str) -> dict[str, Any]:
    rule = form.fields[name]
    return {"title": f"{rule.name.zh} · {rule.name.en}", "type": "array", "items": HASHES, "maxItems": rule.most}


def _part(form: FormDeclaration, properties: dict[str, Any], strict: list[str]) -> dict[str, Any]:
    """An object of fields: those always required, those required under conditions on values of the same object."""
    needed = [name for name in strict if form.fields[name].required]
    part: dict[str, Any] = {
        "type": "object", "properties": properties, "additionalProperties": False,
        "required": [name for name in needed if not form.fields[name].show],
    }  # fmt: skip
    rules = [
        {"if": _all(form.fields[name].show), "then": {"required": [name]}}
        for name in needed
        if form.fields[name].show and all(each.field in properties for each in form.fields[name].show)
    ]
    return part | ({"allOf": rules} if rules else {})


def _all(conditions: tuple[ShowCondition, ...]) -> dict[str, Any]:
    return {"allOf": [_condition(each) for each in conditions]}


def _condition(condition: ShowCondition) -> dict[str, Any]:
    given = {"required": [condition.field]}
    if condition.present is not None:
        return given if condition.present else {"not": given}
    allowed: dict[str, Any] = (
        {"const": condition.equals} if condition.among is None else {"enum": list(condition.among)}
    )
    return given | {"properties": {condition.field: allowed}}
