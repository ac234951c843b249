"""The weekly preventive plan: which places are visited, and which of the equally deserving ones wait, drawn by lot.

Visiting only the hottest places proves nothing: they cool down by themselves. So a share of them waits, drawn with a
published seed that anybody can check; places in danger never wait, and nobody waits more than a few times. A part of
the capacity goes to places in areas that rarely report, because few reports are not few problems.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Arm = Literal["visit", "wait", "explore", "due", "urgent", "none"]
METHOD = "bihuan-plan/1"
HOLDOUT, EXPLORE = 0.2, 0.1  # shares that wait, and that go to areas that rarely report
RESTS = 4  # weeks after a draw in which a place, visited or waiting, takes part in no other: so its arm stays clear

REASONS: dict[Arm, str] = {
    "urgent": "涉及安全，必须到访，不参加抽签 · danger: visited without a draw",
    "due": "此前已多次等待，本周必访 · has waited long enough: visited without a draw",
    "visit": "预期收益排名靠前，抽签决定到访 · among the highest expected gains, drawn to be visited",
    "wait": "预期收益排名靠前，抽签决定等待（对照） · among the highest expected gains, drawn to wait as control",
    "explore": "所在区域诉求偏少，抽签到访以防漏报 · area rarely reports: drawn to be visited",
    "none": "本周未入选 · not among this week's places",
}


class BadPlan(ValueError):
    """A plan that cannot be drawn as asked; says which rule and what to change."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that could be visited.

    Args:
        id: Unique.
        gain: What a visit is expected to prevent or find, reports; ≥ 0.
        stratum: Waiting and visited places are balanced within each (street, kind of problem).
        rare: Its area reports rarely for its population.
        urgent: Danger to life or an outage: never waits.
        waited: How many plans in a row it was drawn to wait.
    """

    id: str
    gain: float
    stratum: str = ""
    rare: bool = False
    urgent: bool = False
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the plan says of one candidate.

    Args:
        id: The candidate's.
        arm: visit and wait were drawn against each other; explore was drawn among rare places; urgent and due are
            certain; none is not in the plan.
        probability: Chance of being visited before the draw, 0 … 1; what estimates divide by.
        stratum: The candidate's.
        why: zh · en.
    """

    id: str
    arm: Arm
    probability: float
    stratum: str
    why: str

    @property
    def visited(self) -> bool:
        """Whether a visit is planned."""
        return self.arm not in ("wait", "none")


def plan(
    candidates: Sequence[Candidate],
    capacity: int,
    holdout_share: float,
    seed: bytes,
    *,
    exploration_share: float = 0.1,
    longest_wait: int = 2,
) -> list[Assignment]:
    """Choose and draw one week's visits.

    Urgent and due places come first. Of what is left, `exploration_share` goes to rare places by lot, the rest to a
    pool of the highest gains that is larger than the capacity by the hold-out; who of the pool waits is drawn
    systematically within strata, so that each has the same chance and no stratum bears all the waiting.

    Args:
        candidates: Any order; the result does not depend on it.
        capacity: Visits this week, ≥ 0.
        holdout_share: Share of the pool that waits, 0 … 0.5.
        seed: Published bytes, for example the output of a verifiable draw; the same seed gives the same plan.
        exploration_share: Share of the capacity for rare places, 0 … 1.
        longest_wait: After so many waits in a row a place is due.

    Returns:
        One assignment per candidate, in the order given.

    Raises:
        BadPlan: a share out of bounds, an id twice, a negative gain, or more urgent places than visits.

    Source: Cochran (1977), Sampling Techniques, ch. 8 (systematic); docs/topics/forecast.md, "The preventive plan".
    """
    _check(candidates, capacity, holdout_share, exploration_share, seed)
    certain = {c.id: _certain(c, longest_wait) for c in candidates if _certain(c, longest_wait) != "none"}
    urgent = sum(arm == "urgent" for arm in certain.values())
    if urgent > capacity:
        raise BadPlan(f"{urgent} urgent places and {capacity} visits; raise the capacity, none of them may wait")
    due = sorted((c for c in candidates if certain.get(c.id) == "due"), key=_hottest)
    for late in due[capacity - urgent :]:
        del certain[late.id]  # no visit is left: it takes part in the ordinary choice
    left = capacity - len(certain)
    free = [c for c in candidates if c.id not in certain]
    exploring = min(int(left * exploration_share + 1e-9), sum(c.rare for c in free))
    pool, waiting = _pool(free, left - exploring, holdout_share, seed)
    outside = sorted(c.id for c in free if c.rare and c.id not in pool)
    explored = set(sorted(outside, key=lambda name: ticket(seed, "explore", name))[:exploring])
    chance = min(1.0, exploring / len(outside)) if outside else 0.0
    share = 1 - len(waiting) / len(pool) if pool else 0.0
    found = []
    for c in candidates:
        arm, probability = _arm(c, certain, pool, waiting, explored, share, chance)
        found.append(Assignment(c.id, arm, probability, c.stratum, REASONS[arm]))
    return found


