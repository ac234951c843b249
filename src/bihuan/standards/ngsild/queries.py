"""`q` and `georel` of a query for entities: comparisons joined by `;` (and) and `|` (or), near or within a place.

Source: ETSI GS CIM 009 V1.8.1, 4.9 (query language), 4.10 (geo-query language).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from shapely.affinity import scale
from shapely.errors import ShapelyError
from shapely.geometry import shape

_COMPARED = re.compile(r'^([A-Za-z_][A-Za-z0-9_.-]*)(?:(==|!=|>=|<=|>|<|~=)("[^"]*"|[^"]+))?$')
METRES = 111_320.0
LONGEST = 1000


class WrongQuery(ValueError):
    """A query that cannot be read."""


def matches(entity: Mapping[str, Any], query: str) -> bool:
    """Return whether an entity is as a query wants it.

    Raises:
        WrongQuery: the query cannot be read.

    Source: ETSI GS CIM 009, 4.9.
    """
    if len(query) > LONGEST:
        raise WrongQuery(f"q is longer than {LONGEST} characters")
    return all(any(_holds(entity, one) for one in part.split("|")) for part in query.split(";"))


def _holds(entity: Mapping[str, Any], text: str) -> bool:
    found = _COMPARED.match(text.strip())
    if found is None:
        raise WrongQuery(f"q: {text[:60]!r} is no comparison")
    name, mark, wanted = found.groups()
    first, *inner = name.split(".")
    value: Any = entity.get(first)
    value = value.get("value", value.get("object")) if isinstance(value, dict) else value
    for step in inner:
        value = value.get(step) if isinstance(value, dict) else None
    if mark is None:
        return value is not None
    return value is not None and _compared(value, mark, wanted)


def _compared(value: Any, mark: str, wanted: str) -> bool:
    if wanted.startswith('"'):
        one, other = str(value), wanted.strip('"')
        return _marked(mark, one, other)
    if mark in ("==", "!=") and "," in wanted:
        return (str(value) in wanted.split(",")) == (mark == "==")
    number = _number(wanted)
    if number is not None and not isinstance(value, bool) and (held := _number(str(value))) is not None:
        return _marked(mark, held, number)
    return _marked(mark, str(value).lower() if isinstance(value, bool) else str(value), wanted)


def _marked(mark: str, one: Any, other: Any) -> bool:
    if mark == "~=":
        return str(other) in str(one)
    return bool({
        "==": one == other, "!=": one != other, ">": one > other, "<": one < other, ">=": one >= other,
        "<=": one <= other,
    }[mark])  # fmt: skip


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


class GeoQuery:
    """`georel`, `geometry`, `coordinates` of a query.

    Raises:
        WrongQuery: one of them cannot be read.

    Source: ETSI GS CIM 009, 4.10.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        relation, *limits = given["georel"].split(";")
        try:
            coordinates = msgspec.json.decode(given.get("coordinates", ""))
            self.shape = shape({"type": given.get("geometry", ""), "coordinates": coordinates})
        except (msgspec.DecodeError, ShapelyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise WrongQuery("geometry and coordinates are those of GeoJSON") from error
        if relation not in ("near", "within", "intersects", "disjoint", "contains", "equals", "overlaps"):
            raise WrongQuery(f"there is no georel {relation[:40]!r}")
        self.relation, self.least, self.most = relation, 0.0, float("inf")
        for each in limits:
            name, _, number = each.partition("==")
            held = _number(number)
            if held is None or name not in ("maxDistance", "minDistance"):
                raise WrongQuery("georel=near;maxDistance==METRES")
            if name == "maxDistance":
                self.most = float(held)
            else:
                self.least = float(held)

    def holds(self, place: Mapping[str, Any] | None) -> bool:
        """Return whether a place is as the query wants it; metres by the length of a degree here.

        Source: ETSI GS CIM 009, 4.10.
        """
        if place is None:
            return False
        found = shape(place["value"])
        if self.relation != "near":
            return bool(getattr(found, self.relation)(self.shape))
        return self.least <= _metres(found, self.shape) <= self.most


def _metres(one: Any, other: Any) -> float:
    """Metres between two shapes, east and west shortened by the latitude: good to a hundredth inside a district."""
    narrow = math.cos(math.radians(other.centroid.y))
    squeezed = [scale(each, xfact=narrow, yfact=1.0, origin=(0, 0)) for each in (one, other)]
    return float(squeezed[0].distance(squeezed[1])) * METRES
