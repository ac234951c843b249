"""The jobs: what waits, what is stored, what is not done twice, what one broken case does to the others."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from bihuan.extend import Loop
from bihuan.ledger.erasure import erase_case
from bihuan.loop.models import CaseRow, EventRow, StuckRow
from bihuan.server.background import SWITCH_SECONDS, Loops
from bihuan.suggestions import background, held, work
from bihuan.suggestions.drafts import Kind, RankedValue, SeenCase, SuggestionDraft, Task
from bihuan.suggestions.models import Awaited, Suggestion
from tests.suggestions.cases import COLD, STREET, opened, then

pytestmark = pytest.mark.slow


def of(case: Any, kind: str) -> Suggestion | None:
    return Suggestion.objects.filter(case_id=case.id, kind=kind).first()


def test_a_new_case_waits_and_then_has_its_suggestions(house: str) -> None:
    case = opened("翠微南里3号楼家里暖气不热，室温只有十四度")
    assert {a.task for a in Awaited.objects.filter(case_id=case.id)} == {Task.WORDS, Task.PARENT}
    assert (background.suggest_words(), background.suggest_words()) == (1, 0)
    category, area, unit = (of(case, kind) for kind in (Kind.CATEGORY, Kind.AREA, Kind.UNIT))
    assert category is not None
    assert area is not None
    assert unit is not None
    assert category.value == COLD
    assert not category.decided, "keywords never decide"
    assert category.alternatives[0] == {"value": COLD, "confidence": category.confidence}
    assert any(set(word) & set("暖气不热室温") for word in category.reasons[0]["words"])
    assert (area.value, area.decided) == ("110108001004", True)
    assert unit.reasons[0]["kind"] == "rule"
    assert [a.task for a in Awaited.objects.filter(case_id=case.id)] == [Task.PARENT]


def test_suggesting_changes_no_case(house: str) -> None:
    case = opened("厨房煤气泄漏，味道很大")
    before = CaseRow.objects.values("version", "fold").get(pk=case.id), EventRow.objects.count()
    assert background.suggest_words()
    assert background.suggest_parents()
    assert before == (CaseRow.objects.values("version", "fold").get(pk=case.id), EventRow.objects.count())
    urgent = of(case, Kind.URGENCY)
    assert urgent is not None
    assert urgent.value == "emergency"


def test_what_the_case_already_says_is_not_repeated(house: str) -> None:
    case = opened("翠微南里暖气不热", category=COLD, area="110108001004")
    background.suggest_words()
    assert of(case, Kind.CATEGORY) is None
    assert of(case, Kind.AREA) is None
    assert of(case, Kind.UNIT) is not None


def test_a_dispatched_or_ended_case_no_longer_needs_words(house: str) -> None:
    case = then(opened("翠微南里暖气不热", category=COLD, area=STREET), "dispatch")
    ended = then(opened("打错了"), "invalidate", reason="x")
    assert background.suggest_words() == 2
    assert not Suggestion.objects.filter(case_id__in=[case.id, ended.id]).exists()


def test_done_again_it_is_done_once(house: str) -> None:
    case = opened("翠微南里暖气不热")
    background.suggest_words()
    first = list(Suggestion.objects.order_by("kind").values_list("id", "value"))
    assert work.wait_again([Task.WORDS], house) >= 1
    assert background.suggest_words() >= 1
    assert list(Suggestion.objects.order_by("kind").values_list("id", "value")) == first
    then(case, "classify", category="utilities.heating.outage")
    background.record_answers()
    answered = of(case, Kind.CATEGORY)
    work.wait_again([Task.WORDS], house)
    background.suggest_words()
    now = of(case, Kind.CATEGORY)
    assert answered is not None
    assert now is not None
    assert (now.answer, now.created_at) == ("corrected", answered.created_at), "an answered suggestion stays"


def test_a_batch_whose_transaction_fails_still_waits(house: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened("翠微南里暖气不热")
    with monkeypatch.context() as broken:
        broken.setattr(work, "STORE", "SELECT 1/0 -- %s" + ",%s" * 11)
        assert background.suggest_words() == 0
    assert "division" in StuckRow.objects.get(loop="suggestions.words").reason
    StuckRow.objects.update(retry_at=datetime.now(UTC))
    assert Awaited.objects.filter(task=Task.WORDS).count() == 1
    assert not Suggestion.objects.exists()
    assert background.suggest_words() == 1
    assert Suggestion.objects.exists()
    assert not StuckRow.objects.exists()


def test_a_case_that_breaks_a_method_holds_nobody_up(house: str) -> None:
    cases = [opened(f"报告{n}") for n in range(5)]

    def method(seen: Sequence[SeenCase]) -> list[list[SuggestionDraft]]:
        if any(case.id == cases[3].id for case in seen):
            raise RuntimeError("cannot read this one")
        return [[SuggestionDraft(Kind.CATEGORY, (RankedValue(COLD, 0.5),), True, (), "test")] for _ in seen]

    assert work.run_batch(Task.WORDS, method, house) == 5
    assert set(Suggestion.objects.values_list("case_id", flat=True)) == {c.id for n, c in enumerate(cases) if n != 3}
    assert not Awaited.objects.filter(task=Task.WORDS).exists()


def test_the_newest_come_first(house: str) -> None:
    cases = [opened(f"报告{n}") for n in range(4)]
    asked: list[Any] = []

    def method(seen: Sequence[SeenCase]) -> list[list[SuggestionDraft]]:
        asked.extend(case.id for case in seen)
        return [[] for _ in seen]

    work.run_batch(Task.WORDS, method, house, limit=2)
    assert set(asked) == {cases[2].id, cases[3].id}


def test_a_batch_costs_the_same_few_statements_whatever_its_size(
    house: str, django_assert_max_num_queries: Any
) -> None:
    opened("翠微南里暖气不热")
    background.suggest_words(), background.suggest_parents()
    for n in range(60):
        opened(f"翠微南里{n}号楼暖气不热")
    with django_assert_max_num_queries(12):
        assert background.suggest_words() == 60
    with django_assert_max_num_queries(15):
        assert background.suggest_parents() == 60


def test_a_batch_is_as_long_as_fits_into_its_time() -> None:
    pace = work.Pace()
    pace.took(1, 9.0)
    assert pace.limit == work.FIRST, "reading a table for one case says nothing"
    for _ in range(9):
        pace.took(pace.limit, pace.limit * work.SOON / 30)
    assert pace.limit == 30
    pace.took(20, 0.01)
    assert pace.limit == 30, "a short batch says nothing about a longer one"
    for _ in range(9):
        pace.took(pace.limit, 0.001)
    assert pace.limit == work.BATCH
    for _ in range(9):
        pace.took(pace.limit, 60.0)
    assert pace.limit == work.LEAST


@given(st.lists(st.lists(st.integers(0, 99), max_size=30), max_size=8), st.integers(1, 9))
def test_ids_that_are_held_are_known(batches: list[list[int]], loose: int) -> None:
    kept, plain = held.IdSet(), set[int]()
    with pytest.MonkeyPatch.context() as small:
        small.setattr(held, "LOOSE", loose)
        for batch in batches:
            kept.add([UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for n in batch])
            plain.update(batch)
    asked = [UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for n in range(100)]
    assert kept.has(asked) == [n in plain for n in range(100)]
    assert len(kept) == len(plain)


def test_the_window_is_filled_before_a_report_waits(house: str) -> None:
    case = opened("翠微南里暖气不热")
    Awaited.objects.all().delete()
    assert background.suggest_parents() == 0
    assert background._window(house).ready().store.ids == [str(case.id)]


def test_an_imported_or_a_gate_case_does_not_wait(house: str) -> None:
    opened("翠微南里暖气不热")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'loop_case'::regclass AND NOT tgisinternal")
        assert ("suggestions_await",) in cursor.fetchall()
        cursor.execute(
            "INSERT INTO loop_case SELECT (jsonb_populate_record(c, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'x', 'history', 'file'))).* FROM loop_case c"
        )
        cursor.execute(
            "INSERT INTO loop_case SELECT (jsonb_populate_record(c, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'y', 'shape', 'gate'))).* FROM loop_case c WHERE history IS NULL"
        )
    assert CaseRow.objects.count() == 3
    assert Awaited.objects.values("case_id").distinct().count() == 1


def test_erased_words_leave_no_trace_in_suggestions(house: str) -> None:
    case = opened("紫玉小区三号楼停水")
    background.suggest_words()
    assert any(s.reasons for s in Suggestion.objects.filter(case_id=case.id))
    with transaction.atomic():
        assert erase_case(case.id, by="user:1", ground="request") == 1
    left = list(Suggestion.objects.filter(case_id=case.id))
    assert left
    assert all(s.reasons == [] for s in left)
    assert all(s.value == "" and s.alternatives == [] for s in left if s.kind == Kind.PLACE)
    assert any(s.value for s in left if s.kind != Kind.PLACE), "codes are no words of anybody"


def test_without_a_district_nothing_happens(db: None) -> None:
    assert (background.suggest_words(), background.suggest_parents(), background.record_answers()) == (0, 0, 0)


def test_another_district_sees_nothing(house: str, app_role: None) -> None:
    from bihuan.loop import scope

    opened("翠微南里暖气不热")
    background.suggest_words()
    assert Suggestion.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [scope.SETTING, "999999"])
        cursor.execute("SELECT count(*) FROM suggestions_suggestion")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM suggestions_awaited")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config(%s, %s, false)", [scope.SETTING, house])


def test_every_loop_that_the_worker_names_exists() -> None:
    from bihuan.extend import DETECTORS, LOOPS

    named = [*(loop.run for loop in LOOPS.all()), *(each.look for each in DETECTORS.all() if each.look is not None)]
    assert {run for run in named if run.__module__.startswith("bihuan.suggestions.")} == {
        background.suggest_words,
        background.suggest_parents,
        background.record_answers,
        background.count_months,
        background.learn_decided_places,
    }


@pytest.mark.django_db(transaction=True)
def test_loops_take_turns_quickly_while_they_run() -> None:
    before, seen = sys.getswitchinterval(), []
    one = Loop("one", _turn, 60.0, "试", "probe")
    _turns.clear()
    with Loops([one]):
        assert _turns.wait(10)
        seen.append(sys.getswitchinterval())
    assert seen[0] == pytest.approx(SWITCH_SECONDS)
    assert sys.getswitchinterval() == pytest.approx(before)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM server_heartbeat WHERE loop = %s", [one.name])


_turns = threading.Event()


def _turn() -> int:
    _turns.set()
    return 0
