"""Who controls whom through shares, exactly. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Holding(NamedTuple):
    """A share, in percent, that an owner holds of a company."""

    owner: str
    company: str
    share: Decimal


def controlled_by(root: str, holdings: Iterable[Holding], above: Decimal = Decimal(50)) -> set[str]:
    """Return the companies that a root controls: it and those it controls hold more than `above` percent together.

    Each holding is counted once, when its owner comes under control; circles and a share in oneself end by themselves.
    Linear in the holdings. The root is not in the answer.

    Source: 公司法第二百六十五条第（二）、（三）项.
    """
    of: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        of[holding.owner].append(holding)
    held: dict[str, Decimal] = defaultdict(Decimal)
    under = {root}
    waiting = [root]
    while waiting:
        for holding in of[waiting.pop()]:
            held[holding.company] += holding.share
            if holding.company not in under and held[holding.company] > above:
                under.add(holding.company)
                waiting.append(holding.company)
    return under - {root}
