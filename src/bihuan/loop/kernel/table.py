"""The one table of steps: every row of every module of `steps/`, in table order, and what is asked of the whole.

The door is the package: a module put into `steps/`, or into a folder that an extension gives (`bihuan.extend.STEPS`), is
in the table; nothing else names it.
"""

import pkgutil
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import import_module

from bihuan.extend import STEPS
from bihuan.loop.kernel.fields import Chosen, Field, Fixed
from bihuan.loop.kernel.kinds import EventKind
from bihuan.loop.kernel.model import Case, Data
from bihuan.loop.kernel.payload import Payload, decode
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.kernel.step import Step


class StepTable:
    """Rows in table order with their indexes. Nothing else in the code decides where a case may go."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(sorted(steps, key=lambda step: step.order))
        self.by_command = {step.command: step for step in self.steps}
        self.kinds: dict[str, EventKind] = {}
        self.causes: dict[str, Step] = {}
        """The first step that records a kind of event."""
        self.words: dict[str, frozenset[str]] = {}
        """Names of what people write that an event of a kind may hold among its sealed words."""
        self._leaving: dict[tuple[str, str], list[Step]] = {}
        for step in self.steps:
            self.kinds.setdefault(step.event.kind, step.event)
            self.causes.setdefault(step.event.kind, step)
            self.words[step.event.kind] = self.words.get(step.event.kind, frozenset()) | sealed(step)
            for shape in step.shapes:
                for source in step.sources:
                    self._leaving.setdefault((source, shape), []).append(step)
        self._fields: dict[str, dict[str, Field]] = {}
        self._chosen: dict[str, tuple[Chosen, ...]] = {}
        for step in self.steps:
            makes = (*step.carries, *step.asks)
            self._fields[step.command] = {make.field.name: make.field for make in makes}
            self._chosen[step.command] = tuple(make for make in makes if isinstance(make, Chosen))
        self.asked_words = frozenset(
            make.field.name
            for step in self.steps
            for make in step.asks
            if isinstance(make, Fixed) and make.field.private
        )
        self.every_word = frozenset(name for names in self.words.values() for name in names)
        self._check()

    def leaving(self, state: str, shape: str) -> list[Step]:
        """Steps that leave `state` for cases of `shape`, in table order.

        Source: docs/adr/0230 (1, a row says all of a step)
        """
        return self._leaving.get((state, shape), [])

    def fields_of(
        self, command: str, rules: CaseType, case: Case, given: Collection[str] | None = None
    ) -> Mapping[str, Field]:
        """Every field that a command may hold, by name: what programs send, then what a person is asked.

        Args:
            given: fields whose choices are wanted; None for all.

        Source: docs/adr/0230 (1, a row says all of a step)
        """
        fields = self._fields.get(command, {})
        chosen = [make for make in self._chosen.get(command, ()) if given is None or make.field.name in given]
        return {**fields, **{make.field.name: make(rules, case) for make in chosen}} if chosen else fields

    def _check(self) -> None:
        """Raises `ValueError` for rows that cannot stand in one table."""
        for name in ("order", "command"):
            values = [getattr(step, name) for step in self.steps]
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"two steps have the same {name}: {twice}")
        for step in self.steps:
            if self.kinds[step.event.kind] is not step.event:
                raise ValueError(f"{step.command}: another row declares the event {step.event.kind!r}; use that one")
            states = {*step.sources, step.target} - {"", None, "*"}
            if unknown := sorted(str(state) for state in states if state not in STATE_NAMES):
                raise ValueError(f"{step.command}: no such state: {', '.join(unknown)}")
            if (step.target == "*") is not (step.leads is not None):
                raise ValueError(f"{step.command}: `leads` says where a target of `*` may lead")


@cache
def table() -> StepTable:
    """The table, read when first asked for; `table.cache_clear()` reads the package anew.

    Source: docs/adr/0230 (3, the package's list is the door)
    """
    steps = import_module(".steps", __package__)  # loaded, never imported: rows stand on the kernel, which reads them
    for files in STEPS.all():
        if str(files.folder) not in steps.__path__:
            steps.__path__.append(str(files.folder))
    found = sorted(module.name for module in pkgutil.iter_modules(steps.__path__))
    return StepTable(step for name in found for step in import_module(f"{steps.__name__}.{name}").STEPS)


def by_hand(command: str) -> bool:
    """Whether there is such a command and some door takes it by itself.

    Source: docs/adr/0230 (1, a row says all of a step)
    """
    step = table().by_command.get(command)
    return step is not None and step.by_hand


def sealed(step: Step) -> frozenset[str]:
    """Names of the fields of a step that are sealed. Source: docs/adr/0230 (1, a row says all of a step)."""
    makes = (*step.asks, *step.carries)
    return frozenset(make.field.name for make in makes if isinstance(make, Fixed) and make.field.private)


def fields_of(command: str, rules: CaseType, case: Case, given: Collection[str] | None = None) -> Mapping[str, Field]:
    """Every field that a command may hold, by name; see `Table.fields_of`.

    Source: docs/adr/0230 (1, a row says all of a step)
    """
    return table().fields_of(command, rules, case, given)


def decode_event(kind: str, data: Data) -> Payload:
    """What an event says, typed.

    Raises:
        KeyError: no step records such an event.
        msgspec.ValidationError: the data are not those of its kind.

    Source: docs/adr/0230 (4, every stored event decodes)
    """
    return decode(table().kinds[kind].payload, data)
