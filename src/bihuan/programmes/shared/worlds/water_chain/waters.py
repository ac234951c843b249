"""The river, drains and firms of the world: two firms foul a section each through a drain; others only look like it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.programmes.black_water.sewers import DrainTree
from bihuan.programmes.surface_water.river import Foulness, River
from bihuan.simulator.model_district import Spot

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
SECTIONS, LENGTH, LIMIT, TAKEN = 5, 800, 50, 8
KINDS = ("chain", "chain", "storm", "neighbour", "clean")
"""What is played at a section: two chains, a storm of two days, a firm above its permit that drains elsewhere."""


@dataclass
class WaterStretch:
    """A reach with its section, its outlet, the drains behind it and the firm on them.

    Args:
        begins: Hour of the play from which the firm discharges too much; None where none does. ends: Until when.
    """

    number: int
    kind: str
    reach: Row
    spot: Spot
    office: str
    tree: DrainTree
    begins: int | None = None
    ends: int | None = None
    sent: int = 0
    told: set[str] = field(default_factory=set)

    @property
    def section(self) -> str:
        """Number of its section."""
        return f"WC{self.number}"

    @property
    def outlet(self) -> str:
        """Number of its outlet into the river."""
        return f"CO{self.number}"

    @property
    def firm(self) -> str:
        """Number of the firm's outlet."""
        return f"CD{self.number}"

    def above(self, hour: int) -> bool:
        """Whether the firm discharges more than its permit in an hour."""
        return self.begins is not None and self.begins <= hour and (self.ends is None or hour < self.ends)


