"""A draw among those who asked for passes: the list is committed to before its seed exists; anybody recomputes it.

The list is a table as `ticket-draw` reads it (application, event, applicant, time, seats); an applicant stands in it
as a digest that is of no use elsewhere. Its SHA-256 goes into the log with the name of the public source of the seed.
Whoever the draw serves gets the entry of the pass; the others wait in the order of the draw.
Source: RFC 3797 (public seed after a public list); docs/adr/0335-asking-for-passes.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from bihuan.books.applying import PassOffer, entry_values, free_for, source_of
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PassDrawRow, PassListRow, PassRow
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.reading import query
from bihuan.books.waiting import Waiting, join_queue, who_fits
from bihuan.faults import Fault
from bihuan.ledger.statements import promise_statement
from bihuan.loop.facts import LoopFacts
from bihuan.methods.parts.lots import lot_of

LISTED, DRAWN = "pass_list", "pass_draw"
HEAD = "application,event,applicant,time,seats\n"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class NoDraw(Fault):
    """A step of a draw that cannot be taken now."""

    remedy = "close the list after applications have ended, then enter the seed once its source has published it"


class DrawnParty(NamedTuple):
    """One application in the order of the draw: its number, its rank from 1, its result (seat, waiting), its places."""

    application: str
    rank: int
    result: str
    seats: int


def commit_list(
    book: BookDeclaration, name: str, offer: PassOffer, source: str, actor: str, facts: LoopFacts
) -> PassListRow:
    """Close the list of who asked and put its digest into the log, with where the seed will come from.

    Raises:
        NoDraw: it is not drawn, applications have not ended, or no source is named.

    Source: RFC 3797, 4 (what is drawn from is fixed before the seed exists).
    """
    if not offer.drawn or facts.now <= offer.closes or not source.strip():
        raise NoDraw("报名尚未截止，或未写明种子来源 · applications have not ended, or no source of the seed is named")
    with transaction.atomic():
        query(_LOCK, f"pass-draw|{book.book}|{name}|{offer.subject}")
        known = list_of(book.book, name, offer.subject)
        if known is not None:
            return known
        rows = _asked(book.book, name, offer.subject, facts)
        digest = hashlib.sha256(_text(rows).encode()).digest()
        offered = free_for(book, book.passes[name], offer.subject)
        body = {
            "book": book.book, "kind": name, "subject": offer.subject, "sha256": digest.hex(), "asked": len(rows),
            "offered": offered, "source": source.strip()[:200],
        }  # fmt: skip
        promise_statement(LISTED, body, facts.now)
        return PassListRow.objects.create(
            district_id=facts.registers.district.code, book=book.book, kind=name, subject=offer.subject, digest=digest,
            asked=len(rows), offered=offered, source=source.strip()[:200], at=facts.now, actor=actor,
        )  # fmt: skip


def draw_list(book: BookDeclaration, listed: PassListRow, seed: str, actor: str, facts: LoopFacts) -> list[DrawnParty]:
    """Draw a closed list with a seed that was published afterwards: entries for who is served, a queue for the others.

    Raises:
        NoDraw: no seed, or it was drawn with another one.

    Source: RFC 3797; docs/adr/0335-asking-for-passes.md.
    """
    if not seed.strip():
        raise NoDraw("没有种子 · there is no seed")
    kind = book.passes[listed.kind]
    with transaction.atomic():
        query(_LOCK, f"pass-draw|{book.book}|{listed.kind}|{listed.subject}")
        known = PassDrawRow.objects.filter(pk=listed.pk).first()
        if known is not None:
            if known.seed != seed.strip():
                raise NoDraw("已用另一种子摇号 · it was drawn with another seed")
            return order_of(listed, known.seed, facts)
        order = order_of(listed, seed.strip(), facts)
        promise_statement(
            DRAWN, {"list": str(listed.pk), "sha256": bytes(listed.digest).hex(), "seed": seed.strip()}, facts.now
        )
        PassDrawRow.objects.create(
            list_id=listed.pk, district_id=listed.district_id, seed=seed.strip(), at=facts.now, actor=actor
        )
        rows = {row.key: row for row in PassRow.objects.filter(book=book.book, key__in=[e.application for e in order])}
        day = facts.registers.calendar.local_date(facts.now)
        served = [rows[each.application] for each in order if each.result == "seat"]
        acts = [
            Act((draft_kind(book, kind.entry, row.key, day, entry_values(book, kind, row)),), actor) for row in served
        ]
        if any(refused(verdicts) for verdicts in post_acts(acts)):
            raise NoDraw("余座与名单关闭时不同 · other seats are free than when the list was closed")
        waiting = [
            Waiting(each.application, each.seats, each.rank, {kind.value: listed.subject})
            for each in order if each.result == "waiting"
        ]  # fmt: skip
        join_queue(book, f"{source_of(book, kind)}:{listed.subject}", kind.entry, waiting, actor, facts.now)
    return order


def order_of(listed: PassListRow, seed: str, facts: LoopFacts) -> list[DrawnParty]:
    """The order of a closed list under a seed, as anybody recomputes it from the list.

    Source: FIPS 180-4 (SHA-256 of `seed|event|applicant`); see `bihuan calc ticket-draw`.
    """
    rows = _asked(listed.book, listed.kind, listed.subject, facts)
    ranked = sorted(rows, key=lambda row: (lot_of(seed, listed.subject, applicant_in(row)), row.key))
    parties = [Waiting(row.key, row.amount, rank, {}) for rank, row in enumerate(ranked, 1)]
    served = {each.key for each in who_fits(listed.offered, parties)}
    return [DrawnParty(e.key, e.place, "seat" if e.key in served else "waiting", e.amount) for e in parties]


def list_of(book: str, kind: str, subject: str) -> PassListRow | None:
    """The closed list of a subject. Source: docs/adr/0335-asking-for-passes.md."""
    return PassListRow.objects.filter(book=book, kind=kind, subject=subject).first()


def seed_of(listed: PassListRow) -> str:
    """The seed with which a list was drawn; empty before. Source: docs/adr/0335-asking-for-passes.md."""
    known = PassDrawRow.objects.filter(pk=listed.pk).first()
    return known.seed if known is not None else ""


def text_of_list(listed: PassListRow, facts: LoopFacts) -> str:
    """The list as CSV, whose SHA-256 stands in the log. Source: RFC 4180; docs/adr/0335-asking-for-passes.md."""
    return _text(_asked(listed.book, listed.kind, listed.subject, facts))


def applicant_in(row: PassRow) -> str:
    """Who asked, as a list of one subject says it: the same person stands in another list as somebody else."""
    said = b"pass-list|" + row.subject.encode() + b"|" + bytes(row.person or b"")
    return hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), said, "sha256").hex()[:32]


def _asked(book: str, kind: str, subject: str, facts: LoopFacts) -> list[PassRow]:
    rows = PassRow.objects.filter(book=book, kind=kind, subject=subject).exclude(person=None)
    return sorted(rows, key=lambda row: (row.made_at, row.key))


def _text(rows: Sequence[PassRow]) -> str:
    lines = [f"{r.key},{r.subject},{applicant_in(r)},{r.made_at.isoformat()},{r.amount}\n" for r in rows]
    return HEAD + "".join(lines)
