"""The judge by itself: invariants over drawn journals, and the files of the mechanism's brief."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.books.pure.amounts import read_amount, write_amount
from bihuan.rules.journal import Draft, Journal, PostedLine, Reason, ReasonOrderError, Standing, check_order
from bihuan.rules.tracing import untraced

DAY = date(2026, 1, 1)
SIDES, FLOORS = {"debit": 1, "credit": -1}, {"zero": 0, "none": None}
ACCOUNTS = {"a": (1, 0, None), "b": (-1, None, None), "c": (1, None, 50), "d": (-1, 0, 40)}
SHARED = Path(__file__).parents[3] / "shared" / "acceptance" / "business" / "E41"


def fresh() -> Journal:
    return Journal({name: Standing("u", side, floor=low, ceiling=high) for name, (side, low, high) in ACCOUNTS.items()})


lines = st.tuples(
    st.sampled_from([*ACCOUNTS, "x"]), st.none() | st.integers(-2, 60), st.none() | st.integers(-2, 60),
    st.sampled_from(["u", "u", "u", "v"]),
).map(lambda t: PostedLine(*t))  # fmt: skip


@st.composite
def pairs(draw: st.DrawFn) -> tuple[PostedLine, ...]:
    """Two lines that balance, mostly."""
    one, other = draw(st.permutations(list(ACCOUNTS)))[:2]
    amount = draw(st.integers(1, 60))
    return PostedLine(one, amount, None, "u"), PostedLine(other, None, amount, "u")


@st.composite
def drafts(draw: st.DrawFn) -> list[Draft]:
    found: list[Draft] = []
    for _ in range(draw(st.integers(1, 25))):
        number = str(draw(st.integers(1, 12)))
        written = draw(pairs() | st.lists(lines, max_size=3).map(tuple))
        earlier = draw(st.sampled_from([d.key for d in found])) if found else ""
        what = draw(st.sampled_from(["new", "new", "new", "again", "reverse", "hold", "from"]))
        if what == "again" and found:
            found.append(draw(st.sampled_from(found)))
        elif what == "reverse" and found:
            before = next(d for d in found if d.key == earlier)
            mirror = tuple(PostedLine(x.account, x.credit, x.debit, x.unit) for x in before.lines)
            found.append(Draft(f"r{number}", DAY, mirror, reverses=earlier))
        elif what == "hold":
            found.append(Draft(f"h{number}", DAY, written, pending=True))
        else:
            found.append(Draft(number, DAY, written, hold=f"h{number}" if what == "from" else ""))
    return found


@pytest.mark.slow
@given(drafts())
@settings(max_examples=300)
def test_sums_are_zero_bounds_hold_and_a_refusal_leaves_nothing(asked: list[Draft]) -> None:
    journal = fresh()
    for draft in asked:
        before = repr((journal.standings, journal.holds, sorted(journal.reversed), sorted(journal.entries)))
        verdict = journal.post(draft)
        if verdict.state != "posted":
            after = repr((journal.standings, journal.holds, sorted(journal.reversed), sorted(journal.entries)))
            assert before == after
    assert sum(s.posted for s in journal.standings.values()) == 0
    for standing in journal.standings.values():
        assert standing.pending_debit >= 0
        assert standing.pending_credit >= 0
        assert standing.floor is None or standing.least() >= standing.floor
        assert standing.ceiling is None or standing.most() <= standing.ceiling
    assert sum(s.pending_debit for s in journal.standings.values()) == sum(h.left for h in journal.holds.values())
    assert all(held.left >= 0 for held in journal.holds.values())


@pytest.mark.slow
@given(drafts(), st.integers(0, 10))
@settings(max_examples=200)
def test_an_act_is_posted_whole_or_not_at_all(asked: list[Draft], first: int) -> None:
    one, other = fresh(), fresh()
    for draft in asked[:first]:
        one.post(draft)
        other.post(draft)
    verdicts = one.post_all(asked[first:])
    if any(v.reason for v in verdicts):
        assert (one.standings, one.holds, one.reversed, one.entries) == (
            other.standings, other.holds, other.reversed, other.entries,
        )  # fmt: skip
    else:
        assert [other.post(d).state for d in asked[first:]] == [v.state for v in verdicts]
        assert one.standings == other.standings


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_amounts_are_read_as_they_are_written(amount: int, scale: int) -> None:
    assert read_amount(write_amount(amount, scale), scale) == amount


@pytest.mark.parametrize("text", ["", "1e3", "１", "1,000", ".5", "nan", "1.005", "99999999999999999", "--1", "0x1"])
def test_what_is_no_amount(text: str) -> None:
    assert read_amount(text, 2) is None


def test_a_declared_order_names_each_reason_once() -> None:
    assert check_order(list(reversed(Reason))) == tuple(reversed(Reason))
    with pytest.raises(ReasonOrderError):
        check_order([Reason.UNIT])
    with pytest.raises(ReasonOrderError):
        check_order([*Reason, Reason.UNIT])


@pytest.mark.slow
@given(drafts(), st.permutations(list(Reason)))
@settings(max_examples=100)
def test_another_order_changes_the_reason_never_the_answer(asked: list[Draft], order: list[Reason]) -> None:
    from bihuan.rules.journal import BookRules

    one, other = fresh(), Journal(fresh().standings, rules={"": BookRules(order)})
    for draft in asked:
        assert one.post(draft).state == other.post(draft).state


@pytest.mark.skipif(not SHARED.exists(), reason="the files of the brief are not here")
def test_the_files_of_the_brief() -> None:
    """`calc journal` of the treasury: verdicts, balances and what is not traced, from the very same judge."""
    rows = list(csv.DictReader((SHARED / "accounts.csv").open(encoding="utf-8")))
    journal = Journal(
        {
            r["account"]: Standing(
                r["unit"], 1 if r["normal"] == "debit" else -1, floor=0 if r["floor"] == "zero" else None
            )
            for r in rows
        }
    )
    entries = csv.DictReader((SHARED / "entries.csv").open(encoding="utf-8"))
    refusals: Counter[tuple[str, str]] = Counter()
    states: Counter[str] = Counter()
    for number, group in groupby(entries, key=lambda row: row["entry"]):
        written = list(group)
        side = lambda text: None if not text else read_amount(text, 2) or 0  # noqa: E731
        draft = Draft(
            number, date.fromisoformat(written[0]["date"]),
            tuple(PostedLine(r["account"], side(r["debit"]), side(r["credit"]), r["unit"]) for r in written),
            ref=written[0]["ref"], reverses=written[0]["reverses"],
        )  # fmt: skip
        verdict = journal.post(draft)
        states[verdict.state] += 1
        if verdict.reason:
            refusals[number, str(verdict.reason)] += 1
    wanted = Counter((r["entry"], r["reason"]) for r in csv.DictReader((SHARED / "expected_rejects.csv").open()))
    assert refusals == wanted
    assert states == {"posted": 112, "repeated": 3, "refused": 81}
    for row in csv.DictReader((SHARED / "expected.csv").open()):
        assert journal.standings[row["account"]].balance == read_amount(row["balance"], 2), row["account"]
    found = untraced(
        journal.entries, lambda account: account == "treasury", lambda account: account.startswith("approp_")
    )
    assert found == ["doc106", "doc112", "doc130", "doc133", "doc159", "doc176", "doc96"]
