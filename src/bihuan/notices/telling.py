"""Telling without a case: what a watch reminds of and what becomes of an order, to units, roles and accounts.

Rooms above ask in the transaction in which it happens, so that it is told if and only if it happened; the unique key
of a notice (event, kind, recipient) keeps it single. In the workspace at once; by mail to whoever leads a unit or has
the role, unless a district is being played. Nothing personal is in a notice: words, and what it is about.
Source: docs/topics/notices.md, "Without a case"; docs/adr/0328-notices-without-a-case.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from bihuan.loop import pausing
from bihuan.notices.models import Notice, Webhook
from bihuan.registers.models import User
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles

UNIT, ROLE, ACCOUNT = "unit", "role", "account"


@dataclass(frozen=True)
class Telling:
    """One thing that somebody is told.

    Args:
        event: Id of what happened; with kind and recipient it is told once. kind: Of the words (`notices.yaml`).
        source: What it is about: `watch`, `order`. about: Its id.
        to: `unit:ID`, `role:ID` or `account:ID of a user`.
        programme: Whose it is; a role that somebody has in other programmes only is not told.
        facts: What the words say; a value may stand in both languages.
    """

    event: UUID
    kind: str
    source: str
    about: UUID
    to: str
    programme: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def tell_people(district: str, tellings: Sequence[Telling], at: datetime) -> int:
    """Write the notices of some tellings, inside the caller's transaction and district.

    Args:
        district: Code. tellings: What is told, each to one recipient. at: When it happened (aware).

    Returns:
        How many recipients are told in their workspace.

    Source: docs/topics/notices.md, "Without a case".
    """
    if not tellings:
        return 0
    past = pausing.is_past()
    people = {} if past else _people(tellings)
    hooks = [] if past else list(Webhook.objects.filter(district_id=district, active=True))
    notices = [each for telling in tellings for each in _notices(district, telling, people, at)]
    notices += [each for telling in _by_event(tellings) for each in _pushed(district, telling, hooks, at)]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(tellings)


def end_notices(
    source: str, about: Collection[UUID], at: datetime, kinds: Collection[str] = (), to: Collection[str] = ()
) -> int:
    """Say that notices ask for nothing any more; what waits to be sent is not sent. Returns how many.

    Args:
        source: `watch`, `order`. about: Ids of what they are about. at: Since when. kinds, to: Of these kinds, to
            these recipients only; default: all.

    Source: docs/topics/notices.md, "Without a case".
    """
    found = Notice.objects.filter(source=source, source_id__in=list(about), over_at__isnull=True)
    found = found.filter(kind__in=list(kinds)) if kinds else found
    found = found.filter(recipient__in=list(to)) if to else found
    return found.update(over_at=at, next_at=None)


def resume_notices(source: str, about: Collection[UUID]) -> int:
    """Say that notices hold again: unseen in the workspace, nothing is mailed twice. Returns how many.

    Source: docs/adr/0328-notices-without-a-case.md.
    """
    found = Notice.objects.filter(source=source, source_id__in=list(about), over_at__isnull=False)
    return found.update(over_at=None, seen_at=None)


def _by_event(tellings: Sequence[Telling]) -> list[Telling]:
    """One of each happening: other systems are told once, not once for each recipient."""
    return list({(each.event, each.kind): each for each in tellings}.values())


def _people(tellings: Sequence[Telling]) -> dict[str, list[User]]:
    """Who has an address, by recipient: whoever leads a unit, has a role, or is meant in person."""
    named: dict[str, set[str]] = {UNIT: set(), ROLE: set(), ACCOUNT: set()}
    for telling in tellings:
        kind, _, key = telling.to.partition(":")
        named[kind].add(key)
    today = datetime.now(UTC).date()
    leading = [key for key, role in all_roles().items() if "lead" in role.may]
    held = (Q(grants__valid_from=None) | Q(grants__valid_from__lte=today)) & (
        Q(grants__valid_to=None) | Q(grants__valid_to__gt=today)
    )
    known = User.objects.filter(is_active=True).exclude(email="")
    found: dict[str, list[User]] = {}
    for user in known.filter(held, unit__in=[UUID(key) for key in named[UNIT]], grants__role__in=leading).distinct():
        found.setdefault(f"{UNIT}:{user.unit_id}", []).append(user)
    for key in named[ROLE]:
        found[f"{ROLE}:{key}"] = list(known.filter(held, grants__role=key).distinct())
    for user in known.filter(pk__in=named[ACCOUNT]):
        found[f"{ACCOUNT}:{user.pk}"] = [user]
    return found


def _notices(district: str, telling: Telling, people: Mapping[str, Sequence[User]], at: datetime) -> Iterator[Notice]:
    yield _notice(district, telling, "in_app", telling.to, "zh", at)
    for user in people.get(telling.to, ()):
        yield _notice(district, telling, "mail", f"user:{user.pk}", user.language, at)


def _pushed(district: str, telling: Telling, hooks: Sequence[Webhook], at: datetime) -> Iterator[Notice]:
    for hook in hooks:
        if not hook.kinds or telling.kind in hook.kinds:
            yield _notice(district, telling, "webhook", f"webhook:{hook.id}", "zh", at)


def _notice(district: str, telling: Telling, port: str, recipient: str, language: str, at: datetime) -> Notice:
    facts = {"number": "", "state": "", "due": "", "clock": "", "event": telling.kind} | dict(telling.facts)
    return Notice(
        id=new_id(), district_id=district, event_id=telling.event, source=telling.source, source_id=telling.about,
        programme=telling.programme, number="", kind=telling.kind, port=port, recipient=recipient, language=language,
        facts=facts | {"at": at.astimezone(UTC).isoformat()}, next_at=None if port == "in_app" else datetime.now(UTC),
    )  # fmt: skip
