"""A subject as an entity of NGSI-LD: `urn:ngsi-ld:TYPE:KEY`, in full or as keys and values.

Source: ETSI GS CIM 009 V1.8.1, 4.5 (representations), 4.7 (GeoProperty), 4.8 (observedAt), 5.2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bihuan.series.catalogue import Series, current_catalogue
from bihuan.series.store.paging import LineHead, line_heads
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.subjects.pure.types import SubjectType

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
URN = "urn:ngsi-ld:"
PLACE = "location"


def urn_of(kind: str, key: str) -> str:
    """Return the id of an entity. Source: ETSI GS CIM 009, A.2 (URNs)."""
    return f"{URN}{kind}:{key}"


def parts_of(urn: str) -> tuple[str, str]:
    """Return type and key of an entity's id; both empty when it is none of ours. Source: ETSI GS CIM 009, A.2."""
    kind, _, key = urn.removeprefix(URN).partition(":")
    return (kind, key) if urn.startswith(URN) and key else ("", "")


def newest_of(district: str, kind: SubjectType, keys: Iterable[str]) -> dict[str, list[tuple[Series, LineHead]]]:
    """Return the newest values of every series about some subjects of a type, by key.

    Source: docs/adr/0255 (6); ETSI GS CIM 009, 4.8.
    """
    about = {each.name: each for each in current_catalogue().series.values() if each.declared.subject == kind.id}
    found: dict[str, list[tuple[Series, LineHead]]] = {}
    for head in line_heads(district, list(about), list(keys)) if about else ():
        if head.at is not None:
            found.setdefault(head.subject, []).append((about[head.series], head))
    return found


def as_entity(kind: SubjectType, held: HeldFacts, newest: Iterable[tuple[Series, LineHead]] = ()) -> dict[str, Any]:
    """Return a subject as an entity in full, without its context. Source: ETSI GS CIM 009, 4.5.1."""
    told: dict[str, Any] = {"id": urn_of(kind.id, held.key), "type": kind.id}
    for name in kind.open_fields:
        value = held.values.get(name)
        if value is None:
            continue
        rule = kind.fields[name]
        if name == kind.geometry:
            told[PLACE] = {"type": "GeoProperty", "value": to_geojson(value)}
        elif rule.to:
            told[name] = {"type": "Relationship", "object": urn_of(rule.to, str(value))}
        else:
            told[name] = {"type": "Property", "value": value} | ({"unitCode": rule.unit} if rule.unit else {})
    for series, head in newest:
        assert head.at is not None
        value = None if head.value is None else Decimal(head.value).scaleb(-series.declared.precision)
        told[series.name] = {
            "type": "Property", "value": value, "unitCode": series.declared.unit, "observedAt": moment(head.at),
            "quality": {"type": "Property", "value": head.flag},
        }  # fmt: skip
    return told


def system_attributes(held: HeldFacts) -> dict[str, str]:
    """Return when what is known of a subject became known. Source: ETSI GS CIM 009, 4.8 (modifiedAt)."""
    return {"modifiedAt": moment(held.recorded_at)}


def key_values(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entity as keys and values. Source: ETSI GS CIM 009, 4.5.4 (simplified representation)."""
    return {
        name: value.get("value", value.get("object")) if isinstance(value, dict) else value
        for name, value in entity.items()
    }


def moment(at: datetime) -> str:
    """Return an instant as NGSI-LD writes it. Source: ETSI GS CIM 009, 4.6.3."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def context_of(kinds: Iterable[SubjectType], base: str) -> dict[str, Any]:
    """Return the context that names our types and attributes. Source: ETSI GS CIM 009, 4.4; JSON-LD 1.1."""
    names = {name for kind in kinds for name in (kind.id, *kind.open_fields)}
    names |= {*current_catalogue().series, "quality"}
    return {name: f"{base}/ngsi-ld/v1/context.jsonld#{name}" for name in sorted(names - {PLACE})}
