"""What was told to whom about a case, and what waits for a unit in its workspace. Nothing personal is read."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from bihuan.notices.models import Delivery, Notice

IN_APP = "in_app"


class ToldNotice(NamedTuple):
    """One attempt to tell somebody: when, which kind of notice, through which port, and what became of it."""

    at: datetime
    kind: str
    port: str
    status: str


def deliveries_of_case(case_id: UUID) -> list[ToldNotice]:
    """Return every delivery about a case and every notice in a unit's workspace (`seen` or `unseen`), oldest first.

    Source: docs/topics/notices.md ("Each attempt is a row that never changes").
    """
    sent = Delivery.objects.filter(notice__case_id=case_id).values_list("at", "notice__kind", "port", "status")
    shown = Notice.objects.filter(case_id=case_id, port=IN_APP).values_list("created_at", "kind", "seen_at")
    told = [ToldNotice(*row) for row in sent]
    told += [ToldNotice(at, kind, IN_APP, "seen" if seen else "unseen") for at, kind, seen in shown]
    return sorted(told)


def notices_of_units(units: Collection[str], cases: QuerySet) -> QuerySet[Notice]:  # type: ignore[type-arg]  # any rows with ids
    """Return the workspace notices of units about `cases`, unseen first, then the newest.

    Args:
        units: Ids of units.
        cases: Rows of the cases that the reader may see, as `visible_to` gives them.

    Source: docs/topics/notices.md.
    """
    recipients = [f"unit:{unit}" for unit in units]
    found = Notice.objects.filter(port=IN_APP, recipient__in=recipients, case_id__in=cases.values("pk"))
    return found.order_by(F("seen_at").desc(nulls_first=True), "-created_at", "pk")


def mark_seen(notices: QuerySet[Notice], ids: Collection[UUID], at: datetime) -> int:
    """Mark those of `ids` among `notices` as seen; the first look counts. Returns how many were unseen.

    Source: docs/topics/notices.md.
    """
    return notices.order_by().filter(pk__in=ids, seen_at__isnull=True).update(seen_at=at)
