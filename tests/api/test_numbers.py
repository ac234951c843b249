"""Numbers over the API: read at the last finished cut, with until when nothing is missing; no call counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.ledger import store
from bihuan.numbers.keeping import catch_up
from tests.api.callers import caller, report
from tests.plans import statements


def test_numbers_are_those_of_the_last_finished_cut(district: str) -> None:
    analyst, resident = caller("analyst"), caller(None)
    month = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"  # the district's, not that of Greenwich

    def told() -> dict[str, Any]:
        answer = analyst.get(f"/indicators/{month}?by=area")
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def one_more(key: str) -> None:
        assert resident.post("/reports", report(), key=key).status_code == 201
        store.sequence_leaves()

    one_more("one")
    assert told()["cut"]["size"] == 0, "nothing is counted yet, and nothing is made up"
    assert told()["as_of"] is None
    catch_up()
    first = told()
    assert sum(v["count"] for v in first["indicators"]["volume"].values()) == 1
    one_more("two")
    assert told() == first
    catch_up()
    with statements() as asked:
        now = told()
    assert now["cut"]["size"] > first["cut"]["size"]
    assert now["as_of"] > first["as_of"]
    assert [text for text in asked.texts() if "loop_event" in text] == []
    assert analyst.get(f"/indicators/{month[:4]}-W01").status_code == 200
    assert analyst.get("/indicators/2026-13").status_code == 404
