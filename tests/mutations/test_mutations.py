"""Every invariant can turn red: each fault of the catalogue is noticed, and without it the same play is green."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bihuan.loop.models import CaseRow
from bihuan.loop.store import appending
from tests.loop.district import facts
from tests.loop.test_store import opening
from tests.mutations import plays
from tests.mutations.catalogue import MUTATIONS, Mutation

pytestmark = pytest.mark.slow

PLAYS = (plays.walks, plays.replays, plays.reorganisation, plays.helper, plays.returns, plays.district)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
def test_without_a_fault_the_play_is_green(play: Callable[[], None]) -> None:
    play()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.invariant}: {m.name}")
def test_the_fault_is_noticed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation.apply(monkeypatch)
    with pytest.raises(AssertionError):
        mutation.play()


def test_every_invariant_of_the_pure_kernel_has_a_fault() -> None:
    assert {m.invariant for m in MUTATIONS} >= {1, 2, 3, 4, 5, 7, 8}


def _the_same_report_twice() -> None:
    first = appending.append([opening("k")], facts=facts())[0]
    again = appending.append([opening("k"), opening("k")], facts=facts())
    assert first.case is not None
    assert {r.case.id for r in again if r.case} == {first.case.id}
    assert CaseRow.objects.count() == 1


@pytest.mark.django_db
def test_the_same_report_twice_has_one_effect_and_forgetting_keys_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 9, in the store."""
    _the_same_report_twice()
    monkeypatch.setattr(appending, "_claim", lambda orders, ids, facts: {})
    with pytest.raises(AssertionError):
        _the_same_report_twice()
