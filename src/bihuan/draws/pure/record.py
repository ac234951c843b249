"""The record of a staffed draw: what was committed to, what was drawn, who goes, who was recused later. Pure.

The first step is a plain verifiable draw (`ledger.core.draw`) whose purpose names the digest of all lists; the second
is the method `draw-assign` under the seed of the first. Each later recusal assigns the visits of one inspector anew,
under a seed that follows from the first. So the record and the method are all that anybody needs to repeat it.
Source: docs/topics/draws.md, "Anybody repeats it"; RFC 3797.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bihuan.draws.pure.lists import DrawLists, sizes_of_strata
from bihuan.faults import Fault
from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, carry_out_draw
from bihuan.ledger.core.errors import DrawError
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.readers import CsvWriter

METHOD = "draw-assign"
_NAMES = {
    "objects": ("object", "enterprise", "field", "departments"),
    "inspectors": ("inspector", "department", "certificates", "capacity", "hand"),
    "conflicts": ("inspector", "enterprise", "reason"), "enterprises": ("enterprise", "group"),
}  # fmt: skip


class DrawRefused(Fault):
    """A draw or a recusal that may not be."""


class Seat(NamedTuple):
    """Who goes where, and whether as `lead` or `second`."""

    object: str
    department: str
    inspector: str
    role: str


class LaterRecusal(msgspec.Struct, frozen=True):
    """An inspector taken off after the draw: why, and who goes in place of the two who were to go."""

    inspector: str
    reason: str
    slots: list[tuple[str, str]]
    seats: list[Seat]


class DrawRecord(msgspec.Struct, frozen=True):
    """Everything of one draw. `definition` and `drawn` are those of the plain draw; `blocking`: why nobody goes.

    Args:
        draw: Of which declaration. name: Of this one, unique. day: On which the registers were read.
    """

    draw: str
    name: str
    day: str
    lists: DrawLists
    definition: dict[str, Any]
    commitment: str
    entropy: list[str] = []
    seed: str = ""
    drawn: dict[str, list[str]] = {}
    feasible: bool = True
    blocking: list[tuple[str, str]] = []
    seats: list[Seat] = []
    recused: list[LaterRecusal] = []

    def now_going(self) -> list[Seat]:
        """Who goes after all recusals, in order."""
        going = {(s.object, s.department, s.role): s for s in self.seats}
        for later in self.recused:
            going |= {(s.object, s.department, s.role): s for s in later.seats}
        return [going[key] for key in sorted(going)]


def purpose_of(draw: str, name: str, digest: str) -> str:
    """Return the purpose that the plain draw states: it commits to all lists. Source: docs/topics/draws.md."""
    return f"{draw} {name}; lists sha256:{digest}"


def committed(draw: str, name: str, day: str, lists: DrawLists, entropy_source: str, salt: str) -> DrawRecord:
    """Return the record of a draw that is committed to and not drawn yet.

    Raises:
        DrawError: there is nothing to draw from.

    Source: RFC 3797 §2.
    """
    strata = lists.strata()
    sizes = sizes_of_strata({stratum: len(found) for stratum, found in strata.items()}, lists.per_mille)
    definition = DrawDefinition(
        purpose_of(draw, name, lists.digest()), entropy_source,
        tuple(DrawStratum(stratum, tuple(found), sizes[stratum]) for stratum, found in strata.items()), salt,
    )  # fmt: skip
    return DrawRecord(draw, name, day, lists, definition.as_json(), definition.commitment().hex())


def carried_out(record: DrawRecord, entropy: Sequence[str]) -> DrawRecord:
    """Return the record with what the public entropy draws: objects, then who goes, or why nobody can.

    Source: RFC 3797 §4; 国办发〔2019〕5号.
    """
    told = carry_out_draw(DrawDefinition.from_json(record.definition), entropy)
    chosen = {name for drawn in told["drawn"].values() for name in drawn}
    tables = record.lists.tables()
    tables["objects"] = [row for row in tables["objects"] if row["object"] in chosen]
    seats, blocking = assigned(tables, told["seed"])
    return msgspec.structs.replace(
        record, entropy=list(entropy), seed=told["seed"], drawn=told["drawn"], feasible=not blocking,
        blocking=blocking, seats=seats,
    )  # fmt: skip


def recused_later(record: DrawRecord, inspector: str, reason: str, done: set[tuple[str, str]]) -> DrawRecord:
    """Return the record without an inspector: the visits he still has are assigned anew, all others stay.

    Args:
        done: Objects and departments that have been visited; they stay as they were.

    Raises:
        DrawRefused: he has no visit left, no reason is given, or nobody can go in his place.

    Source: packs E30 (recusing an inspector later re-draws only his visits, with a published reason).
    """
    going = record.now_going()
    slots = sorted({(s.object, s.department) for s in going if s.inspector == inspector} - done)
    if not slots or not reason.strip():
        raise DrawRefused(
            f"{inspector} 无待查任务或未说明理由 · {inspector} has no visit left, or no reason is given", ""
        )
    away = {inspector} | {each.inspector for each in record.recused}
    load = Counter(s.inspector for s in going if (s.object, s.department) not in slots)
    tables = record.lists.tables()
    tables["objects"] = [
        {**row, "departments": ";".join(department for name, department in slots if name == row["object"])}
        for row in tables["objects"]
        if any(name == row["object"] for name, _ in slots)
    ]
    tables["inspectors"] = [
        {**row, "capacity": max(0, row["capacity"] - load[row["inspector"]])}
        for row in tables["inspectors"]
        if row["inspector"] not in away
    ]
    tables["conflicts"] = [row for row in tables["conflicts"] if row["inspector"] not in away]
    seats, blocking = assigned(tables, f"{record.seed}/{len(record.recused) + 1}/{inspector}")
    if blocking:
        told = ", ".join(f"{name} ({department})" for name, department in blocking[:5])
        raise DrawRefused(
            f"无人可替换 · nobody can go in place of {inspector}: {told}", "raise a capacity, or postpone"
        )
    return msgspec.structs.replace(record, recused=[*record.recused, LaterRecusal(inspector, reason, slots, seats)])


def verify_staffed_draw(record: DrawRecord) -> None:
    """Repeat a draw from its record.

    Raises:
        DrawError: names the first part that does not follow from the rest.

    Source: RFC 3797 §1 (anybody can repeat the selection); docs/topics/draws.md, "Anybody repeats it".
    """
    definition = record.definition
    again = committed(
        record.draw, record.name, record.day, record.lists, definition["entropy_source"], definition["salt"]
    )
    if again.commitment != record.commitment or again.definition != definition:
        raise DrawError("名单与承诺不符 · the lists are not those that were committed to")
    if not record.entropy:
        return
    again = carried_out(again, record.entropy)
    for part in ("seed", "drawn", "feasible", "blocking", "seats"):
        if getattr(again, part) != getattr(record, part):
            raise DrawError(f"draw record: {part} does not follow from the lists and the entropy; it was altered")
    for later in record.recused:
        done = {(s.object, s.department) for s in again.now_going()} - set(later.slots)
        again = recused_later(again, later.inspector, later.reason, done)
        if again.recused[-1] != later:
            raise DrawError(f"draw record: the recusal of {later.inspector} does not follow; it was altered")


def assigned(tables: Mapping[str, Sequence[Mapping[str, Any]]], seed: str) -> tuple[list[Seat], list[tuple[str, str]]]:
    """Return who goes where, or what cannot be served together. Source: the method `draw-assign`."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [_written(Path(folder) / f"{name}.csv", columns, tables[name]) for name, columns in _NAMES.items()]
        told = run_method(method_named(METHOD), paths, {"seed": seed})
    columns = (map(str, told.columns.get(name, ())) for name in Seat._fields)
    blocking = [(each["object"], each["department"]) for each in told.facts["blocking"]]
    return [Seat(*row) for row in zip(*columns, strict=True)], blocking


def _written(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        CsvWriter(out, columns).write_columns([row.get(name, "") for row in rows] for name in columns)
    return path
