"""Playing into the store: the town's accepted orders go through intake and `append`, thousands in one transaction.

The kernel decides everything a second time there; an order that ends otherwise than in the town is counted as a fault.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from msgspec.structs import replace

from bihuan.faults import Fault
from bihuan.intake import receive
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command
from bihuan.loop.store import Order, Result, append, current_facts, tick
from bihuan.registers import identity
from bihuan.registers.pure.ids import new_id
from bihuan.simulator.ahead import Ahead, ending_of, in_batches
from bihuan.simulator.house import ActRefused
from bihuan.simulator.invented import Invented
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import AcceptedOrder, Plan, Town
from bihuan.simulator.truth import Truth

BATCH = 4_000  # orders in one transaction
MATTERS = ("parent", "from")  # fields of a command that name another case


class AlreadyPlayed(Fault):
    """The same seed was played up to the same end before; its cases are there already."""

    remedy = "choose another --seed or another --until"


@dataclass
class Played:
    """What was written. `differences` names orders whose result in the store is not the town's."""

    cases: int = 0
    orders: int = 0
    events: int = 0
    late: int = 0  # clock commands that were still due at the end; the town should have sent them
    seconds: float = 0.0
    refused: list[ActRefused] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    numbers: dict[str, tuple[UUID, str]] = field(default_factory=dict)  # key → case id and number


def stage_in_force(programme_id: str, case_type: str, end: datetime) -> Stage:
    """Return the stage of the district in the database, with the programme as the catalogue declares it.

    Source: docs/topics/simulator.md, "How it is built" (the programme as it is declared)
    """
    from bihuan.loop.programmes import all_programmes

    facts = current_facts(end)
    alone = LoopFacts(facts.registers, facts.book, end, facts.seed)  # the town knows no cases but its own
    return Stage(facts.registers, all_programmes()[programme_id], case_type, alone, end)


class Player:
    """Writes steps in batches. Use `play_batches`."""

    def __init__(self, facts: LoopFacts) -> None:
        self.facts = facts.among(Invented())
        self.ids: dict[str, UUID] = {}
        self.known: dict[str, UUID] = {}  # the town's case id → the store's
        self.done = Played()
        self.reached = 0  # the latest second written so far

    def write(self, steps: list[AcceptedOrder]) -> None:
        """Write a batch in one transaction.

        Raises:
            AlreadyPlayed: a report with the same key was received before.

        Source: docs/adr/0070 (2).
        """
        # A clock that the city set may have run out before it was started, so the last step need not be the latest.
        self.reached = max(self.reached, *(step.at for step in steps))
        facts = self.facts.at(datetime.fromtimestamp(self.reached, UTC))
        rows: list[tuple[Any, ...]] = []
        sealed: list[identity.SealedRow] = []
        orders = [self._order(step, facts, rows, sealed) for step in steps]
        with transaction.atomic():
            results = append(_grouped(orders), facts=facts, bulk=True)
            if any(r.duplicate for r in results):
                raise AlreadyPlayed("this seed was played up to this moment before. Choose another --seed.")
            if sealed:
                identity.insert_identities(sealed)
            receive.insert_reports(rows)
        self._compare(steps, results)

    def _order(
        self, step: AcceptedOrder, facts: LoopFacts, rows: list[tuple[Any, ...]], sealed: list[identity.SealedRow]
    ) -> Order:
        if step.report is None:
            return Order(self._translated(step.command), case=self.ids[step.key])
        case = self.ids[step.key] = new_id()
        self.known[str(step.case)] = case
        seal = receive.seal_reporter(step.report, facts)
        if seal is not None:
            sealed.append(seal)
        rows.append(receive.report_row(step.report, new_id(), case, seal, facts))
        return receive.open_order(step.report, step.command.actor, case=case)

    def _translated(self, command: Command) -> Command:
        """Return the command with the store's case ids in place of the town's."""
        actor = command.actor
        if actor.case is not None:
            command = replace(command, actor=replace(actor, case=str(self.known[actor.case])))
        named = {k: str(self.known[command.data[k]]) for k in MATTERS if k in command.data}
        return replace(command, data={**command.data, **named}) if named else command

    def _compare(self, steps: list[AcceptedOrder], results: list[Result]) -> None:
        done = self.done
        last: dict[str, tuple[AcceptedOrder, Result]] = {}
        for step, result in zip(steps, results, strict=True):
            done.orders += 1
            done.events += len(result.events)
            if result.refusal is not None:
                text, code = result.refusal.text.en, result.refusal.code
                done.refused.append(ActRefused(step.key, step.command.kind, step.state, code, text))
            elif step.report is not None and result.case is not None:
                done.cases += 1
                done.numbers[step.key] = (result.case.id, result.case.number)
            last[step.key] = (step, result)
        for key, (step, result) in last.items():
            case = result.case
            if case is None or (case.version, case.state, case.deadline) != (step.version, step.state, step.deadline):
                done.differences.append(f"{key} after {step.command.kind}")


