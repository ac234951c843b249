"""A box from the first envelope to the recount: sealed for everybody until its last day is over, opened once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from bihuan.boxes.catalogue import DeclaredBox, box_named, boxes_aside
from bihuan.boxes.opening import open_box, open_due, opened
from bihuan.boxes.pure.record import BoxRecord, BoxRefused, verify_record
from bihuan.boxes.putting import SealedEnvelope, participation, put_in
from bihuan.registers.isolation import in_district
from bihuan.registers.live import forget_snapshots
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from tests.api.callers import caller
from tests.shipped import load_shipped
from tests.subjects.makers import HERE, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LONG_AGO, LATER = date(2020, 1, 1), date(2026, 3, 9)
OPEN, OVER = datetime(2026, 3, 3, 4, tzinfo=UTC), datetime(2026, 3, 6, 16, 0, 1, tzinfo=UTC)
LOOKER = Looker("user:test", frozenset(), frozenset({"deliberation"}), "a test")
SECRET = "against"


@pytest.fixture
def box(db: None) -> Iterator[DeclaredBox]:
    """Four owners of an estate, one of them with two parts, and an item that is voted on from Monday to Friday."""
    forget_snapshots()
    load_shipped()
    load("estate", E1={"name": "苑", "street": "110108001"})
    load("owner", **{name: {} for name in "ABCD"})
    areas = {"1": ("A", "100.00"), "2": ("A", "25.50"), "3": ("B", "80.00"), "4": ("C", "60.00"), "5": ("D", "90.00")}
    load("part", **{key: {"estate": "E1", "owner": owner, "area": area} for key, (owner, area) in areas.items()})
    said = {"estate": "E1", "title": "t", "matter": "use_fund", "vote_from": "2026-03-02", "vote_until": "2026-03-06"}
    load("vote-item", V1=said)
    yield box_named("owners-vote")
    forget_snapshots()


def load(name: str, since: date = LONG_AGO, **things: dict[str, Any]) -> None:
    kind = subject_type(name)
    write(kind, [row(key, since)._replace(values={kind.key: key, **said}) for key, said in things.items()])


def vote(box: DeclaredBox, at: datetime = OPEN, channel: str = "page", **votes: str) -> Any:
    return put_in(box, "V1", [SealedEnvelope(owner, channel, {"vote": said}) for owner, said in votes.items()], at)


def test_the_shipped_box_is_in_use() -> None:
    assert boxes_aside() == ()


def test_nobody_sees_a_vote_before_the_close_and_anybody_recounts_afterwards(
    box: DeclaredBox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, refused = vote(box, A="for", B=SECRET, C="abstain", X="for")
    assert [each.code for each in refused] == ["not_on_roll"]
    live = participation(box, "V1", OPEN)
    assert (live.heads_in, live.heads, str(live.weight_in)) == (3, 4, "265.50")
    assert live.missing((2, 3)) == (0, 0)
    with pytest.raises(BoxRefused, match="sealed"):
        open_box(box, "V1", OPEN)
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM box_envelope t")
        stored = " ".join(text for (text,) in cursor.fetchall())
        cursor.execute("SELECT body::text FROM ledger_statement WHERE kind = 'sealed-envelope'")
        stated = " ".join(text for (text,) in cursor.fetchall())
    assert SECRET not in stored + stated
    assert all(each.digest in stated and each.voter not in stated.split('"')[::2] for each in taken)
    monkeypatch.setattr(timezone, "now", lambda: OPEN)
    page = client.get("/boxes/owners-vote/V1/").content.decode()
    assert "3 / 4" in page
    assert "反对" not in page
    assert client.get("/boxes/owners-vote/V1.json").status_code == 404

    record = open_box(box, "V1", OVER)
    assert (record.counted["result"], record.counted["heads_for"], record.counted["heads_voted"]) == (
        "rejected",
        "1",
        "3",
    )
    assert {each.digest for each in record.envelopes} == {each.digest for each in taken}
    assert open_box(box, "V1", OVER) == record, "opened once"
    verify_record(msgspec.json.decode(client.get("/boxes/owners-vote/V1.json").content, type=BoxRecord))
    page = client.get("/boxes/owners-vote/V1/", headers={"accept-language": "en"}).content.decode()
    assert "Recount it" in page
    assert "Rejected" in page
    held = asking.get(HERE, subject_type("vote-item"), "V1", LATER, LOOKER)
    assert held is not None
    assert held.values["result"] == "rejected"
    ballots = list(asking.stream(HERE, subject_type("ballot"), asking.Viewpoint(LATER), LOOKER))
    assert sorted((each.values["owner"], each.values["vote"]) for each in ballots) == [
        ("A", "for"), ("B", "against"), ("C", "abstain")]  # fmt: skip


def test_a_death_that_is_entered_late_sets_the_ballot_aside_and_afterwards_nothing_is_taken(box: DeclaredBox) -> None:
    vote(box, A="for", B="for", C="for")
    vote(box, channel="paper", A="against")
    load("owner", date(2026, 2, 20), B={"died": "2026-02-20"})
    _, refused = vote(box, channel="paper", B="for")
    assert [each.code for each in refused] == ["deceased"]
    (record,) = open_due(OVER)
    assert {each.voter: each.aside for each in record.envelopes if each.aside} == {"B": "deceased"}
    assert (record.counted["conflicts"], record.counted["heads_voted"], record.counted["result"]) == (
        "1",
        "1",
        "no_quorum",
    )
    assert open_due(OVER) == []
    with pytest.raises(BoxRefused, match="closed"):
        vote(box, OVER, D="for")


def test_what_cannot_be_put_in_is_named(box: DeclaredBox) -> None:
    with pytest.raises(BoxRefused, match="not open"):
        vote(box, datetime(2026, 3, 1, 15, 59, tzinfo=UTC), A="for")
    with pytest.raises(BoxRefused, match="there is no"):
        put_in(box, "V9", [], OPEN)
    given = [
        SealedEnvelope("A", "fax", {"vote": "for"}),
        SealedEnvelope("A", "page", {"vote": "yes"}),
        SealedEnvelope("A", "page", {}),
    ]
    _, refused = put_in(box, "V1", given, OPEN)
    assert [(each.place, each.code) for each in refused] == [(0, "channel"), (1, "vote"), (2, "values")]
    assert opened(box, "V1") is None


def test_rows_are_only_added(box: DeclaredBox) -> None:
    vote(box, A="for")
    with (
        pytest.raises(DatabaseError, match=r"append-only|permission"),
        in_district(HERE),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE box_envelope SET voter = 'B'")


def test_programs_put_in_and_get_receipts(box: DeclaredBox, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.faces.api import boxes as api

    monkeypatch.setattr(api, "here", lambda request: type("W", (), {"now": OPEN})())
    who = caller("integrator")
    body = {"envelopes": [{"voter": "A", "channel": "page", "values": {"vote": "for"}},
                          {"voter": "Z", "channel": "page", "values": {"vote": "for"}}]}  # fmt: skip
    told = who.post("/boxes/owners-vote/V1/envelopes", body)
    assert told.status_code == 201, told.content
    assert [each["voter"] for each in told.json()["receipts"]] == ["A"]
    assert [each["rule"] for each in told.json()["rejects"]] == ["not_on_roll"]
    assert who.post("/boxes/owners-vote/V9/envelopes", body).status_code == 404
    seen = caller("operator").get("/boxes/owners-vote/V1").json()
    assert (seen["sealed"], seen["heads_in"], "record" in seen) == (True, 1, False)
