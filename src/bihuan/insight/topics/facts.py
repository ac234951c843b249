"""What is known of a topic: label, places, events, growth, spread, persistence, and why it ranks where it does.

Rank score = distinct events × spread × persistence × reporting correction, each factor shown. Raw calls are not a
factor: thirty calls about one leak are one event, and one well-organised group must not outrank a silent street.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from bihuan.insight.topics.pairs import TextPairs, pair_products
from bihuan.insight.topics.reporting import chance_of_silence
from bihuan.insight.topics.vectors import Vectors

SAME_EVENT = 0.8
"""Two texts with this product of body rows, or of title rows beside like bodies, tell of one event."""
SAME_HAND = 0.4
"""Less likeness is enough for texts one author sent on one day; but who reports two things reports two events."""
WEEK = 7 * 86400
COMPARED = 200
"""Each member is compared with this many that follow it in the topic, by time."""


@dataclass(frozen=True)
class TopicMessage:
    """What the facts need of one message; `time` is datetime64[s] or None."""

    id: str
    title: str
    time: np.datetime64 | None
    place: str
    names: tuple[str, ...]
    matter: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes:
        topic_id: 't' and the smallest member id: stays the same while that message is a member.
        label: A member's own title, the most central one.
        members: Ids, earliest first.
        names: Names most members' titles hold, most frequent first.
        terms: Words of the matter, most frequent first.
        places: Places of the members, most frequent first.
        first_seen, last_seen: ISO date-times in UTC, or None.
        events: Groups of member ids that tell of one event.
        growth: Events in the second half of the topic's weeks over those in the first, each plus one half.
        spread: 1 + ln(number of places).
        persistence: 1 + ln(weeks with an event).
        silence: Estimated share of such events nobody reports, 0 … 1.
        correction: 1 / (1 − silence).
        score: events × spread × persistence × correction.
        rank: From 1.
        why: {"zh": …, "en": …}, naming each factor's value.
    """

    topic_id: str
    label: str
    members: tuple[str, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]
    places: tuple[str, ...]
    first_seen: str | None
    last_seen: str | None
    events: tuple[tuple[str, ...], ...]
    growth: float
    spread: float
    persistence: float
    silence: float
    correction: float
    score: float
    rank: int
    why: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def describe_topics(
    groups: Sequence[Sequence[int]], messages: Sequence[TopicMessage], rows: Vectors, known: Sequence[str] | None = None
) -> list[Topic]:
    """Facts of each group of rows, ranked.

    Args:
        groups: Row numbers of each topic.
        messages: One per row.
        rows: The vectors the groups were found by.
        known: The event of each row where that was decided; None: told from the texts.

    Source: docs/topics/topics.md, "Rank".
    """
    if not groups:
        return []
    ordered = [sorted(group) for group in groups]
    split = _events(ordered, messages, rows) if known is None else [_by_event(group, known) for group in ordered]
    near = _nearness(ordered, rows)
    where = [Counter(messages[row].place for row in group).most_common(1)[0][0] for group in ordered]
    share = chance_of_silence([[len(event) for event in events] for events in split], where)
    drafts = [
        _draft(group, events, silence, messages, near)
        for group, events, silence in zip(ordered, split, share, strict=True)
    ]
    drafts.sort(key=lambda fact: (-fact["score"], fact["topic_id"]))
    return [Topic(rank=rank, why=_why(fact), **fact) for rank, fact in enumerate(drafts, start=1)]


def _events(groups: Sequence[Sequence[int]], messages: Sequence[TopicMessage], rows: Vectors) -> list[list[list[int]]]:
    """Each group's members joined where one text is nearly the other, or one author on one day wrote much the same."""
    pairs = _within(groups)
    title, body = pair_products(rows.title, rows.title, *pairs), pair_products(rows.body, rows.body, *pairs)
    i, j = pairs
    silent = np.diff(rows.body.indptr) == 0  # nothing but a title to go by
    alike = (body >= SAME_EVENT) | ((title >= SAME_EVENT) & ((body >= SAME_HAND) | silent[i] | silent[j]))
    moments = [m.time for m in messages]
    day = np.array([-1 if t is None else t.astype("datetime64[D]").astype(int) for t in moments], dtype=np.int64)
    own = (rows.author[i] == rows.author[j]) & (rows.author[i] >= 0) & (day[i] == day[j]) & (day[i] >= 0)
    alike |= own & ((title >= SAME_HAND) | (body >= SAME_HAND))
    graph = sp.coo_matrix((np.ones(alike.sum()), (i[alike], j[alike])), shape=(len(rows), len(rows)))
    _, label = connected_components(graph, directed=False)
    split = []
    for group in groups:
        events: dict[int, list[int]] = {}
        for row in group:
            events.setdefault(int(label[row]), []).append(row)
        split.append(list(events.values()))
    return split


