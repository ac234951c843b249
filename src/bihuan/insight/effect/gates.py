"""The gates: each looks where no effect can be, and refuses the number when it finds one there.

Equivalence style: a placebo passes when its interval lies within ± margin; it refuses when it lies beyond the margin
and its interval leaves out zero; in between the data cannot tell, and the result carries a caution.
"""

from __future__ import annotations

import math

from bihuan.insight.effect.model import Design, EffectFit, Gate, Words

PLACEBOS: dict[str, tuple[str, str]] = {
    "balance": ("两组实施前的件率差异", "difference of the two groups before the start"),
    "pre_trend": ("实施前两段时间之间的走势差异", "difference of trends between two halves of the time before"),
    "placebo_time": ("假设提前实施时的“效果”", "'effect' of a start that never was"),
    "placebo_places": ("假设在未干预的最热地点实施时的“效果”", "'effect' at the hottest untreated places"),
    "placebo_outcome": ("对不可能受影响的结果的“效果”", "'effect' on an outcome that cannot be touched"),
}


def judge_placebo(name: str, fit: EffectFit, design: Design) -> Gate:
    """Judge a placebo estimate by the margin of the design.

    Source: Hartman & Hidalgo (2018), American Journal of Political Science 62:1000 (equivalence); docs/adr/0106 (5).
    """
    zh, en = PLACEBOS[name]
    found = f"{100 * math.expm1(fit.log_ratio):+.0f} % [{_percent(fit.low)}, {_percent(fit.high)}]"
    if abs(fit.log_ratio) > design.margin and fit.significant:
        says = {
            "zh": f"{zh}为 {found}，超出容许范围 ±{_margin(design)} %：对照不可比，不给出估计。",
            "en": f"The {en} is {found}, beyond ±{_margin(design)} %: the controls are not comparable, no estimate.",
        }
        return Gate(name, "refused", says, fit.log_ratio, design.margin)
    if -design.margin <= fit.low and fit.high <= design.margin:
        says = {
            "zh": f"{zh}为 {found}，在容许范围 ±{_margin(design)} % 内。",
            "en": f"The {en} is {found}, within ±{_margin(design)} %.",
        }
        return Gate(name, "pass", says, fit.log_ratio, design.margin)
    says = {
        "zh": f"{zh}为 {found}：数据不足以证明其在 ±{_margin(design)} % 以内，解读须谨慎。",
        "en": f"The {en} is {found}: too few events to show that it is within ±{_margin(design)} %; read with caution.",
    }
    return Gate(name, "caution", says, fit.log_ratio, design.margin)


def judge_draw(fit: EffectFit) -> Gate:
    """Balance of a declared draw: chance differences are allowed for by adjustment, not differences beyond chance.

    Source: docs/topics/effect.md, "The gates" (balance of the draw).
    """
    found = f"{100 * math.expm1(fit.log_ratio):+.0f} %, p = {fit.p_value:.3f}"
    if fit.p_value <= 0.002:
        says = {
            "zh": f"两组实施前相差 {found}：不像随机抽取的结果，不能按随机保留组估计。",
            "en": f"Before the start the groups differ by {found}: hardly a random draw; not estimated as one.",
        }
        return Gate("balance", "refused", says, fit.log_ratio, 0.002)
    says = {
        "zh": f"两组实施前相差 {found}，与随机抽取相符，并已在估计中调整。",
        "en": f"Before the start the groups differ by {found}, as a draw may; the estimate is adjusted for it.",
    }
    return Gate("balance", "pass", says, fit.log_ratio, 0.002)


def judge_events(before: float, expected: float, controls: float | None, design: Design) -> Gate:
    """Refuse when there are too few events for any statement. Source: docs/topics/effect.md, "The gates"."""
    least = min(before, expected, math.inf if controls is None else controls)
    counts = f"{before:.0f} / {expected:.0f}" + ("" if controls is None else f" / {controls:.0f}")
    says: Words = {
        "zh": f"事件数（干预前、预期、对照）{counts}，每项至少须 {design.least_events}。",
        "en": f"Events (before, expected after, controls) {counts}; each must be at least {design.least_events}.",
    }
    return Gate("events", "pass" if least >= design.least_events else "refused", says, least, design.least_events)


def judge_misfit(value: float, design: Design) -> Gate:
    """Refuse a synthetic control that does not follow the site before the start.

    Source: Abadie, Diamond & Hainmueller (2010), Journal of the American Statistical Association 105:493 (fit before).
    """
    limit = 2 * design.margin
    bad = value > limit
    says = {
        "zh": f"合成对照与该地点实施前的偏差为 {100 * value:.0f} %（上限 {100 * limit:.0f} %）。",
        "en": f"Before, the synthetic control misses the site by {100 * value:.0f} % (limit {100 * limit:.0f} %).",
    }
    return Gate("fit_before", "refused" if bad else "pass", says, value, limit)


def judge_overlap(share: float) -> Gate:
    """Tell how much of the treated events lies in units as hot as some control.

    Source: docs/topics/effect.md, "The gates" (overlap).
    """
    says = {
        "zh": f"{100 * share:.0f} % 的受干预地点件数水平在对照地点范围之内。",
        "en": f"{100 * share:.0f} % of the treated units are no hotter before than the hottest control.",
    }
    return Gate("overlap", "pass" if share >= 0.5 else "caution", says, share, 0.5)


def judge_interference(neighbours: int, spill: EffectFit | None) -> Gate:
    """Spill-over: named neighbours are kept out of the controls; without names it is said that nobody knows.

    Source: docs/topics/effect.md, "The gates" (spill-over).
    """
    if neighbours == 0:
        return Gate(
            "interference",
            "not run",
            {
                "zh": "未指明相邻地点，无法检查溢出：若问题只是转移到对照地点，效果会被高估。",
                "en": "No neighbours are named, so spill-over is unchecked: were problems only moved to controls, the "
                "effect would look too large.",
            },
        )
    found = "" if spill is None else f" {100 * math.expm1(spill.log_ratio):+.0f} %"
    moved = spill is not None and spill.low > 0
    says = {
        "zh": f"{neighbours} 个相邻地点不作对照；其自身变化{found}" + ("，可能有问题转移。" if moved else "。"),
        "en": f"{neighbours} neighbours serve as no controls; they changed by{found}"
        + ("; problems may have moved there." if moved else "."),
    }
    return Gate("interference", "caution" if moved else "pass", says, None if spill is None else spill.log_ratio)


def warn_alone() -> Gate:
    """Said with every series that has no controls. Source: docs/topics/effect.md, "The gates"."""
    return Gate(
        "interference",
        "caution",
        {
            "zh": "没有对照：与实施同时发生的其他变化无法排除。",
            "en": "There are no controls: anything else that changed at the same time cannot be told apart.",
        },
    )


def note_unavailable(name: str) -> Gate:
    """A placebo for which the time before is too short."""
    zh, en = PLACEBOS[name]
    says = {"zh": f"{zh}：数据不足，未检验。", "en": f"The {en} could not be looked at: too few data."}
    return Gate(name, "not run", says)


def _percent(log_ratio: float) -> str:
    return f"{100 * math.expm1(min(log_ratio, 10.0)):+.0f}"


def _margin(design: Design) -> str:
    return f"{100 * math.expm1(design.margin):.0f}"
