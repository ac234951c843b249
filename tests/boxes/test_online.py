"""Voting on the public page: a code of one's own, sealed at once, a receipt that is found again, never the vote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from bihuan.boxes import opening
from bihuan.boxes.catalogue import DeclaredBox, box_named
from bihuan.boxes.codes import issue_codes, own_envelopes, voter_by_code
from bihuan.boxes.opening import open_box
from bihuan.boxes.pure.record import BoxRefused, sheet_of_record
from bihuan.boxes.putting import SealedEnvelope, put_in
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers, forget_snapshots
from tests.api.callers import caller
from tests.boxes.test_course import load
from tests.shipped import load_shipped
from tests.subjects.makers import HERE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
VOTE, PAGE = "/boxes/owners-vote/V1/vote/", "/boxes/owners-vote/V1/"
NOT_TOLD = ("反对", "弃权")


@pytest.fixture
def box(db: None) -> Iterator[DeclaredBox]:
    """Four owners, and an item that is voted on from yesterday to tomorrow."""
    forget_snapshots()
    load_shipped()
    load("estate", E1={"name": "苑", "street": "110108001"})
    load("owner", **{name: {} for name in "ABCD"})
    load("part", **{f"P{n}": {"estate": "E1", "owner": owner, "area": "80.00"} for n, owner in enumerate("ABCD")})
    today = current_registers().calendar.local_date(datetime.now(UTC))
    said = {"estate": "E1", "title": "更换消防泵", "matter": "use_fund"}
    for key, first, last in (("V1", -1, 1), ("V2", 3, 4)):
        days = {"vote_from": str(today + timedelta(first)), "vote_until": str(today + timedelta(last))}
        load("vote-item", **{key: said | days})
    yield box_named("owners-vote")
    forget_snapshots()


def codes(box: DeclaredBox, lot: str = "V1") -> dict[str, str]:
    return {each.voter: each.code for each in issue_codes(box, lot, datetime.now(UTC), "user:test")}


def entered(box: DeclaredBox, voter: str = "A") -> Client:
    client = Client()
    answer = client.post(VOTE, {"voter": voter, "code": codes(box)[voter]})
    assert (answer.status_code, answer["Location"]) == (302, VOTE)
    return client


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def test_an_owner_votes_with_the_code_and_finds_the_receipt_again_but_never_the_vote(box: DeclaredBox) -> None:
    client = entered(box)
    page = said(client.get(VOTE))
    assert all(word in page for word in (*NOT_TOLD, "更换消防泵", "80.00"))
    assert client.post(VOTE, {}).status_code == 422
    assert client.post(VOTE, {"vote": "maybe"}).status_code == 422
    assert client.post(VOTE, {"vote": "against"}).status_code == 302
    (own,) = own_envelopes(box, "V1", "A")
    page = said(client.get(VOTE)).partition("<details")[0]
    assert own.digest in page
    assert not any(word in page for word in NOT_TOLD), "what was voted stands nowhere"
    told = client.get(reverse("box-receipts", args=["owners-vote", "V1"])).json()
    assert [each["digest"] for each in told["receipts"]] == [own.digest]
    assert "vote" not in str(told["receipts"])
    assert "在密封箱中" in said(Client().get(PAGE, {"receipt": own.digest}))
    assert "没有这张回执" in said(Client().get(PAGE, {"receipt": "0" * 64}))
    assert "没有这张回执" in said(Client().get(PAGE, {"receipt": "no receipt"}))
    record = open_box(box, "V1", datetime.now(UTC) + timedelta(days=3))
    assert f"在清单中：{record.envelopes[0].number}" in said(Client().get(PAGE, {"receipt": own.digest}))
    assert record.counted["result"] == "no_quorum"


def test_a_wrong_code_an_earlier_one_or_somebody_elses_opens_nothing(box: DeclaredBox) -> None:
    first = codes(box)
    second = codes(box)
    client = Client()
    for voter, code in (("A", "0000000000"), ("A", first["A"]), ("A", second["B"]), ("X", second["A"]), ("", "")):
        answer = client.post(VOTE, {"voter": voter, "code": code})
        assert answer.status_code == 422, (voter, code)
        assert 'name="vote"' not in said(answer)
    assert voter_by_code(box, "V1", "A", second["A"].lower()) is not None, "written small it is the same"
    assert Client().post(VOTE, {"voter": "A", "code": second["A"]}).status_code == 302


def test_a_new_code_ends_what_was_opened_with_the_old_one(box: DeclaredBox) -> None:
    client = entered(box)
    issue_codes(box, "V1", datetime.now(UTC), "user:test", ["A"])
    assert 'name="code"' in said(client.get(VOTE))
    assert client.post(VOTE, {"vote": "for"}).status_code == 422
    assert own_envelopes(box, "V1", "A") == []


def test_a_code_is_for_one_lot_and_only_while_it_is_open(box: DeclaredBox) -> None:
    client = entered(box)
    other = "/boxes/owners-vote/V2/vote/"
    assert 'name="code"' in said(client.get(other)), "shown for V1, it opens V1 alone"
    later = codes(box, "V2")
    assert client.post(other, {"voter": "A", "code": later["A"]}).status_code == 302
    page = said(client.get(other))
    assert "开始投票" in page
    assert 'name="vote"' not in page
    assert client.post(other, {"vote": "for"}).status_code == 422, "not open yet"
    assert client.get("/boxes/owners-vote/V9/vote/").status_code == 404
    assert client.get("/boxes/nothing/V1/vote/").status_code == 404


def test_a_paper_ballot_is_seen_by_the_voter_and_different_votes_void_each_other(box: DeclaredBox) -> None:
    put_in(box, "V1", [SealedEnvelope(name, "paper", {"vote": "for"}) for name in "ABC"], datetime.now(UTC))
    client = entered(box)
    page = said(client.get(VOTE))
    assert "书面" in page
    assert "两张都作废" in page
    client.post(VOTE, {"vote": "against"})
    record = open_box(box, "V1", datetime.now(UTC) + timedelta(days=3))
    assert (record.counted["conflicts"], record.counted["heads_voted"], record.counted["result"]) == (
        "1", "2", "no_quorum")  # fmt: skip
    page = said(Client().get(PAGE))
    assert "逐行对照" in page
    assert "不少于 2/3，即 2.67" in page
    assert [each["met"] for each in sheet_of_record(record)] == [False, False, True, True]


def test_who_is_barred_is_told_why_and_gets_no_ballot(box: DeclaredBox) -> None:
    client = entered(box, "B")
    load("owner", date(2020, 1, 2), B={"died": "2020-01-02"})
    page = said(client.get(VOTE))
    assert "继承人登记后由继承人表决" in page
    assert 'name="vote"' not in page
    assert client.post(VOTE, {"vote": "for"}).status_code == 422
    assert own_envelopes(box, "V1", "B") == []


def test_only_who_keeps_the_items_makes_codes_and_the_log_says_so(box: DeclaredBox) -> None:
    address = reverse("box-codes", args=["owners-vote", "V1"])
    for role in (None, "handler", "operator"):
        client = Client()
        if role:
            client.force_login(caller(role, None).user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address).status_code == (403 if role else 302), role
        assert "投票码</button>" not in said(client.get(PAGE))
    client.force_login(caller("district_admin", None).user, backend="django.contrib.auth.backends.ModelBackend")
    assert "生成并下载投票码" in said(client.get(PAGE))
    lines = client.post(address).content.decode("utf-8-sig").split()
    assert lines[0] == "voter,code,address"
    assert [line.partition(",")[0] for line in lines[1:]] == list("ABCD")
    voter, code, where = lines[1].split(",")
    assert where.endswith(VOTE)
    assert Client().post(VOTE, {"voter": voter, "code": code}).status_code == 302
    assert client.post(address, {"voter": "Z"}).status_code == 404
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT body::text FROM ledger_statement WHERE kind = 'voter-codes'")
        stated = [text for (text,) in cursor.fetchall()]
        cursor.execute("SELECT t::text FROM box_voter_code t")
        stored = " ".join(text for (text,) in cursor.fetchall())
    assert len(stated) == 1
    assert '"issued": 4' in stated[0]
    assert code not in stored + stated[0]


def test_codes_end_with_the_lot(box: DeclaredBox) -> None:
    with pytest.raises(BoxRefused, match="closed"):
        issue_codes(box, "V1", datetime.now(UTC) + timedelta(days=3), "user:test")
    with pytest.raises(BoxRefused, match="roll"):
        issue_codes(box, "V1", datetime.now(UTC), "user:test", ["Z"])


def test_an_opening_that_dies_half_way_leaves_nothing_and_then_opens_once(
    box: DeclaredBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(box, "V1", [SealedEnvelope(name, "paper", {"vote": "for"}) for name in "ABC"], datetime.now(UTC))
    over = datetime.now(UTC) + timedelta(days=3)

    def dies(*_: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(opening, "_write", dies)
        with pytest.raises(OSError, match="disk"):
            open_box(box, "V1", over)
    assert opening.opened(box, "V1") is None, "no count without its registers"
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_statement WHERE kind = 'box-opened'")
        assert cursor.fetchone() == (0,)
    record = open_box(box, "V1", over)
    assert record.counted["result"] == "passed"
    assert open_box(box, "V1", over) == record
