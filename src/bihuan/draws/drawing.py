"""Carrying a staffed draw out: commit, draw, write the tasks, recuse later; every step is a statement of the log.

The list is fixed and its hash is public before anybody can know the seed. What is kept is the record, from which
anybody repeats all of it. Source: docs/topics/draws.md; docs/topics/ledger.md, "Draws that nobody can steer".
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.db import transaction
from django.utils import timezone

from bihuan.draws.catalogue import DeclaredDraw, draw_named
from bihuan.draws.gathering import gather_lists
from bihuan.draws.pure.lists import DrawnObject
from bihuan.draws.pure.record import (
    DrawRecord,
    DrawRefused,
    Seat,
    carried_out,
    committed,
    purpose_of,
    recused_later,
)  # fmt: skip
from bihuan.ledger import statements
from bihuan.ledger.core.draw import DrawDefinition
from bihuan.loop.facts import LoopFacts
from bihuan.registers.live import current_registers
from bihuan.server.keeping import Rows
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.loading import load_file
from bihuan.subjects.pure.types import state_of

DRAWN, RECUSED = "staffed-draw", "staffed-draw-recusal"
SHELF = Rows("staffed-draws")
ACTOR = "system:draw"


class VisitWindow(NamedTuple):
    """The days of the visits, cut into parts that the drawn objects take in turn, so that not all are due at once."""

    first: date
    last: date
    parts: int = 1

    def part_of(self, place: int) -> dict[str, str]:
        """Return first and last day of the part of the object drawn at a place."""
        days, part = (self.last - self.first).days + 1, place % self.parts
        begins, ends = (self.first + timedelta(days=days * each // self.parts) for each in (part, part + 1))
        return {"first": begins.isoformat(), "last": (ends - timedelta(days=1)).isoformat()}


def commit_lists(
    draw: str, name: str, entropy_source: str, facts: LoopFacts, programme: str, salt: str = ""
) -> DrawRecord:
    """Read the registers, fix the lists and publish their hash; the same name again is refused.

    Args:
        draw: Of the declaration. name: Of this draw. entropy_source: Which public value of which later day decides.
        programme: Which asks. salt: Random hex; default: new.

    Raises:
        UnknownDraw: nobody declares it.
        DrawRefused: the name was used.
        DrawError: there is nothing to draw from.

    Source: RFC 3797 §2; docs/topics/draws.md, "Its course".
    """
    if SHELF.read(f"{name}.json") is not None:
        raise DrawRefused(f"{name} 已承诺 · {name} was committed to already", "draw it, or choose another name")
    day = facts.now.astimezone(facts.registers.calendar.zone).date()
    swapped = bool(int(salt[-1], 16) % 2) if salt else bool(secrets.randbelow(2))
    lists = gather_lists(draw_named(draw), day, facts, programme, swapped=swapped)
    record = committed(draw, name, day.isoformat(), lists, entropy_source, salt or secrets.token_hex(16))
    statements.commit_draw(DrawDefinition.from_json(record.definition))
    _keep(record)
    return record


def draw_and_staff(name: str, entropy: Sequence[str], window: VisitWindow, programme: str) -> DrawRecord:
    """Draw with the public entropy, publish it, and write a task for each object and department.

    Args:
        entropy: The public values in their order. window: Within which the visits are to be.

    Raises:
        DrawRefused: no such commitment, or it was drawn before.

    Source: RFC 3797 §4; docs/topics/draws.md, "Its course".
    """
    record = record_named(name)
    if record.entropy:
        raise DrawRefused(f"{name} 已抽取 · {name} was drawn already", "commit to another draw")
    if statements.find_commitment(record.commitment) is None or not _is_whole(record):
        raise DrawRefused(f"{name} 没有公开承诺 · {name} was not committed to in public", "commit first")
    done = carried_out(record, entropy)
    said = {"commitment": done.commitment, "entropy": list(entropy), "seed": done.seed, "feasible": done.feasible}
    with transaction.atomic():  # a draw without its tasks could be drawn by nobody any more
        statements.publish_statement(DRAWN, said)
        _keep(done)
        if done.feasible:
            _write_tasks(done, done.seats, window)
    return done


def recuse_inspector(name: str, inspector: str, reason: str, programme: str) -> DrawRecord:
    """Take an inspector off: the visits he still has are drawn anew, all others stay; the reason is public.

    Raises:
        DrawRefused: he has no visit left, no reason is given, or nobody can go in his place.

    Source: docs/topics/draws.md, "Recusal after the draw".
    """
    record = record_named(name)
    declared = draw_named(record.draw)
    done = _visited(record, declared, programme)
    changed = recused_later(record, inspector, reason, done)
    body = {"commitment": record.commitment, "inspector": inspector, "reason": reason.strip()[:200]}
    with transaction.atomic():
        statements.publish_statement(RECUSED, body)
        _keep(changed)
        _write_tasks(changed, changed.recused[-1].seats)
    return changed


def record_named(name: str) -> DrawRecord:
    """Return the record of a draw.

    Raises:
        DrawRefused: there is none of that name.
    """
    kept = SHELF.read(f"{name}.json")
    if kept is None:
        raise DrawRefused(f"没有抽取 {name!r} · there is no draw {name!r}", "see `bihuan draw list`")
    return msgspec.json.decode(kept, type=DrawRecord)


def all_records() -> list[str]:
    """Return the names of all draws that were committed to."""
    return [name.removesuffix(".json") for name in SHELF.names()]


def task_key(name: str, slot: tuple[str, str]) -> str:
    """Return the key of the task of an object and a department in a draw."""
    return f"{name}:{slot[0]}:{slot[1]}"


def _is_whole(record: DrawRecord) -> bool:
    definition = DrawDefinition.from_json(record.definition)
    purpose = purpose_of(record.draw, record.name, record.lists.digest())
    return definition.purpose == purpose and definition.commitment().hex() == record.commitment


def _keep(record: DrawRecord) -> None:
    SHELF.write(f"{record.name}.json", msgspec.json.encode(record))


def _write_tasks(record: DrawRecord, seats: Iterable[Seat], window: VisitWindow | None = None) -> None:
    """One row for each object and department, through the loader of subjects."""
    rule = draw_named(record.draw).file.tasks
    order = {name: place for place, name in enumerate(name for drawn in record.drawn.values() for name in drawn)}
    kind, known = subject_type(rule.subject), {each.object: each for each in record.lists.objects}
    by_slot: dict[tuple[str, str], dict[str, str]] = {}
    for seat in seats:
        by_slot.setdefault((seat.object, seat.department), {})[seat.role] = seat.inspector
    rows: list[dict[str, Any]] = []
    for slot, people in sorted(by_slot.items()):
        days = window.part_of(order[slot[0]]) if window else {}
        said = {"draw": record.name, "department": slot[1], **_said(known[slot[0]]), **people, **days}
        values = {
            field: word[1:] if word.startswith("=") else said[word]
            for field, word in rule.set.items()
            if word.startswith("=") or word in said
        }
        rows.append({kind.key: task_key(record.name, slot), **values})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        loaded = load_file(kind, path, ACTOR, source=f"draw {record.name}")
    if loaded.rejected:
        raise DrawRefused(
            f"{rule.subject}: {loaded.rejects[0].field} {loaded.rejects[0].what.en}", "mend the draw's file"
        )


def _said(found: DrawnObject) -> dict[str, str]:
    return {"object": found.object, "enterprise": found.enterprise, "field": found.field, "stratum": found.stratum}


def _visited(record: DrawRecord, declared: DeclaredDraw, programme: str) -> set[tuple[str, str]]:
    """Objects and departments whose task is not open any more."""
    registers, rule = current_registers(), declared.file.tasks
    kind, looker = subject_type(rule.subject), Looker(ACTOR, frozenset(), frozenset({programme}), "recusal")
    day = timezone.now().astimezone(registers.calendar.zone).date()
    slots = {task_key(record.name, (s.object, s.department)): (s.object, s.department) for s in record.seats}
    open_ = set()
    for held in asking.stream(registers.district.code, kind, asking.Viewpoint(day), looker):
        state = state_of(kind, held.values, day.isoformat())
        if held.key in slots and state is not None and state.id in rule.open:
            open_.add(slots[held.key])
    return set(slots.values()) - open_
