"""Clause sets: no completion of what is missing contradicts a yes or a no; bounds, dates and editions."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.clauses import ClauseSet, PolicyCondition
from tests.methods.running import run

FIELDS = "field,kind\ntrade,code\ngreen,flag\nstaff,number\nopened,date"
HEAD = "policy,alternative,clause,field,test,value,from,to"
VALUES = {
    "trade": ["a", "b", "c"],
    "green": ["0", "1"],
    "staff": ["4.99", "5", "6"],
    "opened": ["2020-01-01", "2024-01-01"],
}
TESTS = {
    "trade": [("in", "a;b"), ("not_in", "a;c")], "green": [("is", "1"), ("is", "0")],
    "staff": [(">=", "5.0"), (">", "5"), ("<", "5"), ("<=", "4.99")],
    "opened": [("before", "2024-01-01"), ("on_or_after", "2024-01-01")],
}  # fmt: skip
some_clauses = st.lists(
    st.tuples(st.sampled_from("xy"), st.sampled_from("12"), st.sampled_from(sorted(TESTS)), st.integers(0, 3)),
    min_size=1, max_size=7,
)  # fmt: skip
some_firms = st.lists(
    st.tuples(*(st.sampled_from(["", *values]) for values in VALUES.values())), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(some_clauses, some_firms)
def test_no_completion_contradicts_an_answer(
    drawn: list[tuple[str, str, str, int]], firms: list[tuple[str, ...]]
) -> None:
    lines = []
    for number, (policy, alternative, field, which) in enumerate(drawn):
        test, value = TESTS[field][which % len(TESTS[field])]
        lines.append(f"{policy},{alternative},c{number},{field},{test},{value},,")
    text = "\n".join([HEAD, *lines])
    table = "\n".join(["firm," + ",".join(VALUES), *(f"f{n}," + ",".join(cells) for n, cells in enumerate(firms))])
    rows, outcome = run("eligibility", text, table, FIELDS, at="2026-01-01")
    assert sum(int(outcome.facts[name]) for name in ("yes", "no", "unknown")) == len(rows)
    clauses = [PolicyCondition(*line.split(",")) for line in lines]
    chosen = ClauseSet(clauses, "2026-01-01")
    for row in rows:
        facts = dict(zip(VALUES, firms[int(row["firm"][1:])], strict=True))
        answer, missing = chosen.ask_one(facts)[row["policy"]]
        assert (row["answer"], row["missing"]) == (answer, ";".join(missing)), (
            "one subject is answered as in the register"
        )
        gaps = [field for field, value in facts.items() if not value]
        whole = [facts | dict(zip(gaps, fill, strict=True)) for fill in product(*(VALUES[gap] for gap in gaps))]
        answers = {chosen.ask_one(each)[row["policy"]][0] for each in whole}
        assert "unknown" not in answers, "with every fact known nothing is unknown"
        if row["answer"] != "unknown":
            assert answers == {row["answer"]}
        else:
            assert missing
            assert set(missing) <= set(gaps)


def test_bounds_dates_and_alternatives() -> None:
    text = f"""{HEAD}
    p,1,c1,staff,>=,5,,2025-12-31
    p,1,c2,green,is,1,2026-01-01,
    q,1,c3,staff,<,5,2027-01-01,"""
    firms = "firm,staff,green\na,5.0,0\nb,4.99,1\nc,,\nd,5,"
    told = {}
    for day in ("2025-12-31", "2026-01-01"):
        rows, _ = run("eligibility", text, firms, FIELDS, at=day, shuffle=4)
        told[day] = {row["firm"]: (row["answer"], row["missing"]) for row in rows if row["policy"] == "p"}
        assert {row["answer"] for row in rows if row["policy"] == "q"} == {"no"}, "an alternative without clauses is no"
    assert told["2025-12-31"] == {"a": ("yes", ""), "b": ("no", ""), "c": ("unknown", "staff"), "d": ("yes", "")}
    assert told["2026-01-01"] == {
        "a": ("no", ""),
        "b": ("yes", ""),
        "c": ("unknown", "green"),
        "d": ("unknown", "green"),
    }
    rows, outcome = run(
        "eligibility-change", text, text, firms, FIELDS, day_before="2025-12-31", day_after="2026-01-01"
    )
    assert {row["firm"]: (row["before"], row["after"]) for row in rows} == {
        "a": ("yes", "no"), "b": ("no", "yes"), "d": ("yes", "unknown"),
    }  # fmt: skip
    assert outcome.facts["transitions"] == {"no → yes": 1, "yes → no": 1, "yes → unknown": 1}


def test_a_clause_that_cannot_be_asked_gives_nobody_a_yes() -> None:
    text = f"{HEAD}\np,1,c1,staff,>=,5,,\np,1,c2,nothing,>=,5,,\np,1,c3,green,>=,1,,\np,1,c4,staff,<,many,,"
    rows, outcome = run("eligibility", text, "firm,staff,green\na,9,1\nb,1,1\nc,x,1", FIELDS, at="2026-01-01")
    assert [(r.row, r.field) for r in outcome.rejects if r.file == "input0.csv"] == [
        (3, "field"),
        (4, "test"),
        (5, "value"),
    ]
    assert [(r.row, r.field) for r in outcome.rejects if r.file == "input1.csv"] == [(4, "staff")]
    assert {row["firm"]: row["answer"] for row in rows} == {"a": "unknown", "b": "no"}


def test_counts_alone() -> None:
    text = f"{HEAD}\np,1,c1,staff,>=,5,,"
    rows, outcome = run("eligibility", text, "firm,staff\na,9\nb,1\nc,", FIELDS, at="2026-01-01", count="only")
    assert rows == []
    assert {k: outcome.facts[k] for k in ("yes", "no", "unknown")} == {"yes": 1, "no": 1, "unknown": 1}
