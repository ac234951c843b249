"""Stations of the chain of air: hot cells beside dusty sites and a chimney, one stuck; the warning and its orders."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.documents.orders.acting import approve_order, receipt_order
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.programmes.air.sky import Oddity, Source
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import values_between
from bihuan.watches.models import IncidentRow

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.programmes.air.sample import Air
    from bihuan.programmes.shared.worlds.air_chain.speakers import Speakers
    from bihuan.simulator.model_district import Spot

ISSUED, STUCK = 1, 2
"""On the afternoon of this day the warning is approved; on this day a station gets stuck."""
SMELLS = "environment.air.industry"
ORDERS = {"heavy-pollution-measures": "measures", "broadcast-warning": "broadcast"}


class ChainedAir:
    """The air of the chain: what is planted at which station, and who waits for whom."""

    def __init__(self, air: Air) -> None:
        self.air, self.play = air, air.play
        self.done: set[tuple[str, str]] = set()
        self.by_site: dict[str, str] = {}
        self.signed: dict[str, Any] = {}
        self.chimney = self.smelled = self.stuck = ""
        air.sky._whole = {day: 45.0 * air.luck.between(0.97, 1.03) for day in air.sky._whole}

    def plant(self) -> None:
        """Two sites that a street's station sees, a chimney that one sees, one that is only smelled, one stuck."""
        play, air = self.play, self.air
        for n in range(2):
            station = self._hot(2, 7 + n, air.luck.whole(45, 60), "a building site whose own monitor shows nothing")
            self.by_site[f"ES{n:03d}"] = station
        self.chimney = self._hot(4, 7, air.luck.whole(48, 60), "a chimney whose data are flat")
        self.smelled = self._hot(4, 8, air.luck.whole(48, 60), "a source that also smells; no data are suspicious")
        play.plant("one_visit", self.chimney, "hot cell, smell and suspicious data: one inspection")
        for station in (*self.by_site.values(), self.smelled, self.chimney):
            play.plant("dropped", station, "drops when its source has stopped, more than its neighbours")
        for station in (*self.by_site.values(), self.smelled):
            play.look_alike("one_visit", station, "not all three reasons")
        self.stuck = air.take()
        begins = play.day(STUCK, air.luck.whole(1, 3))
        air.sky.oddities[self.stuck] = [Oddity(begins, begins + timedelta(hours=16), value=46)]
        play.plant("fault", self.stuck, "sixteen hours of one value")
        play.look_alike("hot_cell", self.stuck, "a fault is no pollution")
        play.plant("flagged", self.stuck, "once the fault is confirmed its values count for nothing")
        by = play.person("operator")
        for key, station in (("smell/chimney", self.chimney), ("smell/other", self.smelled)):
            play.report(
                "request", play.day(4, 13), by, key=key, title="有刺鼻味", programme="hotline", channel="phone",
                category=SMELLS, spot=air.spots[station].moved(2_000, 1_500), dispatch=False,
            )  # fmt: skip

    def _hot(self, day: int, hours: float, adds: int, how: str) -> str:
        station = self._apart()
        self.air.sky.sources[station] = [Source(self.play.day(day, hours), adds)]
        self.play.plant("hot_cell", station, how)
        return station

    def _apart(self) -> str:
        """Take the station that lies farthest from all that were taken, so that reasons meet only where they should."""
        spots, taken = self.air.spots, list(self.air.sky.sources)

        def nearest(station: str) -> int:
            here = spots[station]
            return min((abs(spots[each].lon - here.lon) + abs(spots[each].lat - here.lat) for each in taken), default=0)

        chosen: str = max(self.air.left, key=lambda station: (nearest(station), station))
        self.air.left.remove(chosen)
        return chosen

    def spot_of(self, key: str) -> Spot:
        """Where a station, or a monitor of a site, stands."""
        return self.air.spots[key]

    def stop(self, station: str) -> None:
        """What stood behind a hot cell has stopped."""
        source = self.air.sky.sources[station][0]
        source.ends = source.ends or self.play.now + timedelta(hours=1)

    def waits(self, station: str) -> bool:
        """Whether a street still waits for what stands behind its hot cell; the other smell it stops by itself."""
        if station == self.smelled:
            self.stop(station)
        source = self.air.sky.sources.get(station)
        return source is not None and source[0].ends is None

    def hand_in(self, row: CaseRow, spot: Spot) -> None:
        """Two photographs on the spot, and what was done; whoever finds the source has it stopped."""
        play, there = self.play, self.play.now + timedelta(hours=1.2)
        matter, handler = play.matter(row), play.person("handler", row.fold["lead"])
        key = str(row.about).partition("/")[2]
        for n in (1, 2):
            picture = f"{play.seed}/{row.number}/{n}"
            play.photo(matter, there + timedelta(minutes=n), handler, spot.moved(n * 90, 60), picture=picture)
        play.act(matter, "submit", there + timedelta(minutes=20), handler, {"text": "已核查处置 · put right"})
        if row.kind == "site_dust":
            self.stop(self.by_site[f"ES{key[2:]}"])
        elif row.kind == "joint_check":
            self.stop(key)

    # -- the warning --------------------------------------------------------------------------------------

    def warn(self) -> None:
        """The desk proposes what the plan gives for the forecast; another person approves."""
        play, luck = self.play, self.air.luck
        issued = play.on(ISSUED)
        days = [luck.whole(205, 240), luck.whole(210, 260), luck.whole(205, 240)]
        told = play.calc("air-warning", [
            {"issued": issued, "day": issued + timedelta(days=n + 1), "aqi": aqi} for n, aqi in enumerate(days)
        ])  # fmt: skip
        counted = {name: str(values[0]) for name, values in told.columns.items() if name.startswith("days_")}
        fields = {
            "level": str(told.columns["level"][0]), "starts": (issued + timedelta(days=1)).isoformat(), **counted
        }  # fmt: skip
        matter = play.report(
            "warning", play.day(ISSUED, 8), play.person("air_officer", play.unit("ecology")), key="warning",
            title="空气重污染预警", fields=fields, dispatch=False,
        )  # fmt: skip
        approver, until = play.person("warning_approver", play.unit("government-office")), play.day(20).isoformat()
        play.act(matter, "approve", play.day(ISSUED, 9), approver, until=until)
        play.act(matter, "revoke", play.day(6, 20), approver, reason="空气质量好转")
        for name in ORDERS.values():
            play.plant("drafted", name, "the approved warning drafts it, a person signs it")
        play.plant("drawn", "sites", "whoever warns is asked to have sites drawn")

    def sign_orders(self, speakers: Speakers) -> None:
        """What the warning drafted is signed by somebody else; sites and loudspeakers answer."""
        play = self.play
        with in_district(play.registers.district.code):
            for name in ORDERS.keys() - self.signed.keys():
                row = OrderRow.objects.filter(order=name).first()
                if row is None:
                    continue
                approve_order(row.id, play.script.facts_at(play.now), "user:approver")
                self.signed[name] = row
                for key in addressees_of_order(row.id):
                    if key not in speakers.quiet:
                        receipt_order(row.id, key, "received", play.script.facts_at(play.now), f"user:{key}")

    def tell_orders(self, speakers: Speakers) -> None:
        """What was drafted and ended with the warning; which loudspeakers never answered; who was asked to draw."""
        play = self.play
        with in_district(play.registers.district.code):
            for name, row in self.signed.items():
                play.find("drafted", ORDERS[name], f"order {row.id}")
                course = course_of_order(row)
                if name == "broadcast-warning":
                    for key in set(addressees_of_order(row.id)) - set(course.receipts):
                        play.find("unheard", key, "no receipt of the message")
        for each in play.incidents():
            if each.watch == "warning_inspections":
                play.find("drawn", "sites", f"reminder of {each.subject}")
        kept = list(play.cases(kind="obligation"))
        play.prove("obligations", {"all": len(kept), "shown": sum(row.outcome == "closed" for row in kept)})

    # -- what became of it --------------------------------------------------------------------------------

    def tell_fault(self) -> None:
        """Whether the stuck hours carry the letter of a fault, and the day that stood on them was worked out anew."""
        play, catalogue, district = self.play, current_catalogue(), self.play.registers.district.code
        with in_district(district):
            hours = values_between(district, catalogue.get("pm25-hour"), self.stuck, "", "")["values"]
            wrong = [each["vintage"] for each in hours if each["flag"] == "D"]
            if not wrong:
                return
            days = catalogue.get("pm25-day")
            before, now = (
                {
                    each["time"]: each["value"]
                    for each in values_between(district, days, self.stuck, "", "", known)["values"]
                }
                for known in (min(wrong) - 1, None)
            )
        play.find("flagged", self.stuck, f"{len(wrong)} values with the letter D")
        play.prove("days_restated", sum(now.get(day) != value for day, value in before.items()))

    def reasons_of_visit(self) -> int:
        """How many reasons the one inspection names."""
        with in_district(self.play.registers.district.code):
            row = IncidentRow.objects.filter(watch="one_visit").first()
        return len(row.facts) if row is not None else 0
