"""Merged reports are first-class, persons are succeeded as units are, and answers may not contradict each other."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bihuan.loop import succession
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.merging import merge_orders, merged_into, root_of
from bihuan.loop.store import Order, append, current_facts, get_case, history
from bihuan.registers.models import Organisation, User
from tests.loop.district import CALLBACK, OPERATOR, START, Walk, facts, registers
from tests.loop.test_store import opening, then
from tests.shipped import load_shipped


def reporter(case: UUID, name: str = "1") -> Actor:
    """Somebody who reported."""
    return Actor(f"reporter:{name}", frozenset({"reporter"}), case=str(case))


@pytest.mark.django_db
def test_a_chain_of_merges_leads_to_its_root() -> None:
    a, b, c = (r.case for r in append([opening() for _ in range(3)], facts=facts()))
    assert a is not None
    assert b is not None
    assert c is not None
    for child, parent in ((a, b), (b, c)):
        now = get_case(child.id)
        assert now is not None
        assert not any(r.refusal for r in append(merge_orders(now, parent, OPERATOR, START), facts=facts()))
    assert [root_of(x.id) for x in (a, b, c)] == [c.id] * 3
    assert set(merged_into([c.id])) == {(a.id, c.id), (b.id, c.id), (c.id, c.id)}
    assert get_case(c.id).reporters == 3  # type: ignore[union-attr]  # it was just stored


@pytest.mark.django_db
def test_a_withdrawal_concerns_one_reporter() -> None:
    first, second = (r.case for r in append([opening() for _ in range(2)], facts=facts()))
    assert first is not None
    assert second is not None
    append(merge_orders(second, first, OPERATOR, START), facts=facts())
    leave = then(first.id, "withdraw", reporter(first.id), 1)
    case = append([leave], facts=facts())[0].case
    assert case is not None
    assert (case.outcome, case.reporters) == (None, 1)
    again = append([then(first.id, "withdraw", reporter(first.id), 2)], facts=facts())[0]
    assert again.refusal is not None
    assert again.refusal.code == "withdrawn_already"
    last = append([then(first.id, "withdraw", reporter(first.id, "2"), 3)], facts=facts())[0].case
    assert last is not None
    assert last.outcome == "withdrawn"


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["moved", "deactivated"])
def test_a_person_who_leaves_gives_the_case_back_to_the_unit(how: str) -> None:
    load_shipped()
    now = current_facts()
    unit = Organisation.objects.get(code="street-110108011")
    person = User.objects.create_user("p", name="p", district_id="110108", unit=unit)
    member = Actor("user:m", frozenset({"handler"}), str(unit.id))
    case = append([opening()], facts=now)[0].case
    assert case is not None
    at = now.now - timedelta(seconds=1)
    steps = [("dispatch", OPERATOR, {"unit": str(unit.id)}), ("accept", member, {}),
             ("delegate", member, {"person": f"user:{person.pk}"})]  # fmt: skip
    for kind, actor, data in steps:
        done = append([Order(Command(kind, actor, at, data), case.id)], facts=now)[0]
        assert done.refusal is None, done.refusal
    assert succession.sweep(facts=now) == 0, "the person is there"
    refused = append([Order(Command("note", member, at, {}, {"text": "x"}), case.id)], facts=now)[0].refusal
    assert refused is not None
    if how == "moved":
        User.objects.filter(pk=person.pk).update(unit=Organisation.objects.get(code="street-110108010"))
    else:
        User.objects.filter(pk=person.pk).update(is_active=False)
    assert succession.sweep(facts=now) == 1
    held = get_case(case.id)
    assert held is not None
    assert held.holder is not None
    assert (held.holder.id, held.holder.person) == (str(unit.id), None)
    assert history(case.id)[-1].data["reason"] == "person_left"
    assert append([Order(Command("note", member, at, {}, {"text": "x"}), case.id)], facts=now)[0].refusal is None


def test_who_passed_a_case_on_may_take_it_back() -> None:
    walk = Walk().accepted()
    lead = walk.case.lead
    below = next(o.id for o in registers().organisations if o.id != lead and facts().inside(o.id, lead or "", START))
    walk.do("delegate", walk.holder, 1, unit=below)
    case = walk.do("hand_back", Actor("user:boss", frozenset({"handler"}), lead), 2)
    assert case.holder is not None
    assert case.holder.id == lead


@pytest.mark.parametrize(
    ("result", "answer"), [("unreachable", {"satisfied": "yes"}), ("refused", {"contacted": True})]
)
def test_answers_that_contradict_each_other_are_refused(result: str, answer: dict[str, object]) -> None:
    walk = Walk().submitted()
    assert walk.refused("verify", CALLBACK, 20, result=result, **answer) == "contradiction"


@pytest.mark.parametrize(("lon", "lat", "outside"), [
    (121.473701, 31.230416, True), (116.3, 39.95, False), (116.2, 40.05, False), (113.26, 23.13, True),
])  # fmt: skip
def test_points_outside_the_district_are_known(lon: float, lat: float, outside: bool) -> None:
    assert registers().areas.outside(lon, lat) is outside
