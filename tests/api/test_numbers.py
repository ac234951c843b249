"""Numbers over the API: calls that follow one another share a cut, and an old cut is not kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bihuan.ledger import store
from bihuan.numbers import kept
from tests.api.callers import caller, report


def test_a_cut_is_reused_for_half_a_minute(district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("bihuan.numbers.kept.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(kept, "_cuts", {})
    analyst, resident = caller("analyst"), caller(None)
    month = f"{datetime.now(UTC):%Y-%m}"

    def size() -> int:
        answer = analyst.get(f"/indicators/{month}")
        assert answer.status_code == 200, answer.content
        return int(answer.json()["cut"]["size"])

    def one_more(key: str) -> None:
        assert resident.post("/reports", report(), key=key).status_code == 201
        store.sequence()

    one_more("one")
    first = size()
    one_more("two")
    clock[0] += 29
    assert size() == first
    clock[0] += 2
    assert size() > first
