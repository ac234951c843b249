"""A draw is published together with its tasks: cut off in between, nothing of it stands, and it is drawn again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bihuan.draws import drawing
from bihuan.draws.drawing import VisitWindow, draw_and_staff, record_named
from bihuan.draws.pure.record import DrawRecord, DrawRefused, committed
from bihuan.ledger import statements
from bihuan.ledger.core.draw import DrawDefinition
from tests.draws.test_record import ENTROPY, drawn_record

WINDOW = VisitWindow(date(2026, 3, 9), date(2026, 3, 20))


class _Cut(Exception):
    """The machine stops."""


@pytest.fixture
def waiting(db: None) -> DrawRecord:
    """A draw that is committed to and not drawn."""
    lists = drawn_record().lists
    record = committed("test-draw", "cut", "2026-03-02", lists, "tomorrow's lottery", "00")
    statements.commit_draw(DrawDefinition.from_json(record.definition))
    drawing._keep(record)
    return record


def test_a_draw_that_is_cut_off_before_its_tasks_is_drawn_again(
    waiting: DrawRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []

    def cut(record: DrawRecord, seats: Any, window: Any = None) -> None:
        raise _Cut

    monkeypatch.setattr(drawing, "_write_tasks", cut)
    with pytest.raises(_Cut):
        draw_and_staff("cut", ENTROPY, WINDOW, "joint-inspection")
    assert record_named("cut").entropy == [], "nobody was drawn"
    monkeypatch.setattr(drawing, "_write_tasks", lambda record, seats, window=None: written.append(seats))
    done = draw_and_staff("cut", ENTROPY, WINDOW, "joint-inspection")
    assert written == [done.seats]
    assert record_named("cut").entropy == list(ENTROPY)
    with pytest.raises(DrawRefused, match="drawn already"):
        draw_and_staff("cut", ENTROPY, WINDOW, "joint-inspection")
