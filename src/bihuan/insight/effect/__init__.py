"""Did prevention work? An estimate against controls, with an interval, or a refusal with its reason.

`estimate(panel, design)` chooses among a randomised hold-out, never-treated controls, synthetic control and an
interrupted series by what the data allow, runs the gates, and answers with an `Effect`; `assemble` builds the panel.
Never a raw before-after comparison: the hottest places cool down by themselves (regression to the mean).
Pure NumPy and SciPy, deterministic under a seed. What it was measured on: card.md beside this file.
"""

from bihuan.insight.effect.estimating import estimate
from bihuan.insight.effect.model import Design, Effect, EffectError, Gate, Panel
from bihuan.insight.effect.reading import EffectColumns, assemble

__all__ = ["Design", "Effect", "EffectColumns", "EffectError", "Gate", "Panel", "assemble", "estimate"]
