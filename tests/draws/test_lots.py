"""One of a register by lot: the list is fixed first, interests are left out, the order is repeated by anybody."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.draws import lots
from bihuan.draws.lot_command import app
from bihuan.draws.lots import LotAsked, UnknownLot, all_lots, commit_lot, draw_lot, lot_named, stand_aside
from bihuan.draws.pure.lots import LotRecord, aside_later, committed_lot, drawn_lot, recused_of, verify_lot
from bihuan.draws.pure.record import DrawRefused
from bihuan.extend import FactQuestion
from bihuan.ledger.core.errors import DrawError
from bihuan.loop.store import current_facts
from bihuan.registers import live
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from tests.commands import answer_of
from tests.shipped import load_shipped
from tests.subjects.makers import HERE
from tests.subjects.makers import write as write_rows_of

WHAT = ("mediator", "lot-1", "C-1")
ENTROPY = ["03", "08", "11", "19", "25", "30", "07"]
KEYS = st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=1, max_size=9, unique=True)


def drawn(listed: list[str], salt: str = "00", entropy: list[str] = ENTROPY) -> LotRecord:
    """A lot among some, for a party `x`."""
    record = committed_lot(WHAT, ["x"], "2026-03-02", (listed, ["z"]), "tomorrow's lottery", salt)
    return drawn_lot(record, entropy, "2026-03-03T12:00:00+00:00")


@given(KEYS)
def test_the_order_is_of_everybody_on_the_list_and_does_not_depend_on_how_it_was_read(listed: list[str]) -> None:
    record = drawn(listed)
    assert sorted(record.order) == sorted(listed)
    assert drawn(sorted(listed, reverse=True)).order == record.order
    verify_lot(msgspec.json.decode(msgspec.json.encode(record), type=LotRecord))


def test_everybody_goes_equally_often() -> None:
    gone = Counter(drawn(list("abcd"), entropy=[str(n)]).goes for n in range(2_000))
    expected = 500
    assert sum((found - expected) ** 2 / expected for found in gone.values()) < 16.3  # χ², 3 degrees, 0.1 %
    assert len(gone) == 4


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("listed", ["a", "b"]), ("recused", []), ("parties", ["y"]), ("about", "C-2"), ("name", "lot-2"),
        ("order", ["a", "b", "c"]), ("seed", "00"), ("entropy", ["1"]),
    ],
)  # fmt: skip
def test_a_record_that_was_altered_does_not_verify(part: str, value: Any) -> None:
    record = next(each for n in range(40) if (each := drawn(list("abc"), f"{n:02x}")).order != ["a", "b", "c"])
    verify_lot(record)
    with pytest.raises(DrawError):
        verify_lot(msgspec.structs.replace(record, **{part: value}))


def test_who_stands_aside_makes_room_for_the_next_and_nobody_else_does() -> None:
    record = drawn(list("abc"))
    second = aside_later(record, record.order[0], "an interest became known")
    assert second.goes == record.order[1]
    verify_lot(second)
    for key, reason in ((record.order[2], "not their turn"), (record.order[1], " ")):
        with pytest.raises(DrawRefused):
            aside_later(second, key, reason)
    third = aside_later(second, second.goes, "ill")
    with pytest.raises(DrawRefused, match="nobody is left"):
        aside_later(third, third.goes, "ill, too")
    with pytest.raises(DrawError):
        verify_lot(msgspec.structs.replace(third, aside=list(reversed(third.aside))))


def test_an_interest_in_one_of_the_parties_recuses() -> None:
    assert recused_of("fire; water", ["water"])
    assert not recused_of("fire;waterworks", ["water"])
    assert not recused_of("", ["water"])
    with pytest.raises(DrawRefused):
        committed_lot(WHAT, [], "2026-03-02", (["a"], []), "s", "00")
    with pytest.raises(DrawRefused):
        committed_lot(WHAT, ["x"], "2026-03-02", ([], ["a"]), "s", "00")


@pytest.fixture
def mediators(db: None) -> None:
    """Three mediators who may go, one with an interest, one whose time is over."""
    load_shipped()
    live.forget_snapshots()
    rows = [
        {"number": f"M{n}", "name": f"调解员{n}", "conflicts": "fire;water" if n == 3 else "", "from": "2020-01-01",
         "until": "2021-01-01" if n == 4 else None}
        for n in range(5)
    ]  # fmt: skip
    write_rows_of(subject_type("mediator"), [Row(1, str(row["number"]), None, None, row, None) for row in rows])


ASKED = LotAsked("mediator", "lot-a", "C-9", ["water"], "tomorrow's lottery")


@pytest.mark.slow
def test_a_lot_is_committed_to_drawn_and_asked_by_a_loop(mediators: None, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    record = commit_lot(ASKED, current_facts(now))
    assert (record.listed, record.recused) == (["M0", "M1", "M2"], ["M3"])
    question = FactQuestion("lot.drawn", HERE, "lot-a", now, now + timedelta(hours=1), "petitions")
    assert lots.ask(question) is None, "nothing is known before it is drawn"
    with pytest.raises(DrawRefused, match="committed to already"):
        commit_lot(ASKED, current_facts(now))
    done = draw_lot("lot-a", ENTROPY, now)
    assert lots.ask(question) == (done.goes, {"lot": "lot-a", "commitment": record.commitment})
    assert lots.ask(question._replace(kind="lot.about")) == ("C-9", {"lot": "lot-a", "commitment": record.commitment})
    assert lots.ask(question._replace(known=now - timedelta(hours=1))) is None, "not known before it was drawn"
    assert lots.ask(question._replace(key="lot-b")) is None
    with pytest.raises(DrawRefused, match="drawn already"):
        draw_lot("lot-a", ENTROPY, now)
    changed = stand_aside("lot-a", done.goes, "an interest became known")
    assert lots.ask(question) == (changed.goes, {"lot": "lot-a", "commitment": record.commitment})
    assert changed.goes == done.order[1]
    out = tmp_path / "record.json"
    assert answer_of(app, "show", "lot-a", "--out", str(out))["goes"] == changed.goes
    assert answer_of(app, "verify", str(out))["aside"] == [done.goes]
    assert "lot-a" in answer_of(app, "list")["made"]


@pytest.mark.slow
def test_nothing_is_drawn_without_its_commitment_in_the_log(mediators: None) -> None:
    record = committed_lot(WHAT, ["x"], "2026-03-02", (["a", "b"], []), "tomorrow's lottery", "00")
    lots._keep(record)
    with pytest.raises(DrawRefused, match="not committed to in public"):
        draw_lot("lot-1", ENTROPY, datetime.now(UTC))
    with pytest.raises(UnknownLot):
        lot_named("nobody")
    with pytest.raises(UnknownLot):
        commit_lot(replace_lot("cake"), current_facts(datetime.now(UTC)))


def replace_lot(name: str) -> LotAsked:
    """The same, by another declaration."""
    return ASKED._replace(lot=name)


def test_the_shipped_lot_is_in_use() -> None:
    file, programme = all_lots()["mediator"]
    assert (file.among.recused, programme) == ("conflicts", "petitions")
