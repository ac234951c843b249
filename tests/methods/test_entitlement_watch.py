"""Benefits that end: each grant has one action, by the first rule that applies."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import by, run

HEAD = "grant,person,benefit,from,to,notified_on\n"
AT = date(2026, 6, 1)


def test_every_action() -> None:
    lines = [
        "a,p1,x,2025-01-01,2026-06-10,", "b,p1,x,2026-06-11,2027-06-10,", "c,p2,x,2025-01-01,2026-05-31,",
        "d,p3,x,2025-01-01,2026-07-02,", "e,p4,x,2025-01-01,2026-07-01,", "f,p5,x,2025-01-01,2026-06-30,",
        "g,p6,x,2025-01-01,2026-06-30,2026-05-31", "h,p7,x,2025-01-01,2026-06-30,2026-06-01", "i,p8,x,2025-01-01,,",
        "j,p1,y,2025-01-01,2026-06-01,",
    ]  # fmt: skip
    rows, outcome = run("entitlement-watch", HEAD + "\n".join(lines), at=AT, days=30, shuffle=3)
    assert by(rows, "grant", "action") == {
        "a": "superseded", "b": "not_begun", "c": "expired", "d": "none", "e": "notify", "f": "notify_late",
        "g": "notified", "h": "notified_late", "i": "none", "j": "notify_late",
    }  # fmt: skip
    assert outcome.rejects == []


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(-60, 20), st.none() | st.integers(-20, 90), st.none() | st.integers(-60, 20)),
        max_size=8,
    ),
    st.integers(0, 45),
    st.integers(0, 9),
)  # fmt: skip
def test_the_first_rule_that_applies(
    drawn: list[tuple[int, int, int | None, int | None]], days: int, seed: int
) -> None:
    def text(after: int | None) -> str:
        return "" if after is None else str(AT + timedelta(after))

    lines = [
        f"g{n},p{who},x,{text(first)},{text(last)},{text(told)}" for n, (who, first, last, told) in enumerate(drawn)
    ]
    expected = {}
    for n, (who, first, last, told) in enumerate(drawn):
        end = 10**6 if last is None else last
        if any(other == who and (10**6 if to is None else to) > end for other, _, to, _ in drawn):
            action = "superseded"
        elif end < 0:
            action = "expired"
        elif first > 0:
            action = "not_begun"
        elif end > days:
            action = "none"
        elif told is None:
            action = "notify" if end == days else "notify_late"
        else:
            action = "notified" if end - told >= days else "notified_late"
        expected[f"g{n}"] = action
    rows, _ = run("entitlement-watch", HEAD + "\n".join(lines), at=AT, days=days, shuffle=seed)
    assert by(rows, "grant", "action") == expected
