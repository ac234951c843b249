"""A month of construction waste: sites, yards, carriers, trucks, and every trip with what is wrong about it.

Everything is drawn from the seed. A trip has a day of positions (`journeys`), a record of departure and mostly one of
arrival; what happens to it is its fate. Source: sample.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.programmes.construction_waste.journeys import Journey, Point, beside, metres_between, square

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

DAYS, SITES, YARDS, CARRIERS, TRUCKS = 30, 20, 4, 6, 10
INTERVAL, HEAVY = 20, 1.03
APART = 900.0
KINDS = ("soil", "soil", "demolition", "renovation", "rubble", "mud")
Row = dict[str, Any]


@dataclass
class Ground:
    """Somewhere with a fence: its key, kind (source, yard, depot, fuel), place and row of the register."""

    key: str
    kind: str
    spot: Spot
    row: Row = field(default_factory=dict)

    @property
    def at(self) -> Point:
        """Longitude and latitude in degrees."""
        return self.spot.lon / 1e6, self.spot.lat / 1e6

    def feature(self) -> Row:
        """As GeoJSON."""
        shape = {"type": "Polygon", "coordinates": [square(self.at)]}
        return {"type": "Feature", "properties": {"site": self.key, "kind": self.kind}, "geometry": shape}

    def ring(self) -> str:
        """As files of subjects have a shape."""
        return "; ".join(f"{lon:.6f}, {lat:.6f}" for lon, lat in square(self.at))


@dataclass
class Trip:
    """One load: where from, where to, by which truck, and what becomes of it.

    Args:
        fate: Empty for an ordinary one. rest: What happens on the way that is no offence.
    """

    number: str
    day: int
    truck: int
    site: int
    yard: int
    net: int
    fate: str = ""
    rest: str = ""
    left: datetime | None = None
    dumped: Point | None = None
    seen: Point | None = None


class Fleet:
    """Registers and trips of the month."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.luck: Luck = play.luck.stream("fleet")
        self.taken: list[Point] = []
        self.sites = [self._ground("site", "source", n) for n in range(SITES)]
        self.yards = [self._ground("terminal", "yard", n) for n in range(YARDS)]
        self.depots = [self._ground("depot", "depot", n) for n in range(CARRIERS)]
        self.fuel = [self._ground("fuel", "fuel", n) for n in range(3)]
        self.grounds = [*self.sites, *self.yards, *self.depots, *self.fuel]
        numbers = play.luck.stream("trucks").sample(range(5_000), CARRIERS * TRUCKS + 6)
        self.trucks = [play.district.vehicle(n) for n in numbers]
        self.tares = [round(float(row["tare"]) * 1000 / INTERVAL) * INTERVAL for row in self.trucks]
        self.heavy = self.luck.whole(0, YARDS - 1)
        self.trips: list[Trip] = []
        self.loads: list[tuple[int, Row]] = []
        self.weighings: list[tuple[int, Row]] = []
        self.fixes: list[tuple[int, list[Row]]] = []
        self._tickets = 0

    # -- places ---------------------------------------------------------------------------------------------

    def _ground(self, kind: str, role: str, n: int) -> Ground:
        """The first spot from a drawn number on that lies apart from all others."""
        first = self.luck.whole(0, 2_000)
        for number in range(first, first + 3_000):
            spot = self.play.district.spot(kind, number)
            at = (spot.lon / 1e6, spot.lat / 1e6)
            if all(metres_between(at, other) > APART for other in self.taken):
                self.taken.append(at)
                row = self.play.district.site(number) if kind == "site" else {}
                key = str(row["number"]) if row else f"{role[0].upper()}{n:02d}"
                return Ground(key, role, spot, row)
        raise AssertionError("the district is too small for so many places")

    def clear(self, at: Point) -> bool:
        """Whether a place lies outside every fence by a good margin."""
        return all(metres_between(at, other) > 420 for other in self.taken)

    def aside(self, a: Point, b: Point, luck: Luck, off: tuple[int, int] = (10, 60)) -> Point:
        """A place near the way from a to b that lies in no fence."""
        for _ in range(200):
            at = beside(a, b, luck.between(0.2, 0.8), luck.whole(*off) * luck.pick((-1, 1)))
            if self.clear(at):
                return at
        return beside(a, b, 0.5, 2_500)

    def nearest(self, at: Point) -> Spot:
        """The known spot nearest to a place: its street is where that is."""
        return min(self.grounds, key=lambda each: metres_between(each.at, at)).spot

    def carrier_of(self, truck: int) -> int:
        """Whose truck it is."""
        return min(truck // TRUCKS, CARRIERS - 1)

    def sites_of(self, carrier: int) -> list[int]:
        """The sites that a carrier serves."""
        return [n for n in range(SITES) if n % CARRIERS == carrier]

    # -- trips ----------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Ordinary trips: each truck one or two a day, from one site of its carrier."""
        luck = self.play.luck.stream("trips")
        for day in range(DAYS):
            for truck in range(CARRIERS * TRUCKS):
                site = luck.pick(self.sites_of(self.carrier_of(truck)))
                for _ in range(luck.weighted([(2, 3), (1, 5), (0, 2)])):
                    self.add(day, truck, site, luck)

    def add(self, day: int, truck: int, site: int, luck: Luck, fate: str = "", rest: str = "") -> Trip:
        """One more trip, in the order of its truck's day."""
        number = f"L{day:02d}{truck:02d}{sum(t.day == day and t.truck == truck for t in self.trips[-8:])}"
        net = luck.whole(550, 850) * INTERVAL
        trip = Trip(f"{number}{len(self.trips) % 10}", day, truck, site, site % YARDS, net, fate, rest)
        self.trips.append(trip)
        return trip

    def run(self) -> None:
        """Let all trucks drive: positions, departures, arrivals."""
        days: dict[tuple[int, int], list[Trip]] = {}
        for trip in self.trips:
            days.setdefault((trip.day, trip.truck), []).append(trip)
        for (day, truck), trips in sorted(days.items()):
            luck = self.play.luck.stream(f"drive/{day}/{truck}")
            depot = self.depots[self.carrier_of(truck)].at
            start = self.play.day(day, 5.5 + luck.between(0, 2))
            journey = Journey(self.trucks[truck]["plate"], depot, start, luck.between(0, 6))
            journey.stand(6)
            for trip in trips:
                self._drive(journey, trip, luck)
            journey.drive(depot)
            journey.stand(6)
            self.fixes.append((day, journey.fixes))

    def _drive(self, journey: Journey, trip: Trip, luck: Luck) -> None:
        site = self.sites[trip.site].at
        if metres_between(journey.at, site) > 1:
            journey.drive(site)
        trip.left = journey.stand(luck.whole(7, 14))
        self._departure(trip, luck)
        if trip.fate == "dump":
            trip.dumped = self.aside(site, self.yards[trip.yard].at, luck, (600, 1500))
            journey.drive(trip.dumped)
            journey.stand(luck.whole(6, 12))
            trip.seen = trip.dumped
            journey.drive(luck.pick((site, self.depots[self.carrier_of(trip.truck)].at)))
            journey.stand(6)
            return
        yard = (trip.yard + 1) % YARDS if trip.fate == "wrong_place" else trip.yard
        self._rest(journey, trip, self.yards[yard].at, luck)
        arrived = journey.drive(self.yards[yard].at)
        trip.seen = journey.at
        self._arrival(trip, yard, arrived + timedelta(minutes=2), luck)
        journey.stand(luck.whole(6, 10))
        if trip.rest == "empty":
            journey.drive(self.aside(journey.at, site, luck))
            journey.stand(luck.whole(20, 45))

    def _rest(self, journey: Journey, trip: Trip, to: Point, luck: Luck) -> None:
        """What is no offence: lunch, a check, a breakdown, a jam, fuel, on the way to the yard."""
        if trip.rest == "jam":
            journey.crawl(to, luck.whole(12, 20))
        elif trip.rest == "fuel":
            journey.drive(self.fuel[trip.truck % len(self.fuel)].at)
            journey.stand(luck.whole(5, 9))
        elif trip.rest in ("lunch", "check", "breakdown", "night"):
            span = {"lunch": (20, 45), "check": (5, 9), "breakdown": (50, 90), "night": (0, 0)}[trip.rest]
            journey.drive(self.aside(journey.at, to, luck))
            minutes = luck.whole(*span)
            if trip.rest == "night":  # so long that the load is late, or nearly
                minutes = (380 if trip.fate == "late" else 280) - int((journey.now - _at(trip)).total_seconds() / 60)
            journey.stand(minutes)

    # -- records --------------------------------------------------------------------------------------------

    def _weighed(self, weight: int, luck: Luck, factor: float = 1.0) -> int:
        return round((weight * factor + luck.between(-6, 6)) / INTERVAL) * INTERVAL

    def _departure(self, trip: Trip, luck: Luck) -> None:
        site, tare = self.sites[trip.site], self.tares[trip.truck]
        self.loads.append((trip.day, {
            "number": trip.number, "plan": f"P{trip.site:03d}", "site": site.key, "yard": self.yards[trip.yard].key,
            "plate": self.trucks[trip.truck]["plate"], "carrier": self.code(self.carrier_of(trip.truck)),
            "left": _at(trip).isoformat(), "gross_kg": self._weighed(tare + trip.net, luck),
            "tare_kg": self._weighed(tare, luck), "scale_e": INTERVAL, "estimated": False,
            "photo": f"IMG-{trip.number}", "street": site.spot.street, "position": site.spot.text(),
        }))  # fmt: skip

    def _arrival(self, trip: Trip, yard: int, at: datetime, luck: Luck) -> None:
        if trip.fate == "lost_ticket":
            return
        share = 0.95 if trip.fate == "weight" else 1.0
        truck = trip.truck if trip.fate != "carrier" else (trip.truck + 3) % TRUCKS + trip.truck // TRUCKS * TRUCKS
        known = "" if trip.fate == "no_number" else trip.number
        self.weigh(known, self.trucks[truck]["plate"], yard, at, self.tares[trip.truck], int(trip.net * share), luck)
        if trip.fate == "twice":
            later = at + timedelta(minutes=luck.whole(70, 160))
            self.weigh(known, self.trucks[truck]["plate"], yard, later, self.tares[truck], trip.net - 400, luck)

    def weigh(self, number: str, plate: str, yard: int, at: datetime, tare: int, net: int, luck: Luck) -> str:
        """A ticket of a yard's scale; returns its number."""
        factor, place = (HEAVY if yard == self.heavy else 1.0), self.yards[yard]
        self._tickets += 1
        ticket = f"T{self._tickets:05d}"
        day = (self.play.local(at) - self.play.on(0)).days
        self.weighings.append((day, {
            "ticket": ticket, "load": number, "plate": plate, "yard": place.key, "weighed": at.isoformat(),
            "gross_kg": self._weighed(tare + net, luck, factor), "tare_kg": self._weighed(tare, luck, factor),
            "scale_e": INTERVAL, "estimated": False, "waste_code": "170904", "treatment": "R5",
            "street": place.spot.street, "position": place.spot.text(),
        }))  # fmt: skip
        return ticket

    def code(self, carrier: int) -> str:
        """The credit code of a carrier."""
        return str(self.play.district.enterprise(900 + carrier)["credit_code"])


def _at(trip: Trip) -> datetime:
    assert trip.left is not None
    return trip.left
