"""A fiscal year of the sample: lines, contracts, payments, and what is wrong among them; drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

PAYMENTS, LINES, CONTRACTS = 3_000, 24, 180
DUPLICATES, BASELESS, MISPAID, UNBANKED = 5, 4, 3, 2
FUNCTIONS = {
    "education": "205", "health": "210", "urban-management": "212", "water-affairs": "213", "greening": "212",
    "ecology": "211", "civil-affairs": "208", "culture-tourism": "207",
}  # fmt: skip
DEPARTMENTS = tuple(FUNCTIONS)
BASIC, GOODS, CAPITAL = "301", "302", "310"
SALARY, SUBSIDY = "basis-salary", "basis-subsidy"
Row = dict[str, Any]


@dataclass
class Year:
    """What is drawn: rows of the registers, payments by number, and what became of them."""

    first: date
    lines: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    paid: dict[str, Row] = field(default_factory=dict)
    refusals: int = 0
    matters: list[Matter] = field(default_factory=list)

    @property
    def last(self) -> date:
        return date(self.first.year, 12, 31)


def draw_registers(play: Play, year: Year) -> None:
    luck = play.luck.stream("registers")
    for number in range(LINES):
        department = DEPARTMENTS[number % len(DEPARTMENTS)]
        economic = (BASIC, GOODS, CAPITAL)[number // len(DEPARTMENTS) % 3]
        year.lines.append(
            {
                "code": f"{year.first.year}-{FUNCTIONS[department]}-{number:03}", "name": f"{department} {economic}",
                "department": department, "year": str(year.first.year), "function": FUNCTIONS[department],
                "economic": economic, "kind": "basic" if economic == BASIC else "project",
                "approved": year.first.isoformat(), "document": f"预〔{year.first.year}〕{number + 1}号",
            }
        )  # fmt: skip
    firms = luck.sample(range(900), 90)
    play.load("enterprise", [play.district.enterprise(number) for number in firms], source="market register")
    open_lines = [line for line in year.lines if line["kind"] == "project"]
    for number in range(CONTRACTS):
        begins = year.first + timedelta(days=luck.whole(0, 120))
        year.contracts.append(
            {
                "number": f"HT{year.first.year}-{number:04}", "name": f"采购合同{number + 1}",
                "payee": play.district.enterprise(firms[luck.whole(0, len(firms) - 1)])["credit_code"],
                "line": luck.pick(open_lines)["code"], "amount": f"{luck.whole(40, 900)}000.00",
                "signed": begins.isoformat(), "begins": begins.isoformat(),
                "ends": (begins + timedelta(days=luck.whole(240, 500))).isoformat(),
            }
        )  # fmt: skip


def draw_payments(play: Play, year: Year) -> None:
    luck = play.luck.stream("payments")
    used = dict.fromkeys((c["number"] for c in year.contracts), 0)
    basic = [line["code"] for line in year.lines if line["kind"] == "basic"]
    planted = DUPLICATES + BASELESS + MISPAID
    for number in range(PAYMENTS - planted):
        day = year.first + timedelta(days=luck.whole(3, 360))
        running = (
            [c for c in year.contracts if c["begins"] <= day.isoformat() <= c["ends"]] if luck.chance(0.75) else []
        )
        contract = luck.pick(running) if running else None
        if contract is None:
            year.payments.append(_payment(luck, number, day, basis=luck.pick((SALARY, SUBSIDY)), line=luck.pick(basic)))
            continue
        fen = int(contract["amount"].replace(".", "")) // luck.pick((30, 40, 60)) // 1_000 * 1_000
        if used[contract["number"]] + fen > int(contract["amount"].replace(".", "")) * 9 // 10:
            year.payments.append(_payment(luck, number, day, basis=SALARY, line=luck.pick(basic)))
            continue
        used[contract["number"]] += fen
        year.payments.append(_payment(luck, number, day, contract=contract, fen=fen))


def _payment(
    luck: Luck, number: int, day: date, *, contract: Row | None = None, basis: str = "", line: str = "", fen: int = 0
) -> Row:
    fen = fen or luck.whole(2_000, 300_000) * 100
    recorder, approver, payer = luck.sample([f"clerk-{n}" for n in range(12)], 3)
    return {
        "payment": f"P{number:06}", "day": day.isoformat(), "amount": f"{fen // 100}.{fen % 100:02}",
        "payee": contract["payee"] if contract else f"staff-{luck.whole(1, 40)}",
        "invoice": f"FP{day:%y%m}-{number:06}" if contract else "", "contract": contract["number"] if contract else "",
        "basis": basis, "line": contract["line"] if contract else line, "recorder": recorder, "approver": approver,
        "payer": payer,
    }  # fmt: skip


def plant(play: Play, year: Year) -> None:
    luck = play.luck.stream("planting")
    with_contract = [p for p in year.payments if p["contract"] and date.fromisoformat(p["day"]).month < 11]
    chosen = luck.sample(with_contract, DUPLICATES + BASELESS + MISPAID + 6)
    number = iter(range(900_000, 910_000))
    for before in chosen[:DUPLICATES]:
        later = date.fromisoformat(before["day"]) + timedelta(days=luck.whole(1, 55))
        again = _again(before, next(number), later, invoice=_otherwise(luck, before["invoice"]))
        year.payments.append(again)
        play.plant("duplicate", again["payment"], f"{before['payment']} asked for once more, {later}")
    for before in chosen[DUPLICATES : DUPLICATES + BASELESS]:
        bare = _again(before, next(number), date.fromisoformat(before["day"]), contract="", invoice="FP-0")
        year.payments.append(bare)
        play.plant("no_basis", bare["payment"], "neither contract nor statutory basis")
    for before in chosen[DUPLICATES + BASELESS : DUPLICATES + BASELESS + MISPAID]:
        others = [c["payee"] for c in year.contracts if c["payee"] != before["payee"]]
        other = _again(
            before, next(number), date.fromisoformat(before["day"]), payee=luck.pick(others),
            invoice=f"FPX-{before['payment']}",
        )  # fmt: skip
        year.payments.append(other)
        play.plant("other_payee", other["payment"], f"contract {before['contract']} names somebody else")
    for before in chosen[-6:]:
        day = date.fromisoformat(before["day"]) + timedelta(days=1)
        rent = _again(before, next(number), day, invoice=f"{before['invoice']}-2", amount="1000.00")
        year.payments.append(rent)
        play.look_alike("duplicate", rent["payment"], "another invoice of the same contract")


def _again(before: Row, number: int, day: date, **other: str) -> Row:
    return {**before, "payment": f"P{number:06}", "day": day.isoformat(), **other}


def _otherwise(luck: Luck, invoice: str) -> str:
    """The same invoice number as somebody else would type it."""
    wide = invoice.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    typed: str = luck.pick((invoice, wide, invoice.replace("-", " "), invoice.lower()))
    return typed


def fen(amount: str) -> int:
    """Yuan with two decimals as fen."""
    return int(amount.replace(".", ""))
