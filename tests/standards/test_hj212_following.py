"""From frames on disk to observations: each once, however often it is read; packets wait; clocks are measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.series import taking
from bihuan.series.catalogue import current_catalogue
from bihuan.standards.hj212 import following
from bihuan.standards.hj212.following import WIRE, FrameFollower, places_of
from bihuan.standards.hj212.wire import frame_of
from bihuan.standards.parts import following as parts
from bihuan.standards.parts.journal import FrameJournal

HERE = "110108"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # noon in the zone
AT = int(NOW.timestamp() * 1e6)


def frame(n: int, body: str, flag: int = 5, mn: str = "L1", head: str = "") -> bytes:
    told = f"QN=20260302120000{n:03d};ST=32;CN=2011;PW=1;MN={mn};Flag={flag};{head}CP=&&{body}&&"
    return frame_of(told.encode()).rstrip()


def reading(n: int, minute: int, value: str, flag: str = "N", **more: Any) -> bytes:
    return frame(n, f"DataTime=2026030211{minute:02d}00;w01018-Rtd={value},w01018-Flag={flag};w99999-Rtd=1", **more)


class Taken:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    def __call__(self, records: Any, catalogue: Any, series: Any, district: str, how: Any, actor: str) -> Any:
        self.rows += [(series.name, r["time"][11:16], r["value"], r.get("flag", "")) for r in records]
        return type("T", (), {"stored": len(records), "known": 0, "rejected": 0})


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    made = Taken()
    monkeypatch.setattr(parts, "take_records", made)
    monkeypatch.setattr(following, "devices_of", lambda *_: {"L1": "OUT1"})
    return made


def follow(folder: Path, now: datetime = NOW) -> FrameFollower:
    made = FrameFollower(folder, HERE, now)
    while made.follow():
        if now < NOW + timedelta(hours=1):
            break
    return made


def write(folder: Path, *frames: bytes, at: int = AT) -> None:
    journal = FrameJournal(folder)
    journal.append(frames, at)
    journal.close()


def test_a_code_of_the_wire_leads_to_its_series() -> None:
    found = {code: series.name for code, (series, _) in places_of(current_catalogue(), WIRE).items()}
    assert found == {"w01018": "cod-raw", "a21002": "nox-raw", "offset": "logger-clock"}


def test_readings_reach_their_series_and_the_clock_is_measured(taken: Taken, tmp_path: Path) -> None:
    write(
        tmp_path,
        reading(1, 58, "31.5"),
        reading(2, 59, "-999.0", "D"),
        reading(1, 58, "31.5"),
        reading(3, 59, "9", mn="L9"),
    )
    made = follow(tmp_path)
    assert sorted(taken.rows) == [
        ("cod-raw", "11:58", "31.5", "N"), ("cod-raw", "11:59", "", "D"), ("logger-clock", "04:00", "60", ""),
    ]  # fmt: skip
    assert made.counts["unrouted"] == 2 + 3, "a factor nobody keeps, a logger nobody knows"
    assert follow(tmp_path).counts["stored"] == 0, "nothing new"


def test_packets_wait_for_each_other_across_readings_and_not_for_ever(taken: Taken, tmp_path: Path) -> None:
    one = frame(5, "DataTime=20260302115500;w01018-Rtd=7,w01018-Flag=N", 7, head="PNUM=2;PNO=1;")
    two = frame(5, "a21002-Rtd=8,a21002-Flag=N", 7, head="PNUM=2;PNO=2;")
    write(tmp_path, two)
    follow(tmp_path)
    assert taken.rows == []
    write(tmp_path, reading(6, 57, "3"), one)
    follow(tmp_path)
    assert {row[:3] for row in taken.rows} >= {
        ("cod-raw", "11:55", "7"),
        ("nox-raw", "11:55", "8"),
        ("cod-raw", "11:57", "3"),
    }
    write(tmp_path, frame(8, "DataTime=20260302115500;w01018-Rtd=7", 7, head="PNUM=2;PNO=1;"))
    later = follow(tmp_path, NOW + timedelta(hours=1))
    assert later.follow() == 0, "who never comes is not waited for"


@pytest.mark.slow
@pytest.mark.django_db
def test_read_again_after_a_crash_nothing_is_stored_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "devices_of", lambda *_: {"L1": "OUT1"})
    monkeypatch.setattr(taking, "follow_all", lambda *_: 0)
    write(tmp_path, *(reading(n, n, f"{n}.25") for n in range(10)))
    assert follow(tmp_path).counts["stored"] == 11
    (tmp_path / "followed").unlink()
    assert follow(tmp_path).counts["stored"] == 0
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM series_observation")
        assert cursor.fetchone() == (11,)
