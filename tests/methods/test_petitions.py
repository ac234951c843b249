"""Terms and histories of petitions, counted by hand around holidays."""

from __future__ import annotations

from statsmodels.stats.proportion import proportion_confint

from tests.methods.running import run

HEAD = (
    "id,received,accepted,extended,answered,answer_served,review_asked,review_decided,review_served,recheck_asked,"
    "recheck_decided"
)


def _clocks(line: str, at: str) -> dict[str, tuple[str, str]]:
    rows, outcome = run("petition-clocks", f"{HEAD}\n{line}", at=at)
    assert outcome.editions["petition.term"] == "2022"
    return {row["clock"]: (row["due"], row["state"]) for row in rows}


def test_an_authoritys_term_stays_and_a_citizens_moves_to_a_working_day() -> None:
    # 2025-09-01 + 30 = 2025-10-01, the National Day holidays last to the 8th; Saturday 2025-10-11 is worked.
    told = _clocks("p,2025-08-17,2025-08-20,0,2025-08-30,2025-09-01,,,,,", "2025-10-09")
    assert told["accept"] == ("2025-09-01", "in_time")
    assert told["answer"] == ("2025-10-19", "in_time"), "a Sunday: the authority's own term does not move"
    assert told["ask_review"] == ("2025-10-09", "running"), "the last day is still in time"
    assert _clocks("p,2025-08-17,2025-08-20,0,2025-08-30,2025-09-01,,,,,", "2025-10-10")["ask_review"][1] == "lapsed"
    assert told["review"] == ("", "not_started")


def test_make_up_saturdays_are_worked() -> None:
    told = _clocks("p,2025-08-17,2025-08-20,0,2025-08-30,2025-09-11,,,,,", "2025-10-11")
    assert told["ask_review"] == ("2025-10-11", "running")


def test_an_extended_answer_has_ninety_days_and_a_missed_one_is_overdue() -> None:
    assert _clocks("p,2025-01-01,2025-01-10,1,,,,,,,", "2025-04-10")["answer"] == ("2025-04-10", "running")
    assert _clocks("p,2025-01-01,2025-01-10,0,,,,,,,", "2025-04-10")["answer"] == ("2025-03-11", "overdue")
    assert _clocks("p,2025-01-01,2025-01-17,0,,,,,,,", "2025-04-10")["accept"] == ("2025-01-16", "late")


def test_what_happened_after_the_day_is_not_known_on_it() -> None:
    told = _clocks("p,2025-01-01,2025-01-10,0,2025-02-01,2025-02-02,,,,,", "2025-01-05")
    assert told["accept"] == ("2025-01-16", "running")
    assert told["answer"] == ("", "not_started")


def test_kinds_of_letters() -> None:
    text = """id,person,matter,received,closed,final
    a,p,heat,2024-01-01,2024-01-20,0
    b,p,heat,2024-01-10,2024-01-30,0
    c,p,heat,2024-06-01,2024-06-10,1
    d,p,heat,2024-06-11,,0
    e,p,lift,2024-06-12,2024-07-01,0
    f,p,lift,2025-07-01,2025-07-02,0
    g,p,lift,2026-07-03,,0
    h,q,lift,2026-07-03,,0
    i,q,roof,2026-07-04,,0"""
    rows, _ = run("petition-history", text, shuffle=3)
    assert {row["id"]: row["kind"] for row in rows} == {
        "a": "first", "b": "while_open", "c": "repeat", "d": "after_final", "e": "new_matter", "f": "repeat",
        "g": "old_again", "h": "first", "i": "new_matter",
    }  # fmt: skip


def test_repeats_are_counted_by_the_policy_behind_the_matter() -> None:
    kinds = "id,kind\n" + "\n".join(f"{n},{'repeat' if n < 6 else 'first'}" for n in range(12)) + "\n99,while_open"
    letters = "id,matter\n" + "\n".join(f"{n},{'heat' if n % 2 else 'pipes'}" for n in range(12)) + "\n99,roof"
    matters = "matter,policy\nheat,P-heat\npipes,P-heat\nroof,"
    rows, _ = run("petition-causes", kinds, letters, matters, shuffle=5)
    told = {row["policy"]: row for row in rows}
    assert list(told) == ["P-heat", "roof"]
    heat = told["P-heat"]
    assert (heat["letters"], heat["repeated"], heat["rate"], heat["judged"]) == ("12", "6", "0.5000", "yes")
    assert (heat["lower"], heat["upper"]) == ("0.2538", "0.7462"), "Wilson's ends of 6 of 12"
    assert (told["roof"]["repeated"], told["roof"]["judged"]) == ("1", "too_few")


def test_the_intervals_of_shares_are_those_of_statsmodels() -> None:
    for repeated, letters in ((0, 12), (3, 40), (17, 17), (1, 1)):
        kinds = "id,kind\n" + "\n".join(f"{n},{'repeat' if n < repeated else 'first'}" for n in range(letters))
        told = "id,matter\n" + "\n".join(f"{n},lift" for n in range(letters))
        (row,), _ = run("petition-causes", kinds, told, "matter,policy\nlift,P-lift")
        low, high = proportion_confint(repeated, letters, method="wilson")
        assert abs(float(row["lower"]) - low) < 6e-5
        assert abs(float(row["upper"]) - high) < 6e-5
