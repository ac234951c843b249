"""The lists of a staffed draw, and what follows from them: digest, sizes of strata, who is recused from what. Pure.

The lists name firms and inspectors by their codes and say of an interest only that there is one; its kind stays in its
register. Source: docs/topics/draws.md, "What is published"; RFC 3797 §2 (the list comes before the randomness).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from bihuan.ledger.core.canonical import canonical


class DrawnObject(msgspec.Struct, frozen=True, array_like=True):
    """One of those drawn from; `departments` joined by `;`."""

    object: str
    enterprise: str
    field: str
    departments: str
    stratum: str


class DrawnInspector(msgspec.Struct, frozen=True, array_like=True):
    """One of those who may go; `certificates` joined by `;`."""

    inspector: str
    department: str
    certificates: str
    capacity: int


class DrawLists(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that decides a draw but the seed, each list in the order of its keys.

    Args:
        interests: Pairs of inspector and firm. groups: Pairs of firm and group, of firms that have others beside them.
        per_mille: How much of each stratum is drawn.
        hands: One of two letters for each inspector whose strictness is known; which of them is strict is not said.
    """

    objects: list[DrawnObject]
    inspectors: list[DrawnInspector]
    interests: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    per_mille: dict[str, int]
    hands: dict[str, str] = {}

    def digest(self) -> str:
        """SHA-256 of the canonical lists, hexadecimal. Source: RFC 8785; FIPS 180-4."""
        return sha256(canonical(msgspec.json.decode(msgspec.json.encode(self)))).hexdigest()

    def strata(self) -> dict[str, list[str]]:
        """Objects by stratum, both in order."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for each in self.objects:
            found[each.stratum].append(each.object)
        return {name: found[name] for name in sorted(found)}

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The lists as the method of assignment reads them."""
        return {
            "objects": [
                {"object": o.object, "enterprise": o.enterprise, "field": o.field, "departments": o.departments}
                for o in self.objects
            ],
            "inspectors": [
                msgspec.structs.asdict(each) | {"hand": self.hands.get(each.inspector, "")} for each in self.inspectors
            ],
            "conflicts": [{"inspector": i, "enterprise": e, "reason": "recusal"} for i, e in self.interests],
            "enterprises": [{"enterprise": e, "group": g} for e, g in self.groups],
        }


class Recusal(NamedTuple):
    """Why an inspector may not go to an object: an interest in its firm, or in another firm of its group."""

    object: str
    department: str
    inspector: str
    enterprise: str
    through: str


def sizes_of_strata(counts: Mapping[str, int], per_mille: Mapping[str, int]) -> dict[str, int]:
    """Return how many are drawn of each stratum: within one of its share, in all the rounded sum (largest remainder).

    Source: 国办发〔2019〕5号 (比例和频次); Balinski & Young (1982), Hamilton's method.
    """
    exact = {name: Fraction(count * per_mille.get(name, 0), 1000) for name, count in counts.items()}
    sizes = {name: int(share) for name, share in exact.items()}
    total = int(sum(exact.values(), Fraction(1, 2)))
    by_rest = sorted(exact, key=lambda name: (sizes[name] - exact[name], name))
    for name in by_rest[: total - sum(sizes.values())]:
        sizes[name] += 1
    return sizes


def recusals_of(lists: DrawLists, drawn: set[str]) -> list[Recusal]:
    """Return who may not go to which drawn object, with the firm in which the interest lies.

    Source: 国办发〔2019〕5号 (回避); packs E30 (an interest in one firm recuses from its whole group).
    """
    group = dict(lists.groups)
    of = {each.inspector: each.department for each in lists.inspectors}
    by_group: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for inspector, firm in lists.interests:
        if inspector in of:
            by_group[group.get(firm, firm)].append((inspector, firm))
    return [
        Recusal(each.object, of[inspector], inspector, each.enterprise, firm)
        for each in lists.objects
        if each.object in drawn
        for inspector, firm in by_group.get(group.get(each.enterprise, each.enterprise), [])
        if of[inspector] in each.departments.split(";")
    ]
