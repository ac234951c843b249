"""From a handover to its book: what was given, on its way, received, lost; each once, corrected by reversal.

The entries that ought to stand follow from the registers. What stands and ought not is reversed by its mirror, what
ought to stand and does not is posted, so that a repetition has no effect and a corrected weighing is two more entries.
Source: DESIGN §14 (corrections are reversals); docs/adr/0310-handovers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

from django.utils import timezone

from bihuan.books.catalogue import book_named
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import draft_kind, draft_lines
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.reading import query
from bihuan.handovers.catalogue import DeclaredHandover
from bihuan.handovers.facts import plain
from bihuan.handovers.pure.judging import MISSING, UNANNOUNCED, HandoverAnswer, HandoverSide, JudgedAct
from bihuan.handovers.reading import ask_handover
from bihuan.rules.journal import Draft, PostedLine

ACTOR = "handover"
BATCH = 400
STEPS = ("out", "in", "lost", "stray")
_STANDING = """
SELECT e.key, e.day, array_agg(a.name ORDER BY l.number), array_agg(a.subject ORDER BY l.number),
       array_agg(l.amount ORDER BY l.number), array_agg(a.unit ORDER BY l.number)
FROM book_entry e JOIN book_line l ON l.entry_id = e.id JOIN book_account a ON a.id = l.account_id
WHERE e.book = %s AND e.reverses IS NULL AND e.actor = %s AND NOT EXISTS (
    SELECT FROM book_entry r WHERE r.reverses = e.id) GROUP BY e.id ORDER BY e.id
"""
_GONE = """
SELECT e.key FROM book_entry e WHERE e.book = %s AND e.reverses IS NULL AND e.actor = %s AND EXISTS (
    SELECT FROM book_entry r WHERE r.reverses = e.id)
"""


class HandoverPosted(NamedTuple):
    """What became of a handover's entries: `refused` holds number and reason."""

    posted: int = 0
    reversed: int = 0
    refused: tuple[tuple[str, str], ...] = ()


class Wanted(NamedTuple):
    """An entry that ought to stand."""

    key: str
    kind: str
    day: date
    values: dict[str, str]


def post_handover(found: DeclaredHandover, district: str, at: datetime | None = None) -> HandoverPosted:
    """Bring the book of a handover up to what the registers say at an instant. Works for a district.

    Source: docs/topics/handovers.md, "The book"
    """
    declared = found.declared.book
    if declared is None:
        return HandoverPosted()
    book = book_named(declared.book).book
    answer = ask_handover(found, district, at or timezone.now())
    wanted = {each.key: each for each in wanted_entries(answer, declared.kinds)}
    standing = {row[0]: row for row in query(_STANDING, book.book, ACTOR)}
    alive = {key.partition("~")[0] for key in standing}
    gone = [row for key, row in standing.items() if key.partition("~")[0] not in wanted]
    gone.sort(key=lambda row: (-_step(row[0]), row[0]))  # what rests on something goes before it
    reversed_, refused_ = _post([_mirror(book, row) for row in gone])
    before: dict[str, int] = {}
    for (key,) in query(_GONE, book.book, ACTOR):
        before[key.partition("~")[0]] = before.get(key.partition("~")[0], 0) + 1
    fresh = [each for key, each in wanted.items() if key not in alive]
    fresh.sort(key=lambda each: (_step(each.key), each.day, each.key))
    drafts = [_draft(book, each, before.get(each.key, 0)) for each in fresh]
    posted, more = _post(drafts)
    return HandoverPosted(posted, reversed_, (*refused_, *more))


def wanted_entries(answer: HandoverAnswer, kinds: dict[str, str]) -> Iterator[Wanted]:
    """Yield every entry that ought to stand; its number holds what it says.

    Source: docs/topics/handovers.md, "The book"
    """
    for act in answer.acts:
        if act.given.weighed.net <= 0:
            continue
        yield _wanted("out", kinds["give"], act.given, act.given.at.date(), {"amount": act.given.weighed.net})
        if act.received is not None and act.received.weighed.net > 0:
            yield _arrived(act, act.received, kinds)
        elif act.given.settled and MISSING in act.flags and not act.open and "lose" in kinds:
            yield _wanted("lost", kinds["lose"], act.given, act.given.settled, {"amount": act.given.weighed.net})
    for left in answer.left:
        if left.flag == UNANNOUNCED and "stray" in kinds and left.received.weighed.net > 0:
            side = left.received._replace(number=left.received.key)
            yield _wanted("stray", kinds["stray"], side, side.at.date(), {"amount": side.weighed.net})


def _arrived(act: JudgedAct, received: HandoverSide, kinds: dict[str, str]) -> Wanted:
    out, arrived = act.given.weighed.net, received.weighed.net
    kind = "even" if out == arrived else "short" if arrived < out else "over"
    amounts = {"out": out, "in": arrived, "amount": arrived, "difference": abs(out - arrived)}
    side = act.given._replace(place=received.place)
    return _wanted("in", kinds[kind], side, received.at.date(), amounts)


def _wanted(step: str, kind: str, side: HandoverSide, day: date, amounts: dict[str, Fraction]) -> Wanted:
    values = {name: plain(value) for name, value in amounts.items()}
    values |= {
        "number": side.number,
        "carrier": side.carrier,
        "place": side.place,
        "giver": side.giver,
        "group": side.group,
    }
    told = "\x1f".join((kind, day.isoformat(), *(f"{name}={value}" for name, value in sorted(values.items()))))
    return Wanted(f"{step}:{side.number}:{sha256(told.encode()).hexdigest()[:10]}", kind, day, values)


def _step(key: str) -> int:
    return STEPS.index(key.partition(":")[0])


def _draft(book: BookDeclaration, wanted: Wanted, before: int) -> Draft:
    key = f"{wanted.key}~{before}" if before else wanted.key
    return draft_kind(book, wanted.kind, key, wanted.day, wanted.values)


def _mirror(book: BookDeclaration, row: tuple[str, date, list[str], list[str], list[int], list[str]]) -> Draft:
    key, day, names, subjects, amounts, units = row
    lines = tuple(
        PostedLine(
            f"{book.book}/{name}:{subject}" if subject else f"{book.book}/{name}",
            -amount if amount < 0 else None, amount if amount > 0 else None, unit,
        )
        for name, subject, amount, unit in zip(names, subjects, amounts, units, strict=True)
    )  # fmt: skip
    return draft_lines(book, f"{key}-back", day, lines, reverses=key)


def _post(drafts: Sequence[Draft]) -> tuple[int, list[tuple[str, str]]]:
    done, no = 0, []
    for start in range(0, len(drafts), BATCH):
        part = drafts[start : start + BATCH]
        told = [refused(each) for each in post_acts([Act((draft,), ACTOR) for draft in part])]
        done += told.count("")
        no += [(draft.key, reason) for draft, reason in zip(part, told, strict=True) if reason]
    return done, no
