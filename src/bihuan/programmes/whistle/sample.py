"""Six weeks of whistles: units that come, pass by, leave before the end, or do not answer; streets at both ends.

Planted: units that pass by, units that leave early, a street that never whistles, one that whistles for everything, one
matter that is whistled for twice, a hard problem that nobody answers twice, a cause behind three whistles. Look-alikes:
a unit whose watch stops at the very end, one with a bad position, a street whose point lies outside the band while its
interval crosses it, two matters of one name, two reviews of one cause.
Everything is drawn from the seed; names are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

LASTS = 49
"""The most days that the sample plays."""
WITHIN = {"emergency": 30, "daily": 1440, "hard": 4320}
DEGREE = 1_000_000
COMES, PASSES, LEAVES, ABSENT, INEXACT, LAST_MINUTE = "comes", "passes", "leaves", "absent", "inexact", "last_minute"


@dataclass
class Whistles:
    """All whistles of the sample, the calls and the positions that units sent."""

    play: Play
    luck: Luck = field(init=False)
    calls: list[dict[str, Any]] = field(default_factory=list)
    fixes: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, tuple[Matter, str, str, str, str, int]] = field(default_factory=dict)
    how: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.luck = self.play.luck.stream("whistles")
        known = sorted(each.code for each in self.play.graph.units("department"))
        self.units = [code for code in known if code != "government-office"][:9]

    def matter(self, name: str, spot: Spot, title: str) -> str:
        """Enter what is the matter on a spot."""
        row = {"number": name, "street": spot.street, "title": title}
        self.play.load("whistle-matter", [row], at=self.play.on(-1), source="street")
        return name

    def blow(self, name: str, kind: str, day: int, matter: str, spot: Spot, hows: list[str]) -> None:
        """A street whistles; units are called in, come or do not; what is done is looked at by an inspector."""
        play, office = self.play, self.play.office(spot.street)
        lead = play.person("handler", office)
        urgency = {"emergency": "emergency", "daily": "general", "hard": "complex"}[kind]
        made = play.report("whistle", play.day(day, 8), lead, key=f"whistle/{name}", title="吹哨", spot=spot,
                           subject=matter, urgency=urgency, channel="inspector")  # fmt: skip
        play.act(made, "accept", play.day(day, 8.2), lead)
        units = self.luck.sample(self.units, len(hows))
        self.told[name] = (made, kind, matter, spot.street, office, day)
        codes = [play.unit(code) for code in units]
        play.act(made, "call_in", play.day(day, 8.4), lead, kind=kind, units=codes, task="到场联合处置")
        for code, unit, how in zip(units, codes, hows, strict=True):
            self._unit(name, made, code, unit, how, day, spot, lead)
        end = 22.0
        play.photo(made, play.day(day, end - 2), lead, spot, picture=f"done/{name}")
        play.act(made, "submit", play.day(day, end), lead, {"text": "联合处置完毕"})
        play.act(made, "verify", play.day(day + 1, 10), play.person("inspector"), result="passed")

    def _unit(self, name: str, made: Matter, code: str, unit: str, how: str, day: int, spot: Spot, lead: Actor) -> None:
        """One unit: its positions, its signature on the spot, its task, and both sides' scores; or it is let off."""
        play, who = self.play, self.play.person("handler", unit)
        called, came = play.day(day, 8.4), play.day(day, 8.4 + self.luck.between(0.1, 0.4))
        ended = came + timedelta(minutes=90)
        self.how[name, code] = how
        self.calls.append({
            "call": name, "unit": code, "lon": spot.lon / DEGREE, "lat": spot.lat / DEGREE,
            "called_at": called.isoformat(), "within_min": WITHIN[self.told[name][1]], "finished_at": ended.isoformat(),
        })  # fmt: skip
        for minutes, off, accuracy in self._track(how):
            self.fixes.append({
                "call": name, "unit": code, "time": (came + timedelta(minutes=minutes)).isoformat(),
                "lon": (spot.lon + off) / DEGREE, "lat": spot.lat / DEGREE, "accuracy_m": accuracy,
            })  # fmt: skip
        if how in (ABSENT, PASSES):
            play.act(made, "release", play.day(day, 14), lead, unit=unit, reason="未到场，由街道先行处置")
            return
        place = list(spot.place)
        play.act(made, "arrive", came, who, place=place, unit=unit, signature="0" * 64)
        play.act(made, "finish_task", ended, who, unit=unit)
        play.act(made, "score_party", play.day(day, 16), lead, unit=unit, score=self.luck.whole(60, 100))
        play.act(made, "score_lead", play.day(day, 16.2), who, unit=unit, score=self.luck.whole(60, 100))

    def _track(self, how: str) -> list[tuple[int, int, int]]:
        """(minutes after coming, millionths of a degree beside the spot, accuracy in metres) of the positions."""
        away, near, far = 9_000, 400, 60
        stay = [(minutes, near, 12) for minutes in range(0, 91, 10)]
        return {
            COMES: [(-8, away, 15), *stay],
            PASSES: [(-6, away, 15), (0, near, 15), (3, away, 15), (20, 2 * away, 15)],
            LEAVES: [(-8, away, 15), *[each for each in stay if each[0] <= 40], (48, away, 15), (70, away, 15)],
            ABSENT: [(5, 3 * away, 15), (60, 3 * away, 15)],
            INEXACT: [(-8, away, 15), (20, away, 400 + far), *stay],
            LAST_MINUTE: [(-8, away, 15), *stay[:-1], (86, away, 15)],
        }[how]

    def judge(self) -> None:
        """What the positions say, worked out by `arrival` and entered, as the service of positions does every day."""
        play = self.play
        told = play.calc("arrival", self.calls, self.fixes).columns
        rows = []
        for call, unit, at, verdict in zip(
            *(told[key] for key in ("call", "unit", "arrived_at", "verdict")), strict=True
        ):
            made, kind, matter, street, _, day = self.told[str(call)]
            rows.append({
                "number": f"{call}:{unit}", "whistle": made.number, "matter": matter, "street": street,
                "unit": unit, "kind": kind, "called_on": play.on(day), "arrived_at": at or "", "verdict": verdict,
            })  # fmt: skip
        play.load("whistle-call", rows, at=play.on(1), source="calc arrival")
        proofs = {
            verdict: sum(row["verdict"] == verdict for row in rows) for verdict in sorted({r["verdict"] for r in rows})
        }
        play.prove("verdicts", proofs)


