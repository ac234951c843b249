"""Kept numbers follow the log: what new leaves touch is counted again, a batch at a time, under one lock.

`advance` moves a district's cut forward. Afterwards every ready period equals a whole count at that cut (a property of
the tests), so pages and the API read and never count. A period that begins, or whose definitions change, is built from
the cases that earlier periods know, in batches, while what was kept is still shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bihuan.ledger import store as ledger
from bihuan.loop import scope
from bihuan.numbers import figures
from bihuan.numbers.basis import basis_json, basis_of_json, digest_of
from bihuan.numbers.counting import Basis, cut_at, present_basis
from bihuan.numbers.freezing import freeze, remove
from bihuan.numbers.kinds import kept_kinds, kinds
from bihuan.numbers.models import KeptPeriod, KeptProgress
from bihuan.numbers.periods import Period
from bihuan.numbers.refreshing import CountedPeriod, Touched, refresh
from bihuan.numbers.spans import CaseSpan, spans_of
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers

LEAVES = 60_000
"""Most leaves of the log per transaction: some ten seconds of work."""
CASES = 20_000
"""Most cases that one query is asked for."""
_TOUCHED = """
SELECT DISTINCT e.case_id FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id
WHERE l.index >= %s AND l.index < %s AND e.district_id = %s
"""
_SOURCE = """
SELECT DISTINCT k.case_id, k.number FROM number_case k JOIN number_period p ON p.id = k.period_id
WHERE p.district_id = %(district)s AND k.number > %(cursor)s AND (
    (p.id = ANY(%(months)s) AND p.first < %(after)s AND (p.after > %(first)s OR (k.open AND p.after >= %(before)s)))
    OR (p.period = %(name)s AND p.sequence IS NULL AND p.id <> %(id)s))
