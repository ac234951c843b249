"""Groups of opinion among people who voted on statements; there may be one group only, and then it says so.

In: votes (1 agree, 0 pass, -1 disagree) of participants on statements; of several votes on one the last row that is equal
counts once, different ones are refused. Who voted on fewer than `least` statements (or on fewer than all, if there are
fewer) gets no group. How many groups there are is decided by parallel analysis and a mixture, not by the reader
(`parts/opinions.py`); the same seed gives the same groups in any order of rows.
Out: each participant's group. For every statement the consensus: the product over groups of (agree + 1) / (seen + 2);
bridging statements, whose least share of agreement over groups is greatest; for each group the statements that set it
apart (difference of shares against the others in standard errors); how stable the groups are when a fifth is left out.
Source: C. Small et al. (2021), Polis: Scaling Deliberation by Mapping High Dimensional Opinion Spaces (consensus); Horn
(1965); Schwarz (1978).
Compared with: planted groups and none (tests/methods/test_opinion_groups.py); red-dwarf 0.4.0 finds 3–6 in none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.fieldtype import Words
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.opinions import Ints, OpinionGroups, VotePlane, find_groups, places_of

SHOWN = 5
"""Statements that are told for each group, and bridging ones."""


class VotesRead(NamedTuple):
    """Participants and statements by name, in order, and their votes."""

    participants: list[str]
    statements: list[str]
    plane: VotePlane


def group_opinions(given: Given) -> Answer:
    """Groups, consensus, and what sets groups apart. Source: Small et al. (2021); Horn (1965)."""
    read = _read(given["votes"])
    told = read.plane.seen.sum(axis=1)
    taking = told >= min(int(given.option("least")), max(len(read.statements), 1))
    plane = VotePlane(read.plane.votes[taking], read.plane.seen[taking])
    found = find_groups(plane, int(given.option("seed")))
    names = iter(found.group.tolist())
    groups = [str(next(names) + 1) if takes else "" for takes in taking.tolist()]
    agreed, seen = _shares(plane, found)
    consensus = np.prod((agreed + 1) / (seen + 2), axis=0) if found.groups else np.zeros(len(read.statements))
    facts: dict[str, Any] = {
        "groups": found.groups, "dimensions": found.dimensions, "stability": round(found.stability, 4),
        "sizes": np.bincount(found.group, minlength=found.groups).tolist(), "without_group": int((~taking).sum()),
        "statements": [
            {"statement": name, "consensus": float(value)}
            for name, value in zip(read.statements, consensus.tolist(), strict=True)
        ],
        "bridging": _bridging(read.statements, agreed, seen), "apart": _apart(read.statements, agreed, seen),
    }  # fmt: skip
    remarks: tuple[str, ...] = ()
    if found.groups == 1:
        remarks = ("没有可分的意见群 · the votes do not fall into groups",)
    columns: dict[str, Any] = {"participant": read.participants, "group": groups}
    if given.option("places"):
        columns |= _drawn_places(plane, taking)
    return Answer(columns, facts, remarks=remarks)


def _drawn_places(plane: VotePlane, taking: NDArray[np.bool_]) -> dict[str, list[str]]:
    """Where each participant stands in a drawing; empty for who has no group."""
    told = iter(places_of(plane).tolist())
    pairs = [next(told) if takes else None for takes in taking.tolist()]
    return {
        name: ["" if pair is None else f"{pair[axis] + 0.0:.4f}" for pair in pairs]
        for axis, name in enumerate(("x", "y"))
    }


def _read(table: Table) -> VotesRead:
    """The votes as a plane; of different votes of one on one none counts."""
    who, participants = _ordered(table["participant"].codes, table["participant"].texts)
    what, statements = _ordered(table["statement"].codes, table["statement"].texts)
    vote = table["vote"].mapped(int, 0, np.int8)
    shape = len(participants), len(statements)
    least, most = np.full(shape, 2, dtype=np.int8), np.full(shape, -2, dtype=np.int8)
    np.minimum.at(least, (who, what), vote)
    np.maximum.at(most, (who, what), vote)
    seen = least == most
    for row in np.flatnonzero(~seen[who, what]).tolist():
        rule = "同一人对同一陈述意见不一 · different votes of one participant on one statement"
        table.refuse(row, "vote", rule, "保留一条 · keep one of them")
    return VotesRead(participants, statements, VotePlane(np.where(seen, least, 0).astype(np.int8), seen))


def _ordered(codes: NDArray[np.int32], texts: tuple[str, ...]) -> tuple[Ints, list[str]]:
    """The place of each row among the names that occur, in their order."""
    used = sorted(np.unique(codes).tolist(), key=lambda code: texts[code])
    place = np.zeros(len(texts) + 1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return place[codes], [texts[code] for code in used]


def _shares(plane: VotePlane, found: OpinionGroups) -> tuple[Ints, Ints]:
    """int64[groups, statements] who agreed, and who saw."""
    rows = [found.group == number for number in range(found.groups)]
    size = plane.votes.shape[1]
    agreed = np.array([(plane.votes[each] == 1).sum(axis=0) for each in rows], dtype=np.int64).reshape(len(rows), size)
    seen = np.array([plane.seen[each].sum(axis=0) for each in rows], dtype=np.int64).reshape(len(rows), size)
    return agreed, seen


def _bridging(statements: list[str], agreed: Ints, seen: Ints) -> list[dict[str, Any]]:
    """Statements by the share of agreement of the group that agrees least."""
    if not len(agreed):
        return []
    least = ((agreed + 1) / (seen + 2)).min(axis=0)
    order = sorted(range(len(statements)), key=lambda n: (-least[n], statements[n]))[:SHOWN]
    return [{"statement": statements[n], "least_share": round(float(least[n]), 6)} for n in order]


def _apart(statements: list[str], agreed: Ints, seen: Ints) -> dict[str, list[dict[str, Any]]]:
    """For each group the statements on which it differs most from all others."""
    if len(agreed) < 2:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for group in range(len(agreed)):
        others = np.arange(len(agreed)) != group
        own, own_seen = agreed[group] + 1, seen[group] + 2
        rest, rest_seen = agreed[others].sum(axis=0) + 1, seen[others].sum(axis=0) + 2
        share, other = own / own_seen, rest / rest_seen
        both = (own + rest) / (own_seen + rest_seen)
        apart = (share - other) / np.sqrt(both * (1 - both) * (1 / own_seen + 1 / rest_seen))
        order = sorted(range(len(statements)), key=lambda n: (-abs(apart[n]), statements[n]))[:SHOWN]
        found[str(group + 1)] = [
            {"statement": statements[n], "share": round(float(share[n]), 6), "others": round(float(other[n]), 6)}
            for n in order
        ]
    return found


METHOD = Method(
    name="opinion-groups",
    zh="意见群与共识",
    en="Groups of opinion, and what unites them",
    inputs=(
        Input("votes", "表态", "Votes", (
            Column("participant", "参与者", "Participant"), Column("statement", "陈述", "Statement"),
            Column("vote", "意见", "Vote", "choice", choices=(
                ("1", Words("同意", "Agree")), ("0", Words("略过", "Pass")), ("-1", Words("不同意", "Disagree")))))),
    ),
    options=(
        Option("seed", "种子", "Seed", "number", "0"),
        Option("least", "最少表态数", "Fewest votes to be placed", "count", "7"),
        Option("places", "给出坐标", "Tell where everybody stands in a drawing", "yes_no", "no"),
    ),
    output=(Column("participant", "参与者", "Participant"), Column("group", "意见群", "Group", required=False),
            Column("x", "横坐标", "Place across", "decimal", required=False),
            Column("y", "纵坐标", "Place up", "decimal", required=False)),
    facts=(
        AnswerKey("groups", "意见群数", "Groups", {"type": "integer"}),
        AnswerKey("dimensions", "有效维数", "Dimensions above chance", {"type": "integer"}),
        AnswerKey("stability", "稳定度", "Agreement when a fifth is left out", {"type": "number"}),
        AnswerKey("sizes", "各群人数", "Participants of each group", {"type": "array"}),
        AnswerKey("without_group", "未归群人数", "Participants without a group", {"type": "integer"}),
        AnswerKey("statements", "各陈述共识度", "Consensus of every statement", {"type": "array"}),
        AnswerKey("bridging", "弥合性陈述", "Statements on which all groups agree most", {"type": "array"}),
        AnswerKey("apart", "各群特点", "Statements that set each group apart", {"type": "object"}),
    ),
    key=("participant",),
    run=group_opinions,
    source="Horn (1965); Small et al. (2021)",
    peer="planted groups; red-dwarf 0.4.0",
    error="Rand index about .9 with half of the votes missing",
    cost="participants · statements²",
)  # fmt: skip
