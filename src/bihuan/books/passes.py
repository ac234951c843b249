"""Passes: whoever has a seat shows a code and is let in once; whoever waits sees the place; what comes back goes on.

A pass ends once, at the door, by giving it back or when nobody came: the first who writes its end posts the entry, in
one transaction; everybody after is told what happened and when. A code is derived from the pass with a key, is never
stored, and can be shown to its holder again. Source: docs/adr/0317-passes.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from bihuan.books.catalogue import all_books
from bihuan.books.declaration import BookDeclaration, PassKind
from bihuan.books.drafting import draft_kind
from bihuan.books.models import EntryRow, PassEndRow, PassRow
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.pure.amounts import write_amount
from bihuan.books.reading import query
from bihuan.books.waiting import serve_queue
from bihuan.loop.codes import code_of, hash_of
from bihuan.registers.identity import insert_identities, seal_identity
from bihuan.registers.live import current_registers
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.tables import District

ADMITTED, BACK, MISSED = "admitted", "back", "missed"
HOLDS, WAITS, ASKED = "holds", "waits", "asked"
ENDED = {ADMITTED: "again", BACK: "given_back"}
"""What a door says of a pass that was used up."""
KEPT_DAYS = 90
"""How long the name of a holder is kept after the pass was made, when nothing else decides."""

_END = """
INSERT INTO book_pass_end (district_id, pass_id, how, at, actor)
SELECT nullif(current_setting('bihuan.district', true), ''), %s, %s, %s, %s ON CONFLICT DO NOTHING RETURNING pass_id
"""
_END_MANY = """
INSERT INTO book_pass_end (district_id, how, actor, pass_id, at)
SELECT nullif(current_setting('bihuan.district', true), ''), %s, %s, k.* FROM unnest(%s::uuid[], %s::timestamptz[]) AS k
ON CONFLICT DO NOTHING RETURNING pass_id
"""
_PLACE = """
SELECT count(*) FROM book_waiting w JOIN book_waiting me ON me.book = w.book AND me.account = w.account
    AND me.subject = w.subject WHERE me.book = %s AND me.key = %s AND (w.place, w.key) <= (me.place, me.key)
  AND NOT EXISTS (SELECT FROM book_waiting_end e WHERE e.waiting_id IN (w.id, me.id))
