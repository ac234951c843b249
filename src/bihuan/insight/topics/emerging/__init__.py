"""What is new: alarms over counts with a declared rate of false ones.

`ears` for young series (C1–C3), `farrington` for series of years (season, trend, past outbreaks), `scan` for clusters
in space and time with Monte-Carlo p-values, `fdr` where many series are watched at once: `watch` does that.
Counts in, p-values out: nothing here reads texts, and nothing acts on an alarm.
"""

from bihuan.insight.topics.emerging.ears import DailyAlarms, ears
from bihuan.insight.topics.emerging.farrington import Bound, farrington
from bihuan.insight.topics.emerging.fdr import benjamini_hochberg
from bihuan.insight.topics.emerging.scan import Cluster, permutation_scan, poisson_scan
from bihuan.insight.topics.emerging.watch import SeriesSignal, watch

__all__ = [
    "Bound",
    "Cluster",
    "DailyAlarms",
    "SeriesSignal",
    "benjamini_hochberg",
    "ears",
    "farrington",
    "permutation_scan",
    "poisson_scan",
    "watch",
]  # fmt: skip
