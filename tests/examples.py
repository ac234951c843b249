"""How many examples a property is tried on: few in the fast stage, as many as it says in every other run.

The stage of slow tests repeats every property with the full number (tests/stages.py), so that nothing is tried less
than it says before a change is taken in.
"""

from __future__ import annotations

import os

FEW = "BIHUAN_FEW_EXAMPLES"
"""The environment variable by which the fast stage asks for few examples."""

FULL = 100
"""The number for a property that names none; Hypothesis' own."""


USUAL = 40
WALKS = int(os.environ.get("BIHUAN_EXAMPLES", str(USUAL)))
"""How often a case type is walked; a long run asks for many, and for new ones each time (docs/topics/simulator.md)."""


def share(total: int, among: int, least: int) -> int:
    """Return how many of `total` walks each of `among` alike gets, at least `least`.

    What is walked over every declared programme grows with their number; what it proves of the engine does not.

    Args:
        total: For all together, when no long run asks for more.
        among: Case types, clocks, or what else is walked.
        least: What each needs to be met at all.
    """
    return max(least, total // max(1, among)) * WALKS // USUAL


def examples(full: int = FULL) -> int:
    """Return how many examples to try now: `full`, or a fifth of it in the fast stage, at least five."""
    return min(full, max(5, full // 5)) if os.environ.get(FEW) else full
