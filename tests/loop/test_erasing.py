"""Erasure on request: two people, every place of the register, proofs stay valid; command, page and API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import store
from bihuan.ledger.verification import verify_log
from bihuan.loop import erasing, scope
from bihuan.loop.actors import actor_of
from bihuan.loop.erasing import ErasureRefused
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import ErasureRow, EventRow
from bihuan.loop.store import Order, append
from bihuan.loop.store.refolding import check_cases
from bihuan.registers.live import current_registers
from bihuan.registers.models import Identity
from bihuan.server import emptying
from tests.api.callers import caller

PLANTED = ("金丝雀", "张三丰", "13800138000", "不用了")
WORDS = "金丝雀住在楼上，电话13800138000"


@pytest.fixture
def district(transactional_db: None) -> str:
    from tests.shipped import load_shipped

    load_shipped()
    code = current_registers().district.code
    scope.ensure(code)
    return code


def person(role: str) -> Actor:
    user = caller(role, None).user
    assert user is not None
    return actor_of(user, datetime.now(UTC), current_registers())


def reported(*, ended: bool = True) -> Any:
    """A resident's report with words and identity; withdrawn by its reporter when `ended`."""
    resident = Actor("anonymous", frozenset({"resident"}))
    report = NewReport(
        key=str(uuid4()), programme="hotline", kind="request", channel="web", at=datetime.now(UTC), title="金丝雀",
        text=WORDS, category="utilities.heating.cold", area="110108011",
        reporter=Reporter(name="张三丰", phone="13800138000"),
    )  # fmt: skip
    (receipt,) = receive([report], actor=resident)
    case = receipt.value
    assert case is not None, receipt.refusal
    if ended:
        reporter = Actor("reporter", frozenset({"reporter"}), case=str(case.id))
        (done,) = append([Order(Command("withdraw", reporter, datetime.now(UTC), {}, {"reason": "不用了"}), case.id)])
        assert done.refusal is None, done.refusal
    store.sequence_leaves()
    return case


def asked(case: Any) -> ErasureRow:
    return erasing.ask_erasure(case.number, "request", "本人书面申请", person("operator"), datetime.now(UTC))


def decided(row: ErasureRow, actor: Actor, *, approve: bool = True) -> ErasureRow:
    return erasing.decide(row.id, actor, current_registers().district, datetime.now(UTC), approve=approve)


def anything_left() -> list[str]:
    """Every column of every table in which the words of the report or the name can still be read."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f"SELECT count(*) FROM \"{table}\" t WHERE to_jsonb(t)::text ~ '金丝雀|张三丰|13800138000|不用了'"
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_after_the_second_look_nothing_is_left_and_the_log_still_verifies(district: str) -> None:
    case = reported()
    assert {"loop_event_private", "loop_case"} <= set(anything_left())
    row = decided(asked(case), person("district_admin"))
    assert row.outcome == "approved"
    assert row.erased["registers_identity"] == 1
    assert anything_left() == []
    assert not any(emptying.count_held(case.id).values())
    assert Identity.objects.get().ciphertext is None
    store.sequence_leaves()
    report = verify_log()
    check_cases(report)
    assert (report.findings, report.erased > 0) == ([], True)
    assert EventRow.objects.filter(case_id=case.id).count() >= 2, "every event stays"


def test_who_asks_does_not_decide_and_nobody_without_the_role_does_either(district: str) -> None:
    row = erasing.ask_erasure(reported().number, "request", "本人申请", person("district_admin"), datetime.now(UTC))
    with pytest.raises(ErasureRefused, match="who asked may not decide"):
        decided(row, Actor(row.asked_by, frozenset({"district_admin"})))
    for role in ("operator", "leader", "auditor", "handler"):
        with pytest.raises(ErasureRefused, match="role"):
            decided(row, Actor("user:x", frozenset({role})))
    assert anything_left()
    refused = decided(row, person("arbiter"), approve=False)
    assert (refused.outcome, refused.erased) == ("refused", {})
    assert anything_left(), "refused, nothing goes"
    with pytest.raises(ErasureRefused, match="decided already"):
        decided(row, person("arbiter"))


@pytest.mark.parametrize(
    ("ground", "reason", "code"),
    [("whim", "x", "unknown_ground"), ("request", " ", "no_reason"), ("request", "x" * 501, "no_reason"),
     ("request", "a\0b", "no_reason")],
)  # fmt: skip
def test_a_request_needs_ground_and_reason(district: str, ground: str, reason: str, code: str) -> None:
    case = reported()
    with pytest.raises(ErasureRefused) as caught:
        erasing.ask_erasure(case.number, ground, reason, person("operator"), datetime.now(UTC))
    assert caught.value.code == code


def test_an_open_case_keeps_its_words_and_a_request_waits_once(district: str) -> None:
    with pytest.raises(ErasureRefused, match="still open"):
        asked(reported(ended=False))
    case = reported()
    asked(case)
    with pytest.raises(ErasureRefused, match="waits already"):
        asked(case)
    with pytest.raises(ErasureRefused, match="there is no case"):
        erasing.ask_erasure("H-0", "request", "x", person("operator"), datetime.now(UTC))


def client_of(role: str) -> Client:
    client = Client()
    user = caller(role, None).user
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_pages_ask_and_decide(district: str) -> None:
    case = reported()
    operator, admin = client_of("operator"), client_of("district_admin")
    wrong = operator.post("/erasures/ask/", {"number": case.number, "ground": "request", "reason": ""})
    assert wrong.status_code == 422
    assert case.number in wrong.content.decode(), "what was typed is kept"
    asking = {"number": case.number, "ground": "request", "reason": "本人书面申请"}
    assert operator.post("/erasures/ask/", asking).status_code == 302
    row = ErasureRow.objects.get()
    assert operator.post(f"/erasures/{row.id}/decide/", {"answer": "approve"}).status_code == 403
    assert "同意并删除" in admin.get("/erasures/").content.decode()
    assert admin.post(f"/erasures/{row.id}/decide/", {}).status_code == 422
    assert admin.post(f"/erasures/{row.id}/decide/", {"answer": "approve"}).status_code == 302
    assert anything_left() == []


def test_the_api_asks_lists_and_decides(district: str) -> None:
    case = reported()
    operator, admin = caller("operator", None), caller("district_admin", None)
    body = {"ground": "request", "reason": "本人书面申请"}
    made = operator.post(f"/cases/{case.number}/erasure", body)
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert operator.post(f"/erasures/{key}", {"approve": True}).status_code == 403
    assert [each["case"] for each in admin.get("/erasures").json()] == [case.number]
    done = admin.post(f"/erasures/{key}", {"approve": True})
    assert (done.status_code, done.json()["outcome"]) == (200, "approved")
    assert admin.post(f"/erasures/{key}", {"approve": True}).status_code == 409
    assert anything_left() == []


def test_the_command_line_asks_lists_and_approves(district: str) -> None:
    import json

    from typer.testing import CliRunner

    from bihuan.cli.main import app

    case = reported()
    users = {role: caller(role, None).user for role in ("operator", "district_admin")}

    def run(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["erase", *words, "--json"])
        assert done.exit_code == 0, (done.output, done.exception)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    names = {role: user.username for role, user in users.items() if user is not None}
    made = run("ask", case.number, "--reason", "本人书面申请", "--by", names["operator"])
    assert [each["case"] for each in run("list")["requests"]] == [case.number]
    assert run("approve", made["id"], "--by", names["district_admin"])["outcome"] == "approved"
    assert anything_left() == []
