"""What will be reported where, and where to look before anybody reports (未诉先办).

`forecast` counts per series ahead with calibrated intervals; `hotspots` ranks places for the next week; `plan` chooses
the places a week can visit, with a drawn waiting list, and `hit_rate` says what the visits found.
Pure NumPy (LightGBM when the back-test wants it), deterministic under a seed; `backtest` judges all of it on the past.
`card.md` says what was measured and where it fails. Nothing here opens a case: it proposes, with a reason.
"""

from bihuan.insight.forecast.choose import Assignment, BadPlan, Candidate, plan
from bihuan.insight.forecast.hits import HitRate, hit_rate
from bihuan.insight.forecast.model import Forecast, TooLittle, forecast
from bihuan.insight.forecast.ranking import HotSpots, hotspots

__all__ = [
    "Assignment",
    "BadPlan",
    "Candidate",
    "Forecast",
    "HitRate",
    "HotSpots",
    "TooLittle",
    "forecast",
    "hit_rate",
    "hotspots",
    "plan",
]
