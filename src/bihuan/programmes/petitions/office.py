"""The petition office of the sample: who writes, who answers, what is done week by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.intake.reports import Reporter
from bihuan.registers.isolation import in_district
from bihuan.watches.models import IncidentRow

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

DAYS = 182
WEEK = 7
LAST_WEEKLY = 14
"""How long before the end of the play the last act that follows a week's look may begin."""
WANTED = ("housing-construction", "urban-management", "human-resources", "education", "market", "water-affairs",
          "civil-affairs", "planning")  # fmt: skip
TOPICS = (
    ("小区物业移交遗留问题", "Handover of an estate's management", "P-estate"),
    ("拆迁安置房办证迟缓", "Late deeds of resettlement flats", "P-deeds"),
    ("欠薪线索处理不及时", "Unpaid wages handled late", "P-wages"),
    ("学位调剂结果异议", "A school place allotted elsewhere", "P-school"),
    ("加装电梯补贴未到位", "A lift's subsidy not paid", "P-lift"),
    ("供热管网改造恢复不到位", "A road not restored after works", "P-heat"),
)
WAYS = (
    ("M-court", "对行政处罚决定不服", "Against an administrative penalty", "litigation", "人民法院", "the court"),
    ("M-labour", "劳动报酬争议", "A dispute over wages", "arbitration", "劳动人事争议仲裁委员会",
     "the labour arbitration commission"),
    ("M-review", "对行政许可不予决定不服", "Against a licence refused", "administrative_review", "区人民政府",
     "the district government"),
)  # fmt: skip
MATTERS = tuple(f"M-{n + 1:02d}" for n in range(len(TOPICS)))
REPEATED = MATTERS[4]


@dataclass(eq=False)
class Petition:
    """One letter: who wrote, about what, on which day of the play, and what became of it."""

    key: str
    person: str
    topic: str
    unit: str
    organ: str
    day: int
    matter: Matter
    accepted: int = 0
    answered: int = 0
    served: int = 0


