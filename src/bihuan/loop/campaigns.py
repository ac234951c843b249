"""Campaigns in the store: start one, open its cases (never a member twice), report its coverage."""

from datetime import datetime

from django.db.models import QuerySet

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.campaign import Campaign, commands, coverage
from bihuan.loop.kernel.model import Actor, Data
from bihuan.loop.models import CampaignRow, CaseRow
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.read import case_of


def start(campaign: Campaign, district: str, facts_of: dict[str, Data]) -> None:
    """Declare a campaign; its members and dates do not change afterwards.

    Raises:
        django.db.IntegrityError: a campaign of that id exists.

    Source: DESIGN §2 (campaign: a dated population covered once)
    """
    CampaignRow.objects.create(
        id=campaign.id, district_id=district, programme=campaign.programme, kind=campaign.kind,
        start=campaign.start, end=campaign.end, members=list(campaign.members), facts=facts_of,
    )  # fmt: skip


def open_cases(campaign_id: str, actor: Actor, at: datetime, facts: LoopFacts, limit: int | None = None) -> int:
    """Open a case for each member that has none; returns how many were opened. Safe to repeat after a crash.

    Source: DESIGN §9 (9, 10); docs/topics/kernel.md, "Who has a case exists" (a campaign may declare the lead)
    """
    row = CampaignRow.objects.get(pk=campaign_id)
    campaign = _campaign(row)
    waiting = commands(campaign, _opened(campaign), actor, at, row.facts)[:limit]
    orders = [Order(c, programme=campaign.programme, kind=campaign.kind, key=key) for key, c in waiting]
    return sum(r.case is not None and not r.duplicate for r in append(orders, facts=facts, bulk=True))


def covered(campaign_id: str) -> dict[str, int]:
    """Members by where they stand; the sum is the population.

    Source: DESIGN §2 (campaign: a dated population covered once)
    """
    campaign = _campaign(CampaignRow.objects.get(pk=campaign_id))
    rows = _cases(campaign).values_list("fold", flat=True)
    return coverage(campaign, [case_of(fold) for fold in rows])


def _campaign(row: CampaignRow) -> Campaign:
    return Campaign(row.id, row.programme, row.kind, row.start, row.end, tuple(row.members))


def _cases(campaign: Campaign) -> QuerySet[CaseRow]:
    return CaseRow.objects.filter(programme=campaign.programme, kind=campaign.kind, fold__subject__in=campaign.members)


def _opened(campaign: Campaign) -> list[str]:
    return list(_cases(campaign).values_list("fold__subject", flat=True))


def run_as_campaigns() -> frozenset[str]:
    """Return the programmes whose cases a campaign opened: visits and projects, not reports of residents.

    Source: docs/topics/prevention.md (visits are no residents' reports)
    """
    return frozenset(CampaignRow.objects.values_list("programme", flat=True).distinct())
