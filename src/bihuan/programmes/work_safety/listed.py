"""Inspectors' plan and major hazards on the board: the parts of the sample that go on while it is played.

A fifth of the plan is drawn at random, four of its visits are never made. Six major hazards are listed; two stop work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.programmes.work_safety.sample import District, Hazard
    from bihuan.simulator.plays.script import Matter

MONTHS_END = 130
"""Days of the play on which a planned visit may be due at last."""
GRAVE = ("fire.storage", "gas.alarm", "confined.entry", "height.edge")


@dataclass
class Listed:
    """A major hazard on its way through listing: found, listed, put right, taken off."""

    district: District
    hazard: Hazard
    early: bool
    stops: bool
    step: int = 0

    def go_on(self, day: int) -> None:
        """Do the next thing, each a fortnight after the other."""
        play, self.step = self.district.play, self.step + 1
        number, office = self.hazard.matter.number, play.office(self.hazard.spot.street)
        asks = play.person("unit_head", office, 1)
        decides = play.person("arbiter", play.unit("emergency"), 3)
        if self.step == 1:
            fields = {"responsible": "负责人", "measure": "更换设备并培训", "money": "20000", "plan": "停用并看护",
                      "term": play.on(day + 60).isoformat()}  # fmt: skip
            matter = self._ask("listing", day + 1, asks, office, fields)
            play.act(matter, "approve", play.day(day + 2, 10), decides, until=play.day(day + 100).isoformat())
            if self.stops:
                finder = play.person("inspector", self.hazard.finder.unit, 4)
                said = {"scope": "part", "danger": "整改中无法保证安全"}
                stop = self._ask("suspension", day + 1, finder, office, said)
                other = play.unit("fire" if finder.unit == play.unit("emergency") else "emergency")
                stops = play.person("arbiter", other, 3)
                play.act(stop, "approve", play.day(day + 1, 20), stops, until=play.day(day + 40).isoformat())
                play.act(stop, "revoke", play.day(day + 30, 9), stops, reason="整改合格")
        if self.step == 2:
            if self.early:
                matter = self._ask("delisting", day + 1, asks, office, {})
                play.plant("delisted_early", number, "nobody has looked again so far")
                until = play.day(day + 900).isoformat()
                play.attempt("delisted_early", number, matter, "approve", play.day(day + 2, 11), decides, until=until)
            self.district.strike_off(self.hazard, self.district.put_right(self.hazard, day + 4))
        if self.step == 4 and not self.early:
            matter = self._ask("delisting", day + 1, asks, office, {})
            play.look_alike("delisted_early", number, "struck off before it is taken off the list")
            play.act(matter, "approve", play.day(day + 2, 11), decides, until=play.day(day + 900).isoformat())

    def _ask(self, kind: str, day: int, by: Actor, unit: str, fields: dict[str, str]) -> Matter:
        play = self.district.play
        return play.report(
            kind, play.day(day, 9), by, key=f"{kind}:{self.hazard.key}:{self.step}", title=f"{kind} {self.hazard.key}",
            subject=self.hazard.matter.number, fields=fields, unit=unit, spot=self.hazard.spot, dispatch=False,
            urgency="general" if kind == "delisting" else "urgent",
        )  # fmt: skip


def plant_lists(district: District, left: list[int]) -> list[Listed]:
    """Six major hazards are listed; of three somebody would take the board down before anybody has looked again."""
    luck = district.play.luck.stream("lists")
    return [
        Listed(district, district.find(left.pop(), luck.pick(GRAVE), luck.whole(1, 5)), early=n < 3, stops=n in (0, 4))
        for n in range(6)
    ]


def tell_letters(district: District, lists: list[Listed]) -> None:
    """Compose the letters of listing, stopping work and taking off from what the register says; none has a gap."""
    play, wanted = district.play, []
    sites = {row["key"]: row for row in play.register("site", "name", "holder")}
    firms = {row["key"]: row["name"] for row in play.register("enterprise", "name")}
    known = {row["key"]: row for row in play.register("hazard", "site", "found", "listed", "closed", "delisted")}
    for each in lists:
        row = known[each.hazard.matter.number]
        site = sites[row["site"]]
        facts = {
            "hazard": row["key"], "site_key": row["site"], "site": site["name"], "firm_code": site["holder"],
            "firm": firms[site["holder"]], "found": row["found"], "officer": "审定人", "case": row["key"],
            "dated": row["listed"], "addressee": [firms[site["holder"]]],
        }  # fmt: skip
        wanted += [("listing", facts)] if row["listed"] else []
        wanted += [("stop-work", facts)] if each.stops else []
        if row["delisted"]:
            wanted.append(
                ("delisting", facts | {"closed": row["closed"], "listed": row["listed"], "dated": row["delisted"]})
            )
    told = letters_of_play([(letter_named(name), facts | {"count": n}) for n, (name, facts) in enumerate(wanted, 1)])
    play.prove("letters", [
        {name: each[name] for name in ("kind", "number", "basis", "remedy", "remedy_until", "sha256")}
        for each in told["letters"]
    ])  # fmt: skip
    play.prove("letters_refused", len(told["refused"]))


def plan_visits(district: District) -> None:
    """Calibrate inspectors, rank the sites, draw a fifth of the plan at random; four visits of it are not made."""
    play = district.play
    sites = {row["key"]: row for row in play.register("site", "kind", "holder", "street")}
    visits = play.register("visit", "site", "day", "inspector", "found")
    history = [
        {"id": v["key"], "place": v["site"], "date": v["day"], "found": v["found"], "inspector": v["inspector"],
         "kind": sites[v["site"]]["kind"]} for v in visits
    ]  # fmt: skip
    told = play.calc("inspector-strictness", history, inspector="inspector").columns
    for name, verdict, share in zip(told["inspector"], told["verdict"], told["adjusted"], strict=True):
        if verdict == "lenient":
            play.find("lenient", str(name), f"would find {share} at everybody's sites")
    due = [
        {"id": key, "place": key, "date": play.on(1), "inspector": "", "kind": row["kind"]}
        for key, row in sites.items()
    ]  # fmt: skip
    ranked = play.calc("inspection-order", history, due, inspector="inspector").columns
    order = [{"id": key, "rank": rank} for key, rank in zip(ranked["id"], ranked["rank"], strict=True)]
    planned = play.calc("inspection-plan", order, size=50, seed=f"public-{play.seed}", share="0.2")
    luck, rows = play.luck.stream("plan"), []
    missed = set(luck.sample(range(50), 4))
    for n, (key, how, rank) in enumerate(zip(*(planned.columns[c] for c in ("id", "how", "rank")), strict=True)):
        number, day = f"PLAN{n:03d}", luck.whole(10, MONTHS_END)
        done = None if n in missed else play.on(day + luck.whole(-3, 4))
        rows.append({
            "number": number, "site": key, "firm": sites[str(key)]["holder"], "street": sites[str(key)]["street"],
            "officer": f"INS{n % len(district.inspectors):02d}", "due": play.on(day), "rank": rank,
            "drawn": how == "drawn", "why": "随机抽取" if how == "drawn" else f"风险排序第{rank}",
            "seed": f"public-{play.seed}", "done": done,
            "position": play.district.site(district.of_number[str(key)])["position"],
        })  # fmt: skip
        if n in missed:
            play.plant("visit_missed", number, "planned and never made")
        elif luck.chance(0.1):
            play.look_alike("visit_missed", number, "made a few days before or after its day")
    play.load("officer-plan", rows, at=play.on(-1), source="yearly plan")
    play.prove("plan", dict(planned.facts))