def _by_event(group: Sequence[int], known: Sequence[str]) -> list[list[int]]:
    events: dict[str, list[int]] = {}
    for row in group:
        events.setdefault(known[row], []).append(row)
    return list(events.values())


def _within(groups: Sequence[Sequence[int]]) -> TextPairs:
    """Pairs inside the groups: each member with the COMPARED that follow it."""
    member = np.concatenate([np.array(group, dtype=np.int64) for group in groups])
    group = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    found = [TextPairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for step in range(1, min(COMPARED, max(len(g) for g in groups) - 1) + 1):
        same = np.flatnonzero(group[step:] == group[:-step])
        found.append(TextPairs(member[same], member[same + step]))
    return TextPairs(*(np.concatenate(side) for side in zip(*found, strict=True)))


def _nearness(groups: Sequence[Sequence[int]], rows: Vectors) -> NDArray[np.float64]:
    """How near each member's title is to the mean title of its group; 0 for rows of no group."""
    member = np.concatenate([np.array(group, dtype=np.int64) for group in groups])
    length = np.array([len(group) for group in groups])
    group = np.repeat(np.arange(len(groups)), length)
    shape = (len(groups), len(rows))
    mean = sp.csr_matrix((1.0 / length[group], (group, member)), shape=shape) @ rows.title
    near = np.zeros(len(rows))
    near[member] = pair_products(rows.title, sp.csr_matrix(mean), member, group)
    return near


def _draft(
    group: Sequence[int],
    events: Sequence[Sequence[int]],
    silence: float,
    messages: Sequence[TopicMessage],
    near: NDArray[np.float64],
) -> dict[str, Any]:
    members = [messages[row] for row in group]
    times = [m.time for m in members if m.time is not None]
    known = [[t for row in event if (t := messages[row].time) is not None] for event in events]
    starts = np.array([min(moments) for moments in known if moments], dtype="datetime64[s]")
    weeks = np.unique(starts.astype(np.int64) // WEEK) if len(starts) else np.empty(0)
    places = _frequent([m.place for m in members if m.place])
    names = _frequent([name for m in members for name in set(m.names)])
    spread = 1 + float(np.log(max(len(places), 1)))
    persistence = 1 + float(np.log(max(len(weeks), 1)))
    correction = 1 / (1 - silence)
    return {
        "topic_id": f"t{min(m.id for m in members)}",
        "label": _central(group, messages, near),
        "members": tuple(m.id for m in members),
        "names": names[:5],
        "terms": _frequent([word for m in members for word in set(m.matter)])[:8],
        "places": places,
        "first_seen": str(min(times)) if times else None,
        "last_seen": str(max(times)) if times else None,
        "events": tuple(tuple(messages[row].id for row in event) for event in events),
        "growth": _growth(starts),
        "spread": round(spread, 4),
        "persistence": round(persistence, 4),
        "silence": round(silence, 4),
        "correction": round(correction, 4),
        "score": round(len(events) * spread * persistence * correction, 4),
    }


def _central(group: Sequence[int], messages: Sequence[TopicMessage], near: NDArray[np.float64]) -> str:
    """The title nearest to the mean of the titles; among equals the shortest, then the first."""
    best = min(group, key=lambda row: (-round(float(near[row]), 6), len(messages[row].title), row))
    return messages[best].title


def _growth(starts: NDArray[np.datetime64]) -> float:
    if len(starts) < 2:
        return 1.0
    seconds = starts.astype(np.int64)
    later = int((seconds > (seconds.min() + seconds.max()) / 2).sum())
    return round((later + 0.5) / (len(seconds) - later + 0.5), 4)


def _frequent(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word, _ in sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def _why(fact: dict[str, Any]) -> dict[str, str]:
    events, calls, places = len(fact["events"]), len(fact["members"]), max(len(fact["places"]), 1)
    factors = f"{fact['spread']:.2f} × {fact['persistence']:.2f} × {fact['correction']:.2f} = {fact['score']:.2f}"
    weeks = round(float(np.exp(fact["persistence"] - 1)))
    return {
        "zh": f"{calls} 件诉求归为 {events} 个独立事件;涉及 {places} 处(广度 {fact['spread']:.2f});"
        f"{weeks} 个周有新事件(持续性 {fact['persistence']:.2f});估计 {fact['silence']:.0%} 的同类事件无人上报"
        f"(校正 {fact['correction']:.2f});得分 {events} × {factors}",
        "en": f"{calls} reports of {events} distinct events; {places} places (spread {fact['spread']:.2f}); "
        f"new events in {weeks} weeks (persistence {fact['persistence']:.2f}); an estimated {fact['silence']:.0%} of "
        f"such events unreported (correction {fact['correction']:.2f}); score {events} × {factors}",
    }
