"""People who call the API, and what they send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from bihuan.faces.api import access
from bihuan.registers.models import Grant, Organisation, User
from bihuan.registers.people import issue_token

CODE = "110108"


class Caller:
    """A client that sends a bearer token and JSON."""

    def __init__(self, token: str | None, user: User | None) -> None:
        self.user = user
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        """GET /api/v1<path>."""
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, key: str | None = None) -> Any:
        """POST JSON to /api/v1<path>."""
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def caller(role: str | None, unit: str | None = None, scopes: tuple[str, ...] = access.SCOPES,
           scope: tuple[str, str] = ("district", CODE)) -> Caller:  # fmt: skip
    """Somebody with one role (None: without an account), in a unit given by its id."""
    if role is None:
        return Caller(None, None)
    organisation = Organisation.objects.get(pk=unit) if unit else None
    name = f"{role}-{User.objects.count()}"
    user = User.objects.create_user(name, name=name, district_id=CODE, unit=organisation)
    Grant.objects.create(district_id=CODE, user=user, role=role, scope_kind=scope[0], scope=scope[1])
    token, _ = issue_token(user, "test", scopes, datetime.now(UTC) + timedelta(days=30))
    return Caller(token, user)


def report(**changes: Any) -> dict[str, Any]:
    """A report's body."""
    return {
        "programme": "hotline", "title": "电梯停运", "text": "三号楼电梯停运两天",
        "category": "housing.property.service",
        "area": "110108001001", "lon": 116.28, "lat": 39.9, "reporter": {"name": "张三丰", "phone": "13800138000"},
        **changes,
    }  # fmt: skip
