"""One report on its way through the house: what it is, who holds it, how acts of people are yielded in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from datetime import UTC, datetime
from typing import NamedTuple

from bihuan.loop.kernel.model import CLOCK, Actor, Case, Data
from bihuan.loop.kernel.table import table
from bihuan.simulator import cast
from bihuan.simulator.dice import Dice
from bihuan.simulator.parameters import ComplaintKind, HouseSentences, Spread
from bihuan.simulator.stage import Stage
from bihuan.simulator.surroundings import Surroundings
from bihuan.simulator.truth import Claim, ReportFate, Truth
from bihuan.simulator.units import Temperament

MINUTE, HOUR, DAY = 60, 3600, 86_400


LOOK = "look"  # no command: somebody waits for a moment and looks at what the house knows then


class Intention(NamedTuple):
    """What somebody wants to do: to this life's own case, or (`other`) to the case of another report."""

    at: int
    kind: str
    actor: Actor
    data: Data
    private: Data | None = None
    other: str | None = None


BY_REPORTER = {name: table().by_command[name].sources for name in ("urge", "supplement", "withdraw")}
Acts = Generator[Intention, Case]


class Ended(Exception):
    """The case ended while something else was planned (the reporter withdrew, the case was merged)."""


def instant_of(at: int) -> datetime:
    """Seconds since the epoch as an aware instant."""
    return datetime.fromtimestamp(at, UTC)


def stand_in_digest(*parts: object) -> str:
    """Return a stand-in for the SHA-256 of a file's bytes, the same for the same parts."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


class Life:
    """One report's way through the house.

    Args:
        around: the district and everybody else in it.
        index: the report's row in the stream. key: its idempotency key. dice: its luck.
    """

    def __init__(self, around: Surroundings, index: int, key: str, dice: Dice) -> None:
        self.around, self.index, self.key, self.dice = around, index, key, dice
        self.stage: Stage = around.stage
        self.truth: Truth = around.truth
        self.kind: ComplaintKind = self.stage.kinds[int(self.truth.stream.kind[index])]
        self.case: Case | None = None
        self.now = int(self.truth.stream.at[index])
        self.side: list[Intention] = []
        self.happened: ReportFate = self.truth.happened[index]

    # -- small helpers ---------------------------------------------------------------------------

    @property
    def known(self) -> Case:
        """The case; it exists once the report has been received."""
        assert self.case is not None
        return self.case

    def temper(self, unit: str) -> Temperament:
        """Return the temperament of a unit, by its code."""
        return self.around.temper(unit)

    @property
    def urgency(self) -> str:
        """How urgent it is, in the programme's own classes."""
        known = self.stage.rules.urgencies
        return self.kind.urgency if self.kind.urgency in known else known[-1]

    @property
    def area(self) -> str:
        """The community where it truly is."""
        return self.truth.map.areas[int(self.truth.stream.community[self.index])].code

    @property
    def true_place(self) -> tuple[int, int]:
        """Where it truly is: lon, lat in millionths of a degree."""
        return int(self.truth.stream.lon_e6[self.index]), int(self.truth.stream.lat_e6[self.index])

    @property
    def unit(self) -> str:
        """The unit that holds the case."""
        holder = self.known.holder
        assert holder is not None, f"{self.key}: nobody holds the case"
        return holder.id

    def hands(self) -> Actor:
        """Somebody who may act for the present holder."""
        holder = self.known.holder
        if holder is not None and holder.person:
            return Actor(holder.person, frozenset({cast.HANDLES}), holder.id, frozenset({holder.id}))
        return cast.handler(self.unit, self.dice.below(cast.PEOPLE_PER_UNIT))

    def due(self) -> int:
        """Return when the claim of completion is due."""
        clock = self.known.clocks.get(self.stage.finish_clock or "")
        if clock is not None and clock.running:
            return int(clock.due.timestamp())
        return self.now + 7 * DAY

    @property
    def said(self) -> HouseSentences:
        """What desks and units write."""
        return self.stage.parameters.said

    def patience(self) -> int:
        """Return how long the reporter expects it to take, in seconds."""
        return self.stage.parameters.clock_of_city_hours[self.urgency] * HOUR

    def hours(self, spread: Spread) -> int:
        """Return a log-normal number of hours, in seconds. Source: docs/topics/simulator.md, "How it is built"."""
        return max(MINUTE, int(self.dice.lognormal(spread) * HOUR))

    def working(self, at: int, first: int = 8, last: int = 20) -> int:
        """`at`, or the next morning when it falls outside the hours in which people are at work.

        Source: docs/topics/simulator.md, "How it is built".
        """
        second = (at + self.stage.offset) % DAY
        if first * HOUR <= second < last * HOUR:
            return at
        midnight = at - second + (DAY if second >= last * HOUR else 0)
        return midnight + first * HOUR + int(self.dice.roll() * 2 * HOUR)

    def do(
        self, at: int, kind: str, actor: Actor, private: Data | None = None, other: str | None = None, /, **data: object
    ) -> Acts:
        """Yields one act, after everything the reporter does before it. Raises `Ended` when the case is over.

        Source: docs/topics/simulator.md, "How it is built".
        """
        yield from self._do_what_the_reporter_planned(at)
        yield from self._act(Intention(max(at, self.now), kind, actor, dict(data), private, other))

    def look(self, at: int) -> Acts:
        """Waits until `at`, so that what follows is decided on the state of that moment, not of an earlier one.

        The acts yielded next for the same second are carried out before anybody else's.

        Source: docs/topics/simulator.md, "How it is built".
        """
        yield from self._do_what_the_reporter_planned(at)
        self.now = max(self.now, at)
        self.case = yield Intention(self.now, LOOK, CLOCK, {})

    def _do_what_the_reporter_planned(self, until: int) -> Acts:
        while self.side and self.side[0].at <= until:
            yield from self._act(self.side.pop(0))

    def _act(self, act: Intention) -> Acts:
        self.now = max(self.now, act.at)
        if act.kind in BY_REPORTER and self.known.state not in BY_REPORTER[act.kind]:
            return  # what was planned is no longer on the reporter's page
        case = yield act._replace(at=self.now)
        if act.other is None:
            self.case = case
            if act.kind == "withdraw":
                raise Ended

    def claim(self, unit: str, solved: bool, false: bool) -> None:
        """Writes down whether a claim is true; a true solution may end the root cause.

        Source: docs/topics/simulator.md, "What is played" (mending).
        """
        self.truth.claims.append(Claim(self.key, self.known.reopens, self.now, self.stage.code(unit), solved, false))
        self.happened.solved_at = self.now if solved else None
        number = int(self.truth.stream.cause[self.index])
        if solved and number >= 0 and self.dice.chance(self.stage.parameters.causes.mended):
            cause = self.truth.causes[number]
            if cause.fixable and cause.fixed_at is None:
                cause.fixed_at = self.now
