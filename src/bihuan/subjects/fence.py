"""Who may read what was collected for one purpose: looks behind a fence, and the opening of sealed fields.

The declaration of a type says which roles and programmes may read; its values carry the fence of the day on which they
were collected. The database shows them to a transaction only after `enter` has written its look, and refuses a look
whose role or programme the fence does not name: the same for a page, a program and a query typed by hand.
Source: docs/topics/subjects.md, "Purpose"; 个人信息保护法第六条; ADR 0250.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.faults import Fault
from bihuan.server import security_log
from bihuan.subjects.pure.types import SubjectType

LOADER = "loader"
"""The role as which a load compares a file with what is known."""


class FenceClosed(Fault):
    """What is asked for was collected for another purpose."""

    remedy = "ask whoever keeps the register · 请向名册维护单位申请"


class Looker(NamedTuple):
    """Who asks, as what, for which programmes and why.

    Args:
        actor: `user:…` or `system:…`. roles: Every role held. programmes: Every programme worked for.
    """

    actor: str
    roles: frozenset[str]
    programmes: frozenset[str] = frozenset()
    purpose: str = ""


def system(name: str, purpose: str) -> Looker:
    """The looker of a program of ours that loads and compares. Source: docs/adr/0250 (a fence in the database)."""
    return Looker(f"system:{name}", frozenset({LOADER}), frozenset(), purpose)


def declare_fence(district: str, kind: SubjectType, now: datetime) -> None:
    """Write down who may read behind the fence of a type, the first time something is put there.

    Source: docs/adr/0250 (a fence in the database).
    """
    if not kind.fence or kind.purpose is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subject_fence (id, district_id, fence, roles, programmes, declared_at) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
            [
                f"{district}/{kind.fence}", district, kind.fence,
                json.dumps(sorted(kind.purpose.roles)), json.dumps(sorted(kind.purpose.programmes)), now,
            ],
        )  # fmt: skip


def may_read(kind: SubjectType, looker: Looker) -> bool:
    """Whether a type as it is declared now is open to somebody. Source: docs/adr/0250 (a fence in the database)."""
    purpose = kind.purpose
    if not kind.fence or purpose is None or LOADER in looker.roles:
        return True
    roles, programmes = frozenset(purpose.roles), frozenset(purpose.programmes)
    return (not roles or bool(roles & looker.roles)) and (not programmes or bool(programmes & looker.programmes))


def enter(district: str, kind: SubjectType, looker: Looker) -> bool:
    """Write a look behind each fence of a type that is open to somebody; later statements of the transaction see it.

    A type whose purpose was declared anew has several fences; those that are closed keep what is behind them.

    Returns:
        Whether anything is open (a type without a fence always is).

    Raises:
        FenceClosed: every fence of the type is closed to the looker, or no purpose is given.

    Source: docs/adr/0250 (a fence in the database).
    """
    if not kind.fence:
        return True
    fences = _fences(district, kind)
    opened = [way for found in fences if (way := _way_in(*found, looker)) is not None]
    if (fences and not opened) or not may_read(kind, looker):
        security_log.record("refused", actor=looker.actor, route=f"subjects/{kind.id}", reason="purpose")
        raise FenceClosed(
            f"{kind.name.zh}只为规定用途收集，不对本次用途开放 · "
            f"{kind.name.en}: collected for a purpose that is not yours"
        )
    if fences and not looker.purpose.strip():
        raise FenceClosed("未说明查看用途 · no purpose is given", "say why, in words or by a case's number")
    _write([(district, fence, None, role, programme, looker) for fence, role, programme in opened])
    return True


def look_at_sealed(district: str, sealed: Sequence[UUID], role: str, looker: Looker) -> None:
    """Write a look at sealed rows, so that this transaction may read them.

    Raises:
        FenceClosed: no purpose is given.

    Source: docs/topics/subjects.md, "Personal fields".
    """
    if not looker.purpose.strip():
        raise FenceClosed("未说明查看用途 · no purpose is given", "say why, in words or by a case's number")
    for each in sealed:
        security_log.record("identity_seen", actor=looker.actor, look="subject", identity=each)
    _write([(district, "", each, role, "", looker) for each in sealed])


def _fences(district: str, kind: SubjectType) -> list[tuple[str, list[str], list[str]]]:
    prefix = f"{kind.id}/"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fence, roles::text, programmes::text FROM subject_fence "
            "WHERE district_id = %s AND starts_with(fence, %s) ORDER BY fence",
            [district, prefix],
        )
        return [(fence, json.loads(roles), json.loads(programmes)) for fence, roles, programmes in cursor.fetchall()]


def _way_in(fence: str, roles: Iterable[str], programmes: Iterable[str], looker: Looker) -> tuple[str, str, str] | None:
    """The fence with the role and programme that open it, or None."""
    if LOADER in looker.roles:
        return fence, LOADER, ""
    named, worked = frozenset(roles), frozenset(programmes)
    as_role = sorted(looker.roles & named if named else looker.roles)
    as_programme = sorted(looker.programmes & worked if worked else looker.programmes)
    if (named and not as_role) or (worked and not as_programme):
        return None
    return fence, as_role[0] if as_role else "", as_programme[0] if as_programme else ""


def _write(looks: Sequence[tuple[str, str, UUID | None, str, str, Looker]]) -> None:
    with connection.cursor() as cursor:
        for district, fence, sealed, role, programme, looker in looks:
            cursor.execute(
                "INSERT INTO subject_look (district_id, fence, sealed_id, role, programme, actor, purpose, at) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, now())",
                [district, fence, sealed, role, programme, looker.actor, looker.purpose[:400]],
            )
