"""In any order and batches, and by two workers at once: derived values and incidents are those of the replay."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.registers.isolation import in_district
from bihuan.series.alarms.fold import incidents_of
from bihuan.series.alarms.model import Incident, SeenValue
from bihuan.series.catalogue import SeriesCatalogue, read_catalogue
from bihuan.series.flagging import flag_incident
from bihuan.series.following import follow_touched
from bihuan.series.incidents import incidents_on_record
from bihuan.series.instants import instant_of, micros
from bihuan.series.store import reading, rows, writing
from tests.series.declaring import HOURLY

pytestmark = pytest.mark.slow

HERE = "110108"
FIRST = datetime(2026, 2, 28, 16, tzinfo=UTC)  # midnight in the zone
NOW = datetime(2026, 3, 9, tzinfo=UTC)
ALARMS = """\
alarms:
  - {name: high, kind: above, limit: {fixed: 15}, clear: 12, on_count: 2, off_count: 2, max_gap: 130}
  - {name: quiet, kind: silence, minutes: 180}
  - {name: same, kind: stuck, minutes: 119, floor: 0}
  - {name: shift, kind: cusum, limit: {fixed: 20}, target: 10}
"""
FAULT = """\
alarms: [{name: same, kind: stuck, minutes: 119, floor: 0, letters: [D]}, {name: high, kind: above, limit: {fixed: 15}}]
"""
DAILY = """\
name: {zh: 日均, en: Daily mean}
subject: station
quantity: {zh: 细颗粒物, en: PM2.5}
unit: ug/m3
zone: Asia/Shanghai
precision: 1
derive: {from: toy, window: day, statistic: mean, editions: [{minimum: 2}]}
alarms: [{name: bad-day, kind: above, limit: {fixed: 15}}]
"""
ROLLING = DAILY.replace("window: day", "window: 3 h").replace("alarms:", "# alarms:")
Z = DAILY.replace("window: day, statistic: mean", "statistic: robust_z").replace("ug/m3", '"1"')


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> SeriesCatalogue:
    folder = tmp_path_factory.mktemp("follow") / "toy" / "series"
    folder.mkdir(parents=True)
    files = {"toy-kept": HOURLY + FAULT, "toy": HOURLY + ALARMS, "toy-day": DAILY, "toy-rolling": ROLLING, "toy-z": Z}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    found = read_catalogue(sorted(folder.glob("*.yaml")))
    assert found.problems == ()
    return found


type Given = tuple[int, int, int, int | None, str]  # line, hour, arrival, value, flag


def store(catalogue: SeriesCatalogue, values: list[Given], number: int = 0) -> None:
    """One batch."""
    found = rows.empty_rows(len(values))
    for row, (line, hour, arrival, value, flag) in zip(found, values, strict=True):
        row["line"], row["at"] = line, micros(FIRST + timedelta(hours=hour))
        row["arrived"] = micros(FIRST + timedelta(days=7, minutes=arrival))
        row["value"], row["flag"] = rows.NONE if value is None else value * 10, ord(flag)
    writer = writing.Writer(catalogue.get("toy"), HERE, "test", "user:test", NOW + timedelta(seconds=number), True)
    with in_district(HERE):
        writing.append_rows(writer, found, [f"s{line}" for line in range(4)], tacit=False)


def follow(catalogue: SeriesCatalogue) -> None:
    """Until nothing is left, derived series and what hangs on them too."""
    while follow_touched(HERE, catalogue, NOW):
        pass


def outcome(catalogue: SeriesCatalogue) -> dict[str, Any]:
    """What stands on record: values that hold (without vintages) and incidents, by series and subject."""
    told: dict[str, Any] = {}
    with in_district(HERE):
        for name in catalogue.series:
            for subject in (f"s{line}" for line in range(4)):
                line = reading.line_of(HERE, name, subject)
                if line is None:
                    continue
                held = reading.holding_rows([line], FIRST - timedelta(days=9), FIRST + timedelta(days=30)).rows
                values = [(at, value, flag, inputs) for _, at, _, value, flag, inputs, _ in held.tolist()]
                told[f"{name} {subject}"] = (values, incidents_on_record(line))
    return told


def replay(catalogue: SeriesCatalogue, told: dict[str, Any]) -> dict[str, list[tuple[str, Incident]]]:
    """The incidents that the pure fold finds in the values on record."""
    found = {}
    for key, (values, _) in told.items():
        declared = catalogue.get(key.split()[0]).declared
        seen = [SeenValue(at, v) for at, v, flag, _ in values if chr(flag) in declared.valid and v != rows.NONE]
        found[key] = sorted(
            ((rule.name, incident) for rule in declared.alarms
             for incident in incidents_of(rule, declared.precision, seen, now=micros(NOW))),
            key=lambda pair: (pair[0], pair[1].opened),
        )  # fmt: skip
    return found


VALUES = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 60), st.integers(0, 3), st.none() | st.integers(5, 25),
        st.sampled_from("NNNNCX"),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(VALUES, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_batches_give_what_the_replay_gives(
    catalogue: SeriesCatalogue, values: list[Given], dice: Any, parts: int
) -> None:
    outcomes = []
    for shuffled in (False, True):
        given = list(values)
        if shuffled:
            dice.shuffle(given)
        with transaction.atomic():
            for number in range(parts if shuffled else 1):
                batch = given[number::parts] if shuffled else given
                if batch:
                    store(catalogue, batch, number)
                    follow(catalogue)
            told = outcome(catalogue)
            transaction.set_rollback(True)
        for key, expected in replay(catalogue, told).items():
            assert told[key][1] == expected, key
        outcomes.append(told)
    assert outcomes[0] == outcomes[1]


@pytest.mark.django_db
def test_a_correction_retracts_by_an_event_and_nothing_vanishes(catalogue: SeriesCatalogue) -> None:
    store(catalogue, [(0, hour, 0, 10 if hour not in (3, 4, 5) else 20, "N") for hour in range(26)])
    follow(catalogue)
    assert [incident.peak for rule, incident in outcome(catalogue)["toy s0"][1] if rule == "high"] == [200]
    day = [value for _, value, _, _ in outcome(catalogue)["toy-day s0"][0]]
    assert day == [
        112,
    ]  # 11.25, half to even
    store(catalogue, [(0, hour, 1, 10, "N") for hour in (4, 5)], 1)
    follow(catalogue)
    assert [rule for rule, _ in outcome(catalogue)["toy s0"][1] if rule == "high"] == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, peak FROM series_incident WHERE rule = 'high' ORDER BY id")
        assert cursor.fetchall() == [("closed", 200), ("retracted", 200)]
        cursor.execute(
            "SELECT value, inputs, version FROM series_observation o JOIN series_line l ON l.id = o.line "
            "WHERE l.series = 'toy-day' ORDER BY o.batch"
        )
        before, after = cursor.fetchall()
    assert (before[0], before[1], after[0], after[1]) == (112, 24, 104, 24)
    assert after[2] > before[2], "the newest input's vintage"


@pytest.mark.django_db
def test_silence_is_told_when_the_clock_goes_on(catalogue: SeriesCatalogue) -> None:
    store(catalogue, [(0, 0, 0, 10, "N"), (0, 1, 0, 11, "N")])
    follow(catalogue)
    quiet = [incident for rule, incident in outcome(catalogue)["toy s0"][1] if rule == "quiet"]
    assert quiet == [Incident(micros(FIRST + timedelta(hours=4)), None, None, 0)]
    store(catalogue, [(0, 9, 0, 12, "N")], 1)
    follow(catalogue)
    quiet = [incident for rule, incident in outcome(catalogue)["toy s0"][1] if rule == "quiet"]
    assert quiet[0].closed == micros(FIRST + timedelta(hours=9))
    assert len(quiet) == 2


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE series_observation, series_line, series_touched, series_incident, series_checkpoint")


def test_two_workers_find_each_incident_once(emptied: None, catalogue: SeriesCatalogue, tmp_path: Path) -> None:
    values: list[Given] = [
        (line, hour, hour % 3, (hour * 7 + line * 5) % 22 + 4, "N") for line in range(4) for hour in range(48)
    ]
    faults: list[BaseException] = []

    def work(share: int) -> None:
        try:
            for number in range(6):
                store(catalogue, values[share::2][number::6], share * 10 + number)
                follow_touched(HERE, catalogue, NOW)
        except BaseException as error:  # noqa: BLE001 - told by the test
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(share,)) for share in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    follow(catalogue)
    told = outcome(catalogue)
    for key, expected in replay(catalogue, told).items():
        assert told[key][1] == expected, key
    assert sum(len(incidents) for _, incidents in told.values()) >= 20
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT told, lag(told) OVER (PARTITION BY line, rule, opened_at ORDER BY id) before "
            "FROM (SELECT *, (kind, closed_at, peak, values) AS told FROM series_incident) i) e WHERE told = before"
        )
        assert cursor.fetchone() == (0,), "the same told twice"


@pytest.mark.django_db
def test_a_confirmed_fault_flags_its_whole_stretch_and_stays_on_record(catalogue: SeriesCatalogue) -> None:
    series, found = catalogue.get("toy-kept"), rows.empty_rows(7)
    for row, (hour, value) in zip(found, enumerate((9, 20, 20, 20, 20, 20, 9)), strict=True):
        row["line"], row["at"], row["arrived"] = 0, micros(FIRST + timedelta(hours=hour)), micros(NOW)
        row["value"], row["flag"] = value * 10, ord("N")
    writer = writing.Writer(series, HERE, "test", "user:test", NOW, True)
    with in_district(HERE):
        writing.append_rows(writer, found, ["kept"], tacit=False)
    follow(catalogue)

    def held() -> dict[str, Incident]:
        with in_district(HERE):
            return dict(incidents_on_record(reading.line_of(HERE, "toy-kept", "kept") or 0))

    before = held()
    assert set(before) == {"same", "high"}
    stuck, opened = series.declared.alarms[0], instant_of(before["same"].opened)
    again = writer._replace(now=NOW + timedelta(hours=1))
    for count in (5, 0):  # every equal value, also those before anybody could know; once
        with in_district(HERE):
            assert flag_incident(again, "kept", stuck, opened, FIRST + timedelta(hours=5), "D") == count
    follow(catalogue)
    assert held() == {"same": before["same"]}, "the fault stands; what its values seemed to say does not"


@pytest.mark.django_db
def test_rules_that_share_what_is_read_see_each_stretch_of_a_long_line(catalogue: SeriesCatalogue) -> None:
    """More than a month of values is read in stretches; the second rule reads the first stretch again."""
    series, hours = catalogue.get("toy"), (*range(4), *range(960, 964))
    found = rows.empty_rows(len(hours))
    for row, hour in zip(found, hours, strict=True):
        row["line"], row["at"], row["arrived"] = 0, micros(FIRST + timedelta(hours=hour)), micros(NOW)
        row["value"], row["flag"] = (20 if hour % 4 < 2 else 5) * 10, ord("N")
    writer = writing.Writer(series, HERE, "test", "user:test", NOW, True)
    with in_district(HERE):
        writing.append_rows(writer, found, ["long"], tacit=False)
    follow(catalogue)
    with in_district(HERE):
        told = incidents_on_record(reading.line_of(HERE, "toy", "long") or 0)
    opened: dict[str, list[float]] = {name: [] for name, _ in told}
    for name, incident in told:
        opened[name].append((instant_of(incident.opened) - FIRST) / timedelta(hours=1))
    assert opened["high"] == [0, 960]
    assert opened["quiet"][0] == 6, "silence is found between the stretches, three hours after the last value"
