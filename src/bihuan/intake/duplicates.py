"""Duplicates that a file names: merged into their parents once everything has been read.

A parent may stand after its duplicate, in another file, or nowhere. Chains end at their root; a circle or a parent
that is not known leaves the duplicate closed as its file says. Settling is resumable: what is settled is no longer
pending.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

from bihuan.intake.models import PendingMerge
from bihuan.intake.replay import IMPORTER, ending_order
from bihuan.intake.reports import History
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.models import CaseRow, ReportRow
from bihuan.loop.store import Order, append
from bihuan.server.log_lines import log

BATCH = 500


def merge_pending(source: str, facts: LoopFacts, run: int) -> tuple[int, int]:
    """Settle every pending merge of a source.

    Args:
        source: As in the mapping.
        facts: A frozen snapshot.
        run: The ImportRun that counts them.

    Returns:
        how many were merged, and how many were closed without a parent.

    Source: docs/topics/import.md, "History replays its own timeline" (chains end at their root; orphans).
    """
    district = facts.registers.district.code
    parents = _parents(source, district)
    merged = orphans = 0
    while True:
        with transaction.atomic(), scope.district(district):
            pending = list(PendingMerge.objects.filter(district_id=district, source=source).order_by("case_id")[:BATCH])
            if not pending:
                return merged, orphans
            done = _merge(pending, parents, facts)
            left = [p for p in pending if p.case_id not in done]
            append([ending_order(p.case_id, _closed(p)) for p in left], facts=facts, bulk=True)
            PendingMerge.objects.filter(pk__in=[p.pk for p in pending]).delete()
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE intake_import SET created = created - %s, merged = merged + %s WHERE id = %s",
                    [len(done), len(done), run],
                )
        merged += len(done)
        orphans += len(left)
        log("duplicates_merged", run=run, merged=len(done), orphans=len(left))


def _parents(source: str, district: str) -> dict[UUID, UUID]:
    """Child case → root case for every pending merge whose parent is known."""
    with transaction.atomic(), scope.district(district):
        wanted = dict(
            PendingMerge.objects.filter(district_id=district, source=source).values_list("case_id", "parent_number")
        )
        known = dict(
            ReportRow.objects.filter(
                district_id=district, external_source=source, external_number__in=set(wanted.values())
            ).values_list("external_number", "case_id")
        )
        direct = {child: known[number] for child, number in wanted.items() if number in known}
        rows = CaseRow.objects.filter(id__in=set(direct.values()), parent_id__isnull=False)
        merged = {child: parent for child, parent in rows.values_list("id", "parent_id") if parent is not None}
    roots = ((child, root_parent(child, {**merged, **direct})) for child in direct)
    return {child: root for child, root in roots if root is not None}


def root_parent(child: UUID, parents: dict[UUID, UUID]) -> UUID | None:
    """Return the last of the chain of parents; None when the chain is a circle.

    Source: docs/topics/import.md, "History replays its own timeline".
    """
    seen = {child}
    at = parents[child]
    while at in parents:
        if at in seen:
            return None
        seen.add(at)
        at = parents[at]
    return None if at in seen else at


def _merge(pending: Iterable[PendingMerge], parents: dict[UUID, UUID], facts: LoopFacts) -> set[UUID]:
    """Merge the pending cases whose parent is known; returns those that were."""
    asked = [p for p in pending if p.case_id in parents]
    if not asked:
        return set()
    rows = CaseRow.objects.filter(id__in={parents[p.case_id] for p in asked}).values_list("id", "state", "opened_at")
    state = {key: (value, opened) for key, value, opened in rows}
    reports = dict(ReportRow.objects.filter(case_id__in=[p.case_id for p in asked]).values_list("case_id", "id"))
    orders = []
    for group, p in enumerate(asked):
        parent = parents[p.case_id]
        words = {"text": p.result} if p.result else None
        orders.append(Order(Command("merge", IMPORTER, p.at, {"parent": str(parent)}, words), p.case_id, group=group))
        live, opened = state[parent]
        if live in LIVE:
            data = {"report": str(reports[p.case_id]), "from": str(p.case_id)}
            orders.append(Order(Command("join", IMPORTER, max(p.at, opened), data), parent, group=group))
    results = append(orders, facts=facts, bulk=True)
    return {
        order.case
        for order, result in zip(orders, results, strict=True)
        if order.command.kind == "merge" and result.refusal is None and order.case
    }


def _closed(pending: PendingMerge) -> History:
    return History(source=pending.source, closed_at=pending.at, result=pending.result)
