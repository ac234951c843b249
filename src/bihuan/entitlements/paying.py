"""Payment: the lines of an approved list become entries of the budget's book, once each, and grants of the register.

An entry's number is policy, subject and period, and the book takes a number once: whatever is sent again, from
whichever list, has no effect. A line that the budget's floor refuses stays refused and is told.
Who froze a list does not pay it.
Source: docs/topics/entitlements.md, "Delivery"; docs/adr/0296-entitlements.md; DESIGN §14 (event → entry).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts, refused
from bihuan.entitlements.catalogue import all_policies
from bihuan.entitlements.facts import KIND
from bihuan.entitlements.lists import ListRefused, list_named
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.entitlements.registering import note_grants, note_list
from bihuan.loop.models import CaseRow
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.rules.journal import POSTED
from bihuan.subjects.writing import Authorship as RegisterAct

BATCH = 500


@dataclass
class PaidList:
    """What became of a list: lines by outcome (paid, repeated, refusals by reason), and the sum that was paid (fen)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    fen: int = 0


def pay_list(key: str, district: str, actor: str) -> PaidList:
    """Pay every listed line of a list whose notice is over; sent again it pays nothing twice.

    Raises:
        ListRefused: its notice runs, or whoever froze it would pay it.

    Source: docs/topics/entitlements.md, "Delivery"
    """
    with in_district(district), transaction.atomic():
        row = list_named(key)
        GrantListRow.objects.select_for_update().get(pk=row.pk)
        now = timezone.now()
        if row.notice_ends is None or now < row.notice_ends:
            raise ListRefused(f"{key} 公示期未满 · the notice of {key} is not over", f"pay after {row.notice_ends}")
        if actor == row.frozen_by:
            raise ListRefused(f"{key} 须由他人批准 · whoever froze {key} does not pay it", "a second person")
        policy, paid = all_policies()[row.policy], PaidList()
        lines = list(row.rows.filter(state__in=("listed", "refused")).order_by("key"))
        for start in range(0, len(lines), BATCH):
            _pay(policy, row, lines[start : start + BATCH], actor, paid)
        if policy.grant:
            good = [line for line in lines if line.state == "paid"]
            numbers = [number_of(policy.id, line.key, row.period) for line in good]
            act = RegisterAct(district, actor, f"list {row.key}", "effect", "paid")
            note_grants(policy, row, good, numbers, _today(), act)
        row.paid_at, row.paid_by = now, actor
        row.save(update_fields=["paid_at", "paid_by"])
        note_list(policy, row, district, actor, now, "paid")
        return paid


def pay_approved(district: str) -> int:
    """Pay the lists whose delivery was admitted by a gate; returns how many."""
    with in_district(district):
        waiting = GrantListRow.objects.filter(paid_at=None, notice_ends__lte=timezone.now())
        keys = list(waiting.order_by("frozen_at").values_list("key", flat=True)[:20])
        named = {f"{KIND}/{key}": key for key in keys}
        approved = CaseRow.objects.filter(about__in=named, shape="gate", state="in_effect")
        found = [(named[about or ""], f"case:{number}") for about, number in approved.values_list("about", "number")]
    for key, actor in found:
        pay_list(key, district, actor)
    return len(found)


def number_of(policy: str, key: str, period: str) -> str:
    """The number of an entry, and the key of a grant: once for a policy, a subject and a period."""
    return f"{policy}:{key}:{period}"


def _today() -> date:
    return timezone.now().astimezone(current_registers().calendar.zone).date()


def _pay(policy: PolicyFile, row: GrantListRow, lines: Sequence[GrantRow], actor: str, paid: PaidList) -> None:
    book, today = (
        book_named(policy.budget.book).book,
        _today(),
    )
    acts = []
    for line in lines:
        values = {
            "amount": f"{line.amount // 100}.{line.amount % 100:02}", "line": policy.budget.line,
            "subject": line.key, "policy": policy.id,
        }  # fmt: skip
        key = number_of(policy.id, line.key, row.period)
        acts.append(Act((draft_kind(book, policy.budget.entry, key, today, values, ref=""),), actor))
    for line, verdicts in zip(lines, post_acts(acts), strict=True):
        reason = refused(verdicts)
        line.state, line.reason = ("refused", reason) if reason else ("paid", "")
        fresh = not reason and verdicts[0] is POSTED
        paid.outcomes[reason or ("paid" if fresh else "repeated")] += 1
        paid.fen += line.amount if fresh else 0
    GrantRow.objects.bulk_update(lines, ["state", "reason"], batch_size=BATCH)
