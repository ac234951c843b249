"""Is it one of the cases of the last days? A window in the worker's memory, rebuilt from the database at its start.

The window proposes by place, time and words (`bihuan.insight.duplicates`). What is suggested is always a case that a
person could merge into now: open, of the same programme, and the root when the likely parent was itself merged.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from bihuan.insight.duplicates import Proposal, Reports, Window
from bihuan.server.log_lines import log
from bihuan.suggestions import reading
from bihuan.suggestions.drafts import Kind, RankedValue, SeenCase, SuggestionDraft
from bihuan.suggestions.held import IdSet
from bihuan.suggestions.judging import MERGEABLE

DAYS = 30
SURE = 0.5  # likelier than not, by the window's calibrated score
MODEL = "duplicates:window"
TOLD = 20  # batches between two lines of the log while the window is filled
DEEPEST = 8  # merges of merges that are followed to their root

STANDING = "SELECT id, parent_id, state, programme FROM loop_case WHERE id = ANY(%s)"


class ParentStanding(NamedTuple):
    """How a proposed parent stands now."""

    parent: UUID | None
    state: str
    programme: str


class Parents:
    """The method of the task `parent`; one per worker, used by one thread.

    Args:
        days: How long a case stays a possible parent.
    """

    def __init__(self, days: float = DAYS) -> None:
        self.days = days
        self._window: Window | None = None
        self._held = IdSet()  # ids are taken in once, also when a batch has to be repeated

    def __call__(self, seen: Sequence[SeenCase]) -> list[list[SuggestionDraft]]:
        """Drafts for each case; the cases themselves become possible parents of later ones."""
        window = self.ready()
        known = self._held.has([case.id for case in seen])
        self._take_in(window, [case for case, held in zip(seen, known, strict=True) if not held])
        proposals = window.propose(window_reports(seen))
        standing = _standing({UUID(p.parent_id) for each in proposals for p in each})
        return [_drafts(case, each, standing) for case, each in zip(seen, proposals, strict=True)]

    def ready(self) -> Window:
        """Return the window, filled from the database at the first call: at the worker's start, before a report waits.

        Source: docs/topics/suggestions.md, "How it runs" (rebuilt at the worker's start).
        """
        return self._window or self.rebuild()

    def rebuild(self) -> Window:
        """Read the last days anew, in batches, telling the log how far it has come.

        Source: docs/topics/duplicates.md, "How".
        """
        begun = time.monotonic()
        window, self._held = Window(days=self.days), IdSet()
        for number, batch in enumerate(reading.recent(datetime.now(UTC) - timedelta(days=self.days)), 1):
            self._take_in(window, batch)
            if number % TOLD == 0:
                log("duplicates_window", cases=len(window), ready=False)
        log("duplicates_window", cases=len(window), ready=True, seconds=round(time.monotonic() - begun, 1))
        self._window = window
        return window

    def _take_in(self, window: Window, cases: Sequence[SeenCase]) -> None:
        if not cases:
            return
        window.add(window_reports(cases))
        self._held.add([case.id for case in cases])
        if len(self._held) > 2 * len(window) + reading.FETCH:
            self._held = IdSet()
            self._held.add([UUID(known) for known in window.store.ids])


def window_reports(cases: Sequence[SeenCase]) -> Reports:
    """Cases as the columns a window takes. Source: docs/topics/duplicates.md, "How"."""
    return Reports(
        ids=[str(case.id) for case in cases],
        times=np.array([case.opened_at.astimezone(UTC).replace(tzinfo=None) for case in cases], dtype="datetime64[s]"),
        lon=np.array([np.nan if case.lon is None else case.lon for case in cases], dtype=np.float64),
        lat=np.array([np.nan if case.lat is None else case.lat for case in cases], dtype=np.float64),
        texts=[case.words for case in cases],
        kinds=[case.category or "" for case in cases],
        places=[case.address for case in cases],
    )


def _drafts(
    case: SeenCase, proposals: Sequence[Proposal], standing: dict[UUID, ParentStanding]
) -> list[SuggestionDraft]:
    """Return the proposals a person could follow, by their roots, best first."""
    best: dict[str, Proposal] = {}
    for proposal in proposals:
        root = _root(UUID(proposal.parent_id), standing)
        if root is not None and root != case.id and _fits(case, standing[root]):
            best.setdefault(str(root), proposal)
    if not best:
        return []
    choices = tuple(RankedValue(root, round(float(p.score), 4)) for root, p in best.items())
    first = next(iter(best.values()))
    reasons = ({"kind": "same", "codes": list(first.reasons)},)
    return [SuggestionDraft(Kind.PARENT, choices, choices[0].confidence >= SURE, reasons, MODEL)]


def _fits(case: SeenCase, parent: ParentStanding) -> bool:
    return parent.programme == case.programme and parent.state in MERGEABLE


def _root(parent: UUID, standing: dict[UUID, ParentStanding]) -> UUID | None:
    for _ in range(DEEPEST):
        found = standing.get(parent)
        if found is None or found.parent is None:
            return parent if found else None
        parent = found.parent
    return None


def _standing(cases: set[UUID]) -> dict[UUID, ParentStanding]:
    """Return how these cases stand, with the cases above them (one statement per level of merging)."""
    known: dict[UUID, ParentStanding] = {}
    wanted = cases
    for _ in range(DEEPEST):
        if not wanted:
            break
        with connection.cursor() as cursor:
            cursor.execute(STANDING, [list(wanted)])
            known.update((row[0], ParentStanding(*row[1:])) for row in cursor.fetchall())
        wanted = {s.parent for s in known.values() if s.parent is not None} - known.keys()
    return known
