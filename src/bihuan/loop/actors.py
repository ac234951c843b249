"""From people and reporters to the kernel's actors: who somebody is to the loop at a moment."""

from datetime import datetime
from uuid import UUID

from bihuan.loop.kernel.model import Actor, acting_as
from bihuan.registers.models import User
from bihuan.registers.people import PersonStanding, standing_of
from bihuan.registers.pure.snapshot import Registers
from bihuan.registers.roles import all_roles

WHOLE = frozenset({"district"})


def actor_of(user: User, at: datetime, registers: Registers) -> Actor:
    """Return the actor a signed-in person is at `at`; one statement.

    Source: docs/adr/0234 (a role is narrowed by the scope of its grant)
    """
    return actor_of_standing(standing_of(user, at, registers))


def actor_of_standing(standing: PersonStanding) -> Actor:
    """Return the actor of a standing: a role granted for the whole district anywhere has no limits.

    Source: docs/adr/0234 (a role is narrowed by the scope of its grant)
    """
    known = all_roles()
    limits: dict[str, tuple[str, ...]] = {}
    for role in standing.roles:
        scopes = standing.scopes_of(role)
        if not any(scope.kind in WHOLE for scope in scopes):
            limits[role] = tuple(f"{scope.kind}:{scope.key}" for scope in scopes)
    units = standing.units | {s.key for s in standing.scopes if s.kind == "unit"}
    local = {key: known[key] for key in standing.roles if key in known and known[key].programme}
    return Actor(standing.id, standing.roles, standing.unit, frozenset(units), None, limits, local)


def reporter_of(report: UUID, case: UUID) -> Actor:
    """Return the actor behind one report: may touch its own case only.

    Source: docs/adr/0234 (programs and reporters act as rows of `actors:`); docs/adr/0050 (7)
    """
    return acting_as("own_report", str(report), case=str(case))
