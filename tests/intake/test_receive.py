"""The one door: one report one effect, identity sealed, receipt signed and true, few statements."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.intake.access import code_of, find_report, hash_of
from bihuan.intake.receive import ReportReceipt, receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import keyring
from bihuan.ledger import store as ledger
from bihuan.ledger.core.receipts import Receipt as Signed
from bihuan.ledger.core.receipts import verify_receipt
from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import CaseRow, EventPrivate, EventRow, ReportRow
from bihuan.registers import identity
from bihuan.registers.live import current_registers

OPERATOR = Actor("user:operator", frozenset({"operator"}))


def report(key: str = "k", **more: object) -> NewReport:
    base: dict[str, object] = {
        "key": key, "programme": "hotline", "kind": "request", "channel": "web", "at": datetime.now(UTC),
        "title": "路灯不亮", "text": "三天了", "category": "roads.lighting.out",
        "reporter": Reporter(name="张三丰", phone="13800138000"),
    }  # fmt: skip
    return NewReport(**{**base, **more})  # type: ignore[arg-type]  # fields by name


def one(r: NewReport) -> ReportReceipt:
    return receive([r], actor=OPERATOR)[0]


def test_the_same_report_twice_has_one_effect_and_one_receipt(house: str) -> None:
    first, second = one(report()), one(report())
    assert (first.duplicate, second.duplicate) == (False, True)
    assert (first.number, first.access, first.signed) == (second.number, second.access, second.signed)
    assert CaseRow.objects.count() == ReportRow.objects.count() == 1


def test_the_same_external_number_twice_has_one_effect_even_in_one_batch(house: str) -> None:
    many = [report(f"k{i}", source="city", external_number="C-1") for i in range(3)]
    receipts = receive(many, actor=OPERATOR)
    assert [r.duplicate for r in receipts] == [False, True, True]
    again = one(report("other", source="city", external_number="C-1"))
    assert again.duplicate
    assert {r.number for r in [*receipts, again]} == {receipts[0].number}
    assert CaseRow.objects.count() == 1


def test_identity_is_sealed_and_nowhere_else(house: str) -> None:
    receipt = one(report())
    row = ReportRow.objects.get(id=receipt.report)
    district = current_registers().district
    assert row.identity_id in identity.lookup_by_phone("138 0013 8000", district, "user:x", "test")
    words = str(list(EventRow.objects.values())) + str(list(EventPrivate.objects.values()))
    words += str(list(CaseRow.objects.values()))
    assert "张三丰" not in words
    assert "13800138000" not in words


def test_an_identity_past_its_retention_is_not_kept(house: str) -> None:
    old = one(report(at=datetime.now(UTC) - timedelta(days=4000)))
    assert ReportRow.objects.get(id=old.report).identity_id is None


def test_a_phone_number_that_cannot_be_read_is_refused_whole(house: str) -> None:
    receipt = one(report(reporter=Reporter(phone="12")))
    assert receipt.refusal is not None
    assert (receipt.refusal.code, receipt.refusal.field) == ("bad_phone", "phone")
    assert not CaseRow.objects.exists()
    assert not one(report()).duplicate, "a refused report does not burn its key"


def test_the_receipt_is_signed_and_its_leaf_comes_into_the_log(house: str) -> None:
    receipt = one(report())
    assert receipt.signed is not None
    signed = Signed.from_json(receipt.signed)
    verify_receipt(signed, keyring.log_keys())
    assert signed.case == receipt.number
    ledger.sequence_leaves()
    tree, _ = ledger.open_tree(ledger.size())
    assert ledger.size() == 1
    assert tree.root() == signed.leaf_hash, "the log's only leaf is the promised one"


def test_a_code_may_be_spelled_as_people_read_it() -> None:
    assert hash_of("oi1l-u 0v") == hash_of("0111V0V")
    assert hash_of("0111V0V") != hash_of("0111V0W")


def test_number_and_access_code_open_the_report(house: str) -> None:
    receipt = one(report())
    spelled = receipt.access.lower().replace("0", "o").replace("1", "i")
    found = find_report(receipt.number, spelled)
    assert found is not None
    assert found.id == receipt.report
    assert find_report(receipt.number, code_of(receipt.case)) is None  # type: ignore[arg-type]  # it was received
    assert find_report("no-such-number", receipt.access) is None


def test_the_category_decides_the_urgency_when_nobody_said(house: str) -> None:
    receipt = one(report(category="utilities.gas.leak"))
    assert receipt.value is not None
    assert receipt.value.urgency == "emergency"


def test_a_report_may_be_sent_to_its_unit_at_once_with_the_citys_clock(house: str) -> None:
    due = datetime.now(UTC) + timedelta(days=3)
    receipt = one(report(channel="city", source="city", external_number="C-7", due={"feedback": due}, dispatch=True))
    case = receipt.value
    assert case is not None
    assert (case.state, case.clocks["feedback"].due) == ("dispatched", due)
    assert case.origin["number"] == "C-7"


def test_a_report_costs_at_most_twelve_statements(house: str) -> None:
    one(report("warm"))
    with CaptureQueriesContext(connection) as queries:
        one(report("counted"))
    assert len(queries) <= 12, [q["sql"][:80] for q in queries.captured_queries]


@pytest.mark.parametrize("bulk", [False, True])
def test_many_at_once(house: str, bulk: bool) -> None:
    receipts = receive([report(f"k{i}") for i in range(60)], actor=OPERATOR, bulk=bulk)
    assert len({r.number for r in receipts}) == 60
    assert all((r.signed is None) == bulk for r in receipts)
    assert ledger.size() + ledger.count_waiting_leaves() == 60


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_takes_serials_of_its_own(house: str) -> None:
    import os

    from bihuan.loop.store import numbers

    numbers.take_serials(1)
    assert numbers._pool, "there are serials left that a child could take as well"
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(sum(map(len, numbers._pool.values()))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"0"
