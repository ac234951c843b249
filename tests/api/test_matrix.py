"""Role × endpoint × object: who may see and do what, in real transactions with the application's rights.

The expectation is a second truth, written by hand in `rights.txt`, not derived from the code or catalogue under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from ninja import Router

from bihuan.faces.api import access
from bihuan.faces.api.site import api
from bihuan.faces.parts.problems import ApiProblem
from bihuan.faces.parts.reporting import may_reveal
from bihuan.loop.actors import actor_of
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.store import Order, append, current_facts, get_case
from bihuan.registers import live
from bihuan.registers.models import Grant, Organisation
from bihuan.registers.pure.roles import catalogue
from tests.api import rights
from tests.api.callers import CODE, Caller, caller, report
from tests.api.rights import ROLES
from tests.shipped import load_shipped

pytestmark = pytest.mark.slow

UNIT = {"handler", "unit_head"}
NEVER_ACTS = set(ROLES) - rights.may("api POST /cases/{number}/commands/{command}")
READS_CASES = rights.may("api GET /cases")
OBJECTS = ("own", "other", "restricted", "elsewhere")
PLANTED = ("张三丰", "13800138000", "+8613800138000", "zhang@example.org")
CANARY = "金丝雀"
READS_WORDS = rights.may("words")
NO_ONE = "00000000-0000-0000-0000-000000000000"
OPERATOR = Actor("user:operator", frozenset({"operator"}))


@pytest.fixture
def town(transactional_db: None, app_role: None) -> Iterator[dict[str, str]]:
    """Four dispatched cases by object kind (their numbers), committed; `unit` is the unit of `own`."""
    live.forget_snapshots()
    access.forget_tokens()
    load_shipped()
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
    live.forget_snapshots()


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
    """The second truth: who sees which case."""
    return role in rights.may(f"case {thing}")


def test_the_second_truth_speaks_of_every_role_and_of_nothing_that_is_gone() -> None:
    """A role of the house that nobody has thought about here is red, and so is an operation or page."""
    given = {key for key, role in catalogue().items() if role.granted}
    assert set(ROLES) == given
    assert set(rights.named("api")) == {name for name, _address, _method in operations()}


def test_every_role_sees_exactly_what_it_should(town: dict[str, str]) -> None:
    cells = 0
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        listing = who.get("/cases")
        assert listing.status_code == (200 if role in READS_CASES else 403), role
        listed = {item["number"] for item in listing.json().get("items", [])}
        for thing in OBJECTS:
            expected = 403 if role not in READS_CASES else 200 if sees(role, thing) else 404
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


SAID: dict[str, dict[str, Any]] = {
    "accept": {}, "contact": {"channel": "phone"}, "recall": {"reason": "x"}, "restrict": {"kind": "minor"},
    "arbitrate": {"unit": "x", "reason": "x"}, "verify": {"result": "solved"},
    "approve_extension": {"clock": "feedback"}, "tick": {}, "record_history": {"outcome": "closed"}, "expire": {},
}  # fmt: skip


@pytest.mark.parametrize("command", rights.named("do"))
def test_every_role_does_exactly_what_it_should(town: dict[str, str], command: str) -> None:
    data, allowed = SAID[command], rights.may(f"do {command}")
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


def operations() -> list[tuple[str, str, str]]:
    """(name as in the second truth, address with values filled in, method) of every operation."""
    values = {"period": f"{datetime.now(UTC):%Y-%m}", "key": NO_ONE, "event": NO_ONE, "sha256": "a" * 64,
              "number": "NONE", "name": "none", "command": "accept", "kind": "category",
              "document": "none", "box": "none", "lot": "none"}  # fmt: skip
    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    found.append((f"{method} {prefix}{path}", path.format(**values), method))
    return found


BODIES: dict[str, Any] = {
    "POST /cases/{number}/suggestions/{kind}": {"answer": "refuse"},
    "POST /cases/{number}/erasure": {"ground": "request", "reason": "x"},
    "POST /erasures/{key}": {"approve": False},
    "POST /orders": {"key": "1", "order": "none", "to": ["a"]},
    "POST /orders/{key}/end": {"kind": "cancelled"},
    "POST /orders/{key}/receipts": {"addressee": "a", "kind": "done"},
    "POST /certificates": {"key": "1", "certificate": "none"},
    "POST /certificates/{key}/steps": {"kind": "suspended", "reason": "x"},
    "POST /letters": {"key": "1", "letter": "none", "addressee": {"name": "x"}},
    "POST /letters/{key}/deliveries": {"way": "post", "status": "returned"},
    "POST /books/{name}/entries": {"key": "1", "kind": "none"},
    "POST /documents/{document}/versions": {"title": "a", "text": "b"},
    "POST /documents/{document}/conclusions": {"sha256": "a" * 64, "kind": "a", "verdict": "b", "reason": "c"},
    "POST /books/{name}/holds": {"key": "1", "debit": "a", "credit": "b", "amount": "1"},
    "POST /boxes/{box}/{lot}/envelopes": {"envelopes": [{"voter": "a", "channel": "page", "values": {"vote": "for"}}]},
    "POST /watches/{name}/silences": {"until": "2027-01-01T00:00:00Z", "reason": "x"},
    "POST /series/{name}/observations": {"unit": "kg", "observations": [{"subject": "s", "time": "t", "value": "1"}]},
}
"""What is well formed; a body that is not is answered before anybody asks whose it is."""


def sent(who: Caller, name: str, address: str) -> Any:
    """The answer to a well-formed POST."""
    if not name.endswith("/files"):
        return who.post(address, BODIES.get(name, {}))
    file = SimpleUploadedFile("a.txt", b"a")
    return who.client.post(f"/api/v1{address}", {"file": file}, headers=who.headers)


def test_every_role_uses_exactly_its_operations(town: dict[str, str]) -> None:
    """Whoever may gets an answer about the thing; whoever may not is told which roles may."""
    cells = 0
    for role in ROLES:
        who = caller(role, town["unit"] if role in UNIT else None)
        for name, address, method in operations():
            answer = sent(who, name, address) if method == "POST" else who.get(address)
            refused = answer.status_code == 403 and answer.json().get("code") == "role_missing"
            assert refused == (role not in rights.may(f"api {name}")), (role, name, answer.status_code, answer.content)
            assert answer.status_code < 500, (role, name)
            cells += 1
    assert cells == len(ROLES) * len(rights.named("api"))


def test_identities_are_opened_by_those_who_may_and_only_where_their_role_holds(town: dict[str, str]) -> None:
    case = get_case(town["other"])
    assert case is not None
    now, registers = datetime.now(UTC), live.current_registers()
    for role in ROLES:
        user = caller(role, town["unit"] if role in UNIT else None).user
        assert user
        assert may_reveal(actor_of(user, now, registers), case) == (role in rights.may("reveal")), role
        Grant.objects.filter(user=user).update(scope_kind="area", scope="110108029")
        Grant.objects.create(district_id=CODE, user=user, role="analyst", scope_kind="district", scope=CODE)
        assert not may_reveal(actor_of(user, now, registers), case), (role, "granted elsewhere")


def test_restricted_cases_are_seen_only_where_the_role_that_sees_them_holds(town: dict[str, str]) -> None:
    """A leader of the district who is arbiter in one sub-district sees restricted cases only there."""
    for area, status in (("110108001", 200), ("110108029", 404)):
        who = caller("leader")
        assert who.user is not None
        Grant.objects.create(district_id=CODE, user=who.user, role="arbiter", scope_kind="area", scope=area)
        assert who.get(f"/cases/{town['restricted']}").status_code == status, area


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
