"""Which method the data allow, and why — in this order of strength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bihuan.insight.effect.model import Design, EffectError, Mask, Panel, Words
from bihuan.insight.effect.selection import measure_hotness

ARM = 6  # fewest units in each arm of a draw
FEW = 5  # treated units below which they are looked at as one site
DONORS = 8  # fewest controls of a synthetic control
LONG = 8  # fewest periods before the start for a single site
BALANCED = (0.4, 0.6)  # area under the curve within which history does not tell the groups apart

REASONS: dict[str, Words] = {
    "randomised": {
        "zh": "有随机保留组：直接比较抽中与未抽中的地点，并按历史件数调整。",
        "en": "There is a randomised hold-out: places drawn are compared with places not drawn, adjusted for history.",
    },
    "balanced": {
        "zh": "未声明随机，但历史件数无法区分受干预与对照地点：按历史调整后直接比较。",
        "en": "No draw is declared, but history does not tell treated from control places: compared directly.",
    },
    "controls": {
        "zh": "没有随机保留组：与从未干预的地点比较件率变化（双重差分），选点时段不计入。",
        "en": "No hold-out: the change of rates is compared with never-treated places (difference in differences), "
        "without the selection window.",
    },
    "synthetic": {
        "zh": "受干预地点很少：由多个未干预地点加权合成对照，并以空间安慰剂检验。",
        "en": "Few treated sites: a weighted mix of untreated sites is the control, tested by placebos in space.",
    },
    "interrupted": {
        "zh": "没有足够的对照：中断时间序列，考虑趋势、季节与自相关。",
        "en": "Not enough controls: interrupted time series with trend, season and correlated errors.",
    },
}


@dataclass(frozen=True)
class Roles:
    """Who is treated, who may be a control, who was drawn into the waiting list (masks over units)."""

    treated: Mask
    controls: Mask
    holdout: Mask
    neighbours: Mask


def split_roles(panel: Panel) -> Roles:
    """Split the units.

    Raises:
        EffectError: nobody or everybody-in-every-period is treated, or a treated unit is also in the hold-out.

    Source: docs/adr/0106 (3): a treated unit is never a control.
    """
    treated, none = panel.treated, np.zeros(len(panel.units), bool)
    holdout = none if panel.holdout is None else panel.holdout
    neighbours = none if panel.neighbour is None else panel.neighbour & ~treated & ~holdout
    if not treated.any():
        raise EffectError("no unit is treated in any period", "check the column given as --treated (0/1)")
    if panel.starts[0] == 0:
        raise EffectError(
            "some unit is treated from the first period on: there is no time before",
            "give earlier periods, or say when it started with --start",
        )
    if np.any(treated & holdout):
        both = [panel.units[i] for i in np.flatnonzero(treated & holdout)[:3]]
        raise EffectError(f"treated and in the hold-out at once: {', '.join(both)}", "a unit is one or the other")
    return Roles(treated, ~treated & ~neighbours, holdout, neighbours)


def choose_method(panel: Panel, design: Design, who: Roles) -> str:
    """The strongest method the data allow.

    Raises:
        EffectError: a forced method lacks what it needs, or nothing can be compared at all.

    Source: docs/adr/0106 (1): the strongest method the data allow.
    """
    treated, controls, one_start = int(who.treated.sum()), int(who.controls.sum()), len(panel.starts) == 1
    drawn = one_start and treated >= 2 and int(who.holdout.sum()) >= 2
    lacking = {
        "randomised": not (drawn and min(treated, int(who.holdout.sum())) >= ARM),
        "balanced": not (one_start and min(treated, controls) >= ARM),
        "controls": not (treated >= 2 and controls >= 2),
        "synthetic": not (one_start and controls >= DONORS and panel.starts[0] >= LONG),
        "interrupted": not (one_start and panel.starts[0] >= LONG),
    }
    if design.method != "auto":
        if lacking[design.method]:
            raise EffectError(
                f"method {design.method}: the data lack what it needs "
                f"({treated} treated, {controls} controls, {int(who.holdout.sum())} in the hold-out, "
                f"{panel.starts[0]} periods before, {len(panel.starts)} starts)",
                "leave --method to auto, or give more units or periods",
            )
        return design.method
    if not lacking["randomised"]:
        return "randomised"
    if treated >= FEW and controls >= FEW:
        return "balanced" if not lacking["balanced"] and _alike(panel, who) else "controls"
    for method in ("synthetic", "interrupted"):
        if not lacking[method]:
            return method
    if not lacking["controls"]:
        return "controls"
    raise EffectError(
        f"nothing to compare with: {treated} treated units, {controls} controls, {panel.starts[0]} periods before",
        f"give at least {FEW} treated and {FEW} control units, or {LONG} periods before the start",
    )


def _alike(panel: Panel, who: Roles) -> bool:
    past = panel.counts[:, : panel.starts[0]].sum(axis=1)
    area, p = measure_hotness(past, who.treated, who.controls)
    return BALANCED[0] <= area <= BALANCED[1] and p > 0.1
