"""A journal of double entries checked whole: what posts, what is refused and why, what every account holds, what is traced.

In: ACCOUNTS (normal side, unit, floor) and ENTRIES, lines with debit or credit. Entries are read in the order of the
file — the one method where order means something — and post whole or not at all; lines of one number that stand
together are one entry. Refused with the first reason that applies: `number_used` (posted before with other content; the
same content again is `repeated` and does nothing), `unknown_account`, `one_side_only`, `not_positive`, `unit`,
`unbalanced` (in any unit), `reverses_nothing`, `reversed_before`, `not_a_mirror`, `below_floor`. A refused number may be
sent again. `trace=ACCOUNT:PATTERN` names posted entries that credit the account, are no reversal, and whose chain of
`ref` meets no entry crediting an account of the pattern.
Amounts are whole numbers of the smallest unit written in the file: exact. Linear.
Source: 财政总会计制度 (财库〔2022〕41号) on 借贷记账; DESIGN §14 (books).
Compared with: a ledger that checks each entry against all before it (tests/methods/test_journal.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from bihuan.methods.declared.model import Answer, Column, Fact, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table


class Line(NamedTuple):
    """One line of an entry; amounts in smallest units, None where a side is empty."""

    account: str
    debit: int | None
    credit: int | None
    unit: str
    ref: str
    reverses: str
    day: str


@dataclass
class Ledger:
    """What has been posted so far.

    Args:
        normal, unit, floored: Of each account: debit is normal, its unit, whether it may not fall below zero.
    """

    normal: dict[str, bool]
    unit: dict[str, str]
    floored: dict[str, bool]
    debit: Counter[str] = field(default_factory=Counter)
    credit: Counter[str] = field(default_factory=Counter)
    posted: dict[str, list[Line]] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)

    def reason(self, number: str, lines: list[Line]) -> str:
        """Why an entry is refused, `repeated`, or empty when it posts."""
        if number in self.posted:
            return "repeated" if sorted(map(str, self.posted[number])) == sorted(map(str, lines)) else "number_used"
        return self._wrong_line(lines) or self._wrong_reversal(lines) or self._wrong_balance(lines)

    def post(self, number: str, lines: list[Line]) -> None:
        """Add an entry that is not refused."""
        for line in lines:
            self.debit[line.account] += line.debit or 0
            self.credit[line.account] += line.credit or 0
            if line.reverses:
                self.reversed.add(line.reverses)
        self.posted[number] = lines

    def balance(self, account: str) -> int:
        """On the normal side."""
        held = self.debit[account] - self.credit[account]
        return held if self.normal[account] else -held

    def _wrong_line(self, lines: list[Line]) -> str:
        if any(line.account not in self.unit for line in lines):
            return "unknown_account"
        if any((line.debit is None) == (line.credit is None) for line in lines):
            return "one_side_only"
        if any((line.debit or line.credit or 0) <= 0 for line in lines):
            return "not_positive"
        if any(line.unit != self.unit[line.account] for line in lines):
            return "unit"
        sums: Counter[str] = Counter()
        for line in lines:
            sums[line.unit] += (line.debit or 0) - (line.credit or 0)
        return "unbalanced" if any(sums.values()) else ""

    def _wrong_reversal(self, lines: list[Line]) -> str:
        for number in dict.fromkeys(line.reverses for line in lines if line.reverses):
            if number not in self.posted:
                return "reverses_nothing"
            if number in self.reversed:
                return "reversed_before"
            mirror = Counter((line.account, line.credit, line.debit, line.unit) for line in self.posted[number])
            if mirror != Counter((line.account, line.debit, line.credit, line.unit) for line in lines):
                return "not_a_mirror"
        return ""

    def _wrong_balance(self, lines: list[Line]) -> str:
        change: Counter[str] = Counter()
        for line in lines:
            moved = (line.debit or 0) - (line.credit or 0)
            change[line.account] += moved if self.normal[line.account] else -moved
        low = (name for name, moved in change.items() if moved < 0 and self.floored[name])
        return "below_floor" if any(self.balance(name) + change[name] < 0 for name in low) else ""


def check_journal(given: Given) -> Answer:
    """Every account's sums, every refused entry with its reason, and what is not traced.

    Source: 财库〔2022〕41号; DESIGN §14 (books).
    """
    accounts, entries = given["accounts"], given["entries"]
    names = accounts["account"].text()
    ledger = Ledger(
        dict(zip(names, (side == "debit" for side in accounts["normal"].text()), strict=True)),
        dict(zip(names, accounts["unit"].text(), strict=True)),
        dict(zip(names, (floor == "zero" for floor in accounts["floor"].text()), strict=True)),
    )
    digits = max(
        (len(text.partition(".")[2]) for side in ("debit", "credit") for text in entries[side].texts), default=0
    )
    seen = posted = repeated = refused = 0
    for number, row, lines in _entries(entries, digits):
        seen += 1
        reason = ledger.reason(number, lines)
        if not reason:
            ledger.post(number, lines)
            posted += 1
        elif reason == "repeated":
            repeated += 1
        else:
            refused += 1
            entries.refuse(row, "entry", reason, _REMEDIES[reason], entry=number, reason=reason)
    total = {side: sum(getattr(ledger, side).values()) for side in ("debit", "credit")}
    return Answer(
        {
            "account": names,
            "unit": accounts["unit"].text(),
            "debit": [_amount(ledger.debit[name], digits) for name in names],
            "credit": [_amount(ledger.credit[name], digits) for name in names],
            "balance": [_amount(ledger.balance(name), digits) for name in names],
        },
        facts={
            "entries": seen,
            "posted": posted,
            "repeated": repeated,
            "refused": refused,
            "balanced": total["debit"] == total["credit"],
            "untraced": _untraced(ledger, given.option("trace")),
        },
    )


def _entries(table: Table, digits: int) -> Iterator[tuple[str, int, list[Line]]]:
    """Entries in the order of the file: number, first row, lines."""
    scale = 10**digits

    def amounts(name: str) -> list[int | None]:
        cells, words = table[name], [None] * 0
        words = [int(text.replace(".", "")) * (scale // 10 ** len(text.partition(".")[2])) for text in cells.texts]
        return [words[code] if code >= 0 else None for code in cells.codes.tolist()]

    columns = (table[name].text() for name in ("account", "unit", "ref", "reverses", "date"))
    account, unit, ref, reverses, day = columns
    debit, credit, numbers = amounts("debit"), amounts("credit"), table["entry"].text()
    places = table["line"].text()
    start, lines, seen = 0, list[Line](), set[str]()
    for row, number in enumerate(numbers):
        if lines and (number != numbers[start] or (places[row] and places[row] in seen)):
            yield numbers[start], start, lines
            start, lines, seen = row, [], set()
        seen.add(places[row])
        lines.append(Line(account[row], debit[row], credit[row], unit[row], ref[row], reverses[row], day[row]))
    if lines:
        yield numbers[start], start, lines


def _untraced(ledger: Ledger, trace: str | None) -> list[str]:
    if not trace:
        return []
    account, _, pattern = trace.partition(":")
    credited: defaultdict[str, set[str]] = defaultdict(set)
    refs: defaultdict[str, set[str]] = defaultdict(set)
    reversals = set()
    for number, lines in ledger.posted.items():
        for line in lines:
            if line.credit:
                credited[number].add(line.account)
            if line.ref in ledger.posted:
                refs[number].add(line.ref)
            if line.reverses:
                reversals.add(number)
    good = {number for number, names in credited.items() if any(fnmatchcase(name, pattern) for name in names)}
    back: defaultdict[str, set[str]] = defaultdict(set)
    for number, named in refs.items():
        for other in named:
            back[other].add(number)
    todo = list(good)
    while todo:  # whatever refers to something traced is traced
        for number in back[todo.pop()] - good:
            good.add(number)
            todo.append(number)
    return sorted(n for n, names in credited.items() if account in names and n not in reversals and n not in good)


def _amount(scaled: int, digits: int) -> str:
    whole, rest = divmod(abs(scaled), 10**digits)
    shown = f"{rest:0{digits}}" if digits else ""
    return f"{'-' * (scaled < 0)}{whole}.{shown.ljust(2, '0')}"


_REMEDIES = {
    "number_used": "另编新号 · give it another number",
    "unknown_account": "先设科目，或更正科目 · add the account, or correct it",
    "one_side_only": "每行借贷只填一方 · a line has a debit or a credit, one of them",
    "not_positive": "金额须大于零，冲销用镜像分录 · amounts are positive; reverse by a mirror",
    "unit": "使用科目的计量单位 · use the account's unit",
    "unbalanced": "补齐借贷，各单位分别平衡 · balance debits and credits in every unit",
    "reverses_nothing": "引用已入账的分录 · name an entry that is posted",
    "reversed_before": "该分录已冲销，不再冲销 · it is reversed already",
    "not_a_mirror": "逐行对调借贷 · swap the sides of every line",
    "below_floor": "先补足余额 · the balance must suffice",
}
METHOD = Method(
    name="journal",
    zh="账务核验与资金溯源",
    en="A journal of double entries, checked and traced",
    inputs=(
        Input(
            "accounts", "科目", "Accounts",
            (
                Column("account", "科目", "Account"),
                Column("normal", "余额方向", "Normal side", "choice", choices=one_of(debit="借|Debit", credit="贷|Credit")),
                Column("unit", "单位", "Unit"),
                Column("floor", "下限", "Floor", "choice", choices=one_of(zero="不得为负|Zero", none="无|None")),
            ),
            unique=("account",),
        ),
        Input(
            "entries", "分录", "Entries in their order",
            (
                Column("entry", "分录号", "Number"), Column("line", "行号", "Line", required=False, absent=True),
                Column("date", "日期", "Day", "date"), Column("account", "科目", "Account"),
                Column("debit", "借方", "Debit", "decimal", required=False),
                Column("credit", "贷方", "Credit", "decimal", required=False), Column("unit", "单位", "Unit"),
                Column("ref", "依据分录", "Rests on entry", required=False, absent=True),
                Column("reverses", "冲销分录", "Reverses entry", required=False, absent=True),
            ),
        ),
    ),
    options=(Option("trace", "溯源：科目:来源模式", "Trace what credits ACCOUNT to PATTERN", default=""),),
    output=(
        Column("account", "科目", "Account"), Column("unit", "单位", "Unit"),
        Column("debit", "借方合计", "Debits", "decimal"), Column("credit", "贷方合计", "Credits", "decimal"),
        Column("balance", "余额", "Balance on the normal side", "decimal"),
    ),
    facts=(
        Fact("entries", "分录数", "Entries read", {"type": "integer"}),
        Fact("posted", "入账", "Posted", {"type": "integer"}),
        Fact("repeated", "重复送达", "Sent again, without effect", {"type": "integer"}),
        Fact("refused", "退回", "Refused", {"type": "integer"}),
        Fact("balanced", "借贷平衡", "Whether debits equal credits", {"type": "boolean"}),
        Fact("untraced", "无来源的支出", "Entries without an appropriation", {"type": "array"}),
    ),
    key=("account",),
    run=check_journal,
    source="财库〔2022〕41号",
    peer="a ledger that checks each entry against all before it",
    cost="n",
)  # fmt: skip