def _grouped(orders: list[Order]) -> list[Order]:
    """A reporter joins the parent and the case is merged together or not at all."""
    out = list(orders)
    for i in range(len(out) - 1):
        if out[i].command.kind == "join" and out[i + 1].command.kind == "merge":
            out[i], out[i + 1] = replace(out[i], group=i + 1), replace(out[i + 1], group=i + 1)
    return out


def play_batches(
    batches: Iterable[list[AcceptedOrder]],
    facts: LoopFacts,
    end: datetime,
    progress: Callable[[int], None] | None = None,
) -> Played:
    """Write all batches, then let the clock catch up to `end`; returns what was done.

    Args:
        batches: steps in the order of time.
        facts: the facts in force; their `now` is moved along.
        end: the last instant of the played time.
        progress: called with the second that has been reached.

    Source: docs/adr/0070 (2): the store decides each order again.
    """
    began = time.perf_counter()
    player = Player(facts)
    collecting = gc.isenabled()
    gc.disable()  # rows and events hold no cycles; looking for them among millions costs a tenth of the time
    try:
        for batch in batches:
            player.write(batch)
            if progress is not None:
                progress(player.reached)
        player.done.late = tick(end, limit=100_000, facts=facts.at(end), bulk=True)
    finally:
        if collecting:
            gc.enable()
    player.done.seconds = time.perf_counter() - began
    return player.done


@dataclass
class PlayedDistrict:
    """A played district: its truth and what was written."""

    truth: Truth
    played: Played
    states: dict[str, int]
    refused: list[ActRefused]

    def summary(self) -> dict[str, Any]:
        """JSON values: what was played, and every fault. Source: docs/topics/simulator.md (the keys of `--json`)."""
        played = self.played
        faults = self.refused + played.refused
        return {
            "ok": not faults and not played.differences,
            "days": (self.truth.end - self.truth.start).days,
            "seed": self.truth.seed,
            "cases": played.cases,
            "events": played.events,
            "states": self.states,
            "refused": len(faults),
            "refusals": [vars(r) for r in faults[:10]],
            "differences": len(played.differences),
            "late_clocks": played.late,
            "causes": len(self.truth.causes),
            "false_closers": self.truth.false_closers,
            "seconds": round(played.seconds, 1),
        }


def play_district(
    programme: str, kind: str, plan: Plan, progress: Callable[[int], None] | None = None, *, beside: bool = True
) -> PlayedDistrict:
    """Play a plan over the district in the database; with `beside`, the town is played in a second process.

    Raises:
        AlreadyPlayed: this seed was played up to this moment before.
        NoCommunities: the registers hold no communities.

    Source: docs/adr/0070.
    """
    stage = stage_in_force(programme, kind, plan.end)
    facts = current_facts(plan.end)
    if beside:
        with Ahead(stage, plan, BATCH) as town:
            played = play_batches(town.batches(), facts, plan.end, progress)
        ending = town.ending
        assert ending is not None  # `batches` ends only with it
    else:
        here = Town(stage, plan)
        played = play_batches(in_batches(here, BATCH), facts, plan.end, progress)
        ending = ending_of(here)
    for happened in ending.truth.happened.values():
        case, number = played.numbers.get(happened.key, (None, ""))
        happened.case, happened.number = str(case or ""), number
    return PlayedDistrict(ending.truth, played, ending.states, ending.refused)
