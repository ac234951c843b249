"""Schools that were taken to accredited bases: schools count, and each visit that does not says why."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

SCHOOLS = "school,stage,open_from,open_to\n"
BASES = "base,accredited_from,accredited_to\n"
VISITS = "visit,school,base,day,students,evidence\n"


def test_every_reason() -> None:
    schools = "a,primary,2000-01-01,\nb,primary,2025-07-01,\nc,junior,2000-01-01,2025-03-31\nd,junior,2026-01-01,\n"
    bases = "m,2024-01-01,2025-06-30\nn,,\n"
    visits = [
        "1,a,m,2024-12-31,20,1", "2,x,m,2025-01-01,20,1", "3,b,n,2025-06-30,20,1", "4,a,m,2025-07-01,20,1",
        "5,a,q,2025-07-01,20,1", "6,a,m,2025-06-30,20,0", "7,a,m,2025-06-30,20,1", "8,a,m,2025-06-30,20,1",
        "9,c,n,2025-03-31,20,1",
    ]  # fmt: skip
    rows, outcome = run(
        "school-coverage", SCHOOLS + schools, BASES + bases, VISITS + "\n".join(visits), year=2025, shuffle=1
    )
    told = {row["stage"]: (row["schools"], row["served"], row["visits"]) for row in rows}
    assert told == {"junior": ("1", "1", "1"), "primary": ("2", "1", "1")}
    assert outcome.facts == {
        "counted": 2,
        "excluded": {"other_year": 1, "no_school": 2, "base_not_accredited": 2, "no_evidence": 1, "repeated": 1},
    }


def test_a_base_may_be_accredited_more_than_once_and_the_days_between_do_not_count() -> None:
    bases = "m,2025-01-01,2025-03-31\nm,2025-05-01,2025-12-31\n"
    visits = [f"{n},a,m,2025-0{n}-15,20,1" for n in (2, 4, 6)]
    _, outcome = run(
        "school-coverage", SCHOOLS + "a,primary,,\n", BASES + bases, VISITS + "\n".join(visits), year=2025, shuffle=1
    )
    assert outcome.facts == {"counted": 2, "excluded": {"base_not_accredited": 1}}
    _, outcome = run("school-coverage", SCHOOLS, BASES + "m,2025-01-01,\nm,2025-01-01,2025-02-01\n", VISITS, year=2025)
    assert [each.row for each in outcome.rejects] == [2, 3]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-20, 40), st.booleans()), max_size=20
    ),
    st.integers(0, 9),
)  # fmt: skip
def test_every_visit_counts_or_has_one_reason(drawn: list[tuple[int, int, int, bool]], seed: int) -> None:
    first = date(2025, 1, 1)
    schools = f"s0,p,,\ns1,p,{first},{first + timedelta(9)}\ns2,j,{first + timedelta(10)},\n"
    visits = [
        f"v{n:02},s{school},b{base},{first + timedelta(day)},1,{int(proof)}"
        for n, (school, base, day, proof) in enumerate(drawn)
    ]
    bases = f"b0,,\nb1,{first + timedelta(5)},\n"
    rows, outcome = run(
        "school-coverage", SCHOOLS + schools, BASES + bases, VISITS + "\n".join(visits), year=2025, shuffle=seed
    )
    why: Counter[str] = Counter()
    seen: set[tuple[int, int, int]] = set()
    for school, base, day, proof in drawn:
        if day < 0:
            why["other_year"] += 1
        elif not {0: True, 1: 0 <= day <= 9, 2: day >= 10, 3: False}[school]:
            why["no_school"] += 1
        elif not {0: True, 1: day >= 5, 2: False}[base]:
            why["base_not_accredited"] += 1
        elif not proof:
            why["no_evidence"] += 1
        elif (school, base, day) in seen:
            why["repeated"] += 1
        else:
            seen.add((school, base, day))
    assert outcome.facts["excluded"] == dict(why)
    assert outcome.facts["counted"] == len(seen) == sum(int(row["visits"]) for row in rows)
