"""Whoever wants a pass asks for it: served in turn, waiting, or taking part in a draw; once for each subject.

Who asks is known by a keyed digest of the telephone number. The house's rule for those who did not come is a dated
table: it bars for so many days from the last time, ends by itself, and names to whom it can be put.
Source: DESIGN §14 (Reservation); docs/adr/0335-asking-for-passes.md.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from bihuan.books.declaration import BookDeclaration, PassKind
from bihuan.books.drafting import account_key, draft_kind
from bihuan.books.models import PassEndRow, PassRow
from bihuan.books.passes import HOLDS, MISSED, NewPass, issue_passes, states_of
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.pure.amounts import write_amount
from bihuan.books.reading import query
from bihuan.books.waiting import STANDING, Waiting, join_queue
from bihuan.loop.facts import LoopFacts
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.phones import read_phone

NOT_YET, CLOSED, TOO_MANY, REPEATED, BARRED, DRAWN = "not_yet", "closed", "too_many", "repeated", "barred", "drawn"
"""Why nobody is given a pass; `drawn`: the list of those who take part is closed already."""


class PassOffer(NamedTuple):
    """What can be asked for.

    Args:
        subject: To what the pass leads. opens, closes: Aware; both instants are within. most: How many one may ask for.
        drawn: Whether a draw decides after `closes`.
    """

    subject: str
    opens: datetime
    closes: datetime
    most: int
    drawn: bool = False


class Applicant(NamedTuple):
    """Who asks: name and telephone number are sealed; of the number a keyed digest is kept, of the home its area."""

    name: str
    phone: str
    area: str = ""


@dataclass(frozen=True)
class AskAnswer:
    """`holds`, `waits` or `asked` with the pass; otherwise the reason, and until when somebody is barred."""

    state: str
    held: PassRow | None = None
    until: datetime | None = None


def person_of(book: str, kind: str, phone: str, country: str = "+86") -> bytes:
    """Return the keyed digest, 32 bytes, of who has a telephone number; another for each kind of pass.

    Raises:
        RegisterError: it cannot be read as a telephone number.

    Source: RFC 2104 (HMAC); docs/adr/0335-asking-for-passes.md.
    """
    said = f"pass|{book}|{kind}|{read_phone(phone, country).number}"
    return hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), said.encode(), "sha256")


def ask_for_pass(
    book: BookDeclaration, name: str, offer: PassOffer, amount: int, who: Applicant, facts: LoopFacts, programme: str
) -> AskAnswer:
    """Ask for a pass to a subject; a second time answers with what the first became.

    Args:
        name: Kind of pass, which declares `asked`. amount: How many places. facts: Of this moment. programme: Whose
            tables hold the rule of the house.

    Raises:
        RegisterError: the telephone number cannot be read.

    Source: docs/adr/0335-asking-for-passes.md.
    """
    kind, now = book.passes[name], facts.now
    person = person_of(book.book, name, who.phone)
    known = _asked_before(book, name, offer.subject, person)
    if known is not None:
        return AskAnswer(REPEATED, known)
    reason = NOT_YET if now < offer.opens else CLOSED if now > offer.closes else ""
    if reason or not 1 <= amount <= offer.most:
        return AskAnswer(reason or TOO_MANY)
    until = barred_until(book, name, person, facts, programme)
    if until is not None:
        return AskAnswer(BARRED, until=until)
    wanted = NewPass(
        f"{offer.subject}-{new_id().hex[-10:]}", offer.subject, amount, {"name": who.name, "phone": who.phone}, person,
        who.area,
    )  # fmt: skip
    try:
        with transaction.atomic():
            (held,) = issue_passes(book.book, name, [wanted], facts.registers.district, "holder", now)
            if not offer.drawn:
                serve_in_turn(book, kind, held, facts)
    except IntegrityError:  # the same person at the same moment from another window
        return AskAnswer(REPEATED, _asked_before(book, name, offer.subject, person))
    (state,) = states_of([held])
    return AskAnswer(state.state, held)


def serve_in_turn(book: BookDeclaration, kind: PassKind, held: PassRow, facts: LoopFacts) -> bool:
    """Give a pass what it asked for when so much is free; otherwise it waits in the order of instants.

    Source: docs/adr/0291-reservations.md; docs/adr/0335-asking-for-passes.md.
    """
    values = entry_values(book, kind, held)
    day = facts.registers.calendar.local_date(facts.now)
    if refused(post_acts([Act((draft_kind(book, kind.entry, held.key, day, values),), held.actor)])[0]):
        place = int(held.made_at.timestamp() * 1_000_000)
        party = Waiting(held.key, held.amount, place, {kind.value: held.subject})
        join_queue(book, f"{source_of(book, kind)}:{held.subject}", kind.entry, [party], held.actor, facts.now)
        return False
    return True


def entry_values(book: BookDeclaration, kind: PassKind, held: PassRow) -> dict[str, str]:
    """The values of the entry that gives a pass. Source: docs/adr/0317-passes.md (1)."""
    line = book.entries[kind.entry].lines[0]
    scale = book.scale(book.accounts[line.account].unit)
    return {line.amount: write_amount(held.amount, scale), kind.value: held.subject}


def source_of(book: BookDeclaration, kind: PassKind) -> str:
    """The account that the entry of a pass takes from. Source: docs/adr/0317-passes.md (1)."""
    return next(line.account for line in book.entries[kind.entry].lines if line.credit)


def free_for(book: BookDeclaration, kind: PassKind, subject: str) -> int:
    """How many are free for a subject, in the smallest unit. Source: docs/adr/0291-reservations.md."""
    key = account_key(book.book, f"{source_of(book, kind)}:{subject}")
    found = query(STANDING, book.book, key.name, key.subject)
    return int(found[0][1] - found[0][2]) if found else 0


def barred_until(book: BookDeclaration, name: str, person: bytes, facts: LoopFacts, programme: str) -> datetime | None:
    """Until when the house gives somebody no pass because of passes that were not used; None: it does.

    Source: docs/adr/0335-asking-for-passes.md (the rule is a dated table and ends by itself).
    """
    asked = book.passes[name].asked
    rule = asked.no_show if asked is not None else None
    if rule is None:
        return None
    mine = PassRow.objects.filter(book=book.book, kind=name, person=person).values_list("pk", flat=True)
    since = facts.now - timedelta(days=rule.within)
    missed = PassEndRow.objects.filter(pk__in=list(mine), how=MISSED, at__gte=since).order_by("-at")
    times = list(missed.values_list("at", flat=True))
    if not times:
        return None
    days, _ = facts.table(programme, rule.table, facts.now, {"misses": len(times)})
    until = times[0] + timedelta(days=int(days))
    return until if until > facts.now else None


def use_by_area(book: str, kind: str, subjects: list[str]) -> dict[str, dict[str, int]]:
    """Count places asked for, given, used, and not used, by the area in which who asked lives.

    Source: packs E02 (rates by district of residence); docs/adr/0335-asking-for-passes.md.
    """
    told: dict[str, dict[str, int]] = {}
    rows = list(PassRow.objects.filter(book=book, kind=kind, subject__in=subjects).exclude(person=None))
    for each in states_of(rows):
        line = told.setdefault(each.row.area, dict.fromkeys(("asked", "given", "used", "missed"), 0))
        line["asked"] += each.row.amount
        line["given"] += each.row.amount * (each.state in (HOLDS, "admitted", MISSED))
        line["used"] += each.row.amount * (each.state == "admitted")
        line["missed"] += each.row.amount * (each.state == MISSED)
    return dict(sorted(told.items()))


def _asked_before(book: BookDeclaration, name: str, subject: str, person: bytes) -> PassRow | None:
    return PassRow.objects.filter(book=book.book, kind=name, subject=subject, person=person).first()
