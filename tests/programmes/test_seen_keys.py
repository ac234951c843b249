"""Keys of a programme that no single case shows: change one, and a page, an answer of the API, a ranking, a migration
or the end of a retention is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from bihuan.intake import receive
from bihuan.loop import migrating
from bihuan.loop import programmes as catalogue
from bihuan.loop.kernel.programme import Programme
from bihuan.numbers.periods import Month
from bihuan.numbers.ranking import rank_month
from bihuan.registers import live
from bihuan.registers.roles import all_roles
from tests.loop.district import OPERATOR, book, facts, programme, registers
from tests.numbers.month.test_ranking import counts, made_up
from tests.programmes.test_mutated_keys import OTHER, SEEN
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db


def page(address: str) -> Callable[[], str]:
    def show() -> str:
        answer = Client().get(address)
        assert answer.status_code == 200
        return str(answer.json()) if "json" in answer["Content-Type"] else answer.content.decode()

    return show


def ranking() -> str:
    month = Month.parse("2026-10")
    return str([line.unit for line in rank_month(made_up(month, counts(5)), None, registers(), book(),
                                                 programme="hotline").lines])  # fmt: skip


def migration() -> str:
    try:
        return str(migrating.migrate("hotline", OPERATOR, facts(), ""))
    except ValueError as error:
        return str(error)


def kept_until() -> str:
    receive._catalogue.cache_clear()
    return str(receive._retention_end("hotline", datetime(2026, 1, 1, tzinfo=UTC)))


def roles_in_force() -> str:
    return str(sorted(all_roles()))


CHANGES: list[tuple[str, str, Any, Callable[[], str]]] = [
    ("CaseType", "name", OTHER, page("/programmes/hotline/")),
    ("Programme", "name", OTHER, page("/programmes/")),
    ("Programme", "name", OTHER, page("/api/v1/programmes")),
    ("Programme", "clause", "another.promise", page("/api/v1/programmes")),
    ("Programme", "legal_basis", ["another law"], page("/programmes/hotline/")),
    ("Programme", "ranks", "department", ranking),
    ("Programme", "applies_to", "open", migration),
    ("Programme", "retention", "10 days", kept_until),
    ("Programme", "roles", {"role_of_a_test": {"name": OTHER, "about": OTHER}}, roles_in_force),
]


def mutated(model: str, key: str, value: Any) -> Programme:
    raw = programme("hotline").model_dump(mode="json", by_alias=True)
    (raw["cases"]["request"] if model == "CaseType" else raw)[key] = value
    return Programme.model_validate(raw)


@pytest.mark.parametrize(
    ("model", "key", "value", "show"), CHANGES, ids=[f"{c[0]}.{c[1]}-{n}" for n, c in enumerate(CHANGES)]
)
def test_another_value_is_shown(
    model: str, key: str, value: Any, show: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_shipped()
    before, known = show(), catalogue._catalogue()
    changed = known._replace(programmes={**known.programmes, "hotline": mutated(model, key, value)})
    monkeypatch.setattr(catalogue, "_catalogue", lambda: changed)
    assert show() != before
    receive._catalogue.cache_clear()
    live.forget_snapshots()


def test_no_key_is_left_out() -> None:
    assert {change[:2] for change in CHANGES} == SEEN
