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


def examples(full: int = FULL) -> int:
    """Return how many examples to try now: `full`, or a fifth of it in the fast stage, at least five."""
    return min(full, max(5, full // 5)) if os.environ.get(FEW) else full
