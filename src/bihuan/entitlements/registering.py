"""What lists and payments say in the registers that a policy names: lists with their dates, grants with their basis.

Watches and pages read registers; so a list that nobody pays, or whose clauses have changed since, is seen.
Source: docs/topics/entitlements.md, "Afterwards"; DESIGN §14 (an effect writes a version).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.registers.live import current_registers
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.writing import Authorship, write_rows


def note_list(policy: PolicyFile, row: GrantListRow, district: str, actor: str, at: datetime, step: str) -> None:
    """Write what is known of a list at an instant into the register that the policy names; without one nothing.

    Args:
        step: What happened: frozen, published, paid.

    Source: docs/topics/entitlements.md, "Delivery".
    """
    if policy.lists is None:
        return
    zone = current_registers().calendar.zone

    def day(instant: datetime | None) -> str | None:
        return None if instant is None else instant.astimezone(zone).date().isoformat()

    values: dict[str, Any] = {
        "number": row.key, "policy": policy.id, "about": policy.requires.key if policy.requires else None,
        "edition": row.edition, "period": row.period, "digest": row.digest, "frozen_on": day(row.frozen_at),
        "published_on": day(row.published_at), "notice_ends": day(row.notice_ends), "paid_on": day(row.paid_at),
        "listed": row.rows.filter(state__in=("listed", "paid", "refused")).count(),
        "left_out": row.rows.filter(state="left_out").count(),
        "unpaid": row.rows.filter(state="refused").count(),
    }  # fmt: skip
    today = at.astimezone(zone).date()
    act = Authorship(district, actor, f"list {row.key}", "effect", step)
    write_rows(subject_type(policy.lists), [Row(1, row.key, today, None, values, None)], act, today)


def note_grants(
    policy: PolicyFile, row: GrantListRow, lines: Sequence[GrantRow], numbers: Sequence[str], today: date,
    act: Authorship,
) -> None:  # fmt: skip
    """Write every paid line as a grant of the register: what for, by which edition and alternative, how much.

    Source: docs/topics/entitlements.md, "Delivery".
    """
    rows = [
        Row(place, number, today, None, {
            "number": number, "firm": line.key, "policy": policy.id,
            "edition": row.edition, "basis": line.alternative, "period": row.period, "list": row.key,
            "amount": f"{line.amount // 100}.{line.amount % 100:02}", "paid_on": today.isoformat(),
        }, None)
        for place, (number, line) in enumerate(zip(numbers, lines, strict=True), 1)
    ]  # fmt: skip
    if rows:
        write_rows(subject_type(policy.grant or ""), rows, act, today)
