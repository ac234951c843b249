"""What the desk is offered beside a case: the duty-bearer with its why, answers, and cases it may belong to.

Suggestions only: nothing is sent or merged without a person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q

from bihuan.faces.parts.explained import facts_of
from bihuan.faces.parts.lists import CaseLine, line_of
from bihuan.faces.parts.world import World
from bihuan.knowledge.search import ArticleHit, search_articles
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to

NEAR_E6 = 3_000  # about 300 m of longitude or latitude at 40° north
SINCE = timedelta(days=14)
MOST = 5


class DutyHint(NamedTuple):
    """Who would get the case, and the row of the duty matrix that says so."""

    lead: str
    co: tuple[str, ...]
    why: list[tuple[str, str]]
    fallback: bool


def duty_of(here: World, case: Case) -> DutyHint | None:
    """The duty-bearer by category, place and today's matrix; None when neither is known yet.

    Source: docs/topics/registers.md, "The duty matrix".
    """
    if not case.category and not case.area:
        return None
    lead, co, why = here.facts.duty(case.category, case.area, here.now)
    names = here.names
    units = tuple(names.unit(u) for u in co)
    return DutyHint(names.unit(lead or here.facts.district()), units, facts_of(why, names), lead is None)


def articles_for(here: World, case: Case, asked: str) -> list[ArticleHit]:
    """Articles of the knowledge base that may answer at once.

    Source: docs/topics/faces.md (`/desk/`: answers from the knowledge base, like cases)
    """
    day = here.now.astimezone(here.zone).date()
    return search_articles(asked, district=here.registers.district.code, on=day, category=case.category, limit=MOST)


def similar(here: World, row: CaseRow) -> list[CaseLine]:
    """Open cases of the last fortnight about the same category in the same sub-district, or within some 300 m of it.

    Source: docs/topics/faces.md (`/desk/`: answers from the knowledge base, like cases)
    """
    same = [Q(category=row.category, area__startswith=row.area[:9])] if row.category and row.area else []
    if row.lon_e6 is not None and row.lat_e6 is not None:
        near = Q(
            lon_e6__range=(row.lon_e6 - NEAR_E6, row.lon_e6 + NEAR_E6),
            lat_e6__range=(row.lat_e6 - NEAR_E6, row.lat_e6 + NEAR_E6),
        )
        top = (row.category or "").partition(".")[0]
        same.append(near & (Q(category__startswith=top) if top else Q()))
    seen = visible_to(here.actor)
    recent = seen.filter(ended_at__isnull=True, opened_at__gte=here.now - SINCE, programme=row.programme)
    recent = recent.exclude(pk=row.id)
    # Each condition has an index of its own, which an OR of them would not use.
    found = [recent.filter(each).order_by("opened_at").values("pk")[:MOST] for each in same]
    if not found:
        return []
    every = found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]
    return [line_of(each) for each in seen.filter(pk__in=every).order_by("opened_at", "id")[:MOST]]
