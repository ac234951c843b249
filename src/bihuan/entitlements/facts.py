"""What a loop may ask of a list: whether its notice is over, how many objections are open, how much it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bihuan.extend import FactQuestion

KIND = "grant-list"
"""What cases are about that a list is delivered, or objected to, by."""

NAMES = (
    "policy", "edition", "period", "digest", "count", "total", "published", "notice_over", "open_objections",
    "frozen_by",
)  # fmt: skip


def kinds() -> Collection[str]:
    """The one kind."""
    return (KIND,)


def names(_kind: str) -> Collection[str]:
    """What may be asked."""
    return NAMES


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what is known of a list at an instant; None when there is none.

    Source: DESIGN §14 (`Facts.ask`); docs/topics/entitlements.md, "Delivery"
    """
    from django.db.models import Count, Q, Sum  # a declaration is checked without tables

    from bihuan.entitlements.models import GrantListRow
    from bihuan.loop.models import CaseRow

    found = GrantListRow.objects.filter(district_id=question.district, key=question.key).first()
    if found is None or found.frozen_at > question.known:
        return None
    listed = found.rows.filter(state__in=("listed", "paid")).aggregate(count=Count("id"), total=Sum("amount"))
    about = CaseRow.objects.filter(about=f"{KIND}/{found.key}", ended_at=None).filter(~Q(shape="gate"))
    total = listed["total"] or 0
    values: dict[str, Any] = {
        "policy": found.policy, "edition": found.edition, "period": found.period, "digest": found.digest,
        "count": listed["count"], "total": f"{total // 100}.{total % 100:02}",
        "published": found.published_at is not None,
        "notice_over": found.notice_ends is not None and found.notice_ends <= question.at,
        "open_objections": about.count(), "frozen_by": found.frozen_by,
    }  # fmt: skip
    cited = {"list": found.key, "digest": found.digest, "frozen_at": found.frozen_at.isoformat()}
    _, _, name = question.kind.partition(".")
    if not name:
        return values, cited
    return (values[name], cited) if name in values else None
