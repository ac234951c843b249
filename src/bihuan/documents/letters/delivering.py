"""Delivering: claim what is due, send it on its way, record what happened; every record has a leaf of the log.

`page` needs no sending: it is served when the addressee opens it. `post` waits until somebody takes the post list.
A worker killed between sending and recording sends again after the lease; the receiver knows the key.
Source: docs/topics/letters.md, "Delivery"; docs/topics/notices.md (leases and pauses).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from bihuan.documents.letters.addressing import ACTOR, contact_of
from bihuan.documents.letters.models import LetterDelivery, LetterDue, LetterRow, LetterWords
from bihuan.extend import PORTS
from bihuan.ledger.statements import promise_statements
from bihuan.loop import stuck
from bihuan.loop.codes import code_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import ReportRow
from bihuan.notices.models import Webhook
from bihuan.notices.ports import PortError, webhook
from bihuan.notices.rules import NoticeWords
from bihuan.registers import identity
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

BATCH = 50
LEASE = timedelta(minutes=5)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600))
STATEMENT = "letter_delivery"
SENT, SERVED, EXPORTED, BOUNCED = "sent", "served", "exported", "bounced"
BY_HAND = frozenset({SERVED, BOUNCED, "returned"})
"""What a person records: a receipt that was signed, a mail that came back, an envelope that did."""
_CLAIM = """
UPDATE documents_letter_due d SET attempts = attempts + 1, next_at = %s WHERE (letter_id, way) IN (
    SELECT letter_id, way FROM documents_letter_due WHERE next_at <= %s ORDER BY next_at LIMIT %s
    FOR UPDATE SKIP LOCKED) RETURNING letter_id, way, attempts
