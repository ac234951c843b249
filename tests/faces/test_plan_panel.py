"""A day's plan on its page: proposed with a bound, taken or changed by a person, open again when something fell due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from bihuan.declare.problems import DeclarationError
from bihuan.faces.panels.catalogue import read_view, views_of
from bihuan.faces.panels.declared import Shown
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Actor
from bihuan.registers.live import current_registers
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from tests.faces.test_views import visitor, written
from tests.subjects.makers import write as write_rows_of

NAME = "name: {zh: 某, en: Some}"
WHOSE, STREET = "view-inspector", (3, 0, 4, 1, 2)
"""Whose day it is; where on a street the five sites stand, in the order of their numbers."""


def stop(number: int, east: int, due: date, officer: str = WHOSE, done: date | None = None) -> Row:
    """A visit that is planned, so many steps along a street."""
    values: dict[str, Any] = {
        "number": f"P{number}", "site": f"S{number}", "officer": officer, "due": due.isoformat(),
        "position": [116300000 + 10_000 * east, 39950000], "done": done.isoformat() if done else None,
    }  # fmt: skip
    return Row(1, values["number"], due - timedelta(30), None, values, None)


@pytest.fixture
def day(loaded: None, db: None, built: None) -> date:
    """Five visits of one inspector that are due today, out of the order of the street, and one of a colleague."""
    now = datetime.now(UTC).astimezone(current_registers().calendar.zone).date()
    rows = [stop(n, east, now) for n, east in enumerate(STREET)]
    write_rows_of(subject_type("officer-plan"), [*rows, stop(9, 9, now, "colleague")])
    return now


def shown(*roles: str, user: str = WHOSE) -> Shown:
    """The plan of today's route as somebody sees it."""
    here = World(Actor(f"user:{user}", frozenset(roles)), current_registers(), datetime.now(UTC))
    kind, panel = views_of("work-safety")["route"].panels[0]
    return kind.show(here, "work-safety", panel)


def order(told: Shown) -> list[str]:
    """The visits from the first stop to the last."""
    return [row[2].text for row in told.rows]


@pytest.mark.slow
def test_each_sees_the_own_day_in_the_order_of_the_street_and_a_head_sees_all(day: date) -> None:
    mine = shown("inspector")
    assert order(mine) in (["P1", "P3", "P4", "P0", "P2"], ["P2", "P0", "P4", "P3", "P1"])
    assert [row[1].text for row in mine.rows] == ["1", "2", "3", "4", "5"]
    assert (len(mine.dots), list(mine.paths)) == (5, [(0, 5)])
    assert [int(row[-1].text) for row in mine.rows[1:]] == [pytest.approx(855, abs=5)] * 4, "0.01° at 39.95° north"
    everybody = shown("unit_head", user="head")
    assert [row[0].text for row in everybody.rows] == ["colleague", *[WHOSE] * 5]
    assert everybody.more is None, "nobody decides for another"
    assert shown("inspector", user="nobody").rows == []


@pytest.mark.slow
def test_a_person_takes_the_way_or_changes_it_and_what_is_due_anew_opens_it_again(day: date) -> None:
    client = visitor("inspector")
    address = "/programmes/work-safety/page/route/"
    page: Any = client.get(address, headers={"accept-language": "en"})
    text = unescape(page.content.decode())
    assert "are proposed" in text
    assert "not decided" in text
    assert '<polyline class="way way-0"' in text
    door = shown("inspector").more
    assert door is not None
    form: Any = client.get(door[0])
    assert form.content.decode().count("P1;P3;P4;P0;P2") + form.content.decode().count("P2;P0;P4;P3;P1") >= 1
    fields = {name: found[0] for name, found in parse_qs(urlsplit(door[0]).query).items() if name.startswith("f-")}
    edit = urlsplit(door[0]).path
    sent = {**fields, "valid_from": day.isoformat(), "reason": "按路线走"}
    assert _posted(client, edit, sent) == 302
    told = shown("inspector")
    assert "按建议确定" in told.message
    changed = sent | {"f-stops": "P0;P1;P2;P3;P4", "f-why": "上午先去市场", "reason": "市场上午才开"}
    assert _posted(client, f"{edit}?key={fields['f-number']}", changed) == 302
    other = shown("inspector")
    assert order(other) == ["P0", "P1", "P2", "P3", "P4"]
    legs = sum(int(row[-1].text) for row in other.rows)
    least = sum(int(row[-1].text) for row in told.rows)
    assert f"{legs}米，比建议路线多{legs - least}米" in other.message
    assert "上午先去市场" in other.message
    write_rows_of(subject_type("officer-plan"), [stop(5, 5, day), stop(0, 3, day, done=day)])
    again = shown("inspector")
    assert "新增1处、减少1处" in again.message
    assert set(order(again)) == {"P1", "P2", "P3", "P4", "P5"}
    assert order(again) != ["P1", "P2", "P3", "P4", "P5"], "what was decided holds no longer"


def _posted(client: Client, address: str, fields: dict[str, str]) -> int:
    return int(client.post(address, fields).status_code)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("type: self-check, whose: firm", "self-check lies nowhere"),
        ("type: officer-plan, whose: boss", "officer-plan has no open field 'boss'"),
        ("type: cake, whose: officer", "there is no type 'cake'"),
        ("type: officer-plan, whose: officer, states: [gone]", "officer-plan has no state 'gone'"),
    ],
)
def test_what_a_plan_names_must_exist(tmp_path: Path, more: str, what: str) -> None:
    decided = "decided: {type: day-route, whose: officer, day: day, stops: stops, why: why}"
    text = f"{NAME}\nabout: {{zh: 试, en: t}}\npanels:\n  - {{kind: plan, {NAME}, {more}, {decided}}}\n"
    with pytest.raises(DeclarationError, match=what):
        read_view("work-safety", written(tmp_path, text))
    wrong = text.replace(more, "type: officer-plan, whose: officer").replace("stops: stops", "stops: row")
    with pytest.raises(DeclarationError, match="day-route has no open field 'row'"):
        read_view("work-safety", written(tmp_path, wrong))
