"""Mediations of the sample: mediators are drawn among those without a conflict; agreements have steps, some break."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from bihuan.draws.lots import LotAsked, commit_lot, draw_lot, stand_aside
from bihuan.draws.pure.lots import LotRecord, verify_lot

if TYPE_CHECKING:
    from bihuan.programmes.petitions.office import Office, Petition
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.script import Matter

BOOK = "petition-agreements"
AGREEMENTS, BROKEN, CONFLICTS = 36, 5, 2
CHOSEN = (10, 11)
"""In these mediations an officer would rather have another mediator than whom the lot drew."""
PANELS = ("neighbours", "labour", "medical", "demolition")


@dataclass
class Agreement:
    """An agreement with its steps, and how each will be kept: in time, on its very day, in parts, or not at all."""

    number: str
    petition: Petition
    counterpart: str
    mediator: str
    effective: int
    steps: list[dict[str, Any]]
    breaks: bool
    matter: Matter | None = None


@dataclass
class Mediations:
    """Mediators, mediations and agreements."""

    office: Office
    luck: Luck = field(init=False)
    mediators: list[dict[str, Any]] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    lots: list[LotRecord] = field(default_factory=list)
    held: list[tuple[Petition, str, Matter]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.luck = self.office.play.luck.stream("mediations")

    def load(self) -> None:
        """Load the list of mediators, each with the bodies it has an interest in."""
        play = self.office.play
        for n in range(18):
            interests = self.luck.sample(self.office.units, n % 3)
            self.mediators.append({
                "number": f"MED-{n:02d}", "name": f"调解员{n + 1}", "panel": PANELS[n % 4],
                "languages": "普通话;手语" if n % 6 == 0 else "普通话", "conflicts": ";".join(interests),
                "from": play.on(-400), "until": play.on(-30) if n == 17 else "",
            })  # fmt: skip
        play.load("mediator", self.mediators, at=play.on(-400), source="list of mediators")

    def plan(self, some: list[Petition]) -> None:
        """Sixty mediations; in two somebody with a conflict is proposed first; five agreements will be broken."""
        for n, each in enumerate(some):
            self.office.later(each.accepted + 4, partial(self._mediate, each, n))

    def drawn(self, each: Petition, counterpart: str, n: int, day: int) -> tuple[str, str]:
        """The mediator of a public lot among those without a conflict, and the lot's name; some stand aside later."""
        play, name = self.office.play, f"LOT-{n:03d}"
        asked = LotAsked("mediator", name, each.matter.number, [counterpart], "双色球开奖号码（次日）")
        facts = play.script.facts_at(play.now)
        commit_lot(asked, facts, f"{self.luck.whole(0, 2**53):032x}")
        record = draw_lot(name, [f"{self.luck.whole(1, 33):02d}" for _ in range(7)], play.day(day + 1, 12))
        if n % 20 == 7:
            record = stand_aside(name, record.goes, "与一方当事人的代理人有亲属关系")
        verify_lot(record)
        self.lots.append(record)
        return record.goes, name

    def _mediate(self, each: Petition, n: int, day: int) -> None:
        office, play = self.office, self.office.play
        counterpart = self.luck.pick(office.units)
        if n < CONFLICTS:
            with_interest = next(row for row in self.mediators if row["conflicts"] and not row["until"])
            counterpart = with_interest["conflicts"].split(";")[0]
            wrong = self._open(each, day + 1, (with_interest["number"], counterpart, "LOT-none"), f"{each.key}/first")
            play.plant("mediator_in_conflict", f"{each.key}/first", "the mediator has an interest in the other party")
            play.attempt(
                "mediator_in_conflict", f"{each.key}/first", wrong, "dispatch", play.day(day + 1, 15), office.officer
            )
            play.act(wrong, "invalidate", play.day(day + 1, 16), office.officer, {"reason": "调解员应当回避，重新抽取"})
        mediator, lot = self.drawn(each, counterpart, n, day)
        if n in CHOSEN:
            other = next(key for key in self.lots[-1].order if key != mediator)
            wrong = self._open(each, day + 2, (other, counterpart, lot), f"{each.key}/chosen")
            play.plant("mediator_not_drawn", f"{each.key}/chosen", "another than whom the lot drew")
            play.attempt(
                "mediator_not_drawn", f"{each.key}/chosen", wrong, "dispatch", play.day(day + 2, 11), office.officer
            )
            play.act(wrong, "invalidate", play.day(day + 2, 12), office.officer, {"reason": "调解员须为抽签所得"})
        if n in (2, 3, 4):
            play.look_alike("mediator_in_conflict", each.key, "an interest in somebody else, or none")
        made = self._open(each, day + 2, (mediator, counterpart, lot), each.key)
        by = office.handler(office.mediating)
        play.act(made, "dispatch", play.day(day + 2, 15), office.officer)
        play.act(made, "accept", play.day(day + 3, 9), by)
        done = day + 3 + self.luck.whole(5, 20)
        play.act(
            made,
            "submit",
            play.day(done, 9),
            by,
            {"text": "调解笔录已制作" if n < AGREEMENTS else "调解不成，终止调解"},
        )
        play.act(made, "verify", play.day(done + 1, 9), office.checker, result="passed")
        self.held.append((each, mediator, made))
        if n < AGREEMENTS:
            office.later(done + 2, lambda day: self._agree(each, n, day, (mediator, counterpart)))

    def _open(self, each: Petition, day: int, who: tuple[str, str, str], key: str) -> Matter:
        """A mediation is opened, by whom, with whom, and by which lot."""
        play = self.office.play
        fields = {"mediator": who[0], "counterpart": who[1], "agreed": "yes", "draw": who[2]}
        return play.report(
            "mediation", play.day(day, 10), self.office.officer, key=f"mediation/{key}", title="调解",
            subject=each.matter.number,
            dispatch=False, fields=fields,
        )  # fmt: skip

    # -- agreements ---------------------------------------------------------------------------------------

    def _agree(self, each: Petition, n: int, day: int, who: tuple[str, str]) -> None:
        """The agreement takes effect: its steps are promised in the register and in the book."""
        office, play, luck = self.office, self.office.play, self.luck
        mediator, counterpart = who
        number, breaks = f"AGR-{n:03d}", n < BROKEN
        spot = play.district.spot("site", n)
        steps: list[dict[str, Any]] = [
            {
                "number": f"{number}-{k + 1}", "agreement": number, "petition": each.matter.number,
                "what": f"第{k + 1}期款项",
                "owner": counterpart, "street": spot.street, "due": play.on(day + 18 + 12 * k + luck.whole(0, 6)),
                "amount": f"{luck.whole(8, 400) * 100}.00",
            }
            for k in range(luck.whole(1, 2) if breaks else luck.whole(1, 3))
        ]  # fmt: skip
        last = steps[-1]["due"]
        total = sum(int(step["amount"].partition(".")[0]) for step in steps)
        row = {
            "number": number, "petition": each.matter.number, "mediator": mediator, "counterpart": counterpart,
            "parties": "信访人与对方当事人", "effective": play.on(day), "last_due": last,
            "settled_by": play.on((last - play.on(0)).days + 45), "total": f"{total}.00",
        }  # fmt: skip
        play.load("agreement", [row], at=play.on(day), source="mediation record")
        play.load("agreement-step", steps, at=play.on(day), source="mediation record")
        for step in steps:
            self._post(f"agree-{step['number']}", play.on(day), (f"owed:{step['number']}", "promised"), step["amount"])
        made = play.report(
            "agreement", play.day(day + 1, 9), office.officer, key=f"agreement/{number}", title="调解协议",
            subject=number,
            dispatch=False,
        )  # fmt: skip
        by = office.handler(office.mediating)
        play.act(made, "dispatch", play.day(day + 1, 10), office.officer)
        play.act(made, "accept", play.day(day + 2, 9), by)
        self.agreements.append(Agreement(number, each, counterpart, mediator, day, steps, breaks, made))
        if n in (BROKEN, *range(20, 26)):
            self._confirm(number, n, day)
        if breaks:
            play.plant("broken", steps[-1]["number"], "its last step is not performed")
        elif n < BROKEN + 4:
            play.look_alike("broken", steps[-1]["number"], "performed on the evening of its very day")

    def _confirm(self, number: str, n: int, day: int) -> None:
        """Both sides ask a court to confirm: some soon, one on the last day, one too late."""
        office, play = self.office, self.office.play
        last = day + 30 + office.moved(day)
        if n == 20:
            play.plant("confirm_lapsed", number, "asked for after the thirty days")
        elif n == 21:
            play.look_alike("confirm_lapsed", number, "asked for on the last day")
        asks = {20: last + 1, 21: last}.get(n, day + self.luck.whole(10, 24))
        made = play.report(
            "confirmation", play.day(asks, 10), office.officer, key=f"confirmation/{number}", title="共同申请司法确认",
            subject=number, dispatch=False, may_be_refused=n == 20,
        )  # fmt: skip
        office.asked.append(made)
        if n == 20:
            return
        by = office.handler(office.mediating)
        play.act(made, "dispatch", play.day(asks, 15), office.officer)
        play.act(made, "accept", play.day(asks + 1, 9), by)
        play.act(made, "submit", play.day(asks + 12, 9), by, {"text": "人民法院裁定确认调解协议有效"})
        play.act(made, "verify", play.day(asks + 13, 9), office.checker, result="passed")

    def _post(self, entry: str, day: Any, accounts: tuple[str, str], amount: str) -> None:
        debit, credit = accounts
        told = self.office.play.post(BOOK, [
            {"entry": entry, "date": day, "account": debit, "debit": amount, "credit": ""},
            {"entry": entry, "date": day, "account": credit, "debit": "", "credit": amount},
        ])  # fmt: skip
        assert told.posted == 1, told.rejects

    # -- weeks --------------------------------------------------------------------------------------------

    def week(self, day: int) -> None:
        """Steps that the watch has opened are kept, or not; agreements whose steps are all kept are closed."""
        play = self.office.play
        known = {step["number"]: (agreement, step) for agreement in self.agreements for step in agreement.steps}
        for row in play.cases(kind="step", state="dispatched"):
            key = str(row.fold["subject"])
            agreement, step = known[key]
            if key in self.seen or (agreement.breaks and step is agreement.steps[-1]):
                continue
            self.seen.add(key)
            self._keep(row, agreement, step, day)
        for row in play.cases(kind="broken", state="dispatched"):
            key = str(row.fold["subject"])
            if f"broken/{key}" not in self.seen:
                self.seen.add(f"broken/{key}")
                self._urge(row, known[key][0], day)
        for agreement in self.agreements:
            self._settle(agreement, day)

    def _keep(self, row: Any, agreement: Agreement, step: dict[str, Any], day: int) -> None:
        """Paid into the book at once or in two parts; submitted before, or on the evening of, its day."""
        office, play, luck = self.office, self.office.play, self.luck
        matter, by = play.matter(row), office.handler(step["owner"])
        due = (step["due"] - play.on(0)).days
        number, amount = step["number"], int(step["amount"].partition(".")[0])
        parts = [amount] if amount % 400 else [amount // 4, amount - amount // 4]
        for n, part in enumerate(parts):
            self._post(f"pay-{number}-{n}", play.on(day), (f"paid:{number}", f"owed:{number}"), f"{part}.00")
        play.act(matter, "accept", play.day(day, 9 + 1), by)
        on = due if int(agreement.number[-3:]) < BROKEN + 4 else luck.whole(min(day + 1, due), due)
        hour = 22 if on == due else 10
        play.act(matter, "submit", play.day(on, hour), by, {"text": "已付清，凭证入账"})
        play.act(matter, "verify", play.day(on + 1, 10), office.checker, result="passed")

    def _urge(self, row: Any, agreement: Agreement, day: int) -> None:
        """The mediators urge, and name the way of enforcement; meanwhile nobody closes the agreement."""
        office, play = self.office, self.office.play
        matter, by = play.matter(row), office.handler(office.mediating)
        key = str(row.fold["subject"])
        if agreement.matter is not None:
            play.plant("steps_open", agreement.number, "a step is still open")
            play.attempt("steps_open", agreement.number, agreement.matter, "submit", play.day(day + 1, 9), by)
        play.act(matter, "accept", play.day(day + 1, 10), by)
        play.act(
            matter, "submit", play.day(day + 5, 10), by, {"text": f"{key}督促无果，已书面告知申请强制执行的途径和期限"}
        )
        play.act(matter, "verify", play.day(day + 6, 10), office.checker, result="passed")

    def _settle(self, agreement: Agreement, day: int) -> None:
        """When all its steps are kept, and long enough ago to be in the register, the agreement is settled."""
        office, play = self.office, self.office.play
        last = (agreement.steps[-1]["due"] - play.on(0)).days
        if agreement.breaks or f"settled/{agreement.number}" in self.seen or day < last + 4 or agreement.matter is None:
            return
        self.seen.add(f"settled/{agreement.number}")
        by = office.handler(office.mediating)
        play.act(agreement.matter, "submit", play.day(day + 1, 9), by, {"text": "各期均已履行"})
        play.act(agreement.matter, "verify", play.day(day + 2, 9), office.checker, result="passed")
