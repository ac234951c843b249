"""Which report speaks of a case that is already there: candidates, scores, links that can be cut again.

`near` groups near-duplicate texts; `window` holds the last days and proposes parents; `model` scores pairs.
`clusters` keeps links and cuts as a log: linking never deletes a report, and cutting restores the former groups.
`synthetic` makes reports of known events to measure with; `text` turns texts into shingles and MinHash keys.
Pure: arrays in, proposals out; nothing is merged here, a person confirms.
"""

from typing import TYPE_CHECKING

from bihuan.insight.lazily import load_lazily

if TYPE_CHECKING:
    from bihuan.insight.duplicates.near import near_duplicate_groups
    from bihuan.insight.duplicates.reports import Reports
    from bihuan.insight.duplicates.window import Proposal, Window

__all__ = ["Proposal", "Reports", "Window", "near_duplicate_groups"]

__getattr__ = load_lazily(
    __name__,
    {"Proposal": "window", "Reports": "reports", "Window": "window", "near_duplicate_groups": "near"},
)
