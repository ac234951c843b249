"""Caller look-up: the earlier cases behind a phone number, found by the keyed index; every search is logged."""

from __future__ import annotations

from bihuan.faces.parts.lists import ListOrder, ListPage, page_of
from bihuan.faces.parts.world import World
from bihuan.loop.models import ReportRow
from bihuan.loop.store import visible_to
from bihuan.registers import identity

NEWEST = ListOrder(("-opened_at", "id"))


def cases_of_caller(here: World, phone: str, purpose: str) -> ListPage:
    """The cases a caller reported, newest first.

    Raises:
        RegisterError: the number cannot be read, or no purpose was given.

    Source: docs/topics/registers.md, "Identity" (found by a keyed blind index; every look logged)
    """
    found = identity.lookup_by_phone(phone, here.registers.district, here.actor.id, purpose)
    cases = list(ReportRow.objects.filter(identity_id__in=found).values_list("case_id", flat=True))
    return page_of(visible_to(here.actor).filter(pk__in=cases), None, order=NEWEST)
