"""What a loop may ask of a list: whether its notice is over, how many objections are open, how much it is. And of a
subject: whether it is entitled under a policy, `entitled.POLICY` (its dashes as `_`): yes, no or unknown.

Source: docs/adr/0431-entitled-as-a-fact.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bihuan.extend import FactQuestion

KIND, ENTITLED = "grant-list", "entitled"
"""What cases are about that a list is delivered, or objected to, by; and what is asked of a subject."""

NAMES = (
    "policy", "edition", "period", "digest", "count", "total", "published", "notice_over", "open_objections",
    "frozen_by",
)  # fmt: skip


def kinds() -> Collection[str]:
    """Lists, and what follows from clauses."""
    return (KIND, ENTITLED)


def names(kind: str) -> Collection[str]:
    """What may be asked."""
    if kind == ENTITLED:
        from bihuan.entitlements.catalogue import all_policies

        return [each.replace("-", "_") for each in all_policies()]
    return NAMES


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what is known of a list, or what clauses say of a subject; None when there is none.

    Source: DESIGN §14 (`Facts.ask`); docs/topics/entitlements.md, "Delivery"
    """
    if question.kind.partition(".")[0] == ENTITLED:
        return _entitled(question)
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


def _entitled(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """What the clauses in use say of one subject on its day, for the purpose of the programme that declares them."""
    from bihuan.entitlements.catalogue import all_policies, programme_of
    from bihuan.entitlements.judging import LOOKER
    from bihuan.methods.parts.clauses import ClauseSet
    from bihuan.registers.live import current_registers
    from bihuan.subjects import asking
    from bihuan.subjects.catalogue import subject_type

    policy = all_policies().get(question.kind.partition(".")[2].replace("_", "-"))
    if policy is None:
        return None
    kind, day = subject_type(policy.over), question.at.astimezone(current_registers().calendar.zone).date()
    looker = LOOKER._replace(programmes=frozenset({programme_of(policy.id)}))
    asked = asking.Viewpoint(day, question.known, {"key": question.key}, limit=1)
    keys, columns = asking.columns(question.district, kind, asked, looker, policy.fields)
    if not keys:
        return None
    told = {name: column[0] for name, column in columns.items()}
    answer, missing = ClauseSet(policy.clauses, day.isoformat()).ask_one(told)[policy.id]
    cited = {"subject": f"{kind.id}/{question.key}", "policy": policy.id, "edition": policy.edition}
    return answer, {**cited, "missing": ";".join(missing)}
