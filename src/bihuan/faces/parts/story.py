"""A case's events as entries of a timeline, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from bihuan.faces.parts.names import PageNames, rules_of
from bihuan.faces.parts.words import describe_event
from bihuan.loop.kernel.model import Case, Event
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.table import table

SPOKEN = ("title", "text", "address")


class StoryEntry(NamedTuple):
    """One line of the story."""

    version: int
    kind: str
    at: datetime
    text: str
    tone: str
    by: str
    words: tuple[str, ...]
    erased: bool


def story(
    case: Case, events: Sequence[Event], names: PageNames, sealed: frozenset[int] = frozenset()
) -> list[StoryEntry]:
    """Everything that happened, for staff. `sealed`: versions with private words, so that erased ones are named.

    Source: docs/adr/0230 (5, the timeline tells a fact by what it names)
    """
    names.know(e.actor for e in events)
    _, rules = rules_of(case.programme, case.kind)
    return [
        _entry(e, names, rules, names.person(e.actor), _words(e), erased=e.version in sealed and e.private is None)
        for e in events
    ]


def public_story(
    case: Case, events: Iterable[Event], names: PageNames, reporter: str, *, first: bool
) -> list[StoryEntry]:
    """Return what a reporter reads: the course of the case, own words, and answers addressed to them; nobody's name.

    Args:
        reporter: The actor id of the reporter who reads; `first`: whether theirs is the report that opened the case.

    Source: docs/topics/faces.md ("Sealed": a reporter reads only their own words)
    """
    _, rules = rules_of(case.programme, case.kind)
    entries = []
    for event in events:
        kind = table().kinds.get(event.kind)
        heard = kind.heard if kind else "course"
        if heard != "not":
            own = event.actor == reporter or (first and event.kind == "opened")
            told_event = event if own or heard == "words" else replace(event, private=None)
            entries.append(_entry(told_event, names, rules, "", _words(told_event)))
    return entries


def _entry(
    event: Event, names: PageNames, rules: CaseType | None, by: str, words: tuple[str, ...], *, erased: bool = False
) -> StoryEntry:
    text, tone = describe_event(event, names, rules)
    return StoryEntry(event.version, event.kind, event.occurred_at, text, tone, by, words, erased)


def _words(event: Event) -> tuple[str, ...]:
    private = event.private or {}
    spoken = dict.fromkeys(str(private[k]) for k in SPOKEN if private.get(k))
    # A title is often just the beginning of the text: said once is enough.
    return tuple(t for t in spoken if not any(t != other and other.startswith(t) for other in spoken))
