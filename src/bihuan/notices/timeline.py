"""What was told to whom about a case, and what waits for a unit in its workspace. Nothing personal is read."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

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


class NoticeReader(NamedTuple):
    """Who reads notices in the workspace.

    Args:
        units: Ids of the units that the person acts for. account: Id of the user.
        roles: Role → the programmes in which the person has it; None: in every one.
    """

    units: Collection[str]
    account: str = ""
    roles: Mapping[str, Collection[str] | None] = {}


def notices_for(reader: NoticeReader, cases: QuerySet) -> list[QuerySet[Notice]]:  # type: ignore[type-arg]  # any rows with ids
    """Return the workspace notices of a reader in two lists: of the own units about `cases`, and without a case.

    In each what asks for something stands first, then the newest. They are asked apart: joined by "or" with a condition
    on something else, the cases that a person may see would be walked through from end to end.

    Args:
        reader: Who reads.
        cases: Rows of the cases that the reader may see, as `visible_to` gives them.

    Source: docs/topics/notices.md, "Without a case".
    """
    units = [f"unit:{unit}" for unit in reader.units]
    found = Notice.objects.filter(port=IN_APP).order_by(
        Coalesce("seen_at", "over_at").desc(nulls_first=True), "-created_at", "pk"
    )
    return [
        found.filter(source="case", recipient__in=units, case_id__in=cases.values("pk")),
        found.filter(_without_case(reader, units)),
    ]


def merged_notices(lists: Iterable[QuerySet[Notice]], first: int, last: int) -> list[Notice]:
    """Return the notices from `first` to before `last` of several lists together, in the order that each has.

    Source: docs/topics/notices.md, "Without a case".
    """
    found = [notice for each in lists for notice in each[:last]]
    return sorted(found, key=_place)[first:last]


def _place(notice: Notice) -> tuple[bool, float, float, str]:
    done = notice.seen_at or notice.over_at
    return done is not None, -done.timestamp() if done else 0.0, -notice.created_at.timestamp(), str(notice.pk)


def one_notice(reader: NoticeReader, key: UUID) -> Notice | None:
    """Return a notice without a case that a reader was told, in the workspace or by mail; None for any other.

    Source: docs/topics/notices.md, "Without a case".
    """
    units = [f"unit:{unit}" for unit in reader.units]
    mine = _without_case(reader, units) | Q(recipient=f"user:{reader.account}")
    return Notice.objects.filter(mine, pk=key).exclude(source="case").first()


def _without_case(reader: NoticeReader, units: Collection[str]) -> Q:
    mine = Q(recipient__in=[*units, f"account:{reader.account}"])
    for role, programmes in sorted(reader.roles.items()):
        held = Q(recipient=f"role:{role}")
        mine |= held if programmes is None else held & Q(programme__in=list(programmes))
    return mine & ~Q(source="case")


def mark_seen(notices: QuerySet[Notice], ids: Collection[UUID], at: datetime) -> int:
    """Mark those of `ids` among `notices` as seen; the first look counts. Returns how many were unseen.

    Source: docs/topics/notices.md.
    """
    return notices.order_by().filter(pk__in=ids, seen_at__isnull=True).update(seen_at=at)
