"""A fiscal year of a district: budget, contracts, three thousand payments, a bank's statement, and what is wrong in it.

Planted: payments asked for twice, without a basis, to somebody who is not the contract's payee, and payments that the
bank never made. Look-alikes: another invoice of the same contract a day later, a bank that books days later or two
payments in one line.
Everything is drawn from the seed; names, codes and amounts are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.books.balances import balances, untraced
from bihuan.books.catalogue import all_books, book_named
from bihuan.books.drafting import draft_hold, draft_kind, draft_lines
from bihuan.books.ending import end_period
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.releasing import expire_holds, void_hold
from bihuan.programmes.treasury.bank import reconcile_year
from bihuan.programmes.treasury.year import (
    DEPARTMENTS,
    SALARY,
    SUBSIDY,
    Row,
    Year,
    draw_payments,
    draw_registers,
    fen,
    plant,
)
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.rules.journal import Draft, PostedLine

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play


BATCH = 400
LASTS = 775
"""The most days that the sample plays."""


def play_sample(play: Play) -> None:
    """Play the year."""
    year = Year(date(play.on(0).year + 1, 1, 1))
    draw_registers(play, year)
    draw_payments(play, year)
    plant(play, year)
    play.to(play.day((year.first - play.on(0)).days))
    play.load("budget-line", year.lines, at=year.first, source="budget")
    play.load("contract", year.contracts, at=year.first, source="procurement")
    _open_books(play, year)
    for month in range(1, 13):
        _month(play, year, month)
    _reserve(play, year)
    reconcile_year(play, year)
    _end(play, year)
    _answer(play, year)


# -- the year -----------------------------------------------------------------------------------------------


def _post(drafts: Sequence[tuple[Draft, ...]]) -> list[str]:
    """Post acts; the reason for each that was refused, or nothing."""
    told: list[str] = []
    with in_district(default_district()):
        for start in range(0, len(drafts), BATCH):
            acts = [Act(each, "play") for each in drafts[start : start + BATCH]]
            told += [refused(verdicts) for verdicts in post_acts(acts)]
    return told


def _open_books(play: Play, year: Year) -> None:
    authority, cash = book_named("authority").book, book_named("cash").book
    needed: dict[str, int] = {}
    for payment in year.payments:
        needed[payment["line"]] = needed.get(payment["line"], 0) + fen(payment["amount"])
    bound: dict[str, int] = {}
    for contract in year.contracts:
        bound[contract["line"]] = bound.get(contract["line"], 0) + fen(contract["amount"])
    drafts: list[tuple[Draft, ...]] = []
    total = 0
    for line in year.lines:
        code = line["code"]
        granted = bound.get(code, 0) + needed.get(code, 0) + 50_000_00
        total += granted
        drafts.append((draft_kind(authority, "grant", f"grant:{code}", year.first, _values(granted, line=code)),))
        drafts.append((draft_kind(authority, "plan", f"plan:{code}", year.first, _values(granted, line=code)),))
    for contract in year.contracts:
        values = {"amount": contract["amount"], "contract": contract["number"], "line": contract["line"]}
        drafts.append(
            (
                draft_kind(
                    authority, "bind", f"bind:{contract['number']}", year.first, values, ref=f"grant:{contract['line']}"
                ),
            )
        )
    for month in range(1, 13):
        day = date(year.first.year, month, 1)
        amount = _values(total // 10, **{"class": "tax"})
        drafts.append((draft_kind(cash, "receive", f"tax:{month:02}", day, amount),))
    drafts.append((draft_kind(cash, "borrow", "loan:1", year.first, _values(total // 20)),))
    assert not any(_post(drafts)), "the books open"


def _values(fen: int, **more: str) -> dict[str, str]:
    return {"amount": f"{fen // 100}.{fen % 100:02}", **more}


def _month(play: Play, year: Year, month: int) -> None:
    """A month's payments: checked, paid in both books at once, and what was held back is registered."""
    end = date(year.first.year, month + 1, 1) if month < 12 else year.last + timedelta(days=1)
    until = (end - timedelta(days=1)).isoformat()
    known = [p for p in year.payments if p["day"] <= until]
    contracts = [
        {"contract": c["number"], "payee": c["payee"], "amount": c["amount"], "from": c["begins"], "to": c["ends"]}
        for c in year.contracts
    ]
    bases = [{"basis": name, "from": year.first.isoformat(), "to": ""} for name in (SALARY, SUBSIDY)]
    told = play.calc("payment-checks", known, contracts, bases)
    answers = dict(
        zip(told.columns["payment"], zip(told.columns["status"], told.columns["of"], strict=True), strict=True)
    )
    fresh = [p for p in known if p["day"][5:7] == f"{month:02}"]
    good = sorted((p for p in fresh if answers[p["payment"]][0] == "ok"), key=lambda p: (p["day"], p["payment"]))
    for payment, reason in zip(good, _post([_pay(payment) for payment in good]), strict=True):
        if reason:
            year.refusals += 1
        else:
            year.paid[payment["payment"]] = payment
    for payment in fresh:
        status, of = answers[payment["payment"]]
        if status != "ok":
            _register(play, year, payment, status, of, end)
    play.to(play.day((end - play.on(0)).days))


