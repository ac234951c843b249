"""What `bihuan doctor` looks at in the registers."""

from __future__ import annotations

import datetime as dt

from bihuan.registers.live import current_registers
from bihuan.registers.models import Grant, User
from bihuan.registers.people import Scope, is_in_force
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.roles import all_roles
from bihuan.server.checks import CheckFinding

SHOWN = 20


def calendar() -> CheckFinding:
    """The official calendar of the district covers the days on which the next deadlines fall.

    Source: docs/topics/registers.md, "Time" (working days of an unpublished year)
    """
    try:
        last = current_registers().calendar.last_covered
    except RegisterError as error:
        return CheckFinding("calendar", "warning", str(error), "load a district and its calendar with `bihuan load`")
    if last < dt.datetime.now(dt.UTC).date() + dt.timedelta(days=45):
        remedy = "load next year's schedule when the State Council publishes it: `bihuan load calendars FILE`"
        return CheckFinding("calendar", "warning", f"working days are official to {last} only", remedy)
    return CheckFinding("calendar", "ok", f"working days are official to {last}")


def invented() -> CheckFinding:
    """No account of a demonstration's invented people is active; in production such accounts open nothing.

    Source: docs/topics/registers.md, "The model district".
    """
    names = list(User.objects.filter(demo=True, is_active=True).order_by("username").values_list("username", flat=True))
    if not names:
        return CheckFinding("demo_accounts", "ok", "no account of a demonstration")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    message = f"{len(names)} accounts of invented people: {', '.join(names[:SHOWN])}{more}"
    remedy = "where real people work, load them under names of their own and end these (is_active=no in the users file)"
    return CheckFinding("demo_accounts", "warning", message, remedy)


def roles() -> CheckFinding:
    """Every grant names a role that exists, in a scope in which it may be granted; another one gives nothing.

    Source: docs/adr/0234 (a grant of a role that does not exist gives nothing and `doctor` names it)
    """
    known = all_roles()
    granted = Grant.objects.values_list("role", "scope_kind", "scope").distinct().order_by("role", "scope")
    idle = [scope for scope in (Scope(*row) for row in granted) if not is_in_force(scope, known)]
    if not idle:
        return CheckFinding("roles", "ok", "every granted role exists where it is granted")
    named = ", ".join(f"{scope.role} in {scope.kind}:{scope.key}" for scope in idle[:SHOWN])
    more = f" and {len(idle) - SHOWN} more" if len(idle) > SHOWN else ""
    remedy = (
        "declare the role (roles: in programme.yaml), or load the people with roles that exist: bihuan load users FILE"
    )
    return CheckFinding("roles", "warning", f"granted without effect: {named}{more}", remedy)
