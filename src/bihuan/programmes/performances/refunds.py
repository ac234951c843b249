"""Refunds of cancelled performances: paid ticket by ticket, confirmed by the bank, to the fen; what differs is a case.

Planted in each cancellation, as far as it has so many tickets: a refund that never arrives, one that arrives short, one
that arrives on another account; and that a cancellation cannot be submitted while one of them is open. Look-alikes: a
receipt that does not name its refund, one that comes on the last day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bihuan.books.balances import balances
from bihuan.programmes.performances.season import Row, Season
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

WRONG = ("missing", "weight", "carrier")
ARRIVE, LAST, LOOKED, AGAIN = 1, 3, 4, 6
"""Days after the money was sent on which it arrives, may arrive at the latest, exceptions are worked, and what is
missing is paid again."""


class CalledOff(NamedTuple):
    """A cancelled performance, its case, the day it was called off, and who handles it."""

    each: Row
    matter: Matter
    start: int
    handler: Actor


def pay_back(play: Play, season: Season, each: Row, start: int) -> None:
    """Send the price of every ticket back, and take the bank's file of the days after; some of it is wrong."""
    number, luck = each["number"], play.luck.stream(f"refunds {each['number']}")
    tickets = [(key, seats) for key, seats in sorted(season.tickets[number].items())]
    rows, told = [], []
    for place, (key, seats) in enumerate(tickets):
        refund, amount = f"RF-{key}", seats * each["price"]
        rows.append(_sent(play, each, refund, key, amount, start))
        wrong = WRONG[place] if place < len(WRONG) else ""
        if wrong:
            play.plant(wrong, refund, "the bank says otherwise")
        late = place == len(WRONG)
        if late or place == len(WRONG) + 1:
            play.look_alike("missing", refund, "arrived on the last day, or without its number")
        if wrong == "missing":
            continue
        told.append({
            "ticket": f"BK-{key}", "refund": "" if place == len(WRONG) + 1 else refund,
            "payee": f"acct-{key}" if wrong != "carrier" else f"acct-other-{luck.whole(100, 999)}", "way": "bank",
            "amount": amount - 5 if wrong == "weight" else amount,
            "arrived": play.day(start + (LAST if late else ARRIVE), 9).isoformat(),
        })  # fmt: skip
    play.load("ticket-refund", rows, at=play.on(start), source="organiser")
    play.load("refund-receipt", told, at=play.on(start + ARRIVE), source="bank")


def _sent(play: Play, each: Row, refund: str, key: str, amount: int, day: int) -> Row:
    return {
        "number": refund, "performance": each["number"], "keeper": each["keeper"], "payee": f"acct-{key}",
        "way": "bank", "amount": amount, "sent": play.day(day, 14).isoformat(),
    }  # fmt: skip


def work_refunds(play: Play, called_off: Sequence[CalledOff]) -> None:
    """The watch finds what is wrong; it is paid again under a new number and verified; no submission before."""
    last = max(each.start for each in called_off)
    play.to(play.day(last + LOOKED, 9))
    play.meanwhile()
    again, came = [], []
    for one in called_off:
        wrong = _exceptions(play, one.each["number"])
        if wrong:
            play.plant("refunds_open", one.each["number"], f"{len(wrong)} refunds are wrong")
            done = {"text": "已办结 · done"}
            at = play.day(last + LOOKED, 10)
            play.attempt("refunds_open", one.each["number"], one.matter, "submit", at, one.handler, done)
        for case, refund, exception, amount in wrong:
            play.find(exception, refund, case.number)
            work, more, ticket = play.matter(case), 5 if exception == "weight" else amount, refund.removeprefix("RF-")
            again.append(_sent(play, one.each, f"{refund}-2", ticket, more, last + LOOKED + 1))
            came.append({
                "ticket": f"{refund}-2", "refund": f"{refund}-2", "payee": f"acct-{ticket}", "way": "bank",
                "amount": more, "arrived": play.day(last + AGAIN, 9).isoformat(),
            })  # fmt: skip
            play.act(work, "accept", play.day(last + LOOKED, 11), one.handler)
            play.act(work, "submit", play.day(last + AGAIN, 10), one.handler, {"text": "已查明并补退 · found and paid"})
            play.act(work, "verify", play.day(last + AGAIN, 15), play.person("inspector"), result="passed")
    if again:
        play.load("ticket-refund", again, at=play.on(last + LOOKED + 1), source="organiser")
        play.load("refund-receipt", came, at=play.on(last + AGAIN), source="bank")
    play.to(play.day(last + AGAIN, 18))
    play.meanwhile()


def _exceptions(play: Play, performance: str) -> list[tuple[CaseRow, str, str, int]]:
    """Open cases about refunds of a performance: the case, the refund, the exception, the amount that was sent."""
    parts = {each.subject: each.part for each in play.incidents() if each.watch == "refund_exceptions"}
    amounts = {key: int(float(values["amount"])) for key, values in play.subjects("ticket-refund")}
    cases = {str(case.about).partition("/")[2]: case for case in play.cases(kind="refund", state="dispatched")}
    return [
        (case, refund, parts[refund], amounts[refund])
        for refund, case in cases.items() if refund.startswith(f"RF-{performance}")
    ]  # fmt: skip


def money_of_refunds(play: Play) -> None:
    """What was paid back is what arrived, arrived short, or is on its way."""
    with in_district(default_district()):
        held: dict[str, int] = {}
        for line in balances("seats"):
            held[line.account] = held.get(line.account, 0) + line.balance
    told = {name: held.get(f"refund_{name}", 0) // 100 for name in ("due", "sent", "done", "short", "over")}
    play.prove("refunds_yuan", told)
    rest = told["sent"] + told["done"] + told["short"] - told["over"]
    play.prove("refunds_conserved", told["due"] == rest)


def due_of(season: Season, each: Row) -> int:
    """What is owed to the holders of tickets, yuan."""
    return int(each["price"]) * sum(season.tickets[each["number"]].values())
