"""kill -9 in the middle of suggesting: a case has its suggestions or still waits, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import Count

from bihuan.suggestions import background, methods
from bihuan.suggestions.models import Awaited, Suggestion
from tests.crashing import run_and_kill
from tests.suggestions.cases import opened

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CASES = 60


@pytest.fixture
def committed(transactional_db: None) -> Iterator[str]:
    """The model district in a database that other processes see."""
    from bihuan.registers import live
    from tests.shipped import load_shipped

    load_shipped()
    methods.forget_methods()
    background.forget_window()
    yield "110108"
    live.forget_snapshots()


def one_batch() -> str:
    from bihuan.loop.store import current_facts
    from bihuan.suggestions import work
    from bihuan.suggestions.drafts import Task

    facts = current_facts()
    done = work.run_batch(Task.WORDS, methods.words_method(facts), facts.registers.district.code, limit=3)
    return str(done) if done else ""


def test_two_killed_workers_lose_and_double_nothing(committed: str) -> None:
    cases = [opened(f"翠微南里{n}号楼暖气不热") for n in range(CASES)]
    seen = 0
    for _ in range(4):
        acknowledged = run_and_kill([one_batch, one_batch], longest=0.1)
        waiting = set(Awaited.objects.filter(task="words").values_list("case_id", flat=True))
        suggested = set(Suggestion.objects.values_list("case_id", flat=True))
        assert waiting | suggested == {case.id for case in cases}
        assert not waiting & suggested
        seen += len(acknowledged)
        if not waiting:
            break
    assert seen
    methods.forget_methods()
    while background.suggest_words():
        pass
    assert not Awaited.objects.filter(task="words").exists()
    assert set(Suggestion.objects.values_list("case_id", flat=True)) == {case.id for case in cases}
    doubled = Suggestion.objects.values("case_id", "kind").annotate(n=Count("id")).filter(n__gt=1)
    assert not doubled.exists()