"""
WORDS = {
    "zh": ("您有一份文书：{number}", "您有一份文书 {number}。请在 {url} 用编号和核验码 {code} 阅读。"),
    "en": (
        "A letter to you: {number}",
        "There is a letter to you, {number}. Read it at {url} with its number and the check code {code}.",
    ),
}  # fmt: skip


class PostLine(NamedTuple):
    """One envelope."""

    letter: UUID
    number: str
    dated: str
    name: str
    address: str


def deliver_due(world: LoopFacts, batch: int = BATCH) -> int:
    """Send what is due; returns how many were tried.

    Source: docs/topics/notices.md (each attempt is a row; pauses of 30 s, 2 min, 10 min, 1 h, 6 h).
    """
    district = world.registers.district.code
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [world.now + LEASE, world.now, batch])
        claimed = cursor.fetchall()
    for letter, way, attempts in claimed:
        _deliver(letter, way, attempts, world)
    return len(claimed)


def record_delivery(
    row: LetterRow, way: str, status: str, at: datetime, actor: str, detail: str = ""
) -> LetterDelivery:
    """Record what happened to a letter on a way, with a leaf of its own; inside the caller's district.

    Source: docs/adr/0274-letters.md (6).
    """
    key = new_id()
    made = LetterDelivery.objects.create(
        id=key, district_id=row.district_id, letter_id=row.id, way=way, status=status, at=at, detail=detail[:200],
        actor=actor,
    )  # fmt: skip
    promise_statements(STATEMENT, {key: {"letter": str(row.id), "way": way, "status": status}}, at)
    log_committed("letter_delivered", letter=row.id, way=way, status=status)
    return made


def record_served(row: LetterRow, at: datetime, actor: str) -> None:
    """Record that the addressee opened the letter; the first time counts.

    Source: docs/topics/letters.md, "Delivery" (served by the page, with the time).
    """
    with in_district(row.district_id):
        if not LetterDelivery.objects.filter(letter_id=row.id, way="page", status=SERVED).exists():
            record_delivery(row, "page", SERVED, at, actor)


def take_post_list(world: LoopFacts, actor: str, most: int = 1000) -> list[PostLine]:
    """Return the envelopes that wait, and record that they were handed over; each name is opened on record.

    Source: docs/topics/letters.md, "Delivery" (post list).
    """
    lines: list[PostLine] = []
    with in_district(world.registers.district.code):
        due = list(LetterDue.objects.select_for_update(skip_locked=True).filter(way="post")[:most])
        rows = {row.id: row for row in LetterRow.objects.filter(id__in=[each.letter_id for each in due])}
        for each in sorted(due, key=lambda one: one.letter_id):
            row = rows[each.letter_id]
            known = open_addressee(row, world)
            status, detail = (EXPORTED, "") if known.get("address") else ("no_address", "")
            if status == EXPORTED:
                lines.append(
                    PostLine(row.id, row.number["zh"], row.dated.isoformat(), known.get("name", ""), known["address"])
                )
            record_delivery(row, "post", status, world.now, actor, detail)
        LetterDue.objects.filter(way="post", letter_id__in=list(rows)).delete()
    return lines


def _deliver(letter: UUID, way: str, attempts: int, world: LoopFacts) -> None:
    with in_district(world.registers.district.code):
        row = LetterRow.objects.get(pk=letter)
    try:
        status, detail = _send(row, way, world), ""
    except stuck.AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one letter raises, the others of the batch are sent; recorded
        detail = str(error) if isinstance(error, PortError) else type(error).__name__
        status = "gave_up" if attempts > len(BACKOFF) else "failed"
    with transaction.atomic(), in_district(row.district_id):
        record_delivery(row, way, status, world.now, ACTOR, detail)
        due = LetterDue.objects.filter(letter_id=letter, way=way)
        if status == "failed":
            due.update(next_at=world.now + BACKOFF[attempts - 1])
        else:
            due.delete()


def _send(row: LetterRow, way: str, world: LoopFacts) -> str:
    """Raises `PortError` when the other side did not take it."""
    if way == "webhook":
        return _tell_programs(row)
    with in_district(row.district_id):
        known = open_addressee(row, world)
    words = _words(row)
    for port in PORTS.all():
        if port.contact == "email" and known.get("email") and port.ready():
            port.send(known["email"], words, str(row.id))
            return SENT
    return "no_address"


def _tell_programs(row: LetterRow) -> str:
    told = {
        "kind": "letter", "letter": row.letter, "number": row.number, "dated": row.dated.isoformat(),
        "remedy_until": row.remedy_until.isoformat() if row.remedy_until else None, "files": row.files,
    }  # fmt: skip
    with in_district(row.district_id):
        hooks = [h for h in Webhook.objects.filter(active=True) if not h.kinds or "letter" in h.kinds]
    for hook in hooks:
        webhook.send(hook, told, f"{row.id}:{hook.id}")
    return SENT if hooks else "no_address"


def _words(row: LetterRow) -> NoticeWords:
    subject, body = WORDS[row.language if row.language in WORDS else "zh"]
    said = {
        "number": row.number.get(row.language) or row.number["zh"],
        "url": f"{settings.BIHUAN_BASE_URL}/letters/read/",
        "code": code_of(row.id),
    }
    return NoticeWords(subject=subject.format(**said), body=body.format(**said))


def open_addressee(row: LetterRow, world: LoopFacts, actor: str = ACTOR) -> Mapping[str, str]:
    """Return name, address, mail of the addressee, opened on record; nothing when erased or never known.

    Source: docs/topics/registers.md, "Identity" (each look is on record).
    """
    if row.report_id is not None:
        report = ReportRow.objects.filter(pk=row.report_id).first()
        return contact_of(report, world, row.number["zh"], actor) if report else {}
    sealed = LetterWords.objects.filter(pk=row.id).values_list("identity_id", flat=True).first()
    if sealed is None:
        return {}
    try:
        return identity.reveal(sealed, world.registers.district, actor, f"letter {row.number['zh']}")
    except RegisterError:
        return {}


def told_deliveries(letter: UUID) -> Iterator[dict[str, Any]]:
    """Yield what happened to a letter, oldest first, as JSON; inside the caller's district."""
    for each in LetterDelivery.objects.filter(letter_id=letter).order_by("at", "id"):
        yield {
            "id": str(each.id), "way": each.way, "status": each.status, "at": each.at.isoformat(),
            "detail": each.detail, "actor": each.actor,
        }  # fmt: skip
