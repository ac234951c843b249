"""Topics of one site: where the desk has recorded the area of each message, likeness of words is not enough.

"The heating is cold" said in thirty communities is thirty causes until somebody shows that it is one; that is the
second level's work (`causes`), which links topics and says why. So a group of messages is taken apart by their sites.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def split_by_site(groups: Sequence[Sequence[int]], sites: Sequence[str], least: int = 2) -> list[list[int]]:
    """Each group taken apart by site.

    Args:
        groups: Row numbers.
        sites: Of each row; '' where unknown. A member of unknown site stays with the group's most frequent one.
        least: Parts with fewer members are no topic.

    Returns:
        the parts, those of one group after each other, the largest first.

    Source: docs/topics/topics.md, "Rank" (a topic lies in one community).
    """
    found = []
    for group in groups:
        known = Counter(sites[row] for row in group if sites[row])
        main = min(known, key=lambda site: (-known[site], site)) if known else ""
        parts: dict[str, list[int]] = {}
        for row in group:
            parts.setdefault(sites[row] or main, []).append(row)
        found += [part for _, part in sorted(parts.items(), key=lambda p: (-len(p[1]), p[0])) if len(part) >= least]
    return found
