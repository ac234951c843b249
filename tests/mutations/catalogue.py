"""Small faults put into the code on purpose, each with the invariant of DESIGN §9 that must turn red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel import clocks, decide
from bihuan.loop.kernel.context import Context, PlannedEvent
from bihuan.loop.kernel.kinds import Fold
from bihuan.loop.kernel.model import Refusal
from bihuan.loop.kernel.parties import change_party
from bihuan.loop.kernel.step import Handler
from bihuan.loop.kernel.steps import submitting
from bihuan.loop.kernel.steps.exclusion import Excluded
from bihuan.loop.kernel.table import table
from bihuan.registers.pure import reform, snapshot
from tests.mutations import plays

Patch = Callable[[pytest.MonkeyPatch], None]


class Mutation(NamedTuple):
    """A fault: which invariant it breaks, what is changed, and the play that must notice."""

    invariant: int
    name: str
    apply: Patch
    play: Callable[[], None]


def nobody_holds_it(patch: pytest.MonkeyPatch) -> None:
    """A desk that receives a case is not written down as its holder."""
    patch.setattr(submitting, "desk", lambda role: None)


def second_handling_starts_no_clock(patch: pytest.MonkeyPatch) -> None:
    """A failed verification no longer counts as giving the unit the case."""
    patch.setattr(clocks, "meanings", lambda event, state: {event})


def clocks_run_on(patch: pytest.MonkeyPatch) -> None:
    """Clocks of called-in units are not stopped when the case ends."""
    patch.setattr(clocks, "cancel", lambda case, names: [])


def suspension_without_end(patch: pytest.MonkeyPatch) -> None:
    """The fold forgets until when a case is suspended."""
    kept = table().kinds["suspended"].fold
    assert kept is not None

    def forget(case: Any, event: Any, data: Any, changes: dict[str, Any]) -> None:
        kept(case, event, data, changes)
        changes["suspended_until"] = None

    _refold(patch, "suspended", forget)


def anybody_verifies(patch: pytest.MonkeyPatch) -> None:
    """No relation makes a verifier dependent."""
    patch.setattr(LoopFacts, "dependent", lambda *args: None)


def helpers_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A called-in unit that came and was released no longer counts as having handled the case."""
    _refold(patch, "arrived", change_party(arrived_at=lambda event: event.occurred_at))


def a_reporter_is_lost(patch: pytest.MonkeyPatch) -> None:
    """A reporter who joins is not counted."""
    _refold(patch, "reporter_joined", None)


def an_ending_without_outcome(patch: pytest.MonkeyPatch) -> None:
    """A withdrawn case has no outcome, so it is neither open nor counted."""
    _wrap(patch, "withdraw", lambda planned: planned.data.update(outcome=None))


def the_fold_looks_at_the_clock(patch: pytest.MonkeyPatch) -> None:
    """The fold takes the present moment instead of the event's."""

    def contacted(case: Any, event: Any, data: Any, changes: dict[str, Any]) -> None:
        changes["contacted_at"] = datetime.now(UTC)

    _refold(patch, "contacted", contacted)


def a_float_in_an_event(patch: pytest.MonkeyPatch) -> None:
    """An event holds a float, which has no single byte form."""
    _wrap(patch, "add_evidence", lambda planned: planned.data.update(size=0.1))


def make_up_days_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """Working days are counted as natural days."""
    kept = LoopFacts.due
    patch.setattr(LoopFacts, "due", lambda self, start, span: _with_span(kept(self, start, _natural(span)), span))


def a_deadline_depends_on_the_moment(patch: pytest.MonkeyPatch) -> None:
    """Each time a deadline is computed it lies a second later."""
    kept, calls = LoopFacts.due, iter(range(1, 10_000_000))

    def due(self: LoopFacts, start: datetime, span: str) -> Any:
        at, why = kept(self, start, span)
        return at + timedelta(microseconds=next(calls)), {**why, "given": "moment"}

    patch.setattr(LoopFacts, "due", due)


def a_reform_orphans_cases(patch: pytest.MonkeyPatch) -> None:
    """Nobody follows a unit that has ended."""
    patch.setattr(reform, "heir_of", lambda *args: None)


