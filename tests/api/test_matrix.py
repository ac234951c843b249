"""Role × endpoint × object: who may see and do what, in real transactions with the application's rights.

The expectation is written down here a second time, from the design, not derived from the code under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ninja import Router

from bihuan.faces.api import access
from bihuan.faces.api.site import api
from bihuan.faces.parts.problems import ApiProblem
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers import live
from bihuan.registers.loading.districts import load_district
from bihuan.registers.models import Grant, Organisation
from tests.api.callers import CODE, Caller, caller, report

pytestmark = pytest.mark.slow

ROLES = ("resident", "operator", "handler", "unit_head", "callback_agent", "inspector", "arbiter", "analyst", "leader",
         "auditor", "district_admin", "integrator")  # fmt: skip
WIDE = {"operator", "callback_agent", "inspector", "arbiter", "analyst", "leader", "auditor", "district_admin"}
UNIT = {"handler", "unit_head"}
NEVER_ACTS = {"resident", "analyst", "leader"}
SEES_RESTRICTED = {"arbiter", "district_admin"}
OBJECTS = ("own", "other", "restricted", "elsewhere")
PLANTED = ("张三丰", "13800138000", "+8613800138000", "zhang@example.org")
CANARY = "金丝雀"
READS_WORDS = {"operator", "callback_agent", "inspector", "arbiter", *UNIT}
OPERATOR = Actor("user:operator", frozenset({"operator"}))


@pytest.fixture
def town(transactional_db: None, app_role: None) -> Iterator[dict[str, str]]:
    """Four dispatched cases by object kind (their numbers), committed; `unit` is the unit of `own`."""
    live.forget()
    access.forget()
    load_district("haidian", users=False)
    live.forget()
    facts = current_facts()
    street, other = list(Organisation.objects.filter(spans__kind="street").order_by("code").distinct()[:2])
    away = replace(facts.registers, district=replace(facts.registers.district, code="999999"))
    numbers = {
        "own": _case(facts, str(street.id)),
        "other": _case(facts, str(other.id)),
        "restricted": _case(facts, str(street.id), restricted="own_staff"),
        "elsewhere": _case(type(facts)(away, facts.book, facts.now), str(street.id)),
        "unit": str(street.id),
    }
    yield numbers
    live.forget()


def _case(facts: Any, unit: str, **data: Any) -> str:
    at = datetime.now(UTC) - timedelta(hours=1)
    about = {"channel": "phone", "category": "housing.property.service", "area": "110108001001", **data}
    words = {"title": f"{CANARY}标题", "text": f"{CANARY}正文"}
    made = append(
        [Order(Command("open", OPERATOR, at, about, words), programme="hotline", kind="request")], facts=facts
    )[0].case
    assert made is not None
    sent = append([Order(Command("dispatch", OPERATOR, at, {"unit": unit}), made.id)], facts=facts)[0]
    assert sent.refusal is None
    return made.number


def sees(role: str, thing: str) -> bool:
    """The design: who sees which case."""
    if thing == "elsewhere":
        return False
    if thing == "restricted":
        return role in SEES_RESTRICTED
    return role in WIDE or (role in UNIT and thing == "own")


def test_every_role_sees_exactly_what_it_should(town: dict[str, str]) -> None:
    cells = 0
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        listing = who.get("/cases")
        assert listing.status_code == (403 if role == "resident" else 200), role
        listed = {item["number"] for item in listing.json().get("items", [])}
        for thing in OBJECTS:
            expected = 403 if role == "resident" else 200 if sees(role, thing) else 404
            for path in ("", "/events", "/actions"):
                assert who.get(f"/cases/{town[thing]}{path}").status_code == expected, (role, thing, path)
                cells += 1
            assert (town[thing] in listed) == sees(role, thing), (role, thing, "list")
            cells += 1
    for thing in OBJECTS:
        assert Caller(None, None).get(f"/cases/{town[thing]}").status_code == 401
        cells += 1
    print(f"visibility cells: {cells}")
    assert cells == len(ROLES) * len(OBJECTS) * 4 + len(OBJECTS)


ACTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "accept": ({}, UNIT),
    "contact": ({"channel": "phone"}, UNIT),
    "recall": ({"reason": "x"}, {"operator"}),
    "restrict": ({"kind": "minor"}, {"operator"}),
    "arbitrate": ({"unit": "x", "reason": "x"}, set()),
    "verify": ({"result": "solved"}, set()),
    "approve_extension": ({"clock": "feedback"}, set()),
    "tick": ({}, set()),
    "record_history": ({"outcome": "closed"}, set()),
    "expire": ({}, set()),
}


@pytest.mark.parametrize("command", list(ACTS))
def test_every_role_does_exactly_what_it_should(town: dict[str, str], command: str) -> None:
    data, allowed = ACTS[command]
    cells = 0
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        for thing in OBJECTS:
            answer = who.post(f"/cases/{town[thing]}/commands/{command}", {"data": data})
            if role in NEVER_ACTS:
                assert answer.status_code == 403, (role, thing)
            elif not sees(role, thing):
                assert answer.status_code == 404, (role, thing)
            elif role in allowed:
                assert answer.status_code in (200, 409), (role, thing, answer.content)
            else:
                assert answer.status_code in (403, 404, 409), (role, thing, answer.content)
                assert "events" not in answer.json()
            cells += 1
    assert cells == len(ROLES) * len(OBJECTS)


def test_words_are_read_by_those_who_work_on_the_case_and_nobody_else(town: dict[str, str]) -> None:
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        reads = role in READS_WORDS
        assert (CANARY in who.get("/cases").content.decode()) == reads, (role, "list")
        for thing in OBJECTS:
            for path in ("", "/events", "/actions", "/suggestions"):
                shown = CANARY in who.get(f"/cases/{town[thing]}{path}").content.decode()
                assert shown == (path == "/events" and reads and sees(role, thing)), (role, thing, path)


def test_words_end_where_the_role_that_reads_them_ends(town: dict[str, str]) -> None:
    """A leader of the district who is operator in one sub-district reads words only there."""
    inside, outside = (caller("leader"), caller("leader"))
    for who, area in ((inside, "110108001"), (outside, "110108029")):
        Grant.objects.create(district_id=CODE, user=who.user, role="operator", scope_kind="area", scope=area)
    for who, reads in ((inside, True), (outside, False)):
        assert who.get(f"/cases/{town['own']}").status_code == 200
        assert (CANARY in who.get(f"/cases/{town['own']}/events").content.decode()) == reads
        (title,) = (i["title"] for i in who.get("/cases").json()["items"] if i["number"] == town["own"])
        assert bool(title) == reads


def test_every_operation_declares_who_may_use_it() -> None:
    undeclared = []
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                found = getattr(operation.view_func, "asked", None)
                if found is None:
                    undeclared.append(path)
                else:
                    assert found.capabilities, path
    assert not undeclared


def test_an_operation_that_declares_nothing_is_refused(town: dict[str, str]) -> None:
    forgotten = Router(auth=access.STAFF)

    @forgotten.get("/forgotten")
    def _open(request: Any) -> dict[str, bool]:
        return {"open": True}

    access.deny_undeclared(forgotten)
    (operation,) = forgotten.path_operations["/forgotten"].operations
    with pytest.raises(ApiProblem) as refused:
        operation.view_func(None)
    assert (refused.value.status, refused.value.refusal.code) == (403, "undeclared")


def test_nobody_but_staff_starts_a_recount(town: dict[str, str]) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"
    allowed = {"leader", "analyst", "arbiter", "unit_head", "operator", "district_admin", "auditor", "inspector",
               "integrator"}  # fmt: skip
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        for path in (f"/indicators/{month}", f"/ranking/{month}"):
            assert (who.get(path).status_code == 403) == (role not in allowed), (role, path)


def test_a_token_can_do_no_more_than_its_scopes(town: dict[str, str]) -> None:
    reader = caller("operator", scopes=("read",))
    assert reader.get(f"/cases/{town['own']}").status_code == 200
    assert (
        reader.post(f"/cases/{town['own']}/commands/recall", {"data": {"reason": "x"}}).json()["code"]
        == "scope_missing"
    )
    assert reader.post("/reports", report(), key="s").status_code == 403
    reporter = caller("integrator", scopes=("report",))
    assert reporter.get("/cases").status_code == 403


def test_a_role_limited_to_an_area_ends_at_its_border(town: dict[str, str]) -> None:
    inside = caller("operator", scope=("area", "110108001"))
    outside = caller("operator", scope=("area", "110108029"))
    assert inside.get(f"/cases/{town['own']}").status_code == 200
    assert outside.get(f"/cases/{town['own']}").status_code == 404
    assert outside.get("/cases").json()["items"] == []


def test_identity_is_in_no_answer_log_or_event(town: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    from django.db import connection

    made = caller("integrator").post(
        "/reports", report(reporter={"name": PLANTED[0], "phone": PLANTED[1], "email": PLANTED[3]}), key="planted"
    )
    number = made.json()["number"]
    texts = [made.content.decode()]
    for role in ROLES:
        who = caller(role)
        for path in (
            "/cases",
            f"/cases/{number}",
            f"/cases/{number}/events",
            f"/cases/{number}/actions",
            "/programmes",
        ):
            texts.append(who.get(path).content.decode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM loop_event e")
        texts.append(cursor.fetchone()[0])
        cursor.execute("SELECT string_agg(c::text, ' ') FROM loop_case c")
        texts.append(cursor.fetchone()[0])
        cursor.execute("SELECT string_agg(p.body::text, ' ') FROM loop_event_private p")
        texts.append(cursor.fetchone()[0])
    logged = capfd.readouterr()
    everything = "\n".join([*texts, logged.out, logged.err])
    assert number in everything
    for secret in PLANTED:
        assert secret not in everything


def test_another_district_is_fenced_off_by_the_database_too(town: dict[str, str]) -> None:
    from bihuan.loop.models import CaseRow

    assert current_facts().registers.district.code == CODE
    assert not CaseRow.objects.filter(number=town["elsewhere"]).exists()
