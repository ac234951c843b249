"""The stream of reports: who would report what, where and when, drawn in one go as columns.

Whether a drawn report really happens is decided in the run: a mended root cause brings no more reports, and a repeat
needs an unsolved first report. Dropping points of a Poisson stream leaves a Poisson stream, so this is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bihuan.simulator.causes import DAY, Cause, season_factor
from bihuan.simulator.geography import E6, Map
from bihuan.simulator.parameters import ComplaintKind, Parameters

DICE = 64
STREETWISE = ("road", "venue.park", "venue.works", "venue.bus")


@dataclass(frozen=True)
class ReportStream:
    """Reports in order of time; every field is an array of the same length n."""

    at: np.ndarray  # int64, seconds since the epoch
    kind: np.ndarray  # int16, index into the kinds
    community: np.ndarray  # int16, index into the map
    pick: np.ndarray  # int16, which place of the community
    event: np.ndarray  # int32: reports of one event are duplicates of each other
    cause: np.ndarray  # int32, root cause or -1
    after: np.ndarray  # int32, the report this one repeats if that stays unsolved, or -1
    resident: np.ndarray  # int64, who reports (community × 100000 + number); -1 for an employee
    lon_e6: np.ndarray  # int32, where it truly is
    lat_e6: np.ndarray
    place: np.ndarray  # int8: 0 none stated, 1 true place stated, 2 default coordinates stated
    city: np.ndarray  # bool: came through the city above, with its number and clock
    dice: np.ndarray  # float32, shape (n, DICE): the luck of each case, independent of processing order

    def __len__(self) -> int:
        return len(self.at)


@dataclass
class _Draft:
    at: np.ndarray
    kind: np.ndarray
    community: np.ndarray
    pick: np.ndarray
    event: np.ndarray
    cause: np.ndarray


def month_days(start: datetime, days: int) -> np.ndarray:
    """MMDD of each day as integers, shape (days,)."""
    return np.array([int((start + timedelta(days=i)).strftime("%m%d")) for i in range(days)])


def draw_arrivals(
    kinds: tuple[ComplaintKind, ...],
    map_: Map,
    causes: list[Cause],
    p: Parameters,
    start: datetime,
    days: int,
    per_day: float,
    rng: np.random.Generator,
) -> ReportStream:
    """All reports that could happen in `days` days from the local midnight `start` (zone-aware).

    Source: docs/topics/simulator.md, "What is played"; thinning: Lewis & Shedler (1979), Naval Research Logistics
        26:403.
    """
    base = _base(kinds, map_, p, start, days, per_day * (1 - p.causes.share), rng)
    caused = _caused(kinds, causes, p, start, rng, first_event=len(base.at))
    joined = _Draft(*(np.concatenate([getattr(base, f), getattr(caused, f)]) for f in _Draft.__annotations__))
    after = np.full(len(joined.at), -1)
    joined, after = _with_repeats(joined, after, p, start, days, rng)
    return _finish(joined, after, kinds, map_, p, rng)


def _base(
    kinds: tuple[ComplaintKind, ...],
    map_: Map,
    p: Parameters,
    start: datetime,
    days: int,
    per_day: float,
    rng: np.random.Generator,
) -> _Draft:
    dates = month_days(start, days)
    weekday = np.array([(start + timedelta(days=i)).weekday() for i in range(days)])
    rate = np.stack([k.weight * season_factor(k, dates) * np.array(p.weekdays[k.weekday])[weekday] for k in kinds])
    rate *= per_day * days / rate.sum()
    counts = rng.poisson(rate)
    kind, day = (np.repeat(x.ravel(), counts.ravel()) for x in np.indices(counts.shape))
    n = len(kind)
    pressure = map_.population * map_.reporting
    community = rng.choice(len(map_), size=n, p=pressure / pressure.sum())
    at = int(start.timestamp()) + day * DAY + _seconds_of_day(kinds, kind, p, rng)
    return _Draft(at, kind, community, rng.integers(0, 6, n), np.arange(n), np.full(n, -1))


def _caused(
    kinds: tuple[ComplaintKind, ...],
    causes: list[Cause],
    p: Parameters,
    start: datetime,
    rng: np.random.Generator,
    first_event: int,
) -> _Draft:
    rows: list[tuple[np.ndarray, ...]] = []
    event = first_event
    for cause in causes:
        rule = kinds[cause.kind].cause
        burst = rule.burst if rule is not None else 1.0
        events = rng.poisson(cause.expected / burst)
        begin = max(cause.start, int(start.timestamp()))
        u = np.sqrt(rng.random(events)) if cause.growing else rng.random(events)
        moment = begin + (u * max(1, cause.end - begin)).astype(np.int64)
        local_midnight = moment - (moment - int(start.timestamp())) % DAY
        kind = np.full(events, cause.kind)
        first = local_midnight + _seconds_of_day(kinds, kind, p, rng)
        size = 1 + rng.poisson(burst - 1, events)
        which = np.repeat(np.arange(events), size)
        later = (rng.exponential(9 * 3600, len(which)) * (np.r_[True, which[1:] != which[:-1]] == 0)).astype(np.int64)
        where = rng.choice(np.array(cause.communities), size=events)
        n = len(which)
        rows.append((
            first[which] + later, kind[which], where[which], np.full(n, cause.pick), event + which, np.full(n, cause.id)
        ))  # fmt: skip
        cause.events = list(range(event, event + events))
        event += events
    if not rows:
        return _Draft(*(np.empty(0, np.int64) for _ in range(6)))
    return _Draft(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _seconds_of_day(
    kinds: tuple[ComplaintKind, ...], kind: np.ndarray, p: Parameters, rng: np.random.Generator
) -> np.ndarray:
    """Seconds after local midnight, by the daily rhythm of each kind."""
    out = np.empty(len(kind), np.int64)
    for name, weights in p.profiles.items():
        mine = np.flatnonzero(np.array([k.hours == name for k in kinds])[kind]) if len(kind) else np.empty(0, int)
        share = np.array(weights) / np.sum(weights)
        out[mine] = rng.choice(24, size=len(mine), p=share) * 3600 + rng.integers(0, 3600, len(mine))
    return out


def _with_repeats(
    d: _Draft, after: np.ndarray, p: Parameters, start: datetime, days: int, rng: np.random.Generator
) -> tuple[_Draft, np.ndarray]:
    """Adds, for some reports, the one their reporter would make again; keeps what lies in the period; sorts by time."""
    again = np.flatnonzero(rng.random(len(d.at)) < p.repeat.share)
    low, high = p.repeat.after_days
    when = d.at[again] + ((low + (high - low) * rng.random(len(again))) * DAY).astype(np.int64)
    at = np.concatenate([d.at, when])
    source = np.concatenate([np.arange(len(d.at)), again])
    after = np.concatenate([after, again])
    end = int((start + timedelta(days=days)).timestamp())
    keep = np.flatnonzero((at >= int(start.timestamp())) & (at < end))
    order = keep[np.argsort(at[keep], kind="stable")]
    position = np.full(len(at), -1)
    position[order] = np.arange(len(order))
    after = np.where(after[order] >= 0, position[after[order]], -1)
    orphan = (after < 0) & (order >= len(d.at))  # its first report fell outside the period
    order, after = order[~orphan], after[~orphan]
    shift = np.cumsum(orphan)
    after = np.where(after >= 0, after - shift[np.maximum(after, 0)], -1)
    src = source[order]
    return _Draft(at[order], d.kind[src], d.community[src], d.pick[src], d.event[src], d.cause[src]), after


def _finish(
    d: _Draft, after: np.ndarray, kinds: tuple[ComplaintKind, ...], map_: Map, p: Parameters, rng: np.random.Generator
) -> ReportStream:
    n = len(d.at)
    events = int(d.event.max(initial=-1)) + 1
    offset = rng.normal(0, 450, (events, 2))  # an event's place: about 50 m around its community's centre
    jitter = rng.normal(0, 180, (n, 2))  # each reporter points a little beside it
    lon = map_.lon_e6[d.community] + offset[d.event, 0] * 3 + jitter[:, 0]
    lat = map_.lat_e6[d.community] + offset[d.event, 1] * 3 + jitter[:, 1]
    box = p.box
    resident = _residents(d.community, map_, p, rng)
    streetwise = np.array([k.place in STREETWISE for k in kinds])[d.kind]
    employee = streetwise & (rng.random(n) < p.employee_share) & (after < 0)
    resident = np.where(employee, -1, resident)
    resident = np.where(after >= 0, resident[np.maximum(after, 0)], resident)
    stated = np.where(rng.random(n) < p.no_place_share, 0, np.where(rng.random(n) < p.default_share, 2, 1))
    return ReportStream(
        at=d.at.astype(np.int64), kind=d.kind.astype(np.int16), community=d.community.astype(np.int16),
        pick=d.pick.astype(np.int16), event=d.event.astype(np.int32), cause=d.cause.astype(np.int32),
        after=after.astype(np.int32), resident=resident.astype(np.int64),
        lon_e6=np.clip(np.rint(lon), box.west * E6, box.east * E6).astype(np.int32),
        lat_e6=np.clip(np.rint(lat), box.south * E6, box.north * E6).astype(np.int32),
        place=np.where(employee, 1, stated).astype(np.int8), city=(rng.random(n) < p.city_share) & ~employee,
        dice=rng.random((n, DICE), dtype=np.float32),
    )  # fmt: skip


def _residents(community: np.ndarray, map_: Map, p: Parameters, rng: np.random.Generator) -> np.ndarray:
    """Return who reports: numbers within the community; the few frequent reporters have the lowest numbers."""
    people = map_.population[community]
    few = np.maximum(1, (people * p.frequent.share).astype(np.int64))
    heavy = few * p.frequent.weight / (few * p.frequent.weight + (people - few))
    pick = rng.random(len(community))
    number = np.where(rng.random(len(community)) < heavy, (pick * few), few + pick * (people - few)).astype(np.int64)
    numbered: np.ndarray = community.astype(np.int64) * 100_000 + number
    return numbered
