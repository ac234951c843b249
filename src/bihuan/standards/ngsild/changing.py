"""Entities that come in: entered, changed and ended by the register's own door.

Source: ETSI GS CIM 009 V1.8.1, 5.6 (context information provision); docs/topics/subjects.md, "By hand".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.faces.parts.problems import problem
from bihuan.standards.ngsild.entities import PLACE, parts_of
from bihuan.standards.serving.registers import cell_of, change_subject, known_cells, place_cell, wrong
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import UnknownType, subject_type
from bihuan.subjects.pure.types import SubjectType

REASON = "NGSI-LD"
NOT_ATTRIBUTES = ("id", "type", "@context", "scope", "createdAt", "modifiedAt")


def kind_of(urn: str) -> tuple[SubjectType, str]:
    """Return type and key of an entity's id.

    Raises:
        ApiProblem: 404, no such type.

    Source: ETSI GS CIM 009, A.2.
    """
    name, key = parts_of(urn)
    try:
        return subject_type(name), key
    except UnknownType:
        raise problem(404, "not_found", "没有该实体类型", "there is no such type of entities") from None


def enter(request: Any, entity: Mapping[str, Any], held: HeldFacts | None) -> None:
    """Enter an entity, or change what it says; attributes that it does not speak of stay.

    Raises:
        ApiProblem: 400 no id or another type, 403, 404, 409, 422 as `change_subject`.

    Source: ETSI GS CIM 009, 5.6.1, 5.6.2, 5.6.8.
    """
    urn = str(entity.get("id", ""))
    kind, key = kind_of(urn)
    if entity.get("type", kind.id) not in (kind.id, [kind.id]):
        raise wrong("type", "类型与 id 不符", "the type is not that of the id", 400)
    cells = known_cells(kind, held) if held is not None else {}
    for name, said in entity.items():
        if name in NOT_ATTRIBUTES:
            continue
        if name == PLACE and kind.geometry:
            cells[kind.geometry] = place_cell(kind, _value(said))
        elif name in kind.open_fields:
            cells[name] = cell_of(kind, name, _target(kind, name, said))
        else:
            listed = ", ".join(kind.open_fields)
            raise wrong(name, f"没有属性 {name}", f"there is no attribute {name}; known: {listed}", 400)
    cells[kind.key] = key
    change_subject(request, kind, cells, REASON)


def _target(kind: SubjectType, name: str, said: Any) -> Any:
    if kind.fields[name].to and isinstance(said, dict) and "object" in said:
        return parts_of(str(said["object"]))[1] or said["object"]
    return _value(said)


def _value(said: Any) -> Any:
    found = said.get("value") if isinstance(said, dict) and "value" in said else said
    return found.get("@value") if isinstance(found, dict) and "@value" in found else found