def play_sample(play: Play) -> None:
    """Play the six weeks. Source: docs/topics/play.md."""
    whistles = Whistles(play)
    _blow_all(whistles)
    play.to(play.day(23, 8))
    whistles.judge()
    _shares(play)
    play.meanwhile()
    for row in play.cases(kind="leaders_list"):
        _decide(play, row)
    _review(whistles)
    play.to(play.day(45, 8))
    play.meanwhile()
    _find(play)
    play.prove("letters", len(play.letters()))


def _blow_all(whistles: Whistles) -> None:
    """Seventeen whistles over three weeks."""
    play, luck = whistles.play, whistles.luck
    spots = [play.district.spot("whistle", number) for number in luck.sample(range(80), 17)]
    plans: list[tuple[str, list[str]]] = [
        ("emergency", [COMES, PASSES]), ("daily", [PASSES, COMES]), ("daily", [COMES, PASSES, COMES]),
        ("daily", [LEAVES, COMES]), ("hard", [COMES, LEAVES]), ("emergency", [INEXACT, COMES]),
        ("daily", [LAST_MINUTE, COMES]), ("daily", [COMES]), ("hard", [COMES, COMES]), ("emergency", [COMES]),
        ("daily", [COMES, COMES]), ("daily", [COMES]), ("daily", [COMES]),
    ]  # fmt: skip
    for n, (kind, hows) in enumerate(plans):
        name = f"W{n:02d}"
        matter = whistles.matter(f"MA-{n:02d}", spots[n], "占道经营反复" if n in (7, 8) else f"现场问题{n + 1}")
        whistles.blow(name, kind, luck.whole(1, 14), matter, spots[n], hows)
        _doubts(whistles, name)
    twice = whistles.matter("MA-TWICE", spots[13], "渣土乱倒")
    for n, name in enumerate(("W13", "W14")):
        whistles.blow(name, "daily", 3 + 6 * n, twice, spots[13], [COMES])
    play.plant("one_matter_twice", "MA-TWICE", "whistled for twice within a week")
    play.look_alike("one_matter_twice", "MA-07", "two matters of one name")
    hard = whistles.matter("MA-HARD", spots[14], "违建拆除")
    for n, name in enumerate(("W15", "W16")):
        whistles.blow(name, "hard", 4 + 8 * n, hard, spots[14], [ABSENT])
        _doubts(whistles, name)
    play.plant("hard_unanswered", "MA-HARD", "a hard problem that nobody answered twice")
    play.plant("one_matter_twice", "MA-HARD", "its second whistle is seen as a second one, too")


