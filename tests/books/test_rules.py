"""An event of a loop becomes an entry, once; what cannot be posted is set aside and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.books.background import expire, post_events
from bihuan.books.catalogue import forget_books
from bihuan.books.models import EntryRow, PositionRow
from bihuan.ledger import store as ledger
from bihuan.loop import stuck
from bihuan.loop.models import StuckRow
from bihuan.registers.isolation import in_district
from bihuan.server.home import current_home
from tests.books.declared import CASH, DISTRICT, balance, take
from tests.notices.test_notices import reported

pytestmark = pytest.mark.django_db
BOOK = CASH.replace("toy-cash", "hotline-cash").replace(
    "entries:\n", "entries:\n  fill: {name: {zh: 占用, en: Fill}, lines: [{debit: capped}, {credit: income}]}\n"
)


@pytest.fixture
def district(books: None, db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The model district; the hotline's folder of books lies in a folder of the test's."""
    from bihuan.loop import shelves
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path, current_home().path / "programmes"])
    (tmp_path / "hotline" / "books").mkdir(parents=True)
    yield
    live.forget_snapshots()
    forget_books()


def declare(folder: Path, rule: str) -> None:
    """The hotline's book with one rule."""
    text = BOOK[: BOOK.index("rules:")] + f"rules:\n  - {rule}\n"
    (folder / "hotline" / "books" / "b.yaml").write_text(text, encoding="utf-8")
    forget_books()


def follow() -> None:
    """Everything the worker does."""
    while ledger.sequence_leaves():
        pass
    while post_events():
        pass


def keys(**more: Any) -> list[str]:
    with in_district(DISTRICT):
        return list(EntryRow.objects.filter(book="hotline-cash", **more).values_list("key", flat=True))


def test_each_event_of_the_programme_is_posted_once(district: None, tmp_path: Path) -> None:
    declare(tmp_path, '{on: opened, entry: take, values: {amount: "=1.50"}}')
    for key in "123":
        reported(key)
    follow()
    assert len(keys(kind="take")) == 3
    PositionRow.objects.update(index=-1)  # as after a crash before the position was kept
    follow()
    assert len(keys()) == 3
    with in_district(DISTRICT):
        assert balance("till") == 450


def test_conditions_and_other_programmes(district: None, tmp_path: Path) -> None:
    declare(tmp_path, '{on: opened, when: {channel: web}, entry: take, values: {amount: "=1"}}')
    reported("1")
    follow()
    assert keys() == []
    with in_district(DISTRICT):
        assert not EntryRow.objects.exists(), "the toy programme's rules do not answer to the hotline's events"


def test_what_cannot_be_posted_is_set_aside_and_taken_up_again(district: None, tmp_path: Path) -> None:
    declare(tmp_path, '{on: opened, entry: pay, values: {amount: "=2", payee: case, ref: "=in"}}')
    case = reported("1")
    follow()
    with in_district(DISTRICT):
        (aside,) = stuck.all_stuck()
        assert (aside.loop, aside.number, aside.reason) == ("book_rules", case.number, "unknown_ref")
    from tests.books.declared import posted

    with in_district(DISTRICT):
        draft = take("in", "5")
        object.__setattr__(draft, "key", "hotline-cash/in")
        moved = tuple(line._replace(account=line.account.replace("toy-cash", "hotline-cash")) for line in draft.lines)
        object.__setattr__(draft, "lines", moved)
        object.__setattr__(draft, "book", "hotline-cash")
        assert posted(draft) == "posted"
        StuckRow.objects.update(retry_at=datetime.now(UTC) - timedelta(seconds=1))
    follow()
    with in_district(DISTRICT):
        assert stuck.all_stuck() == []
        assert balance("paid", case.number) == 200


def test_a_missing_value_is_no_crash(district: None, tmp_path: Path) -> None:
    declare(tmp_path, "{on: opened, entry: take, values: {amount: nothing.here}}")
    reported("1")
    follow()
    with in_district(DISTRICT):
        assert "needs the value" in stuck.all_stuck()[0].reason
    assert expire() == 0


def rated(case: Any, key: str) -> Any:
    """The desk names the urgency of a case: one command, one event."""
    from bihuan.loop.kernel.model import Command
    from bihuan.loop.store import Order, append, current_facts
    from tests.notices.test_notices import OPERATOR

    said = {"category": "housing.property.service", "urgency": "urgent", "area": "110108001001"}
    order = Order(Command("classify", OPERATOR, datetime.now(UTC), said), case.id, key=key)
    return append([order], facts=current_facts())[0]


def test_what_is_posted_at_once_is_refused_together_with_its_step(district: None, tmp_path: Path) -> None:
    declare(tmp_path, '{on: classified, at_once: true, entry: fill, values: {amount: "=60"}}')
    first, second = reported("1"), reported("2")
    assert rated(first, "a").refusal is None
    refused = rated(second, "b")
    assert refused.refusal is not None
    assert (refused.refusal.code, "hotline-cash" in str(keys())) == ("above_ceiling", False)
    with in_district(DISTRICT):
        assert (balance("capped"), len(keys(kind="fill"))) == (6000, 1), "no second one, and nothing of its step"
    assert rated(first, "a").duplicate, "the same key again posts nothing"
    follow()
    assert len(keys(kind="fill")) == 1, "the follower leaves to the step what is posted with it"


def test_a_value_that_is_not_said_or_nothing_makes_no_entry(district: None, tmp_path: Path) -> None:
    declare(tmp_path, '{on: opened, said: [amount], entry: take, values: {amount: "=0.00"}}')
    reported("1")
    follow()
    assert keys() == []
