"""New cases in bulk: what would not read back is refused alone, before anything of it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bihuan.intake.receive import open_order
from bihuan.intake.replay import IMPORTER
from bihuan.intake.reports import NewReport
from bihuan.ledger.core.errors import NotCanonicalError
from bihuan.loop.kernel.model import Case, Refusal
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import bulk, current_facts, rows
from bihuan.loop.store.rows import CASE, EVENT
from bihuan.registers.pure.ids import new_id
from tests.faces.conftest import loaded  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow


def _groups() -> list[Any]:
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    report = NewReport(
        key="k", programme="hotline", kind="request", channel="file", at=at, title="路灯不亮", text="不亮"
    )
    return [[open_order(report, IMPORTER, case=new_id(), number=f"B{n}")] for n in range(3)]


@pytest.mark.parametrize("fault", ["event", "fold"])
def test_one_that_would_not_read_back_is_refused_alone(
    loaded: None,  # noqa: F811
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    groups = _groups()
    bad = groups[1][0].case
    if fault == "event":
        real = bulk.event_texts

        def refused(event: Any, *rest: Any) -> Any:
            if event.case == bad:
                raise NotCanonicalError("canonical JSON: at /text: 1.5 is a float")
            return real(event, *rest)

        monkeypatch.setattr(bulk, "event_texts", refused)
    else:
        decode = rows._decode_case
        monkeypatch.setattr(rows, "_decode_case", lambda text: None if str(bad).encode() in text else decode(text))
    outcomes, prepared = bulk.prepare(groups, current_facts(), all_programmes())
    assert [type(outcome) for outcome in outcomes] == [Case, Refusal, Case]
    assert outcomes[1].code == "unreadable"
    written = {table.name: text for table, text in prepared.tables}
    good = [groups[n][0].case.bytes for n in (0, 2)]
    assert [written[CASE.name].count(case) for case in good] == [1, 1]
    assert [written[EVENT.name].count(case) for case in good] == [1, 1]
    assert len(prepared.leaves) == 2 * 48
    assert bad.bytes not in b"".join(written.values())
