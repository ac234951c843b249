"""`again`: a case was closed, and another watch sees its subject again within a time: it was struck off too early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict, WatchName
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within
from bihuan.watches.scene import Scene

_AGAIN = """
SELECT DISTINCT ON (c.number) coalesce(c.about, c.fold->>'subject'), c.number, c.ended_at, i.opened_at, i.id::text
FROM loop_case c JOIN watch_incident i ON i.district_id = c.district_id AND i.watch = %(watch)s
    AND i.type || '/' || i.subject = coalesce(c.about, c.fold->>'subject')
    AND i.opened_at > c.ended_at AND i.opened_at <= %(at)s
    AND (i.ended_at IS NULL OR i.ended_at > %(at)s)
WHERE c.district_id = %(district)s AND c.programme = %(programme)s AND c.state = 'closed' AND c.ended_at > %(since)s
  AND (%(case)s::text IS NULL OR c.kind = %(case)s)
  AND (%(category)s::text IS NULL OR c.category = %(category)s OR c.category LIKE %(category)s || '.%%')
ORDER BY c.number, i.opened_at
"""


class Again(Strict):
    """The watch that sees it again, and how long after the closing that counts."""

    watch: WatchName
    within: Within = "90 days"


def find(scene: Scene, over: Over, rule: Again) -> Hits:
    """Every closed case whose subject is seen again. Source: docs/topics/watches.md, "again"."""
    given: dict[str, Any] = {
        "district": scene.district, "programme": over.cases, "case": over.case, "category": over.category,
        "watch": rule.watch, "at": scene.at, "since": scene.since(rule.within),
    }  # fmt: skip
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_AGAIN, given)
        rows = [row for row in cursor.fetchall() if scene.only is None or row[0] in scene.only]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [Fact("case", rows[n][1], over.cases or "", rows[n][2].isoformat()),
             Fact(f"watch.{rule.watch}", rows[n][3].isoformat(), rule.watch, cited=rows[n][4])]
            for n in chosen
        ]  # fmt: skip

    numbers = [row[1] for row in rows]
    return Hits([row[0] for row in rows], numbers, [row[3].isoformat() for row in rows], tell, len(rows))


def why(rule: Again) -> Words:
    """The rule in words."""
    return Words(
        f"结案后 {rule.within} 内再次出现（{rule.watch}）",
        f"seen again by {rule.watch} within {rule.within} of closing",
    )


def faults(scene: Any, over: Over, rule: Again) -> Iterator[Fault]:
    """Whether the watch is declared is seen when it looks: watches are read one by one."""
    yield from ()


KIND = WatchKind(
    "again",
    Words("销号后复发", "Observed again after closure"),
    Words("已办结的事项再次被监看发现", "a closed case whose subject another watch sees again"),
    Again, frozenset({"cases"}), find, why, faults=faults, type_of=lambda over, rule: "",
)  # fmt: skip
