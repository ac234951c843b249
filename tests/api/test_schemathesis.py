"""Schemathesis throws generated requests at every documented operation: no 5xx, answers as documented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from bihuan.documents.versions import keeping
from bihuan.faces.api import access
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers import live
from tests.api.callers import caller
from tests.documents.test_clauses import LAW
from tests.documents.toy_forms import declared
from tests.shipped import load_shipped

pytestmark = pytest.mark.slow

EXAMPLES = 25
THERE = {"forms": {"name": "toy-stall"}, "documents": {"document": "a text"}}
"""What half of the requests to a part of the API reach."""


@pytest.fixture
def schema(transactional_db: None) -> Iterator[Any]:
    """The served document, and a district with a few cases so that paths lead somewhere."""
    from bihuan.server.wsgi import application

    live.forget_snapshots()
    access.forget_tokens()
    load_shipped()
    facts = current_facts()
    who = Actor("user:o", frozenset({"operator"}))
    opening = Command(
        "open", who, facts.now, {"channel": "web", "category": "housing.property.service", "number": "1"}, {"text": "x"}
    )
    append([Order(opening, programme="hotline", kind="request")], facts=facts)
    keeping.add_version("a text", "a", LAW, keeping.TextAct("110108", "user:o", facts.now))
    with declared():
        yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    live.forget_snapshots()


def test_no_generated_request_breaks_the_server(schema: Any) -> None:
    headers = caller("operator").headers
    operations = [found.ok() for found in schema.get_all_operations()]
    calls = sum((throw(operation, headers) for operation in operations), Counter[int]())
    print(f"schemathesis: {len(operations)} operations, {calls.total()} calls, by status {dict(sorted(calls.items()))}")
    assert len(operations) >= 17
    assert calls[200] + calls[201] > 0
    assert not [status for status in calls if status >= 500]


def throw(operation: Any, headers: dict[str, str]) -> Counter[int]:
    """Generated requests for one operation; answers by status."""
    calls: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        if calls.total() % 2 and "number" in (case.path_parameters or {}):
            case.path_parameters["number"] = "1"  # half of the requests reach a case that exists
        if calls.total() % 2 and (there := THERE.get(operation.path.split("/")[3])):
            case.path_parameters |= {name: value for name, value in there.items() if name in case.path_parameters}
        answer = case.call(headers=headers)
        calls[answer.status_code] += 1
        case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400 and answer.status_code != 405:
            assert answer.headers["content-type"][0].startswith("application/problem+json"), answer.text

    one()
    return calls
