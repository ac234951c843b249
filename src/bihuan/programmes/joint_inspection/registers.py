"""The sample's registers: firms with their groups, what may be inspected, who may go, which interests there are.

Everything is drawn from the seed; names and codes are invented. See sample.py and README.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

FIRMS, HOLDINGS, PEOPLE = 2_000, 60, 14
DEPARTMENTS = ("emergency", "fire", "market")
SCENES = {"food": ("fire", "market"), "logistics": ("emergency", "fire"), "tourism": ("emergency", "fire", "market")}
WAYS = ("group", "branch_of", "owner", "two steps")
Row = dict[str, Any]


@dataclass
class Firm:
    """A supervised firm of the sample."""

    row: Row
    grade: Row
    spot: Spot

    @property
    def code(self) -> str:
        """Its credit code."""
        return str(self.row["credit_code"])

    @property
    def key(self) -> str:
        """Its number in the register of supervised firms."""
        return str(self.grade["number"])

    @property
    def departments(self) -> tuple[str, ...]:
        """Who has authority over its scene."""
        return SCENES[self.grade["scene"]]


@dataclass
class InspectionRegisters:
    """All lists of the sample; `load` loads them as a city's own files would come."""

    play: Play
    firms: list[Firm] = field(default_factory=list)
    holdings: list[Row] = field(default_factory=list)
    links: dict[str, list[Row]] = field(default_factory=lambda: {"group": [], "branch_of": [], "owner": []})
    interests: list[Row] = field(default_factory=list)
    inspectors: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        play, luck = self.play, self.play.luck.stream("firms")
        numbers = luck.sample(range(4_000), FIRMS)
        self.firms = [self._firm(luck, place, number) for place, number in enumerate(numbers)]
        self.holdings = [play.district.enterprise(5_000 + n) for n in range(HOLDINGS)]
        for department in DEPARTMENTS:
            scenes = [scene for scene, who in SCENES.items() if department in who]
            for n in range(PEOPLE):
                leads = scenes if n % 3 else luck.sample(scenes, 1)
                self.inspectors.append({
                    "number": f"{department[:2].upper()}{n:02d}", "name": play.district.person_name(luck),
                    "department": department, "leads": ";".join(leads) if n % 7 else "", "capacity": luck.whole(24, 30),
                    "certified_until": play.on(20 if n == PEOPLE - 1 else luck.whole(300, 900)),
                })  # fmt: skip

    def _firm(self, luck: Luck, place: int, number: int) -> Firm:
        play, spot = self.play, self.play.district.spot("site", number)
        grade = luck.weighted([("A", 58), ("B", 30), ("C", 10), ("D", 2)]) if place >= 40 else "D"
        row = play.district.enterprise(number)
        said = {
            "number": f"SF{number:05d}", "enterprise": row["credit_code"], "scene": luck.pick(tuple(SCENES)),
            "grade": grade, "why": f"信用风险分类{grade}级", "graded": play.on(-luck.whole(10, 60)),
            "street": spot.street, "position": spot.text(),
        }  # fmt: skip
        if grade == "A" and luck.chance(0.4):
            said["no_disturb_from"] = play.on(-luck.whole(30, 300))
        return Firm(row, said, spot)

    def of_grade(self, grade: str, *, alone: bool = False) -> list[Firm]:
        """Firms of a grade that may be drawn, or those that are left alone."""
        return [f for f in self.firms if f.grade["grade"] == grade and ("no_disturb_from" in f.grade) == alone]

    def interest(self, inspector: str, firm: str, until: int | None = None) -> None:
        """An inspector declares an interest in a firm."""
        kinds = ("family", "shares", "former_job", "other")
        self.interests.append({
            "number": f"I{len(self.interests) + 1:04d}", "inspector": inspector, "enterprise": firm,
            "kind": kinds[len(self.interests) % 4], "begun": self.play.on(-400),
            "until": None if until is None else self.play.on(until),
        })  # fmt: skip

    def sister(self, firm: Firm, way: str, share: str = "60") -> str:
        """Give a firm another one in its group, by one of `WAYS`; returns that one's code."""
        other = str(self.holdings.pop()["credit_code"])
        if way == "owner":
            self.links["owner"].append({"from": other, "to": firm.code, "share": share})
        elif way == "two steps":
            between = str(self.holdings.pop()["credit_code"])
            self.links["owner"].append({"from": other, "to": between, "share": "51"})
            self.links["group"].append({"from": between, "to": firm.code})
        else:
            self.links[way].append({"from": firm.code, "to": other})
        return other

    def load(self) -> None:
        """Load every list."""
        play = self.play
        begun = play.on(-500)
        holdings = [play.district.enterprise(5_000 + n) for n in range(HOLDINGS)]
        play.load("enterprise", [*(firm.row for firm in self.firms), *holdings], at=begun)
        for name, rows in self.links.items():
            play.load(f"enterprise:{name}", rows, at=begun)
        play.load("inspection-item", [
            {"number": item_of(who, scene), "name": f"{scene}随机抽查", "authority": who, "scene": scene,
             "basis": "随机抽查事项清单", "begun": begun}
            for scene, departments in SCENES.items() for who in departments
        ], at=begun)  # fmt: skip
        play.load("inspector", self.inspectors, at=begun)
        play.load("interest", self.interests, at=begun)
        play.load("visit", self._past_visits(), at=begun, source="visits of the hazard programme")
        play.load("risk-grade", [firm.grade for firm in self.firms], at=play.on(-10))

    def _past_visits(self) -> list[Row]:
        """Forty visits of each inspector before the draw: every second one finds far more in the same sites."""
        luck, rows = self.play.luck.stream("past visits"), []
        for place, inspector in enumerate(self.inspectors):
            share = 0.5 if place % 2 else 0.12
            for n in range(40):
                rows.append({
                    "number": f"PV{place:02d}{n:02d}", "site": f"PS{luck.whole(0, 299):03d}",
                    "found": int(luck.chance(share)), "day": self.play.on(-luck.whole(20, 700)),
                    "inspector": inspector["number"],
                })  # fmt: skip
        return rows

    def load_caps(self, most: dict[str, int], year: int) -> None:
        """Load the announced cap of every firm."""
        rows = [
            {"number": cap_of(firm, year), "enterprise": firm.code, "year": year, "most": most[firm.grade["grade"]],
             "announced": self.play.on(-5)}
            for firm in self.firms
        ]  # fmt: skip
        self.play.load("visit-cap", rows, at=self.play.on(-5))


def item_of(department: str, scene: str) -> str:
    """The number of the item that gives a department authority in a scene."""
    return f"ITEM-{department}-{scene}"


def cap_of(firm: Firm, year: int) -> str:
    """The number of a firm's cap of a year."""
    return f"{firm.code}-{year}"
