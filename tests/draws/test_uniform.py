"""Over many seeds all are drawn alike: objects, inspectors and pairs, within bounds that chance leaves rarely."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from bihuan.draws.pure.record import assigned
from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, carry_out_draw

pytestmark = pytest.mark.slow
SEEDS = 600


def _chi2(counts: Counter[str], names: list[str]) -> float:
    expected = counts.total() / len(names)
    return sum((counts[name] - expected) ** 2 / expected for name in names)


def test_objects_are_drawn_alike() -> None:
    names = [f"o{n:02d}" for n in range(40)]
    definition = DrawDefinition("uniform", "a counter", (DrawStratum("all", tuple(names), 10),), "00")
    counts: Counter[str] = Counter()
    for seed in range(SEEDS):
        counts.update(carry_out_draw(definition, [str(seed)])["drawn"]["all"])
    # Draws without replacement vary less: the statistic is χ² of 39 degrees times 30/39; its upper 1e-6 is 88 × 30/39.
    assert _chi2(counts, names) < 88 * 30 / 39


def test_inspectors_and_pairs_are_alike() -> None:
    people = [f"i{n}" for n in range(6)]
    tables = {
        "objects": [{"object": f"o{n}", "enterprise": "f", "field": "food", "departments": "d"} for n in range(2)],
        "inspectors": [{"inspector": p, "department": "d", "certificates": "food", "capacity": 4} for p in people],
        "conflicts": [],
        "enterprises": [],
    }
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for seed in range(SEEDS):
        seats, blocking = assigned(tables, f"seed {seed}")
        assert not blocking
        going = {name: sorted(s.inspector for s in seats if s.object == name) for name in ("o0", "o1")}
        singles.update(name for both in going.values() for name in both)
        pairs.update("+".join(both) for both in going.values())
    assert _chi2(singles, people) < 36, "5 degrees of freedom: one in a million lies above 36"
    assert _chi2(pairs, ["+".join(both) for both in combinations(people, 2)]) < 56, "14 degrees: one in a million"
