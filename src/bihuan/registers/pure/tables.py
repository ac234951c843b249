"""Turns rows of register files into values: one function per register, one error per row.

The same functions serve the snapshot read from a folder and `bihuan load`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from bihuan.registers.pure.areas import Area
from bihuan.registers.pure.duties import ANY, PLACE_RULES, DutyRow
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine
from bihuan.registers.pure.ids import duty_key, register_id
from bihuan.registers.pure.organisation import KINDS, Organisation
from bihuan.registers.pure.roles import SCOPES, Role, catalogue
from bihuan.registers.pure.rosters import WHEN, Deputyship

LEVELS = frozenset({"district", "street", "community"})
LANGUAGES = frozenset({"zh-hans", "en"})

SPAN = ("valid_from", "valid_to")
COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "areas": (("code", "name_zh", "name_en", "level"), ("parent", "lon", "lat", "verified")),
    "organisations": (
        ("code", "name_zh", "name_en", "kind"),
        ("parent", "areas", "clients", *SPAN, "successors", "district_fallback", "verified"),
    ),
    "duties": (("category", "area", "lead"), ("co", *SPAN, "citation", "verified")),
    "deputies": (("unit", "deputy", "when"), ("night_from", "night_to", *SPAN)),
    "users": (
        ("username", "name", "roles"),
        ("unit", "scope_kind", "scope", "language", "is_active", *SPAN, "password", "email"),
    ),
}
"""Required and optional columns of each register's table."""


@dataclass(frozen=True, slots=True)
class District:
    """The district whose registers these are.

    Args:
        code: Official code, also the code of its root area.
        zone: IANA zone; calendar: jurisdiction of the working-day schedules.
        dialling: Country and area code for phone numbers written without them, such as `+86` and `10`.
    """

    code: str
    name_zh: str
    name_en: str
    zone: str
    calendar: str
    dialling: tuple[str, str] = ("+86", "")


@dataclass(frozen=True, slots=True)
class UserRow:
    """One log-in to load: roles apply in one scope (`scope_kind`, code) during the span."""

    username: str
    name: str
    roles: tuple[str, ...]
    unit: str
    scope_kind: str
    scope: str
    language: str
    is_active: bool
    valid_from: date | None
    valid_to: date | None
    password: str = field(repr=False)
    email: str


def district_of(data: Any, where: str) -> District:
    """Return the district described by a parsed `district.yaml`.

    Raises:
        RegisterError: a part is missing or has the wrong form.

    Source: docs/topics/registers.md, "Loading".
    """
    wanted = ("code", "name_zh", "name_en", "zone", "calendar", "dialling")
    if not isinstance(data, Mapping) or set(data) != set(wanted):
        raise RegisterError(
            "fields do not match", where=where, rule=f"exactly {', '.join(wanted)}", remedy="correct the file"
        )
    texts = {key: str(data[key]) for key in wanted[:-1]}
    return District(**texts, dialling=(str(data["dialling"]["country"]), str(data["dialling"]["area"])))


def area_of(row: TableLine, district: str) -> Area:
    """Return the area in one row. Source: docs/topics/registers.md, "Loading"."""
    return Area(
        code=row.text("code"),
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        level=row.choice("level", LEVELS),
        parent=row.get("parent"),
        lon=row.decimal("lon", -180, 180),
        lat=row.decimal("lat", -90, 90),
        verified=row.flag("verified"),
    )


def organisation_of(row: TableLine, district: str) -> Organisation:
    """Return the organisation span in one row; units are named by code and become ids.

    Source: docs/topics/registers.md, "Loading".
    """
    code = row.text("code")
    parent = row.get("parent")
    return Organisation(
        id=register_id(district, "organisation", code),
        code=code,
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        kind=row.choice("kind", KINDS),
        parent=register_id(district, "organisation", parent) if parent else "",
        areas=row.list("areas"),
        clients=_units(row.list("clients"), district),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        successors=_units(row.list("successors"), district),
        district_fallback=row.flag("district_fallback"),
        verified=row.flag("verified"),
    )