def _pay(payment: Row) -> tuple[Draft, ...]:
    """Authority and money of one payment: one act."""
    authority, cash = book_named("authority").book, book_named("cash").book
    key, day = payment["payment"], date.fromisoformat(payment["day"])
    values = {name: payment[name] for name in ("amount", "line", "contract")}
    kind = "spend_contract" if payment["contract"] else "spend_statutory"
    rests = f"bind:{payment['contract']}" if payment["contract"] else f"grant:{payment['line']}"
    return (
        draft_kind(authority, kind, key, day, values, ref=rests),
        draft_kind(cash, "pay", key, day, values, ref=f"authority/{key}"),
    )


def _register(play: Play, year: Year, payment: Row, finding: str, of: str, day: date) -> None:
    """The supervisor registers a finding; most departments explain, and another supervisor looks."""
    number = (day - play.on(0)).days
    at = play.day(number, 9)
    matter = play.report(
        "suspicion", at, play.person("fiscal_supervisor"), key=f"{finding}:{payment['payment']}",
        title=f"{payment['payment']} {finding}", subject=payment["line"],
        fields={"finding": finding, "payment": payment["payment"], "amount": payment["amount"]}
        | ({"compared": of} if of else {}),
    )  # fmt: skip
    year.matters.append(matter)
    luck = play.luck.stream(f"case/{payment['payment']}")
    if luck.chance(0.2):
        return
    unit = play.unit(_department(payment["line"]))
    handler, later = play.person("handler", unit), number + 2
    play.act(matter, "accept", play.day(number, 14), handler)
    play.photo(
        matter, play.day(later, 10), handler, play.district.spot("site", luck.whole(0, 500)), picture=payment["payment"]
    )
    play.act(matter, "submit", play.day(later, 11), handler, {"text": "已说明并退回重复申请 · withdrawn"})
    play.act(matter, "verify", play.day(later + 1, 10), play.person("fiscal_supervisor", number=1), result="passed")


def _department(line: str) -> str:
    return DEPARTMENTS[int(line.rsplit("-", 1)[1]) % len(DEPARTMENTS)]


# -- reservations, the bank, the end of the year ------------------------------------------------------------


