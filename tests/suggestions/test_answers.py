"""What people made of suggestions, whichever way they acted; counted, exported as labels without identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from bihuan.loop.models import ReportRow, StuckRow
from bihuan.suggestions import answers, background, taking
from bihuan.suggestions.counting import count_suggestions
from bihuan.suggestions.drafts import Kind, PersonsAnswer
from bihuan.suggestions.judging import JudgedEvent, Open, judge_suggestion
from bihuan.suggestions.labels import decided_labels, mask_numbers
from bihuan.suggestions.models import Suggestion
from tests.suggestions.cases import COLD, OPERATOR, merged, now, opened, split, then

pytestmark = pytest.mark.slow

OUTAGE = "utilities.heating.outage"
AT = datetime(2026, 1, 5, tzinfo=UTC)


def suggested(text: str = "翠微南里3号楼家里暖气不热，室温只有十四度", **data: Any) -> Any:
    case = opened(text, **data)
    background.suggest_words()
    background.suggest_parents()
    return case


def answer_of(case: Any, kind: str) -> tuple[str | None, str | None, str | None]:
    row = Suggestion.objects.get(case_id=case.id, kind=kind)
    return row.answer, row.answer_value, row.answered_by


@pytest.mark.parametrize(("chosen", "answer"), [(COLD, "accepted"), (OUTAGE, "corrected")])
def test_classifying_answers_whichever_way_it_came(house: str, chosen: str, answer: str) -> None:
    case = suggested()
    then(case, "classify", category=chosen)
    assert answer_of(case, Kind.CATEGORY) == (None, None, None)
    background.record_answers()
    assert answer_of(case, Kind.CATEGORY) == (answer, chosen, OPERATOR.id)
    assert answer_of(case, Kind.AREA) == (None, None, None), "nothing was said about the area"


def test_dispatching_answers_the_unit_and_lets_the_rest_expire(house: str) -> None:
    case = suggested(category=COLD)
    unit = Suggestion.objects.get(case_id=case.id, kind=Kind.UNIT).value
    then(case, "dispatch", unit=unit)
    background.record_answers()
    assert answer_of(case, Kind.UNIT) == ("accepted", unit, OPERATOR.id)
    assert answer_of(case, Kind.AREA) == ("expired", None, None)


def test_settling_looks_at_nothing_twice(house: str) -> None:
    case = suggested()
    then(case, "restrict", kind="minor")
    assert answers.answer_moved_cases() > 0
    assert answers.answer_moved_cases() == 0


def test_only_what_is_decided_is_taken_with_one_key_and_only_what_was_offered(house: str) -> None:
    case = suggested()
    assert taking.classification_data(case) == {"area": "110108001004"}, "keywords never decide a category"
    assert taking.classification_data(case, Kind.CATEGORY) == {"category": COLD}
    other = Suggestion.objects.get(case_id=case.id, kind=Kind.CATEGORY).alternatives[1]["value"]
    assert taking.classification_data(case, Kind.CATEGORY, other) == {"category": other}
    assert taking.classification_data(case, Kind.CATEGORY, "nothing.like.it") == {}
    assert taking.classification_data(case, Kind.UNIT) == {}


def test_a_plain_no_counts_once(house: str) -> None:
    case = suggested()
    assert taking.refuse_suggestion(case, Kind.AREA, OPERATOR, datetime.now(UTC))
    assert not taking.refuse_suggestion(case, Kind.AREA, OPERATOR, datetime.now(UTC))
    assert not taking.refuse_suggestion(case, "nonsense", OPERATOR, datetime.now(UTC))
    assert answer_of(case, Kind.AREA) == ("overruled", None, OPERATOR.id)


def test_a_duplicate_is_proposed_merged_and_split_again_with_its_clocks(house: str) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    first = opened("翠微南里3号楼暖气不热，老人受不了", ago=90, **about)
    opened("清河毛纺厂路灯不亮", ago=80, category="utilities.power.outage", place=(116_350_000, 40_030_000))
    second = opened("翠微南里3号楼暖气还是不热，老人小孩受不了", ago=30, **about)
    background.suggest_parents()
    row = Suggestion.objects.get(case_id=second.id, kind=Kind.PARENT)
    assert row.value == str(first.id)
    assert row.reasons[0]["codes"]
    assert not Suggestion.objects.filter(case_id=first.id, kind=Kind.PARENT).exists(), "a parent is never the later"
    clocks = now(second).clocks
    merged(second, now(first))
    background.record_answers()
    assert answer_of(second, Kind.PARENT) == ("accepted", str(first.id), OPERATOR.id)
    assert now(first).reporters == 2
    split(now(second))
    assert answers.take_back(UUID(str(second.id)), Kind.PARENT, OPERATOR.id, datetime.now(UTC))
    assert answer_of(second, Kind.PARENT)[0] == "overruled"
    restored = now(second)
    assert restored.state == "received"
    assert {n: c.due for n, c in restored.clocks.items() if c.running}.keys() == {
        n for n, c in clocks.items() if c.running
    }
    for name, clock in clocks.items():
        moved = restored.clocks[name].due - clock.due
        assert timedelta(0) <= moved < timedelta(minutes=5), "as much time as it had"
    assert now(first).reporters == 1
    assert ReportRow.objects.filter(case_id=second.id).count() == 1, "every reporter is kept"


def test_the_proposed_parent_is_the_root_and_never_an_ended_case(house: str) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    words = "翠微南里3号楼暖气不热，老人受不了"
    root = opened(words, ago=90, **about)
    child = opened(words, ago=60, **about)
    merged(child, root)
    third = opened(words, ago=30, **about)
    background.suggest_parents()
    assert Suggestion.objects.get(case_id=third.id, kind=Kind.PARENT).alternatives[0]["value"] == str(root.id)
    then(now(root), "invalidate", reason="x")
    fourth = opened(words, ago=20, **about)
    background.suggest_parents()
    values = {
        c["value"] for s in Suggestion.objects.filter(case_id=fourth.id, kind=Kind.PARENT) for c in s.alternatives
    }
    assert values == {str(third.id)}, "the ended root is no parent, and the child that went with it is none"


def test_the_window_is_rebuilt_after_a_restart(house: str) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    first = opened("翠微南里3号楼暖气不热，老人受不了", ago=90, **about)
    background.suggest_parents()
    background.forget_window()
    second = opened("翠微南里3号楼暖气不热，老人受不了", ago=30, **about)
    background.suggest_parents()
    assert Suggestion.objects.get(case_id=second.id, kind=Kind.PARENT).value == str(first.id)


def test_a_month_is_counted_by_question_and_model(house: str) -> None:
    kept, corrected, refused = suggested(), suggested(), suggested()
    then(kept, "classify", category=COLD)
    then(corrected, "classify", category=OUTAGE)
    taking.refuse_suggestion(refused, Kind.CATEGORY, OPERATOR, datetime.now(UTC))
    suggested()
    background.record_answers()
    day = timedelta(days=1)
    lines = {line.kind: line for line in count_suggestions(datetime.now(UTC) - day, datetime.now(UTC) + day)}
    line = lines[Kind.CATEGORY]
    assert (line.offered, line.accepted, line.corrected, line.overruled, line.unanswered) == (4, 1, 1, 1, 1)
    assert line.abstained == 4
    assert line.share == pytest.approx(1 / 3)
    assert line.low is not None
    assert line.high is not None
    assert line.low < 1 / 3 < line.high
    assert count_suggestions(datetime.now(UTC) - 3 * day, datetime.now(UTC) - 2 * day) == []


def test_labels_hold_words_and_category_and_no_identity(house: str) -> None:
    case = suggested("家里暖气不热，室温只有十四度，电话13800138000，邮箱a.b@example.org")
    hidden = suggested("家里暖气不热，室温十四度", restricted="minor")
    for each in (case, hidden):
        then(each, "classify", category=OUTAGE)
    background.record_answers()
    (label,) = decided_labels()
    assert (label.number, label.label, label.suggested, label.answer) == (case.number, OUTAGE, COLD, "corrected")
    assert "暖气不热" in label.text
    assert "1380013" not in label.text
    assert "example" not in label.text
    assert list(decided_labels(datetime.now(UTC) + timedelta(hours=1))) == []


@pytest.mark.parametrize(
    "personal",
    ["110108199003071234", "11010819900307123X", "+86 138 0013 8000", "010-62345678", "京A12345", "x.y@z.cn"],
)
def test_what_leads_to_a_person_is_masked(personal: str) -> None:
    assert personal not in mask_numbers(f"请回电{personal}谢谢")
    assert mask_numbers("3号楼1201室停水3天，2026年1月5日") == "3号楼1201室停水3天，2026年1月5日"


def unanswered(kind: str, value: str, state: str = "received", since: int = 1) -> Open:
    return Open(uuid4(), uuid4(), kind, value, since, state, 9)


@pytest.mark.parametrize(
    ("suggestion", "event", "answer"),
    [
        (unanswered("category", "a"), ("classified", {"category": "a"}), PersonsAnswer.ACCEPTED),
        (unanswered("category", "a"), ("classified", {"category": "b"}), PersonsAnswer.CORRECTED),
        (unanswered("category", "a"), ("classified", {"area": "1"}), None),
        (unanswered("category", "a", "dispatched"), ("dispatched", {"lead": "u"}), PersonsAnswer.EXPIRED),
        (unanswered("unit", "u", "dispatched"), ("dispatched", {"lead": "u"}), PersonsAnswer.ACCEPTED),
        (unanswered("unit", "u", "dispatched"), ("dispatched", {"lead": "v"}), PersonsAnswer.CORRECTED),
        (unanswered("parent", "p", "merged"), ("merged", {"parent": "p"}), PersonsAnswer.ACCEPTED),
        (unanswered("parent", "p", "merged"), ("merged", {"parent": "q"}), PersonsAnswer.CORRECTED),
        (unanswered("parent", "p"), ("unmerged", {}), PersonsAnswer.OVERRULED),
        (unanswered("parent", "p", "in_progress"), ("dispatched", {"lead": "u"}), None),
        (unanswered("parent", "p", "closed"), ("dispatched", {"lead": "u"}), PersonsAnswer.EXPIRED),
        (unanswered("category", "a", since=5), ("classified", {"category": "a"}), None),
    ],
)
def test_judging(suggestion: Open, event: tuple[str, dict[str, Any]], answer: PersonsAnswer | None) -> None:
    verdict = judge_suggestion(suggestion, [JudgedEvent(3, event[0], "user:x", AT, event[1])])
    assert (verdict.answer if verdict else None) == answer


def test_the_system_answers_nothing() -> None:
    assert (
        judge_suggestion(
            unanswered("category", "a"), [JudgedEvent(3, "classified", "system:clock", AT, {"category": "a"})]
        )
        is None
    )


def test_one_case_whose_events_cannot_be_read_keeps_no_other_answer(house: str) -> None:
    bad, good = suggested(), suggested("翠微南里5号楼家里暖气不热，室温只有十五度")
    for case in (bad, good):
        then(case, "classify", category=COLD)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE loop_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE loop_event SET data = '5' WHERE case_id = %s AND kind = 'classified'", [bad.id])
    answers.answer_moved_cases()
    assert answer_of(good, Kind.CATEGORY)[0] == "accepted"
    assert answer_of(bad, Kind.CATEGORY)[0] is None
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject) == ("answers", str(bad.id))
    assert answers.answer_moved_cases() == 0, "it rests, and the loop comes to an end"
    StuckRow.objects.update(retry_at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loop_event SET data = jsonb_build_object('category', %s::text) WHERE case_id = %s "
            "AND kind = 'classified'",
            [COLD, bad.id],
        )
    assert answers.answer_moved_cases() > 0
    assert answer_of(bad, Kind.CATEGORY)[0] == "accepted"
    assert not StuckRow.objects.exists()
