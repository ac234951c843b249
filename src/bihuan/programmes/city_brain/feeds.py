"""Platforms of the sample: one fails for half a day with all its devices, one with everything when the week is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.city_brain.sample import Brain
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
OUT_ON, FROM, LASTS_HOURS = 5, 3, 14
"""The day and the local hour from which platform B is silent, and for how long."""


def feed_rows(play: Play) -> list[Row]:
    """Two platforms: A brings gauges, covers and most bins, B the rest of the bins."""
    names = {"platform-a": "市政物联平台", "platform-b": "环卫物联平台"}
    return [
        {"number": key, "name": name, "answers": "urban-management", "keeper": "outside:iot", "begun": play.on(-500)}
        for key, name in names.items()
    ]


def plant_outage(brain: Brain) -> None:
    """Platform B says nothing for half a day; devices that are faulty themselves hang on platform A."""
    from bihuan.programmes.city_brain.sample import Episode

    play, begins = brain.play, brain.play.day(OUT_ON, FROM)
    for row in brain.devices:
        if row["number"] in brain.faults:
            row["feed"] = "platform-a"
        elif row["feed"] == "platform-b":
            others = brain.episodes.setdefault(row["number"], [])
            if not any(each.how == "silent" for each in others):
                play.look_alike("dead", row["number"], "silent with its platform, back with it")
            others.append(Episode(begins, begins + timedelta(hours=LASTS_HOURS), None, "silent"))
    play.plant("outage", "platform-b#1", "all its bins say nothing for half a day")
    play.look_alike("outage", "platform-a#2", "five of its devices die in one week, each for itself")


def plant_the_end(brain: Brain) -> None:
    """Nobody says anything any more for a day and a half: two platforms, not a hundred and sixty devices."""
    play = brain.play
    play.plant("outage", "platform-a#1", "everything falls silent when the week is over")
    play.plant("outage", "platform-b#2", "everything falls silent when the week is over")
    before = len(play.cases(kind="device_fault"))
    play.to(play.day(8, 12))
    play.meanwhile()
    play.prove("cases_of_devices_at_the_end", len(play.cases(kind="device_fault")) - before)


def find_outages(brain: Brain) -> None:
    """Each platform's outages, counted."""
    seen: dict[str, int] = {}
    for row in brain.play.cases(kind="feed_fault"):
        feed = str(row.about).partition("/")[2]
        seen[feed] = seen.get(feed, 0) + 1
        brain.play.find("outage", f"{feed}#{seen[feed]}", f"case {row.number}")
