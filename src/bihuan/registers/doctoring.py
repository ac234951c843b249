"""What `bihuan doctor` looks at in the registers."""

from __future__ import annotations

import datetime as dt

from bihuan.registers.live import current_registers
from bihuan.registers.models import User
from bihuan.registers.pure.errors import RegisterError
from bihuan.server.checks import Finding

SHOWN = 20


def calendar() -> Finding:
    """The official calendar of the district covers the days on which the next deadlines fall."""
    try:
        last = current_registers().calendar.last_covered
    except RegisterError as error:
        return Finding("calendar", "warning", str(error), "load a district and its calendar with `bihuan load`")
    if last < dt.datetime.now(dt.UTC).date() + dt.timedelta(days=45):
        remedy = "load next year's schedule when the State Council publishes it: `bihuan load calendars FILE`"
        return Finding("calendar", "warning", f"working days are official to {last} only", remedy)
    return Finding("calendar", "ok", f"working days are official to {last}")


def invented() -> Finding:
    """No account of a demonstration's invented people is active; in production such accounts open nothing."""
    names = list(User.objects.filter(demo=True, is_active=True).order_by("username").values_list("username", flat=True))
    if not names:
        return Finding("demo_accounts", "ok", "no account of a demonstration")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    message = f"{len(names)} accounts of invented people: {', '.join(names[:SHOWN])}{more}"
    remedy = "where real people work, load them under names of their own and end these (is_active=no in the users file)"
    return Finding("demo_accounts", "warning", message, remedy)
