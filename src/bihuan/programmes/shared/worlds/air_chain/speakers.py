"""Loudspeakers of the chain of air: they beat every two hours, answer the message, and one of them is silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

COUNT, BEAT, PLATFORM = 14, 2, "broadcast-platform"


class Speakers:
    """The loudspeakers, and which of them says nothing from when on."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("speakers")
        self.spots: dict[str, Spot] = {}
        self.rows = [self._row(n) for n in range(COUNT)]
        self.quiet: dict[str, tuple[datetime, datetime]] = {}

    def _row(self, number: int) -> dict[str, Any]:
        spot, key = self.play.district.spot("speaker", number), f"SP{number:03d}"
        self.spots[key] = spot
        return {
            "number": key, "name": f"{spot.name}{number + 1}号广播", "network": "production", "street": spot.street,
            "resource": f"5{spot.community}0314{number:04d}00", "answers": "emergency", "crs": "EPSG:4490",
            "keeper": "outside:audio-works", "feed": PLATFORM, "people": 0, "position": spot.text(),
            "begun": self.play.on(-300),
        }  # fmt: skip

    def plant(self) -> None:
        """One falls silent before the warning; all others answer."""
        play, silent = self.play, self.luck.pick([row["number"] for row in self.rows])
        self.quiet[silent] = (play.day(0, self.luck.whole(4, 12)), play.day(99))
        play.plant("silent", silent, "no heartbeat before the message comes")
        play.plant("unheard", silent, "and no receipt of the message")
        for row in self.rows:
            if row["number"] != silent:
                play.look_alike("silent", row["number"], "beats every two hours")

    def load(self) -> None:
        """Load platform and loudspeakers."""
        on = self.play.on(-300)
        feed = {"number": PLATFORM, "name": "应急广播平台", "answers": "emergency", "begun": self.play.on(-400)}
        for kind, rows in (("feed", [feed]), ("broadcast-terminal", self.rows)):
            loaded = self.play.load(kind, rows, at=on, source="media centre")
            assert not loaded.rejected, loaded.rejects

    def repaired(self, key: str, at: datetime) -> None:
        """It is heard again from then on."""
        self.quiet[key] = (self.quiet[key][0], at)

    def beat(self, first: datetime, last: datetime) -> None:
        """The heartbeats since the last look."""
        rows, when = [], first
        while when < last:
            when += timedelta(hours=BEAT)
            for row in self.rows:
                begins, ends = self.quiet.get(row["number"], (last, first))
                if not begins <= when < ends:
                    value = f"{self.luck.whole(2150, 2290) / 10}"
                    rows.append({"subject": row["number"], "time": when.isoformat(), "value": value, "flag": "ok"})
        self.play.observe("terminal-heartbeat", rows, source="platform", follow=False)
