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

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.rules.journal import POSTED, REPEATED, Draft, Journal, PostedLine, Standing
from bihuan.rules.tracing import untraced

SEVERAL = "\n"
"""Parts the references of an entry whose lines name several."""


def check_journal(given: Given) -> Answer:
    """Every account's sums, every refused entry with its reason, and what is not traced.

    Source: 财库〔2022〕41号; DESIGN §14 (books).
    """
    accounts, entries = given["accounts"], given["entries"]
    names, units = accounts["account"].text(), accounts["unit"].text()
    sides, floors = accounts["normal"].text(), accounts["floor"].text()
    journal = Journal(
        {
            name: Standing(unit, 1 if side == "debit" else -1, floor=0 if floor == "zero" else None)
            for name, unit, side, floor in zip(names, units, sides, floors, strict=True)
        }
    )
    digits = max(
        (len(text.partition(".")[2]) for side in ("debit", "credit") for text in entries[side].texts), default=0
    )
    debited: Counter[str] = Counter()
    credited: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for row, draft in _drafts(entries, digits, journal):
        verdict = journal.post(draft)
        told[verdict.state] += 1
        if verdict is POSTED:
            for account, debit, credit, _ in draft.lines:
                debited[account] += debit or 0
                credited[account] += credit or 0
        elif verdict.reason is not None:
            reason = str(verdict.reason)
            entries.refuse(row, "entry", reason, _REMEDIES[reason], entry=draft.key, reason=reason)
    return Answer(
        {
            "account": names,
            "unit": units,
            "debit": [_amount(debited[name], digits) for name in names],
            "credit": [_amount(credited[name], digits) for name in names],
            "balance": [_amount(journal.standings[name].balance, digits) for name in names],
        },
        facts={
            "entries": told.total(),
            "posted": told[POSTED.state],
            "repeated": told[REPEATED.state],
            "refused": told["refused"],
            "balanced": debited.total() == credited.total(),
            "untraced": _untraced(journal, given.option("trace")),
        },
    )


def _drafts(table: Table, digits: int, journal: Journal) -> Iterator[tuple[int, Draft]]:
    """Entries in the order of the file, each with the index of its first row."""
    days, reverses, refs = table["date"].values(), table["reverses"].text(), table["ref"].text()
    units = table["unit"].text()
    lines = list(
        map(
            PostedLine,
            table["account"].text(),
            _amounts(table, "debit", digits),
            _amounts(table, "credit", digits),
            units,
        )
    )
    for number, start, end in _groups(table["entry"].text(), table["line"].text()):
        found = tuple(lines[start:end])
        known = journal.entries.get(number)
        if known is not None and sorted(known.lines, key=str) == sorted(found, key=str):
            found = known.lines  # the same lines in another order say the same
        yield start, Draft(number, days[start], found, _named(refs, start, end), _first(reverses, start, end))


def _groups(numbers: list[str], places: list[str]) -> Iterator[tuple[str, int, int]]:
    """Number, first row and row after the last of lines that stand together; a line number met again begins anew."""
    start, seen = 0, set[str]()
    for row, number in enumerate(numbers):
        if row > start and (number != numbers[start] or (places[row] and places[row] in seen)):
            yield numbers[start], start, row
            start = row
            seen.clear()
        seen.add(places[row])
    if numbers:
        yield numbers[start], start, len(numbers)


def _first(texts: list[str], start: int, end: int) -> str:
    return next((text for text in texts[start:end] if text), "")


def _named(texts: list[str], start: int, end: int) -> str:
    """What the lines of an entry name, each once."""
    first = texts[start]
    return (
        first
        if texts[start:end].count(first) == end - start
        else SEVERAL.join(dict.fromkeys(text for text in texts[start:end] if text))
    )


def _amounts(table: Table, name: str, digits: int) -> list[int | None]:
    cells, scale = table[name], 10**digits
    words: list[int | None] = [
        int(text.replace(".", "")) * (scale // 10 ** len(text.partition(".")[2])) for text in cells.texts
    ]
    words.append(None)
    return [words[code] for code in cells.codes.tolist()]


def _untraced(journal: Journal, trace: str | None) -> list[str]:
    if not trace:
        return []
    account, _, pattern = trace.partition(":")
    return untraced(
        journal.entries, lambda name: name == account, lambda name: fnmatchcase(name, pattern), also=SEVERAL
    )


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
        AnswerKey("entries", "分录数", "Entries read", {"type": "integer"}),
        AnswerKey("posted", "入账", "Posted", {"type": "integer"}),
        AnswerKey("repeated", "重复送达", "Sent again, without effect", {"type": "integer"}),
        AnswerKey("refused", "退回", "Refused", {"type": "integer"}),
        AnswerKey("balanced", "借贷平衡", "Whether debits equal credits", {"type": "boolean"}),
        AnswerKey("untraced", "无来源的支出", "Entries without an appropriation", {"type": "array"}),
    ),
    key=("account",),
    run=check_journal,
    source="财库〔2022〕41号",
    peer="a ledger that checks each entry against all before it",
    cost="n",
)  # fmt: skip
