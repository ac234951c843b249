"""What one request reads: subjects as Things, lines as Datastreams, declarations as Sensors and ObservedProperties.

Each register is read once for a request. Fences hold as everywhere: a type that is closed to the caller is not there.
Source: OGC 18-088, 8.2; docs/adr/0369.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from bihuan.faces.parts.world import World
from bihuan.series.catalogue import Series, SeriesCatalogue, current_catalogue
from bihuan.series.store.paging import LineHead, line_heads
from bihuan.standards.sensorthings import observing
from bihuan.standards.sensorthings.entities import EntityPage, StaEntity, page_of
from bihuan.standards.sensorthings.options import EntitiesAsked
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts, Viewpoint
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.subjects.pure.types import SubjectType

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
GEOJSON = "application/geo+json"
WHOLE = "declared"
"""Name of the Sensor of a series that declares no source."""
SETS = ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
        "FeaturesOfInterest")  # fmt: skip


class RequestShelf:
    """Everything that one request may ask for; `looker`: who asks, and why."""

    def __init__(self, world: World, looker: Looker) -> None:
        self.world, self.looker = world, looker
        self.district = world.registers.district.code
        self._things: dict[str, dict[str, HeldFacts]] = {}

    @cached_property
    def catalogue(self) -> SeriesCatalogue:
        """The declared series."""
        return current_catalogue()

    @cached_property
    def kinds(self) -> dict[str, SubjectType]:
        """Types whose subjects are Things: measured by some series, or with a place."""
        measured = {each.declared.subject for each in self.catalogue.series.values()}
        return {name: kind for name, kind in subject_types().items() if name in measured or kind.geometry}

    @cached_property
    def day(self) -> date:
        """Today in the district."""
        return self.world.now.astimezone(self.world.zone).date()

    @cached_property
    def lines(self) -> dict[int, LineHead]:
        """Every line of a declared series, by number."""
        return {each.id: each for each in line_heads(self.district) if each.series in self.catalogue.series}

    @cached_property
    def lines_of_thing(self) -> dict[tuple[str, str], list[LineHead]]:
        """Lines by type and key of their subject."""
        found: dict[tuple[str, str], list[LineHead]] = {}
        for each in self.lines.values():
            found.setdefault((self.catalogue.series[each.series].declared.subject, each.subject), []).append(each)
        return found

    def held(self, kind: SubjectType) -> dict[str, HeldFacts]:
        """The subjects of a type today, by key; none where it is closed to the caller."""
        if kind.id not in self._things:
            asked = Viewpoint(self.day)
            try:
                found = {each.key: each for each in asking.stream(self.district, kind, asked, self.looker)}
            except FenceClosed:
                found = {}
            self._things[kind.id] = found
        return self._things[kind.id]

    def one_held(self, kind: SubjectType, key: str) -> HeldFacts | None:
        """One subject today."""
        if kind.id in self._things:
            return self._things[kind.id].get(key)
        try:
            return asking.get(self.district, kind, key, self.day, self.looker)
        except FenceClosed:
            return None

    def all_of(self, name: str) -> Iterator[StaEntity]:
        """Yield every entity of a set but Observations, which are asked for by page."""
        if name in ("Things", "Locations", "FeaturesOfInterest"):
            make = {"Things": self.thing, "Locations": self.location, "FeaturesOfInterest": self.feature}[name]
            for kind in self.kinds.values():
                yield from (one for held in self.held(kind).values() if (one := make(kind, held)) is not None)
        elif name == "HistoricalLocations":
            for kind in self.kinds.values():
                yield from (one for key in self.held(kind) for one in self.history(kind, key))
        elif name == "Datastreams":
            yield from (self.datastream(each) for each in self.lines.values())
        elif name == "ObservedProperties":
            yield from (self.property(each) for _, each in sorted(self.catalogue.series.items()))
        elif name == "Sensors":
            yield from (one for _, each in sorted(self.catalogue.series.items()) for one in self.sensors(each))

    def ask(self, name: str, asked: EntitiesAsked) -> EntityPage:
        """Return a page of a set. Source: OGC 18-088, 9.3."""
        if name == "Observations":
            return observing.observations(self, list(self.lines.values()), asked)
        return page_of(self.all_of(name), asked)

    def get(self, name: str, key: str) -> StaEntity | None:
        """Return one entity by its id, or None. Source: OGC 18-088, 9.2.2."""
        if name == "Datastreams":
            head = self.lines.get(int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None
            return None if head is None else self.datastream(head)
        if name == "ObservedProperties":
            found = self.catalogue.series.get(key)
            return None if found is None else self.property(found)
        if name == "Observations":
            return observing.observation(self, key)
        if name in ("Sensors", "HistoricalLocations"):
            return next((each for each in self.all_of(name) if each.id == key), None)
        kind_name, _, subject = key.partition(".")
        kind = self.kinds.get(kind_name)
        held = self.one_held(kind, subject) if kind is not None else None
        if kind is None or held is None:
            return None
        make = {"Things": self.thing, "Locations": self.location, "FeaturesOfInterest": self.feature}[name]
        return make(kind, held)

    def thing(self, kind: SubjectType, held: HeldFacts) -> StaEntity:
        """A subject as a Thing. Source: OGC 18-088, 8.2.1."""
        values = {name: held.values[name] for name in kind.open_fields if name in held.values and name != kind.geometry}
        body = {
            "name": str(held.values.get(kind.title_field) or held.key),
            "description": f"{kind.name.zh} · {kind.name.en}",
            "properties": {**values, "type": kind.id, "key": held.key},
        }  # fmt: skip
        key = (kind.id, held.key)

        def lines(asked: EntitiesAsked) -> EntityPage:
            return page_of([self.datastream(each) for each in self.lines_of_thing.get(key, ())], asked)

        return StaEntity("Things", f"{kind.id}.{held.key}", body, {}, {
            "Locations": lambda asked: page_of(_present(self.location(kind, held)), asked),
            "HistoricalLocations": lambda asked: page_of(self.history(kind, held.key), asked),
            "Datastreams": lines,
        })  # fmt: skip

    def location(self, kind: SubjectType, held: HeldFacts) -> StaEntity | None:
        """The place of a subject; None when it has none. Source: OGC 18-088, 8.2.2."""
        shape = held.values.get(kind.geometry) if kind.geometry else None
        if shape is None:
            return None
        body = {
            "name": str(held.values.get(kind.title_field) or held.key),
            "description": kind.fields[str(kind.geometry)].name.zh,
            "encodingType": GEOJSON, "location": to_geojson(shape),
        }  # fmt: skip
        return StaEntity("Locations", f"{kind.id}.{held.key}", body, {}, {
            "Things": lambda asked: page_of([self.thing(kind, held)], asked),
            "HistoricalLocations": lambda asked: page_of(self.history(kind, held.key), asked),
        })  # fmt: skip

    def history(self, kind: SubjectType, key: str) -> list[StaEntity]:
        """Where a subject was, each since when. Source: OGC 18-088, 8.2.3."""
        found: list[StaEntity] = []
        before: Any = None
        for held in asking.history(self.district, kind, key, self.looker) if kind.geometry else ():
            shape = held.values.get(str(kind.geometry))
            if held.superseded_at is None and shape is not None and shape != before:
                before = shape
                found.append(self._moment(kind, held))
        return found

    def _moment(self, kind: SubjectType, held: HeldFacts) -> StaEntity:
        key = f"{kind.id}.{held.key}.{held.valid_from.isoformat()}"
        return StaEntity(
            "HistoricalLocations", key, {"time": held.valid_from}, {"Thing": lambda: self.thing(kind, held)},
            {"Locations": lambda asked: page_of(_present(self.location(kind, held)), asked)},
        )  # fmt: skip

    def feature(self, kind: SubjectType, held: HeldFacts) -> StaEntity | None:
        """The place of a subject as what was observed. Source: OGC 18-088, 8.2.8."""
        place = self.location(kind, held)
        if place is None:
            return None
        body = {name: value for name, value in place.body.items() if name != "location"}
        lines = self.lines_of_thing.get((kind.id, held.key), [])
        return StaEntity("FeaturesOfInterest", place.id, body | {"feature": place.body["location"]}, {}, {
            "Observations": lambda asked: observing.observations(self, lines, asked),
        })  # fmt: skip

    def datastream(self, head: LineHead) -> StaEntity:
        """A line. Source: OGC 18-088, 8.2.4; UCUM for the symbol of the unit."""
        series = self.catalogue.series[head.series]
        declared = series.declared
        body = {
            "name": f"{declared.name.zh} {head.subject}", "description": declared.quantity.zh,
            "observationType": MEASUREMENT,
            "unitOfMeasurement": {"name": declared.unit, "symbol": declared.unit, "definition": "https://ucum.org/"},
            "properties": {
                "series": head.series, "subject": head.subject, "programme": series.programme,
                "averaging": declared.averaging,
                "newest": head.at.isoformat() if head.at else None,
            },
        }  # fmt: skip
        kind = self.kinds.get(declared.subject)
        return StaEntity("Datastreams", head.id, body, {
            "Thing": lambda: self._thing_of(kind, head.subject),
            "Sensor": lambda: self.sensors(series)[0],
            "ObservedProperty": lambda: self.property(series),
        }, {"Observations": lambda asked: observing.observations(self, [head], asked)})  # fmt: skip

    def _thing_of(self, kind: SubjectType | None, key: str) -> StaEntity | None:
        held = None if kind is None else self.held(kind).get(key)
        return None if kind is None or held is None else self.thing(kind, held)

    def property(self, series: Series) -> StaEntity:
        """What a series measures. Source: OGC 18-088, 8.2.6."""
        declared = series.declared
        body = {
            "name": declared.name.en, "definition": f"urn:bihuan:series:{series.name}",
            "description": declared.quantity.zh,
            "properties": {"series": series.name, "unit": declared.unit, "precision": declared.precision,
                           "derived": declared.derive is not None, "digest": series.digest},
        }  # fmt: skip
        return StaEntity("ObservedProperties", series.name, body, {}, {"Datastreams": self._lines_by([series.name])})

    def sensors(self, series: Series) -> list[StaEntity]:
        """The declared sources of a series; one for all where it declares none. Source: OGC 18-088, 8.2.5."""
        names = [each.name for each in series.declared.sources] or [WHOLE]
        return [
            StaEntity("Sensors", f"{series.name}.{name}", {
                "name": f"{series.declared.name.en} ({name})", "description": series.declared.quantity.en,
                "encodingType": "text/plain", "metadata": series.declared.citation or series.file,
            }, {}, {"Datastreams": self._lines_by([series.name])})
            for name in names
        ]  # fmt: skip

    def _lines_by(self, series: Sequence[str]) -> Any:
        def page(asked: EntitiesAsked) -> EntityPage:
            return page_of([self.datastream(each) for each in self.lines.values() if each.series in series], asked)

        return page


def _present(found: StaEntity | None) -> list[StaEntity]:
    return [] if found is None else [found]
