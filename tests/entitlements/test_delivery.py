"""A list from the register to the budget's book: frozen, in notice, struck, paid once by somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.books.balances import balances
from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.documents.letters.models import LetterRow
from bihuan.documents.letters.reading import words_of
from bihuan.entitlements import facts, paying
from bihuan.entitlements.catalogue import all_policies, policies_aside
from bihuan.entitlements.lists import ListRefused, freeze_list, publish_list, strike
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.paying import pay_list
from bihuan.entitlements.revisiting import revisit_list
from bihuan.entitlements.telling import tell_paid
from bihuan.extend import FactQuestion
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import User
from bihuan.subjects.catalogue import subject_type
from tests.shipped import load_shipped
from tests.subjects.makers import HERE, credit_code, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = date(2026, 3, 2)
POLICY, LINE = "first-hires", "L-02"


@pytest.fixture
def firms(db: None) -> Iterator[list[str]]:
    """Four kitchens: two entitled, one too large, one of which nobody knows how large it is; a review; 12,000 yuan."""
    forget_snapshots()
    load_shipped()
    codes = [credit_code(number) for number in range(4)]
    kind = subject_type("enterprise")
    sizes = dict(zip(codes, ("12", "20", "90", None), strict=True))
    write(kind, [row(code, date(2026, 1, 1))._replace(values=_firm(code, size)) for code, size in sizes.items()])
    _review("no_problem")
    with in_district(HERE):
        post_acts([Act((draft_kind(book_named("policy-budget").book, "appropriate", "open", DAY,
                                   {"amount": "12000.00", "line": LINE}),), "test")])  # fmt: skip
    yield codes
    forget_snapshots()


def _firm(code: str, size: str | None) -> dict[str, Any]:
    return {"credit_code": code, "name": code, "industry": "6210", "employees": None if size is None else int(size)}


def _review(conclusion: str) -> None:
    said = {"number": "P-02", "name": "x", "conclusion": conclusion}
    write(subject_type("policy"), [row("P-02", date(2026, 1, 1))._replace(values=said)])


def at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Let the house's clock stand at noon of a day."""
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=timezone.now().tzinfo)
    monkeypatch.setattr(timezone, "now", lambda: noon)


def frozen(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, DAY)
    done = freeze_list(all_policies()[POLICY], HERE, DAY, "user:officer")
    publish_list(done.row.key, HERE)
    return done


def test_every_shipped_policy_is_in_use() -> None:
    assert policies_aside() == ()
    assert POLICY in all_policies()


