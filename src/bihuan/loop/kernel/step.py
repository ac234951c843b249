"""A step of the loop as one row: who may, by which command, from where, what is recorded, where it leads, how it is said.

The rows live in `steps/`, one small file each family; `table` finds them. Nothing outside a step's file names the step:
kernel, pages, API, command line, diagram, exports and reference pages all read its row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bihuan.loop.kernel.context import Context, PlannedEvent
from bihuan.loop.kernel.fields import Make
from bihuan.loop.kernel.kinds import EventKind
from bihuan.loop.kernel.model import Case, Refusal, Text
from bihuan.loop.kernel.programme import CaseType

ALL = frozenset({"complaint", "patrol", "gate"})
HANDLED = frozenset({"complaint", "patrol"})
GATE = frozenset({"gate"})
COMPLAINT = frozenset({"complaint"})

Handler = Callable[[Context], list[PlannedEvent] | Refusal]


def _always(rules: CaseType) -> bool:
    return True


def never(rules: CaseType) -> bool:
    """Of a step that no declaration has on its way: time, an importer or a new edition brings it.

    Source: docs/adr/0230 (1)
    """
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One row of the table.

    Attributes:
        order: where it stands in the table; nowhere twice. Steps of one kind stand together.
        command, who: a key of `permission`'s words; sources: states it leaves (`""`: before the opening).
        event: what it records.
        target: the state it leads to; None leaves the state as it is; `*`: its handler resolves it from declared rules.
        leads: the states that a resolved target may be, for a case type.
        shapes: of cases that have the step.
        label: why there is such a step; button: what it is called.
        handler: checks what the command says and resolves the facts of its event.
        asks: fields that a person is asked; carries: what programs send beside them.
        used: whether a declaration has the step on its way. optional: whether it may be disabled.
        answers: (how a request is kept in `case.pending`, the field that names it) of a step that answers one.
        due: of a step that time itself takes: whether its moment has come.
        by_hand: some door takes it as one command; else clocks, importers and batch jobs send it, or a pair of commands.
        shortcut: its key at the desk. minor: kept behind “more”. risky: asks again.
    """

    order: int
    command: str
    who: str
    sources: tuple[str, ...]
    event: EventKind
    label: Text
    button: Text
    handler: Handler
    target: str | None = None
    leads: Callable[[CaseType], tuple[str, ...]] | None = None
    shapes: frozenset[str] = HANDLED
    asks: tuple[Make, ...] = ()
    carries: tuple[Make, ...] = ()
    used: Callable[[CaseType], bool] = _always
    optional: bool = True
    answers: tuple[str, str] | None = None
    due: Callable[[Case, datetime], bool] | None = None
    by_hand: bool = True
    shortcut: str = ""
    minor: bool = False
    risky: bool = False
