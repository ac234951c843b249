"""Topics 每月一题: which recurring problem stands behind many reports.

Texts become sparse vectors (vectors), likely pairs get a probability of one topic (pairs, model), communities of pairs
become topics (communities) with facts and a reasoned rank (facts, reporting). `causes` links topics that rise together,
`tracking` keeps ids over months, `emerging/` tells what is new with a controlled rate of false alarms. No Django.
Public: `find_topics(ids, titles, bodies, times, places, seed) -> list[Topic]`.
"""

from bihuan.insight.topics.facts import Topic
from bihuan.insight.topics.find import find_topics

__all__ = ["Topic", "find_topics"]