@dataclass
class Office:
    """The office: its people and bodies, the letters so far, and what is to be done in later weeks."""

    play: Play
    luck: Luck = field(init=False)
    petitions: list[Petition] = field(default_factory=list)
    old: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Matter] = field(default_factory=list)
    _later: defaultdict[int, list[Callable[[int], None]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        play = self.play
        self.luck = play.luck.stream("petitions")
        known = [each.code for each in play.graph.units("department")]
        self.units = [code for code in WANTED if code in known] or known[:8]
        rest = [code for code in known if code not in self.units]
        self.desk_unit = next((code for code in ("community-work", "government-office") if code in rest), rest[0])
        self.mediating = next((code for code in ("justice",) if code in rest), rest[1])
        self.above = next(
            (code for code in ("government-office", "audit") if code in rest and code != self.desk_unit), rest[2]
        )
        self.highest = next(code for code in rest if code not in (self.desk_unit, self.mediating, self.above))
        self.officer = play.person("petition_officer", play.unit(self.desk_unit))
        self.checker = play.person("petition_officer", play.unit(self.desk_unit), 1)
        self.approver = play.person("arbiter", play.unit(self.desk_unit))

    def load(self) -> None:
        """Load the dictionary of matters and the petitions of earlier years."""
        play = self.play
        rows = [
            {"code": code, "name": zh, "policy": policy, "unit": self.units[n], "way": "petition"}
            for n, (code, (zh, _, policy)) in enumerate(zip(MATTERS, TOPICS, strict=True))
        ]
        rows += [
            {"code": code, "name": zh, "way": way, "competent": body, "competent_en": body_en, "unit": self.units[0]}
            for code, zh, _, way, body, body_en in WAYS
        ]
        policies = [
            {"number": policy, "name": f"关于{zh}的规定", "kind": "policy", "issuer": "示范区人民政府",
             "issued": play.on(-1200), "in_force": play.on(-1190)}
            for zh, _, policy in TOPICS
        ]  # fmt: skip
        play.load("document", policies, at=play.on(-1190), source="catalogue of policies")
        play.load("petition-matter", rows, at=play.on(-900), source="catalogue of matters")

    def load_old(self, whole: int) -> None:
        """Load what was answered before the play began, in all so many; called once everything is written down."""
        while len(self.old) < whole:
            self.answered_before(len(self.old), old=True, matter=self.luck.pick(MATTERS))
        told = self.play.load("petition", self.old, at=self.play.on(-1), source="earlier years")
        assert not told.rejected, told

    # -- letters ------------------------------------------------------------------------------------------

    def write(
        self, day: int, *, unit: str = "", organ: str = "", matter: str = "", person: str = "", phone: str = "",
        **fields: Any,
    ) -> Petition:  # fmt: skip
        """Somebody writes or comes; the office registers it."""
        play, luck, n = self.play, self.luck, len(self.petitions)
        own = person or f"B{play.seed % 997:03d}{n:05d}"
        matter = matter or luck.pick([each for each in MATTERS if each != REPEATED])
        said = {"person": own, "organ": organ, **fields}
        spot = play.district.spot("site", n + 40)
        who = Reporter(
            name=f"{luck.pick('赵钱孙李周吴郑王冯陈')}{luck.pick('一二三四五六七八九')}{n}",
            phone=phone or f"138{n:08d}",
        )
        made = play.report(
            "petition", play.day(day, luck.whole(9, 16)), self.officer, key=f"letter/{n}", title="来信",
            channel=luck.pick(("mail", "visit", "web")), spot=spot, urgency="general", subject=matter, dispatch=False,
            reporter=who, fields={name: str(value) for name, value in said.items() if value},
        )  # fmt: skip
        each = Petition(f"letter/{n}", own, matter, unit or luck.pick(self.units), organ, day, made)
        self.petitions.append(each)
        return each

    def answered_before(self, n: int, *, old: bool = False, matter: str = "") -> str:
        """A person whose letter was answered before the play began: within the year, or long ago. Returns the index."""
        play, person = self.play, f"OLD{self.play.seed % 997:03d}{n:03d}"
        closed = -self.luck.whole(700, 800) if old else -self.luck.whole(90, 200)
        matter = matter or (MATTERS[1] if old else REPEATED)
        self.old.append({
            "number": f"OLD-{n:03d}", "matter": matter, "person": person, "received": play.on(closed - 60),
            "accepted": play.on(closed - 50), "answered": play.on(closed - 2), "served": play.on(closed),
            "ask_review_until": play.on(closed + 38), "ask_review_gone": play.on(closed + 39),
            "closed": play.on(closed),
        })  # fmt: skip
        return person

    def accept(self, each: Petition, day: int, hour: int = 10) -> Petition:
        """The office sends it to the body that is competent, which takes it up."""
        play = self.play
        each.accepted = day
        play.act(each.matter, "dispatch", play.day(day, hour), self.officer, unit=play.unit(each.unit))
        play.act(each.matter, "accept", play.day(day + 1, 9), self.handler(each.unit))
        return each

    def handle(self, each: Petition, accepted: int, answered: int, served: int, hour: int = 10) -> Petition:
        """Accepted, answered, checked by the office and served."""
        play = self.play
        each.answered, each.served = answered, served
        self.accept(each, accepted, hour)
        answer = {"text": "经核查，现答复如下：事实、依据、处理意见、救济途径和期限见答复书。"}
        play.act(each.matter, "submit", play.day(answered, hour), self.handler(each.unit), answer)
        play.act(each.matter, "verify", play.day(served, 14), self.checker, result="passed")
        return each

    def extend(self, each: Petition, day: int) -> None:
        """The body asks for thirty days more; somebody else grants it."""
        play = self.play
        why = {"reason": "情况复杂，需委托鉴定"}
        play.act(each.matter, "request_extension", play.day(day, 9), self.handler(each.unit), why, clock="answer")
        play.act(each.matter, "approve_extension", play.day(day + 2, 9), self.approver, clock="answer")

    def refuse(self, each: Petition, day: int) -> None:
        """It is not accepted; the way, the body and the last day are named."""
        words = {"reason": "依法不属于信访受理范围或已有答复", "remedy": "见不予受理告知书所列途径、机关和期限"}
        self.play.act(each.matter, "refuse", self.play.day(day, 11), self.officer, words)

    def merge(self, each: Petition, into: Petition, day: int) -> None:
        """A further letter on a matter that is open joins its file."""
        self.play.act(each.matter, "merge", self.play.day(day + 1, 11), self.officer, parent=str(into.matter.case))

    def ask_statement(self, each: Petition, day: int) -> None:
        """The body complained about states facts; it is told the number and the question alone."""
        play, by = self.play, self.handler(each.organ)
        made = play.report(
            "statement", play.day(day + 1, 9), self.officer, key=f"statement/{each.key}", title="情况说明",
            subject=each.matter.number, dispatch=False, fields={"matter": "请就办理时间和依据作出说明"},
        )  # fmt: skip
        play.act(made, "dispatch", play.day(day + 1, 10), self.officer)
        play.act(made, "accept", play.day(day + 2, 9), by)
        play.act(made, "submit", play.day(day + 5, 9), by, {"text": "有关办理经过说明如下"})
        play.act(made, "verify", play.day(day + 6, 9), self.checker, result="passed")

    # -- review and recheck -------------------------------------------------------------------------------

    def review(self, each: Petition, day: int, *, wrong: bool = False, recheck: bool = False) -> None:
        """The petitioner asks for review; the body above decides; perhaps recheck follows."""
        self._looked_at(each, day, "review", self.above, wrong=wrong)
        if recheck:
            self.later(day + 28, lambda later: self._looked_at(each, later + 1, "recheck", self.highest))

    def ask_late(self, each: Petition, day: int) -> None:
        """Review is asked for when the right is gone."""
        self._ask(each, day + 1, "review", may_be_refused=True)

    def review_soon(self, each: Petition, day: int) -> None:
        """The petitioner asks for review the day after a week's look."""
        self.review(each, day + 1)

    def _looked_at(self, each: Petition, day: int, level: str, body: str, *, wrong: bool = False) -> None:
        play, by = self.play, self.handler(body)
        made = self._ask(each, day, level)
        if wrong:
            play.attempt(
                "decided_it", each.key, made, "dispatch", play.day(day + 1, 9), self.officer, unit=play.unit(each.unit)
            )
        play.act(made, "dispatch", play.day(day + 2, 9), self.officer, unit=play.unit(body))
        play.act(made, "accept", play.day(day + 3, 9), by)
        play.act(made, "submit", play.day(day + 16, 9), by, {"text": "复查意见：维持原答复。"})
        play.act(made, "verify", play.day(day + 18, 9), self.checker, result="passed")

    def _ask(self, each: Petition, day: int, level: str, **more: Any) -> Matter:
        made = self.play.report(
            "review", self.play.day(day, 10), self.officer, key=f"{level}/{each.key}", title="复查复核申请",
            channel="visit",
            subject=each.matter.number, dispatch=False, fields={"level": level}, urgency="general", **more,
        )  # fmt: skip
        self.asked.append(made)
        return made

    # -- days ---------------------------------------------------------------------------------------------

    def moved(self, served: int) -> int:
        """By how many days the end of the right to review moves on from days off."""
        day, calendar = self.play.on(served + 30), self.play.registers.calendar
        last = day
        while not calendar.worked(last)[0]:
            last += timedelta(days=1)
        return (last - day).days

    def served_so_that_ends(self, first: int, last: int) -> list[int]:
        """Days of serving after which the right to review ends between two days, those that moved first."""
        days = [day for day in range(first - 45, last) if first <= day + 30 + self.moved(day) <= last]
        return sorted(days, key=lambda day: -self.moved(day))

    def answered_on(self, served: int) -> Petition:
        """A petition whose answer is served on a day."""
        return self.handle(self.write(served - 50), served - 45, served - 2, served)

    # -- weeks --------------------------------------------------------------------------------------------

    def later(self, day: int, do: Callable[[int], None]) -> None:
        """Remember what is to be begun at the first weekly look from a day on; it is told that look's day."""
        self._later[-(-day // WEEK) * WEEK].append(do)

    def week(self, day: int) -> None:
        """Begin what was to be begun by now."""
        for do in self._later.pop(day, []):
            do(day)

    def handler(self, unit: str) -> Actor:
        """Somebody who handles cases in a body."""
        return self.play.person("handler", self.play.unit(unit))

    def holding(self, watch: str) -> list[str]:
        """The subjects of a watch's incidents that hold when it looked last, in the order of their keys."""
        with in_district(self.play.registers.district.code):
            rows = IncidentRow.objects.filter(watch=watch, ended_at__isnull=True)
            return sorted(rows.values_list("subject", flat=True))
