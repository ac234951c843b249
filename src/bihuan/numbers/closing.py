"""封账: a month is closed once; afterwards only published restatements follow, each with reason and difference."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from bihuan.faults import Fault
from bihuan.ledger import statements
from bihuan.ledger import store as ledger
from bihuan.ledger.core.canonical import canonical
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import Definition
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import current_facts
from bihuan.numbers.counting import Basis, current_cut, cut_at, members, month_cube, present_basis, roll_up
from bihuan.numbers.cube import Cube, cells_from_json, cells_to_json
from bihuan.numbers.difference import ChangedNumber, differences
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import IndicatorSnapshot
from bihuan.numbers.periods import Cut, Period
from bihuan.numbers.ranking import rank_month, ranking_programmes
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.snapshot import Registers

CLOSED, RESTATED = "month-closed", "month-restated"


class ClosingError(Fault, ValueError):
    """A month that cannot be closed or restated now; says why and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)


@dataclass(frozen=True)
class Closed:
    """A published month: its row, its cube, and for a restatement what changed."""

    row: IndicatorSnapshot
    cube: Cube
    changes: tuple[ChangedNumber, ...] = ()


def close_month(month: Period, *, by: str, facts: LoopFacts | None = None) -> Closed:
    """Close a month: count it, rank it, keep it and state its digest in the ledger, in one transaction.

    Args:
        month: A month that has ended and whose appeals are decided.
        by: Who closes it (an opaque id).
        facts: Facts at the moment of closing; default: now.

    Raises:
        ClosingError: it is closed already, has not ended, may still be appealed, or an appeal waits for a decision.

    Source: docs/topics/indicators.md, "Closing a month"; docs/adr/0080 (5)
    """
    facts = facts or current_facts()
    if _rows(facts, month):
        raise ClosingError(f"{month} is closed", "publish a restatement instead: bihuan close-month --restate REASON")
    _refuse_if_early(month, facts)
    with transaction.atomic(), scope.district(facts.registers.district.code):
        return _publish(month, facts, by=by, reason="", earlier=[])


def restate(month: Period, *, by: str, reason: str, facts: LoopFacts | None = None) -> Closed:
    """Publish what a closed month comes to with everything the log holds now, beside what was published before.

    Raises:
        ClosingError: the month is not closed, no reason is given, or nothing has changed.

    Source: DESIGN §9 (8, a closed month changes only by a published restatement)
    """
    facts = facts or current_facts()
    if not reason.strip():
        raise ClosingError("a restatement needs a reason", "say why the published numbers change")
    with transaction.atomic(), scope.district(facts.registers.district.code):
        earlier = _rows(facts, month)
        if not earlier:
            raise ClosingError(f"{month} is not closed", "close it first")
        return _publish(month, facts, by=by, reason=reason.strip(), earlier=earlier)


def published(month: Period, *, registers: Registers) -> Closed | None:
    """Return the newest published version of a month, or None while it is open.

    Source: docs/topics/indicators.md, "Closing a month"; docs/adr/0080 (5)
    """
    row = (
        IndicatorSnapshot.objects.filter(district_id=registers.district.code, period=str(month))
        .order_by("-sequence")
        .first()
    )
    return None if row is None else Closed(row, cube_of(row, registers))


def cutoff(month: Period, facts: LoopFacts) -> datetime:
    """Return until when exclusions of a period may be asked for: the latest of all programmes, for its last month.

    Source: docs/topics/indicators.md, "Closing a month"; docs/adr/0080 (5)
    """
    _, end = month.bounds(facts.registers.calendar.zone)
    last = end - timedelta(seconds=1)
    rules = [case.exclusions for p in all_programmes().values() for case in p.cases.values() if case.exclusions]
    return max((facts.month_end(last, rule.cutoff) for rule in rules), default=end)


def recomputes(closed: Closed, registers: Registers) -> bool:
    """Return whether counting again at the row's own cut, definitions and queries gives exactly the published cells.

    Raises:
        ClosingError: this version does not know a query the month was counted by.

    Source: DESIGN §9 (6, every published number can be recomputed identically)
    """
    cut = cut_at(closed.row.cut_size)
    month = kinds().parse(closed.row.period)
    try:
        again = month_cube(month, cut=cut, registers=registers, basis=basis_of(closed))
    except KeyError as error:
        raise ClosingError(str(error.args[0]), "recompute it with the version that published it") from error
    return cells_to_json(again.cells) == closed.row.body["cells"] and _digest(closed.row.body) == closed.row.digest


def basis_of(closed: Closed) -> Basis:
    """Return what a published month was counted by; uses that older versions did not record are the declared ones.

    Source: docs/adr/0080 (5, a closed month is an append-only row)
    """
    cube, present = closed.cube, present_basis(kinds().parse(closed.row.period))
    uses = cube.uses or {i: dict.fromkeys(present.listed(i)) for i in cube.definitions}
    return Basis(cube.definitions, cube.queries, uses)