class ChainedWaters:
    """Everything of the world, drawn from the seed."""

    def __init__(self, play: Play) -> None:
        self.play, luck = play, play.luck.stream("chain")
        self.luck, self.river = luck, River(play.luck.stream("values"))
        count = len(play.district.words.rivers)
        rivers = luck.sample(list(range(count)), SECTIONS)
        kinds = luck.sample(list(KINDS), len(KINDS))
        self.stretches = [self._stretch(n, river, kinds[n]) for n, river in enumerate(rivers)]
        self.done: set[tuple[str, str]] = set()
        for each in self.stretches:
            if each.kind == "chain":
                self._foul(each, luck.whole(18, 30))
            elif each.kind == "storm":
                begins = play.day(luck.whole(2, 4), 2)
                self.river.foul[each.section] = [Foulness(begins, begins + timedelta(days=2))]
            elif each.kind == "neighbour":
                each.begins = luck.whole(30, 60)

    def _foul(self, each: WaterStretch, hour: int) -> None:
        each.begins, each.ends = hour, None
        self.river.foul[each.section] = [Foulness(self.play.day(0, hour))]

    def relapse(self, each: WaterStretch, hour: int) -> None:
        """Something runs past the firm's logger: the section is foul again, its hours are not above the permit."""
        self.river.foul[each.section] = [Foulness(self.play.day(0, hour))]

    def stop(self, each: WaterStretch) -> None:
        """The firm is put right from the next hour on, and the section with it."""
        now = self.play.now
        each.ends = each.ends or int((now - self.play.day(0)).total_seconds() // 3600) + 1
        for foul in self.river.foul.get(each.section, []):
            foul.ends = foul.ends or now + timedelta(hours=2)

    def _stretch(self, n: int, river: int, kind: str) -> WaterStretch:
        play = self.play
        reach, area = play.district.reach(river), play.district.spot("reach", 60 + n)
        lon, lat = (round(float(part) * 1_000_000) for part in str(reach["position"]).split(","))
        spot = Spot(area.community, area.street, area.name, lon, lat)
        tree = DrainTree(play.luck.stream(f"tree{n}"), f"LW{n}")
        if kind == "chain":
            inner = [node for node in range(1, 20) if tree.segment_of(node) != 0]
            tree.foul = self.luck.pick(inner or [1])
        office = str(play.registers.organisations.spans(play.office(spot.street))[-1].code)
        return WaterStretch(n, kind, reach, spot, office, tree)

    def of(self, about: str) -> WaterStretch:
        """The stretch of a section, outlet, node, reach or firm by its number."""
        return next(
            each for each in self.stretches
            if about in (each.section, each.outlet, each.firm, each.reach["number"], f"BC{each.number}")
            or about.startswith(f"{each.tree.name}-")
        )  # fmt: skip

    def closing(self, each: WaterStretch) -> str:
        """The manhole that closes the segment into which the firm discharges."""
        foul = each.tree.foul
        return each.tree.key(each.tree.segment_of(foul if foul is not None else each.tree.monitors[-1]))

    def load(self) -> None:
        """Load the registers as files."""
        play, on = self.play, self.play.on(-300)
        rows: dict[str, list[Row]] = {name: [] for name in (
            "enterprise", "river-reach", "water-section", "water-outlet", "black-water", "drain-node",
            "discharge-permit", "discharge-outlet",
        )}  # fmt: skip
        for each in self.stretches:
            place = {"street": each.spot.street, "position": each.spot.text()}
            holder = play.district.enterprise(300 + each.number)
            code, name = holder["credit_code"], each.reach["name"]
            rows["enterprise"].append(holder)
            rows["river-reach"].append({
                "number": each.reach["number"], "name": name, "river": str(name).partition("第")[0],
                "length_m": str(LENGTH), "street": each.spot.street, "chief_office": each.office,
                "shape": each.reach["shape"], "begun": "2015-01-01",
            })  # fmt: skip
            rows["water-section"].append({
                "number": each.section, "name": f"{name}断面", "kind": "river", "level": "municipal", "target": "3",
                "reach": each.reach["number"], "chainage": str(LENGTH), "chief_office": each.office,
                "desk": "water-affairs", "keeper": "outside:city-centre", "begun": "2018-01-01", **place,
            })  # fmt: skip
            rows["water-outlet"].append({
                "number": each.outlet, "name": f"{name}雨水口", "kind": "storm", "reach": each.reach["number"],
                "chainage": "400", "chief_office": each.office, "holder": code, "keeper": "water-affairs",
                "needs_permit": False, "found": play.on(-200).isoformat(), **place,
            })  # fmt: skip
            rows["black-water"].append({
                "number": f"BC{each.number}", "name": f"{name}水体", "reach": each.reach["number"],
                "unit": each.office, **place,
            })  # fmt: skip
            rows["drain-node"] += self._nodes(each, place)
            rows["discharge-permit"].append({
                "number": f"CP{each.number}", "name": f"{name}旁工厂", "holder": code, "begins": play.on(-600),
                "ends": play.on(700), **place,
            })  # fmt: skip
            rows["discharge-outlet"].append({
                "number": each.firm, "name": f"{name}旁工厂废水口", "kind": "water", "permit": f"CP{each.number}",
                "holder": code, "keeper": "outside:operator", "mn": f"110109{each.number:08d}",
                "limit_cod": LIMIT, "begun": play.on(-600), **place,
                **({"monitor": self.closing(each)} if each.kind != "neighbour" else {}),
            })  # fmt: skip
        for kind, some in rows.items():
            loaded = play.load(kind, some, at=on, source="water desk")
            assert not loaded.rejected, (kind, loaded.rejects)

    def _nodes(self, each: WaterStretch, place: Row) -> list[Row]:
        tree = each.tree
        return [
            {"number": tree.key(n), "network": tree.name, "population": tree.people[n], "unit": "water-affairs",
             **({"down": tree.key(tree.down[n])} if n else {"outlet": each.outlet}), **place}
            for n in range(20)
        ]  # fmt: skip

    # -- what is measured ---------------------------------------------------------------------------------

    def sample_sections(self, day: int) -> None:
        """The samples of a morning at every section."""
        sections = [{"number": each.section, "target": "3"} for each in self.stretches]
        for item, rows in self.river.rows(sections, self.play.day(day, TAKEN)).items():
            self.play.observe(f"water-{item}", rows, source="station", follow=False)

    def send_hours(self, each: WaterStretch, until: int) -> None:
        """What a logger had kept is sent, up to an hour of the play: four values an hour."""
        rows = []
        for hour in range(each.sent, until):
            mean = (1.6 if each.above(hour) else 0.55) * LIMIT
            for part in range(4):
                value = mean * self.luck.between(0.97, 1.03)
                at = self.play.day(0, hour) + timedelta(minutes=15 * part)
                rows.append({"subject": each.firm, "time": at.isoformat(), "value": f"{value:.2f}", "flag": "N"})
        each.sent = until
        if rows:
            self.play.observe("cod-raw", rows, source="logger", follow=False)

    def measure_drains(self, each: WaterStretch, day: int) -> None:
        """Days of flow and ammonia at the monitors of the drains behind an outlet."""
        loaded = self.play.load("drain-sample", each.tree.samples(self.play, day - 6), source="tracing campaign")
        assert not loaded.rejected, loaded.rejects
