"""Provenance: does the chain of an entry's references reach an entry of a certain kind? Payment → contract → grant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class ChainLink(NamedTuple):
    """What tracing asks of an entry: what it rests on, and the accounts it credits."""

    ref: str
    credits: frozenset[str]


def reaches(links: Mapping[str, ChainLink], start: str, meets: Callable[[str], bool]) -> bool:
    """Tell whether an entry, or one that it rests on, credits an account that `meets` accepts.

    Args:
        links: Every posted entry by number.
        start: The entry that asks; a chain that closes upon itself ends.
        meets: Whether an account is one of those looked for.

    Source: docs/adr/0260-books.md (provenance chain).
    """
    seen: set[str] = set()
    while start in links and start not in seen:
        seen.add(start)
        link = links[start]
        if any(meets(account) for account in link.credits):
            return True
        start = link.ref
    return False
