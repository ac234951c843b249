"""The invariants of the loop on random walks, for every declared programme and for generated ones (Hypothesis)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.loop.kernel.actions import actions
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.snapshot import Registers
from tests.examples import USUAL, WALKS, share
from tests.loop.district import ARBITER, START, Walk, registers
from tests.loop.generated import programmes
from tests.loop.walker import Move, World, facts_of

pytestmark = pytest.mark.slow

SMALL = st.integers(0, 200)
MOVES = st.lists(
    st.builds(Move, SMALL, SMALL, SMALL, SMALL, st.integers(0, 10_000), st.booleans()), min_size=5, max_size=60
)
DECLARED = [(p, kind) for p in all_programmes().values() for kind in p.cases]
QUIET = settings(
    deadline=None,
    derandomize=WALKS <= USUAL,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def walk(programme: Programme, kind: str, moves: Sequence[Move]) -> World:
    """A world after the moves, with every invariant checked."""
    world = World(programme, kind, registers())
    for move in moves:
        world.move(move)
    world.check()
    return world


@pytest.mark.parametrize(("programme", "kind"), DECLARED, ids=[f"{p.id}-{k}" for p, k in DECLARED])
def test_declared_programmes_keep_the_invariants(programme: Programme, kind: str) -> None:
    @settings(QUIET, max_examples=share(1200, len(DECLARED), 6))
    @given(MOVES)
    def run(moves: list[Move]) -> None:
        walk(programme, kind, moves)

    run()


@settings(QUIET, max_examples=2 * WALKS)
@given(programmes(), MOVES)
def test_generated_programmes_keep_the_invariants(programme: Programme, moves: list[Move]) -> None:
    walk(programme, "thing", moves)


@settings(QUIET, max_examples=WALKS)
@given(programmes(), MOVES, st.randoms(use_true_random=False))
def test_replay_is_exact_and_a_batch_equals_its_commands_one_by_one(programme, moves, random) -> None:  # type: ignore[no-untyped-def]
    """Fresh registers, read again from their files, and another interleaving of the cases give the same events."""
    world = walk(programme, "thing", moves)
    again = facts_of(_fresh())
    straight = world.replay(again, range(len(world.commands)))
    assert straight == world.events
    by_case = sorted(range(len(world.commands)), key=lambda i: world.commands[i][0])
    assert world.replay(again, by_case) == straight
    queues: dict[str, list[int]] = {}
    for i, (key, _) in enumerate(world.commands):
        queues.setdefault(key, []).append(i)
    shuffled = []
    while any(queues.values()):
        shuffled.append(random.choice([q for q in queues.values() if q]).pop(0))
    assert world.replay(again, shuffled) == straight


@cache
def _fresh() -> Registers:
    """The registers read a second time: nothing is shared with the first reading."""
    return Registers.from_folder("haidian")


def test_nobody_is_offered_to_answer_what_nobody_has_asked() -> None:
    walk = Walk().accepted()

    def offered() -> dict[str, str | None]:
        listed = actions(walk.programme, walk.case, ARBITER, START, walk.facts)
        return {a.command: a.refusal.code if a.refusal else None for a in listed}

    assert offered()["approve_extension"] == "nothing_pending"
    walk.do("request_extension", walk.holder, 5, clock="feedback", reason="需采购配件")
    assert offered()["approve_extension"] is None
    assert offered()["approve_suspension"] == "nothing_pending"