def a_reform_leaves_duties_behind(patch: pytest.MonkeyPatch) -> None:
    """Duties stay with the units that have ended."""
    kept = reform.reorganise
    patch.setattr(snapshot.reform, "reorganise", lambda duties, change: (kept(duties, change)[0], duties))


def excluded_without_request(patch: pytest.MonkeyPatch) -> None:
    """Exclusions are approved although nobody asked."""

    def approve(context: Context) -> list[PlannedEvent]:
        return [context.record(Excluded(pending="exclusion:x", indicator="x", reason="none"))]

    _rehandle(patch, "approve_exclusion", approve)


def returned_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A return goes back to the desk however often it happened."""
    _wrap(
        patch,
        "return",
        lambda planned: planned.data.update(
            state="received", holder={"kind": "desk", "id": "operator", "person": None}
        ),
    )


def greyed_out_and_yet_possible(patch: pytest.MonkeyPatch) -> None:
    """`decide` no longer asks who may act."""
    patch.setattr(decide, "permitted", lambda *args: None)


def warnings_come_early(patch: pytest.MonkeyPatch) -> None:
    """A deadline is recorded as missed although it has not been reached."""
    kept = clocks.fallen

    def early(case: Any, at: datetime) -> Any:
        ops = kept(case, at)
        return [
            {**op, "op": "miss", "due": clocks.iso(case.clocks[op["name"]].due)} if op["op"] == "warn" else op
            for op in ops
        ]

    patch.setattr(clocks, "fallen", early)


def _wrap(patch: pytest.MonkeyPatch, command: str, change: Callable[[PlannedEvent], object]) -> None:
    kept = table().by_command[command].handler

    def changed(context: Context) -> list[PlannedEvent] | Refusal:
        planned = kept(context)
        if not isinstance(planned, Refusal):
            for each in planned:
                change(each)
        return planned

    _rehandle(patch, command, changed)


def _rehandle(patch: pytest.MonkeyPatch, command: str, handler: Handler) -> None:
    patch.setitem(table().by_command, command, replace(table().by_command[command], handler=handler))


def _refold(patch: pytest.MonkeyPatch, kind: str, fold: Fold | None) -> None:
    patch.setitem(table().kinds, kind, replace(table().kinds[kind], fold=fold))


def _natural(span: str) -> str:
    return span.replace("working days", "days").replace("working day", "day")


def _with_span(answer: tuple[datetime, dict[str, Any]], span: str) -> tuple[datetime, dict[str, Any]]:
    return answer[0], {**answer[1], "within": span}


MUTATIONS = (
    Mutation(1, "nobody holds the case", nobody_holds_it, plays.walks),
    Mutation(1, "second handling starts no clock", second_handling_starts_no_clock, plays.walks),
    Mutation(1, "clocks run on in an ended case", clocks_run_on, plays.walks),
    Mutation(1, "a suspension without an end", suspension_without_end, plays.walks),
    Mutation(1, "a deadline is missed before it is due", warnings_come_early, plays.walks),
    Mutation(2, "anybody verifies", anybody_verifies, plays.walks),
    Mutation(2, "helpers are forgotten", helpers_are_forgotten, plays.helper),
    Mutation(3, "a reporter is lost in a merge", a_reporter_is_lost, plays.district),
    Mutation(3, "an ending without an outcome", an_ending_without_outcome, plays.walks),
    Mutation(4, "the fold looks at the clock", the_fold_looks_at_the_clock, plays.walks),
    Mutation(4, "a float in an event", a_float_in_an_event, plays.walks),
    Mutation(5, "make-up days are ignored", make_up_days_are_ignored, plays.walks),
    Mutation(5, "a deadline depends on the moment", a_deadline_depends_on_the_moment, plays.replays),
    Mutation(7, "a reform orphans cases", a_reform_orphans_cases, plays.reorganisation),
    Mutation(7, "a reform leaves duties behind", a_reform_leaves_duties_behind, plays.reorganisation),
    Mutation(8, "excluded without a request", excluded_without_request, plays.walks),
    Mutation(3, "returned for ever", returned_for_ever, plays.returns),
    Mutation(2, "greyed out and yet possible", greyed_out_and_yet_possible, plays.walks),
)
