"""What people made of a suggestion, read from the events that followed it. Pure.

It does not matter by which way a person acted: page, API or command line all leave the same events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bihuan.loop.kernel.model import Data
from bihuan.suggestions.drafts import Kind, PersonsAnswer

SET_BY_CLASSIFYING = frozenset({Kind.CATEGORY, Kind.URGENCY, Kind.AREA})
MERGEABLE = frozenset({"received", "dispatched", "in_progress"})
TELLING = ("classified", "dispatched", "merged", "unmerged")
"""Kinds of events that answer a suggestion."""


class JudgedEvent(NamedTuple):
    """One event as judging reads it."""

    version: int
    kind: str
    actor: str
    at: datetime
    data: Data


class Open(NamedTuple):
    """An unanswered suggestion with the present state of its case."""

    id: UUID
    case: UUID
    kind: str
    value: str
    since: int  # version of the case it was last compared with
    state: str
    version: int


class Judgement(NamedTuple):
    """The answer to a suggestion; `value` is what was set, None when nothing was."""

    answer: str
    by: str | None
    at: datetime | None
    value: str | None


def judge_suggestion(suggestion: Open, events: Sequence[JudgedEvent]) -> Judgement | None:
    """Return the answer that the case's events give, or None while nobody has answered.

    Args:
        suggestion: What was suggested, and the case now.
        events: Of the case, in order; only people's and only those after `suggestion.since` are looked at.

    Source: docs/topics/suggestions.md, "Answers" (accepted, corrected, overruled, expired).
    """
    verdict = None
    for event in events:
        if event.version > suggestion.since and not event.actor.startswith("system:"):
            verdict = _told(suggestion, event) or verdict
    if verdict is None and _past(suggestion):
        return Judgement(PersonsAnswer.EXPIRED, None, None, None)
    return verdict


def _told(suggestion: Open, event: JudgedEvent) -> Judgement | None:
    chosen = _chosen(suggestion.kind, event)
    if chosen is None:
        return None
    answer = PersonsAnswer.ACCEPTED if chosen == suggestion.value else PersonsAnswer.CORRECTED
    if suggestion.kind == Kind.PARENT and event.kind == "unmerged":
        answer, chosen = PersonsAnswer.OVERRULED, ""
    return Judgement(answer, event.actor, event.at, chosen or None)


def _chosen(kind: str, event: JudgedEvent) -> str | None:
    """Return the value a person set with this event in the question of `kind`; None when it says nothing about it."""
    found: object = None
    if kind in SET_BY_CLASSIFYING and event.kind == "classified":
        found = event.data.get(kind)
    elif kind == Kind.UNIT and event.kind == "dispatched":
        found = event.data.get("lead")
    elif kind == Kind.PARENT and event.kind in ("merged", "unmerged"):
        found = event.data.get("parent", "")
    return None if found is None else str(found)


def _past(suggestion: Open) -> bool:
    """Return whether the case has gone on to where nobody will answer any more."""
    if suggestion.kind == Kind.PARENT:
        return suggestion.state not in (*MERGEABLE, "merged")
    return suggestion.state != "received"
