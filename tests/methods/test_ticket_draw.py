"""The draw of seats: the published order, reasons in their order, no seat twice."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

EVENTS = "event,seats,closes,max_per_person\nconcert,3,2026-05-08T00:00:00+08:00,4\n"


def test_the_published_order() -> None:
    lines = [f"demo{n},concert,p{n},2026-05-0{n}T10:00:00+08:00,1" for n in range(1, 6)]
    rows, outcome = run(
        "ticket-draw", "application,event,applicant,time,seats\n" + "\n".join(lines), EVENTS, seed="demo-seed"
    )
    order = [row["application"] for row in sorted(rows, key=lambda row: int(row["rank"]))]
    assert order == ["demo2", "demo4", "demo5", "demo3", "demo1"]
    assert outcome.facts["events"] == {"concert": {"offered": 3, "allocated": 3, "left": 0, "valid": 5}}


def test_reasons_come_in_their_order() -> None:
    text = """application,event,applicant,time,seats
    a,concert,p,2026-05-08T00:00:00+08:00,1
    b,concert,q,2026-05-08T00:00:01+08:00,9
    c,concert,q,2026-05-01T00:00:00+08:00,9
    d,concert,p,2026-05-08T00:00:00+08:00,2
    e,opera,p,2026-05-08T00:00:00+08:00,2"""
    rows, outcome = run("ticket-draw", text, EVENTS, seed="s", shuffle=1)
    assert {row["application"]: row["reason"] for row in rows} == {
        "a": "",
        "b": "late",
        "c": "too_many",
        "d": "duplicate",
    }
    assert [r.field for r in outcome.rejects] == ["event"]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=20), st.integers(0, 25), st.text("ab1", min_size=1, max_size=3))
def test_no_seat_twice_and_a_party_sits_together(wanted: list[int], seats: int, seed: str) -> None:
    lines = [f"a{n},e,p{n},2026-05-01T10:00:00+08:00,{size}" for n, size in enumerate(wanted)]
    events = f"event,seats,closes,max_per_person\ne,{seats},2026-05-08T00:00:00+08:00,4"
    rows, _ = run("ticket-draw", "application,event,applicant,time,seats\n" + "\n".join(lines), events, seed=seed)
    rows.sort(key=lambda row: int(row["rank"]))
    left = seats
    for row in rows:
        size = wanted[int(row["application"][1:])]
        assert row["result"] == ("seat" if size <= left else "waiting")
        left -= int(row["seats"])
        assert int(row["seats"]) in (0, size)
    assert left >= 0
    lots = [hashlib.sha256(f"{seed}|e|p{row['application'][1:]}".encode()).hexdigest() for row in rows]
    assert lots == sorted(lots)
