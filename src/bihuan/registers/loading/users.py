"""Loads log-ins and their grants."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from bihuan.registers.loading.outcome import LoadOutcome, Parsed, parse_rows
from bihuan.registers.models import Area, Grant, Organisation, User
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine
from bihuan.registers.pure.tables import UserRow, user_of
from bihuan.registers.roles import all_roles
from bihuan.server import security_log
from bihuan.server.gate import PUBLISHED

GrantKey = tuple[str, str, str, Any, Any]


def load_users(rows: Iterable[TableLine], district: str, outcome: LoadOutcome) -> LoadOutcome:
    """Create or change users and make their grants exactly those of the file.

    A user may have several rows, one per scope. A password is set only for a new user, and only outside production; in
    production people set their own. A new user with a published password is an invented one: marked `demo`.

    Source: docs/topics/registers.md, "People, roles, deputies"; docs/adr/0234.
    """
    units = dict(Organisation.objects.filter(district=district).values_list("code", "id"))
    areas = set(Area.objects.filter(district=district).values_list("code", flat=True))
    parsed = parse_rows(rows, partial(user_of, roles=all_roles()), district, outcome)
    by_name: dict[str, list[Parsed[UserRow]]] = {}
    for each in parsed:
        try:
            _check(each, units, areas, district)
            first = by_name.setdefault(each.value.username, [])
            _check_same_person(first, each)
            first.append(each)
        except RegisterError as error:
            outcome.reject(each.row, error)
    known = {user.username: user for user in User.objects.filter(username__in=by_name)}
    grants: dict[Any, set[GrantKey]] = {}
    for grant in Grant.objects.filter(user__username__in=by_name):
        grants.setdefault(grant.user_id, set()).add(
            (grant.role, grant.scope_kind, grant.scope, grant.valid_from, grant.valid_to)
        )
    for name, lines in by_name.items():
        if lines:
            _store(known.get(name), lines, units, grants, district, outcome)
    return outcome


def _store(
    user: User | None,
    lines: list[Parsed[UserRow]],
    units: dict[str, Any],
    grants: dict[Any, set[GrantKey]],
    district: str,
    outcome: LoadOutcome,
) -> None:
    row = lines[0].value
    if user is not None and user.district_id not in (None, district):
        error = lines[0].row.error("username", "belongs to another district", rule="one district per user")
        for line in lines:
            outcome.reject(line.row, error)
        return
    wanted_grants = {key for line in lines for key in _grant_keys(line.value, units)}
    wanted = {
        "name": row.name,
        "email": row.email,
        "unit_id": units.get(row.unit),
        "language": row.language,
        "is_active": row.is_active,
        "district_id": district,
    }
    before = None
    if user is not None:
        before = ({name: getattr(user, name) for name in wanted}, grants.get(user.pk, set()))
    for _ in lines[1:]:
        outcome.count(before, (wanted, wanted_grants))
    if not outcome.count(before, (wanted, wanted_grants)):
        return
    if user is None:
        invented = row.password in PUBLISHED
        user = User.objects.create_user(row.username, row.password or None, demo=invented, **wanted)
    else:
        User.objects.filter(pk=user.pk).update(**wanted)
        Grant.objects.filter(user=user).delete()
    Grant.objects.bulk_create(_grant(user, key, district) for key in sorted(wanted_grants, key=repr))
    held = before[1] if before else set()
    was_active = bool(before and before[0]["is_active"])
    if held != wanted_grants or was_active != row.is_active:
        _tell(user, held if was_active else set(), wanted_grants if row.is_active else set())


def _tell(user: User, held: set[GrantKey], holds: set[GrantKey]) -> None:
    """One security line once the load is committed; nothing that a refused file would have changed."""
    roles = [sorted({f"{key[0]}@{key[1]}:{key[2]}" for key in keys}) for keys in (held, holds)]
    transaction.on_commit(lambda: security_log.record("role_changed", user=user.pk, held=roles[0], holds=roles[1]))


def _grant_keys(row: UserRow, units: dict[str, Any]) -> list[GrantKey]:
    scope = str(units[row.scope]) if row.scope_kind == "unit" else row.scope
    return [(role, row.scope_kind, scope, row.valid_from, row.valid_to) for role in row.roles]


def _grant(user: User, key: GrantKey, district: str) -> Grant:
    role, kind, scope, since, until = key
    return Grant(
        user=user, district_id=district, role=role, scope_kind=kind, scope=scope, valid_from=since, valid_to=until
    )


def _check(each: Parsed[UserRow], units: dict[str, Any], areas: set[str], district: str) -> None:
    row, value = each.row, each.value
    if value.unit and value.unit not in units:
        raise row.error("unit", f"{value.unit!r} is unknown", rule="a loaded organisation", remedy="load it first")
    allowed = {"unit": set(units), "area": areas, "district": {district}}.get(value.scope_kind)
    if allowed is not None and value.scope not in allowed:
        raise row.error(
            "scope", f"{value.scope!r} is unknown", rule=f"the code of a loaded {value.scope_kind}", remedy="correct it"
        )
    if value.valid_from and value.valid_to and value.valid_to <= value.valid_from:
        raise row.error("valid_to", "is not after valid_from", rule="valid_from < valid_to", remedy="correct the dates")
    if value.password and settings.BIHUAN_ENV == "production":
        raise row.error(
            "password",
            "stands in a file",
            rule="production takes no passwords from files",
            remedy="leave the column empty; people set theirs on first sign-in",
        )


def _check_same_person(first: list[Parsed[UserRow]], each: Parsed[UserRow]) -> None:
    if first and (first[0].value.name, first[0].value.unit) != (each.value.name, each.value.unit):
        raise each.row.error(
            "name", f"or unit differs from {first[0].row.where}", rule="rows of one user differ only in roles and scope"
        )
