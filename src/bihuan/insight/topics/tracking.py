"""Stable topic ids from month to month: births, continuations, merges, splits and deaths; and how stable topics are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

OVERLAP = 0.3
"""Least share of the smaller topic's shared members that makes two topics one story."""
ALIKE = 0.5
"""Least cosine of the terms that does so when two topics share no member (the next month has other messages)."""


@dataclass(frozen=True)
class Snapshot:
    """A topic as tracking needs it.

    Attributes:
        topic_id: Its id in its own month.
        members: Message ids.
        terms: Weight of each name or term, positive.
    """

    topic_id: str
    members: frozenset[str]
    terms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TopicChange:
    """What became of topics: kind is birth, continuation, merge, split or death; ids are the stable ones."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Tracked:
    """Stable id of each new topic (by its own month's id), and the changes, in order of id."""

    stable: dict[str, str]
    changes: tuple[TopicChange, ...]


def topic_similarity(old: Snapshot, new: Snapshot) -> float:
    """Shared members over the smaller topic, or, where none is shared, cosine of terms if at least ALIKE; 0 … 1.

    Sharing members always outranks sharing words: the cosine counts below any overlap that counts.

    Source: docs/topics/topics.md, "Months and alarms".
    """
    smaller = min(len(old.members), len(new.members))
    shared = len(old.members & new.members) / smaller if smaller else 0.0
    if shared >= OVERLAP:
        return shared
    alike = _cosine(old.terms, new.terms)
    return OVERLAP * alike if alike >= ALIKE else 0.0


def follow_topics(old: Sequence[Snapshot], new: Sequence[Snapshot]) -> Tracked:
    """Carry stable ids over from one month's topics to the next's.

    Each new topic continues the old topic most like it, each old one is continued by at most one: the pairs are taken
    in order of likeness (then id). A new topic like several old ones is a merge, an old one like several new ones a
    split; the strongest pair keeps the id, and the others of a split get an id of their own.

    Args:
        old: Last month's topics; `topic_id` is already the stable id.
        new: This month's topics under ids of their own.

    Source: docs/topics/topics.md, "Months and alarms" (births, continuations, merges, splits, deaths).
    """
    links = [
        (topic_similarity(a, b), a.topic_id, b.topic_id) for a, b in _related(old, new) if topic_similarity(a, b) > 0
    ]
    links.sort(key=lambda link: (-link[0], link[1], link[2]))
    stable: dict[str, str] = {}
    taken: set[str] = set()
    for _, before, after in links:
        if after not in stable and before not in taken:
            stable[after] = before
            taken.add(before)
    used = {topic.topic_id for topic in old}
    for topic in new:
        if topic.topic_id not in stable:
            stable[topic.topic_id] = _fresh(topic.topic_id, used)
        used.add(stable[topic.topic_id])
    return Tracked(stable, tuple(_changes(old, new, links, stable)))


def _related(old: Sequence[Snapshot], new: Sequence[Snapshot]) -> list[tuple[Snapshot, Snapshot]]:
    """Pairs sharing a member or a term: all others have likeness 0."""
    index: dict[str, set[int]] = {}
    for place, topic in enumerate(old):
        for key in [*(f"m{m}" for m in topic.members), *(f"t{t}" for t in topic.terms)]:
            index.setdefault(key, set()).add(place)
    pairs = []
    for topic in new:
        keys = [*(f"m{m}" for m in topic.members), *(f"t{t}" for t in topic.terms)]
        near = set().union(*(index.get(key, set()) for key in keys))
        pairs += [(old[place], topic) for place in sorted(near)]
    return pairs


def _fresh(wanted: str, used: set[str]) -> str:
    if wanted not in used:
        return wanted
    number = next(n for n in range(2, len(used) + 3) if f"{wanted}-{n}" not in used)
    return f"{wanted}-{number}"


def _changes(
    old: Sequence[Snapshot],
    new: Sequence[Snapshot],
    links: Sequence[tuple[float, str, str]],
    stable: Mapping[str, str],
) -> list[TopicChange]:
    parents: dict[str, list[str]] = {}
    heirs: dict[str, list[str]] = {}
    for _, before, after in links:
        parents.setdefault(after, []).append(before)
        heirs.setdefault(before, []).append(stable[after])
    changes = []
    for topic in new:
        own = stable[topic.topic_id]
        earlier = tuple(sorted(parents.get(topic.topic_id, [])))
        if not earlier:
            changes.append(TopicChange("birth", (), (own,)))
        elif len(earlier) > 1:
            changes.append(TopicChange("merge", earlier, (own,)))
        elif own in earlier:
            changes.append(TopicChange("continuation", earlier, (own,)))
    for topic in old:
        later = tuple(sorted(set(heirs.get(topic.topic_id, []))))
        if not later:
            changes.append(TopicChange("death", (topic.topic_id,), ()))
        elif len(later) > 1:
            changes.append(TopicChange("split", (topic.topic_id,), later))
    return sorted(changes, key=lambda change: (change.kind, change.before, change.after))


def stability(one: Iterable[Iterable[str]], two: Iterable[Iterable[str]]) -> float:
    """Adjusted Rand index of two runs over the messages that are in a topic in both; 1 is the same, 0 chance.

    Compare runs over overlapping months, or over resampled messages, with what they have in common.

    Raises:
        ValueError: fewer than two messages are in a topic in both runs.

    Source: Hubert & Arabie (1985), Journal of Classification 2:193 (adjusted Rand index).
    """
    from sklearn.metrics import adjusted_rand_score

    first = {member: n for n, topic in enumerate(one) for member in topic}
    second = {member: n for n, topic in enumerate(two) for member in topic}
    both = sorted(first.keys() & second.keys())
    if len(both) < 2:
        raise ValueError("fewer than two messages are in a topic in both runs; compare runs that overlap")
    return float(adjusted_rand_score([first[m] for m in both], [second[m] for m in both]))


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    norm = sum(w * w for w in a.values()) * sum(w * w for w in b.values())
    return float(sum(w * b.get(term, 0.0) for term, w in a.items()) / norm**0.5) if norm else 0.0