def duty_of(row: TableLine, district: str) -> DutyRow:
    """Return the duty row in one row; lead and co-units are codes or place rules.

    Source: docs/topics/registers.md, "Loading".
    """
    category, area, since = row.text("category"), row.get("area", ANY), row.day("valid_from")
    return DutyRow(
        id=register_id(district, "duty", duty_key(category, area, since)),
        category=category,
        area=area,
        lead=_units((row.text("lead"),), district)[0],
        co=_units(row.list("co"), district),
        valid_from=since,
        valid_to=row.day("valid_to"),
        citation=row.get("citation"),
        verified=row.flag("verified"),
    )


def deputyship_of(row: TableLine, district: str) -> Deputyship:
    """Return the deputyship in one row; the deputy is a unit's code or `user:<username>`.

    Source: docs/topics/registers.md, "Loading".
    """
    deputy = row.text("deputy")
    return Deputyship(
        unit=_units((row.text("unit"),), district)[0],
        deputy=deputy if deputy.startswith("user:") else _units((deputy,), district)[0],
        when=row.choice("when", WHEN),
        night_from=_clock(row, "night_from", time(18)),
        night_to=_clock(row, "night_to", time(8, 30)),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
    )


def user_of(row: TableLine, district: str, roles: Mapping[str, Role] | None = None) -> UserRow:
    """Return the log-in in one row.

    Args:
        roles: those that exist, by id; default: those of the house.

    Source: docs/topics/registers.md, "Loading".
    """
    known = {key: role for key, role in (catalogue() if roles is None else roles).items() if role.granted}
    named = row.list("roles")
    unknown = sorted(set(named) - known.keys())
    if unknown or not named:
        what = f"{unknown[0]!r} is not known" if unknown else "is empty"
        near = difflib.get_close_matches(unknown[0], known, n=1) if unknown else []
        remedy = f"did you mean {near[0]}? " if near else ""
        raise row.error(
            "roles", what, rule=f"some of {', '.join(sorted(known))}", remedy=f"{remedy}separate roles with ;"
        )
    kind = row.get("scope_kind", "district")
    if kind not in SCOPES:
        raise row.error("scope_kind", f"{kind!r} is not known", rule=f"one of {', '.join(sorted(SCOPES))}")
    scope = row.get("scope") or {"district": district, "unit": row.get("unit")}.get(kind, "")
    if not scope:
        raise row.error("scope", "is empty", rule=f"a {kind} scope names which", remedy="give its code")
    for role in named:
        _check_scope(row, known[role], kind, scope)
    language = row.get("language", "zh-hans")
    if language not in LANGUAGES:
        raise row.error("language", f"{language!r} is not known", rule=f"one of {', '.join(sorted(LANGUAGES))}")
    return UserRow(
        username=row.text("username"),
        name=row.text("name"),
        roles=tuple(dict.fromkeys(named)),
        unit=row.get("unit"),
        scope_kind=kind,
        scope=scope,
        language=language,
        is_active=row.flag("is_active", True),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        password=row.get("password"),
        email=row.get("email"),
    )


def _check_scope(row: TableLine, role: Role, kind: str, scope: str) -> None:
    if kind not in role.scopes:
        what, allowed = f"{kind!r} is no scope of the role {role.id}", ", ".join(sorted(role.scopes))
        remedy = f"grant it for the programme {role.programme}" if role.programme else "correct it"
        raise row.error("scope_kind", what, rule=f"one of {allowed}", remedy=remedy)
    if not role.holds_in(kind, scope):
        what, rule = f"{scope!r} is not where {role.id} belongs", "a programme's own role is granted in that programme"
        raise row.error("scope", what, rule=rule, remedy=f"write {role.programme}")


def _units(codes: tuple[str, ...], district: str) -> tuple[str, ...]:
    return tuple(code if code in PLACE_RULES else register_id(district, "organisation", code) for code in codes)


def _clock(row: TableLine, column: str, default: time) -> time:
    value = row.get(column)
    try:
        return time.fromisoformat(value) if value else default
    except ValueError as error:
        raise row.error(column, f"{value!r} is not a time", rule="HH:MM", remedy="for example 18:00") from error
