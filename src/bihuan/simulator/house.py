"""The kernel's house in memory: `decide_and_fold` and nothing else. What it accepts, the store accepts too."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from bihuan.loop.kernel.clocks import next_tick
from bihuan.loop.kernel.decide import command_of_time, decide_and_fold
from bihuan.loop.kernel.model import CLOCK, Case, Command, Event, Refusal
from bihuan.simulator.stage import Stage


@dataclass(frozen=True)
class ActRefused:
    """An act that the kernel refused: in a simulation this is a fault of the simulator or of the kernel."""

    key: str
    command: str
    state: str
    code: str
    text: str


@dataclass
class House:
    """Cases by key, their events when `keep`, and every refusal."""

    stage: Stage
    keep: bool = False
    cases: dict[str, Case] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    refused: list[ActRefused] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    last: Command | None = None  # the last accepted command

    def do(self, key: str, command: Command) -> Case | None:
        """Return the case after `command`, or None when it was refused (and counted).

        Source: docs/adr/0070 (1): decide and fold, and nothing else.
        """
        case = self.cases.get(key) or Case(id=uuid5(NAMESPACE_URL, key))
        self.stage.facts.now = command.at
        settled = decide_and_fold(self.stage.programme, case, command, self.stage.facts)
        if isinstance(settled, Refusal):
            self.refused.append(ActRefused(key, command.kind, case.state, settled.code, settled.text.en))
            return None
        events, case = settled
        self.kinds.update(event.kind for event in events)
        self.cases[key] = case
        self.last = command
        if self.keep:
            self.events.setdefault(key, []).extend(events)
        return case

    def tick_at(self, key: str) -> int | None:
        """Return the second at which the clock must look at the case, rounded up.

        Source: docs/adr/0001 (4): time is a command.
        """
        due = next_tick(self.cases[key])
        return None if due is None else math.ceil(due.timestamp())

    def tick(self, key: str, at: datetime) -> Case | None:
        """Return what time itself does to a case at an instant. Source: docs/adr/0001 (4): time is a command."""
        return self.do(key, Command(command_of_time(self.cases[key], at), CLOCK, at))