def _doubts(whistles: Whistles, name: str) -> None:
    rules = {PASSES: "passed_by", LEAVES: "left_early", ABSENT: "not_arrived"}
    for (call, unit), how in whistles.how.items():
        if call == name and how in rules:
            whistles.play.plant(rules[how], f"{call}:{unit}", f"the unit {how}")
        elif call == name and how in (INEXACT, LAST_MINUTE):
            whistles.play.look_alike("left_early", f"{call}:{unit}", "a bad position, or the last minutes")


def _shares(play: Play) -> None:
    """Requests and whistles of the month by street: one that never whistles, one that does for everything."""
    luck = play.luck.stream("shares")
    streets = sorted({area.street for area in play.district.areas})
    odd = luck.sample(streets, 4)
    rows = []
    for street in streets:
        cases = luck.whole(700, 1600)
        whistles = round(cases * luck.between(0.028, 0.042))
        if street == odd[0]:
            cases, whistles = 900, 1
        elif street == odd[1]:
            cases, whistles = 800, 110
        elif street == odd[2]:
            cases, whistles = 100, 8
        elif street == odd[3]:
            cases, whistles = 20, 0
        rows.append({"street": street, "month": play.on(0).isoformat()[:7], "cases": cases, "whistles": whistles})
    play.plant("whistle_band", odd[0], "it never whistles")
    play.plant("whistle_band", odd[1], "it whistles for everything")
    play.look_alike("whistle_band", odd[2], "its share lies outside, its interval crosses the bound")
    play.look_alike("whistle_band", odd[3], "too few requests to say")
    play.load("whistle-share", rows, at=play.on(23), source="indicator whistle_rate")


def _decide(play: Play, row: Any) -> None:
    """The leader's office decides, and an inspector checks."""
    matter, by = play.matter(row), play.person("handler", play.unit("government-office"))
    play.act(matter, "accept", play.day(24, 9), by)
    play.act(matter, "submit", play.day(26, 9), by, {"text": "区领导现场协调，明确牵头单位和时限"})
    play.act(matter, "verify", play.day(27, 9), play.person("inspector"), result="passed")


def _review(whistles: Whistles) -> None:
    """Eight reviews: three of one cause, two that should have been ordinary; one without a fitting reason refused."""
    play = whistles.play
    causes = ("pipe", "pipe", "pipe", "fence", "fence", "light", "sign", "tree")
    for n, cause in enumerate(causes):
        made, _, _, _, office, _ = whistles.told[f"W{n:02d}"]
        ordinary, reason = ("yes", "duty_clear") if n in (4, 6) else ("no", "needed")
        lead = play.person("handler", office)
        case = play.report("review", play.day(25, 9), lead, key=f"review/{n}", title="哨后复盘", subject=made.number,
                           fields={"ordinary": ordinary, "reason": reason, "cause": cause})  # fmt: skip
        play.act(case, "accept", play.day(25, 10), lead)
        play.act(case, "submit", play.day(28, 9), lead, {"text": "已复盘"})
        play.act(case, "verify", play.day(30, 9), play.person("inspector"), result="passed")
    made, _, _, _, office, _ = whistles.told["W09"]
    play.report("review", play.day(25, 11), play.person("handler", office), key="review/unfit", title="哨后复盘",
                subject=made.number, fields={"ordinary": "yes", "reason": "needed", "cause": "tree"},
                may_be_refused=True)  # fmt: skip
    play.plant("cause_again", "pipe", "three reviews name it")
    play.look_alike("cause_again", "fence", "two reviews name it")


def _find(play: Play) -> None:
    """Ask the engine: doubts of the register, incidents of watches, the leader's list."""
    calls, cases = dict(play.subjects("whistle-call")), dict(play.subjects("whistle-case"))
    reviews = dict(play.subjects("whistle-review"))
    for incident in play.incidents():
        if incident.watch == "arrival_doubt":
            play.find(str(calls[incident.subject]["verdict"]), incident.subject, "arrival_doubt")
        elif incident.watch == "whistle_band":
            play.find("whistle_band", incident.subject, "whistle_band")
        elif incident.watch == "one_matter_twice":
            play.find("one_matter_twice", _of(cases, incident.subject, "matter"), "one_matter_twice")
        elif incident.watch == "cause_again":
            play.find("cause_again", _of(reviews, incident.subject, "cause"), "cause_again")
    for row in play.cases(kind="leaders_list"):
        play.find("hard_unanswered", str(row.fold["subject"]), row.number)
    told = [each["ordinary"] for each in reviews.values()]
    play.prove("share_that_should_have_been_ordinary", f"{told.count('yes')}/{len(told)}")


def _of(register: dict[str, Any], subject: str, name: str) -> str:
    """What a subject of an incident says, or the incident's own key where it is the value that repeats."""
    return str(register[subject][name]) if subject in register else subject.rpartition("/")[2]
