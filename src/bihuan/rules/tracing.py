"""Provenance: does the chain of an entry's references reach an entry of a certain kind? Payment → contract → grant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from bihuan.rules.journal import Draft, Key


def untraced(
    entries: Mapping[Key, Draft], leaves: Callable[[str], bool], origin: Callable[[str], bool], *, also: str = "\n"
) -> list[Key]:
    """Numbers of entries that credit an account, are no reversal, and rest on nothing that credits an origin.

    Args:
        entries: Every posted entry by number. Linear in them.
        leaves: Whether an account is one that nothing may leave without an origin.
        origin: Whether an account is one that a chain must reach.
        also: What parts several references of one entry.

    Returns:
        In the order of numbers. A chain that closes upon itself reaches nothing.

    Source: docs/adr/0260-books.md (7).
    """
    rests: defaultdict[Key, list[Key]] = defaultdict(list)
    reached: list[Key] = []
    asked: list[Key] = []
    leaving: dict[str, bool] = {}
    coming: dict[str, bool] = {}
    for key, draft in entries.items():
        for ref in draft.ref.split(also) if draft.ref else ():
            rests[ref].append(key)
        credited = [line.account for line in draft.lines if line.credit]
        if any(_known(coming, account, origin) for account in credited):
            reached.append(key)
        elif not draft.reverses and any(_known(leaving, account, leaves) for account in credited):
            asked.append(key)
    good = set(reached)
    while reached:
        for key in rests.get(reached.pop(), ()):
            if key not in good:
                good.add(key)
                reached.append(key)
    return sorted(key for key in asked if key not in good)


def _known(told: dict[str, bool], account: str, ask: Callable[[str], bool]) -> bool:
    """The answer about an account, asked once."""
    answer = told.get(account)
    if answer is None:
        answer = told[account] = ask(account)
    return answer
