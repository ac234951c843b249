"""`find_topics`: from messages to topics, ranked, with the reason of each rank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.topics.communities import RESOLUTION, find_communities
from bihuan.insight.topics.facts import Topic, TopicMessage, describe_topics
from bihuan.insight.topics.model import PairModel, shipped_pair_model
from bihuan.insight.topics.sites import split_by_site
from bihuan.insight.topics.vectors import make_vectors


def find_topics(
    ids: Sequence[str],
    titles: Sequence[str],
    bodies: Sequence[str],
    times: NDArray[np.datetime64] | None = None,
    places: Sequence[str] | None = None,
    seed: int = 0,
    *,
    authors: Sequence[str] | None = None,
    sites: Sequence[str] | None = None,
    events: Sequence[str] | None = None,
    least: int = 2,
    resolution: float = RESOLUTION,
    model: PairModel | None = None,
) -> list[Topic]:
    """The topics of some messages, most pressing first; a message is in one topic or in none.

    Args:
        ids: One per message, unique.
        titles: One per message; '' where there is none (the body's beginning then serves).
        bodies: One per message.
        times: datetime64, UTC; NaT or None where unknown.
        places: Area or place of each message for the spread; '' where unknown. Without it names in titles serve.
        seed: The same seed and messages give the same topics.
        authors: Pseudonym of who wrote, only compared: who writes twice often means the same thing. None: not known.
        sites: Recorded area of each message, as fine as it is known ('' where it is not): a topic then lies in one.
        events: The event each message tells of, where people have merged what is one: equal texts are then equal
            events only if they were merged. None: told from the texts.
        least: Fewest members of a topic.
        resolution: See `communities.RESOLUTION`; higher gives smaller, purer topics.
        model: Another pair model than the shipped one.

    Raises:
        ValueError: columns of different lengths, or an id twice.

    Source: docs/topics/topics.md, "How a topic is found" and "Rank".
    """
    _check(ids, titles, bodies, times, places, authors, sites, events)
    if len(ids) < 2:
        return []
    heads = [title.strip() or body.strip()[:30] for title, body in zip(titles, bodies, strict=True)]
    days = days_of(times if times is not None else np.full(len(ids), "NaT", dtype="datetime64[s]"))
    order = np.lexsort((np.array(ids), days))
    rows, said = make_vectors(
        [heads[k] for k in order],
        [bodies[k] for k in order],
        days[order],
        [authors[k] for k in order] if authors is not None else None,
    )
    labels = find_communities(rows, model or shipped_pair_model(), seed, resolution)
    size = np.bincount(labels)
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        if size[label] >= least:
            groups.setdefault(label, []).append(row)
    kept = [groups[label] for label in sorted(groups)]
    if sites is not None:
        kept = split_by_site(kept, [sites[k] for k in order], least)
    when = None if times is None else np.asarray(times, dtype="datetime64[s]")
    messages = [
        TopicMessage(
            id=ids[k],
            title=heads[k],
            time=None if when is None or np.isnat(when[k]) else when[k],
            place=places[k] if places is not None else "",
            names=said[row].names,
            matter=said[row].matter,
        )
        for row, k in enumerate(order)
    ]
    return describe_topics(kept, messages, rows, None if events is None else [events[k] for k in order])


def days_of(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Days since 1970; what is unknown lies at the median of what is known (0 when nothing is)."""
    moments = np.asarray(times, dtype="datetime64[s]")
    days = moments.astype(np.int64) / 86400.0
    unknown = np.isnat(moments)
    days[unknown] = float(np.median(days[~unknown])) if (~unknown).any() else 0.0
    return days


def _check(ids: Sequence[str], *columns: Sequence[str] | NDArray[np.datetime64] | None) -> None:
    lengths = {len(ids)} | {len(column) for column in columns if column is not None}
    if len(lengths) > 1:
        raise ValueError(f"columns have different lengths {sorted(lengths)}; give one value per message in each")
    if len(set(ids)) < len(ids):
        raise ValueError("an id occurs twice; topics are told by id, so make the ids unique")
