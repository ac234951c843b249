"""A loaded district behind a server that listens, and a token for programs of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from bihuan.faces.api import access
from bihuan.ledger import keyring
from bihuan.loop import scope
from bihuan.registers import live
from bihuan.registers.models import Grant, User
from bihuan.registers.people import issue_token
from bihuan.server.home import current_home
from bihuan.subjects import catalogue
from tests.shipped import load_shipped

CODE = "110108"


def load() -> None:
    """The model district, committed, every cache fresh."""
    live.forget_snapshots()
    access.forget_tokens()
    keyring.forget_cached_keys()
    load_shipped()
    scope.ensure(CODE)


def token_of(*roles: str, scopes: tuple[str, ...] = access.SCOPES) -> str:
    """A token of somebody with some roles in the whole district."""
    user = User.objects.create_user(f"{roles[0]}-{User.objects.count()}", name=roles[0], district_id=CODE)
    for role in roles:
        Grant.objects.create(district_id=CODE, user=user, role=role, scope_kind="district", scope=CODE)
    return issue_token(user, "test", scopes, datetime.now(UTC) + timedelta(days=30))[0]


@contextmanager
def own_type(name: str, text: str, kind: str = "subjects") -> Iterator[None]:
    """A type of subjects, or a series, in the city's own folder."""
    file = current_home().path / "programmes" / "wires" / kind / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    catalogue.forget()
    try:
        yield
    finally:
        file.unlink()
        catalogue.forget()
