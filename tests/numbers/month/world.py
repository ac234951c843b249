"""Two months of a small district, played through the store from one seed: enough of everything that is counted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bihuan.ledger import store as ledger
from bihuan.loop.facts import OtherCases
from bihuan.loop.kernel.model import CLOCK, Actor, Case, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, get_case, tick
from tests.loop.district import ARBITER, CALLBACK, OPERATOR, facts, handler, registers

FROM = datetime(2026, 9, 20, 1, 0, tzinfo=UTC)
WORLD_END = datetime(2026, 12, 20, tzinfo=UTC)
LATE = datetime(2027, 3, 1, tzinfo=UTC)
CATEGORIES = ("housing.property.service", "housing.property.fee", "environment.noise.life", "roads.surface.pothole")
RESULTS = ("solved", "solved", "solved", "partly", "unsolved")


class SomeLooked(OtherCases):
    """In every third case somebody opened the number before saying that they called."""

    def trace(self, case: Case, actor: Actor, since: datetime | None, *, answers: bool) -> str:
        return "number_seen" if int(case.number[-3:]) % 3 == 0 else "claim"


class World:
    """Plays cases one after the other; every step must be possible."""

    def __init__(self, seed: int, cases: int) -> None:
        self.dice = random.Random(seed)
        self.facts = facts(LATE)
        self.facts.cases = SomeLooked()
        self.areas = [a.code for a in registers().areas if a.level == "community"][:: len(registers().areas) // 60]
        self.ids: list[UUID] = []
        for _ in range(cases):
            self.play(FROM + timedelta(minutes=self.dice.randrange(60 * 24 * 55)))
        tick(WORLD_END, 100_000, facts=self.facts)
        ledger.sequence_leaves(1_000_000)

    def play(self, at: datetime) -> None:
        """Open a case and let it go its way."""
        opening = {"channel": "phone", "category": self.dice.choice(CATEGORIES), "area": self.dice.choice(self.areas)}
        command = Command("open", OPERATOR, at, opening, {"title": "事项", "text": "内容"})
        case = append([Order(command, programme="hotline", kind="request")], facts=self.facts)[0].case
        assert case is not None
        self.ids.append(case.id)
        if self.dice.random() < 0.1:
            self.do(case.id, "classify", OPERATOR, at + timedelta(minutes=5), area=self.dice.choice(self.areas))
        if self.dice.random() < 0.08:
            self.do(case.id, "answer", OPERATOR, at + timedelta(minutes=9), words={"text": "答复"})
            return
        if len(self.ids) > 5 and self.dice.random() < 0.06:
            parent = str(self.dice.choice(self.ids[:-1]))
            self.do(case.id, "merge", OPERATOR, at + timedelta(minutes=9), parent=parent)
            return
        self.dispatch(case.id, at + timedelta(minutes=30))

    def dispatch(self, case_id: UUID, at: datetime) -> None:
        """Dispatch, perhaps returned up to three times, then handle."""
        case = self.do(case_id, "dispatch", OPERATOR, at)
        while self.dice.random() < 0.35 and not case.binding:
            at += timedelta(hours=2)
            case = self.do(case_id, "return", self.holder(case), at, reason="not_our_duty")
            at += timedelta(hours=1)
            if case.state == "arbitration":
                unit = self.dice.choice([o for o in registers().organisations if o.kind == "street"]).code
                case = self.do(case_id, "arbitrate", ARBITER, at, unit=unit)
            else:
                case = self.do(case_id, "dispatch", OPERATOR, at)
        self.handle(case, at)

    def handle(self, case: Case, at: datetime) -> None:
        """Accept, contact, attach, submit and be verified; reopened rounds go again."""
        at += timedelta(hours=self.dice.choice([1, 3, 20]))
        case = self.do(case.id, "accept", self.holder(case), at)
        if self.dice.random() < 0.85:
            at += timedelta(hours=self.dice.choice([1, 5, 30]))
            case = self.do(case.id, "contact", self.holder(case), at)
        if self.dice.random() < 0.2:
            self.do(case.id, "urge", OPERATOR, at + timedelta(hours=1))
        if self.dice.random() < 0.15:
            at = self.suspend(case.id, at + timedelta(hours=2))
        if self.dice.random() < 0.12:
            self.whistle(case, at)
            at += timedelta(days=1)
        if self.dice.random() < 0.1:
            return  # still being handled when the world ends
        if self.dice.random() < 0.07:
            self.misdirected(case.id, at + timedelta(days=self.dice.choice([2, 8])))
            return
        at += timedelta(days=self.dice.choice([1, 2, 6, 9]))
        digest = f"{self.dice.getrandbits(256):064x}"
        case = self.do(case.id, "add_evidence", self.holder(case), at, sha256=digest, type="photo")
        case = self.do(case.id, "submit", self.holder(case), at, words={"text": "完成"}, **self.claim())
        self.verify(case, at + timedelta(days=1))

    def whistle(self, case: Case, at: datetime) -> None:
        """Call another street in; it comes, finishes and is scored."""
        code = self.dice.choice([o for o in registers().organisations if o.kind == "street" and o.id != case.lead]).code
        holder, party = self.holder(case), handler(self.facts.unit(code, at))
        self.do(
            case.id, "call_in", holder, at + timedelta(minutes=5), kind="enforcement", units=[code], task="联合检查"
        )
        arrived = at + timedelta(hours=self.dice.choice([3, 23.5]))
        self.do(case.id, "arrive", party, arrived, place=[116_300_000, 39_950_000], signature="b" * 64)
        self.do(case.id, "finish_task", party, arrived + timedelta(minutes=20))
        self.do(case.id, "score_party", holder, arrived + timedelta(minutes=25), unit=party.unit, score=80)

    def misdirected(self, case_id: UUID, at: datetime) -> None:
        """Recalled, perhaps after the unit has let the clock run out, and handled by another."""
        self.do(case_id, "recall", OPERATOR, at, reason="派错")
        unit = self.dice.choice([o for o in registers().organisations if o.kind == "street"]).code
        self.handle(self.do(case_id, "dispatch", OPERATOR, at + timedelta(hours=1), unit=unit), at + timedelta(hours=1))

    def claim(self) -> dict[str, Any]:
        return {"solvable": False} if self.dice.random() < 0.1 else {}

    def suspend(self, case_id: UUID, at: datetime) -> datetime:
        case = get_case(case_id)
        assert case is not None
        until = at + timedelta(days=20)
        self.do(case_id, "request_suspension", self.holder(case), at, until=until.isoformat(), reason="works")
        self.do(case_id, "approve_suspension", ARBITER, at + timedelta(hours=1))
        self.do(case_id, "resume", self.holder(case), at + timedelta(days=self.dice.choice([3, 15])))
        return at + timedelta(days=15)

    def verify(self, case: Case, at: datetime) -> None:
        if self.dice.random() < 0.15:
            for _ in range(3):
                self.do(case.id, "attempt", CALLBACK, at)
                at += timedelta(hours=6)
            return
        answer = {
            "result": self.dice.choice(RESULTS),
            "satisfied": self.dice.choice(["yes", "yes", "fair", "no", None]),
            "contacted": self.dice.choice([True, True, False, None]),
        }
        case = self.do(case.id, "verify", CALLBACK, at, **{k: v for k, v in answer.items() if v is not None})
        if case.state == "dispatched":
            self.handle(case, at)
        elif self.dice.random() < 0.2:
            self.exclude(case, at)

    def exclude(self, case: Case, at: datetime) -> None:
        indicator = self.dice.choice(["resolution_rate", "satisfaction_rate", "all"])
        holder = handler(case.lead)
        self.do(case.id, "request_exclusion", holder, at + timedelta(hours=2), indicator=indicator, reason="in_court")
        if self.dice.random() < 0.8:
            self.do(case.id, "approve_exclusion", ARBITER, at + timedelta(hours=3), indicator=indicator)

    def holder(self, case: Case) -> Actor:
        assert case.holder is not None
        return handler(case.holder.id)

    def do(
        self, case_id: UUID, step: str, actor: Actor, at: datetime, words: dict[str, Any] | None = None, **data: Any
    ) -> Case:
        """Let time pass until `at`, then take the step."""
        self.wait(case_id, at)
        result = append([Order(Command(step, actor, at, data, words), case_id)], facts=self.facts)[0]
        assert result.refusal is None, (step, result.refusal)
        assert result.case is not None
        return result.case

    def wait(self, case_id: UUID, at: datetime) -> None:
        """Warnings and misses fall due at their own instants."""
        while (due := CaseRow.objects.get(pk=case_id).tick_at) is not None and due <= at:
            append([Order(Command("tick", CLOCK, due), case_id)], facts=self.facts)
