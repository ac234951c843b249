"""Five programmes on one district: what happens in one is another's signal, through what they declare. See world.yaml.

Planted: controls that nobody checked (a visit of the other programme), controls at whose site a hazard is found (dead
the same day, and a case about it), an own score above the share that was put right, deductions that become cases of the
street. Look-alikes: a control that lapsed a little while ago, one whose site is clean, points lost where a second
surveyor saw the same, a site where nothing was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
LASTS, HAZARDS, LATE, LOOKED = 38, 12, 3, (1, 3, 6, 12, 31, 35)
OLD, DEAD, RECENT, CLEAN, LOST = 2, 2, 1, 2, 3
SCENE = "cleanliness.litter"


class SafetyChain:
    """Risks with controls at sites, hazards, a card of two items, sites of a round."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("safety")
        self.sites = self.luck.sample(range(3_000), HAZARDS + OLD + DEAD + RECENT + CLEAN)
        self.taken: set[str] = set()

    def load(self, kind: str, rows: list[Row], day: int = -1) -> None:
        """Load rows as a file."""
        loaded = self.play.load(kind, rows, at=self.play.on(day), source="safety committee's office")
        assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs safety, "Who triggers whom"; docs/topics/play.md, "Worlds"."""
    chain = SafetyChain(play)
    load_controls(chain)
    load_card(chain)
    load_round(chain)
    find_hazards(chain)
    for day in LOOKED:
        play.to(play.day(day, 18))
        if day >= LOOKED[-2]:
            play.count()
        play.meanwhile()
        for row in play.cases(state="dispatched", ended_at__isnull=True):
            if row.number not in chain.taken and row.programme != "work-safety":
                chain.taken.add(row.number)
                play.act(play.matter(row), "accept", play.day(day, 19), play.person("handler", row.fold["lead"]))
    play.to(play.day(LASTS - 1))
    tell_found(chain)


def load_controls(chain: SafetyChain) -> None:
    """Controls at sites: long unchecked, at whose site a hazard is found, lapsed a little while ago, and clean."""
    play, sites = chain.play, chain.sites
    chain.load("enterprise", [play.district.enterprise(n) for n in sites], -900)
    chain.load("site", [play.district.site(n) for n in sites], -900)
    kinds = ["old"] * OLD + ["dead"] * DEAD + ["recent"] * RECENT + ["clean"] * CLEAN
    risks, controls = [], []
    for n, kind in enumerate(kinds):
        spot, site = play.district.spot("site", sites[n]), play.district.site(sites[n])
        checked, every = {"old": (-150, 30), "recent": (-50, 30)}.get(kind, (-2, 90))
        place = {"street": spot.street, "position": spot.text()}
        risks.append({
            "number": f"SR{n}", "name": f"{spot.name}作业场所", "kind": "production", "owner": "urban-management",
            "likelihood": 2, "severity": 3, "graded": play.on(-20), "reviewer": "emergency",
            "next_review": play.on(200), **place,
        })  # fmt: skip
        controls.append({
            "number": f"SC{n}", "risk": f"SR{n}", "what": "定期巡查", "owner": "urban-management", "less_likely": 1,
            "less_severe": 0, "checked": play.on(checked), "every_days": every, "site": site["number"], **place,
        })  # fmt: skip
        if kind == "old":
            play.plant("visited", f"SC{n}", "nobody has checked it for five months")
        elif kind == "dead":
            play.plant("killed", f"SC{n}", "a hazard is found at its site")
        else:
            for rule in ("visited", "killed"):
                play.look_alike(rule, f"SC{n}", kind)
    chain.load("risk", risks)
    chain.load("control", controls)


def find_hazards(chain: SafetyChain) -> None:
    """Hazards at the sites of two controls and elsewhere; a few of them are put right too late."""
    play = chain.play
    finder = play.person("inspector", play.unit("market"))
    looks = play.person("inspector", play.unit("emergency"))
    for n, site in enumerate([*chain.sites[OLD : OLD + DEAD], *chain.sites[-(HAZARDS - DEAD) :]]):
        row, spot, found = play.district.site(site), play.district.spot("site", site), 2 + n % 3
        matter = play.report(
            "hazard", play.day(found, 9), finder, key=f"hazard-{n}", title="巡查发现隐患", programme="work-safety",
            category="fire.exit", spot=spot, urgency="general", subject=row["number"],
            fields={"source": "round", "measure": "限期整改"},
        )  # fmt: skip
        by, mended = play.person("handler", play.office(spot.street)), found + (27 if n < LATE else 5)
        play.act(matter, "accept", play.day(found, 12), by)
        for photo in (1, 2):
            play.photo(matter, play.day(mended, 9 + photo), by, spot.moved(photo * 40, 30), picture=f"h{n}/{photo}")
        play.act(matter, "submit", play.day(mended, 15), by, words={"text": "已整改"})
        play.act(matter, "verify", play.day(mended + 1, 10), looks, result="passed")


def load_card(chain: SafetyChain) -> None:
    """The item that is counted by hazards put right, and what its owner states."""
    play = chain.play
    chain.load("safe-item", [
        {"number": "v05", "name": "隐患按期整改率", "owner": "urban-management", "months": 12,
         "measure": "work-safety.on_time_rate", "effort": "60"},
    ])  # fmt: skip
    chain.load("safe-proof", [
        {"number": "SP1", "item": "v05", "value": "47/50", "dated": play.on(-10), "owner": "urban-management"},
    ])  # fmt: skip
    play.plant("above", "v05", "states 94 %, and three of twelve were put right too late")


def load_round(chain: SafetyChain) -> None:
    """A round of the civil district: points are lost at three sites, once seen by two."""
    play, number = chain.play, "SR-1"
    chain.load("civil-stratum", [{"number": "road", "name": "road", "sites": 10, "pick": 5}])
    chain.load("civil-round", [{
        "number": number, "name": "联演轮次", "edition": "2026", "organiser": "culture-tourism", "opens": play.on(0),
        "closes": play.on(1), "drawn": 5, "least_twice": 1,
    }])  # fmt: skip
    chain.load("civil-item", [{"number": "SI1", "name": "保洁", "most": "2", "edition": "2026", "method": "field"}])
    people = [{"number": f"SV{n}", "unit": "urban-enforcement"} for n in (1, 2)]
    chain.load("civil-surveyor", people)
    sites, visits, records = [], [], []
    for n in range(LOST + 2):
        spot = play.district.spot("civil", n)
        place = {"street": spot.street, "position": spot.text(), "crs": "EPSG:4490"}
        sites.append({"number": f"SS{n}", "name": spot.name, "kind": "road", "stratum": "road", **place})
        for by, purpose in ((1, "round"), *(((2, "second"),) if n == 0 else ())):
            visit = f"SW{n}-{by}"
            visits.append({"number": visit, "round": number, "site": f"SS{n}", "surveyor": f"SV{by}",
                           "day": play.on(0), "kind": "road", "purpose": purpose, "found": int(n < LOST)})  # fmt: skip
            records.append({
                "number": f"{visit}-SI1", "visit": visit, "round": number, "site": f"SS{n}", "stratum": "road",
                "item": "SI1", "spot": f"SS{n}-SI1", "surveyor": f"SV{by}", "seen": play.on(0), "purpose": purpose,
                "points": "1" if n < LOST else "2", "most": "2", "lost": 1 if n < LOST else 0, "scene": SCENE, **place,
            })  # fmt: skip
            if purpose == "second":
                play.look_alike("street_case", records[-1]["number"], "the same loss, seen by two")
            elif n < LOST:
                play.plant("street_case", records[-1]["number"], "points lost in the field")
            else:
                play.look_alike("street_case", records[-1]["number"], "nothing was lost")
    for kind, rows in (("civil-site", sites), ("civil-visit", visits), ("civil-finding", records)):
        chain.load(kind, rows)


def tell_found(chain: SafetyChain) -> None:
    """What each programme has of the others: its cases, by the watch that opened them."""
    play = chain.play
    said = {
        "control_visit": "visited",
        "control_found": "killed",
        "safe_above": "above",
        "civil_deduction": "street_case",
    }
    opened: dict[str, str] = {}
    for each in play.incidents():
        rule = said.get(each.watch)
        if rule is not None and each.case_id is not None:
            row = CaseRow.objects.get(pk=each.case_id)
            opened[each.watch] = f"{row.programme}/{row.kind}"
            play.find(rule, str(each.subject), f"{row.programme} {row.number}")
    play.prove("links", dict(sorted(opened.items())))
    dead = dict(play.subjects("control"))
    killed = [key for key, row in dead.items() if row.get("killed")]
    play.prove("dead_controls", len(killed))


__all__ = ["play_sample"]
