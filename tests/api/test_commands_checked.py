"""No input breaks a case, a list or the clock: every command with arbitrary JSON through the real API."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.kernel.table import table
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, current_facts, get_case, tick
from tests.api.callers import caller, report

pytestmark = pytest.mark.slow

EXAMPLES = 6  # of each command, some 600 requests
NAMES = sorted(
    {"kind", "unit", "units", "reason", "until", "area", "category", "result", "sha256", "clock", "score", "place"}
)
ODD = ["110108011", "2026-12-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "a" * 64, "\u0000",
       "street-110108011"]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(ODD)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
OPERATOR = Actor("user:operator", frozenset({"operator"}))


def case_in(state: str, unit: str) -> str:
    """The number of a case brought to a state by accounts that the API does not know."""
    facts = current_facts()
    at = facts.now - timedelta(hours=2)
    steps: list[tuple[str, Actor, dict[str, Any]]] = [("dispatch", OPERATOR, {"unit": unit})]
    holder = Actor("user:h", frozenset({"handler"}), facts.unit(unit, at))
    steps += [
        ("accept", holder, {}),
        ("add_evidence", holder, {"sha256": "f" * 64, "type": "photo"}),
        ("submit", holder, {}),
    ]
    wanted = {"received": 0, "dispatched": 1, "in_progress": 2, "verifying": 4}[state]
    opened = Command(
        "open",
        OPERATOR,
        at,
        {"channel": "phone", "category": "housing.property.service", "area": "110108001001"},
        {"text": "x"},
    )
    first = append([Order(opened, programme="hotline", kind="request")], facts=facts)[0]
    made = first.case
    assert made is not None, first.refusal
    for kind, actor, data in steps[:wanted]:
        done = append([Order(Command(kind, actor, at, data), made.id)], facts=facts)[0]
        assert done.refusal is None, done.refusal
    return made.number


@pytest.mark.django_db
def test_no_json_breaks_a_case_a_list_or_the_clock(district: str) -> None:
    unit = "street-110108011"
    key = str(current_facts().unit(unit, datetime.now(UTC)))
    people = [
        caller("operator"),
        caller("handler", key),
        caller("callback_agent"),
        caller("arbiter"),
        caller("unit_head", key),
    ]
    numbers = [case_in(state, unit) for state in ("received", "dispatched", "in_progress", "verifying")]
    desk = Client(raise_request_exception=False)
    desk.force_login(people[0].user, "django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]  # callers with a role have an account
    said: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES * len(table().by_command),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(sorted(table().by_command)), st.data())
    def one(command: str, data: Any) -> None:
        fields = data.draw(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), JSON, max_size=4))
        for who in (people[data.draw(st.integers(0, len(people) - 1))], people[0]):
            answer = who.post(f"/cases/{data.draw(st.sampled_from(numbers))}/commands/{command}", {"data": fields})
            said[answer.status_code] += 1
            assert answer.status_code < 500, (command, fields, answer.content)
            if answer.status_code == 422:
                body = answer.json()
                assert body["field"] or body["code"] == "invalid", body

    one()
    print(f"commands: {said.total()} calls, by status {dict(sorted(said.items()))}")
    for row in CaseRow.objects.all():
        assert get_case(row.id) is not None
        for path in ("", "/events", "/actions"):
            assert people[3].get(f"/cases/{row.number}{path}").status_code == 200
    assert desk.get("/desk/").status_code == 200
    tick(datetime.now(UTC) + timedelta(days=400))


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "data", "field"), [
    ("classify", {"area": 110108011}, "area"),
    ("classify", {"area": "310101002"}, "area"),
    ("classify", {"category": "no.such.thing"}, "category"),
    ("classify", {"urgency": ["general"]}, "urgency"),
    ("classify", {"place": [116.3, 39.9]}, "place"),
    ("classify", {"place": [999_000_000, 0]}, "place"),
    ("classify", {"colour": "red"}, "colour"),
    ("dispatch", {"unit": {"id": 5}}, "unit"),
    ("dispatch", {"unit": "no-such-unit"}, "unit"),
    ("dispatch", {"reason": 1.5}, "reason"),
    ("invalidate", {"reason": "a\u0000b"}, "reason"),
    ("transfer_out", {"to": "the moon"}, "to"),
    ("restrict", {"kind": True}, "kind"),
    ("invalidate", {}, "reason"),
])  # fmt: skip
def test_what_is_wrong_is_named_with_field_rule_and_remedy(
    district: str, command: str, data: dict[str, Any], field: str
) -> None:
    number = caller("operator").post("/reports", report(), key="k").json()["number"]
    answer = caller("operator").post(f"/cases/{number}/commands/{command}", {"data": data})
    body = answer.json()
    assert (answer.status_code, body.get("field")) == (422, field), body
    assert body["text"]["zh"]
    assert body["remedy"]["en"]


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "role", "data", "field"), [
    ("delegate", "handler", {"person": 5}, "person"),
    ("delegate", "handler", {"person": "user:nobody"}, "person"),
    ("contact", "handler", {"channel": "pigeon"}, "channel"),
    ("request_suspension", "handler", {"until": "2026-12-01T00:00:00", "reason": "season"}, "until"),
    ("request_extension", "handler", {"clock": ["feedback"], "reason": "x"}, "clock"),
    ("call_in", "handler", {"kind": "emergency", "units": "urban-management", "task": "x"}, "units"),
])  # fmt: skip
def test_the_units_commands_are_checked_too(
    district: str, command: str, role: str, data: dict[str, Any], field: str
) -> None:
    unit = "street-110108011"
    number = case_in("in_progress", unit)
    who = caller(role, str(current_facts().unit(unit, datetime.now(UTC))))
    answer = who.post(f"/cases/{number}/commands/{command}", {"data": data})
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.content


def test_every_field_has_a_check() -> None:
    from bihuan.declare.types import field_types
    from bihuan.loop.kernel.model import Case
    from bihuan.loop.programmes import all_programmes

    for programme in all_programmes().values():
        for rules in programme.cases.values():
            for make in (make for step in table().steps for make in (*step.asks, *step.carries)):
                assert make(rules, Case(id=uuid4())).type in field_types()
