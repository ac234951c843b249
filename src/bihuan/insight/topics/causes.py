"""Root causes: topics that share a place or what they are about, and rise together, may have one cause.

A graph over topics, not over texts. Two topics are linked when they share something specific (a place, a name, or
rare words of the matter) AND their weeks rise together (the correlation of their weekly events, tested by shifting one
of them against the other). What is linked directly or through others is one root cause. Every link says why, in zh and
en: a proposal for a person to judge, never a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from bihuan.insight.topics.facts import WEEK, Topic

LEAST_EVENTS = 3
"""Topics of fewer events have no course in time to compare."""
TOGETHER = 0.5
"""Least correlation of the square roots of weekly events."""
CHANCE = 0.05
"""Greatest share of the shifts in time that correlate as much: rising together must not be what any two do."""
WIDE = 12
"""What more topics than this share (and more than a twentieth of them) is no sign of a common cause."""


@dataclass(frozen=True)
class CauseLink:
    """Why two topics may have one cause.

    Attributes:
        first, second: Topic ids.
        places, names, terms: What they share.
        together: Correlation of their weekly events, −1 … 1.
        chance: Share of the shifts in time that give as much.
        why: {"zh": …, "en": …}.
    """

    first: str
    second: str
    places: tuple[str, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]
    together: float
    chance: float
    why: dict[str, str]


@dataclass(frozen=True)
class RootCause:
    """Topics that may have one cause: members by rank, events of all of them, and the links that hold them together."""

    cause_id: str
    label: str
    topics: tuple[str, ...]
    events: int
    links: tuple[CauseLink, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def root_causes(topics: Sequence[Topic], times: Mapping[str, np.datetime64]) -> list[RootCause]:
    """Groups of two or more topics with a likely common cause, most events first.

    Args:
        topics: As `find_topics` returns them.
        times: When each message was sent, by id; topics without any are left out.

    Source: docs/topics/topics.md, "Root causes".
    """
    chosen = [topic for topic in topics if len(topic.events) >= LEAST_EVENTS]
    courses = _courses(chosen, times)
    if courses is None:
        return []
    links = [(a, b, link) for a, b, shared in _sharing(chosen) if (link := _link(chosen, courses, a, b, shared))]
    if not links:
        return []
    ends = np.array([(a, b) for a, b, _ in links])
    size = len(chosen)
    _, label = connected_components(sp.coo_matrix((np.ones(len(ends)), ends.T), shape=(size, size)), directed=False)
    found = []
    for cause in np.unique(label[ends[:, 0]]):
        members = sorted((chosen[k] for k in np.flatnonzero(label == cause)), key=lambda topic: topic.rank)
        found.append(
            RootCause(
                cause_id=f"c{members[0].topic_id}",
                label=members[0].label,
                topics=tuple(topic.topic_id for topic in members),
                events=sum(len(topic.events) for topic in members),
                links=tuple(link for a, _, link in links if label[a] == cause),
            )
        )
    return sorted(found, key=lambda cause: (-cause.events, cause.cause_id))


def _courses(topics: Sequence[Topic], times: Mapping[str, np.datetime64]) -> NDArray[np.float64] | None:
    """Square roots of events per week, centred and of unit length; shape (topics, weeks). None for under 6 weeks."""
    starts = [
        [min(known) for event in topic.events if (known := [times[m] for m in event if m in times])] for topic in topics
    ]
    every = np.array([t for topic in starts for t in topic], dtype="datetime64[s]").astype(np.int64) // WEEK
    if not len(every) or every.max() - every.min() < 5:
        return None
    owner = np.repeat(np.arange(len(topics)), [len(topic) for topic in starts])
    counts = np.zeros((len(topics), int(every.max() - every.min()) + 1))
    np.add.at(counts, (owner, every - every.min()), 1.0)
    root = np.sqrt(counts)
    root -= root.mean(axis=1, keepdims=True)
    unit: NDArray[np.float64] = root / np.maximum(np.linalg.norm(root, axis=1, keepdims=True), 1e-9)
    return unit


def _sharing(topics: Sequence[Topic]) -> Iterator[tuple[int, int, dict[str, tuple[str, ...]]]]:
    """Pairs of topics that share a place or a name, or three terms; not what very many topics have."""
    said = [{"places": set(t.places[:3]), "names": set(t.names), "terms": set(t.terms)} for t in topics]
    count = Counter((kind, word) for topic in said for kind, words in topic.items() for word in words)
    limit = max(WIDE, len(topics) // 20)
    holders: dict[tuple[str, str], list[int]] = {}
    for place, topic in enumerate(said):
        for kind, words in topic.items():
            for word in words:
                if 1 < count[kind, word] <= limit:
                    holders.setdefault((kind, word), []).append(place)
    shared: dict[tuple[int, int], dict[str, list[str]]] = {}
    for (kind, word), who in holders.items():
        for k, a in enumerate(who):
            for b in who[k + 1 :]:
                shared.setdefault((a, b), {"places": [], "names": [], "terms": []})[kind].append(word)
    for (a, b), common in sorted(shared.items()):
        if common["places"] or common["names"] or len(common["terms"]) > 2:
            yield a, b, {kind: tuple(sorted(words)) for kind, words in common.items()}


def _link(
    topics: Sequence[Topic], courses: NDArray[np.float64], a: int, b: int, shared: dict[str, tuple[str, ...]]
) -> CauseLink | None:
    together = float(courses[a] @ courses[b])
    if together < TOGETHER:
        return None
    shifted = np.array([courses[a] @ np.roll(courses[b], k) for k in range(1, courses.shape[1])])
    chance = float((shifted >= together - 1e-9).mean())
    if chance > CHANCE:
        return None
    words = "、".join(word for kind in ("places", "names", "terms") for word in shared[kind])
    why = {
        "zh": f"共有:{words};每周新事件同升同降(相关 {together:.2f};错开时间后仍如此的占 {chance:.0%})",
        "en": f"both have: {words}; their weekly events rise together (correlation {together:.2f}; "
        f"{chance:.0%} of shifts in time give as much)",
    }
    one, two = topics[a].topic_id, topics[b].topic_id
    return CauseLink(one, two, **shared, together=round(together, 4), chance=round(chance, 4), why=why)
