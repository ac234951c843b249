"""Sources: the names under which other systems number their reports. Each belongs to one caller.

Who runs the system gives a source to the account of a token (`bihuan token bind`), else the first integrator that
names it gets it; every token of that account may use it. The house's own channels (`RESERVED`) belong to nobody
outside. So no stranger can ask by a city's order number what became of it, or send a report under that number first.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from bihuan.faults import Fault
from bihuan.intake.models import Source
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.server import security_log

RESERVED = frozenset({"mail", "web", "api"})
NOT_YOURS = Refusal(
    "source_not_yours",
    Text("这个来源名称属于另一个系统", "this source belongs to another system"),
    Text("请用本系统自己的来源名称，由管理员核对", "use the name of your own system; the administrator can tell it"),
    "source",
)
NUMBER_TAKEN = Refusal(
    "number_taken",
    Text("这个来源编号已由另一途径登记", "this number of that source was handed in by somebody else"),
    Text("请不带来源编号上报，或核对编号", "report it without source and number, or check the number"),
    "number",
)
NUMBER_REUSED = Refusal(
    "number_reused",
    Text("这个来源编号已用于另一份内容", "this number of that source was handed in with other contents"),
    Text("补充内容请作为补充提交；新来件请用新编号", "send additions as a supplement, a new matter under a new number"),
    "number",
)
_BIND = """
WITH made AS (
    INSERT INTO intake_source (district_id, name, owner, bound_at) VALUES (%(district)s, %(name)s, %(owner)s, %(now)s)
    ON CONFLICT DO NOTHING RETURNING owner
)
SELECT owner FROM made UNION ALL SELECT owner FROM intake_source WHERE district_id = %(district)s AND name = %(name)s
LIMIT 1
"""
_ASSIGN = """
INSERT INTO intake_source (district_id, name, owner, bound_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (district_id, name) DO UPDATE SET owner = excluded.owner, bound_at = excluded.bound_at
"""
LONGEST = 64  # characters of a name


class SourceError(Fault):
    """A source cannot be given to somebody; the message says why, the remedy what to do."""


def assign_source(name: str, owner: str, district: str, now: datetime, *, move: bool = False) -> str | None:
    """Give a source to a caller; whose it was before, None when it was nobody's or theirs.

    Args:
        name: as the other system writes it; owner: actor id of an integrator.
        move: whether it may be taken from somebody: their reports keep their numbers, new ones come from the new owner.

    Raises:
        SourceError: no such name is possible, or it is another's and `move` is not set.

    Source: docs/adr/0220 (a source belongs to the account that first names it).
    """
    if not 0 < len(name) <= LONGEST or "\0" in name or name != name.strip():
        raise SourceError(
            f"来源名称须为 1 至 {LONGEST} 字 · a source's name has 1 to {LONGEST} characters", "correct the name"
        )
    if name.casefold() in RESERVED:
        raise SourceError(f"{name} 是本系统自己的渠道 · {name} is a channel of this house", "choose another name")
    known = Source.objects.filter(district_id=district, name=name).values_list("owner", flat=True).first()
    if known is not None and known != owner and not move:
        raise SourceError(
            f"来源 {name} 属于另一个系统 · source {name} belongs to another system",
            "see `bihuan token sources`; with --move it is taken from its present owner",
        )
    if known != owner:
        with connection.cursor() as cursor:
            cursor.execute(_ASSIGN, [district, name, owner, now])
        security_log.record("source_assigned", source=name, owner=owner, before=known or "")
    return known if known != owner else None


def bind_source(name: str, owner: str, district: str, now: datetime) -> Refusal | None:
    """Bind a source to its first caller; a refusal for everybody else.

    Args:
        owner: actor id of an integrator.

    Source: docs/adr/0220 (a source belongs to the account that first names it).
    """
    if name.casefold() in RESERVED:
        return NOT_YOURS
    with connection.cursor() as cursor:
        cursor.execute(_BIND, {"district": district, "name": name, "owner": owner, "now": now})
        row = cursor.fetchone()
    if row and row[0] == owner:
        return None
    security_log.record("source_refused", source=name, owner=owner)
    return NOT_YOURS
