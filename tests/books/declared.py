"""Two books of a toy programme, and what tests do with them again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

DISTRICT = "110108"
DAY = date(2026, 3, 2)

CASH = """
book: toy-cash
name: {zh: 玩具账, en: Toy cash}
units:
  CNY: {name: {zh: 元, en: yuan}, scale: 2}
accounts:
  till: {name: {zh: 库款, en: Till}, normal: debit, unit: CNY, floor: 0, traced: true}
  income: {name: {zh: 收入, en: Income}, normal: credit, unit: CNY}
  paid: {name: {zh: 已付, en: Paid}, normal: debit, unit: CNY, subject: payee}
  capped: {name: {zh: 限额, en: Capped}, normal: debit, unit: CNY, ceiling: 100}
entries:
  take: {name: {zh: 收, en: Take}, lines: [{debit: till}, {credit: income}]}
  pay: {name: {zh: 付, en: Pay}, lines: [{debit: paid, subject: payee}, {credit: till}], needs_ref: true}
rules:
  - {on: verified, when: {outcome: solved}, entry: take, values: {amount: "=1.00"}}
"""
SEATS = """
book: toy-seats
name: {zh: 座位, en: Toy seats}
units:
  seats: {name: {zh: 座, en: seats}}
accounts:
  free: {name: {zh: 余座, en: Free}, normal: debit, unit: seats, subject: event, floor: 0}
  sold: {name: {zh: 已售, en: Sold}, normal: debit, unit: seats, subject: event}
  hall: {name: {zh: 座席, en: Hall}, normal: credit, unit: seats, subject: event}
entries:
  offer: {name: {zh: 放票, en: Offer}, lines: [{debit: free, subject: event}, {credit: hall, subject: event}]}
  sell: {name: {zh: 售出, en: Sell}, lines: [{debit: sold, subject: event}, {credit: free, subject: event}]}
  back: {name: {zh: 退票, en: Back}, lines: [{debit: free, subject: event}, {credit: sold, subject: event}]}
  lapse: {name: {zh: 收回, en: Lapse}, lines: [{debit: hall, subject: event}, {credit: free, subject: event}]}
period_end: [{account: free, entry: lapse, value: event}]
intervals:
  hall: {name: {zh: 场地, en: Hall}, subject: facility, before: 60, after: 30, hold: 60}
  closed: {name: {zh: 闭馆, en: Closed}, subject: facility}
periods: none
"""


def write_books(home: Path) -> None:
    """Declare both books in the city's own folder."""
    from bihuan.books import catalogue

    folder = home / "programmes" / "toy" / "books"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cash.yaml").write_text(CASH, encoding="utf-8")
    (folder / "seats.yaml").write_text(SEATS, encoding="utf-8")
    catalogue.forget_books()


def book(name: str = "toy-cash") -> Any:
    """A declared book."""
    from bihuan.books.catalogue import book_named

    return book_named(name).book


def take(key: str, amount: str, **more: Any) -> Any:
    """A draft that fills the till."""
    from bihuan.books.drafting import draft_kind

    return draft_kind(book(), "take", key, more.pop("day", DAY), {"amount": amount}, **more)


def pay(key: str, amount: str, ref: str, payee: str = "p1", **more: Any) -> Any:
    """A draft that empties it."""
    from bihuan.books.drafting import draft_kind

    return draft_kind(book(), "pay", key, more.pop("day", DAY), {"amount": amount, "payee": payee}, ref=ref, **more)


def seats(kind: str, key: str, amount: int, event: str = "e1", **more: Any) -> Any:
    """A draft of the book of seats."""
    from bihuan.books.drafting import draft_kind

    return draft_kind(book("toy-seats"), kind, key, DAY, {"amount": str(amount), "event": event}, **more)


def posted(*drafts: Any, **more: Any) -> str:
    """Post in one act; the first reason of a refusal, or what became of the last draft."""
    from bihuan.books.posting import post, refused

    verdicts = post(*drafts, actor="user:1", **more)
    committed()
    return refused(verdicts) or verdicts[-1].state


def committed() -> None:
    """Let the deferred constraints speak now, as a commit would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def balance(name: str, subject: str = "") -> int:
    """Where an account stands, on its normal side, in smallest units."""
    from bihuan.books.models import AccountRow

    row = AccountRow.objects.get(name=name, subject=subject)
    return row.posted * row.normal


@contextmanager
def working() -> Iterator[None]:
    """Work for the district in a transaction."""
    from bihuan.registers.isolation import in_district

    with in_district(DISTRICT):
        yield
