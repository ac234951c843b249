"""The issues of the sample: who is called together, meetings, commitments by week, what residents say at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bihuan.methods.parts.lots import ordered_by_lot

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.programmes.deliberation.estates import Estates
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

WEEK = 7
PARTIES = {
    "lift": "owners;ground_floor;manager;street", "parking": "owners;manager;fire_lane_warden",
    "fund": "owners;committee;manager", "manager": "owners;committee;street",
    "public_space": "owners;tenants;street", "nuisance": "neighbours;manager",
}  # fmt: skip
TITLES = {
    "lift": ("三号楼加装电梯", "增设救护通道"), "parking": ("消防通道停车乱象", "共享车位错时停放"),
    "fund": ("外墙渗漏动用维修资金", "更换消防泵"), "manager": ("物业合同到期续聘", "重新选聘物业"),
    "public_space": ("闲置锅炉房改活动室", "中心花园改造"), "nuisance": ("广场舞噪声", "底商油烟扰民"),
}  # fmt: skip
PROMISES = (
    "划线并设置隔离桩",
    "完成管线改移",
    "安装隔声窗",
    "清运堆物并刷新楼道",
    "开放活动室并公示时段",
    "更换门禁",
    "补种绿植",
)


@dataclass(eq=False)
class Talk:
    """One issue: its case, its meeting, what was promised; `breaks`: so many commitments are not kept."""

    number: str
    kind: str
    estate: str
    raised: int
    matter: Matter
    commitments: list[dict[str, Any]] = field(default_factory=list)
    breaks: int = 0
    own_body: bool = False
    vote: str = ""
    submitted: bool = False
    ready: int = 0


@dataclass
class Talks:
    """All issues, and what has been looked at so far."""

    play: Play
    estates: Estates
    luck: Luck = field(init=False)
    talks: list[Talk] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        play = self.play
        self.luck = play.luck.stream("talks")
        self.secretary, self.checker = play.person("community_secretary"), play.person("community_secretary", None, 1)
        known = sorted(each.code for each in play.graph.units("department"))
        self.departments: list[str] = [
            code for code in ("housing-construction", "urban-management", "water-affairs") if code in known
        ]
        self.departments = self.departments or known[:3]
        self.above = next((code for code in ("community-work", "government-office") if code in known), known[-1])

    def office(self, street: str) -> str:
        """The code of the office of a street."""
        return str(self.play.registers.organisations.spans(self.play.office(street))[-1].code)

    def handler(self, unit: str) -> Actor:
        """Somebody who handles cases in a body."""
        return self.play.person("handler", self.play.unit(unit))

    # -- from the issue to the meeting ------------------------------------------------------------------------

    def raise_issue(self, kind: str, estate: str, day: int, **how: Any) -> Talk:
        """Enter an issue, report it, call people together, hold the meeting, publish its minutes for seven days."""
        play, number = self.play, f"ISS-{len(self.talks) + 1:02d}"
        street = self.estates.spots[estate].street
        parties = how.pop("parties", PARTIES[kind])
        source = "own_body" if how.get("own_body") else self.luck.pick(("repeats", "monthly", "residents"))
        title = TITLES[kind][sum(each.kind == kind for each in self.talks) % 2]
        row = {
            "number": number, "title": title, "estate": estate, "street": street, "kind": kind, "source": source,
            "requested_by": self.luck.whole(6, 40), "raised": play.on(day), "parties": parties,
            "own_body": "yes" if how.get("own_body") else "no", "vote": how.get("vote", ""),
        }  # fmt: skip
        play.load("issue", [row], at=play.on(day), source="requests and repeats")
        matter = play.report(
            "issue", play.day(day, 9), play.person("operator"), key=f"issue/{number}", title=title, subject=number,
            channel="counter", dispatch=False, urgency="general",
        )  # fmt: skip
        talk = Talk(number, kind, estate, day, matter, **how)
        self.talks.append(talk)
        if parties != PARTIES[kind]:
            play.plant("stakeholder_missing", number, "somebody who must be there is not named")
            play.attempt("stakeholder_missing", number, matter, "dispatch", play.day(day + 2, 9), self.secretary)
            row["parties"] = PARTIES[kind]
            play.load("issue", [row], at=play.on(day + 3), source="secretary: named after all")
        else:
            play.look_alike("stakeholder_missing", number, "everybody is named")
        play.act(matter, "dispatch", play.day(day + 4, 9), self.secretary)
        play.act(matter, "accept", play.day(day + 5, 9), self.handler(self.office(street)))
        self._meet(talk, row)
        return talk

    def _options(self, talk: Talk, held: int) -> None:
        """Two ways to solve it: one costs nothing, one is paid by the fund or the owners; the meeting agrees on one."""
        cost, chosen = self.luck.whole(8, 160) * 1000, self.luck.whole(0, 1)
        ways = (("维持现状并约定管理规则", 0, "none"), (f"实施“{TITLES[talk.kind][0]}”改造", cost,
                                                "fund" if talk.vote else "owners"))  # fmt: skip
        self.play.load("issue-option", [
            {"number": f"{talk.number}-O{n + 1}", "issue": talk.number, "text": text, "cost": f"{paid}.00",
             "paid_from": source, "pays": f"{paid / 36:.2f}", "stated_by": "物业服务企业",
             "chosen": self.play.on(held) if n == chosen else ""}
            for n, (text, paid, source) in enumerate(ways)
        ], at=self.play.on(held), source="meeting of residents")  # fmt: skip

    def _meet(self, talk: Talk, issue: dict[str, Any]) -> None:
        play, held = self.play, talk.raised + 7
        self._options(talk, held)
        row = {
            "number": f"MEET-{talk.number}", "issue": talk.number, "kind": "owners" if talk.vote else "joint",
            "held": play.on(held), "present": PARTIES[talk.kind], "needed": 12, "came": self.luck.whole(14, 32),
            "published": play.on(held + 1), "published_until": play.on(held + 8),
        }  # fmt: skip
        play.load("meeting", [row], at=play.on(held), source="attendance list")
        if talk.own_body:
            talk.ready = held + 9
            return
        first = talk.raised + (46 if talk.vote else 26)
        street = issue["street"]
        for k in range(self.luck.whole(1, 2) + talk.breaks):
            owner = self.luck.pick((self.office(street), *self.departments))
            talk.commitments.append({
                "number": f"{talk.number}-C{k + 1}", "issue": talk.number, "what": self.luck.pick(PROMISES),
                "promised_by": self.luck.pick(("物业服务企业", "业主委员会", "街道办事处", "产权单位")), "owner": owner,
                "superior": self.above, "street": street, "due": play.on(first + 7 * k + self.luck.whole(0, 4)),
                "proof": "现场照片",
            })  # fmt: skip
        play.load("commitment", talk.commitments, at=play.on(held), source="minutes")
        talk.ready = (talk.commitments[-1]["due"] - play.on(0)).days + 4

    # -- weeks ------------------------------------------------------------------------------------------------

    def week(self, day: int) -> None:
        """Commitments that the watch has opened are kept, or not; issues whose commitments are kept are handed in."""
        play = self.play
        known = {row["number"]: (talk, row) for talk in self.talks for row in talk.commitments}
        for row in play.cases(kind="commitment", state="dispatched"):
            key = str(row.fold["subject"])
            talk, promise = known[key]
            broken = [each["number"] for each in talk.commitments[-talk.breaks :]] if talk.breaks else []
            if key not in self.seen and key not in broken:
                self.seen.add(key)
                self._keep(row, promise, day)
        for row in play.cases(kind="broken", state="dispatched"):
            if row.number not in self.seen:
                self.seen.add(row.number)
                self._urge(row, day)
        for row in play.cases(kind="review", state="dispatched"):
            if row.number not in self.seen:
                self.seen.add(row.number)
                self._look_again(row, day)
        for talk in self.talks:
            if not talk.submitted and day >= talk.ready:
                talk.submitted = True
                self._hand_in(talk, day + 1)

    def _keep(self, row: Any, promise: dict[str, Any], day: int) -> None:
        """Kept on some day until its last; half of them on the evening of the very day."""
        play, by = self.play, self.handler(promise["owner"])
        matter, due = play.matter(row), (promise["due"] - play.on(0)).days
        on = due if self.luck.chance(0.5) else self.luck.whole(min(day + 1, due), due)
        play.act(matter, "accept", play.day(day, 10), by)
        spot = self.estates.spots[next(t.estate for t in self.talks if t.number == promise["issue"])]
        hour = 21 if on == due else 14
        play.photo(matter, play.day(on, hour - 1), by, spot, picture=f"kept/{promise['number']}")
        play.act(matter, "submit", play.day(on, hour), by, {"text": "已兑现，附现场照片"})
        play.act(matter, "verify", play.day(on + 1, 10), self.checker, result="passed")
        if on == due:
            play.look_alike("broken", promise["number"], "kept on the evening of its very day")

    def _urge(self, row: Any, day: int) -> None:
        play = self.play
        matter, by = play.matter(row), self.handler(self.above)
        play.act(matter, "accept", play.day(day + 1, 9), by)
        play.act(matter, "submit", play.day(day + 5, 9), by, {"text": "已督促责任单位，改期并答复议事会"})
        play.act(matter, "verify", play.day(day + 6, 9), self.secretary, result="passed")

    def _look_again(self, row: Any, day: int) -> None:
        play = self.play
        talk = next(each for each in self.talks if each.number == row.fold["subject"])
        by = self.handler(self.office(self.estates.spots[talk.estate].street))
        matter = play.matter(row)
        play.act(matter, "accept", play.day(day + 1, 9), by)
        play.act(matter, "submit", play.day(day + 2, 9), by, {"text": "回看未见反复"})
        play.act(matter, "verify", play.day(day + 3, 9), self.checker, result="passed")

    def _hand_in(self, talk: Talk, day: int) -> None:
        """Handed in when everything is kept, or what stands against it is named; then participants are asked."""
        play = self.play
        by = self.handler(self.office(self.estates.spots[talk.estate].street))
        if talk.breaks:
            play.plant("commitments_open", talk.number, "a commitment is broken")
            play.attempt("commitments_open", talk.number, talk.matter, "submit", play.day(day, 9), by, {"text": "办结"})
            return
        if talk.vote and talk.kind == "manager":
            play.plant("vote_not_passed", talk.number, "more than half of the area, not of the heads")
            play.attempt("vote_not_passed", talk.number, talk.matter, "submit", play.day(day, 9), by, {"text": "办结"})
            return
        if talk.vote:
            play.look_alike("vote_not_passed", talk.number, "passed by heads and by area")
        if talk.own_body:
            self._confirm(talk, day, by)
            day += 2
        play.act(talk.matter, "submit", play.day(day, 10), by, {"text": "承诺均已兑现，纪要公示期满"})
        play.act(talk.matter, "verify", play.day(day + 2, 10), play.person("callback_agent"), result="solved")

    def _confirm(self, talk: Talk, day: int, by: Actor) -> None:
        """Three households drawn by the number of the issue say so; before the third the issue is not handed in."""
        play = self.play
        flats = [f"{talk.estate}-P{n:03d}" for n in range(30)]
        drawn = ordered_by_lot(talk.number, "confirmation", flats)[:3]
        rows = [
            {"number": f"CONF-{talk.number}-{n}", "issue": talk.number, "household": flat, "seed": talk.number,
             "asked": play.on(day), "answer": "yes"}
            for n, flat in enumerate(drawn)
        ]  # fmt: skip
        play.load("confirmation", rows[:2], at=play.on(day), source="asked at the door")
        play.plant("three_households", talk.number, "two households of three")
        play.attempt("three_households", talk.number, talk.matter, "submit", play.day(day, 9), by, {"text": "自行解决"})
        play.load("confirmation", rows[2:], at=play.on(day + 1), source="asked at the door")