def ticket(seed: bytes, label: str, name: str) -> int:
    """The number a candidate drew: SHA-256 of method, label, seed and id, as anybody can recompute.

    Source: docs/adr/0105 (Draw of the plan).
    """
    parts = (METHOD.encode(), label.encode(), seed, name.encode())
    return int.from_bytes(sha256(b"".join(len(p).to_bytes(8) + p for p in parts)).digest())


def _check(candidates: Sequence[Candidate], capacity: int, holdout: float, exploration: float, seed: bytes) -> None:
    if capacity < 0 or not 0 <= holdout <= 0.5 or not 0 <= exploration <= 1:
        raise BadPlan("capacity is ≥ 0, the hold-out share 0 … 0.5, the exploration share 0 … 1")
    if len(seed) < 16:
        raise BadPlan(f"a seed of {len(seed)} bytes can be guessed; give at least 16")
    if len({c.id for c in candidates}) != len(candidates):
        raise BadPlan("a candidate appears twice; list each once")
    wrong = next((c.id for c in candidates if not 0 <= c.gain < float("inf")), None)
    if wrong is not None:
        raise BadPlan(f"candidate {wrong!r}: the expected gain is a number ≥ 0")


def _certain(candidate: Candidate, longest_wait: int) -> Arm:
    if candidate.urgent:
        return "urgent"
    return "due" if candidate.waited >= longest_wait else "none"


def _hottest(candidate: Candidate) -> tuple[float, str]:
    return (-candidate.gain, candidate.id)


def _pool(free: Sequence[Candidate], visits: int, holdout: float, seed: bytes) -> tuple[set[str], set[str]]:
    """Ids of the pool, and of those in it who wait."""
    if visits <= 0:
        return set(), set()
    wished = round(visits / (1 - holdout))
    members = sorted(free, key=_hottest)[:wished]
    waiting_number = max(len(members) - visits, round(len(members) * holdout))
    ordered = sorted(members, key=lambda c: (c.stratum, ticket(seed, "order", c.id)))
    start, size = ticket(seed, "start", "") % max(len(members), 1), len(members)
    waiting = {
        c.id
        for i, c in enumerate(ordered)
        if ((i + 1) * waiting_number + start) // size > (i * waiting_number + start) // size
    }
    return {c.id for c in members}, waiting


def _arm(
    candidate: Candidate,
    certain: dict[str, Arm],
    pool: set[str],
    waiting: set[str],
    explored: set[str],
    share: float,
    chance: float,
) -> tuple[Arm, float]:
    """Arm and chance of a visit."""
    if candidate.id in certain:
        return certain[candidate.id], 1.0
    if candidate.id in pool:
        return ("wait" if candidate.id in waiting else "visit"), share
    if candidate.rare:
        return ("explore" if candidate.id in explored else "none"), chance
    return "none", 0.0
