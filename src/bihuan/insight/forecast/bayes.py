"""Level, day profile and dispersion of many sparse count series at once, each shrunk towards its groups.

A closed form, no iteration: the mean of series s on day t is level_s · profile_s[kind of t]. The level is a
Gamma–Poisson posterior over exponentially discounted days (power discounting, Harvey & Fernandes 1989, JBES 7:407);
its prior is the two-way product of the groups' shares. The profile is shrunk series → groups → all. Days on which a
whole group bursts (a storm) enter only up to a bound, else they would lift the level for weeks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast import daykinds

Numbers = NDArray[np.float64]
Groups = tuple[NDArray[np.intp], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Prior strengths, all in events or periods; chosen on rolling origins of development data.

    Args:
        memories: Half-lives of the level, in periods; the levels are averaged on the log scale.
        level_prior: Weight of the groups' level, in average periods of exposure.
        group_profile: Events that weigh as much as the profile of all, for a group.
        series_profile: The same for a series against its groups.
        dispersion_prior: Squared expected events that weigh as much as the groups' dispersion.
        burst: A group's day counts at most mean + burst · standard deviation.
    """

    memories: tuple[float, ...] = (10.0, 30.0, float("inf"))
    level_prior: float = 3.0
    group_profile: float = 300.0
    series_profile: float = 400.0
    dispersion_prior: float = 20.0
    burst: float = 3.0


DAILY = Settings()
WEEKLY = Settings(memories=(3.0, 8.0, float("inf")), level_prior=1.0)
ALPHA = (0.02, 8.0)  # bounds of the dispersion
TINY = 1e-4  # smallest level, events a period


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """What one origin says.

    Args:
        mean: Expected counts, shape (series, horizon).
        alpha: Dispersion per series, shape (series,).
        levels: One level per memory, shape (series, memories).
        profile: Multiplier per day kind, shape (series, kinds); its mean over the ordinary kinds is 1.
    """

    mean: Numbers
    alpha: Numbers
    levels: Numbers
    profile: Numbers


def fit_series(counts: Numbers, kinds: NDArray[np.intp], groups: Groups, settings: Settings = DAILY) -> SeriesFit:
    """Fit all series on their past and expect their future.

    Args:
        counts: Shape (series, periods), ≥ 0.
        kinds: Kind of each period of past and future, shape (periods + horizon,); all 0 without a cycle.
        groups: For each grouping column the code of every series, shape (series,); may be empty.
        settings: Prior strengths.

    Source: Harvey & Fernandes (1989), Journal of Business & Economic Statistics 7:407; docs/adr/0105.
    """
    periods = counts.shape[1]
    past, future = kinds[:periods], kinds[periods:]
    tamed = tame_bursts(counts, past, groups, settings)
    profile = shrink_profiles(tamed, past, groups, settings, kinds)
    levels, long_run = _levels(tamed, past, profile, groups, settings)
    level = np.exp(np.log(levels).mean(axis=1))
    alpha = _dispersion(tamed, long_run, profile, past, groups, settings)
    return SeriesFit(level[:, None] * profile[:, future], alpha, levels, profile)


def sum_groups(values: Numbers, codes: NDArray[np.intp]) -> Numbers:
    """Sum the rows of each group: (series, …) → (groups, …)."""
    order = np.argsort(codes, kind="stable")
    heads = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    return np.asarray(np.add.reduceat(values[order], heads, axis=0), dtype=np.float64)


def tame_bursts(counts: Numbers, past: NDArray[np.intp], groups: Groups, settings: Settings = DAILY) -> Numbers:
    """Counts with each group's bursts scaled down to the bound; a new array.

    Source: docs/topics/forecast.md, "How the numbers come about" (2).
    """
    tamed = counts.astype(np.float64, copy=True)
    everything = np.zeros(counts.shape[0], dtype=np.intp)
    for codes in (*groups, everything):
        if codes.max() + 1 > counts.shape[0] * 0.5 and codes is not everything:
            continue  # groups that are single series have no burst to tell from their own noise
        total = sum_groups(tamed, codes)
        scale = np.minimum(1.0, _bound(total, past, settings.burst) / np.maximum(total, 1e-9))
        tamed *= scale[codes]
    return tamed


def _bound(total: Numbers, past: NDArray[np.intp], burst: float) -> Numbers:
    ones = np.ones((1, _count(past)))
    expected = total.mean(axis=1, keepdims=True) * _shrunk(_by_kind(total, past), _days(past), ones, 50.0)[:, past]
    expected *= np.median(total.sum(axis=0) / np.maximum(expected.sum(axis=0), 1e-9))
    extra = ((total - expected) ** 2 - expected).sum(axis=1) / np.maximum((expected**2).sum(axis=1), 1e-9)
    alpha = np.clip(extra, 0.02, 0.5)[:, None]
    return np.asarray(expected + burst * np.sqrt(expected + alpha * expected**2) + 2, dtype=np.float64)


