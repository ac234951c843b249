"""Retired programmes: from a day on no new case is opened; open cases go on to their end under their own edition.

Each decision, also the one to take a programme up again, is a public statement of the log: what held when can be
verified, nothing is overwritten, and the newest one counts.
"""

from datetime import date, datetime

import msgspec
from django.db import connection, transaction

from bihuan.faults import Fault
from bihuan.ledger import statements
from bihuan.server.log_lines import log_committed

KIND = "programme"
LONGEST_REASON = 500

NEWEST = """
SELECT DISTINCT ON (body->>'programme') body FROM ledger_statement
WHERE kind = %s AND body->>'district' = %s ORDER BY body->>'programme', made_at DESC, id DESC
"""


class Retirement(msgspec.Struct, frozen=True):
    """From which day (in the district) a programme takes no new case, on which public ground and by whom."""

    programme: str
    since: date
    reason: str
    by: str


class RetireRefused(Fault):
    """The decision does not fit what stands; nothing was recorded."""

    remedy = "见 `bihuan programme list` · see `bihuan programme list`"


def retirements(district: str) -> dict[str, Retirement]:
    """Return every programme that is retired or will be, by its id; one query."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [KIND, district])
        bodies = [msgspec.json.decode(body) if isinstance(body, str) else body for (body,) in cursor.fetchall()]
    found = (
        Retirement(body["programme"], date.fromisoformat(body["since"]), body["reason"], body["by"])
        for body in bodies
        if body["decision"] == "retired"
    )
    return {each.programme: each for each in found}


def retire(programme: str, district: str, since: date, today: date, reason: str, by: str, at: datetime) -> Retirement:
    """Take no new case of a programme from a day on.

    Args:
        programme: its id; district: the district's code.
        since: the first day without new cases, today or later (days of the district).
        today: the district's day; at: the moment (aware).
        reason: public, without personal words; by: actor id.

    Raises:
        RetireRefused: no reason, a day that has passed, or retired from that day already.
    """
    reason = _reason(reason)
    if since < today:
        raise RetireRefused(
            f"{since} 已过，其后可能已有新件 · {since} has passed: cases may have been opened since",
            f"从今天（{today}）或以后起 · choose {today} or later",
        )
    with transaction.atomic():
        _alone()
        standing = retirements(district).get(programme)
        if standing is not None and standing.since == since:
            raise RetireRefused(f"{programme} 已定于 {since} 停止受理 · it is retired from {since} already")
        _state(programme, district, "retired", since, reason, by, at)
    return Retirement(programme, since, reason, by)


def resume(programme: str, district: str, today: date, reason: str, by: str, at: datetime) -> None:
    """Take new cases of a retired programme again, from now on. Arguments as of `retire`.

    Raises:
        RetireRefused: no reason, or it is not retired.
    """
    reason = _reason(reason)
    with transaction.atomic():
        _alone()
        if programme not in retirements(district):
            raise RetireRefused(f"{programme} 未停止受理 · it is not retired")
        _state(programme, district, "resumed", today, reason, by, at)


def _state(programme: str, district: str, decision: str, since: date, reason: str, by: str, at: datetime) -> None:
    body = {
        "programme": programme, "district": district, "decision": decision, "since": since.isoformat(),
        "reason": reason, "by": by,
    }  # fmt: skip
    statements.promise_statement(KIND, body, at)
    if decision == "retired":
        log_committed("programme_retired", programme=programme, since=since, actor=by)
    else:
        log_committed("programme_resumed", programme=programme, since=since, actor=by)


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_REASON:
        raise RetireRefused(
            f"须公开说明理由，至多 {LONGEST_REASON} 字 · give a public reason, at most {LONGEST_REASON} characters",
            "用 --reason 说明 · give it with --reason",
        )
    return text


def _alone() -> None:
    """One decision at a time, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('programme retired', 0))")
