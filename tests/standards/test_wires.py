"""Every wire: whose each operation is (second truth `tests/api/rights.txt`), and what generated requests make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from bihuan.extend import PAGES
from bihuan.faces.api import access
from bihuan.loop.models import CaseRow
from bihuan.registers import live
from bihuan.server.programs import for_programs
from bihuan.standards.serving.api import made
from tests.api import rights
from tests.api.callers import Caller, caller, report
from tests.standards import district

pytestmark = pytest.mark.slow
EXAMPLES = 8
OWN_ERRORS = "/open311/"
"""Where the standard has errors in a form of its own."""


def operations() -> list[tuple[str, str, str]]:
    """(name as in the second truth, address with values filled in, method) of every operation of every wire."""
    assert PAGES.all()  # what is asked for here imports every wire
    found = []
    for route, api in made.items():
        for prefix, router in api._routers:
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    for method in operation.methods:
                        name = f"/{route.rstrip('/')}{prefix}{path}"
                        found.append((f"{method} {name}", name, method))
    return found


@pytest.fixture
def served(transactional_db: None) -> Iterator[str]:
    """The district with a case; its number."""
    district.load()
    assert caller("integrator").post("/reports", report(), key="one").status_code == 201
    yield CaseRow.objects.get().number
    live.forget_snapshots()


def test_every_operation_says_whose_it_is_and_nobody_else_is_let_in(served: str) -> None:
    told = operations()
    assert {name for name, _address, _method in told} == set(rights.named("wire"))
    for role in rights.ROLES:
        who = caller(role)
        for name, address, method in told:
            answer = asked(who, address, method)
            told_why = answer.json() if answer.status_code in (401, 403) else {}
            refused = isinstance(told_why, dict) and told_why.get("code") in ("role_missing", "not_signed_in")
            assert refused == (role not in rights.may(f"wire {name}")), (role, name, answer.status_code, answer.content)
            assert answer.status_code < 500 or answer.status_code == 501, (role, name, answer.content)
    for name, address, method in told:
        answer = asked(Caller(None, None), address, method)
        assert (answer.status_code == 401) == (rights.may(f"wire {name}") != {*rights.ROLES}), (
            name,
            answer.status_code,
        )


FILLED = {
    "{name}": "public-cases", "{path:key}": "none", "{key}": "none", "{path:resource}": "Things", "{form}": "json",
    "{path:code}": "none.json", "{path:number}": "none.json",
    "{path:urn}": "urn:ngsi-ld:none:1", "{path:operation}": "csourceRegistrations",
}  # fmt: skip


def filled(address: str) -> str:
    """An address with something in each of its places."""
    for place, value in FILLED.items():
        address = address.replace(place, value)
    return address


def asked(who: Caller, address: str, method: str) -> Any:
    """The answer to a request that reaches nothing that there is."""
    path = filled(address)
    assert for_programs(path)
    return who.client.generic(method, path, b"{}", content_type="application/json", headers=who.headers)


def test_no_generated_request_breaks_a_wire(served: str) -> None:
    from bihuan.server.wsgi import application

    access.forget_tokens()
    headers = caller("operator").headers
    for route, api in made.items():
        schema = schemathesis.openapi.from_wsgi(f"/{route}{str(api.openapi_url).lstrip('/')}", application)
        found = [operation.ok() for operation in schema.get_all_operations()]
        calls = sum((throw(operation, headers) for operation in found), Counter[int]())
        print(f"{route}: {len(found)} operations, {calls.total()} calls, by status {dict(sorted(calls.items()))}")
        assert calls[200] + calls[201] + calls[204] > 0
        assert not [status for status in calls if status >= 500 and status != 501]


def throw(operation: Any, headers: dict[str, str]) -> Counter[int]:
    """Generated requests for one operation; answers by status."""
    calls: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call(headers=headers)
        calls[answer.status_code] += 1
        if answer.status_code != 501:
            case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400 and not operation.path.startswith(OWN_ERRORS):
            assert answer.headers["content-type"][0].startswith("application/problem+json"), answer.text

    one()
    return calls


def test_a_client_without_django_is_not_needed_to_be_told_what_is_allowed(served: str) -> None:
    """OPTIONS asks nobody who they are; it names what is allowed."""
    for _name, address, method in operations():
        path = filled(address)
        answer = Client().options(path)
        assert answer.status_code == 204, path
        assert {method, "OPTIONS"} <= {each.strip() for each in answer["Allow"].split(",")}


def test_every_answer_is_asked_for_again_by_its_mark(served: str) -> None:
    """HEAD as GET without contents; the same mark brings 304 and nothing else, whoever asks."""
    who, held = caller("district_admin"), Counter[str]()
    for name, address, method in operations():
        if method != "GET":
            continue
        answer, path = asked(who, address, method), filled(address)
        head = who.client.head(path, headers=who.headers)
        assert (head.status_code, head.content) == (answer.status_code, b""), name
        if answer.status_code != 200:
            continue
        again = who.client.get(path, headers={**who.headers, "If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
        held[name.split("/")[1]] += 1
    assert held.keys() >= {"ogc", "sta", "ngsi-ld", "open311", "alerts"}, held
