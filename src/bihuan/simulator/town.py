"""The played district: one queue of time for reports, acts and clocks, and everything people know of each other."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import Case, Command
from bihuan.simulator import arrivals, causes, geography, reporting, story
from bihuan.simulator.dice import Dice
from bihuan.simulator.house import House
from bihuan.simulator.life import LOOK, Acts, Intention, Life, instant_of
from bihuan.simulator.stage import Stage
from bihuan.simulator.surroundings import Surroundings
from bihuan.simulator.truth import ReportFate, Truth
from bihuan.simulator.units import Temperament, choose_false_closer, draw_temperament
from bihuan.simulator.visits import Prevention, Visits

REPORT, TICK, NEXT, ACT = 0, 1, 2, 3  # the order in which things of one second happen; NEXT: who acted goes on


@dataclass(frozen=True)
class Plan:
    """What to play.

    Args:
        days: length. seed: the one seed of everything. per_day: cases a day, about. end: when it ends (aware).
        prevention: weekly visits with a planted effect, or none.
    """

    days: int
    seed: int
    end: datetime
    per_day: float = 222.0
    prevention: Prevention | None = None


class AcceptedOrder(msgspec.Struct, frozen=True):
    """One accepted order, for whoever writes it down: a report, or a command to an existing case.

    `version`, `state` and `deadline` are what the case came to in the town.
    """

    at: int
    key: str
    case: UUID
    report: NewReport | None
    command: Command
    version: int
    state: str
    deadline: datetime | None


@dataclass
class Town:
    """The district while it is played. `steps()` plays it to the end."""

    stage: Stage
    plan: Plan
    keep: bool = False
    house: House = field(init=False)
    truth: Truth = field(init=False)
    lives: dict[str, Life] = field(default_factory=dict)
    around: Surroundings = field(init=False)
    _queue: list[tuple[int, int, int, Any]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.house = House(self.stage, keep=self.keep)
        self.truth = draw_truth(self.stage, self.plan)
        self.around = Surroundings(self.stage, self.truth, self.house)
        planted, stream = self.plan.prevention, self.truth.stream
        if planted is not None:
            self.truth.visits = Visits(planted, self.truth.start, stream, self.truth.map, self.plan.seed)
        self._plays: dict[str, Acts] = {}
        self._ticks: dict[str, tuple[int, int]] = {}

    # -- playing ---------------------------------------------------------------------------------

    def steps(self) -> Iterator[AcceptedOrder]:
        """Plays to the end of the plan, yielding every accepted order in the order of time.

        Source: docs/adr/0070 (1): one queue of time for reports, acts and clocks.
        """
        stream, end = self.truth.stream, int(self.plan.end.timestamp())
        reports = iter(range(len(stream)))
        upcoming = next(reports, None)
        while True:
            at = int(stream.at[upcoming]) if upcoming is not None else None
            if at is not None and at < end and (not self._queue or at <= self._queue[0][0]):
                assert upcoming is not None
                yield from self._report(upcoming)
                upcoming = next(reports, None)
                continue
            if not self._queue or self._queue[0][0] > end:
                return
            yield from self._pop()

    def _push(self, at: int, order: int, what: Any) -> None:
        self._count += 1
        heapq.heappush(self._queue, (at, order, self._count, what))

    def _pop(self) -> Iterator[AcceptedOrder]:
        at, order, _, what = heapq.heappop(self._queue)
        if order == TICK:
            key, token = what
            if self._ticks.get(key) == (at, token):
                del self._ticks[key]
                if self.house.tick(key, instant_of(at)) is not None:
                    yield self._step(at, key, None)
                    self._schedule(key)
            return
        life, act = what
        if act.kind == LOOK:
            self._next(life, self.house.cases[life.key], at)
            return
        key = act.other or life.key
        command = Command(act.kind, act.actor, instant_of(at), act.data, act.private)
        case = self.house.do(key, command)
        if case is None:
            self._plays.pop(life.key).close()
            return
        yield self._step(at, key, None)
        self._schedule(key)
        self._next(life, case, at)

    def _report(self, i: int) -> Iterator[AcceptedOrder]:
        visits = self.truth.visits
        if not self._happens(i) or (visits is not None and not visits.happens(i)):
            return
        if visits is not None:
            visits.came[i] = True
        key = f"sim:{self.plan.seed}:{self.plan.end:%Y%m%d%H%M}:{i:06d}"
        dice = Dice(self.truth.stream.dice[i].tolist())
        self.truth.happened[i] = ReportFate(key)
        life = Life(self.around, i, key, dice)
        report, actor = reporting.make_report(life)
        command = reporting.open_command(life, report, actor, len(self.lives) + 1)
        case = self.house.do(key, command)
        if case is None:
            return
        life.case = case
        self.lives[key] = life
        self.around.events.setdefault(int(self.truth.stream.event[i]), key)
        self.truth.happened[i].case, self.truth.happened[i].number = str(case.id), case.number
        yield self._step(int(self.truth.stream.at[i]), key, report)
        self._schedule(key)
        self._plays[key] = story.live_story(life)
        self._next(life, None, int(self.truth.stream.at[i]))

    def _happens(self, i: int) -> bool:
        """A mended cause brings no more reports; a repeat needs a first report that ended unsolved."""
        stream = self.truth.stream
        number, first = int(stream.cause[i]), int(stream.after[i])
        if number >= 0:
            fixed = self.truth.causes[number].fixed_at
            if fixed is not None and fixed <= stream.at[i]:
                return False
        if first < 0:
            return True
        before = self.truth.happened.get(first)
        if before is None or before.solved_at is not None:
            return False
        case = self.house.cases.get(before.key)
        return case is not None and case.outcome == "closed"

    def _next(self, life: Life, case: Case | None, now: int) -> None:
        play = self._plays[life.key]
        try:
            act: Intention = next(play) if case is None else play.send(case)
        except StopIteration:
            del self._plays[life.key]
            return
        self._push(act.at, NEXT if act.at == now else ACT, (life, act))

    def _schedule(self, key: str) -> None:
        at, planned = self.house.tick_at(key), self._ticks.get(key)
        if at is None:
            self._ticks.pop(key, None)
        elif planned is None or planned[0] != at:
            self._ticks[key] = (at, self._count)
            self._push(at, TICK, (key, self._count))

    def _step(self, at: int, key: str, report: NewReport | None) -> AcceptedOrder:
        command = self.house.last
        assert command is not None
        case = self.house.cases[key]
        return AcceptedOrder(at, key, case.id, report, command, case.version, case.state, case.deadline)


def draw_truth(stage: Stage, plan: Plan) -> Truth:
    """Return the map, the root causes and every report that could happen, before anybody acts.

    Source: docs/adr/0070 (4): all luck is drawn first.
    """
    zone = stage.registers.calendar.zone
    last = plan.end.astimezone(zone)
    start = (last - timedelta(days=plan.days)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (last.date() - start.date()).days + 1
    people, reasons, stream = (np.random.default_rng(s) for s in np.random.SeedSequence(plan.seed).spawn(3))
    map_ = geography.build_map(stage.areas(), stage.parameters, people)
    dates, per_day = arrivals.month_days(start, days), plan.per_day * stage.parameters.volume
    found = causes.draw_causes(
        stage.kinds, map_, stage.parameters, int(start.timestamp()), days, per_day, dates, reasons
    )
    drawn = arrivals.draw_arrivals(stage.kinds, map_, found, stage.parameters, start, days, per_day, stream)
    units = _temperaments(stage, plan.seed, map_)
    return Truth(plan.seed, start, plan.end, map_, stage.kinds, found, drawn, units=units)


def _temperaments(stage: Stage, seed: int, map_: geography.Map) -> dict[str, Temperament]:
    people: dict[str, int] = {}
    for i, area in enumerate(map_.areas):
        people[area.street] = people.get(area.street, 0) + int(map_.population[i])
    streets = [(u.code, sum(people.get(a, 0) for a in u.areas)) for u in stage.graph.units("street")]
    false = choose_false_closer([c for c, _ in streets], [w for _, w in streets], seed)
    codes = [u.code for u in stage.graph.units()]
    return {c: draw_temperament(c, seed, stage.parameters, c == false) for c in codes}