def shrink_profiles(
    tamed: Numbers, past: NDArray[np.intp], groups: Groups, settings: Settings, kinds: NDArray[np.intp]
) -> Numbers:
    """Multiplier per day kind: series shrunk to the product of its groups' profiles, those to that of all.

    Source: docs/topics/forecast.md, "How the numbers come about" (1).
    """
    count = _count(kinds)
    if count == 1:
        return np.ones((tamed.shape[0], 1))
    days, events = _days(past, count), _by_kind(tamed, past, count)
    whole = _whole(events.sum(axis=0), days)
    prior = np.ones((tamed.shape[0], 1)) * whole
    for codes in groups:
        prior = prior * (_shrunk(sum_groups(events, codes), days, whole, settings.group_profile) / whole)[codes]
    return _shrunk(events, days, prior, settings.series_profile)


def _whole(events: Numbers, days: Numbers) -> Numbers:
    """Profile of everything, shape (1, kinds). A holiday starts as a Sunday, a make-up day as a working day."""
    rate = np.full(len(days), max(events.sum() / max(days.sum(), 1.0), TINY))
    seen = days > 0
    rate[seen] = (events[seen] + rate[seen]) / (days[seen] + 1.0)
    if len(days) > 7:
        guesses = {daykinds.HOLIDAY: rate[6], daykinds.MAKE_UP: rate[:5].mean()}
        for kind, guess in guesses.items():
            if kind < len(days):
                rate[kind] = (events[kind] + guess) / (days[kind] + 1.0)
    return np.asarray((rate / rate[:7].mean())[None, :], dtype=np.float64)


def _shrunk(events: Numbers, days: Numbers, prior: Numbers, strength: float) -> Numbers:
    """Gamma–Poisson multipliers on the prior profile; `strength` events in all weigh as much as the data."""
    level = events.sum(axis=-1, keepdims=True) / np.maximum((days * prior).sum(axis=-1, keepdims=True), 1e-9)
    each = strength / len(days)
    found = prior * (events + each) / (days * prior * level + each)
    return np.asarray(found / found[:, :7].mean(axis=-1, keepdims=True), dtype=np.float64)


def _levels(
    tamed: Numbers, past: NDArray[np.intp], profile: Numbers, groups: Groups, settings: Settings
) -> tuple[Numbers, Numbers]:
    """Levels per memory (series, memories) and the long-run level (series,)."""
    ages = np.arange(tamed.shape[1])[::-1]
    exposure = profile @ _one_hot(past, profile.shape[1]).T.sum(axis=1)
    events = tamed.sum(axis=1)
    prior = _prior(events, groups) / exposure.mean()
    long_run = (events + settings.level_prior * prior) / (exposure + settings.level_prior)
    found = []
    for half in settings.memories:
        weights = 0.5 ** (ages / half)
        seen = tamed @ weights
        exposed = profile @ (_one_hot(past, profile.shape[1]) * weights[:, None]).sum(axis=0)
        pull = 2 * settings.level_prior
        found.append((seen + pull * long_run) / (exposed + pull))
    return np.maximum(np.stack(found, axis=1), TINY), np.maximum(long_run, TINY)


def _prior(events: Numbers, groups: Groups) -> Numbers:
    """Events expected of each series from its groups' shares, as if they were independent."""
    total = max(events.sum(), 1e-9)
    share = np.ones(len(events))
    cells = 1.0
    for codes in groups:
        share *= sum_groups(events, codes)[codes] / total
        cells *= codes.max() + 1
    if not groups:
        return np.full(len(events), total / len(events))
    return np.asarray(share * total, dtype=np.float64)


def _dispersion(
    tamed: Numbers, level: Numbers, profile: Numbers, past: NDArray[np.intp], groups: Groups, settings: Settings
) -> Numbers:
    """Moment estimate of alpha per series, shrunk to its groups' (multiplied relative to that of all)."""
    expected = level[:, None] * profile[:, past]
    extra = ((tamed - expected) ** 2 - expected).sum(axis=1)
    base = (expected**2).sum(axis=1)
    whole = float(np.clip(extra.sum() / max(base.sum(), 1e-9), 0.05, 5.0))
    prior = np.full(len(level), whole)
    for codes in groups:
        of_group = (sum_groups(extra, codes) + 30 * whole) / (sum_groups(base, codes) + 30)
        prior *= (np.clip(of_group, ALPHA[0], 5.0) / whole)[codes]
    return np.asarray(
        np.clip((extra + settings.dispersion_prior * prior) / (base + settings.dispersion_prior), *ALPHA),
        dtype=np.float64,
    )


def _count(kinds: NDArray[np.intp]) -> int:
    """Number of kinds: 1 without a cycle, 7 with weekdays, 9 with a calendar."""
    top = int(kinds.max()) + 1
    return 1 if top == 1 and not kinds.any() else max(7, daykinds.COUNT if top > 7 else 7)


def _one_hot(past: NDArray[np.intp], count: int) -> Numbers:
    return np.eye(count)[past]


def _days(past: NDArray[np.intp], count: int | None = None) -> Numbers:
    return np.bincount(past, minlength=count or _count(past)).astype(np.float64)


def _by_kind(values: Numbers, past: NDArray[np.intp], count: int | None = None) -> Numbers:
    """Events per kind of day, shape (rows, kinds)."""
    return np.asarray(values @ _one_hot(past, count or _count(past)), dtype=np.float64)
