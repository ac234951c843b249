"""What is planted in the month of construction waste, and what only looks like it. See README.md, `sample`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from bihuan.programmes.construction_waste.fleet import CARRIERS, DAYS, SITES, TRUCKS, YARDS, Fleet, Row, Trip

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Deed

EXPIRED, RENEWED = CARRIERS - 1, CARRIERS - 2
RULES = {"dump": "load.missing", "lost_ticket": "load.missing", "carrier": "load.plate", "weight": "load.weight",
         "wrong_place": "load.wrong_place", "late": "load.late", "twice": "receipt.duplicate"}  # fmt: skip
RESTS = ("lunch", "check", "breakdown", "jam", "fuel", "empty")


class Month:
    """The play: the fleet, what was planted, and what people do."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.fleet = Fleet(play)
        self.luck = play.luck.stream("planting")
        self.left_open: set[int] = set()
        self.labels: dict[str, str] = {}
        self.worked: set[str] = set()
        self.dumps = 0
        self.farthest = 0.0
        self.refusals: list[Deed] = []
        self.ended = self.last_day = (0, 0)
        self.short = 0

    def load(self, kind: str, rows: list[Row], *, at: date, source: str = "sample") -> None:
        """Load rows of a register; none may be rejected."""
        done = self.play.load(kind, rows, at=at, source=source)
        assert not done.rejected, [each.as_dict() for each in done.rejects][:3]


def plant(month: Month) -> None:
    """Give some trips a fate, and others what only looks like one."""
    play, fleet, luck = month.play, month.fleet, month.luck
    month.left_open = set(luck.sample([n for n in range(SITES) if n % CARRIERS != EXPIRED], 2))
    usual = [t for t in fleet.trips if 1 <= t.day < DAYS - 2 and t.yard != fleet.heavy]
    order = luck.sample([t for t in usual if t.site not in month.left_open], 400)
    given: set[tuple[int, int]] = set()

    def take() -> Trip:
        while True:
            trip = order.pop()
            mates = [t for t in fleet.trips if (t.day, t.truck) == (trip.day, trip.truck)]
            if (trip.day, trip.truck) not in given and trip is mates[-1]:
                given.add((trip.day, trip.truck))
                return trip

    for fate, count in (("dump", 5), ("lost_ticket", 2), ("carrier", 3), ("weight", 3), ("wrong_place", 2), ("late", 2),
                        ("twice", 2), ("no_number", 4)):  # fmt: skip
        for _ in range(count):
            trip = take()
            trip.fate = fate
            trip.rest = "night" if fate == "late" else ""
    for _ in range(2):  # nearly late
        take().rest = "night"
    for rest in RESTS * 6:
        take().rest = rest
    for site in sorted(month.left_open):  # loads that nobody explains: their plans are not certified
        trip = luck.pick([t for t in fleet.trips if t.site == site and 5 <= t.day < 20 and not t.rest])
        trip.fate = "dump"
    _plant_permits(month, take())
    for trip in fleet.trips:
        if trip.fate in RULES and trip.fate != "twice":
            play.plant(RULES[trip.fate], trip.number, trip.fate)
        if trip.fate == "dump":
            play.plant("dump", trip.number, "stood outside every site, loaded, and came back without a yard")
        elif trip.rest or trip.fate == "lost_ticket":
            play.look_alike("dump", trip.number, trip.rest or "at the yard, only its ticket is lost")
        if trip.fate == "no_number" or (trip.rest == "night" and not trip.fate):
            play.look_alike("load.missing" if trip.fate else "load.late", trip.number, trip.fate or "just in time")


def _plant_permits(month: Month, spare: Trip) -> None:
    """One truck drives twice after its haul permit has ended; another for the last time on the last day."""
    fleet, play = month.fleet, month.play
    truck = spare.truck
    mine = [t for t in fleet.trips if t.truck == truck]
    late = [t for t in mine if t.day > 20 and not t.fate and not t.rest][:2]
    fleet.trips = [t for t in fleet.trips if t.truck != truck or t.day <= 20 or t in late]
    month.ended, month.last_day = (truck, 20), (0, 0)
    for trip in late:
        play.plant("load.unlicensed", trip.number, "the haul permit of the truck ended before")
    other = next(n for n in range(CARRIERS * TRUCKS) if n != truck and _plain(fleet, n))
    fleet.trips = [t for t in fleet.trips if t.truck != other or t.day <= 15]
    last = max(t.day for t in fleet.trips if t.truck == other)
    month.last_day = (other, last)
    for trip in fleet.trips:
        if trip.truck == other and trip.day == last:
            play.look_alike("load.unlicensed", trip.number, "on the last day of its permit")


def _plain(fleet: Fleet, truck: int) -> bool:
    return all(not t.fate and not t.rest for t in fleet.trips if t.truck == truck and t.day > 12)


def plant_strays(month: Month) -> None:
    """Arrivals that no load announced, of trucks from elsewhere; second tickets of one waybill are planted by name."""
    play, fleet, luck = month.play, month.fleet, month.play.luck.stream("strays")
    for n in range(2):
        truck = CARRIERS * TRUCKS + n
        at = play.day(luck.whole(3, 24), luck.between(9, 16))
        yard = luck.pick([y for y in range(YARDS) if y != fleet.heavy])
        ticket = fleet.weigh("", fleet.trucks[truck]["plate"], yard, at, fleet.tares[truck], 12_000, luck)
        play.plant("receipt.unannounced", ticket, "no load left for it")
    for trip in fleet.trips:
        if trip.fate == "twice":
            tickets = [row["ticket"] for _, row in fleet.weighings if row["load"] == trip.number]
            play.plant("receipt.duplicate", tickets[1], f"the waybill {trip.number} a second time")
    play.plant("scale.off", fleet.yards[fleet.heavy].key, "weighs three per cent too much")
    for number, yard_ in enumerate(fleet.yards):
        if number != fleet.heavy:
            play.look_alike("scale.off", yard_.key, "as right as its class allows")
