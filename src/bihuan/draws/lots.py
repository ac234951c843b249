"""Lots in use, and what is done with one: commit, draw, stand aside; what a loop may ask of it.

The list is fixed and its hash is in the log before the public value exists; the record goes to the parties, who repeat
it. Source: docs/topics/draws.md, "One of a register"; docs/adr/0407-lots.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.db import transaction

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.draws.pure.lots import (
    FOLDER,
    LotFile,
    LotRecord,
    aside_later,
    committed_lot,
    drawn_lot,
    read_lot_file,
    recused_of,
)
from bihuan.draws.pure.record import DrawRefused
from bihuan.extend import FactQuestion
from bihuan.faults import Fault
from bihuan.ledger import statements
from bihuan.ledger.core.draw import DrawDefinition
from bihuan.loop.facts import LoopFacts
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf
from bihuan.server.keeping import Rows
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import state_of

DRAWN, ASIDE, KIND = "lot", "lot-aside", "lot"
SHELF = Rows("lots")
NAMES = ("drawn", "about", "parties", "day")


class UnknownLot(Fault):
    """A lot that no programme declares, or none of that name."""

    remedy = "see `bihuan draw lot list`; a lot is declared in PROGRAMME/lots/NAME.yaml"


class LotAsked(NamedTuple):
    """What a lot is for.

    Args:
        lot: Of the declaration. name: Of this one. about: The number of the case. parties: Codes of the parties.
        source: Which public value of which later day decides.
    """

    lot: str
    name: str
    about: str
    parties: Sequence[str]
    source: str


def _read(file: Path) -> tuple[str, tuple[LotFile, str]]:
    document = Document(file, f"{file.parents[1].name}/{FOLDER}/{file.name}")
    found, kinds = read_lot_file(document), subject_types()
    kind = kinds.get(found.among.subject)
    at = ("among", "subject" if kind is None else "recused")
    if kind is None or found.among.recused not in kind.open_fields:
        what = f"there is no {found.among.subject}.{found.among.recused}"
        raise DeclarationError([document.problem(at, what, "an open field of a register", "correct the spelling")])
    return found.lot, (found, programme_of(file))


_shelf: DeclaredShelf[tuple[LotFile, str]] = DeclaredShelf(FOLDER, "lot", _read)


def all_lots() -> Mapping[str, tuple[LotFile, str]]:
    """Return every declared lot with its programme, by its name."""
    return _shelf.content().found


def lots_aside() -> tuple[Problem, ...]:
    """What is wrong with files that are not in use."""
    return tuple(problem for error in _shelf.content().aside.values() for problem in error.problems)


def commit_lot(asked: LotAsked, facts: LoopFacts, salt: str = "") -> LotRecord:
    """Read the register, leave out who has an interest in a party, fix the list and publish its hash.

    Raises:
        UnknownLot: nobody declares it. DrawRefused: the name was used, or nobody is left.

    Source: RFC 3797 §2; docs/topics/draws.md, "One of a register"
    """
    declared = all_lots().get(asked.lot)
    if declared is None:
        raise UnknownLot(f"没有抽签 {asked.lot!r} · there is no lot {asked.lot!r}", f"one of: {', '.join(all_lots())}")
    if SHELF.read(f"{asked.name}.json") is not None:
        raise DrawRefused(f"{asked.name} 已承诺 · {asked.name} was committed to already", "choose another name")
    file, programme = declared
    day = facts.now.astimezone(facts.registers.calendar.zone).date()
    kind, rule = subject_type(file.among.subject), file.among
    looker = Looker("system:draw", frozenset(), frozenset({programme}), "drawing by lot")
    listed: list[str] = []
    recused: list[str] = []
    for held in asking.stream(facts.registers.district.code, kind, asking.Viewpoint(day), looker):
        state = state_of(kind, held.values, day.isoformat())
        if state is not None and state.id in rule.states:
            away = recused_of(str(held.values.get(rule.recused) or ""), asked.parties)
            (recused if away else listed).append(held.key)
    record = committed_lot(
        (asked.lot, asked.name, asked.about), asked.parties, day.isoformat(), (listed, recused), asked.source,
        salt or secrets.token_hex(16),
    )  # fmt: skip
    statements.commit_draw(DrawDefinition.from_json(record.definition))
    _keep(record)
    return record


def draw_lot(name: str, entropy: Sequence[str], at: datetime) -> LotRecord:
    """Draw with the public values, and state it.

    Raises:
        UnknownLot: there is none. DrawRefused: it was drawn before, or not committed to in public.

    Source: RFC 3797 §4
    """
    record = lot_named(name)
    if record.entropy:
        raise DrawRefused(f"{name} 已抽取 · {name} was drawn already", "commit to another lot")
    if statements.find_commitment(record.commitment) is None:
        raise DrawRefused(f"{name} 没有公开承诺 · {name} was not committed to in public", "commit first")
    done = drawn_lot(record, entropy, at.isoformat())
    with transaction.atomic():
        said = {"commitment": done.commitment, "entropy": list(entropy), "seed": done.seed}
        statements.publish_statement(DRAWN, said)
        _keep(done)
    return done


def stand_aside(name: str, key: str, reason: str) -> LotRecord:
    """Take off who goes; the next of the order goes. Only that it happened, and why, is a statement of the log.

    Raises:
        UnknownLot, DrawRefused: see `aside_later`.

    Source: docs/adr/0407-lots.md
    """
    record = lot_named(name)
    changed = aside_later(record, key, reason)
    with transaction.atomic():
        statements.publish_statement(ASIDE, {"commitment": record.commitment, "key": key, "reason": reason[:200]})
        _keep(changed)
    return changed


def lot_named(name: str) -> LotRecord:
    """Return the record of a lot.

    Raises:
        UnknownLot: there is none of that name.
    """
    kept = SHELF.read(f"{name}.json")
    if kept is None:
        raise UnknownLot(f"没有抽签 {name!r} · there is no lot {name!r}", "see `bihuan draw lot list`")
    return msgspec.json.decode(kept, type=LotRecord)


def lot_names() -> list[str]:
    """Return the names of all lots that were committed to."""
    return [name.removesuffix(".json") for name in SHELF.names()]


def kinds() -> Collection[str]:
    """What a loop may ask about: lots by their names."""
    return (KIND,)


def names(kind: str) -> Collection[str]:
    """What may be asked of a lot: who goes, for which case, the parties, the day of its list."""
    return NAMES if kind == KIND else ()


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what a lot says, with its commitment; None while it is not drawn, as was known then.

    Source: docs/adr/0407-lots.md
    """
    field = question.kind.partition(".")[2]
    try:
        record = lot_named(question.key)
    except (UnknownLot, ValueError):
        return None
    if not record.drawn_at or datetime.fromisoformat(record.drawn_at) > question.known:
        return None
    said = {"drawn": record.goes, "about": record.about, "parties": ";".join(record.parties), "day": record.day}
    cited = {"lot": record.name, "commitment": record.commitment}
    return (said.get(field), cited) if field else (said, cited)


def _keep(record: LotRecord) -> None:
    SHELF.write(f"{record.name}.json", msgspec.json.encode(record))
