"""From a file to a form: what the model cannot see by itself is checked here, with every fault told at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document, Step
from bihuan.declare.types import field_types
from bihuan.documents.forms.pure.declaration import ALL, LITERAL, NOT_ASKED, FormDeclaration, FormField

NUMBERS = ("number", "count", "decimal", "money")
type _Fault = tuple[tuple[Step, ...], str, str, str]


def load_form(document: Document) -> FormDeclaration:
    """Return the form that a file declares.

    Raises:
        DeclarationError: with every fault, each with file, line, field, rule and remedy.

    Source: docs/topics/forms.md, "Declare"; docs/topics/declarations.md (all problems of a file at once).
    """
    form = validated(document, FormDeclaration)
    problems: list[Problem] = [
        document.problem(steps, what, rule, remedy) for steps, what, rule, remedy in _faults(form)
    ]
    if problems:
        raise DeclarationError(problems)
    return form


def declaration_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a form's file. Source: JSON Schema 2020-12."""
    schema = FormDeclaration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _faults(form: FormDeclaration) -> Iterator[_Fault]:
    yield from _of_steps(form)
    asked: set[str] = set()
    for name in form.order:
        if name in form.fields:
            yield from _of_field(form, name, form.fields[name], asked)
            asked.add(name)
    if (form.who == "reporter") != (form.own is not None) or form.own not in (None, *form.fields):
        yield (
            ("own",),
            f"{form.own!r} and `who: {form.who}` do not agree",
            "a reporter's form has a field with the number of the own case",
            "name the field",
        )
    ids = [each.id for each in form.declarations]
    for number, each in enumerate(ids):
        if each in ids[:number]:
            yield ("declarations", number, "id"), f"{each!r} stands twice", "an id is one declaration's", "rename one"
    for value, source in form.through.values.items():
        if not source.startswith(LITERAL) and source != ALL and source not in form.fields:
            yield (
                ("through", "values", value), f"there is no field {source!r}", "values come from fields",
                f"name one of {', '.join(form.fields)}, or write `={source}` for the word itself",
            )  # fmt: skip


def _of_steps(form: FormDeclaration) -> Iterator[_Fault]:
    placed: set[str] = set()
    for number, step in enumerate(form.steps):
        for place, name in enumerate(step.fields):
            at: tuple[Step, ...] = ("steps", number, "fields", place)
            if name not in form.fields:
                yield at, f"there is no field {name!r}", "steps ask declared fields", f"one of {', '.join(form.fields)}"
            elif name in placed:
                yield at, f"{name!r} is asked twice", "a field is asked in one step", "leave one out"
            placed.add(name)
    for name in form.fields.keys() - placed:
        yield ("fields", name), f"{name!r} stands in no step", "every field is asked in a step", "add it to a step"


def _of_field(form: FormDeclaration, name: str, rule: FormField, before: set[str]) -> Iterator[_Fault]:
    at: tuple[Step, ...] = ("fields", name)
    known = sorted(field_types().keys() - set(NOT_ASKED))
    if rule.type not in known:
        yield (*at, "type"), f"{rule.type!r} cannot be asked", "a type of the catalogue", f"one of {', '.join(known)}"
        return
    if (rule.type == "choice") != bool(rule.choices):
        yield (
            (*at, "choices"),
            f"{name!r} and its choices do not agree",
            "choice lists its codes",
            "correct one of the two",
        )
    if rule.open and rule.personal:
        yield (*at, "open"), f"{name!r} says something of a person", "personal answers are sealed", "leave `open` out"
    if rule.attached and (rule.open or rule.source):
        yield at, f"{name!r} is an upload", "an upload is neither open nor taken from a register", "leave it out"
    if rule.issuer and not rule.attached:
        yield (
            (*at, "issuer"),
            f"{name!r} is no paper",
            "an issuer belongs to a file or photo",
            "use `source` for a value",
        )
    if rule.lasts and rule.type != "date":
        yield (*at, "lasts"), f"{name!r} is no day", "a proof lasts from a day", "put it at the field with the date"
    if (rule.at_least is not None or rule.at_most is not None) and rule.type not in NUMBERS:
        yield at, f"{name!r} is no number", f"bounds belong to {', '.join(NUMBERS)}", "leave them out"
    if rule.pick and rule.type != "code":
        yield (*at, "pick"), f"{name!r} is no code", "what is picked from a register is its key", "make it a code"
    for number, condition in enumerate(rule.show):
        yield from _earlier((*at, "show", number, "field"), condition.field, form, before)
    for by in form.named(name):
        yield from _earlier((*at, "source" if rule.source else "issuer", "by"), by, form, before)


def _earlier(at: tuple[Step, ...], named: str, form: FormDeclaration, before: set[str]) -> Iterator[_Fault]:
    """What a field depends on is asked before it: so nothing depends on itself by any way round."""
    if named not in form.fields:
        yield at, f"there is no field {named!r}", "a declared field", f"one of {', '.join(form.fields)}"
    elif named not in before:
        yield (
            at,
            f"{named!r} is not asked before",
            "what is depended on is asked earlier",
            "move it to an earlier place",
        )
    elif form.fields[named].attached:
        yield at, f"{named!r} is an upload", "conditions and keys are values", "name another field"