def test_a_list_is_paid_once_after_its_notice_by_somebody_else_and_never_beyond_the_budget(
    firms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = frozen(monkeypatch)
    assert (done.listed, done.fen, dict(done.answers)) == (2, 16_000_00, {"no": 1, "unknown": 1, "yes": 2})
    key = done.row.key
    with pytest.raises(ListRefused, match="notice"):
        pay_list(key, HERE, "user:approver")
    at(monkeypatch, DAY + timedelta(days=8))
    with pytest.raises(ListRefused, match="froze"):
        pay_list(key, HERE, "user:officer")
    paid = pay_list(key, HERE, "user:approver")
    assert dict(paid.outcomes) == {"paid": 1, "below_floor": 1}, "the second would go below zero"
    assert pay_list(key, HERE, "user:approver").fen == 0
    again = freeze_list(all_policies()[POLICY], HERE, DAY, "user:officer")
    assert again.left_out["granted_before"] == 1
    with in_district(HERE):
        standing = {(line.account, line.subject): line.balance for line in balances("policy-budget")}
        assert standing["available", LINE] == 4_000_00
    grant = f"{POLICY}:{firms[0]}:2026"
    found = facts.ask(FactQuestion("grant-list", HERE, key, timezone.now(), timezone.now()))
    assert found is not None
    assert (found[0]["notice_over"], found[0]["open_objections"], found[0]["count"]) == (True, 0, 1)
    from bihuan.subjects import asking
    from tests.subjects.makers import ANYBODY

    held = asking.get(HERE, subject_type("policy-grant"), grant, DAY + timedelta(days=8), ANYBODY)
    assert held is not None
    assert held.values["amount"] == "8000.00"


def test_who_declined_or_was_struck_is_not_paid(firms: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(subject_type("policy-opt-out"), [row("O-1", date(2026, 1, 1), firm=firms[0])])
    done = frozen(monkeypatch)
    assert (done.listed, dict(done.left_out)) == (1, {"declined": 1})
    with pytest.raises(ListRefused):
        strike(done.row.key, firms[1], "", HERE)
    strike(done.row.key, firms[1], "the register was corrected", HERE)
    at(monkeypatch, DAY + timedelta(days=8))
    assert pay_list(done.row.key, HERE, "user:approver").fen == 0
    with in_district(HERE):
        assert GrantRow.objects.get(key=firms[1]).state == "struck"


def test_without_a_review_there_is_no_list(firms: list[str]) -> None:
    _review("pending")
    with pytest.raises(ListRefused, match="pending"):
        freeze_list(all_policies()[POLICY], HERE, DAY, "user:officer")
    with in_district(HERE):
        assert not GrantListRow.objects.exists()


def test_a_correction_is_told_and_takes_nothing_back(firms: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    done = frozen(monkeypatch)
    at(monkeypatch, DAY + timedelta(days=8))
    pay_list(done.row.key, HERE, "user:approver")
    assert revisit_list(done.row.key, HERE) == []
    write(subject_type("enterprise"), [row(firms[0], date(2026, 1, 1))._replace(values=_firm(firms[0], "77"))])
    (lost,) = revisit_list(done.row.key, HERE)
    assert (lost.key, lost.answer, lost.fen) == (firms[0], "no", 8_000_00)
    assert paying.number_of(POLICY, firms[0], "2026") == lost.grant


def test_pages_ask_one_question_at_a_time_and_show_public_lists_only(
    firms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done, client = frozen(monkeypatch), Client()
    for language, word in (("zh-hans", "吸纳就业补贴"), ("en", "Subsidy for taking on staff")):
        client.cookies["django_language"] = language
        assert word in client.get("/policies/").content.decode()
        assert word in client.get(f"/policies/{POLICY}/").content.decode()
    page = client.get("/policies/ask/").content.decode()
    assert 'name="industry"' in page, "what decides most is asked first"
    page = client.get("/policies/ask/", {"industry": "6210", "employees": "12"}).content.decode()
    assert 'class="badge ok">Yes' in page
    assert client.get("/policies/ask/", {"employees": "many"}).status_code == 200
    assert firms[0] in client.get(f"/policies/lists/{done.row.key}/").content.decode()
    assert client.get("/policies/lists/nothing/").status_code == 404


def test_a_firm_reads_why_it_is_not_listed_and_what_is_missing_and_nothing_that_is_registered(
    firms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done, client = frozen(monkeypatch), Client()
    page = f"/policies/lists/{done.row.key}/"
    told = client.get(page, {"whom": firms[3].lower()}).content.decode()
    assert "登记数据不足" in told
    assert "从业人数" in told, "the field that is missing, by its name"
    told = client.get(page, {"whom": firms[2]}).content.decode()
    assert "不符合条件" in told
    assert ">90<" not in told, "what the register says is nobody else's"
    assert client.get(page, {"whom": "<nobody>"}).status_code == 200


def test_whoever_is_paid_is_told_once_by_a_letter(firms: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    done = frozen(monkeypatch)
    at(monkeypatch, DAY + timedelta(days=8))
    approver = User.objects.create(district_id=HERE, username="approver", name="王审批")
    pay_list(done.row.key, HERE, f"user:{approver.pk}")
    world = current_facts(datetime.now(UTC))  # the register became known in this moment
    assert tell_paid(world, most=1) == 1
    with in_district(HERE):
        assert GrantRow.objects.filter(state="paid", told_at=None).count() == 0, "the budget pays one of two"
        (letter,) = LetterRow.objects.filter(letter="grant-notice")
        words = words_of(letter)
    assert words is not None
    assert words["facts"]["officer"]["value"] == "王审批"
    assert tell_paid(world) == 0
