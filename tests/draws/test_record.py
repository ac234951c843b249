"""A staffed draw as a value: strata keep their shares, recusal follows groups, whoever alters a record is found out."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.draws.pure.lists import DrawLists, DrawnInspector, DrawnObject, recusals_of, sizes_of_strata
from bihuan.draws.pure.record import (
    DrawRecord,
    DrawRefused,
    carried_out,
    committed,
    recused_later,
    verify_staffed_draw,
)
from bihuan.ledger.core.errors import DrawError

ENTROPY = ["05", "11", "17", "23", "29", "31", "09"]


def _lists(capacity: int = 9, interests: tuple[tuple[str, str], ...] = (("f1", "holding"),)) -> DrawLists:
    objects = [
        DrawnObject(f"o{n:02d}", f"firm{n:02d}", "food", "fire;market", "D" if n < 6 else "A") for n in range(30)
    ]
    people = [
        DrawnInspector(f"{of[0]}{n}", of, "food" if n < 4 else "", capacity)
        for of in ("fire", "market")
        for n in range(6)
    ]
    groups = [("firm00", "firm00"), ("holding", "firm00")]
    return DrawLists(objects, people, sorted(interests), groups, {"A": 125, "D": 1000})


def drawn_record() -> DrawRecord:
    """A draw of nine objects, as other tests use it."""
    return carried_out(committed("test-draw", "r1", "2026-03-02", _lists(), "tomorrow's lottery", "00"), ENTROPY)


@pytest.fixture(scope="module")
def record() -> DrawRecord:
    return drawn_record()


def test_the_draw_of_a_published_record_is_the_same_for_ever(record: DrawRecord) -> None:
    assert record.commitment == "4ed8cfda74298f15abf23203e01f8763fe09d3ffcaecaec562b7bc61cd5bf157"
    assert record.seed == "d7e9370ca0d3fde55da92a7fdae6ac994fb39f427e395b9272b21fb64b9923a8"
    assert record.drawn == {"A": ["o29", "o26", "o10"], "D": ["o01", "o02", "o04", "o05", "o03", "o00"]}
    seats = sha256(msgspec.json.encode(record.seats)).hexdigest()
    assert seats == "d95e848b138e11d34b568a1e18bcffe4a319dd9f7caa19abc36bb463a03c4189"


def test_every_object_has_two_of_each_department(record: DrawRecord) -> None:
    assert {name: len(found) for name, found in record.drawn.items()} == {"A": 3, "D": 6}
    assert len(record.seats) == 9 * 2 * 2
    assert all(seat.inspector[1] in "0123" for seat in record.seats if seat.role == "lead")


def test_an_interest_in_one_firm_recuses_from_its_group(record: DrawRecord) -> None:
    drawn = {name for found in record.drawn.values() for name in found}
    (only,) = recusals_of(record.lists, drawn)
    assert (only.object, only.inspector, only.through) == ("o00", "f1", "holding")
    assert ("o00", "f1") not in {(seat.object, seat.inspector) for seat in record.seats}


def test_a_record_is_repeated_from_its_bytes(record: DrawRecord) -> None:
    verify_staffed_draw(msgspec.json.decode(msgspec.json.encode(record), type=DrawRecord))


@pytest.mark.parametrize("part", ["interests", "seed", "drawn", "seats"])
def test_what_was_altered_is_found_out(record: DrawRecord, part: str) -> None:
    altered = {
        "interests": {"lists": msgspec.structs.replace(record.lists, interests=[])},
        "seed": {"seed": "00" * 32},
        "drawn": {"drawn": {**record.drawn, "A": record.drawn["A"][::-1]}},
        "seats": {"seats": [record.seats[0]._replace(inspector="f5"), *record.seats[1:]]},
    }[part]
    with pytest.raises(DrawError):
        verify_staffed_draw(msgspec.structs.replace(record, **altered))


def test_hands_are_part_of_what_was_committed_to(record: DrawRecord) -> None:
    hands = {each.inspector: "xy"[n % 2] for n, each in enumerate(record.lists.inspectors)}
    lists = msgspec.structs.replace(record.lists, hands=hands)
    assert lists.digest() != record.lists.digest()
    told = carried_out(committed("test-draw", "r3", "2026-03-02", lists, "tomorrow's lottery", "00"), ENTROPY)
    verify_staffed_draw(msgspec.json.decode(msgspec.json.encode(told), type=DrawRecord))
    pairs = {(s.object, s.department): set[str]() for s in told.seats}
    for seat in told.seats:
        pairs[seat.object, seat.department].add(hands[seat.inspector])
    assert sum(len(found) == 2 for found in pairs.values()) > len(pairs) / 2
    flipped = msgspec.structs.replace(lists, hands=hands | {next(iter(hands)): "y"})
    with pytest.raises(DrawError):
        verify_staffed_draw(msgspec.structs.replace(told, lists=flipped))


def test_a_later_recusal_changes_only_what_was_his(record: DrawRecord) -> None:
    gone = record.seats[0].inspector
    done = {(record.seats[0].object, record.seats[0].department)}
    after = recused_later(record, gone, "a new interest", done)
    slots = set(after.recused[0].slots)
    before = {(s.object, s.department, s.role): s.inspector for s in record.seats}
    now = {(s.object, s.department, s.role): s.inspector for s in after.now_going()}
    assert {key for key, name in now.items() if name == gone} == {
        key for key, name in before.items() if name == gone and key[:2] in done
    }
    assert all(now[key] == name for key, name in before.items() if key[:2] not in slots)
    verify_staffed_draw(after)
    with pytest.raises(DrawRefused):
        recused_later(record, gone, " ", set())


def test_when_nobody_can_go_the_least_that_blocks_is_named() -> None:
    barred = tuple((f"f{n}", "firm03") for n in range(5))
    told = carried_out(committed("test-draw", "r2", "2026-03-02", _lists(interests=barred), "tomorrow", "00"), ENTROPY)
    assert (told.feasible, told.blocking, told.seats) == (False, [("o03", "fire")], [])


@given(
    st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 5000), min_size=1),
    st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 1000)),
)
def test_strata_are_within_one_of_their_share(counts: dict[str, int], shares: dict[str, int]) -> None:
    sizes = sizes_of_strata(counts, shares)
    for name, count in counts.items():
        assert 0 <= sizes[name] <= count
        assert abs(sizes[name] * 1000 - count * shares.get(name, 0)) < 1000
    exact = sum(count * shares.get(name, 0) for name, count in counts.items())
    assert abs(sum(sizes.values()) * 1000 - exact) <= 500
