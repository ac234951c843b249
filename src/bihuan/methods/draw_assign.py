"""Which two inspectors visit each drawn object, for each department: a draw under recusal, capacity and certificates.

In: OBJECTS (enterprise, field of inspection, departments joined by `;`), INSPECTORS (department, certificates, capacity),
CONFLICTS (an interest in one firm recuses from its whole group), ENTERPRISES (group; a firm that is not listed is a group
of its own). Every object × department gets two different inspectors of that department, the lead with a certificate for
the field, nobody above capacity. An assignment is found whenever one exists; loads are as even as they can be; who works
with whom is random, and everybody recomputes it from the seed and the lists (lots are SHA-256). Where the list of inspectors
says a `hand`, people of different hands go together as often as lots, certificates and classes leave room: strict with mild.
Out: lead and second. JSON: `mixed` (pairs of two hands), `feasible`, or `blocking`: what cannot be served together, of which nothing is superfluous.
Exact. Slots that the same people may serve are one class, so a draw of 10,000 objects is a flow of some hundred nodes.
Source: 国办发〔2019〕5号 (双随机、一公开); 国办发〔2024〕54号; Ford & Fulkerson (1962).
Compared with: every assignment of small lists (tests/methods/test_draw_assign.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.lots import Lots, lot_of, ordered_by_lot
from bihuan.methods.parts.pairing import Staffing

type Slot = tuple[str, str]
"""An object and a department."""


class DrawTask(NamedTuple):
    """Slots that the same people may serve: names of those people, and of the certified ones among them."""

    able: frozenset[str]
    certified: frozenset[str]


def draw_assignment(given: Given) -> Answer:
    """Lead and second of every object and department.

    Source: 国办发〔2019〕5号; Ford & Fulkerson (1962).
    """
    seed, inspectors = given.option("seed"), given["inspectors"]
    people = ordered_by_lot(seed, "inspector", inspectors["inspector"].text())
    capacity = dict(zip(inspectors["inspector"].text(), inspectors["capacity"].values(), strict=True))
    slots = _slots(given)
    tasks = sorted(slots, key=lambda task: lot_of(seed, "class", *map("/".join, slots[task][0:1])))
    staffing = Staffing(
        np.array([[name in task.able for name in people] for task in tasks], dtype=np.bool_).reshape(-1, len(people)),
        np.array([[name in task.certified for name in people] for task in tasks], dtype=np.bool_).reshape(
            -1, len(people)
        ),
        np.array([capacity[name] for name in people], dtype=np.int64),
    )
    counts = [len(slots[task]) for task in tasks]
    units = staffing.even(counts)
    if units is None:
        return _refused(staffing, tasks, slots)
    hands = dict(zip(inspectors["inspector"].text(), inspectors["hand"].text(), strict=True))
    rows: list[tuple[str, str, str, str]] = []
    for place, task in enumerate(tasks):
        shares = {name: int(n) for name, n in zip(people, units[place], strict=True) if n}
        rows += _paired(seed, task, slots[task], shares, hands)
    columns = list(zip(*rows, strict=True)) or [()] * len(_NAMES)
    mixed = sum(_unlike(hands[one[2]], hands[two[2]]) for one, two in zip(rows[::2], rows[1::2], strict=True))
    facts: dict[str, Any] = {"feasible": True, "blocking": [], "mixed": mixed}
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts=facts)


def _refused(staffing: Staffing, tasks: list[DrawTask], slots: dict[DrawTask, list[Slot]]) -> Answer:
    kept = staffing.blocking([len(slots[task]) for task in tasks])
    named = [slot for task, count in zip(tasks, kept, strict=True) for slot in slots[task][:count]]
    told = [{"object": name, "department": department} for name, department in sorted(named)]
    return Answer({name: [] for name in _NAMES}, facts={"feasible": False, "blocking": told, "mixed": 0})


def _slots(given: Given) -> dict[DrawTask, list[Slot]]:
    """Slots by the people who may serve them, each list in order of name."""
    objects, inspectors = given["objects"], given["inspectors"]
    group = dict(zip(given["enterprises"]["enterprise"].text(), given["enterprises"]["group"].text(), strict=True))
    barred = _barred(given["conflicts"], set(inspectors["inspector"].text()), group)
    of: defaultdict[str, set[str]] = defaultdict(set)
    holders: defaultdict[str, set[str]] = defaultdict(set)
    columns = (inspectors[name].text() for name in ("inspector", "department", "certificates"))
    for name, department, certificates in zip(*columns, strict=True):
        of[department].add(name)
        for field in _parts(certificates):
            holders[field].add(name)
    slots: defaultdict[DrawTask, list[Slot]] = defaultdict(list)
    known: dict[tuple[str, str, str], DrawTask] = {}
    columns = (objects[name].text() for name in ("object", "enterprise", "field", "departments"))
    for name, firm, field, departments in zip(*columns, strict=True):
        family = group.get(firm, firm)
        for department in sorted(set(_parts(departments))):
            key = (department, field, family if family in barred else "")
            if key not in known:
                able = frozenset(of[department] - barred.get(family, set()))
                known[key] = DrawTask(able, able & holders[field])
            slots[known[key]].append((name, department))
    return {task: sorted(found) for task, found in slots.items()}


def _barred(conflicts: Table, known: set[str], group: dict[str, str]) -> dict[str, set[str]]:
    """Who may not go to a group."""
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for row, (name, firm) in enumerate(zip(conflicts["inspector"].text(), conflicts["enterprise"].text(), strict=True)):
        if name in known:
            barred[group.get(firm, firm)].add(name)
        else:
            rule = "名单中没有该检查人员 · this inspector is not on the list"
            conflicts.refuse(row, "inspector", rule, "核对人员编号 · check the number")
    return dict(barred)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _paired(
    seed: str, task: DrawTask, slots: list[Slot], shares: dict[str, int], hands: dict[str, str]
) -> list[tuple[str, str, str, str]]:
    """Who goes where: a random pairing of the units of a class in which nobody meets himself and one may lead."""
    lots = Lots(seed, "pairs of " + "/".join(slots[0]))
    names = list(shares)
    lead = [name in task.certified for name in names]
    order = sorted(range(len(names)), key=lambda number: lead[number])  # those without a certificate stand first
    units = [number for number in order for _ in range(shares[names[number]])]
    half = len(slots)
    pairs = [[units[place], units[place + half]] for place in range(half)]
    drawn = units.copy()
    lots.shuffle(drawn)
    random = [[drawn[place], drawn[place + half]] for place in range(half)]
    if _mended(random, lead, lots):
        pairs = random
    else:
        _stirred(pairs, lead, lots)
        lots.shuffle(places := list(range(half)))
        pairs = [pairs[place] for place in places]
    _mixed(pairs, [hands[name] for name in names], lead)
    rows = []
    for (name, department), (one, two) in zip(slots, pairs, strict=True):
        if not lead[one] or (lead[two] and lots.below(2)):
            one, two = two, one
        rows += [(name, department, names[one], "lead"), (name, department, names[two], "second")]
    return rows


def _mixed(pairs: list[list[int]], hand: list[str], lead: list[bool]) -> None:
    """Let two pairs of one hand each exchange partners, so that both are of two hands; the pairs stand in random order."""
    alike = [place for place, (one, two) in enumerate(pairs) if hand[one] and hand[one] == hand[two]]
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for place in alike:
        waiting[hand[pairs[place][0]]].append(place)
    for place in alike:
        mine = hand[pairs[place][0]]
        if mine != hand[pairs[place][1]]:
            continue  # somebody has exchanged with it already
        others = (other for name in sorted(waiting) if name != mine for other in waiting[name])
        for other in others:
            if hand[pairs[other][0]] != hand[pairs[other][1]]:
                continue
            before = list(pairs[place])
            for side in (0, 1):
                _exchanged(pairs, place, other, side, lead)
                if pairs[place] != before:
                    break
            if pairs[place] != before:
                break


def _unlike(one: str, two: str) -> bool:
    return bool(one and two and one != two)


def _fits(one: int, two: int, lead: list[bool]) -> bool:
    return one != two and (lead[one] or lead[two])


def _mended(pairs: list[list[int]], lead: list[bool], lots: Lots) -> bool:
    """Exchange partners of pairs that cannot be, with random other pairs; False when that does not end soon."""
    bad = [place for place, (one, two) in enumerate(pairs) if not _fits(one, two, lead)]
    for place in bad:
        for _ in range(64):
            if _fits(pairs[place][0], pairs[place][1], lead):
                break
            other, side = lots.below(len(pairs)), lots.below(2)
            _exchanged(pairs, place, other, side, lead)
        else:
            return False
    return True


def _stirred(pairs: list[list[int]], lead: list[bool], lots: Lots) -> None:
    """Many random exchanges that keep every pair possible."""
    for _ in range(8 * len(pairs)):
        _exchanged(pairs, lots.below(len(pairs)), lots.below(len(pairs)), lots.below(2), lead)


def _exchanged(pairs: list[list[int]], place: int, other: int, side: int, lead: list[bool]) -> None:
    one, two = pairs[place], pairs[other]
    if place != other and _fits(one[0], two[side], lead) and _fits(one[1], two[1 - side], lead):
        one[1], two[side] = two[side], one[1]


_NAMES = ("object", "department", "inspector", "role")
_BLOCKING: dict[str, Any] = {"type": "array", "items": {"type": "object", "required": ["object", "department"]}}
METHOD = Method(
    name="draw-assign",
    zh="双随机派员（回避、容量、资质）",
    en="Random inspectors under recusal, capacity and certificates",
    inputs=(
        Input(
            "objects", "抽中的对象", "Drawn objects",
            (
                Column("object", "对象", "Object"), Column("enterprise", "企业", "Enterprise"),
                Column("field", "领域", "Field of inspection"),
                Column("departments", "部门", "Departments, joined by ;"),
            ),
            unique=("object",),
        ),
        Input(
            "inspectors", "检查人员", "Inspectors",
            (
                Column("inspector", "人员", "Inspector"), Column("department", "部门", "Department"),
                Column("certificates", "资质", "Fields he may lead, joined by ;", required=False),
                Column("capacity", "容量", "Most objects", "number"),
                Column("hand", "尺度", "Hand, such as strict or mild", required=False, absent=True),
            ),
            unique=("inspector",),
        ),
        Input(
            "conflicts", "利益关系", "Interests",
            (
                Column("inspector", "人员", "Inspector"), Column("enterprise", "企业", "Enterprise"),
                Column("reason", "原因", "Why", required=False, absent=True),
            ),
        ),
        Input(
            "enterprises", "企业集团", "Groups",
            (Column("enterprise", "企业", "Enterprise"), Column("group", "集团", "Group")), unique=("enterprise",),
        ),
    ),
    options=(Option("seed", "公开种子", "Public seed"),),
    output=(
        Column("object", "对象", "Object"), Column("department", "部门", "Department"),
        Column("inspector", "人员", "Inspector"),
        Column("role", "角色", "Role", "choice", choices=one_of(lead="主检|Lead", second="协检|Second")),
    ),
    facts=(
        AnswerKey("feasible", "可否派齐", "Whether everything can be served", {"type": "boolean"}),
        AnswerKey("mixed", "宽严搭配的组数", "Pairs of two hands", {"type": "integer"}),
        AnswerKey("blocking", "无法同时派齐的最小集合", "What cannot be served together, nothing superfluous", _BLOCKING),
    ),
    key=("object", "department", "role"),
    run=draw_assignment,
    source="国办发〔2019〕5号; 国办发〔2024〕54号",
    peer="every assignment of small lists",
    cost="n log n, and a flow of the classes",
)  # fmt: skip
