"""Requests that wait for an answer (extension, suspension, exclusion): how they are kept, answered and refused.

A request is kept in `case.pending` under a key: its name, and behind a colon what it is about.
"""

from typing import Any

from bihuan.loop.kernel.context import Context, PlannedEvent, missing, nothing_pending
from bihuan.loop.kernel.fields import Choices
from bihuan.loop.kernel.model import Case, Data, Event, Pending, Refusal, Text
from bihuan.loop.kernel.payload import Payload, Reasoned
from bihuan.loop.kernel.programme import CaseType


class RequestAnswer(Payload, frozen=True, kw_only=True):
    """An answer to a request; `pending` is its key."""

    pending: str


class Declined(Reasoned, frozen=True, kw_only=True):
    """A request that was not granted; `pending` is its key."""

    pending: str


def asked(case: Case, event: Event, data: Data, changes: dict[str, Any]) -> None:
    """Fold: a request waits from now on. Source: DESIGN §3; docs/adr/0001 (1, the fold)."""
    pending = Pending(kind=event.kind, by=event.actor, at=event.occurred_at, data=data["request"])
    changes["pending"] = {**case.pending, data["pending"]: pending}


def answered(case: Case, event: Event, data: Data, changes: dict[str, Any]) -> None:
    """Fold: the request waits no more. Source: DESIGN §3; docs/adr/0001 (1, the fold)."""
    changes["pending"] = {k: v for k, v in case.pending.items() if k != data["pending"]}


def decline(context: Context, key: str, field: str) -> list[PlannedEvent] | Refusal:
    """Return the event of not granting a request; a reason is required.

    Source: docs/topics/kernel.md, "A decision, step by step" (a refusal says why)
    """
    if key not in context.case.pending:
        return nothing_pending(field)
    if not context.said("reason"):
        return missing("reason", "不予批准的理由", "the reason")
    return [context.record(Declined(pending=key))]


def waiting(prefix: str) -> Choices:
    """Return what the waiting requests of a kind are about, as choices: clocks by their label, else by their code.

    Source: docs/adr/0230 (1, fields are offered as choices)
    """

    def of(rules: CaseType, case: Case) -> dict[str, Text]:
        found = [k.removeprefix(prefix) for k in case.pending if k.startswith(prefix)]
        labels = {c.name: Text(c.label.zh, c.label.en) for c in rules.clocks if c.label}
        return {name: labels.get(name, Text(name, name)) for name in found}

    return of


def unasked(case: Case, answers: tuple[str, str] | None) -> Refusal | None:
    """Return the refusal of a step that answers a request (`Step.answers`) when nobody has made one.

    Source: docs/topics/kernel.md, "A decision, step by step" (a refusal says why)
    """
    if answers is None or any(key.startswith(answers[0]) for key in case.pending):
        return None
    return nothing_pending(answers[1])
