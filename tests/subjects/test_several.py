"""Acts written in one trip are the acts that one after another would have been: versions, sources, instants, leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.ledger.models import Statement
from bihuan.registers.isolation import in_district
from bihuan.subjects.models import Change
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.several import SingleAct, write_several
from bihuan.subjects.writing import Authorship, leaves_of_change, write_rows
from tests.examples import examples
from tests.subjects.makers import HERE, TOY, declared, row

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAYS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
said = st.tuples(
    st.sampled_from(DAYS), st.none() | st.just(date(2026, 4, 1)), st.sampled_from(["red", "blue", None]),
    st.none() | st.integers(1, 3), st.none() | st.sampled_from(["王", "李"]),
)  # fmt: skip
trips = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), said, min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.fixture
def kinds(db: None, tmp_path: Path) -> tuple[SubjectType, SubjectType]:
    """Two types that say the same under two names."""
    from tests.shipped import load_shipped

    load_shipped()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    other = TOY.replace("id: toy\n", "id: toy-two\n").replace("to: toy", "to: toy-two")
    return declared(tmp_path / "one"), declared(tmp_path / "two", other)


def author(n: int) -> Authorship:
    return Authorship(HERE, "system:effect", f"case {n}", "effect", f"reason {n}", recorded=AT)


def acts_of(kind: SubjectType, trip: dict[str, Any], first: int) -> list[SingleAct]:
    made = []
    for n, (key, (since, until, colour, size, owner)) in enumerate(trip.items(), first):
        one = row(key, since, until, colour=colour, size=size)
        made.append(SingleAct(kind, one if owner is None else one._replace(sealed={"owner": owner}), author(n)))
    return made


def held(kind: SubjectType) -> tuple[list[Any], list[Any], list[Any]]:
    """Versions, finding rows, changes of a type, without ids and salts."""
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.key, v.valid_from, v.valid_to, v.values, v.recorded_at, v.superseded_at, c.source, s.source, "
            "(SELECT jsonb_object_agg(k.key, o.source) FROM jsonb_each_text(v.origin) k "
            " JOIN subject_change o ON o.id = k.value::uuid), v.sealed_digest IS NULL, v.sealed_id IS NULL "
            "FROM subject_version v JOIN subject_change c ON c.id = v.change_id "
            "LEFT JOIN subject_change s ON s.id = v.superseded_by WHERE v.type = %s "
            "ORDER BY v.key, v.recorded_at, v.valid_from",
            [kind.id],
        )
        versions = cursor.fetchall()
        cursor.execute("SELECT field, value, key FROM subject_found WHERE type = %s ORDER BY 1, 2, 3", [kind.id])
        found = cursor.fetchall()
        cursor.execute(
            "SELECT source, reason, recorded_at, counts FROM subject_change WHERE type = %s ORDER BY recorded_at",
            [kind.id],
        )
        return versions, found, cursor.fetchall()


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trips)
def test_one_trip_is_one_after_another(kinds: tuple[SubjectType, SubjectType], told: list[dict[str, Any]]) -> None:
    together, alone = kinds
    with transaction.atomic():
        first = 1
        for trip in told:
            write_several(acts_of(together, trip, first))
            for act in acts_of(alone, trip, first):
                write_rows(alone, [act.row], act.author, act.row.valid_from or DAYS[0])
            first += len(trip)
        one, other = held(together), held(alone)
        transaction.set_rollback(True)
    assert one == other


def test_each_act_has_its_leaf_in_the_order_of_the_acts(kinds: tuple[SubjectType, SubjectType]) -> None:
    one, two = kinds
    red, blue = {"a": (DAYS[0], None, "red", 1, None)}, {"b": (DAYS[0], None, "blue", 1, "王")}
    acts = [*acts_of(one, red, 1), *acts_of(two, red, 2), *acts_of(one, blue, 3)]
    write_several(acts)
    with in_district(HERE):
        changes = {each.source: each for each in Change.objects.filter(type__in=[one.id, two.id])}
        stated = list(
            Statement.objects.filter(kind="subject_change").order_by("id").values_list("body__source", flat=True)
        )
        assert stated[-3:] == ["case 1", "case 2", "case 3"]
        for change in changes.values():
            body = Statement.objects.get(pk=change.statement_id).body
            assert (body["change"], body["rows"]) == (str(change.id), 1)
            assert len(leaves_of_change(change.id)) == 1
        assert changes["case 3"].recorded_at > changes["case 1"].recorded_at


def test_all_of_them_or_none(kinds: tuple[SubjectType, SubjectType]) -> None:
    one, _ = kinds
    acts = acts_of(one, {"a": (DAYS[0], None, "red", 1, None), "b": (DAYS[1], None, "red", 1, None)}, 1)
    wrong = acts[1]._replace(row=acts[1].row._replace(valid_to=DAYS[0]))
    with pytest.raises(IntegrityError), transaction.atomic():
        write_several([acts[0], wrong])
    assert held(one) == ([], [], [])
    write_several([])
