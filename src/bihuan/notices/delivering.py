"""Delivering: claim a few notices for a while, send each, record what happened.

A worker killed between sending and recording sends again after the lease; the receiver knows the key.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from bihuan.extend import PORTS
from bihuan.loop import stuck
from bihuan.loop.models import ReportRow
from bihuan.loop.store import current_facts
from bihuan.notices.models import Delivery, Notice, Webhook
from bihuan.notices.ports import PortError, webhook
from bihuan.notices.rules import NoticeWords, fill_words
from bihuan.registers import identity
from bihuan.registers.live import current_registers
from bihuan.registers.models import District, User
from bihuan.registers.pure.errors import RegisterError
from bihuan.server.log_lines import log_committed

BATCH = 50
LEASE = timedelta(minutes=2)
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600, 6 * 3600))
PURPOSE = "notice"
CLAIM = """
UPDATE notices_notice SET attempts = attempts + 1, next_at = %s WHERE id IN (
    SELECT id FROM notices_notice WHERE next_at <= %s ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id
"""


def deliver_due(batch: int = BATCH) -> int:
    """Send what is due; returns how many notices were tried.

    Source: docs/topics/notices.md (each attempt is a row; pauses of 30 s, 2 min, 10 min, 1 h, 6 h).
    """
    if not District.objects.exists():
        return 0
    current_facts()  # names the district to this connection: notices are fenced by it
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [now + LEASE, now, batch])
        claimed = [row[0] for row in cursor.fetchall()]
    for notice in Notice.objects.filter(id__in=claimed).order_by("created_at"):
        _deliver(notice)
    return len(claimed)


def _deliver(notice: Notice) -> None:
    try:
        port, status = _send(notice)
        detail = ""
    except stuck.AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one notice raises, the others of the batch are sent; recorded
        detail = str(error)[:200] if isinstance(error, PortError) else stuck.why(error)[:200]
        port, status = notice.port, "gave_up" if notice.attempts > len(BACKOFF) else "failed"
    again = datetime.now(UTC) + pause_after(notice.attempts, str(notice.id)) if status == "failed" else None
    with transaction.atomic():
        Delivery.objects.create(notice=notice, at=datetime.now(UTC), status=status, port=port, detail=detail)
        Notice.objects.filter(pk=notice.pk).update(next_at=again)
    log_committed("notice_tried", notice=notice.id, kind=notice.kind, port=port, status=status)


def pause_after(attempts: int, key: str) -> timedelta:
    """Return how long to wait after so many attempts, up to a quarter longer, each notice otherwise.

    What failed together because a receiver was away does not come back together. The same notice waits the same.

    Args:
        attempts: So far, from 1. key: Of the notice.

    Source: docs/topics/notices.md (pauses of 30 s, 2 min, 10 min, 1 h, 6 h).
    """
    spread = int.from_bytes(sha256(f"{key}/{attempts}".encode()).digest()[:4]) / 2**32
    return BACKOFF[attempts - 1] * (1 + spread / 4)


def _send(notice: Notice) -> tuple[str, str]:
    """(port, status). Raises `PortError` when the other side did not take it."""
    kind, _, key = notice.recipient.partition(":")
    if kind == "webhook":
        hook = Webhook.objects.filter(pk=key, active=True).first()
        if hook is None:
            return "webhook", "no_address"
        webhook.send(hook, {"kind": notice.kind, **notice.facts}, str(notice.id))
        return "webhook", "delivered"
    page = "track/" if notice.source == "case" else f"notices/{notice.id}/"
    about = {**notice.facts, "url": f"{settings.BIHUAN_BASE_URL}/{page}"}
    words = fill_words(notice.kind, notice.language, about, current_registers().calendar.zone)
    if kind == "user":
        user = User.objects.filter(pk=key, is_active=True).first()
        return _reached({"email": user.email} if user else {}, words, notice)
    return _to_reporter(UUID(key), words, notice)


def _to_reporter(report: UUID, words: NoticeWords, notice: Notice) -> tuple[str, str]:
    """By the ways in their order; the look at the identity is logged."""
    sealed = ReportRow.objects.filter(pk=report).values_list("identity_id", flat=True).first()
    if sealed is None:
        return "contact", "no_address"
    district = current_facts().registers.district
    try:
        known = identity.reveal(sealed, district, "system:notices", f"{PURPOSE} {notice.number}")
    except RegisterError:
        return "contact", "no_address"  # erased meanwhile: there is nobody to tell any more
    return _reached(known, words, notice)


def _reached(known: Mapping[str, str], words: NoticeWords, notice: Notice) -> tuple[str, str]:
    """Send by the first port whose detail is known and that is ready."""
    for port in PORTS.all():
        if known.get(port.contact) and port.ready():
            port.send(known[port.contact], words, str(notice.id))
            return port.name, "sent"
    return "contact", "no_address"
