"""Standing of people at a moment, and tokens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bihuan.registers import live
from bihuan.registers.models import ApiToken, Grant, User
from bihuan.registers.people import authenticate_token, issue_token, revoke_token, standing_of
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.snapshot import Registers
from tests.shipped import load_shipped

NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 5, 6, 14, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def registers(db: None) -> Registers:
    load_shipped(users=True)
    return live.read_snapshot("110108")


def test_every_demonstration_log_in_has_its_role(registers: Registers) -> None:
    roles = {u.username: standing_of(u, NOW, registers).roles for u in User.objects.all()}
    assert set.union(*map(set, roles.values())) == {
        "resident", "operator", "handler", "unit_head", "callback_agent", "inspector", "arbiter", "analyst", "leader",
        "auditor", "district_admin", "integrator",
    }  # fmt: skip
    assert roles["head"] == {"handler", "unit_head"}


def test_standing_is_that_of_the_moment(registers: Registers, django_assert_num_queries: Any) -> None:
    user = User.objects.get(username="handler-urban")
    with django_assert_num_queries(1):
        standing = standing_of(user, NOW, registers)
    unit = registers.unit("urban-management", NOW.date())
    assert unit
    assert standing.id == f"user:{user.pk}"
    assert (standing.unit, set(standing.units)) == (unit.id, {unit.id})
    assert standing.scopes_of("handler")[0].key == unit.id
    Grant.objects.filter(user=user).update(valid_to=date(2026, 5, 7))
    assert standing_of(user, NOW, registers).roles == {"handler"}
    assert standing_of(user, datetime(2026, 5, 6, 16, 0, tzinfo=UTC), registers).roles == frozenset()  # 7 May there
    Grant.objects.filter(user=user).update(valid_from=date(2026, 5, 7), valid_to=None)
    assert standing_of(user, NOW, registers).roles == frozenset()


def test_the_duty_room_acts_for_others_at_night_only(registers: Registers) -> None:
    user = User.objects.get(username="arbiter")  # of the government office, which deputises
    assert len(standing_of(user, NOW, registers).units) == 1
    assert len(standing_of(user, NIGHT, registers).units) == 4


def test_who_has_left_has_nothing(registers: Registers) -> None:
    user = User.objects.get(username="operator")
    user.is_active = False
    standing = standing_of(user, NOW, registers)
    assert (standing.unit, standing.units, standing.roles, standing.scopes) == (None, frozenset(), frozenset(), ())
    user.is_active, user.district_id = True, None
    assert standing_of(user, NOW, registers).roles == frozenset()


def test_a_token_works_until_it_ends(registers: Registers, django_assert_num_queries: Any) -> None:
    user = User.objects.get(username="integrator")
    end = datetime.now(UTC) + timedelta(days=30)
    text, token = issue_token(user, "city platform", ["report", "track"], end)
    assert text not in str(ApiToken.objects.values())
    found = authenticate_token(text)
    assert found
    assert (found.pk, found.user.username, found.scopes) == (token.pk, "integrator", ["report", "track"])
    with django_assert_num_queries(1):  # the day of use was noted before
        assert authenticate_token(text)
    assert authenticate_token(text, end + timedelta(seconds=1)) is None
    assert authenticate_token(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert authenticate_token("something else") is None
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert authenticate_token(text) is None
    User.objects.filter(pk=user.pk).update(is_active=True)
    revoke_token(token)
    assert authenticate_token(text) is None


def test_invented_people_are_marked_and_open_nothing_in_production(registers: Registers, settings: Any) -> None:
    assert not User.objects.filter(demo=False).exists(), "every log-in that is shipped is an invented person's"
    invented = User.objects.get(username="operator")
    end = datetime.now(UTC) + timedelta(days=30)
    text, _ = issue_token(invented, "x", ["read"], end)
    assert authenticate_token(text) is not None
    real = User.objects.create_user("real", "a-long-password", name="x", district=invented.district)
    settings.BIHUAN_ENV = "production"
    assert authenticate_token(text) is None
    with pytest.raises(RegisterError, match="demonstration"):
        issue_token(invented, "y", ["read"], end)
    assert authenticate_token(issue_token(real, "y", ["read"], end)[0]) is not None


def test_tokens_made_and_revoked_are_security_lines(registers: Registers) -> None:
    user = User.objects.get(username="operator")
    with capture_logs() as lines:
        text, token = issue_token(user, "city platform", ["read"], datetime.now(UTC) + timedelta(days=30))
        revoke_token(token)
    assert [(each["event"], each["owner"], each["token"]) for each in lines] == [
        ("token_made", str(user.pk), str(token.pk)), ("token_revoked", str(user.pk), str(token.pk)),
    ]  # fmt: skip
    assert text not in str(lines)


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_token_ends_within_a_year(registers: Registers, days: int) -> None:
    user = User.objects.get(username="integrator")
    with pytest.raises(ValueError, match="not allowed"):
        issue_token(user, "x", [], datetime.now(UTC) + timedelta(days=days))
