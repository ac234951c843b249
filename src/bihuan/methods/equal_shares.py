"""Which projects a participatory budget pays for when every voter may spend an equal share: the method of equal shares.

In: a Pabulib file (approvals; points are not read). Every voter starts with budget / voters. Of the projects whose
supporters can still pay for it together, the one is taken that costs a supporter least for what it gives (its cost with
`satisfaction=cost`, one with `count`): each supporter pays the same α, or all that is left. α is exact; of equal ones the
smaller id, and that is said. Without completion money may stay; `completion=add1` gives every voter one more unit again
and again while the outcome stays within the budget, `greedy` then spends what is left by supporters for each unit of cost
(`cost`: by supporters).
Out: projects in the order in which they were taken; selected and cost. Voters with equal money are one class, so that the
exact arithmetic runs over few of them. Projects · (voters + classes), taken lazily.
Source: D. Peters, G. Pierczyński, P. Skowron (2021), Proportional Participatory Budgeting with Additive Utilities, NeurIPS.
Compared with: pabutools 1.2.3 on files of Pabulib (Gdańsk 2020: 4 projects for 440,300); a literal reading in the tests.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.pabulib import BudgetFile, Ints, read_budget


class _Purse:
    """What voters have left: classes of ballots with equal money."""

    def __init__(self, file: BudgetFile, share: Fraction) -> None:
        self.file = file
        self.of = np.zeros(len(file.weights), dtype=np.int64)
        self.left = [share]

    def heads(self, ballots: Ints) -> list[tuple[Fraction, int]]:
        """Money and voters of every class among the ballots, the poorest first."""
        count = np.bincount(self.of[ballots], weights=self.file.weights[ballots], minlength=len(self.left))
        return sorted((self.left[n], int(count[n])) for n in np.flatnonzero(count).tolist())

    def pay(self, ballots: Ints, each: Fraction) -> None:
        """Take `each`, or all that is left, from every voter."""
        place = {money: number for number, money in enumerate(self.left)}
        own = np.unique(self.of[ballots])
        moved = np.arange(len(self.left))
        for number in own.tolist():
            left = max(Fraction(0), self.left[number] - each)
            moved[number] = place.setdefault(left, len(place))
            if moved[number] == len(self.left):
                self.left.append(left)
        self.of[ballots] = moved[self.of[ballots]]


def price_of(cost: Fraction, heads: list[tuple[Fraction, int]]) -> Fraction | None:
    """Return what each supporter pays at most so that the cost is met; None when they have too little.

    Args:
        cost: Of the project. heads: Money and voters, the poorest first.

    Source: Peters, Pierczyński & Skowron (2021), §3.
    """
    people = sum(voters for _, voters in heads)
    for money, voters in heads:
        if money * people >= cost:
            return cost / people
        cost -= money * voters
        people -= voters
    return None


def share_equally(file: BudgetFile, share: Fraction, gives: list[Fraction]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the projects taken, in order, and pairs that were equally good when the first was taken.

    Args:
        file: Projects and ballots. share: What every voter starts with. gives: What each project gives a supporter.

    Source: Peters, Pierczyński & Skowron (2021), §3; lazily, since a project never gets cheaper for its supporters.
    """
    purse, taken, ties = _Purse(file, share), list[int](), list[tuple[int, int]]()
    queue = [(Fraction(0), project) for project in range(len(file.projects)) if len(file.supporters[project])]
    heapq.heapify(queue)
    while queue:
        bound, project = heapq.heappop(queue)
        each = price_of(file.costs[project], purse.heads(file.supporters[project]))
        if each is None:
            continue
        if each / gives[project] != bound:
            heapq.heappush(queue, (each / gives[project], project))
            continue
        if queue and queue[0][0] == bound:
            other = queue[0][1]
            again = price_of(file.costs[other], purse.heads(file.supporters[other]))
            if again is not None and again / gives[other] == bound:
                ties.append((project, other))
        purse.pay(file.supporters[project], each)
        taken.append(project)
    return taken, ties


def allot_budget(given: Given) -> Answer:
    """The projects paid for. Source: Peters, Pierczyński & Skowron (2021)."""
    file = read_budget(given["budget"])
    gives = file.costs if given.option("satisfaction") == "cost" else [Fraction(1)] * len(file.projects)
    completion = given.option("completion")
    taken: list[int] = []
    ties: list[tuple[int, int]] = []
    if file.voters:
        taken, ties = share_equally(file, file.budget / file.voters, gives)
        if completion == "add1":
            taken = _one_more(file, gives, taken)
        elif completion == "greedy":
            taken = [*taken, *_greedy(file, gives, taken)]
    names = [file.projects[project] for project in taken]
    cost = sum((file.costs[project] for project in taken), Fraction(0))
    facts: dict[str, Any] = {
        "selected": names,
        "cost": _plain(cost),
        "budget": _plain(file.budget),
        "voters": file.voters,
    }
    remarks = tuple(
        f"并列：{file.projects[one]} 与 {file.projects[other]}，取编号较小者 · a tie of {file.projects[one]} and "
        f"{file.projects[other]}: the smaller id"
        for one, other in ties
    )
    return Answer({"project": names, "order": list(range(1, len(names) + 1))}, facts, remarks=remarks)


def _one_more(file: BudgetFile, gives: list[Fraction], taken: list[int]) -> list[int]:
    """Give every voter one more unit while what is taken stays within the budget."""
    share = file.budget / file.voters
    while len(taken) < len(file.projects):
        share += 1
        more, _ = share_equally(file, share, gives)
        if sum((file.costs[project] for project in more), Fraction(0)) > file.budget:
            break
        taken = more
        if share > file.budget:
            break
    return taken


def _greedy(file: BudgetFile, gives: list[Fraction], taken: list[int]) -> list[int]:
    left = file.budget - sum((file.costs[project] for project in taken), Fraction(0))
    voters = [int(file.weights[ballots].sum()) for ballots in file.supporters]
    rest = [project for project in range(len(file.projects)) if project not in taken and voters[project]]
    found = []
    for project in sorted(rest, key=lambda p: (-voters[p] * gives[p] / file.costs[p], p)):
        if file.costs[project] <= left:
            left -= file.costs[project]
            found.append(project)
    return found


def _plain(amount: Fraction) -> int | float:
    return int(amount) if amount.denominator == 1 else float(amount)


METHOD = Method(
    name="equal-shares",
    zh="参与式预算：等额份额法",
    en="Participatory budget by the method of equal shares",
    inputs=(Input("budget", "Pabulib 文件", "Pabulib file", kind="bytes"),),
    options=(
        Option("satisfaction", "满意度", "What a project gives a supporter", "choice", "cost", choices=one_of(
            cost="造价|Its cost", count="项目数|One")),
        Option("completion", "补足", "What is done with the rest", "choice", "none", choices=one_of(
            none="不补足|Nothing", add1="逐一加额|One more unit for each", greedy="贪心|Greedy")),
    ),
    output=(Column("project", "项目", "Project"), Column("order", "入选次序", "Order", "count")),
    facts=(
        AnswerKey("selected", "入选项目", "Projects in the order of being taken", {"type": "array"}),
        AnswerKey("cost", "合计", "What they cost", {"type": "number"}),
        AnswerKey("budget", "预算", "What may be spent", {"type": "number"}),
        AnswerKey("voters", "投票人数", "Voters", {"type": "integer"}),
    ),
    key=("order",),
    run=allot_budget,
    source="Peters, Pierczyński & Skowron (2021)",
    peer="pabutools 1.2.3",
    cost="projects · (voters + classes)",
)  # fmt: skip
