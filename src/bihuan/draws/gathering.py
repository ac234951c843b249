"""The lists of a draw, taken from registers as of a day.

Source: docs/topics/draws.md, "The lists"; 国办发〔2019〕5号 (一单、两库、一细则).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from bihuan.draws.catalogue import DeclaredDraw
from bihuan.draws.pure.declared import DrawFile
from bihuan.draws.pure.lists import DrawLists, DrawnInspector, DrawnObject
from bihuan.draws.strictness import hands_of
from bihuan.loop.facts import LoopFacts
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.closures import SHARE, On, edges_among
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.control import Holding, controlled_by
from bihuan.subjects.pure.types import state_of


def gather_lists(
    declared: DeclaredDraw, day: date, facts: LoopFacts, programme: str, *, swapped: bool = False
) -> DrawLists:
    """Return what decides a draw on a day: objects with the departments that have authority, people, interests, groups.

    Args:
        programme: For which the registers are read; a fence of purpose may ask. swapped: Which letter stands for the
            strict hand.

    Raises:
        FenceClosed: a register is closed to the programme.

    Source: docs/topics/draws.md, "The lists".
    """
    draw, district = declared.file, facts.registers.district.code
    looker = Looker("system:draw", frozenset(), frozenset({programme}), "drawing whom to visit")

    def standing(subject: str, states: Sequence[str]) -> Iterator[HeldFacts]:
        kind = subject_type(subject)
        for held in asking.stream(district, kind, asking.Viewpoint(day), looker):
            state = state_of(kind, held.values, day.isoformat())
            if state is not None and state.id in states:
                yield held

    objects = _objects(draw, standing)
    inspectors = [
        DrawnInspector(
            held.key, _text(held, draw.inspectors.department), _text(held, draw.inspectors.certificates),
            int(held.values.get(draw.inspectors.capacity) or 0),
        )
        for held in standing(draw.inspectors.subject, draw.inspectors.states)
    ]  # fmt: skip
    found = standing(draw.interests.subject, draw.interests.states)
    interests = sorted(
        {(_text(held, draw.interests.inspector), _text(held, draw.interests.enterprise)) for held in found}
    )
    firms = {each.enterprise for each in objects} | {firm for _, firm in interests}
    shares = {each.stratum: _share(declared, each.stratum, facts, programme) for each in objects}
    people = {each.inspector for each in inspectors}
    hands = hands_of(draw.hands, people, district, day, looker, swapped=swapped) if draw.hands else {}
    return DrawLists(objects, inspectors, interests, _groups(draw, firms, On(district, day), looker), shares, hands)


def _objects(draw: DrawFile, standing: Callable[[str, Sequence[str]], Iterator[HeldFacts]]) -> list[DrawnObject]:
    """Objects of a field of inspection for which some department has authority."""
    rule, authority = draw.objects, defaultdict[str, set[str]](set)
    for held in standing(draw.departments.subject, draw.departments.states):
        authority[_text(held, draw.departments.field)].add(_text(held, draw.departments.department))
    return [
        DrawnObject(
            held.key, _text(held, rule.enterprise), _text(held, rule.field),
            ";".join(sorted(authority[_text(held, rule.field)])), _text(held, rule.stratum),
        )
        for held in standing(rule.subject, rule.states)
        if authority[_text(held, rule.field)]
    ]  # fmt: skip


def _share(declared: DeclaredDraw, stratum: str, facts: LoopFacts, programme: str) -> int:
    rule = declared.file.share
    return int(facts.table(programme, rule.table, facts.now, {rule.input: stratum})[0])


def _groups(draw: DrawFile, firms: set[str], on: On, looker: Looker) -> list[tuple[str, str]]:
    """Pairs of firm and group; a group is called by its first firm, and one alone in it is left out."""
    pairs: list[tuple[str, str]] = []
    for name in (*draw.groups.together, *draw.groups.control):
        link = subject_type(f"{draw.groups.subject}:{name}")
        edges = edges_among(link, firms, on, looker, "both")
        if name in draw.groups.together:
            pairs += [(edge.start, edge.end) for edge in edges]
            continue
        holdings = [
            Holding(edge.start, edge.end, Decimal(edge.values[SHARE])) for edge in edges if SHARE in edge.values
        ]
        pairs += [(root, firm) for root in {each.owner for each in holdings} for firm in controlled_by(root, holdings)]
    first: dict[str, str] = {}
    for one, other in sorted(pairs):
        low, high = sorted((_first(first, one), _first(first, other)))
        first[high] = low
    named = {firm: _first(first, firm) for firm in {*firms, *first}}
    size = defaultdict[str, int](int)
    for group in named.values():
        size[group] += 1
    return sorted((firm, group) for firm, group in named.items() if size[group] > 1 and firm in firms)


def _first(first: dict[str, str], firm: str) -> str:
    while firm in first and first[firm] != firm:
        firm = first[firm]
    return firm


def _text(held: HeldFacts, field: str) -> str:
    return str(held.values.get(field) or "")
