"""Calendars of others read what is due and what repeats: zones, lasting identities, versions, what is called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan.loop.models import CaseRow
from bihuan.readers.calendars import CANCELLED, CalendarEntry, write_calendar
from bihuan.registers.live import forget_snapshots
from tests.api.callers import caller, report
from tests.standards import district
from tests.standards.conftest import ForeignClients

pytestmark = pytest.mark.slow
PROVES = "iCalendar (RFC 5545)"
BERLIN = ZoneInfo("Europe/Berlin")
BY = {"python": ("icalendar", "recurring-ical-events"), "node": ("ical.js",)}


def read_by(foreign: ForeignClients, language: str, said: Any) -> Any:
    run = foreign.python if language == "python" else foreign.node
    return run("read_calendar", said, proves=PROVES, by=BY[language])


def instants(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(text).astimezone(UTC) for text in texts]


@pytest.mark.parametrize("language", BY)
def test_what_repeats_is_the_same_to_others_across_a_change_of_the_clock(
    foreign: ForeignClients, language: str
) -> None:
    first = datetime(2026, 3, 20, 9, tzinfo=BERLIN)
    stamp = datetime(2026, 3, 1, tzinfo=UTC)
    left_out, moved = first + timedelta(days=7), first + timedelta(days=14)
    entries = [
        CalendarEntry("weekly@x", first, first + timedelta(hours=1), "巡查；一", stamp, rule="FREQ=WEEKLY;COUNT=5",
                      except_at=(left_out,)),
        CalendarEntry("weekly@x", moved + timedelta(hours=3), moved + timedelta(hours=4), "巡查；改", stamp, sequence=1,
                      instead_of=moved),
        CalendarEntry("off@x", first, first + timedelta(hours=1), "off", stamp, sequence=4, status=CANCELLED),
    ]  # fmt: skip
    text = write_calendar(entries, "n", BERLIN)
    said = {"text": text, "first": "2026-03-01T00:00:00+00:00", "last": "2026-05-01T00:00:00+00:00"}
    told = read_by(foreign, language, said)
    assert told["zones"] == ["Europe/Berlin"]
    (off,) = [each for each in told["events"] if each["uid"] == "off@x"]
    assert (off["sequence"], off["status"]) == (4, CANCELLED)
    wanted = [first, first, moved + timedelta(hours=3), first + timedelta(days=21), first + timedelta(days=28)]
    assert sorted(instants(told["between"])) == sorted(each.astimezone(UTC) for each in wanted)


def test_khal_imports_a_calendar_once(foreign: ForeignClients) -> None:
    first, stamp = datetime(2026, 3, 20, 9, tzinfo=BERLIN), datetime(2026, 3, 1, tzinfo=UTC)
    entries = [
        CalendarEntry("weekly@x", first, first + timedelta(hours=1), "巡查；一", stamp, rule="FREQ=WEEKLY;COUNT=3",
                      except_at=(first + timedelta(days=7),)),
        CalendarEntry("off@x", first, first + timedelta(hours=1), "off", stamp, sequence=4, status=CANCELLED),
    ]  # fmt: skip
    said = {"text": write_calendar(entries, "n", BERLIN), "zone": "Europe/Berlin", "first": "2026-03-19", "days": 30}
    told = foreign.python("import_calendar", said, proves=PROVES, by=("khal",))
    wanted = ["2026-03-20 09:00 巡查；一 CONFIRMED", "2026-04-03 09:00 巡查；一 CONFIRMED"]
    assert [each.strip() for each in told["events"] if "巡查" in each] == wanted
    assert told["events"] == told["again"], "imported twice is there once"
    assert any("CANCELLED" in each for each in told["events"])


def test_what_is_due_is_in_the_calendar_of_a_token(db: None, foreign: ForeignClients) -> None:
    district.load()
    for number in range(2):
        assert caller("integrator").post("/reports", report(), key=f"c{number}").status_code == 201
    ended = CaseRow.objects.order_by("number").last()
    assert ended is not None
    CaseRow.objects.filter(pk=ended.pk).update(ended_at=datetime.now(UTC), state="closed", outcome="closed")
    client, address = Client(), "/calendar/deadlines.ics"
    told = client.get(address, {"token": district.token_of("operator")})
    assert told.status_code == 200
    said = {"text": told.content.decode(), "first": "2020-01-01T00:00:00+00:00", "last": "2090-01-01T00:00:00+00:00"}
    by_python, by_node = (read_by(foreign, language, said) for language in BY)
    assert [each["uid"] for each in by_python["events"]] == [each["uid"] for each in by_node["events"]]
    status = {each["uid"].partition("@")[0]: each["status"] for each in by_python["events"]}
    assert sorted(status.values()) == ["CANCELLED", "CONFIRMED"]
    assert status[str(ended.pk)] == "CANCELLED"
    for each, row in ((one, CaseRow.objects.get(pk=one["uid"].partition("@")[0])) for one in by_python["events"]):
        assert instants([each["ends"]]) == [row.deadline.replace(microsecond=0)]
        assert each["sequence"] == row.version
    assert not any(word in told.content.decode() for word in ("张三丰", "电梯", "13800138000"))
    assert client.get(address).status_code == 401
    assert client.get(address, {"token": "bih_none"}).status_code == 401
    assert client.get(address, {"token": district.token_of("resident")}).status_code == 403
    forget_snapshots()
