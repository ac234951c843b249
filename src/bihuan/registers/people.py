"""What a signed-in person may do at a moment, and the tokens of programs.

Rights come from grants alone: a role in a scope (district, area, unit or programme) for a time. The kernel's actor is
made from a `PersonStanding` by the loop, which knows what roles mean.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q
from django.utils.crypto import constant_time_compare

from bihuan.registers.models import ApiToken, Grant, User
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.roles import Role
from bihuan.registers.pure.snapshot import Registers
from bihuan.registers.roles import all_roles
from bihuan.server import security_log

TOKEN_PREFIX = "bih_"  # noqa: S105  # marks a leaked token for scanners; it is no secret itself
MAX_TOKEN_DAYS = 366


@dataclass(frozen=True, slots=True)
class Scope:
    """One role in one scope; `key` is an organisation id, a district or area code, or a programme id."""

    role: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """Who a person is to the district at one moment.

    Args:
        id: `user:<uuid>`, opaque; never a name.
        unit: Id of the own unit, or None.
        units: Ids of every unit the person may act for now: the own one and those of deputyships.
        roles: Every role granted in a scope in which it may be; scopes say where each holds.
    """

    id: str
    name: str
    district: str
    unit: str | None
    units: frozenset[str]
    roles: frozenset[str]
    scopes: tuple[Scope, ...]

    def scopes_of(self, role: str) -> tuple[Scope, ...]:
        """Return where a role holds. Source: docs/adr/0234 (a grant in a scope that is not its own gives nothing)."""
        return tuple(scope for scope in self.scopes if scope.role == role)


def standing_of(user: User, at: datetime, registers: Registers) -> PersonStanding:
    """Return the standing of a person at an aware instant; one statement.

    A grant of a role that does not exist, or not for that scope, gives nothing (`doctor` reports it). An inactive
    person, or one of another district, has no role and no unit.

    Source: docs/topics/registers.md, "People, roles, deputies".
    """
    person = f"user:{user.pk}"
    code = registers.district.code
    if not user.is_active or user.district_id != code:
        return PersonStanding(person, user.name, code, None, frozenset(), frozenset(), ())
    grants = Grant.objects.filter(user=user, district=code).filter(_holds(registers.calendar.local_date(at)))
    granted = (Scope(grant.role, grant.scope_kind, grant.scope) for grant in grants.order_by("role", "scope"))
    known = all_roles()
    scopes = tuple(scope for scope in granted if is_in_force(scope, known))
    unit = str(user.unit_id) if user.unit_id else None
    units = registers.acts_for(person, unit, at) | ({unit} if unit else set())
    return PersonStanding(person, user.name, code, unit, frozenset(units), frozenset(s.role for s in scopes), scopes)


def is_in_force(scope: Scope, roles: Mapping[str, Role]) -> bool:
    """Return whether the role of a grant is one of `roles` and may be granted in that scope.

    Source: docs/adr/0234 (a grant in a scope that is not its own gives nothing)
    """
    role = roles.get(scope.role)
    return role is not None and role.holds_in(scope.kind, scope.key)


def issue_token(user: User, name: str, scopes: Iterable[str], expires_at: datetime) -> tuple[str, ApiToken]:
    """Make a token for a program and return its text, which is shown once, and its row.

    Raises RegisterError when the expiry lies in the past or more than a year ahead, or the account is a
    demonstration's in production.

    Source: docs/topics/registers.md, "People, roles, deputies" (within a year, shown once).
    """
    if user.barred:
        raise RegisterError(
            f"{user.username} is an account of a demonstration",
            rule="in production accounts of invented people open nothing",
            remedy="load the real person under a name of their own with: bihuan load users FILE",
        )
    now = datetime.now(UTC)
    if not now < expires_at <= now + timedelta(days=MAX_TOKEN_DAYS):
        raise RegisterError(
            f"expiry {expires_at.date()} is not allowed",
            where="expires_at",
            rule=f"after now and at most {MAX_TOKEN_DAYS} days ahead",
            remedy="choose a nearer day and renew the token in time",
        )
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user, name=name, digest=_digest(text), scopes=sorted(set(scopes)), expires_at=expires_at
    )
    security_log.record("token_made", owner=user.pk, token=row.pk, scopes=" ".join(row.scopes))
    return text, row


def authenticate_token(text: str, now: datetime | None = None) -> ApiToken | None:
    """Return the valid token of an active user for its text, or None; notes the day of use at most once a day.

    Source: docs/topics/registers.md, "People, roles, deputies" (stored as SHA-256).
    """
    if not text.startswith(TOKEN_PREFIX):
        return None
    moment = now or datetime.now(UTC)
    digest = _digest(text)
    token = (
        ApiToken.objects.select_related("user").filter(digest=digest, revoked_at=None, expires_at__gt=moment).first()
    )
    if (
        token is None
        or not token.user.is_active
        or token.user.barred
        or not constant_time_compare(bytes(token.digest), digest)
    ):
        security_log.record("token_refused")
        return None
    today = moment.astimezone(UTC).date()
    if token.last_used_on != today:
        token.last_used_on = today
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token


def revoke_token(token: ApiToken) -> None:
    """End a token at once. Source: docs/topics/api.md ("A token")."""
    token.revoked_at = datetime.now(UTC)
    token.save(update_fields=["revoked_at"])
    security_log.record("token_revoked", owner=token.user_id, token=token.pk)


def _digest(text: str) -> bytes:
    # A token is 256 random bits, so a plain hash is enough; a slow one would only slow down every request.
    return hashlib.sha256(text.encode()).digest()


def _holds(day: date) -> Q:
    return (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
