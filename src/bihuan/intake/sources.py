"""Sources: the names under which other systems number their reports. Each belongs to one caller.

The first integrator that names a source gets it, and every token of that account may use it; the house's own channels
(`RESERVED`) belong to nobody outside. So no stranger can ask by a city's order number what became of it, or send a
report under that number first.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from bihuan.loop.kernel.model import Refusal, Text

RESERVED = frozenset({"mail", "web", "api"})
NOT_YOURS = Refusal(
    "source_not_yours",
    Text("这个来源名称属于另一个系统", "this source belongs to another system"),
    Text("请用本系统自己的来源名称，由管理员核对", "use the name of your own system; the administrator can tell it"),
    "source",
)
_BIND = """
WITH made AS (
    INSERT INTO intake_source (district_id, name, owner, bound_at) VALUES (%(district)s, %(name)s, %(owner)s, %(now)s)
    ON CONFLICT DO NOTHING RETURNING owner
)
SELECT owner FROM made UNION ALL SELECT owner FROM intake_source WHERE district_id = %(district)s AND name = %(name)s
LIMIT 1
"""


def bind(name: str, owner: str, district: str, now: datetime) -> Refusal | None:
    """Bind a source to its first caller; a refusal for everybody else.

    Args:
        owner: actor id of an integrator.
    """
    if name.casefold() in RESERVED:
        return NOT_YOURS
    with connection.cursor() as cursor:
        cursor.execute(_BIND, {"district": district, "name": name, "owner": owner, "now": now})
        row = cursor.fetchone()
    return None if row and row[0] == owner else NOT_YOURS
