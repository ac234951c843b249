"""The played district in the database: decided twice, the same both times; rows equal the fold, the log is complete."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.models import CaseRow, EventRow, ReportRow
from bihuan.loop.store import get_case, history
from bihuan.loop.store.read import case_of
from bihuan.registers.models import District
from bihuan.simulator.ahead import Ahead, TownFailed, in_batches
from bihuan.simulator.playing import AlreadyPlayed, Player, play_batches
from bihuan.simulator.town import AcceptedOrder, Plan, Town
from tests.loop import invariants
from tests.loop.district import facts, registers
from tests.simulator.small import END, stage

pytestmark = pytest.mark.slow


@pytest.fixture
def database(db: None) -> None:
    """A database that knows the district; its registers are read from their files."""
    own = registers().district
    District.objects.create(
        code=own.code, name_zh=own.name_zh, name_en=own.name_en, zone=own.zone, calendar=own.calendar
    )


PLAN = Plan(5, 3, END, 40)


def test_the_store_decides_as_the_town_did(database: None) -> None:
    town = Town(stage(), PLAN)
    played = play_batches(in_batches(town, 700), facts(END), END)
    assert (town.house.refused, played.refused, played.differences, played.late) == ([], [], [], 0)
    assert played.cases == len(town.house.cases) == CaseRow.objects.count() == ReportRow.objects.count()
    assert played.events == sum(town.house.kinds.values()) == EventRow.objects.count()
    states = Counter(CaseRow.objects.values_list("state", flat=True))
    assert states == Counter(c.state for c in town.house.cases.values())
    cases = [case_of(row.fold) for row in CaseRow.objects.all()]
    invariants.conserved(town.stage.rules, cases)
    for case in cases:
        invariants.alive(town.stage.rules, case)
        assert fold(case.id, history(case.id)) == case == get_case(case.number)
    for parent, child in ((c.parent, c) for c in cases if c.state == "merged"):
        assert get_case(UUID(parent)) is not None, f"{child.number} merged into nothing"
    assert ledger.size() == played.events
    _nothing_personal_in_events()


def _nothing_personal_in_events() -> None:
    """Names and phones are sealed; the words of a report are in the erasable record, never in an event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loop_event WHERE data::text ~ '199[0-9]{8}'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM loop_event WHERE kind = 'opened' AND (data ? 'text' OR data ? 'title')")
        assert cursor.fetchone() == (0,)


def test_the_same_seed_and_end_is_refused_the_second_time(database: None) -> None:
    plan = Plan(1, 4, END, 20)
    play_batches(in_batches(Town(stage(), plan), 5000), facts(END), END)
    before = EventRow.objects.count()
    with pytest.raises(AlreadyPlayed, match="another --seed"):
        play_batches(in_batches(Town(stage(), plan), 5000), facts(END), END)
    assert EventRow.objects.count() == before > 0


def test_a_difference_between_town_and_store_is_counted(database: None) -> None:
    steps = list(Town(stage(), Plan(1, 4, END, 20)).steps())
    last = {s.key: i for i, s in enumerate(steps)}
    i = last[steps[0].key]
    steps[i] = AcceptedOrder(
        **{**{f: getattr(steps[i], f) for f in AcceptedOrder.__struct_fields__}, "state": "elsewhere"}
    )
    player = Player(facts(END))
    player.write(steps)
    assert player.done.differences == [f"{steps[i].key} after {steps[i].command.kind}"]


def test_a_town_beside_plays_the_same_steps() -> None:
    plan = Plan(2, 6, END, 30)
    alone = [s for batch in in_batches(Town(stage(), plan), 300) for s in batch]
    with Ahead(stage(), plan, 300) as town:
        beside = [s for batch in town.batches() for s in batch]
    assert [(s.at, s.key, s.version, s.state, s.deadline) for s in beside] == [
        (s.at, s.key, s.version, s.state, s.deadline) for s in alone
    ]
    assert beside == alone
    assert town.ending is not None
    assert sum(town.ending.states.values()) == len(town.ending.truth.happened)


def test_a_town_that_fails_says_why() -> None:
    broken = stage()
    broken.case_type = "no-such-kind"
    with (
        Ahead(broken, Plan(1, 6, END + timedelta(days=1), 30), 300) as town,
        pytest.raises(TownFailed, match="no-such-kind"),
    ):
        list(town.batches())
