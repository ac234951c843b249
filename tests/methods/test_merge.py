"""Merged visits: as few as any choice of days, every task in its window on a working day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.registers.pure.calendar_files import load_calendar
from tests.methods.running import run

DAY = date(2026, 9, 26)  # make-up days and the National Day holidays lie ahead
windows = st.lists(st.tuples(st.integers(0, 16), st.integers(0, 8)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(windows)
def test_no_choice_of_days_has_fewer_visits(found: list[tuple[int, int]]) -> None:
    calendar = load_calendar("CN", "Asia/Shanghai")
    lines = [f"t{n},f,d,{DAY + timedelta(a)},{DAY + timedelta(a + b)}" for n, (a, b) in enumerate(found)]
    rows, outcome = run("inspection-merge", "task,enterprise,department,earliest,latest\n" + "\n".join(lines), cap=1)
    worked = [n for n in range(30) if calendar.worked(DAY + timedelta(n))[0]]
    possible = {n: [w for w in worked if a <= w <= a + b] for n, (a, b) in enumerate(found)}
    impossible = [f"t{n}" for n, days in possible.items() if not days]
    assert outcome.facts["impossible"] == impossible
    wanted = [days for days in possible.values() if days]
    fewest = next(k for k in range(7) if any(all(set(w) & set(c) for w in wanted) for c in combinations(worked, k)))
    assert len(rows) == outcome.facts["visits"] == fewest
    assert outcome.facts["over_cap"] == (["f"] if fewest > 1 else [])
    done = {task: date.fromisoformat(row["date"]) for row in rows for task in row["tasks"].split(";")}
    assert set(done) == {f"t{n}" for n, days in possible.items() if days}
    for task, day in done.items():
        assert (day - DAY).days in possible[int(task[1:])]