def _reserve(play: Play, year: Year) -> None:
    """Advances are reserved, posted in parts, given back or timed out; nothing goes beyond what is reserved."""
    book, luck = book_named("authority").book, play.luck.stream("holds")
    free = {line.subject: line.balance for line in balances_of("authority") if line.account == "committed"}
    chosen = [c for c in year.contracts if free.get(c["number"], 0) > 9_000_00][:24]
    counts = {"reserved": len(chosen), "parts": 0, "void": 0, "expired": 0, "beyond": 0}
    at = play.now
    for number, contract in enumerate(chosen):
        key, sides = f"adv:{contract['number']}", (f"spent:{contract['line']}", f"committed:{contract['number']}")
        with in_district(default_district()):
            hold = draft_hold(book, key, year.last, *sides, "3000.00", ref=f"bind:{contract['number']}")
            post_acts([Act((hold,), "play", at + timedelta(days=luck.whole(2, 9)))])
        if number % 3 == 0:
            parts = [
                _part(book, key, contract, sides, n, amount, year.last) for n, amount in enumerate((1000, 1500, 700))
            ]
            told = _post([(part,) for part in parts])
            counts["parts"] += told.count("")
            counts["beyond"] += told.count("not_held")
        if number % 3 != 1:
            with in_district(default_district()):
                void_hold("authority", key, "play")
            counts["void"] += 1
    play.to(at + timedelta(days=10))
    with in_district(default_district()):
        counts["expired"] = expire_holds(now=play.now)
    play.prove("reservations", counts)


def _part(book: Any, key: str, contract: Row, sides: tuple[str, str], number: int, yuan: int, day: date) -> Draft:
    names = [f"authority/{side}" for side in sides]
    lines = (PostedLine(names[0], yuan * 100, None, "CNY"), PostedLine(names[1], None, yuan * 100, "CNY"))
    return draft_lines(book, f"{key}.{number}", day, lines, ref=f"bind:{contract['number']}", hold=key)


def balances_of(book: str) -> list[Any]:
    """Where the accounts of a book stand."""
    with in_district(default_district()):
        return list(balances(book))


def _end(play: Play, year: Year) -> None:
    """Lapse, carry-over, closing; what comes afterwards needs a reason."""
    authority, cash = book_named("authority").book, book_named("cash").book
    returned = _returned(play, year)
    told = _post([_reversal(payment) for payment in returned])
    with in_district(default_district()):
        today = play.local(play.now)
        ended = end_period(authority, year.last, "play", today)
        end_period(cash, year.last, "play", today)
    line = year.lines[0]["code"]
    late = {"amount": "1.00", "line": line}
    refusal = _post([(draft_kind(authority, "grant", "late", year.last, late),)])
    restated = _post(
        [(draft_kind(authority, "grant", "restated", year.last, late, restates="决算更正 · final accounts"),)]
    )
    play.prove("year_end", {**ended.posted, "late": refusal[0], "restated": restated[0] or "posted"})
    play.prove("reversed", told.count(""))


def _returned(play: Play, year: Year) -> list[Row]:
    """Payments that came back: the account was closed."""
    december = [p for p in year.paid.values() if p["day"][5:7] == "12"]
    back: list[Row] = play.luck.stream("returns").sample(sorted(december, key=lambda p: p["payment"]), 3)
    return back


def _reversal(payment: Row) -> tuple[Draft, ...]:
    """The mirror of both entries of a payment, in one act."""
    mirrored = []
    for draft in reversed(_pay(payment)):
        book = all_books()[draft.book].book
        lines = tuple(PostedLine(x.account, x.credit, x.debit, x.unit) for x in draft.lines)
        key = draft.key.split("/", 1)[1]
        mirrored.append(draft_lines(book, f"{key}-back", draft.day, lines, reverses=key))
    return tuple(mirrored)


def _answer(play: Play, year: Year) -> None:
    for matter in year.matters:
        if matter.case is not None:
            finding, _, payment = matter.key.partition(":")
            play.find(finding, payment, matter.number)
    sources = [(name, a) for name, each in all_books().items() for a, d in each.book.accounts.items() if d.source]
    with in_district(default_district()):
        play.prove("untraced", len(untraced("cash", ["treasury"], sources)))
    play.prove("payments", {"asked": len(year.payments), "paid": len(year.paid), "refused": year.refusals})
    play.prove("amount", f"{sum(fen(p['amount']) for p in year.paid.values()) / 100:.2f}")