ORDER BY k.number LIMIT %(limit)s
"""


def advance(*, leaves: int = LEAVES, now: datetime | None = None, registers: Registers | None = None) -> int:
    """Count what at most so many further leaves touch, else build one batch of a period; returns 0 when all is done.

    One worker counts at a time: another one returns 0 at once.

    Args:
        now: decides which periods have begun; default: the present.

    Source: docs/adr/0232 (2, 4, 5)
    """
    registers = registers or current_registers()
    code = registers.district.code
    with transaction.atomic(), scope.district(code):
        if not _alone(code):
            return 0
        progress, _ = KeptProgress.objects.get_or_create(district_id=code)
        work = _Work(registers, progress, now or datetime.now(UTC))
        done = work.follow(leaves) or work.build(CASES) or freeze(registers, CASES)
        work.tell()
    return done


def catch_up(*, now: datetime | None = None, registers: Registers | None = None) -> int:
    """Advance until nothing is left to count; returns how many batches that took. Source: docs/adr/0232 (2, 4, 5)."""
    batches = 0
    while advance(now=now, registers=registers):
        batches += 1
    return batches


class _Work:
    """One batch of one district, in the caller's transaction."""

    def __init__(self, registers: Registers, progress: KeptProgress, now: datetime) -> None:
        self.registers, self.progress, self.now = registers, progress, now
        self.code, self.zone = registers.district.code, registers.calendar.zone
        self.today = now.astimezone(self.zone).date()
        self.size = ledger.size()
        self.periods = list(KeptPeriod.objects.filter(district_id=self.code, sequence=None).order_by("first", "id"))
        self._bases: dict[tuple[str, ...], Basis] = {}
        self._begin_periods()

    def follow(self, leaves: int) -> int:
        """Count the cases of the next leaves again, in every period that is about them."""
        before, cut = self.progress.cut, min(self.size, self.progress.cut + leaves)
        if cut == before:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED, [before, cut, self.code])
            touched = [row[0] for row in cursor.fetchall()]
        for some in _chunks(touched, CASES):
            spans = self._spans(some, cut)
            self._open_periods(spans)
            self._refresh(spans, cut)
        known = cut_at(cut)
        self.progress.figures = figures.opened_since(self.code, self.progress.figures, before, cut)
        self.progress.cut, self.progress.at, self.progress.root = cut, known.at, known.root
        return cut - before

    def build(self, cases: int) -> int:
        """Bring one batch of the cases that earlier periods know into a period that is not ready."""
        period = next((p for p in self.periods if not p.ready and p.first <= self.today), None)
        if period is None:
            return 0
        sources = [p.id for p in self.periods if p.id != period.id and p.kind == "month" and p.ready]
        found = _source(sources, period, cases)
        spans = self._spans([case for case, _ in found], self.progress.cut)
        self._count(period, [Touched(s.case_id, s.open, True) for s in spans if s.meets(period, self.today)],
                    self.progress.cut)  # fmt: skip
        if len(found) == cases:
            period.cursor = found[-1][1]
            period.save(update_fields=["cursor"])
        else:
            period.ready = True
            period.save(update_fields=["ready"])
            remove([p.id for p in self.periods if p.period == period.period and p.id != period.id])
        return max(1, len(found))

    def tell(self) -> None:
        """Keep how far the count is, and the figures of the present."""
        progress = self.progress
        progress.size = self.size
        progress.as_of = self.now if progress.cut == self.size else _instant(progress.at) or progress.as_of
        progress.figures = figures.count(self.registers, self.now, progress.figures)
        progress.save()

    def _begin_periods(self) -> None:
        """Periods that the clock has reached, and a second generation of those whose basis has changed."""
        empty = self.progress.cut == 0
        for kind in kept_kinds():
            mine = [p for p in self.periods if p.kind == kind]
            past = [p.after for p in mine if p.first <= self.today]
            known = {p.period for p in mine}
            for period in kinds().between(kind, min(max(past, default=self.today), self.today), self.today):
                if str(period) not in known:
                    self._begin(period, ready=empty)
        names = [p.period for p in self.periods]
        for row in list(self.periods):
            digest = digest_of(self._basis(kinds().parse(row.period)))
            newest = max(p.id for p in self.periods if p.period == row.period)
            if row.id == newest and row.basis_digest != digest and names.count(row.period) == 1:
                self._begin(kinds().parse(row.period), ready=False)
            elif row.id == newest and row.basis_digest != digest:
                remove([row.id])
                self.periods.remove(row)
                self._begin(kinds().parse(row.period), ready=False)

    def _begin(self, period: Period, *, ready: bool) -> None:
        basis = self._basis(period)
        self.periods.append(
            KeptPeriod.objects.create(
                district_id=self.code,
                period=str(period),
                kind=period.kind,
                first=period.first,
                after=period.after,
                basis=basis_json(basis),
                basis_digest=digest_of(basis),
                ready=ready,
            )
        )

    def _open_periods(self, spans: Sequence[CaseSpan]) -> None:
        """The periods that cases lie in and nobody asked for before: no other case is in them, so they are ready."""
        for kind in kept_kinds():
            known = {p.period for p in self.periods if p.kind == kind}
            days = {(s.first, max(s.last, self.today) if s.open else s.last) for s in spans}
            for first, last in sorted(days):
                for period in kinds().between(kind, first, last):
                    if str(period) not in known:
                        known.add(str(period))
                        self._begin(period, ready=period.first <= self.today)

    def _refresh(self, spans: Sequence[CaseSpan], cut: int) -> None:
        kept = _kept_in([s.case_id for s in spans])
        for period in self.periods:
            cases = [
                Touched(s.case_id, s.open, meets)
                for s in spans
                if (meets := s.meets(period, self.today)) or (s.case_id, period.id) in kept
            ]
            self._count(period, cases, cut)

    def _count(self, period: KeptPeriod, cases: Sequence[Touched], cut: int) -> None:
        start, until = kinds().parse(period.period).bounds(self.zone)
        basis = basis_of_json(period.basis_digest, period.basis)
        for some in _chunks(cases, CASES):
            refresh(CountedPeriod(period.id, self.code, start, until, basis), some, cut)

    def _spans(self, cases: Sequence[UUID], cut: int) -> list[CaseSpan]:
        return spans_of(cases, self.code, self.zone, cut)

    def _basis(self, period: Period) -> Basis:
        """Return the present basis of a period; periods under the same editions share one."""
        from bihuan.loop.indicator_files import definitions

        key = (period.kind, *(f"{d.id}@{d.edition}" for d in definitions(period.first).values()))
        if key not in self._bases:
            self._bases[key] = present_basis(period)
        return self._bases[key]


def _alone(code: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('numbers'), hashtext(%s))", [code])
        return bool(cursor.fetchone()[0])


def _source(months: Sequence[int], period: KeptPeriod, limit: int) -> list[tuple[UUID, str]]:
    """The next cases that a period may be about: those of months it meets, and those open after the month before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SOURCE,
            {"district": period.district_id, "cursor": period.cursor, "months": list(months), "first": period.first,
             "after": period.after, "before": period.first - timedelta(days=31), "name": period.period,
             "id": period.id, "limit": limit},
        )  # fmt: skip
        found: list[tuple[UUID, str]] = cursor.fetchall()
    return found


def _kept_in(cases: Sequence[UUID]) -> set[tuple[UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id, period_id FROM number_case WHERE case_id = ANY(%s)", [list(cases)])
        return set(cursor.fetchall())


def _chunks[T](items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def progress_of(district: str) -> dict[str, Any]:
    """Return how far the count of a district is: `cut`, `size` of the log, and until when nothing is missing.

    Source: docs/adr/0232 (5, pages read the last finished cut)
    """
    row = KeptProgress.objects.filter(pk=district).values("cut", "size", "as_of").first()
    return dict(row) if row else {"cut": 0, "size": 0, "as_of": None}
