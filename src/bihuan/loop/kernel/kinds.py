"""A kind of event as one row: its schema, its fold, what it means to clocks, how and to whom it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bihuan.loop.kernel.model import Case, Data, Event, Text
from bihuan.loop.kernel.payload import Payload

Changes = dict[str, Any]
"""What a fold changes about a case, by the name of the field."""
Fold = Callable[[Case, Event, Data, Changes], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """How an event is told in a timeline.

    Facts of the event stand in braces; what stands in brackets is said only when its facts are there: words that this
    reader may not read, or that were erased, leave no gap. `tone` colours the dot.
    """

    zh: str
    en: str
    tone: Literal["", "good", "bad"] = ""
    bad_when: Callable[[Data], bool] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventKind:
    """A kind of event: its schema, its fold, what it means to clocks, how and to whom it is told.

    Attributes:
        kind: its code, for ever. name: what it is called.
        payload: what it says; every stored event of the kind decodes into it.
        fold: changes to the case beyond the common parts (state, holder, outcome, clocks, who acted).
        counts_as: by the state it leads to, another kind that it counts as for clocks (a ruling is a dispatch).
        cancels: kinds whose clocks it cancels, since they happened in vain.
        acts: whoever causes it acts for the unit that handles the case, and may not verify it later.
        heard: by the reporter: `course` without others' words, `words` with the words addressed to them, `not` at all.
        story: its sentence. short: what it is called beside others where its command's name does not do.
    """

    kind: str
    name: Text
    payload: type[Payload]
    story: Sentence
    fold: Fold | None = None
    counts_as: dict[str, str] = field(default_factory=dict)
    cancels: tuple[str, ...] = ()
    acts: bool = False
    heard: Literal["course", "words", "not"] = "course"
    short: Text | None = None
