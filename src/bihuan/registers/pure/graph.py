"""The organisation graph of one day: ancestors, members, contractors, and who may verify whom.

Every method takes an id or a code. Units that do not exist on that day are unknown to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.organisation import Organisation

RELATIONS = ("unit", "superiors_below_district", "contractor")
"""Relations that make a verifying unit dependent, in the order in which they are reported."""


class Graph:
    """The organisations that exist on one day.

    Args:
        spans: One span per organisation.
        codes: Ids by code, of all days.
    """

    def __init__(self, spans: Iterable[Organisation], codes: Mapping[str, str]) -> None:
        self._units = {span.id: span for span in sorted(spans, key=lambda span: span.code)}
        self._codes = codes
        self._members: dict[str, list[str]] = {}
        self._by_area: dict[tuple[str, str], str] = {}
        self._contractors: dict[str, list[str]] = {}
        for span in self._units.values():
            self._members.setdefault(span.parent, []).append(span.id)
            self._by_area.update({(span.kind, area): span.id for area in span.areas})
            if span.kind == "contractor":
                for client in {span.parent, *span.clients} - {""}:
                    self._contractors.setdefault(client, []).append(span.id)
        self._conflicts: dict[tuple[str, str], frozenset[str]] = {}

    def get(self, key: str) -> Organisation | None:
        """Return the unit, or None when it does not exist on this day.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        return self._units.get(key) or self._units.get(self._codes.get(key, ""))

    def units(self, kind: str | None = None) -> list[Organisation]:
        """Return the units that exist, optionally of one kind, in code order.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        return [span for span in self._units.values() if kind is None or span.kind == kind]

    def for_area(self, kind: str, area: str) -> Organisation | None:
        """Return the street or community office that answers for an area code.

        Source: docs/topics/registers.md, "The duty matrix" (`@street`, `@community`).
        """
        return self._units.get(self._by_area.get((kind, area), ""))

    def fallback(self) -> Organisation | None:
        """Return the unit that answers when no duty names one (兜底).

        Source: docs/topics/registers.md, "The duty matrix" (兜底).
        """
        return next((span for span in self._units.values() if span.district_fallback), None)

    def ancestors(self, key: str) -> tuple[str, ...]:
        """Return the ids above a unit, nearest first, the district included.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        chain: list[str] = []
        span = self.get(key)
        while span is not None and span.parent and span.parent not in chain:
            chain.append(span.parent)
            span = self.get(span.parent)
        return tuple(chain)

    def superiors_below_district(self, key: str) -> tuple[str, ...]:
        """Return the ids above a unit without the district itself.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        return tuple(above for above in self.ancestors(key) if not self._is_district(above))

    def members(self, key: str) -> tuple[str, ...]:
        """Return the ids directly below a unit, in code order.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        return tuple(self._members.get(self._id(key), ()))

    def contractors_of(self, key: str) -> tuple[str, ...]:
        """Return the ids of the contractors that work for a unit.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        return tuple(self._contractors.get(self._id(key), ()))

    def is_inside(self, key: str, ancestor: str) -> bool:
        """Return whether a unit is another one or lies below it; False when either is unknown.

        Source: docs/topics/registers.md, "Places, units and who may verify"; docs/adr/0030.
        """
        unit, above = self.get(key), self.get(ancestor)
        return unit is not None and above is not None and (unit.id == above.id or above.id in self.ancestors(unit.id))

    def independent(self, verifier_unit: str, handler_units: Iterable[str]) -> bool:
        """Return whether a unit may verify what other units handled (see `dependence`).

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        return self.dependence(verifier_unit, handler_units) is None

    def dependence(
        self, verifier_unit: str, handler_units: Iterable[str], relations: Iterable[str] = RELATIONS
    ) -> str | None:
        """Return the relation that makes a verifying unit dependent on any handling unit, or None.

        `unit`: it handled, or lies inside a handling unit; `superiors_below_district`: it stands above one, the
        district itself excepted; `contractor`: one works for the other or for a superior of it. Raises RegisterError
        for an unknown relation.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        verifier = self._id(verifier_unit)
        handlers = [self._id(unit) for unit in handler_units]
        for relation in relations:
            if any(verifier in self.conflicts(handler, relation) for handler in handlers):
                return relation
        return None

    def conflicts(self, handler: str, relation: str) -> frozenset[str]:
        """Return the ids of units that stand in a relation to a handling unit.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        key = (self._id(handler), relation)
        found = self._conflicts.get(key)
        if found is None:
            found = self._conflicts[key] = self._find_conflicts(*key)
        return found

    def _find_conflicts(self, handler: str, relation: str) -> frozenset[str]:
        if relation == "unit":
            # Everybody lies below the district, so the district's own handling excludes only itself.
            return frozenset({handler} if self._is_district(handler) else {handler, *self._below(handler)})
        if relation == "superiors_below_district":
            return frozenset(self.superiors_below_district(handler))
        if relation == "contractor":
            line = (handler, *self.superiors_below_district(handler))
            return frozenset(self._employers(handler)).union(*(self.contractors_of(unit) for unit in line))
        raise RegisterError(
            f"relation {relation!r} is unknown", rule=f"one of {', '.join(RELATIONS)}", remedy="correct independent_of"
        )

    def _employers(self, key: str) -> list[str]:
        span = self.get(key)
        if span is None or span.kind != "contractor":
            return []
        clients = [client for client in (span.parent, *span.clients) if client and not self._is_district(client)]
        return clients + [above for client in clients for above in self.superiors_below_district(client)]

    def _below(self, key: str) -> set[str]:
        found: set[str] = set()
        frontier = [key]
        while frontier:
            members = self.members(frontier.pop())
            fresh = [key for key in members if key not in found and self._units[key].kind != "contractor"]
            found.update(fresh)
            frontier += fresh
        return found

    def _is_district(self, key: str) -> bool:
        span = self.get(key)
        return span is not None and span.kind == "district"

    def _id(self, key: str) -> str:
        return key if key in self._units else self._codes.get(key, key)
