"""What each invariant is checked on: random walks, replays, a reorganisation, a played district."""

from __future__ import annotations

import random
from datetime import timedelta

from bihuan.loop.kernel.model import Actor
from bihuan.registers.pure.reform import Reform
from bihuan.simulator.town import Plan, Town
from tests.loop import invariants
from tests.loop.district import OPERATOR, Walk, handler, programme, registers
from tests.loop.walker import START, Move, World, facts_of
from tests.simulator.small import END, stage

WALKS, MOVES = 30, 90


def world(seed: int, moves: int = MOVES) -> World:
    """One seeded walk over the flagship programme; liveness and agreement of `actions` and `decide` on every step."""
    luck = random.Random(seed)
    it = World(programme(), "request", registers())
    for _ in range(moves):
        it.move(Move(*(luck.randrange(10_000) for _ in range(5)), ticking=luck.random() < 0.8))
    return it


def walks() -> None:
    """Many walks with every check on cases and events."""
    for seed in range(WALKS):
        world(seed).check()


def replays() -> None:
    """The same commands against fresh facts give the same events."""
    for seed in range(6):
        it = world(seed, 60)
        assert it.replay(facts_of(registers()), range(len(it.commands))) == it.events


def reorganisation() -> None:
    """A sub-district office ends into another: every open case has an heir that exists, every duty exactly one lead."""
    before = registers()
    day = (START + timedelta(days=400)).date()
    streets = before.organisations.at(START.date()).units("street")[:4]
    after = before.reorganise(Reform(day, (streets[0].id, streets[1].id), heirs=(streets[2].id,), citation="test"))
    graph = after.organisations.at(day)
    assert graph.get(streets[0].id) is None
    areas = [a.code for a in before.areas.at_level("community")][::7]
    for category in sorted({row.category for row in before.duties.rows if row.category != "*"}):
        for area in areas:
            lead = after.duty(category, area, day).lead
            assert graph.get(lead) is not None, f"{category} in {area} is led by {lead}, which is gone"
    for seed in range(8):
        for case in world(seed).cases.values():
            if case.holder is not None and case.holder.kind == "unit":
                heir = after.heir(case.holder.id, case.area, day)
                assert heir is not None, f"{case.number} is orphaned"
                assert graph.get(heir) is not None


def helper() -> None:
    """A unit that was called in, came, and was let go: it may not verify what it worked on."""
    walk = Walk().accepted()
    called = next(u.id for u in registers().organisations.at(walk.events[0].occurred_at.date()).units("department"))
    walk.do("call_in", walk.holder, 1, kind="hard", units=[called], task="到场")
    walk.do("arrive", handler(called), 2, place=[116_300_000, 39_950_000], signature="f" * 64)
    walk.do("release", walk.holder, 3, unit=called, reason="处置完毕")
    walk.do("add_evidence", walk.holder, 4, sha256="a" * 64, type="photo")
    walk.do("submit", walk.holder, 5, words={"text": "已处理"})
    code = walk.refused("verify", Actor("user:other", frozenset({"callback_agent"}), called), 20, result="solved")
    assert code == "not_independent"


def returns() -> None:
    """A case is returned until the limit and then goes to the arbiter."""
    walk = Walk().opened()
    for hour in range(walk.programme.cases["request"].returns.max + 1):
        walk.do("dispatch", OPERATOR, hour + 0.1)
        walk.do("return", walk.holder, hour + 0.5, reason="not_our_duty")
    invariants.accounted(walk.programme.cases["request"], walk.events)


def district() -> None:
    """A played district: conservation per case and per report, no refusal, no deadline left unspoken."""
    town = Town(stage(), Plan(4, 12, END, 70), keep=True)
    for _ in town.steps():
        pass
    assert not town.house.refused, town.house.refused[0]
    invariants.conserved(town.stage.rules, town.house.cases.values())
    merged = sum(c.state == "merged" for c in town.house.cases.values())
    assert merged > 3
    assert sum(c.reporters for c in town.house.cases.values()) - merged == len(town.truth.happened)
    for key, case in town.house.cases.items():
        invariants.alive(town.stage.rules, case)
        invariants.folded(case, town.house.events[key])
        at = town.house.tick_at(key) if case.open else None
        assert at is None or at > END.timestamp()
