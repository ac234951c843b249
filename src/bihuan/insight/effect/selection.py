"""Regression to the mean: places chosen because they were hot cool down by themselves.

The window whose counts decided must not serve as the baseline. If it is unknown, a sudden rise of the treated just
before the start gives it away (a change point of their share of all events); without one, the share of the units'
spread that is chance says how far they would fall anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bihuan.insight.effect.model import Design, Floats, Gate, Mask

FALL = 0.02  # a fall by chance beyond this (log) is no longer small against what is to be measured
EVIDENCE = 5.0  # log likelihood ratio of a rise; about one false alarm in a thousand with a dozen possible splits
KEPT, FEWEST = 3, 30  # controls kept for one treated unit, and at least, when there are more
LEAST_KEPT = 2  # periods before that must remain for a window to be dropped


@dataclass(frozen=True)
class Baseline:
    """The periods before the start that may serve as baseline, and what was found."""

    before: tuple[int, ...]
    gate: Gate


def choose_baseline(counts: Floats, start: int, treated: Mask, controls: Mask, design: Design) -> Baseline:
    """Choose the baseline of units that start at `start` (index).

    Args:
        counts: (n, P) events per unit and period.
        start: First treated period.
        treated, controls: (n,) masks.
        design: Its `selection` says which periods decided, if known.

    Source: docs/adr/0106 (3, 4): the selection window is left out.
    """
    every = tuple(range(start))
    if design.selection is not None:
        return _declared(counts, every, treated, controls, design.selection)
    found = find_rise(counts[treated].sum(axis=0), counts[controls].sum(axis=0), start)
    if found:
        left = every[: start - found]
        size = _contrast(counts, every[start - found :], left, treated, controls)
        if len(left) < LEAST_KEPT:
            return Baseline(every, _refusal(size, "rise"))
        return Baseline(
            left,
            Gate(
                "regression_to_mean",
                "dropped",
                {
                    "zh": f"实施前最后 {found} 期，受干预地点的份额突然升高，疑为按件数选点的时段；该时段不计入基线。",
                    "en": f"In the last {found} periods before the start the treated places' share rose suddenly: "
                    "probably the window in which they were chosen; it is left out of the baseline.",
                },
                size,
            ),
        )
    fall = chance_fall(counts[:, :start], treated, controls)
    if fall < -FALL:
        return Baseline(every, _refusal(fall, "fall"))
    return Baseline(
        every,
        Gate(
            "regression_to_mean",
            "pass",
            {
                "zh": "未发现按件数选点的迹象；即使如此选点，自然回落也很小。",
                "en": "No sign of a choice by counts; had there been one, the fall by chance would be small.",
            },
            fall,
            FALL,
        ),
    )


def _declared(
    counts: Floats, every: tuple[int, ...], treated: Mask, controls: Mask, chosen: tuple[int, ...]
) -> Baseline:
    inside = tuple(p for p in every if p in set(chosen))
    left = tuple(p for p in every if p not in set(chosen))
    if not inside:
        says = {
            "zh": "已声明选点不依据基线期件数。",
            "en": "The places are declared not to have been chosen by counts of the baseline.",
        }
        return Baseline(left, Gate("regression_to_mean", "pass", says))
    if not left:
        return Baseline(every, _refusal(None, "all"))
    says = {
        "zh": f"选点时段（{len(inside)} 期）不计入基线。",
        "en": f"The selection window ({len(inside)} periods) is left out of the baseline.",
    }
    size = _contrast(counts, inside, left, treated, controls)
    return Baseline(left, Gate("regression_to_mean", "dropped", says, size))


def find_rise(treated: Floats, controls: Floats, start: int) -> int:
    """How many of the last periods before `start` stand out by a risen share of the treated; 0 when none do.

    Likelihood ratio of one change of the share of events, over-dispersed by what the segments themselves show.

    Args:
        treated, controls: (P,) events per period.
        start: Index of the first treated period.

    Source: Hinkley & Hinkley (1970), Biometrika 57:477 (change point of a binomial share); docs/adr/0106 (4).
    """
    ours, all_ = treated[:start], treated[:start] + controls[:start]
    best, where = 0.0, 0
    for left in range(1, start):
        spread = _dispersion(ours, all_, left)
        first, second = ours[:left].sum() / max(all_[:left].sum(), 1), ours[left:].sum() / max(all_[left:].sum(), 1)
        if second <= first:
            continue
        gain = (
            _loglik(ours[:left], all_[:left], first)
            + _loglik(ours[left:], all_[left:], second)
            - _loglik(ours, all_, ours.sum() / max(all_.sum(), 1))
        ) / spread
        if gain > best:
            best, where = gain, start - left
    return where if best > EVIDENCE else 0


def _dispersion(ours: Floats, all_: Floats, left: int) -> float:
    total, free = 0.0, max(len(ours) - 2, 1)
    for part in (slice(0, left), slice(left, None)):
        share = ours[part].sum() / max(all_[part].sum(), 1)
        if 0 < share < 1:
            total += float(
                np.sum((ours[part] - share * all_[part]) ** 2 / np.maximum(share * (1 - share) * all_[part], 1))
            )
    return max(1.0, total / free)


def _loglik(ours: Floats, all_: Floats, share: float) -> float:
    share = min(max(share, 1e-9), 1 - 1e-9)
    return float(ours.sum() * math.log(share) + (all_ - ours).sum() * math.log(1 - share))


def chance_fall(past: Floats, treated: Mask, controls: Mask) -> float:
    """Log change that chance alone would give the treated against the controls, had they been chosen by `past`.

    Only the reliable part of a unit's distance from the mean persists; reliability is the correlation of two
    interleaved halves stepped up to the whole (Spearman–Brown), with one period 1 − mean/variance (Poisson).
    Sources: Galton's regression; Morris (1983) for the shrinkage of counts.

    Args:
        past: (n, P₀) events before the start.  treated, controls: (n,) masks.
    """
    used = treated | controls
    total = past.sum(axis=1)
    mean, spread = float(total[used].mean()), float(total[used].var(ddof=1)) if used.sum() > 2 else 0.0
    if mean <= 0 or spread <= 0:
        return 0.0
    if past.shape[1] > 1:
        even, odd = past[used, ::2].sum(axis=1), past[used, 1::2].sum(axis=1)
        both = float(np.cov(even, odd)[0, 1])
        halves = math.sqrt(max(float(even.var(ddof=1) * odd.var(ddof=1)), 1e-12))
        alike = min(max(both / halves, 0.0), 1.0)
        reliable = 2 * alike / (1 + alike)
    else:
        reliable = max(0.0, 1 - mean / spread)

    def fall(group: Mask) -> float:
        own = float(total[group].mean())
        return math.log(max(mean + reliable * (own - mean), 1e-9) / max(own, 1e-9)) if own > 0 else 0.0

    return fall(treated) - fall(controls) if total[treated].mean() > total[controls].mean() else 0.0


def measure_hotness(counts: Floats, treated: Mask, others: Mask) -> tuple[float, float]:
    """How well counts tell the treated from the others: area under the curve (.5: not) and its p (Mann–Whitney).

    Source: Mann & Whitney (1947), Annals of Mathematical Statistics 18:50.
    """
    ours, theirs = counts[treated], counts[others]
    found = stats.mannwhitneyu(ours, theirs)
    return float(found.statistic) / (len(ours) * len(theirs)), float(found.pvalue)


def _contrast(counts: Floats, inside: tuple[int, ...], left: tuple[int, ...], treated: Mask, controls: Mask) -> float:
    def change(group: Mask) -> float:
        ours = counts[group]
        return math.log(
            (ours[:, list(inside)].sum() + 0.5) / len(inside) / ((ours[:, list(left)].sum() + 0.5) / len(left))
        )

    return change(treated) - (change(controls) if controls.any() else 0.0)


def _refusal(value: float | None, kind: str) -> Gate:
    zh = {
        "rise": "受干预地点在实施前突然升高，且没有更早的时期可作基线；自然回落会被误当成效果。请提供更早的数据。",
        "fall": f"受干预地点在基线期明显偏高：若正是按这些件数选点，仅凭自然回落就会下降约 {_pct(value)}%，"
        "无法与效果区分。请用 --selection 指明选点时段（或 none），或用 --holdout 指明随机保留组。",
        "all": "选点时段覆盖了全部基线期，没有未受选点影响的基线。请提供更早的数据或随机保留组。",
    }
    en = {
        "rise": "The treated places rose suddenly before the start and there is no earlier baseline: the fall "
        "that follows by itself would pass for an effect. Give earlier data.",
        "fall": "The treated places stand out in the baseline: chosen by these counts, they would fall by "
        f"about {_pct(value)} % by chance alone, which cannot be told from an effect. Name the window with "
        "--selection (or none), or a randomised hold-out with --holdout.",
        "all": "The selection window covers the whole time before: no baseline is free of it. Give earlier data or "
        "a randomised hold-out.",
    }
    return Gate("regression_to_mean", "refused", {"zh": zh[kind], "en": en[kind]}, value, FALL)


def _pct(value: float | None) -> str:
    return "?" if value is None else f"{-100 * math.expm1(value):.0f}"


def pick_warm_controls(counts: Floats, window: tuple[int, ...], treated: int, controls: Mask) -> Mask:
    """The controls nearest in heat: the hottest untreated units of the selection window, KEPT for one treated.

    Hot and cold places differ in more than their level (campaigns, new sources, habits of reporting); on real counts
    without intervention this removes most of the bias that all controls leave (card.md). Both sides were ranked by
    the same window, which is left out of the baseline, so neither falls by chance.

    Args:
        counts: (n, P).  window: Period indices of the selection.
        treated: Number of treated units.  controls: (n,) mask.

    Source: docs/adr/0106 (3): the nearest controls in heat.
    """
    wanted = max(KEPT * treated, FEWEST)
    if controls.sum() <= wanted:
        return controls
    heat = np.where(controls, counts[:, list(window)].sum(axis=1), -1.0)
    chosen = np.zeros(len(heat), bool)
    chosen[np.argsort(-heat, kind="stable")[:wanted]] = True
    return chosen
