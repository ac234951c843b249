"""Preventive visits in the played district: a weekly draw among the hottest cells, and a planted effect.

A visit makes a known share of a cell's reports not happen for some weeks. Whether somebody finds that share again from
the cases alone is the test of the effect room; what the visits spared is the truth beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from bihuan.insight.forecast.cells import hexagon_cells
from bihuan.insight.forecast.choose import EXPLORE, HOLDOUT, RESTS, Candidate, plan
from bihuan.insight.shelf import Shelf
from bihuan.simulator.arrivals import ReportStream
from bihuan.simulator.causes import DAY
from bihuan.simulator.geography import E6, Map

WEEK = 7 * DAY
CAMPAIGN = "prevention-"  # how drawn plans are named where they are kept
STATED = 1  # `Stream.place`: the true place was stated


@dataclass(frozen=True)
class Prevention:
    """What is planted.

    Args:
        effect: Share of a visited cell's reports that do not happen, 0 … 1.
        capacity: Visits a week.
        lasting_weeks: For how long, from the first day of the week of the visit on.
        after_weeks: Weeks of record before the first plan.
        looks_back: Weeks whose reports decide which cells are hot.
        holdout: Share of the hottest cells that waits, 0 … 0.5.
    """

    effect: float = 0.2
    capacity: int = 40
    lasting_weeks: int = 4
    after_weeks: int = 8
    looks_back: int = 8
    holdout: float = HOLDOUT

    def __post_init__(self) -> None:
        if not 0 <= self.effect <= 1:
            raise ValueError(f"effect {self.effect} is no share; give 0 … 1, for example 0.2")
        if self.capacity < 1 or self.after_weeks < 1 or self.lasting_weeks < 1 or self.looks_back < 1:
            raise ValueError("capacity and weeks are 1 or more")


@dataclass
class Visits:
    """The visits of a played district, planned week by week from the reports that had come by then.

    Args:
        rules: What is planted.
        start: First local midnight (aware).
        stream, map: The reports that could happen, and where.
        seed: Of the draws and of what is spared.
    """

    rules: Prevention
    start: datetime
    stream: ReportStream
    map: Map
    seed: int
    came: np.ndarray = field(init=False)  # bool, shape (n,): reports that happened so far
    spared: np.ndarray = field(init=False)  # bool, shape (n,): reports that a visit prevented
    plans: list[dict[str, Any]] = field(default_factory=list)  # as `prevention.drawing` writes them

    def __post_init__(self) -> None:
        n = len(self.stream)
        self.came, self.spared = np.zeros(n, bool), np.zeros(n, bool)
        self.cells = hexagon_cells(self.stream.lon_e6 / E6, self.stream.lat_e6 / E6)
        self._luck = np.random.default_rng([self.seed, 2]).random(n)
        self._until = np.zeros(len(self.cells.ids))  # until when a visit still helps
        self._rests = np.zeros(len(self.cells.ids))  # until when a cell is left out of draws
        self._waited = np.zeros(len(self.cells.ids), int)
        self._planned = self.rules.after_weeks  # number of the next week to plan

    def happens(self, i: int) -> bool:
        """Return whether a visit leaves report `i` alone; called in order of time. Plans the weeks up to it first.

        Source: docs/topics/simulator.md, "Visits with a planted effect".
        """
        at = int(self.stream.at[i])
        while at >= self._begin(self._planned):
            self._plan(self._planned)
            self._planned += 1
        self.spared[i] = bool(at < self._until[self.cells.of_report[i]] and self._luck[i] < self.rules.effect)
        return not self.spared[i]

    def alone(self) -> None:
        """Let every report happen that no visit prevents, without anybody handling it: fast, for many districts.

        Source: docs/topics/simulator.md, "Visits with a planted effect".
        """
        for i in range(len(self.stream)):
            self.came[i] = self.happens(i)

    def _begin(self, week: int) -> int:
        return int(self.start.timestamp()) + week * WEEK

    def _plan(self, week: int) -> None:
        begin = self._begin(week)
        recent = self.came & (self.stream.at >= begin - self.rules.looks_back * WEEK) & (self.stream.place == STATED)
        heard = np.bincount(self.cells.of_report[recent], minlength=len(self.cells.ids))
        able = np.flatnonzero((heard > 0) & (self._rests <= begin))
        number = {self.cells.ids[c]: int(c) for c in able}
        candidates = [
            Candidate(name, float(heard[c]), waited=int(self._waited[c])) for name, c in sorted(number.items())
        ]
        value = sha256(f"simulated draw {self.seed} {week}".encode()).digest()
        drawn = plan(candidates, self.rules.capacity, self.rules.holdout, value, exploration_share=EXPLORE)
        places = []
        for assignment in drawn:
            if assignment.arm == "none":
                continue
            cell = number[assignment.id]
            self._rests[cell] = begin + RESTS * WEEK
            self._waited[cell] = self._waited[cell] + 1 if assignment.arm == "wait" else 0
            if assignment.visited:
                self._until[cell] = begin + self.rules.lasting_weeks * WEEK
            places.append({"cell": assignment.id, "arm": assignment.arm, "why": assignment.why,
                           "probability": f"{assignment.probability:.6f}"})  # fmt: skip
        first = self.week_of(week)
        self.plans.append({"campaign": f"{CAMPAIGN}{first}-simulated", "week": first.isoformat(), "places": places})

    def week_of(self, week: int) -> date:
        """First day of a week, counted from the start.

        Source: docs/topics/simulator.md, "Visits with a planted effect".
        """
        return self.start.date() + timedelta(weeks=week)

    def write(self, shelf: Shelf) -> None:
        """Keep the plans where drawn plans are kept, so that they can be judged like those.

        Source: docs/topics/simulator.md, "Visits with a planted effect".
        """
        for told in self.plans:
            shelf.write(f"{told['campaign']}.json", json.dumps(told, ensure_ascii=False).encode())

    def truth(self) -> dict[str, Any]:
        """Return what the visits spared, in all and as a share of what would have come to visited places.

        Source: docs/topics/simulator.md, "Visits with a planted effect".
        """
        reached = self.spared.sum() + (self.came & self._helped()).sum()
        return {
            "effect": self.rules.effect, "capacity": self.rules.capacity, "lasting_weeks": self.rules.lasting_weeks,
            "plans": len(self.plans), "spared": int(self.spared.sum()),
            "share_spared": float(self.spared.sum() / reached) if reached else 0.0,
        }  # fmt: skip

    def _helped(self) -> np.ndarray:
        """Reports in a cell while a visit helped there, shape (n,)."""
        helped = np.zeros(len(self.stream), bool)
        index = {name: i for i, name in enumerate(self.cells.ids)}
        for told in self.plans:
            begin = self._begin((date.fromisoformat(told["week"]) - self.start.date()).days // 7)
            visited = np.zeros(len(self.cells.ids), bool)
            visited[[index[p["cell"]] for p in told["places"] if p["arm"] != "wait"]] = True
            during = (self.stream.at >= begin) & (self.stream.at < begin + self.rules.lasting_weeks * WEEK)
            helped |= visited[self.cells.of_report] & during
        return helped
