"""Subjects changed over a wire, by the register's own door: who may, what a second person must agree to, what is wrong.

Source: docs/topics/subjects.md, "By hand"; docs/adr/0369.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.declare.types import field_type
from bihuan.faces.api.access import here
from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.pure.shapes import ShapeError, from_geojson
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.revising import APPLIED, RevisionRefused, Wish, propose_end, propose_values


def wrong(field: str, zh: str, en: str, status: int = 422) -> ApiProblem:
    """Return the problem of a value. Source: RFC 9457."""
    return problem(status, "wrong_value", zh, en, field=field)


def change_subject(request: Any, kind: SubjectType, cells: Mapping[str, str], reason: str) -> None:
    """Enter a subject or change it from today on; the same twice is once.

    Raises:
        ApiProblem: 403 not this caller's register, 409 a second person must agree, 422 a value.

    Source: docs/topics/subjects.md, "By hand".
    """
    try:
        done = propose_values(kind, cells, _wish(request, reason))
    except RevisionRefused as refused:
        if refused.code == "nothing_changes":
            return
        raise _refused(refused) from None
    _must_hold(done.decision)


def end_subject(request: Any, kind: SubjectType, key: str, reason: str) -> None:
    """Tell that a subject does not exist from today on; raises as `change_subject`, and 404.

    Source: docs/topics/subjects.md, "By hand".
    """
    try:
        done = propose_end(kind, key, _wish(request, reason))
    except RevisionRefused as refused:
        raise _refused(refused) from None
    _must_hold(done.decision)


def known_cells(kind: SubjectType, held: HeldFacts) -> dict[str, str]:
    """Return the open fields of a subject as people write them. Source: docs/topics/subjects.md, "Loading"."""
    return {
        name: field_type(kind.fields[name].type).export(value)
        for name, value in held.values.items()
        if name in kind.open_fields and value is not None
    }


def cell_of(kind: SubjectType, name: str, value: Any) -> str:
    """Return a value of JSON as people write it in a field.

    Raises:
        ApiProblem: 422, it is no value of the field.

    Source: docs/topics/declarations.md (field types).
    """
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        try:
            return field_type(kind.fields[name].type).export(value)
        except (KeyError, TypeError, ValueError, IndexError, ArithmeticError):
            raise wrong(name, "内容无法读取", "cannot be read") from None
    return str(value).lower() if isinstance(value, bool) else str(value)


def place_cell(kind: SubjectType, found: Any) -> str:
    """Return a geometry of GeoJSON as people write it in the field of the place.

    Raises:
        ApiProblem: 422, the type has no place, or it is no point, line or area.

    Source: RFC 7946.
    """
    if not kind.geometry:
        raise wrong("location", f"{kind.name.zh}没有位置", f"{kind.name.en} has no place")
    try:
        shape = from_geojson(found.get("geometry", found) if isinstance(found, dict) else found)
    except ShapeError as error:
        raise wrong("location", "位置应为 GeoJSON 的点、线或面", f"a point, line or area of GeoJSON: {error}") from None
    rule = kind.fields[kind.geometry]
    if rule.type == "place" and shape["type"] != "Point":
        raise wrong("location", "位置应为点", "the place is a point")
    return field_type(rule.type).export(shape["positions"][0] if rule.type == "place" else shape)


def _wish(request: Any, reason: str) -> Wish:
    world = here(request)
    day = world.now.astimezone(world.zone).date()
    return Wish(world.registers.district.code, world.actor.id, world.actor.roles, reason, world.now, day)


def _must_hold(decision: str) -> None:
    if decision != APPLIED:
        raise problem(
            409, "second_person", "已提出，须另一人同意后生效", "asked for; it holds when a second person has agreed",
            remedy=("见 /revisions/", "see /revisions/"),
        )  # fmt: skip


def _refused(refused: RevisionRefused) -> ApiProblem:
    status = {"not_yours": 403, "no_such_subject": 404, "changed_since": 409}.get(refused.code, 422)
    told = refused.rejects[0] if refused.rejects else None
    en = f"{refused.what.en}: {told.field}" if told is not None else refused.what.en
    return problem(
        status, refused.code, refused.what.zh, en, remedy=(refused.remedy.zh, refused.remedy.en),
        field=told.field if told is not None else None,
    )  # fmt: skip
