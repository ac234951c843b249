"""What somebody reads of the kept stock is what they may see: for every role in every kind of scope."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Count, Q

from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.stock import open_by_state
from bihuan.registers.live import current_registers
from bihuan.registers.models import Organisation
from tests.faces import cases
from tests.faces.conftest import forget, load

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DISTRICT = "110108"


@pytest.fixture
def some() -> Any:
    """Cases at desks and in units, some restricted, some of history, in several places, some overdue."""
    load()
    dice, now = random.Random(5), datetime.now(UTC)
    units = [str(pk) for pk in Organisation.objects.order_by("code").values_list("pk", flat=True)[:3]]
    for n in range(24):
        mine, _code = cases.opened(f"第{n}号楼路灯不亮")
        if n % 2:
            cases.then(mine, "operator", "dispatch", unit="street-110108011")
        held = dice.choice(units)
        CaseRow.objects.filter(pk=mine.id).update(
            area=dice.choice(["110108011", "110108011001", "110108012", None]),
            restricted=dice.choice([None, None, "own_staff", "secret"]),
            history=dice.choice([None, None, "old"]), programme=dice.choice(["hotline", "patrol"]),
            deadline=dice.choice([None, now - timedelta(days=1), now + timedelta(days=1)]),
            **({"holder_id": held, "holder_kind": "unit", "involved": sorted({held, units[0]})} if n % 2 else {}),
        )  # fmt: skip
    catch_up(now=now)
    yield units, now
    forget()


def actors(units: list[str]) -> list[Actor]:
    scopes = ["area:110108011", "area:110108011001", "programme:patrol", f"unit:{units[1]}"]
    found = []
    for role in ("operator", "arbiter", "analyst", "unit_head", "handler", "district_admin"):
        for limits in ({}, *({role: (scope,)} for scope in scopes), {role: tuple(scopes[:3:2])}):
            for own in ((), (units[0],), tuple(units[:2])):
                named = frozenset({*own, *(s[5:] for one in limits.values() for s in one if s.startswith("unit:"))})
                found.append(Actor("somebody", frozenset({role}), own[0] if own else None, named, None, limits))
    mixed = {"analyst": ("area:110108012",), "arbiter": ("programme:patrol",)}
    found.append(Actor("somebody", frozenset({"analyst", "arbiter"}), units[2], frozenset(), None, mixed))
    return found


def test_the_stock_of_everybody_is_what_they_may_see(some: tuple[list[str], datetime]) -> None:
    units, now = some
    shown = 0
    for actor in actors(units):
        late = Count("pk", filter=Q(deadline__lt=now))
        rows = visible_to(actor).filter(ended_at__isnull=True).values("state")
        whole = {(r["state"], r["open"], r["late"]) for r in rows.annotate(open=Count("pk"), late=late).order_by()}
        kept = {(r["state"], int(r["open"]), int(r["late"])) for r in open_by_state(actor, now, DISTRICT)}
        assert kept == whole, actor
        shown += len(whole)
    assert shown > 60
    assert current_registers().district.code == DISTRICT
