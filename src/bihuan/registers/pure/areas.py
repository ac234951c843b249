"""Areas: the tree of places that duties, rates and visibility hang on.

A district's areas carry official codes. Where no parent is named, an area lies in the one whose code is its longest
proper prefix (GB/T 10114 and the statistical codes nest that way). Places without nesting codes name the parent
themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians
from typing import TYPE_CHECKING

from bihuan.registers.pure.errors import RegisterError

if TYPE_CHECKING:
    from shapely import STRtree

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Area:
    """One place.

    Args:
        code: Official code, unique in the district.
        level: `district`, `street` or `community`.
        parent: Code of the area it lies in; empty for the root.
        lon, lat: A point that stands for it, WGS-84 degrees, or None.
        polygon: Outer rings in WGS-84 degrees; empty when no boundary is known.
        verified: Whether somebody compared name and code with the official list.
    """

    code: str
    name_zh: str
    name_en: str
    level: str
    parent: str = ""
    lon: float | None = None
    lat: float | None = None
    polygon: tuple[Ring, ...] = ()
    verified: bool = False


class Areas:
    """The area tree of one district. Immutable.

    Args:
        areas: Every area once; raises RegisterError for a double code, an unknown parent or a circle.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        self._by_code: dict[str, Area] = {}
        for area in areas:
            if area.code in self._by_code:
                raise _fault(area.code, "occurs twice", "one row per code", "remove one row")
            self._by_code[area.code] = area
        self._chains = {code: self._chain_of(code) for code in self._by_code}
        children: dict[str, list[str]] = {}
        for code, chain in self._chains.items():
            if len(chain) > 1:
                children.setdefault(chain[1], []).append(code)
        self._children = {code: tuple(sorted(below)) for code, below in children.items()}

    def __len__(self) -> int:
        """Number of areas."""
        return len(self._by_code)

    def __iter__(self) -> Iterator[Area]:
        """All areas in file order."""
        return iter(self._by_code.values())

    def __contains__(self, code: object) -> bool:
        """Whether the district has an area of that code."""
        return code in self._by_code

    def get(self, code: str) -> Area | None:
        """Return the area of a code, or None."""
        return self._by_code.get(code)

    def chain(self, code: str) -> tuple[str, ...]:
        """Return the codes from the area itself up to the root; empty for an unknown code.

        Source: GB/T 2260 and its sub-district codes; docs/topics/registers.md.
        """
        return self._chains.get(code, ())

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return the codes above the area, nearest first.

        Source: GB/T 2260 and its sub-district codes; docs/topics/registers.md.
        """
        return self._chains.get(code, ())[1:]

    def children(self, code: str) -> tuple[str, ...]:
        """Return the codes directly below the area.

        Source: GB/T 2260 and its sub-district codes; docs/topics/registers.md.
        """
        return self._children.get(code, ())

    def is_within(self, code: str, ancestor: str) -> bool:
        """Return whether `code` is `ancestor` or lies in it.

        Source: docs/topics/registers.md, "The duty matrix" (an area and all in it).
        """
        return ancestor in self._chains.get(code, ())

    def at_level(self, level: str) -> tuple[Area, ...]:
        """Return the areas of one level in code order.

        Source: GB/T 2260 and its sub-district codes; docs/topics/registers.md.
        """
        return tuple(sorted((a for a in self._by_code.values() if a.level == level), key=lambda area: area.code))

    def up_to_level(self, code: str, level: str) -> str | None:
        """Return the code of the area itself or the ancestor that is of `level`, or None.

        Source: GB/T 2260 and GB/T 10114: codes nest by prefix; docs/topics/registers.md.
        """
        return next((c for c in self._chains.get(code, ()) if self._by_code[c].level == level), None)

    def containing(self, lon: float, lat: float) -> tuple[str, ...]:
        """Return the codes of the areas whose polygon covers a WGS-84 point, smallest area first.

        Source: OGC Simple Features (covers), as shapely has it.
        """
        from shapely import Point, Polygon

        tree, codes = self._index
        hits = tree.query(Point(lon, lat), predicate="covered_by")
        found = {codes[i] for i in hits}
        size = {c: sum(Polygon(ring).area for ring in self._by_code[c].polygon) for c in found}
        return tuple(sorted(found, key=lambda code: (size[code], code)))

    def outside(self, lon: float, lat: float) -> bool:
        """Return whether a WGS-84 point certainly lies outside the district.

        With a boundary of the root or of all its parts: in none of them. Without: further from every known place than
        twice the widest gap between a place and its nearest neighbour (and 5 km). In doubt it is not outside.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        roots = [area for area in self if not self._chains[area.code][1:]]
        parts = [self._by_code[code] for root in roots for code in self.children(root.code)]
        if roots and (all(r.polygon for r in roots) or (parts and all(p.polygon for p in parts))):
            return not self.containing(lon, lat)
        return bool(self._points) and min(_metres((lon, lat), point) for point in self._points) > self._reach

    @cached_property
    def _points(self) -> list[tuple[float, float]]:
        inner = [(a.lon, a.lat) for a in self if a.lon is not None and a.lat is not None and a.level != "district"]
        return inner or [(a.lon, a.lat) for a in self if a.lon is not None and a.lat is not None]

    @cached_property
    def _reach(self) -> float:
        gaps = [min((_metres(p, q) for q in self._points if q != p), default=0.0) for p in self._points]
        return max(5_000.0, 2 * max(gaps, default=0.0))

    @cached_property
    def _index(self) -> tuple[STRtree, Sequence[str]]:
        from shapely import Polygon, STRtree

        pairs = [(Polygon(ring), area.code) for area in self._by_code.values() for ring in area.polygon]
        return STRtree([shape for shape, _ in pairs]), [code for _, code in pairs]

    def _parent_of(self, area: Area) -> str:
        if area.parent:
            if area.parent not in self._by_code:
                what = f"lies in unknown area {area.parent}"
                raise _fault(area.code, what, "parents exist", "add it or correct the code", "parent")
            return area.parent
        prefixes = (area.code[:length] for length in range(len(area.code) - 1, 0, -1))
        return next((prefix for prefix in prefixes if prefix in self._by_code), "")

    def _chain_of(self, code: str) -> tuple[str, ...]:
        chain = [code]
        while parent := self._parent_of(self._by_code[chain[-1]]):
            if parent in chain:
                raise _fault(code, "lies in itself", "areas form a tree", "correct its parent", "parent")
            chain.append(parent)
        return tuple(chain)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on a sphere, in metres (equirectangular; exact enough below 100 km, large beyond)."""
    x = radians(b[0] - a[0]) * cos(radians((a[1] + b[1]) / 2))
    return 6_371_000 * hypot(x, radians(b[1] - a[1]))


def _fault(code: str, what: str, rule: str, remedy: str, field: str = "code") -> RegisterError:
    text, where = f"area {code} {what}", f"area {code}"
    return RegisterError(text, where=where, rule=rule, remedy=remedy, subjects=(code,), field=field)
