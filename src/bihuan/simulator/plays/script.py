"""What people do in a play, in the order of time: reports through intake, acts through `append`, time by ticks.

A sample writes down who does what when, in any order; `run` plays it up to an instant, day by day. Within a day the
reports come first, then the acts in their order; the day ends with what fell due in it. An act that is refused stops
the play, unless the sample expects that.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop import attached
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, Case, Command, Data, Refusal
from bihuan.loop.models import MediaRow
from bihuan.loop.store import Order, append, current_facts, get_case, tick
from bihuan.registers.pure.ids import new_id
from bihuan.simulator.invented import Invented
from bihuan.simulator.plays.clock import PlayedTime
from bihuan.simulator.plays.planted import GroundTruth, SampleFault

MOST = 100_000


@dataclass(eq=False)
class Matter:
    """One report of a sample and the case that came of it.

    Args:
        key: As the sample calls it; the report's idempotency key.
        case: Id of the case once it was received. number: As people see it.
        refusal: Why it was not received, where the sample expects that.
    """

    key: str
    case: UUID | None = None
    number: str = ""
    refusal: Refusal | None = None

    def value(self) -> Case:
        """Return the case as it stands now.

        Raises:
            SampleFault: it has not been received, so far.

        Source: docs/topics/play.md, "Acts".
        """
        found = get_case(self.case) if self.case is not None else None
        if found is None:
            raise SampleFault(f"{self.key} 尚未受理 · {self.key} has not been received so far")
        return found


@dataclass(eq=False)
class Deed:
    """One act of a sample. `expects`: the rule and key that its refusal proves, or None."""

    at: datetime
    matter: Matter
    actor: Actor
    command: str
    data: Data
    words: Data | None
    photo: tuple[str, datetime, tuple[int, int]] | None = None
    expects: tuple[str, str] | None = None
    refusal: Refusal | None = None


@dataclass(eq=False)
class Call:
    """One report of a sample on its way."""

    at: datetime
    matter: Matter
    report: NewReport
    actor: Actor
    may_be_refused: bool = False


@dataclass
class Script:
    """Deeds and reports by time, and what became of them. `evening` is called at the end of each day with any.

    strict: An unexpected refusal stops the play; else it is counted, and what hangs on it is left out.
    """

    clock: PlayedTime
    ground: GroundTruth
    seed: str
    refused: list[Refusal] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    actors: set[str] = field(default_factory=set)
    evening: Callable[[], None] | None = None
    strict: bool = True
    _queue: list[tuple[datetime, int, Deed | Call]] = field(default_factory=list)
    _count: int = 0

    def put(self, each: Deed | Call) -> None:
        """Put an act or a report into the queue.

        Raises:
            SampleFault: it lies in the past of the play.

        Source: docs/topics/play.md, "Acts".
        """
        if each.at < self.clock.now:
            raise SampleFault(f"{each.matter.key}：{each.at} 早于当前演练时刻 · {each.at} lies before {self.clock.now}")
        self._count += 1
        heapq.heappush(self._queue, (each.at, self._count, each))

    def run(self, until: datetime) -> None:
        """Play up to an instant. Source: docs/topics/play.md, "Time"."""
        zone = self.facts_at(until).registers.calendar.zone
        for _, day in groupby(self._due(until), key=lambda each: self._day(each, zone)):
            self._play(list(day))
            if self.evening is not None:
                self.evening()
        self.clock.advance(until)
        tick(until, limit=MOST, facts=self.facts_at(until), bulk=True)

    def _due(self, until: datetime) -> Iterator[Deed | Call]:
        while self._queue and self._queue[0][0] <= until:
            yield heapq.heappop(self._queue)[2]

    @staticmethod
    def _day(each: Deed | Call, zone: Any) -> date:
        return each.at.astimezone(zone).date()

    def _play(self, day: list[Deed | Call]) -> None:
        last = max(each.at for each in day)
        self.clock.advance(last)
        facts = self.facts_at(last)
        for actor, calls in groupby((c for c in day if isinstance(c, Call)), key=lambda c: c.actor):
            self._receive(list(calls), actor, facts)
        deeds = [each for each in day if isinstance(each, Deed)]
        # A photograph that ought to be refused is decided by itself: those of one batch do not see each other.
        for alone, run in groupby(deeds, key=lambda d: d.photo is not None and d.expects is not None):
            for some in [[each] for each in run] if alone else [list(run)]:
                self._act(some, facts)
        tick(last, limit=MOST, facts=facts, bulk=True)

    def _receive(self, calls: list[Call], actor: Actor, facts: LoopFacts) -> None:
        self.sent += len(calls)
        self.actors.add(actor.id)
        for call, receipt in zip(
            calls, receive([c.report for c in calls], actor=actor, facts=facts, bulk=True), strict=True
        ):
            call.matter.case, call.matter.number = receipt.case, receipt.number
            if receipt.refusal is None:
                self.received += not receipt.duplicate
                continue
            call.matter.refusal = receipt.refusal
            if self.strict and not call.may_be_refused:
                raise _fault(call.matter, "report", receipt.refusal)
            self.refused.append(receipt.refusal)

    def _act(self, deeds: list[Deed], facts: LoopFacts) -> None:
        if not self.strict:
            deeds = [each for each in deeds if each.matter.case is not None]
        orders = [self._order(each, facts) for each in deeds]
        self.actors.update(each.actor.id for each in deeds)
        for deed, result in zip(deeds, append(orders, facts=facts, bulk=True), strict=True):
            deed.refusal = refusal = result.refusal
            if refusal is None:
                continue
            if deed.expects is None and self.strict:
                raise _fault(deed.matter, deed.command, refusal)
            self.refused.append(refusal)
            if deed.expects is not None:
                self.ground.find(*deed.expects, f"{refusal.code}: {refusal.text.en}")

    def _order(self, deed: Deed, facts: LoopFacts) -> Order:
        case = deed.matter.case
        if case is None:
            raise SampleFault(f"{deed.matter.key} 没有案件 · {deed.matter.key} has no case to {deed.command}")
        data = dict(deed.data)
        if deed.photo is not None:
            data |= attached.facts_of(_upload(deed, case, facts))
        return Order(Command(deed.command, deed.actor, deed.at, data, deed.words), case=case)

    def facts_at(self, now: datetime) -> LoopFacts:
        """Return the facts of the played district at an instant. Source: docs/topics/play.md, "Time"."""
        facts = current_facts(now)
        return LoopFacts(facts.registers, facts.book, now, self.seed, Invented())


def _upload(deed: Deed, case: UUID, facts: LoopFacts) -> MediaRow:
    """Record a photograph with what its bytes would have told; no bytes are made, decoding them is tested elsewhere."""
    assert deed.photo is not None
    picture, taken, (lon, lat) = deed.photo
    look = hashlib.sha256(picture.encode())
    return MediaRow.objects.create(
        id=new_id(), district_id=facts.registers.district.code, case_id=case, sha256=look.hexdigest(), size=40_000,
        content_type="image/jpeg", path="", uploaded_by=deed.actor.id, uploaded_at=deed.at, taken_at=taken,
        picture=look.hexdigest()[:16], lon_e6=lon, lat_e6=lat, width=1_600, height=1_200,
    )  # fmt: skip


def _fault(matter: Matter, what: str, refusal: Refusal) -> SampleFault:
    told = f"{refusal.code}: {refusal.text.zh} · {refusal.text.en}"
    return SampleFault(f"{matter.key} {what} 被拒 · was refused: {told}")
