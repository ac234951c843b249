"""Visit days of leaders in the sample: a campaign over the days of the half year; people come, one day is not held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bihuan.loop.campaigns import covered, open_cases, start
from bihuan.loop.kernel.campaign import Campaign
from bihuan.registers.isolation import in_district

if TYPE_CHECKING:
    from bihuan.programmes.petitions.office import Office
    from bihuan.simulator.luck import Luck

WHO = ("区委书记", "区长", "常务副区长", "分管副区长", "政法委书记", "街镇党委书记")
DAYS_OF_VISITS = 14
EVERY = 11
"""Days between two visit days."""


@dataclass
class VisitDays:
    """The campaign: its days, and who arranges each."""

    office: Office
    luck: Luck = field(init=False)
    rows: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.luck = self.office.play.luck.stream("visits")

    def plan(self) -> None:
        """Announce the days, begin the campaign, and write down who comes and what is recorded."""
        play, office = self.office.play, self.office
        missed = self.luck.whole(3, DAYS_OF_VISITS - 3)
        for n in range(DAYS_OF_VISITS):
            spot = play.district.spot("site", 300 + n)
            self.rows.append({
                "number": f"VISIT-{n:02d}", "leader": WHO[n % len(WHO)], "street": spot.street,
                "unit": self.luck.pick(office.units), "place": spot.name, "day": play.on(10 + EVERY * n),
            })  # fmt: skip
        play.load("visit-day", self.rows, at=play.on(0), source="announcement of visit days")
        self.name = f"leader-visits-{play.seed}"
        district, world = play.registers.district.code, play.script.facts_at(play.now)
        members = tuple(row["number"] for row in self.rows)
        campaign = Campaign(self.name, play.programme.id, "visit", play.on(0), play.on(EVERY * DAYS_OF_VISITS), members)
        with in_district(district):
            start(campaign, district, {})
            open_cases(self.name, office.officer, play.now, world)
        for row in play.cases(kind="visit"):
            n = int(str(row.fold["subject"])[-2:])
            self._visit(row, n, held=n != missed)
            if n in (1, 2, 4):
                self._come(n)
        play.plant("visit_missed", self.rows[missed]["number"], "announced, and nobody recorded that it was held")
        play.look_alike("visit_missed", self.rows[missed - 1]["number"], "recorded on the evening of its day")

    def prove(self) -> None:
        """How the campaign's days stand, and what the watch found."""
        for number in self.office.holding("petition_visit_missed"):
            self.office.play.find("visit_missed", number, "petition_visit_missed")
        with in_district(self.office.play.registers.district.code):
            self.office.play.prove("visit_days", dict(sorted(covered(self.name).items())))

    def _visit(self, case: Any, n: int, *, held: bool) -> None:
        play, office = self.office.play, self.office
        row, day, matter = self.rows[n], 10 + EVERY * n, play.matter(case)
        by = office.handler(row["unit"])
        play.act(matter, "dispatch", play.day(3, 9), office.officer)
        play.act(matter, "accept", play.day(4, 9), by)
        if not held:
            return
        spot = play.district.spot("site", 300 + n)
        play.photo(matter, play.day(day, 17), by, spot, picture=f"visit/{play.seed}/{n}")
        play.act(matter, "submit", play.day(day, 21), by, {"text": "接访记录：当日来访事项均已登记"})
        play.act(matter, "verify", play.day(day + 2, 9), office.checker, result="passed")

    def _come(self, n: int) -> None:
        """Two people come on that day; both matters are registered as made then, and handled."""
        office, day = self.office, 10 + EVERY * n
        for _ in range(2):
            each = office.write(day, came="visit", visit=self.rows[n]["number"])
            office.handle(each, day + 4, day + 30, day + 32)
