"""The campaign wrapper: a dated population, each member covered once.

A campaign opens one case per member, idempotently (campaign and member make the key), and its coverage
is a conserved count: members = not yet opened + open + every declared outcome.

A member may be declared with its lead unit (牵头单位). The case carries it as where it came from (`origin`), and dispatch
without a named unit goes there: who declares the work has said whose it is, before any duty rule is asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec

from bihuan.loop.kernel.model import Actor, Case, Command, Data


class Campaign(msgspec.Struct, frozen=True):
    """Who is to be covered, by which kind of case, from when to when."""

    id: str
    programme: str
    kind: str
    start: date
    end: date
    members: tuple[str, ...]

    def key(self, member: str) -> str:
        """Return the idempotency key under which a member is opened: never twice.

        Source: DESIGN §9 (9, the same action sent twice has one effect)
        """
        return f"campaign:{self.id}:{member}"


def commands(campaign: Campaign, opened: Iterable[str], actor: Actor, at: datetime,
             facts_of: Mapping[str, Data]) -> list[tuple[str, Command]]:  # fmt: skip
    """(key, open command) for every member not in `opened`. `facts_of` gives area, place, category or lead per member.

    Source: DESIGN §2 (campaign: a dated population covered once)
    """
    done = set(opened)
    return [
        (
            campaign.key(member),
            Command("open", actor, at, _said(campaign, member, facts_of.get(member, {}))),
        )
        for member in campaign.members
        if member not in done
    ]  # fmt: skip


def _said(campaign: Campaign, member: str, known: Data) -> Data:
    """Return what a member's case opens with; its lead unit stands in `origin`."""
    said: Data = {"channel": "campaign", "kind": campaign.kind, "subject": member, **known}
    lead = said.pop("lead", None)
    return said if lead is None else {**said, "origin": {"campaign": campaign.id, "lead": lead}}


def coverage(campaign: Campaign, cases: Sequence[Case]) -> dict[str, int]:
    """Members by where they stand: `unopened`, `open` and each outcome; the sum is the population.

    Source: DESIGN §9 (3, conservation); DESIGN §2 (campaign)
    """
    by_member = {case.subject: case for case in cases}
    counted: Counter[str] = Counter()
    for member in campaign.members:
        case = by_member.get(member)
        counted["unopened" if case is None else case.outcome or "open"] += 1
    return dict(counted)
