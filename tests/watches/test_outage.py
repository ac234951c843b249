"""A platform that fails opens one case, whoever stays silent after it another; nothing of a healthy device."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bihuan.server.home import current_home
from tests.watches.toys import AT, HERE, forget, look, permit, rows, watch_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]

SERIES = """
name: {zh: 玩具心跳, en: Toy beat}
subject: toy-visit
quantity: {zh: 电压, en: Voltage}
unit: V
zone: Asia/Shanghai
precision: 0
keeper: monitoring
alarms: [{name: quiet, kind: silence, minutes: 60, together: {by: permit, share: 60, least: 3, minutes: 30}}]
"""
ALONE = watch_text("{alarm: {rule: quiet, alone: true}}", over="{series: toy-beat}", acts="opens: {case: finding}")
FEED = watch_text("{outage: {of: {toy-beat: quiet}}}", acts="opens: {case: finding}")


def declare(series: str = SERIES, alone: str = ALONE, feed: str = FEED) -> None:
    """A series of visits whose values a permit brings, and the two watches."""
    folder = current_home().path / "programmes" / "toywatch"
    for name, text in (("series/toy-beat", series), ("watches/toy-alone", alone), ("watches/toy-feed", feed)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    forget()


def beat(beats: dict[str, list[float]], now: float) -> None:
    """Store heartbeats by subject and minutes after the start, and follow them as seen at a minute."""
    from bihuan.registers.isolation import in_district
    from bihuan.series.background import notice_silence
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.instants import micros
    from bihuan.series.store import partitions, writing
    from bihuan.series.store import rows as store_rows

    del partitions
    values = [(key, minute) for key, minutes in sorted(beats.items()) for minute in minutes]
    subjects, then = sorted(beats), AT + timedelta(minutes=now)
    if values:
        found = store_rows.empty_rows(len(values))
        for row, (key, minute) in zip(found, values, strict=True):
            row["line"], row["at"] = subjects.index(key), micros(AT + timedelta(minutes=minute))
            row["arrived"], row["value"], row["flag"] = row["at"], 220, ord("N")
        made = writing.Writer(current_catalogue().get("toy-beat"), HERE, "test", "user:test", then, True)
        with in_district(HERE):
            writing.append_rows(made, found, subjects, tacit=False)
    notice_silence(HERE, current_catalogue(), then)
    while follow_touched(HERE, current_catalogue(), then):
        pass


def run(now: float) -> dict[str, list[str]]:
    """What the two watches open at a minute."""
    looks = look(AT + timedelta(minutes=now), "toy-alone", "toy-feed").looks
    for each in looks:
        assert each.fault is None, each.fault
    return {each.watch.name: sorted(found.found.subject for found in each.opened) for each in looks}


def test_a_platform_that_fails_is_one_case_and_who_stays_silent_after_it_another() -> None:
    declare()
    for key in ("p1", "p2"):
        permit(key)
    devices = {f"d{n}": "p1" for n in range(5)} | {f"e{n}": "p2" for n in range(4)}
    rows("toy-visit", date(2026, 1, 1), [(key, {"permit": feed}) for key, feed in devices.items()])
    usual = [float(minute) for minute in range(0, 50, 10)]
    beat(dict.fromkeys(devices, usual) | {"e0": [0.0]}, 50)
    others = {f"e{n}": [float(minute) for minute in range(50, 130, 10)] for n in range(1, 4)}
    beat(others, 125)
    assert run(80) == {"toy-alone": [], "toy-feed": []}, "e0 is silent since minute 60, the others may still follow"
    assert run(125) == {"toy-alone": ["e0"], "toy-feed": []}, "the silences of d0…d4 began at minute 100"
    beat({}, 131)
    assert run(131) == {"toy-alone": [], "toy-feed": ["p1"]}
    spoke = [*(f"d{n}" for n in range(4)), "e1", "e2", "e3"]
    beat({key: [float(minute) for minute in range(140 if key[0] == "e" else 200, 310, 10)] for key in spoke}, 300)
    assert run(300) == {"toy-alone": ["d4"], "toy-feed": []}, "d4 stays silent when its platform is back"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"series": SERIES.split(", together")[0] + "}]\n"}, "does not say when many silences are one"),
        ({"feed": FEED.replace("toy-beat: quiet", "toy-beat: loud")}, "no alarm 'loud'"),
        ({"feed": FEED.replace("toy-permit", "toy-visit")}, "does not lead to toy-visit"),
    ],
)
def test_what_hangs_together_wrongly_is_told(wrong: dict[str, str], told: str) -> None:
    from bihuan.watches.catalogue import current_catalogue

    declare(**wrong)
    problems: list[Any] = [problem.what for problem in current_catalogue().problems]
    assert any(told in each for each in problems), problems
