"""The waters, posts and duties of the sample, and which duty is walked how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.methods.parts.rounds import period_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.programmes.river_chief.walks import line_of, moved, written
from bihuan.simulator.model_district import Spot

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
RIVERS, ALONG, LAST = 3, 4, 44
NEW_LINE = 17
"""The day on which one reach is surveyed anew."""
LEVELS = {"district": "区级", "street": "街镇级", "village": "社区级"}


@dataclass
class PatrolDuty:
    """A period in which a post owes a patrol, and how it is walked (`normal` unless something is planted)."""

    post: Row
    begins: date
    ends: date
    how: str = "normal"

    @property
    def key(self) -> str:
        """As the sample calls it."""
        return f"{self.post['number']}:{self.begins.isoformat()}"


class ChiefRoster:
    """Reaches, posts of three levels, surveys, signs, and every duty that ends within the play."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("roster")
        count = len(play.district.words.rivers)
        chosen = self.luck.sample(list(range(count)), RIVERS)
        self.spots: dict[str, Spot] = {}
        self.lines: dict[str, str] = {}
        self.reaches = [row for river in chosen for row in self._river(river, count)]
        self.posts: list[Row] = []
        for n, reach in enumerate(self.reaches):
            for level in ("village", "street") if n % ALONG else ("village", "street", "district"):
                self.posts.append(self._post(reach, level))
        self.transfers: list[Row] = []
        self.signs = [self._sign(n, post) for n, post in enumerate(self.of("village"))]
        self.surveys = [
            self._survey(n, row["number"], self.lines[row["number"]], -900) for n, row in enumerate(self.reaches)
        ]
        self.duties = [duty for post in self.posts for duty in self._duties(post)]

    def code(self, street: str) -> str:
        """The code of the office of a street."""
        return str(self.play.registers.organisations.spans(self.play.office(street))[-1].code)

    def of(self, level: str) -> list[Row]:
        """The posts of a level."""
        return [post for post in self.posts if post["level"] == level]

    def spot_of(self, key: str) -> Spot:
        """Where a reach, a post or a sign lies."""
        post = next((each["post"] for each in self.signs if each["number"] == key), key)
        reach = next((each["reach"] for each in self.posts if each["number"] == post), post)
        return self.spots[reach]

    def _river(self, river: int, count: int) -> list[Row]:
        rows = []
        for along in range(ALONG):
            reach, area = (
                self.play.district.reach(along * count + river),
                self.play.district.spot("reach", river * 9 + along),
            )
            key = str(reach["number"])
            lon, lat = (round(float(part) * 1_000_000) for part in str(reach["position"]).split(","))
            self.spots[key] = Spot(area.community, area.street, area.name, lon, lat)
            self.lines[key] = str(reach["shape"])
            below = self.play.district.reach((along + 1) * count + river)["number"] if along + 1 < ALONG else None
            rows.append({
                "number": key, "name": reach["name"], "river": str(reach["name"]).partition("第")[0], "length_m": "770",
                "street": area.street, "chief_office": self.code(area.street), "shape": reach["shape"],
                "begun": "2015-01-01", **({"down": below} if below else {}),
            })  # fmt: skip
        return rows

    def _post(self, reach: Row, level: str) -> Row:
        spot = self.spots[reach["number"]]
        office = self.code(spot.street)
        own = {"district": "water-affairs", "street": office}.get(level) or self._community(spot) or office
        above = {"district": "ecology", "street": "water-affairs"}.get(level, office)
        number = f"{level[0].upper()}{reach['number'][3:]}"
        return {
            "number": number, "name": f"{reach['name']}{LEVELS[level]}河长", "level": level, "scheme": "default",
            "reach": reach["number"], "holder": f"C-{number}", "office": own, "above": above, "street": spot.street,
            "shown_as": f"{self.play.district.person_name(self.luck)}（{LEVELS[level]}河长）",
            "phone": f"010-5550{self.luck.whole(0, 9999):04d}", "position": spot.text(),
            "begun": self.play.on(0).isoformat(), "ended": self.play.on(LAST + 1).isoformat(),
        }  # fmt: skip

    def _community(self, spot: Spot) -> str:
        found = self.play.graph.for_area("community", spot.community)
        return str(found.code) if found is not None else ""

    def _sign(self, number: int, post: Row) -> Row:
        spot = self.spots[post["reach"]].moved(self.luck.whole(0, 300), self.luck.whole(0, 200))
        name = post["name"].removesuffix("社区级河长")
        return {
            "number": f"SG{number:03d}", "name": f"{name}公示牌", "post": post["number"], "river": name,
            "level": post["level"], "chief": post["shown_as"], "phone": post["phone"],
            "duties": "每周巡查，发现问题交办并跟踪到复查",
            "target": "水清岸绿，断面达到目标类别", "street": post["street"], "keeper": post["above"],
            "position": spot.text(), "stands_since": "2019-05-01",
            "checked": self.play.on(-self.luck.whole(40, 300)).isoformat(),
        }  # fmt: skip

    def _survey(self, number: int, reach: str, line: str, day: int) -> Row:
        return {
            "number": f"RS{number:03d}", "reach": reach, "surveyed": self.play.on(day).isoformat(),
            "surveyor": "示范区测绘队", "line": line,
        }  # fmt: skip

    def survey_anew(self, reach: str) -> Row:
        """The reach as it is measured anew: the river was moved by some hundred metres."""
        line = written(moved(line_of(self.lines[reach]), 0, 160))
        self.lines[reach + "/new"] = line
        return self._survey(len(self.surveys), reach, line, NEW_LINE)

    def _duties(self, post: Row) -> list[PatrolDuty]:
        day, last, found = self.play.on(0), self.play.on(LAST), list[PatrolDuty]()
        while day <= last:
            said = method_rules().lookup("water.patrol", day, "*", scheme=post["scheme"], level=post["level"])
            begins, ends = period_of(str(said["every"]), day)
            if begins >= self.play.on(0) and ends <= last:
                found.append(PatrolDuty(post, begins, ends))
            day = ends + timedelta(days=1)
        return found

    def load(self) -> None:
        """Load the registers as files, as a district's own would come."""
        play, on = self.play, self.play.on(-800)
        for kind, rows in (("river-reach", self.reaches[::-1]), ("chief-post", self.posts),
                           ("reach-survey", self.surveys), ("chief-transfer", self.transfers),
                           ("river-sign", self.signs)):  # fmt: skip
            loaded = play.load(kind, rows, at=on, source="office of river chiefs")
            assert not loaded.rejected, loaded.rejects
