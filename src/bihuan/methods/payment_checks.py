"""Which payments may be made: a basis in force, the contract's payee, within its amount, four eyes, and not paid before.

In: payments with day, payee, amount, invoice, contract or statutory basis, and who recorded, approved and pays;
contracts with payee, amount and term; statutory bases with their term. Payments are read by day, then number; the first
reason that applies is told: `no_basis` (no contract and no basis, or none that is in force on that day), `other_payee`,
`not_four_eyes` (recorder, approver and payer are not three people), `over_contract` (with what was `ok` before), and
`duplicate`: the payee was paid the same amount for the same invoice at most `days` days before; then `of` is that one.
What has a reason is not paid and does not count against the contract. Invoice numbers are compared without spaces,
hyphens, case and width. Exact: amounts are whole numbers of the smallest unit written. n log n.
Source: 预算法实施条例 (国令第729号, 2020) on paying by budget, level and progress; 行政事业单位内部控制规范
(财会〔2012〕21号) on posts that one person may not hold together; the order of reasons is declared here.
Compared with: a reading of each payment against all before it (tests/methods/test_payment_checks.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

_OPEN = 1 << 60
_PARTS = re.compile(r"[\s\-‐-―_/.]+")


@dataclass
class _Bases:
    """What payments may rest on: payee, amount and term of each contract, the term of each statutory basis."""

    payee: dict[str, str]
    amount: dict[str, int]
    term: dict[str, tuple[int, int]]
    statutory: dict[str, tuple[int, int]]
    paid: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


def check_payments(given: Given) -> Answer:
    """The answer for every payment.

    Source: 预算法实施条例 (2020); rules of this method in its module docstring.
    """
    payments, contracts, statutory = given["payments"], given["contracts"], given["bases"]
    digits = max(
        (len(text.partition(".")[2]) for table in (payments, contracts) for text in table["amount"].texts), default=0
    )
    names = contracts["contract"].text()
    bases = _Bases(
        dict(zip(names, contracts["payee"].text(), strict=True)),
        dict(zip(names, contracts["amount"].scaled(digits).tolist(), strict=True)),
        dict(zip(names, _terms(contracts), strict=True)),
        dict(zip(statutory["basis"].text(), _terms(statutory), strict=True)),
    )
    told = _read(payments, bases, digits, given.option("days"))
    ids = payments["payment"].text()
    counts: defaultdict[str, int] = defaultdict(int)
    for status, _ in told:
        counts[status] += 1
    return Answer(
        {"payment": ids, "status": [status for status, _ in told], "of": [of for _, of in told]},
        facts={"payable": counts.pop("ok", 0), "held": dict(sorted(counts.items()))},
    )


def _terms(table: Table) -> list[tuple[int, int]]:
    ends = (_OPEN if day == NO_DAY else day for day in table["to"].days().tolist())
    return list(zip(table["from"].days().tolist(), ends, strict=True))


def _read(payments: Table, bases: _Bases, digits: int, days: int) -> list[tuple[str, str]]:
    ids, day = payments["payment"].text(), payments["day"].days().tolist()
    payee, amount = payments["payee"].text(), payments["amount"].scaled(digits).tolist()
    invoice = [plain_invoice(text) for text in payments["invoice"].text()]
    contract, basis = payments["contract"].text(), payments["basis"].text()
    people = list(zip(*(payments[who].text() for who in ("recorder", "approver", "payer")), strict=True))
    told = [("", "")] * len(ids)
    last: dict[tuple[str, int, str], int] = {}
    for row in sorted(range(len(ids)), key=lambda each: (day[each], ids[each])):
        key = (payee[row], amount[row], invoice[row])
        before = last.get(key) if invoice[row] else None
        if not _rests(bases, contract[row], basis[row], day[row]):
            told[row] = ("no_basis", "")
        elif contract[row] and bases.payee[contract[row]] != payee[row]:
            told[row] = ("other_payee", contract[row])
        elif len({who for who in people[row] if who}) < len(people[row]):
            told[row] = ("not_four_eyes", "")
        elif contract[row] and bases.paid[contract[row]] + amount[row] > bases.amount[contract[row]]:
            told[row] = ("over_contract", contract[row])
        elif before is not None and day[row] - day[before] <= days:
            told[row] = ("duplicate", ids[before])
        else:
            told[row] = ("ok", "")
            last[key] = row
            bases.paid[contract[row]] += amount[row]
    return told


def _rests(bases: _Bases, contract: str, basis: str, day: int) -> bool:
    term = bases.term.get(contract) if contract else bases.statutory.get(basis)
    return term is not None and term[0] <= day <= term[1]


def plain_invoice(text: str) -> str:
    """An invoice number as it is compared: NFKC, upper case, without spaces and hyphens.

    Source: Unicode Standard Annex 15 (NFKC: full width and half width are one).
    """
    return _PARTS.sub("", unicodedata.normalize("NFKC", text)).upper()


METHOD = Method(
    name="payment-checks",
    zh="支付审核",
    en="Payments that may be made, and why the others may not",
    inputs=(
        Input(
            "payments", "支付申请", "Payments asked for",
            (
                Column("payment", "支付申请号", "Number"), Column("day", "日期", "Day", "date"),
                Column("payee", "收款人代码", "Payee's code"), Column("amount", "金额", "Amount", "decimal"),
                Column("invoice", "发票号", "Invoice", required=False, absent=True),
                Column("contract", "合同号", "Contract", required=False, absent=True),
                Column("basis", "法定依据", "Statutory basis", required=False, absent=True),
                Column("recorder", "录入人", "Recorded by"), Column("approver", "审核人", "Approved by"),
                Column("payer", "支付人", "Paid by"),
            ),
            unique=("payment",),
        ),
        Input(
            "contracts", "合同", "Contracts",
            (
                Column("contract", "合同号", "Number"), Column("payee", "收款人代码", "Payee's code"),
                Column("amount", "金额", "Amount", "decimal"), Column("from", "起始日", "From", "date"),
                Column("to", "截止日", "Until, included", "date", required=False),
            ),
            unique=("contract",),
        ),
        Input(
            "bases", "法定依据", "Statutory bases",
            (
                Column("basis", "依据", "Basis"), Column("from", "起始日", "From", "date"),
                Column("to", "截止日", "Until, included", "date", required=False),
            ),
            unique=("basis",),
        ),
    ),
    options=(Option("days", "查重天数", "Days in which the same invoice counts as paid before", "count", "60"),),
    output=(
        Column("payment", "支付申请号", "Number"),
        Column("status", "结论", "Answer", "choice", choices=one_of(
            ok="可支付|May be paid", no_basis="无依据|No basis", other_payee="收款人不符|Not the contract's payee",
            not_four_eyes="岗位未分离|Not three people", over_contract="超合同金额|Over the contract",
            duplicate="疑似重复|Paid before")),
        Column("of", "对照", "Compared with", required=False),
    ),
    facts=(
        AnswerKey("payable", "可支付", "May be paid", {"type": "integer"}),
        AnswerKey("held", "暂缓", "Held back, by reason", {"type": "object", "additionalProperties": {"type": "integer"}}),
    ),
    key=("payment",),
    run=check_payments,
    source="预算法实施条例 (2020); 财会〔2012〕21号",
    peer="a reading of each payment against all before it",
)  # fmt: skip
