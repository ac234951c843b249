"""`estimate`: choose, gate, compare, answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bihuan.insight.effect import difference, gates, randomised, single
from bihuan.insight.effect.choosing import REASONS, Roles, choose_method, split_roles
from bihuan.insight.effect.difference import Wave
from bihuan.insight.effect.model import Design, Effect, EffectFit, Floats, Gate, Mask, Panel
from bihuan.insight.effect.selection import choose_baseline, pick_warm_controls

PLACEBO_LEVEL = 0.95  # of the intervals in the gates
LEAN = 20.0  # events by which the growth of a stratum outside a trial leans on that of all (a covariate only)
PLACEBO_FEWEST = 8  # units in each group of a placebo in space

Answer = tuple[EffectFit | None, list[Gate]]


def estimate(panel: Panel, design: Design | None = None, seed: int = 0) -> Effect:
    """The effect of a treatment on counts, against controls, or a refusal with its reason.

    Args:
        panel: Counts of units over periods and who was treated from when.
        design: How places were chosen, and how strict to be; None for the defaults.
        seed: Of the randomisation test; the same seed gives the same answer.

    Raises:
        EffectError: the panel allows no method at all, or lacks what a forced method needs.

    Source: docs/adr/0106; docs/topics/effect.md.
    """
    design = design or Design()
    who = split_roles(panel)
    method = choose_method(panel, design, who)
    run: dict[str, Callable[[], Answer]] = {
        "randomised": lambda: _drawn(panel, design, who.treated, who.holdout, seed, declared=True),
        "balanced": lambda: _drawn(panel, design, who.treated, who.controls, seed, declared=False),
        "controls": lambda: _controls(panel, design, who),
        "synthetic": lambda: _synthetic(panel, design, who),
        "interrupted": lambda: _interrupted(panel, design, who),
    }
    fit, found = run[method]()
    if fit is not None and panel.placebo is not None:
        other, _ = _placebo_outcome(panel, design, method, seed)
        found.append(
            gates.judge_placebo("placebo_outcome", other, design)
            if other
            else gates.note_unavailable("placebo_outcome")
        )
    refusal = next((gate.says for gate in found if gate.status == "refused"), None)
    size = {
        "treated": int(who.treated.sum()),
        "controls": int(who.holdout.sum() if method == "randomised" else who.controls.sum()),
        "periods": len(panel.periods),
        "start": [panel.periods[s] for s in panel.starts],
        "events_treated_after": float(sum(panel.counts[panel.treated_from == s, s:].sum() for s in panel.starts)),
    }
    return Effect(
        method,
        REASONS[method],
        tuple(found),
        None if refusal else fit,
        refusal,
        design.level,
        size,
        _before_after(panel),
        panel.notes,
    )


def _drawn(panel: Panel, design: Design, treated: Mask, others: Mask, seed: int, *, declared: bool) -> Answer:
    start, rng = panel.starts[0], np.random.default_rng(seed)
    trial = treated | others
    labels = treated[trial]
    after = panel.counts[trial, start:].sum(axis=1)
    exposed = _exposure(panel)[trial]
    history = _history(panel, design, trial, start)
    before = panel.counts[trial, :start].sum(axis=1)
    expected = float(after[~labels].mean() * labels.sum())
    found = [gates.judge_events(float(before[labels].sum()), expected, float(after[~labels].sum()), design)]
    if found[0].status == "refused":
        return None, found
    past = exposed[:, :start].sum(axis=1)
    none = np.zeros((len(labels), 0))
    tell = randomised.compare_drawn(before, past, none, labels, PLACEBO_LEVEL, design.permutations, rng)
    found.append(gates.judge_draw(tell) if declared else gates.judge_placebo("balance", tell, design))
    found.append(_placebo_time_drawn(panel, design, trial, labels, rng))
    found.append(_spill(panel, design))
    fit = randomised.compare_drawn(
        after, exposed[:, start:].sum(axis=1), history, labels, design.level, design.permutations, rng
    )
    return fit, found


def _history(panel: Panel, design: Design, trial: Mask, start: int) -> Floats:
    """(n, k) log rates before: of the selection window (else the last half), of the rest, and the growth elsewhere."""
    chosen = [p for p in design.selection or () if p < start] or list(range(start // 2, start))
    rest = [p for p in range(start) if p not in set(chosen)]
    columns = [_log_rate(panel, trial, window) for window in (chosen, rest) if window]
    elsewhere = ~trial & ~panel.treated
    if panel.stratum is not None and elsewhere.any():
        columns.append(_growth_elsewhere(panel, elsewhere, start)[trial])
    return np.column_stack(columns)


def _log_rate(panel: Panel, rows: Mask, window: list[int]) -> Floats:
    own = panel.counts[rows][:, window].sum(axis=1) + 0.5
    return np.asarray(np.log(own / _exposure(panel)[rows][:, window].sum(axis=1)))


def _growth_elsewhere(panel: Panel, elsewhere: Mask, start: int) -> Floats:
    """(n,) log growth of each unit's stratum among units outside the trial (they cannot know who was drawn)."""
    code = np.unique(np.asarray(panel.stratum), return_inverse=True)[1]
    sums = [
        np.bincount(code[elsewhere], part[elsewhere].sum(axis=1), minlength=int(code.max()) + 1)
        for part in (panel.counts[:, :start], panel.counts[:, start:])
    ]
    overall = sums[1].sum() / max(sums[0].sum(), 1.0)
    lean = LEAN
    return np.asarray(np.log((sums[1] + lean * overall + 0.5) / (sums[0] + lean + 0.5))[code])