"""


class NewPass(NamedTuple):
    """A pass to be made: number of the entry that gives it, to what, how much of it, and what is known of its holder.

    Args:
        holder: Some of name, phone, email; sealed. person: Keyed digest of who asks, 32 bytes. area: Of the home.
    """

    key: str
    subject: str
    amount: int
    holder: Mapping[str, str] = {}
    person: bytes | None = None
    area: str = ""


class PassAnswer(NamedTuple):
    """What became of an act on a pass: `admitted` or `back` when it was done now, else the reason why not.

    Args:
        state: `admitted`, `back`; `again`, `given_back`, `missed` (ended before, `at` that instant); `waits`, `asked`
            (nothing was given yet), `unknown`, `elsewhere`, `early`, `over`, or a book's reason.
    """

    state: str
    held: PassRow | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class PassState:
    """A pass with where it stands: holds, waits (with its place), asked, admitted, back, missed; since when."""

    row: PassRow
    state: str
    place: int = 0
    at: datetime | None = None

    @property
    def code(self) -> str:
        """What its holder shows."""
        return code_of(self.row.id)


def issue_passes(
    book: str,
    kind: str,
    wanted: Sequence[NewPass],
    district: District,
    actor: str,
    now: datetime,
    until: date | None = None,
) -> list[PassRow]:
    """Make passes; one that there is already stays as it is. Inside the caller's transaction and district.

    Args:
        book, kind: Of the pass. wanted: Which. district: Whose. actor: Who makes them. now: When.
        until: The last day on which holders are kept.

    Source: docs/adr/0317-passes.md; 个人信息保护法第十九条.
    """
    known = {row.key: row for row in PassRow.objects.filter(book=book, key__in=[each.key for each in wanted])}
    kept = until or (now + timedelta(days=KEPT_DAYS)).date()
    sealed, rows = [], []
    for each in wanted:
        if each.key in known:
            continue
        identity = seal_identity(each.holder, district, now, kept) if each.holder else None
        sealed += [identity] if identity is not None else []
        key = new_id()
        rows.append(
            PassRow(
                id=key, district_id=district.code, book=book, kind=kind, key=each.key, subject=each.subject,
                amount=each.amount, code_index=hash_of(code_of(key)), made_at=now, actor=actor,
                identity_id=identity.id if identity is not None else None, person=each.person, area=each.area,
            )
        )  # fmt: skip
        known[each.key] = rows[-1]
    insert_identities(sealed)
    PassRow.objects.bulk_create(rows)
    return [known[each.key] for each in wanted]


def pass_of_code(code: str) -> PassRow | None:
    """Return the pass that a code opens, however it was typed. Source: docs/adr/0317-passes.md."""
    return PassRow.objects.filter(code_index=hash_of(code)).first() if code.strip() else None


def states_of(rows: Sequence[PassRow]) -> list[PassState]:
    """Where passes stand now. Source: docs/adr/0317-passes.md."""
    ends = {end.pass_id: end for end in PassEndRow.objects.filter(pk__in=[row.id for row in rows])}
    given = _given(rows)
    return [_state(row, ends.get(row.id), (row.book, row.key) in given) for row in rows]


def admit(kind: PassKind, code: str, subject: str, starts: datetime, actor: str, now: datetime) -> PassAnswer:
    """Let in whoever shows a code, once.

    Args:
        kind: The declared kind. code: As scanned or typed. subject: To what the door leads, and when it `starts`.
        actor: Who stands at the door. now: The instant.

    Source: docs/adr/0317-passes.md (2, the first who writes the end posts the entry).
    """
    held = pass_of_code(code)
    if held is None:
        return PassAnswer("unknown")
    if held.subject != subject:
        return PassAnswer("elsewhere", held)
    if now < starts - timedelta(minutes=kind.early):
        return PassAnswer("early", held)
    return end_pass(held, ADMITTED, kind.admit, actor, now)


class DoorScan(NamedTuple):
    """A code that a door read, and when."""

    code: str
    at: datetime


def admit_scans(
    kind: PassKind, subject: str, starts: datetime, scans: Sequence[DoorScan], actor: str
) -> list[PassAnswer]:
    """Let in everybody a door read, in the order of its scans; also long afterwards, when it had no connection.

    Args:
        kind, subject, starts, actor: See `admit`. scans: What was read.

    Returns:
        A verdict for each scan; a second scan of one code says when the first was.

    Source: docs/adr/0317-passes.md (2, a door without a connection).
    """
    try:
        with transaction.atomic():
            return _admit_all(kind, subject, starts, scans, actor)
    except _Refused:
        return [admit(kind, each.code, subject, starts, actor, each.at) for each in scans]


def close_passes(kind: PassKind, book: str, subject: str, actor: str, now: datetime) -> int:
    """End every pass to a subject that nobody used; returns how many. Source: docs/adr/0317-passes.md (2)."""
    if kind.miss is None:
        return 0
    with transaction.atomic():
        rows = list(PassRow.objects.filter(book=book, subject=subject).order_by("key"))
        open_ones = [each.row for each in states_of(rows) if each.state == HOLDS]
        return len(_end_many([(row, now) for row in open_ones], MISSED, kind.miss, actor))


class _Refused(Exception):
    """The book refused an entry of a batch."""


def _admit_all(
    kind: PassKind, subject: str, starts: datetime, scans: Sequence[DoorScan], actor: str
) -> list[PassAnswer]:  # fmt: skip
    digests = [hash_of(each.code) for each in scans]
    rows = {bytes(row.code_index): row for row in PassRow.objects.filter(code_index__in=set(digests))}
    states = {each.row.id: each for each in states_of(list(rows.values()))}
    opens, first = starts - timedelta(minutes=kind.early), dict[UUID, datetime]()
    told: list[PassAnswer | UUID] = []
    for scan, digest in zip(scans, digests, strict=True):
        held = rows.get(digest)
        if held is None:
            told.append(PassAnswer("unknown"))
        elif held.subject != subject:
            told.append(PassAnswer("elsewhere", held))
        elif scan.at < opens:
            told.append(PassAnswer("early", held))
        elif states[held.id].state != HOLDS:
            state = states[held.id]
            told.append(
                PassAnswer({ADMITTED: "again", BACK: "given_back"}.get(state.state, state.state), held, state.at)
            )
        elif held.id in first:
            told.append(PassAnswer("again", held, first[held.id]))
        else:
            first[held.id] = scan.at
            told.append(held.id)
    mine = [(states[key].row, at) for key, at in first.items()]
    done = _end_many(mine, ADMITTED, kind.admit, actor)
    ends = {end.pass_id: end for end in PassEndRow.objects.filter(pk__in=first.keys() - done)}
    return [
        each if isinstance(each, PassAnswer)
        else PassAnswer(ADMITTED, states[each].row, first[each]) if each in done
        else PassAnswer("again", states[each].row, ends[each].at)
        for each in told
    ]  # fmt: skip


def _end_many(rows: Sequence[tuple[PassRow, datetime]], how: str, entry: str, actor: str) -> set[UUID]:
    """End passes and post their entries at once; those that somebody else ended meanwhile are left out."""
    if not rows:
        return set()
    mine = {key for (key,) in query(_END_MANY, how, actor, [row.id for row, _ in rows], [at for _, at in rows])}
    acts = []
    for row, at in rows:
        if row.id in mine:
            book = all_books()[row.book].book
            draft = draft_kind(book, entry, f"{entry}:{row.key}", _today(at), _values(book, entry, row))
            acts.append(Act((draft,), actor))
    if any(refused(verdicts) for verdicts in post_acts(acts)):
        raise _Refused
    return mine


def give_back(kind: PassKind, held: PassRow, starts: datetime, actor: str, now: datetime) -> PassAnswer:
    """Give a pass back; who waits gets it in the public order.

    Source: docs/adr/0317-passes.md; docs/adr/0291-reservations.md.
    """
    if kind.back is None or now > starts - timedelta(minutes=kind.until):
        return PassAnswer("over", held)
    done = end_pass(held, BACK, kind.back, actor, now)
    if done.state == BACK:
        book = all_books()[held.book].book
        for account in {line.account for line in book.entries[kind.back].lines if line.debit}:
            serve_queue(book, f"{account}:{held.subject}", _today(now), actor)
    return done


def end_pass(held: PassRow, how: str, entry: str, actor: str, now: datetime) -> PassAnswer:
    """End a pass once, with the entry that says so; whoever is second is told how and when it ended.

    Args:
        held: The pass. how: `admitted`, `back` or `missed`. entry: The kind of entry that is posted.

    Source: docs/adr/0317-passes.md (2).
    """
    with transaction.atomic():
        if (held.book, held.key) not in _given([held]):
            return PassAnswer(_state(held, None, given=False).state, held)
        if not query(_END, held.id, how, now, actor):
            end = PassEndRow.objects.get(pk=held.id)
            return PassAnswer(ENDED.get(end.how, end.how), held, end.at)
        book = all_books()[held.book].book
        draft = draft_kind(book, entry, f"{entry}:{held.key}", _today(now), _values(book, entry, held))
        reason = refused(post_acts([Act((draft,), actor)])[0])
        if reason:
            transaction.set_rollback(True)
            return PassAnswer(reason, held)
    return PassAnswer(how, held, now)


def _today(now: datetime) -> date:
    return current_registers().calendar.local_date(now)


def _values(book: BookDeclaration, entry: str, held: PassRow) -> dict[str, Any]:
    line = book.entries[entry].lines[0]
    scale = book.scale(book.accounts[line.account].unit)
    return {line.amount: write_amount(held.amount, scale), str(line.subject): held.subject}


def _given(rows: Sequence[PassRow]) -> set[tuple[str, str]]:
    """Which passes have the entry that gives them."""
    found: set[tuple[str, str]] = set()
    for book in {row.book for row in rows}:
        keys = [row.key for row in rows if row.book == book]
        found |= {(book, key) for key in EntryRow.objects.filter(book=book, key__in=keys).values_list("key", flat=True)}
    return found


def _state(row: PassRow, end: PassEndRow | None, given: bool) -> PassState:
    if end is not None:
        return PassState(row, end.how, at=end.at)
    if given:
        return PassState(row, HOLDS)
    ((place,),) = query(_PLACE, row.book, row.key)
    return PassState(row, WAITS, place) if place else PassState(row, ASKED)


def holders_of(book: str, subject: str) -> list[tuple[UUID, UUID | None]]:
    """Return pass and sealed identity of everybody who has, or waits for, a part of a subject.

    Source: docs/adr/0317-passes.md (5, everybody is told).
    """
    rows = PassRow.objects.filter(book=book, subject=subject).order_by("key")
    return list(rows.values_list("id", "identity_id"))
