"""One bad row never stops a loop: a batch is tried whole, halved on failure; what cannot be done alone is set aside.

What is set aside is kept with its reason and tried again later, with growing pauses; `doctor`, `/health/ready` and the
page of what is stuck show it until it succeeds. A database that is away or asks to be asked again is no row's fault and
is raised.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction

from bihuan.loop import scope
from bihuan.loop.models import StuckRow
from bihuan.registers.live import default_district
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log, log_committed

AWAY = (OperationalError, InterfaceError)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
ASIDE = """
INSERT INTO loop_stuck AS s (id, district_id, loop, subject, number, reason, since, tried_at, retry_at, tries)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1)
ON CONFLICT (district_id, loop, subject) DO UPDATE SET reason = excluded.reason, tried_at = excluded.tried_at,
    number = CASE WHEN excluded.number <> '' THEN excluded.number ELSE s.number END, tries = s.tries + 1,
    retry_at = excluded.tried_at + (%s::interval[])[least(s.tries + 1, %s)]
"""


class Stuck(NamedTuple):
    """One thing that is set aside now."""

    loop: str
    subject: str
    number: str
    reason: str
    since: datetime
    tries: int


def each[T](
    loop: str,
    items: Sequence[T],
    act: Callable[[Sequence[T]], int],
    name: Callable[[T], tuple[str, str]],
) -> int:
    """Do something to items, at once when that is possible, else one by one; returns the sum of what `act` returned.

    Args:
        loop: Whose work it is.
        act: Works on some items in one transaction; whatever it raises undoes all of them.
        name: (id, number a person knows or "") of an item.

    Source: docs/topics/kernel.md, "The store" (one bad row never stops a loop)
    """
    if not items:
        return 0
    try:
        with transaction.atomic():
            return act(items)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one row raises, it must not stop the others; it is recorded and shown
        if len(items) == 1:
            set_aside(loop, *name(items[0]), why(error))
            return 0
    half = len(items) // 2
    return each(loop, items[:half], act, name) + each(loop, items[half:], act, name)


def why(error: Exception) -> str:
    """Return the kind of an error and the first line of what it says."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0] if said else ''}"


def set_aside(loop: str, subject: str, number: str, reason: str, now: datetime | None = None) -> None:
    """Record that something cannot be done now; it is tried again after a pause that grows.

    Source: docs/topics/kernel.md, "The store" (one bad row never stops a loop)
    """
    now = now or datetime.now(UTC)
    log("set_aside", loop=loop, subject=subject, error=reason.partition(":")[0])
    pauses: list[Any] = [now, now, now + PAUSES[0], list(PAUSES), len(PAUSES)]
    district = scope.current() or default_district()
    what: list[Any] = [new_id(), district, loop, subject[:64], number[:64], reason[:300].replace("\x00", "")]
    with connection.cursor() as cursor:
        cursor.execute(ASIDE, [*what, *pauses])


def resting(loop: str, now: datetime | None = None) -> tuple[set[str], set[str]]:
    """(subjects that are not to be tried yet, all subjects set aside) of a loop.

    Source: docs/topics/kernel.md, "The store" (one bad row never stops a loop)
    """
    rows = StuckRow.objects.filter(loop=loop).values_list("subject", "retry_at")
    moment = now or datetime.now(UTC)
    known = dict(rows)
    return {subject for subject, retry in known.items() if retry > moment}, set(known)


def mended(loop: str, subjects: Iterable[str]) -> None:
    """What was set aside has been done."""
    done = list(subjects)
    if done:
        gone, _ = StuckRow.objects.filter(loop=loop, subject__in=done).delete()
        if gone:
            log_committed("taken_up_again", loop=loop, subjects=gone)


def all_stuck(limit: int = 200) -> list[Stuck]:
    """Everything that is set aside now, oldest first."""
    rows = StuckRow.objects.order_by("since", "id").values_list("loop", "subject", "number", "reason", "since", "tries")
    return [Stuck(*row) for row in rows[:limit]]


def red() -> list[str]:
    """Return what health and `doctor` say: one line per loop that has something set aside."""
    try:
        scope.ensure(default_district())
    except RegisterError:
        return []  # without a district there is nothing to do, and nothing is set aside
    counted: dict[str, int] = {}
    for each_stuck in all_stuck(1000):
        counted[each_stuck.loop] = counted.get(each_stuck.loop, 0) + 1
    return [f"{loop}: {count} set aside, see /desk/stuck/" for loop, count in sorted(counted.items())]
