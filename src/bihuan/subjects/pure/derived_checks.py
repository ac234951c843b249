"""What derived values name in other types, and among themselves: every name exists, nothing goes in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bihuan.declare.problems import Problem
from bihuan.declare.source import Document, Step
from bihuan.subjects.pure.derived import Derived, Touches
from bihuan.subjects.pure.types import SubjectType

SHAPES = ("geometry", "place")
NUMBERS = ("number", "decimal", "money", "count", "real")
type _Said = tuple[tuple[Step, ...], str, str, str]


def wrong_derived(types: Mapping[str, tuple[SubjectType, Document]]) -> list[Problem]:
    """Return what is wrong with the derived values of types that are well-formed by themselves.

    Source: docs/adr/0299-derived-values.md
    """
    known = {name: kind for name, (kind, _) in types.items()}
    found: list[Problem] = []
    for kind, document in types.values():
        for name, rule in kind.derived.items():
            faults = _of_own(kind, name, rule) if rule.parts else _of_others(kind, name, rule, known)
            found += [document.problem(*said) for said in faults]
    return found


def _of_own(kind: SubjectType, name: str, rule: Derived) -> Iterator[_Said]:
    for part in rule.parts:
        if part not in kind.open_fields and part not in kind.derived:
            yield (
                ("derived", name), f"there is no {part!r} in {kind.id}", "an open field or another derived value",
                "correct the spelling",
            )  # fmt: skip
    if name in _reached(kind, name):
        yield ("derived", name), f"{name!r} is derived from itself", "no circle", "take another value"


def _reached(kind: SubjectType, name: str) -> set[str]:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        rule = kind.derived.get(ahead.pop())
        for part in rule.parts if rule else ():
            if part in kind.derived and part not in seen:
                seen.add(part)
                ahead.append(part)
    return seen


def _of_others(kind: SubjectType, name: str, rule: Derived, known: Mapping[str, SubjectType]) -> Iterator[_Said]:
    at = ("derived", name)
    if name in kind.fields:
        yield at, f"{name!r} is a field", "a derived value has a name of its own", "rename it"
    other = known.get(rule.other)
    if other is None:
        yield at, f"there is no type {rule.other!r}", "it looks at a declared type", "correct the spelling"
        return
    if rule.touches:
        yield from _of_shapes(kind, other, (*at, "touches"), rule.touches)
    leads = other.fields.get(str(rule.by))
    if rule.by and (leads is None or leads.to != kind.id or leads.sealed):
        yield (
            (*at, "by"), f"{rule.other}.{rule.by} does not lead to {kind.id}", f"a field `to: {kind.id}`",
            "name the field of the other type that leads here",
        )  # fmt: skip
    if rule.field:
        taken = other.fields.get(rule.field)
        types = NUMBERS if rule.kind == "sum" else (*NUMBERS, "date")
        if taken is None or taken.sealed or taken.type not in types:
            yield at, f"{rule.other}.{rule.field} cannot be taken", f"an open field of {', '.join(types)}", "name one"
    states = {state.id for state in other.states}
    for state in rule.states:
        if state not in states:
            yield at, f"{rule.other} has no state {state!r}", f"one of {', '.join(states) or '(none)'}", "name one"
    for field in rule.equal:
        if field not in other.open_fields:
            yield at, f"{rule.other} has no open field {field!r}", "`equal` names open fields", "correct the spelling"


def _of_shapes(kind: SubjectType, other: SubjectType, at: tuple[Step, ...], rule: Touches) -> Iterator[_Said]:
    for one, name, step in ((kind, rule.ours, "ours"), (other, rule.theirs, "theirs")):
        field = one.fields.get(name)
        if field is None or field.sealed or field.type not in SHAPES:
            yield (*at, step), f"{one.id}.{name} is no shape", f"an open field of {', '.join(SHAPES)}", "name one"
