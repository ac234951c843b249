"""A file of a participatory budget as Pabulib has it: what may be spent, projects with their costs, approvals by ballot.

Sections META, PROJECTS and VOTES, fields parted by semicolons; points of a vote are not read. Equal ballots are one with a
weight, so that a million voters are as many ballots as there are different ones.
Source: P. Faliszewski et al. (2023), Participatory Budgeting: Data, Tools, and Analysis (the .pb format), pabulib.org/format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.rejects import Reject
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Table

SECTIONS = ("META", "PROJECTS", "VOTES")
REMEDY = "参见 pabulib.org/format · see pabulib.org/format"
type Ints = NDArray[np.int64]


class BudgetFile(NamedTuple):
    """A file as it was read.

    Args:
        budget: What may be spent. projects: Ids in order. costs: By project.
        supporters: For each project int64[k], the ballots that approve it. weights: int64[ballots], voters of each.
    """

    budget: Fraction
    projects: list[str]
    costs: list[Fraction]
    supporters: list[Ints]
    weights: Ints

    @property
    def voters(self) -> int:
        """How many voted. Source: pabulib.org/format."""
        return int(self.weights.sum())


def read_budget(table: Table) -> BudgetFile:
    """Return what a file says; faulty rows are refused, the others count.

    Args:
        table: An input of bytes; refusals name its lines.

    Raises:
        WrongCallError: it is no such file: a section, the budget or a column is missing.

    Source: pabulib.org/format.
    """
    lines = _sections(table)
    budget = _budget(lines["META"])
    costs = _costs(table, lines["PROJECTS"])
    names = sorted(costs)
    place = {name: number for number, name in enumerate(names)}
    ballots = _ballots(table, lines["VOTES"], place)
    supporters: list[list[int]] = [[] for _ in names]
    for number, approved in enumerate(ballots):
        for project in approved:
            supporters[project].append(number)
    weights = np.array(list(ballots.values()), dtype=np.int64)
    return BudgetFile(
        budget, names, [costs[name] for name in names], [np.array(each, dtype=np.int64) for each in supporters], weights
    )


def _sections(table: Table) -> dict[str, list[tuple[int, str]]]:
    """The lines of each section, with their numbers."""
    found: dict[str, list[tuple[int, str]]] = {}
    current: list[tuple[int, str]] = []
    for number, line in enumerate(table.raw.decode("utf-8-sig", "replace").splitlines(), 1):
        word = line.strip().strip(";")
        if word.upper() in SECTIONS:
            current = found.setdefault(word.upper(), [])
        elif word:
            current.append((number, line))
    if missing := [name for name in SECTIONS if not found.get(name)]:
        raise WrongCallError(
            f"缺少 {'、'.join(missing)} 部分 · no section {', '.join(missing)}: not a file of Pabulib", REMEDY
        )
    return found


def _budget(lines: list[tuple[int, str]]) -> Fraction:
    told = {row[0].strip(): row[1].strip() for row in _cells(text for _, text in lines) if len(row) > 1}
    amount = _number(told.get("budget", ""))
    if amount is None or amount <= 0:
        raise WrongCallError("META 中没有 budget 或不为正数 · META has no positive `budget`", REMEDY)
    return amount


def _costs(table: Table, lines: list[tuple[int, str]]) -> dict[str, Fraction]:
    head = [name.strip() for name in next(_cells([lines[0][1]]))]
    if not {"project_id", "cost"} <= set(head):
        raise WrongCallError("PROJECTS 缺少列 project_id 或 cost · PROJECTS needs project_id and cost", REMEDY)
    key, cost = head.index("project_id"), head.index("cost")
    found: dict[str, Fraction] = {}
    for (number, _), row in zip(lines[1:], _cells(text for _, text in lines[1:]), strict=True):
        amount = _number(row[cost].strip()) if len(row) > max(key, cost) else None
        name = row[key].strip() if len(row) > key else ""
        if amount is None or amount <= 0 or not name:
            _refuse(
                table, number, "cost", "造价须为正数 · a project has a positive cost", "更正造价 · correct the cost"
            )
        elif name in found:
            _refuse(table, number, "project_id", "编号重复 · listed twice", "删除重复行 · take the row out")
        else:
            found[name] = amount
    return found


def _ballots(table: Table, lines: list[tuple[int, str]], place: dict[str, int]) -> dict[tuple[int, ...], int]:
    """Different ballots as sorted places of projects, and how many voters cast each."""
    head = [name.strip() for name in next(_cells([lines[0][1]]))]
    if "vote" not in head:
        raise WrongCallError("VOTES 缺少列 vote · VOTES needs the column vote", REMEDY)
    at = head.index("vote")
    first: dict[str, int] = {}
    cast: Counter[str] = Counter()
    for (number, _), row in zip(lines[1:], _cells(text for _, text in lines[1:]), strict=True):
        text = row[at] if len(row) > at else ""
        first.setdefault(text, number)
        cast[text] += 1
    found: Counter[tuple[int, ...]] = Counter()
    for text, times in cast.items():
        names = {name.strip() for name in text.split(",")} - {""}
        if unknown := sorted(names - place.keys()):
            rule = f"没有项目 {unknown[0]} · no project {unknown[0]}"
            _refuse(table, first[text], "vote", rule, "更正选票 · correct the ballot")
            names -= set(unknown)
        found[tuple(sorted(place[name] for name in names))] += times
    return dict(sorted(found.items()))


_FIELD = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:;|$)|([^;]*)(?:;|$)')
"""A field of a line, in quotes (two of them stand for one) or plain."""


def _cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The fields of each line; the format has no line breaks inside of a field."""
    for line in lines:
        found = [(quoted.replace('""', '"') if quoted else plain) for quoted, plain in _FIELD.findall(line)]
        yield found[:-1] if len(found) > 1 and not line.endswith(";") else found


def _number(text: str) -> Fraction | None:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return Fraction(value) if value.is_finite() else None


def _refuse(table: Table, line: int, column: str, rule: str, remedy: str) -> None:
    table.refused.append(Reject(table.file, line, column, rule, remedy, {}))
