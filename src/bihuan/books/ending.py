"""The end of a period: what lapses, what is carried over, then the book is closed; each in its declared way.

Source: DESIGN §14 (books; period lock); 预算法 (2018) on 结转 and 结余; docs/adr/0290-period-end.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.db import transaction

from bihuan.books.balances import balances
from bihuan.books.declaration import AMOUNT, BookDeclaration, PeriodEnd
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.books.pure.amounts import write_amount
from bihuan.books.releasing import close_book
from bihuan.faults import Fault
from bihuan.rules.journal import Draft

MOST = 500
"""Entries of one statement."""


class NotEnded(Fault):
    """Something still stands in the way of a period's end."""

    remedy = "post or give back what is reserved, then end the period again"


class PeriodEnded(NamedTuple):
    """How many entries a period's end posted, by kind; those known from an earlier attempt count as well."""

    posted: dict[str, int]
    until: date


def end_period(book: BookDeclaration, until: date, actor: str, today: date) -> PeriodEnded:
    """Post what `period_end` declares for every standing, then close the book until that day. Works for a district.

    Raises:
        NotEnded: something is reserved on an account that ends, or an entry is refused; nothing is written.
        NotClosable: the day is not over, or not after the last closing.

    Source: docs/adr/0290-period-end.md.
    """
    posted: dict[str, int] = {}
    with transaction.atomic():
        for rule in book.period_end:
            drafts = list(_drafts(book, rule, until))
            for start in range(0, len(drafts), MOST):
                answers = post_acts([Act((draft,), actor) for draft in drafts[start : start + MOST]])
                for draft, (verdict,) in zip(drafts[start : start + MOST], answers, strict=True):
                    if verdict.reason is not None:
                        raise NotEnded(f"期末分录被拒：{draft.key} · {draft.key} was refused: {verdict.reason}")
                    posted[draft.kind] = posted.get(draft.kind, 0) + 1
        close_book(book.book, until, actor, today)
    return PeriodEnded(posted, until)


def _drafts(book: BookDeclaration, rule: PeriodEnd, until: date) -> Iterator[Draft]:
    """First all entries of the last day, then those that bring back on the day after what was carried over."""
    scale = book.scale(book.accounts[rule.account].unit)
    standing = [line for line in balances(book.book) if line.account == rule.account]
    for line in standing:
        if line.pending_debit or line.pending_credit:
            raise NotEnded(f"{line.account}:{line.subject} 尚有预留 · has something reserved")
    now = {line.subject: line.balance for line in balances(book.book, until) if line.account == rule.account}
    held = {subject: amount for subject, amount in sorted(now.items()) if amount > 0}
    for kind, day in ((rule.entry, until), (rule.then, until + timedelta(days=1))):
        for subject, amount in held.items() if kind else ():
            values = {AMOUNT: write_amount(amount, scale), **({rule.value: subject} if rule.value else {})}
            yield draft_kind(book, kind or "", f"{kind}@{day}:{subject}", day, values)
