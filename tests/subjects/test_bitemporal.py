"""What holds on a day as known on a day equals a fold of everything that was said, for any order of saying it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.extend import FactQuestion
from bihuan.ledger.core.merkle import root_of
from bihuan.registers.isolation import in_district
from bihuan.subjects import asking, facts, writing
from bihuan.subjects.models import Change, Version
from bihuan.subjects.pure.types import SubjectType
from tests.subjects.makers import ANYBODY, DAY, HERE, declared, row, write

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
FIRST = date(2026, 1, 1)
DAYS = 12
_fresh = count()


@pytest.fixture
def toy(tmp_path: Path) -> SubjectType:
    return declared(tmp_path)


class Said(NamedTuple):
    """What was said of one subject: from a day (until a day), some values; None: it has ended."""

    first: int
    last: int | None
    values: dict[str, Any] | None


class Span(NamedTuple):
    first: int
    last: int | None
    values: dict[str, Any]


def fold(log: list[Said]) -> list[Span]:
    """The spans that follow from what was said, the plainest way: later words replace earlier ones day by day."""
    spans: list[Span] = []
    for said in log:
        at = next((s for s in spans if s.first <= said.first and (s.last is None or said.first < s.last)), None)
        end = said.last
        if end is None:
            later = [s.first for s in spans if s.first > said.first]
            end = at.last if at else min(later, default=None)
        if at and said.values is not None and _covers(at, end) and _merged(at, said) == at.values:
            continue  # nothing new was said: one span stays one, also when it ends later
        fresh = [Span(s.first, said.first, s.values) for s in spans if s.first < said.first < (s.last or 10**6)]
        fresh += [
            Span(end, s.last, s.values)
            for s in spans if end is not None and s.first < end < (s.last or 10**6)
        ]  # fmt: skip
        kept = [s for s in spans if (s.last or 10**6) <= said.first or (end is not None and s.first >= end)]
        if said.values is not None:
            fresh.append(Span(said.first, end, _merged(at, said)))
        spans = kept + fresh
    return spans


def _covers(at: Span, end: int | None) -> bool:
    return at.last is None or (end is not None and end <= at.last)


def _merged(at: Span | None, said: Said) -> dict[str, Any]:
    merged = {**(at.values if at else {}), **(said.values or {})}
    return {name: value for name, value in merged.items() if value is not None}


def on(spans: list[Span], day: int) -> Mapping[str, Any] | None:
    return next((s.values for s in spans if s.first <= day and (s.last is None or day < s.last)), None)


VALUES = st.dictionaries(st.sampled_from(["colour", "mother"]), st.sampled_from(["red", "blue", None]), max_size=2)


@st.composite
def words(draw: Any) -> Said:
    first = draw(st.integers(0, DAYS - 1))
    last = draw(st.none() | st.integers(first + 1, DAYS))
    return Said(first, last, draw(st.none() | VALUES))


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(log=st.lists(words(), min_size=1, max_size=6))
def test_what_is_known_equals_the_fold_of_what_was_said(toy: SubjectType, log: list[Said]) -> None:
    key = f"t{next(_fresh)}"
    known: list[datetime] = []
    for said in log:
        _say(toy, key, said)
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            known.append(cursor.fetchone()[0])
    for upto in range(1, len(log) + 1):
        spans = fold(log[:upto])
        for day in range(DAYS + 1):
            expected = on(spans, day)
            whole = None if expected is None else {"number": key, **expected}
            asked = [known[upto - 1]] + ([None] if upto == len(log) else [])
            for moment in asked:
                found = asking.get(HERE, toy, key, day_of(day), ANYBODY, moment)
                assert (None if found is None else found.values) == whole, (upto, day, moment)


def _say(toy: SubjectType, key: str, said: Said) -> None:
    if said.values is None and said.last is None:
        act = writing.Authorship(HERE, "system:test", "a test")
        writing.end_subjects(toy, [key], act, day_of(said.first))
        return
    if said.values is None:
        rows = [row(key, day_of(said.first), day_of(said.last or 0))]
        with in_district(HERE):
            act = writing.Authorship(HERE, "system:test", "a test")
            writing._undoing(toy, rows, act, DAY, None, apply=True, absent=True)
        return
    write(toy, [row(key, day_of(said.first), day_of(said.last) if said.last else None, **said.values)])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=4), min_size=2, max_size=6))
def test_acts_of_few_rows_say_what_acts_of_many_would(toy: SubjectType, acts: list[list[tuple[int, int]]]) -> None:
    """Few rows are staged, planned and cleared in another way; keys repeat, acts are empty or of many."""

    def told(few: int) -> list[Any]:
        known, said = f"{next(_fresh)}-", []
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            patch.setattr(writing, "FEW", few)
            for number, act in enumerate(acts):
                many = 3 if number == 1 else 1  # the second act is larger than a few
                rows = [row(f"{known}{key}", colour=f"c{colour}", size=n) for n in range(many) for key, colour in act]
                done = write(toy, rows)
                differences = [(d.key.removeprefix(known), d.verdict, d.was, d.now) for d in done.differences]
                bare = [[{k: v for k, v in part.items() if k != "number"} for part in each[2:]] for each in differences]
                said.append((done.counts, done.versions, [each[:2] for each in differences], bare, len(done.repeated)))
        return said

    assert told(4) == told(-1)


def test_rows_of_one_key_in_one_file_follow_each_other_by_day(toy: SubjectType) -> None:
    written = write(
        toy, [row("a", day_of(5), colour="blue"), row("a", day_of(0), colour="red"), row("b", colour="red")]
    )
    assert written.counts == {"created": 2, "changed": 1}
    colours = [asking.get(HERE, toy, "a", day_of(day), ANYBODY) for day in (0, 4, 5, 9)]
    assert [held.values["colour"] for held in colours if held] == ["red", "red", "blue", "blue"]
    assert len(asking.history(HERE, toy, "a", ANYBODY)) == 3, "the first row was known to hold on, for no time at all"


def test_an_older_list_does_not_undo_what_is_known_of_later_days(toy: SubjectType) -> None:
    write(toy, [row("a", day_of(6), colour="blue")])
    write(toy, [row("a", day_of(2), colour="red")])
    found = [asking.get(HERE, toy, "a", day_of(day), ANYBODY) for day in (1, 2, 5, 6)]
    assert [held and held.values["colour"] for held in found] == [None, "red", "red", "blue"]


def test_every_value_names_where_it_came_from(toy: SubjectType) -> None:
    writing.write_rows(toy, [row("a", colour="red", size=3)], writing.Authorship(HERE, "system:a", "first list"), FIRST)
    writing.write_rows(toy, [row("a", size=4)], writing.Authorship(HERE, "system:b", "second list"), day_of(3))
    writing.write_rows(toy, [row("a", mother="m")], writing.Authorship(HERE, "system:c", "third list"), day_of(6))
    held = asking.get(HERE, toy, "a", day_of(7), ANYBODY)
    assert held is not None
    assert {name: held.source_of(name) for name in ("colour", "size", "mother")} == {
        "colour": "first list", "size": "second list", "mother": "third list",
    }  # fmt: skip
    before = asking.get(HERE, toy, "a", day_of(1), ANYBODY)
    assert before is not None
    assert before.source_of("colour") == "first list"


def test_an_act_has_one_leaf_whose_root_covers_each_of_its_versions(toy: SubjectType) -> None:
    written = write(toy, [row(f"k{n}", colour="red") for n in range(5)])
    assert written.change is not None
    change = Change.objects.get(pk=written.change)
    assert bytes(change.root) == root_of(writing.leaves_of_change(change.id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT body->>'root' FROM ledger_statement WHERE id = %s", [change.statement_id])
        assert cursor.fetchone() == (change.root.hex(),)
        cursor.execute("SELECT count(*) FROM ledger_queue WHERE event_id = %s", [change.statement_id])
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "SELECT count(*) FROM subject_version v WHERE change_id = %s AND hash = sha256('\\x56'::bytea || salt || "
            "convert_to(concat_ws(chr(31), district_id, type, key, valid_from::text, coalesce(valid_to::text, ''), "
            "values::text, sealed_digest), 'UTF8'))",
            [change.id],
        )
        assert cursor.fetchone() == (5,), "each hash is that of what the row says"


def test_what_is_said_twice_is_written_once(toy: SubjectType) -> None:
    rows = [row("a", colour="red"), row("b", colour="blue")]
    assert write(toy, rows).counts == {"created": 2}
    again = write(toy, rows)
    assert (again.counts, again.versions) == ({"unchanged": 2}, 0)
    assert again.change is not None, "that the list was compared is on record"
    assert write(toy, []).change is None


@pytest.mark.usefixtures("app_role")
def test_a_version_is_marked_once_and_never_changed(toy: SubjectType) -> None:
    write(toy, [row("a", day_of(0), colour="red")])
    write(toy, [row("a", day_of(0), colour="blue")])
    for statement in (
        "UPDATE subject_version SET values = '{}'",
        "UPDATE subject_version SET superseded_at = NULL WHERE superseded_at IS NOT NULL",
        "UPDATE subject_version SET superseded_at = now() WHERE superseded_at IS NOT NULL",
        "DELETE FROM subject_version",
        "DELETE FROM subject_change",
        "UPDATE subject_found SET value = ''",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), in_district(HERE), connection.cursor() as cursor:
            cursor.execute(statement)
    with in_district(HERE):
        assert Version.objects.count() == 2


def asked(kind: str, key: str, known: datetime) -> Any:
    """What a loop is told of a subject at an instant, as known then."""
    return facts.ask(FactQuestion(kind, HERE, key, known, known))


def test_a_loop_is_told_what_was_known_then_with_its_citation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC

    from bihuan.registers.live import forget_snapshots
    from bihuan.registers.models import District
    from bihuan.subjects import catalogue
    from tests.subjects.makers import credit_code

    names = {"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    District.objects.get_or_create(pk=HERE, defaults=names)
    forget_snapshots()
    kind, key = catalogue.subject_type("enterprise"), credit_code(7)
    said = row(key)._replace(values={"credit_code": key, "risk_grade": "A", "founded": "2026-01-01"})
    write(kind, [said])
    before = datetime.now(UTC)
    write(kind, [said._replace(values={"credit_code": key, "risk_grade": "D"})])
    now = datetime.now(UTC)
    assert asked("enterprise.risk_grade", key, now) is not None
    value, cited = asked("enterprise.risk_grade", key, now) or ("", {})
    assert (value, cited["subject"], cited["source"]) == ("D", f"enterprise/{key}", "a test")
    assert (asked("enterprise.risk_grade", key, before) or [""])[0] == "A"
    assert (asked("enterprise.state", key, now) or [""])[0] == "active"
    assert asked("enterprise.capital", key, now) is None
    assert asked("enterprise", credit_code(8), now) is None
    with pytest.raises(KeyError, match="no open field 'contact'"):
        asked("enterprise.contact", key, now)


def test_the_loop_finds_the_room_that_answers() -> None:
    from bihuan.extend import FACTS

    (source,) = [each for each in FACTS.all() if each.name == "subjects"]
    assert {"enterprise", "site"} <= set(source.kinds())