def _refuse_if_early(month: Period, facts: LoopFacts) -> None:
    _, over = month.bounds(facts.registers.calendar.zone)
    if facts.now < over:
        raise ClosingError(f"{month} has not ended", "close a month that is over and may no longer be appealed")
    end = cutoff(month, facts)
    if facts.now < end:
        raise ClosingError(
            f"{month} may still be appealed until {iso(end)}", "close it after the cut-off for exclusions has passed"
        )
    waiting = _undecided(month, facts)
    if waiting:
        raise ClosingError(
            f"{len(waiting)} exclusion appeals of {month} wait for a decision: {', '.join(waiting[:5])}",
            "approve or refuse them first",
        )


def _undecided(month: Period, facts: LoopFacts) -> list[str]:
    known = present_basis(month).definitions
    asked = (
        ["exclusion_share"] if "exclusion_share" in known else [i for i, d in known.items() if d.exclusions == "appeal"]
    )
    counted = {m.case_id for each in asked for m in members(month, each, registers=facts.registers)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, number FROM loop_case WHERE district_id = %s"
            " AND EXISTS (SELECT 1 FROM unnest(pending) p WHERE p LIKE 'exclusion:%%') ORDER BY number",
            [facts.registers.district.code],
        )
        return [number for case_id, number in cursor.fetchall() if case_id in counted]


def _publish(month: Period, facts: LoopFacts, *, by: str, reason: str, earlier: Sequence[IndicatorSnapshot]) -> Closed:
    while ledger.sequence_leaves():
        continue
    cube = month_cube(month, cut=current_cut(), registers=facts.registers)
    body = _body(cube, facts)
    changes: tuple[ChangedNumber, ...] = ()
    if earlier:
        changes = differences(cube_of(earlier[-1], facts.registers), cube)
        if not changes:
            raise ClosingError(f"nothing in {month} has changed since it was published", "there is nothing to restate")
        body["changes"] = [change.to_json() for change in changes]
    row = _row(month, facts, by, reason, earlier, cube.cut, body)
    return Closed(row, cube, changes)


def _row(
    month: Period,
    facts: LoopFacts,
    by: str,
    reason: str,
    earlier: Sequence[IndicatorSnapshot],
    cut: Cut,
    body: dict[str, Any],
) -> IndicatorSnapshot:
    """Keep the row and state it in the ledger; whoever compares the two finds a row that was altered."""
    district, sequence = facts.registers.district.code, len(earlier)
    digest, previous = _digest(body), earlier[-1].digest if earlier else _last_digest(district)
    said = {
        "district": district,
        "period": str(month),
        "sequence": sequence,
        "digest": digest,
        "previous": previous,
        "cut": cut.size,
        "reason": reason,
    }
    statement = statements.publish_statement(RESTATED if earlier else CLOSED, said)
    return IndicatorSnapshot.objects.create(
        id=new_id(),
        district_id=district,
        period=str(month),
        sequence=sequence,
        reason=reason,
        made_by=by,
        made_at=facts.now,
        cut_size=cut.size,
        body=body,
        digest=digest,
        previous=previous,
        statement_id=statement,
    )


def _body(cube: Cube, facts: LoopFacts) -> dict[str, Any]:
    month = kinds().parse(cube.period)
    before = month_cube(month.previous, cut=cube.cut, registers=facts.registers)
    rankings = [
        rank_month(cube, before, facts.registers, facts.book, programme=programme.id).to_json()
        for programme in ranking_programmes(cube, facts.book, facts.registers.district.code)
    ]
    return {
        "period": cube.period,
        "cut": cube.cut.to_json(),
        "definitions": [d.to_json() for d in cube.definitions.values()],
        "queries": cube.queries,
        "uses": cube.uses,
        "cells": cells_to_json(cube.cells),
        "rankings": rankings,
    }


def cube_of(row: IndicatorSnapshot, registers: Registers) -> Cube:
    """Return the cube of a published period. Source: docs/adr/0080 (5, a closed month is an append-only row)."""
    body = row.body
    known = {d["id"]: Definition.model_validate(d) for d in body["definitions"]}
    return Cube(
        row.period,
        Cut(**body["cut"]),
        known,
        body["queries"],
        cells_from_json(body["cells"]),
        roll_up(registers),
        body.get("uses", {}),
    )


def _rows(facts: LoopFacts, month: Period) -> list[IndicatorSnapshot]:
    district = facts.registers.district.code
    return list(IndicatorSnapshot.objects.filter(district_id=district, period=str(month)).order_by("sequence"))


def _last_digest(district: str) -> str:
    row = IndicatorSnapshot.objects.filter(district_id=district).order_by("-made_at", "-sequence").first()
    return row.digest if row else ""


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()
