"""The end of what is kept for a time only: every rule that a room has given (`bihuan.extend.RETENTION`), in turn.

A rule that fails is logged and asked again with the next batch; the others go on.
"""

from __future__ import annotations

from django.db import connection

from bihuan.extend import RETENTION
from bihuan.server.log_lines import log

_SESSIONS = """
DELETE FROM django_session WHERE session_key IN (
    SELECT session_key FROM django_session WHERE expire_date < now() LIMIT %s FOR UPDATE SKIP LOCKED)
"""
_CACHED = "DELETE FROM server_cache WHERE expires < now()"


def end_due() -> int:
    """End one batch of everything whose time is over, rule by rule; return how many things ended.

    Raises:
        Exception: the first error of a rule that failed, once every rule has been asked.

    Source: 个人信息保护法第十九条 (kept no longer than needed); docs/adr/0244-more-points.md.
    """
    done = 0
    failed: list[Exception] = []
    for rule in RETENTION.all():
        try:
            ended = rule.end()
        except Exception as error:  # noqa: BLE001 - one room's fault must not keep what another has promised to end
            log("kept_not_ended", error, rule=rule.name)
            failed.append(error)
            continue
        if ended:
            log("kept_ended", rule=rule.name, count=ended)
        done += ended
    if failed:
        raise failed[0]
    return done


def end_sessions(batch: int = 1000) -> int:
    """Delete at most `batch` sessions whose time is over; return how many.

    Source: docs/reference/personal.md (a browser's session ends after twelve hours).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS, [batch])
        return int(cursor.rowcount)


def end_cached() -> int:
    """Delete cached counts whose time is over; return how many.

    Source: docs/reference/personal.md (what sign-in limits count expires).
    """
    with connection.cursor() as cursor:
        cursor.execute(_CACHED)
        return int(cursor.rowcount)
