"""Editions of programmes: which declaration a case follows, and what a new one would change for open cases.

A new edition applies to new cases; with `applies_to: open` the open ones are migrated, each by an event,
after the difference has been shown. A declaration may not change under the same edition.

An open case that cannot be read or moved is set aside (`bihuan.loop.stuck`); the others are shown and moved.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from bihuan.faults import Fault
from bihuan.loop import stuck
from bihuan.loop.declarations import DeclarationError
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import evolve
from bihuan.loop.kernel.model import Actor, Case, Clock, Command, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import CaseRow, EditionRow
from bihuan.loop.programmes import BUILT_IN, all_programmes, folder_of, refuse
from bihuan.loop.store import standing
from bihuan.loop.store.appending import Order, append
from bihuan.loop.store.archive import archived
from bihuan.loop.store.read import case_of
from bihuan.loop.table_checks import digest_of, digests_of

CHUNK = 500
LOOP = "migrate"


class EditionChangedError(Fault, ValueError):
    """A declaration was edited without giving it a new edition."""

    remedy = "with a new edition, `bihuan programme diff ID` shows what it would change for open cases"


class Change(msgspec.Struct, frozen=True):
    """What migrating one open case would do to one clock (instants in UTC), and the rules before and after."""

    number: str
    clock: str
    before: datetime
    after: datetime
    rule_before: str = ""
    rule_after: str = ""


def activate() -> list[str]:
    """Record every declared edition that is not recorded yet; returns what was new as `programme@edition`.

    Raises:
        EditionChangedError: a recorded edition of a shipped programme, or of one of its tables, reads differently now.
            A city's own folder is set aside instead: the others go on.
    """
    new = []
    for programme in all_programmes().values():
        text, folder = programme.model_dump_json(by_alias=True), folder_of(programme.id)
        digest = hashlib.sha256(text.encode() + digest_of(folder)).digest()
        problems = standing.edited(programme, list(EditionRow.objects.filter(programme=programme.id)))
        if problems and folder.parent == BUILT_IN:
            raise EditionChangedError(
                f"programme {programme.id}: " + "; ".join(f"{p.what}; {p.remedy}" for p in problems)
            )
        if problems:
            refuse(folder, DeclarationError(problems))
            continue
        row, made = EditionRow.objects.get_or_create(
            programme=programme.id,
            edition=programme.edition,
            defaults={"digest": digest, "declared": msgspec.json.decode(text), "tables": digests_of(folder)},
        )
        if made:
            new.append(f"{programme.id}@{programme.edition}")
        elif row.tables != digests_of(folder):  # a table has gained an edition
            tables = {**row.tables, **digests_of(folder)}
            EditionRow.objects.filter(programme=programme.id, edition=programme.edition).update(
                tables=tables, digest=digest
            )
    return new


def programme_of(case: Case) -> Programme:
    """The declaration a case follows: its own edition's. Raises `KeyError` when it was never recorded."""
    current = all_programmes().get(case.programme)
    return (
        current if current is not None and current.edition == case.edition else archived(case.programme, case.edition)
    )


def waiting(programme_id: str, actor: Actor, facts: LoopFacts) -> int:
    """How many open cases a migration now would move: to the present edition, or to a table's that reaches them."""
    return sum(1 for _ in _moving(programme_id, actor, facts))


def difference(programme_id: str, actor: Actor, facts: LoopFacts) -> list[Change]:
    """What migrating the open cases of a programme now would change, clock by clock."""
    return [change for case, after in _moving(programme_id, actor, facts) for change in _changes(case, after)]


def migrate(programme_id: str, actor: Actor, facts: LoopFacts) -> int:
    """Migrate the open cases of a programme to the rules that reach them; returns how many.

    Raises:
        ValueError: neither the programme nor one of its tables says `applies_to: open`.
    """
    programme = all_programmes()[programme_id]
    if programme.applies_to != "open" and not _reaching(programme, facts):
        raise ValueError(f"{programme_id}@{programme.edition} applies to new cases only; set `applies_to: open`")
    cases = [case for case, _ in _moving(programme_id, actor, facts)]
    done: list[str] = []

    def move(some: Sequence[Case]) -> int:
        results = append([Order(_command(case, actor, facts), case.id) for case in some], facts=facts, bulk=True)
        moved = [str(case.id) for case, result in zip(some, results, strict=True) if result.refusal is None]
        done.extend(moved)
        return len(moved)

    chunks = (cases[start : start + CHUNK] for start in range(0, len(cases), CHUNK))
    count = sum(stuck.each(LOOP, chunk, move, lambda case: (str(case.id), case.number)) for chunk in chunks)
    stuck.mended(LOOP, done)
    return count


def _reaching(programme: Programme, facts: LoopFacts) -> bool:
    tables = {table for case in programme.cases.values() for _, table in case.deadline_tables}
    return any(facts.reaches_open(table, facts.now) for table in tables)


def _moving(programme_id: str, actor: Actor, facts: LoopFacts) -> Iterator[tuple[Case, Case]]:
    """Open cases that a migration now would change, each with what it would become."""
    present = all_programmes()[programme_id]
    rows = CaseRow.objects.filter(programme=programme_id, ended_at__isnull=True).order_by("id")
    known = stuck.resting(LOOP)[1]
    for key, number, stored in rows.values_list("id", "number", "fold").iterator(CHUNK):
        try:
            moved = _moved(stored, present, actor, facts)
        except stuck.AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one case raises, the others are shown and moved; it is recorded and shown
            stuck.set_aside(LOOP, str(key), number, stuck.why(error))
            continue
        if str(key) in known and moved is None:
            stuck.mended(LOOP, [str(key)])
        if moved is not None:
            yield moved


def _moved(stored: dict[str, object], present: Programme, actor: Actor, facts: LoopFacts) -> tuple[Case, Case] | None:
    """An open case and what a migration now would make of it; None when it would change nothing."""
    case = case_of(stored)
    followed = present if present.applies_to == "open" else programme_of(case)
    decided = decide(followed, case, _command(case, actor, facts), facts)
    if isinstance(decided, Refusal):
        return None
    after = case
    for event in decided:
        after = evolve(after, event)
    return case, after


def _command(case: Case, actor: Actor, facts: LoopFacts) -> Command:
    return Command("migrate", actor, facts.now, {"edition": all_programmes()[case.programme].edition})


def _changes(case: Case, after: Case) -> Iterator[Change]:
    for name, clock in case.clocks.items():
        moved = after.clocks[name]
        if (moved.due, moved.why) != (clock.due, clock.why):
            yield Change(case.number, name, clock.due, moved.due, _rule(clock), _rule(moved))


def _rule(clock: Clock) -> str:
    """The rule a clock follows, on one line."""
    why = clock.why
    source = f" ({why['table']} {why['edition']}, row {why['row']})" if "table" in why else ""
    return f"{why.get('within', why.get('given', ''))}{source}"