def _placebo_time_drawn(panel: Panel, design: Design, trial: Mask, labels: Mask, rng: np.random.Generator) -> Gate:
    start = panel.starts[0]
    middle = start - max(start // 3, 1)
    if middle < 1 or panel.counts[trial][labels, middle:start].sum() < design.least_events:
        return gates.note_unavailable("placebo_time")
    history = _log_rate(panel, trial, list(range(middle)))[:, None]
    fake = panel.counts[trial, middle:start].sum(axis=1)
    exposed = _exposure(panel)[trial, middle:start].sum(axis=1)
    fit = randomised.compare_drawn(fake, exposed, history, labels, PLACEBO_LEVEL, design.permutations, rng)
    return gates.judge_placebo("placebo_time", fit, design)


def _controls(panel: Panel, design: Design, who: Roles) -> Answer:
    waves, found = [], []
    for start in panel.starts:
        cohort = who.treated & (panel.treated_from == start)
        chosen = choose_baseline(panel.counts, start, cohort, who.controls, design)
        found.append(chosen.gate)
        window = tuple(p for p in range(start) if p not in chosen.before)
        near = who.controls
        if window and panel.stratum is None:
            near = pick_warm_controls(panel.counts, window, int(cohort.sum()), who.controls)
        waves.append(Wave(chosen.before, tuple(range(start, len(panel.periods))), cohort, near))
    found = _worst_first(found)[:1]
    before = sum(float(panel.counts[w.treated][:, list(w.before)].sum()) for w in waves)
    control = float(panel.counts[waves[0].controls][:, list(waves[0].before)].sum())
    growth = panel.counts[waves[0].controls][:, list(waves[0].after)].sum() / max(control, 1.0)
    found.insert(0, gates.judge_events(before, float(before * growth), control, design))
    if any(gate.status == "refused" for gate in found):
        return None, found
    found += [*_in_time(panel, waves[0], design), _in_space(panel, waves[0], design)]
    past = panel.counts[:, list(waves[0].before)].sum(axis=1)
    found.append(gates.judge_overlap(float(np.mean(past[waves[0].treated] <= past[waves[0].controls].max()))))
    found.append(_spill(panel, design))
    return difference.pool_waves(panel, waves, design.level), found


def _worst_first(found: list[Gate]) -> list[Gate]:
    order = ("refused", "dropped", "caution", "pass", "not run")
    return sorted(found, key=lambda gate: order.index(gate.status))


def _in_time(panel: Panel, wave: Wave, design: Design) -> list[Gate]:
    """Pre-trend: second half of the time before against the first; placebo start: the last third against the rest."""
    answers = []
    for name, last in (("pre_trend", len(wave.before) // 2), ("placebo_time", len(wave.before) // 3)):
        if last < 1 or (name == "placebo_time" and len(wave.before) < 4):
            answers.append(gates.note_unavailable(name))
            continue
        cut = len(wave.before) - last
        fake = replace(wave, before=wave.before[:cut], after=wave.before[cut:])
        answers.append(gates.judge_placebo(name, difference.pool_waves(panel, [fake], PLACEBO_LEVEL), design))
    return answers


def _in_space(panel: Panel, wave: Wave, design: Design) -> Gate:
    """The hottest controls — by the selection window where it is known — take the place of the treated."""
    group = min(int(wave.treated.sum()), int(wave.controls.sum()) // 4)
    if group < PLACEBO_FEWEST:
        return gates.note_unavailable("placebo_places")
    window = [p for p in range(min(wave.after)) if p not in wave.before] or list(wave.before)
    heat = np.where(wave.controls, panel.counts[:, window].sum(axis=1), -1.0)
    fake = np.zeros(len(heat), bool)
    fake[np.argsort(-heat, kind="stable")[:group]] = True
    if window == list(wave.before):
        return gates.note_unavailable("placebo_places")  # chosen by the baseline itself, they would fall by chance
    pretend = Wave(wave.before, wave.after, fake, wave.controls & ~fake)
    if panel.counts[fake][:, list(wave.before)].sum() < design.least_events:
        return gates.note_unavailable("placebo_places")
    return gates.judge_placebo("placebo_places", difference.pool_waves(panel, [pretend], PLACEBO_LEVEL), design)


def _spill(panel: Panel, design: Design) -> Gate:
    who = split_roles(panel)
    if not who.neighbours.any():
        return gates.judge_interference(0, None)
    start = panel.starts[0]
    apart = who.controls & ~who.holdout if (who.controls & ~who.holdout).any() else who.controls
    wave = Wave(tuple(range(start)), tuple(range(start, len(panel.periods))), who.neighbours, apart)
    enough = panel.counts[who.neighbours, :start].sum() >= design.least_events and apart.any()
    spill = difference.pool_waves(panel, [wave], design.level) if enough else None
    return gates.judge_interference(int(who.neighbours.sum()), spill)


def _synthetic(panel: Panel, design: Design, who: Roles) -> Answer:
    start = panel.starts[0]
    chosen = choose_baseline(panel.counts, start, who.treated, who.controls, design)
    after, rates = tuple(range(start, len(panel.periods))), panel.counts / _exposure(panel)
    past = float(panel.counts[who.treated][:, list(chosen.before)].sum())
    found = [gates.judge_events(past, past * len(after) / len(chosen.before), None, design), chosen.gate]
    if any(gate.status == "refused" for gate in found):
        return None, found
    fit = single.fit_synthetic(rates, chosen.before, after, who.treated, who.controls, design.level)
    found.append(gates.judge_misfit(fit.se, design))
    cut = len(chosen.before) - max(len(chosen.before) // 3, 1)
    fake = single.fit_synthetic(
        rates, chosen.before[:cut], chosen.before[cut:], who.treated, who.controls, PLACEBO_LEVEL
    )
    found += [gates.judge_placebo("placebo_time", fake, design), _spill(panel, design)]
    exposed = float(np.mean(_exposure(panel)[who.treated][:, list(after)]))
    return replace(fit, observed=fit.observed * exposed), found


def _interrupted(panel: Panel, design: Design, who: Roles) -> Answer:
    start = panel.starts[0]
    few = int(who.controls.sum())
    chosen = choose_baseline(panel.counts, start, who.treated, who.controls, _without_controls(design, few))
    ours = panel.counts[who.treated].sum(axis=0)
    others = panel.counts[who.controls].sum(axis=0) if few else None
    exposure = None if panel.exposure is None else panel.exposure[who.treated].mean(axis=0)
    after = tuple(range(start, len(panel.periods)))
    past = float(ours[list(chosen.before)].sum())
    held = None if others is None else float(others[list(chosen.before)].sum())
    found = [gates.judge_events(past, past * len(after) / len(chosen.before), held, design), chosen.gate]
    if any(gate.status == "refused" for gate in found):
        return None, found
    fit = single.fit_interrupted(ours, exposure, panel.season, chosen.before, after, design.level, others)
    cut = len(chosen.before) - max(len(chosen.before) // 3, 2)
    fake = single.fit_interrupted(
        ours, exposure, panel.season, chosen.before[:cut], chosen.before[cut:], PLACEBO_LEVEL, others
    )
    found += [
        gates.judge_placebo("placebo_time", fake, design),
        gates.warn_alone() if others is None else _spill(panel, design),
    ]
    return fit, found


def _without_controls(design: Design, controls: int) -> Design:
    """Without controls a rise of the share cannot be seen: only a declared selection window is dropped."""
    return design if controls or design.selection is not None else replace(design, selection=())


def _placebo_outcome(panel: Panel, design: Design, method: str, seed: int) -> Answer:
    """The same comparison, same windows, on counts the treatment cannot touch."""
    assert panel.placebo is not None
    chosen = Panel(
        panel.units,
        panel.periods,
        panel.placebo,
        panel.treated_from,
        panel.exposure,
        panel.stratum,
        panel.holdout,
        panel.neighbour,
        season=panel.season,
    )
    if panel.placebo.sum() < 2 * design.least_events:
        return None, []
    forced = replace(design, method=method, selection=design.selection or (), level=PLACEBO_LEVEL)  # type: ignore[arg-type]  # method is one of METHODS
    return estimate(chosen, forced, seed).fit, []


def _exposure(panel: Panel) -> Floats:
    return np.ones_like(panel.counts) if panel.exposure is None else panel.exposure


def _before_after(panel: Panel) -> float | None:
    """What a raw before-after comparison would say, in percent — shown as a warning, never as the answer."""
    exposure = _exposure(panel)
    inside = (panel.treated_from[:, None] <= np.arange(len(panel.periods))) & panel.treated[:, None]
    outside = panel.treated[:, None] & ~inside
    past, future = panel.counts[outside].sum(), panel.counts[inside].sum()
    if past <= 0:
        return None
    return 100 * math.expm1(
        math.log(max(future, 0.5) / exposure[inside].sum()) - math.log(past / exposure[outside].sum())
    )
