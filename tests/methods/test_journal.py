"""The journal: every reason once, whole entries only, and the same as a ledger that starts anew for each entry."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import by, run

ACCOUNTS = """account,normal,unit,floor
treasury,debit,CNY,zero
approp_a,credit,CNY,none
granted,debit,CNY,none
revenue,credit,CNY,none
outlay,debit,CNY,none
seats,debit,seat,none"""
HEAD = "entry,line,date,account,debit,credit,unit,ref,reverses"


def _entry(
    number: str, debit: str, credit: str, amount: str, ref: str = "", reverses: str = "", unit: str = "CNY"
) -> str:
    return (
        f"{number},1,2025-01-01,{debit},{amount},,{unit},{ref},{reverses}\n"
        f"{number},2,2025-01-01,{credit},,{amount},{unit},{ref},{reverses}"
    )


def test_every_reason_in_its_order() -> None:
    entries = [
        _entry("e1", "treasury", "revenue", "100.00"),
        _entry("e1", "treasury", "revenue", "100.00"),
        _entry("e1", "treasury", "revenue", "1.00"),
        _entry("e2", "nowhere", "revenue", "1.00"),
        "e3,1,2025-01-01,treasury,1,1,CNY,,\ne3,2,2025-01-01,revenue,,,CNY,,",
        _entry("e4", "treasury", "revenue", "0.00"),
        _entry("e5", "treasury", "revenue", "1", unit="seat"),
        "e6,1,2025-01-01,treasury,1,,CNY,,\ne6,2,2025-01-01,revenue,,2,CNY,,",
        _entry("e7", "revenue", "treasury", "1", reverses="e99"),
        _entry("e8", "revenue", "treasury", "1.00", reverses="e1"),
        _entry("e9", "outlay", "treasury", "100.01"),
        _entry("e10", "revenue", "treasury", "100.00", reverses="e1"),
        _entry("e11", "revenue", "treasury", "100.00", reverses="e1"),
        _entry("e9", "treasury", "revenue", "7.5"),
    ]
    rows, outcome = run("journal", ACCOUNTS, HEAD + "\n" + "\n".join(entries))
    told = [(r.more["entry"], r.more["reason"]) for r in outcome.rejects]
    assert told == [
        ("e1", "number_used"), ("e2", "unknown_account"), ("e3", "one_side_only"), ("e4", "not_positive"),
        ("e5", "unit"), ("e6", "unbalanced"), ("e7", "reverses_nothing"), ("e8", "not_a_mirror"),
        ("e9", "below_floor"), ("e11", "reversed_before"),
    ]  # fmt: skip
    assert {k: outcome.facts[k] for k in ("entries", "posted", "repeated", "refused")} == {
        "entries": 14, "posted": 3, "repeated": 1, "refused": 10,
    }  # fmt: skip
    assert by(rows, "account", "balance")["treasury"] == "7.50", "a refused number was sent again"


def test_what_no_appropriation_stands_behind_is_named() -> None:
    entries = [
        _entry("in", "treasury", "revenue", "100"),
        _entry("grant", "granted", "approp_a", "50"),
        _entry("contract", "granted", "granted", "1", ref="grant"),
        _entry("paid", "outlay", "treasury", "10", ref="contract"),
        _entry("lost", "outlay", "treasury", "10", ref="in"),
        _entry("bare", "outlay", "treasury", "10"),
        _entry("back", "treasury", "outlay", "10", reverses="bare"),
    ]
    _, outcome = run("journal", ACCOUNTS, HEAD + "\n" + "\n".join(entries), trace="treasury:approp_*")
    assert outcome.facts["untraced"] == ["bare", "lost"]


moves = st.lists(
    st.tuples(st.sampled_from(["treasury", "outlay", "revenue"]), st.sampled_from(["treasury", "outlay", "revenue"]),
              st.integers(1, 500)), max_size=15,
)  # fmt: skip


@settings(deadline=None)
@given(moves)
def test_sums_and_floors_are_those_of_a_ledger_kept_by_hand(found: list[tuple[str, str, int]]) -> None:
    lines = [_entry(f"m{n}", a, b, f"{amount / 100:.2f}") for n, (a, b, amount) in enumerate(found)]
    rows, outcome = run("journal", ACCOUNTS, "\n".join([HEAD, *lines]))
    held = dict.fromkeys(("treasury", "outlay", "revenue"), 0)
    for debit, credit, amount in found:
        after = dict(held)
        after[debit] += amount
        after[credit] -= amount
        if after["treasury"] >= 0 or after["treasury"] >= held["treasury"]:
            held = after
    balances = by(rows, "account", "balance")
    assert Decimal(balances["treasury"]) * 100 == held["treasury"]
    assert Decimal(balances["revenue"]) * 100 == -held["revenue"]
    assert outcome.facts["balanced"] is True
