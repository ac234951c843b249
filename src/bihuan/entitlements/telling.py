"""Whoever was paid is told, each by one letter: why, how much, which remedy, and how to decline.

A line is told once; what cannot be written (a firm without a name, a gap of the letter) is set aside, shown and tried
again, and the others go on. Source: docs/topics/entitlements.md, "Delivery"; 行政许可法 第三十八条 (reasons are given).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from bihuan.documents.letters.gathering import name_of_person
from bihuan.entitlements.catalogue import all_policies
from bihuan.entitlements.explaining import tell_why
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.paying import number_of
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import CaseRow, EventRow
from bihuan.registers.isolation import in_district

LOOP = "grant_letters"
MOST = 10


def tell_paid(world: LoopFacts, most: int = MOST) -> int:
    """Write to those who were paid and were not told so far; returns how many were told.

    Args:
        world: The facts in force. most: Letters at most; each is rendered in both languages and all formats.

    Source: docs/topics/entitlements.md, "Delivery".
    """
    telling = [policy.id for policy in all_policies().values() if policy.tells]
    with in_district(world.registers.district.code):
        resting, known = stuck.resting(LOOP)
        owed = GrantRow.objects.filter(state="paid", told_at=None, list__policy__in=telling).select_related("list")
        lines = list(owed.exclude(pk__in=resting).order_by("id")[:most])
        stuck.mended(LOOP, known & {str(line.pk) for line in lines})
    return stuck.each(LOOP, lines, lambda some: _tell(some, world), _named)


def _named(line: GrantRow) -> tuple[str, str]:
    return str(line.pk), number_of(line.list.policy, line.key, line.list.period)


def _tell(lines: Sequence[GrantRow], world: LoopFacts) -> int:
    for line in lines:
        with in_district(world.registers.district.code):
            approver = approver_of(line.list)
            tell_why(line.list.key, line.key, world, name_of_person(approver) or "", approver)
            GrantRow.objects.filter(pk=line.pk).update(told_at=timezone.now())
    return len(lines)


def approver_of(row: GrantListRow) -> str:
    """Return who admitted a list: the person who paid it by hand, or the last one who acted on its gate.

    Source: docs/topics/entitlements.md, "Delivery" (a second person admits it).
    """
    kind, _, number = row.paid_by.partition(":")
    if kind != "case":
        return row.paid_by
    case = CaseRow.objects.filter(number=number).values_list("id", flat=True)
    acts = EventRow.objects.filter(case_id__in=case, actor__startswith="user:", occurred_at__lte=row.paid_at)
    return str(acts.order_by("-version").values_list("actor", flat=True).first() or row.paid_by)
