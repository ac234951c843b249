"""Inspections of the chain of air: sites drawn in public once a warning asks for it, visits approved, dust found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.draws.drawing import VisitWindow, commit_lists, draw_and_staff

if TYPE_CHECKING:
    from bihuan.programmes.shared.worlds.air_chain.stations import ChainedAir

DRAW, PROGRAMME, SCENE, ITEM = "warning-sites", "joint-inspection", "construction", "ITEM-ecology-construction"
LEAD, OTHER = "ecology", "government-office"
GRADED_D = 4
"""Sites whose grade is D: all of them are drawn; two of them are dusty."""


class SiteInspections:
    """The draw, the visits that follow from it, and what they find."""

    def __init__(self, chain: ChainedAir) -> None:
        self.chain, self.play = chain, chain.play
        self.dusty = sorted(chain.by_site)
        self.asked = self.committed = self.visited = False
        self.when: dict[str, datetime] = {}
        self.visits: list[dict[str, Any]] = []
        for site in self.dusty:
            self.play.plant("inspected", self._firm(site), "drawn, visited, found dusty")
            self.play.plant("dust", f"DU{site[2:]}", "found by the inspection alone")
        for n in range(len(self.dusty), GRADED_D):
            self.play.look_alike("inspected", self._firm(f"ES{n:03d}"), "drawn and visited, clean")

    @staticmethod
    def _firm(site: str) -> str:
        return f"SF{site[2:]}"

    def load(self) -> None:
        """Load graded sites, the item and inspectors."""
        play, on = self.play, self.play.on(-100)
        sites = {row["site"]: row for row in self.chain.air.monitors}
        grades = [
            {"number": self._firm(site), "enterprise": play.district.site(n)["holder"], "scene": SCENE,
             "grade": "D" if n < GRADED_D else "B", "why": "扬尘管控记录", "graded": play.on(-20),
             "street": row["street"], "position": row["position"]}
            for n, (site, row) in enumerate(sites.items())
        ]  # fmt: skip
        item = {"number": ITEM, "name": "工地减排措施抽查", "authority": LEAD, "scene": SCENE, "basis": "抽查事项清单",
                "begun": on}  # fmt: skip
        luck = play.luck.stream("inspectors")
        people = [
            {"number": f"EC{n:02d}", "name": play.district.person_name(luck), "department": LEAD, "leads": SCENE,
             "capacity": 24, "certified_until": play.on(400)}
            for n in range(6)
        ]  # fmt: skip
        for kind, rows in (("inspection-item", [item]), ("inspector", people), ("risk-grade", grades)):
            loaded = play.load(kind, rows, at=on)
            assert not loaded.rejected, loaded.rejects

    def follow(self) -> None:
        """Once the desk was reminded the lists are committed to; a later public value draws; visits are made."""
        play, facts = self.play, self.play.script.facts_at(self.play.now)
        luck = play.luck.stream("public")
        if not self.asked:
            self.asked = any(each.watch == "warning_inspections" for each in play.incidents())
        elif not self.committed:
            commit_lists(
                "double-random", DRAW, "次日公开号码 · a public value of the next day", facts, PROGRAMME, "0" * 32
            )
            self.committed = True
        elif not self.visited:
            window = VisitWindow(play.local(play.now) + timedelta(days=1), play.local(play.now) + timedelta(days=3), 1)
            record = draw_and_staff(DRAW, [f"{luck.whole(1, 33):02d}" for _ in range(7)], window, PROGRAMME)
            self.visited = True
            self._visit(sorted({name for drawn in record.drawn.values() for name in drawn}))
            play.prove("drawn", {"of": sum(map(len, record.drawn.values())), "tasks": len(record.seats)})

    def _visit(self, drawn: list[str]) -> None:
        play, now, unit = self.play, self.play.now, self.play.unit(LEAD)
        then = now + timedelta(hours=24)
        for n, firm in enumerate(drawn):
            site = f"ES{firm[2:]}"
            row = next(each for each in self.chain.air.monitors if each["site"] == site)
            spot = self.chain.air.spots[row["number"]]
            visit = {
                "number": f"V{firm[2:]}", "enterprise": play.district.site(int(firm[2:]))["holder"],
                "day": play.local(then), "departments": LEAD, "lead_department": LEAD, "kind": "campaign",
                "order_number": "空气重污染预警", "code": f"{n:06d}", "street": spot.street, "position": spot.text(),
            }  # fmt: skip
            self.visits.append(visit)
            play.load("inspection-visit", [visit], at=play.local(now))
            inspector, key = play.person("inspector", unit), visit["number"]
            asked = play.report(
                "approval", now + timedelta(minutes=20), inspector, key=f"A{key}", title="预警工地检查", subject=key,
                unit=unit, dispatch=False, fields={"item": ITEM}, spot=spot, programme=PROGRAMME,
            )  # fmt: skip
            arbiter, until = play.person("arbiter", play.unit(OTHER)), (now + timedelta(days=9)).isoformat()
            play.act(asked, "approve", now + timedelta(minutes=50), arbiter, until=until)
            matter = play.report(
                "visit", then + timedelta(hours=2), inspector, key=f"R{key}", title="预警期间工地检查", subject=key,
                urgency="general", spot=spot, fields={"code": visit["code"]}, programme=PROGRAMME,
            )  # fmt: skip
            handler = play.person("handler", unit)
            play.act(matter, "accept", then + timedelta(hours=2.2), handler)
            play.photo(matter, then + timedelta(hours=3), handler, spot, picture=f"{play.seed}/{key}")
            play.act(matter, "submit", then + timedelta(hours=5), handler, words={"text": "检查结束，结果已录入"})
            play.act(matter, "verify", then + timedelta(hours=30), play.person("inspector", unit, 2), result="passed")
            if site in self.dusty:
                self._find_dust(firm, row["number"], key, then + timedelta(hours=4))

    def _find_dust(self, firm: str, monitor: str, visit: str, at: datetime) -> None:
        play, spot = self.play, self.chain.air.spots[monitor]
        inspector = play.person("inspector", play.unit(LEAD))
        play.report(
            "finding", at, inspector, key=f"F{visit}", title="裸露地面未覆盖", subject=firm,
            category="construction.dust", spot=spot, urgency="urgent",
            fields={"visit": visit, "item": ITEM, "what": "裸露地面未覆盖"},
            programme=PROGRAMME,
        )  # fmt: skip
        play.report(
            "site_dust", at + timedelta(minutes=10), inspector, key=f"D{visit}", title="预警工地扬尘", subject=monitor,
            category="air.site_dust", spot=spot, urgency="urgent",
        )  # fmt: skip

    def in_order(self, opened: dict[str, Any], site: str) -> bool:
        """Whether a site's chain came in its order: its duty, its inspection, its dust, then the station's drop."""
        visit, dust = opened.get(f"visit/V{site[2:]}"), opened.get(f"site_dust/DU{site[2:]}")
        told = [opened.get(f"obligation/{site}"), visit, opened.get(f"finding/{self._firm(site)}"), dust]
        closed = [row.ended_at for row in self.play.cases(kind="hotspot", outcome="closed")
                  if str(row.about).endswith(self.chain.by_site[site])]  # fmt: skip
        known = [each for each in (*told, *closed) if each is not None]
        return len(known) == 5 and known == sorted(known)
