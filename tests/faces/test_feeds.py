"""Feeds: declared calendars as iCalendar and JSON-LD, read back by a foreign library; what is called off stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from django.test import Client
from django.utils import timezone

from bihuan.declare.problems import DeclarationError
from bihuan.faces.feeds import find_faults, read_feed
from bihuan.registers.live import current_registers
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.writing import Authorship, write_rows
from tests.subjects.makers import HERE

NAME = "name: {zh: 某, en: Some}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("over: cake\nopenings: {}", "there is no type 'cake'"),
        ("over: performance\nentry: {starts: starts, ends: ends, title: colour}", "no open field 'colour'"),
        ("over: performance\nopenings: {}", "performance has no hours"),
        ("over: venue", "an `entry` for each subject, of a `thing`, or of `openings`"),
        ("over: venue\nopenings: {}\nthing: {type: Museum, fields: {name: name}}", "an `entry` for each subject, of a"),
        ("over: venue\nthing: {type: Museum, fields: {name: colour}}", "no open field 'colour'"),
        ("over: venue\nthing: {type: museum, fields: {name: name}}", "type"),
        ("over: patriotic-base\nthing: {type: Place, fields: {name: name}, states: [built]}", "no state 'built'"),
    ],
)
def test_what_a_feed_names_must_exist(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "feeds" / "toy.yaml"
    file.parent.mkdir()
    file.write_text(f"{NAME}\n{text}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=what):
        read_feed("hotline", file)


def test_every_shipped_feed_is_whole() -> None:
    assert find_faults().level == "ok", find_faults()


def rows_of(kind: str, rows: list[dict[str, Any]], since: date, until: date | None = None) -> None:
    """Write rows of a type from a day on."""
    numbered = [
        Row(n, str(row["number"]), since, until, row, None) for n, row in enumerate(rows, 1)
    ]  # fmt: skip
    write_rows(subject_type(kind), numbered, Authorship(HERE, "system:test", "a test"), since)


def performance(today: date, number: str, days: int, **more: str) -> dict[str, Any]:
    """An evening so many days from now."""
    zone = current_registers().calendar.zone
    starts = datetime.combine(today + timedelta(days=days), datetime.min.time(), zone) + timedelta(hours=19, minutes=30)
    return {
        "number": number, "name": "民乐之夜；上，下", "season": "S1", "venue": "V1",
        "starts_on": starts.date().isoformat(), "starts": starts.isoformat(),
        "ends": (starts + timedelta(hours=2)).isoformat(), "seats": "50",
        "public_seats": "40", "expected": "50", "handing": "turn", **more,
    }  # fmt: skip


def events(client: Client, address: str) -> dict[str, Any]:
    """The events of a calendar by their identity, as the foreign library reads them."""
    told: Any = client.get(address)
    assert told.status_code == 200
    assert told["content-type"].startswith("text/calendar")
    calendar: Any = icalendar.Calendar.from_ical(told.content)
    return {str(each["uid"]): each for each in calendar.walk("VEVENT")}


@pytest.mark.slow
def test_a_season_is_subscribed_to(loaded: None, db: None) -> None:
    today = timezone.localdate()
    rows_of("performance", [performance(today, "P1", 10), performance(today, "P2", 20)], today)
    client, address = Client(), "/feeds/performances/season.ics"
    first = events(client, address)
    (one, two) = sorted(first)
    assert str(first[one]["summary"]) == "民乐之夜；上，下"
    assert first[one]["dtstart"].dt.utcoffset() == timedelta(hours=8)
    assert (first[two]["dtend"].dt - first[two]["dtstart"].dt) == timedelta(hours=2)
    rows_of(
        "performance", [performance(today, "P1", 10, cancelled=today.isoformat()), performance(today, "P2", 21)], today
    )
    after = events(client, address)
    assert sorted(after) == [one, two], "what is called off stays, and nothing changes its identity"
    assert (str(after[one]["status"]), str(after[two]["status"])) == ("CANCELLED", "CONFIRMED")
    assert all(int(after[each]["sequence"]) >= int(first[each]["sequence"]) for each in after)
    assert after[two]["dtstart"].dt - first[two]["dtstart"].dt == timedelta(days=1)
    linked: Any = client.get("/feeds/performances/season.jsonld")
    said = {each["identifier"]: each for each in linked.json()["@graph"]}
    assert said[one]["eventStatus"] == "https://schema.org/EventCancelled"
    assert client.get("/feeds/performances/none.ics").status_code == 404


@pytest.mark.slow
def test_openings_follow_the_register_of_each_day(loaded: None, db: None) -> None:
    today = timezone.localdate()
    venue = {
        "number": "V1",
        "name": "北馆",
        "kind": "library",
        "status": "open",
        "hours": "Mo-Su 09:00-12:00,13:00-17:00",
    }
    rows_of("venue", [venue], today - timedelta(days=30))
    closed = [venue | {"status": "closed"}]
    rows_of("venue", closed, today + timedelta(days=3), today + timedelta(days=8))
    found = events(Client(), "/feeds/culture-venues/openings.ics?key=V1")
    days = {each["dtstart"].dt.date() for each in found.values()}
    assert len(found) == 2 * (28 - 5)
    assert days == {today + timedelta(days=n) for n in range(28) if not 3 <= n < 8}
    assert events(Client(), "/feeds/culture-venues/openings.ics?key=V9") == {}


@pytest.mark.slow
def test_bases_are_told_as_places_while_they_are_accredited(loaded: None, db: None) -> None:
    """What programs that search are given: schema.org's own words, of accredited bases alone."""
    today = timezone.localdate()
    organisations = current_registers().organisations.at(today)
    street = current_registers().areas.children(current_registers().district.code)[0]
    base = {
        "name": "某纪念馆", "keeper": organisations.units("department")[0].id, "street": street,
        "position": [116_300_000, 39_950_000], "holds": 300, "capacity": 120, "free": True, "languages": "中文;英文",
        "accredited_from": (today - timedelta(days=9)).isoformat(),
    }  # fmt: skip
    ends = {"B1": today + timedelta(days=9), "B2": today - timedelta(days=1)}
    rows_of(
        "patriotic-base", [base | {"number": key, "accredited_to": day.isoformat()} for key, day in ends.items()], today
    )
    (told,) = Client().get("/feeds/patriotic-sites/bases.jsonld").json()["@graph"]
    assert {name: told[name] for name in ("@type", "identifier", "name", "maximumAttendeeCapacity")} == {
        "@type": "TouristAttraction", "identifier": "B1", "name": "某纪念馆", "maximumAttendeeCapacity": 120,
    }  # fmt: skip
    assert told["geo"] == {"@type": "GeoCoordinates", "latitude": 39.95, "longitude": 116.3}
    assert told["isAccessibleForFree"] is True
    assert Client().get("/feeds/patriotic-sites/bases.ics").status_code == 404
    assert Client().get("/feeds/patriotic-sites/bases.jsonld?key=B2").json()["@graph"] == []
