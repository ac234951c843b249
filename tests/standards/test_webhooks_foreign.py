"""Receivers of others verify our signed webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bihuan.notices.ports.webhook import headers_of, secret_of
from tests.standards.conftest import ForeignClients

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["python", "node"])
def test_libraries_of_others_verify_what_is_signed_and_refuse_another_key(
    foreign: ForeignClients, language: str
) -> None:
    mine, other, body = uuid4(), uuid4(), '{"kind": "反映"}'
    headers = headers_of(mine, "msg-1", body.encode(), datetime.now(UTC))
    said = {"body": body, "headers": headers, "secrets": [secret_of(mine), secret_of(other)]}
    run = foreign.python if language == "python" else foreign.node
    told = run("verify_webhook", said, proves="Standard Webhooks 1.0", by=("standardwebhooks",))
    assert told == ["verified", "refused"]
