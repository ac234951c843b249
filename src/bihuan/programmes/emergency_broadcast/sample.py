"""Four days of a district's loudspeakers and four messages, with faults and look-alikes planted in them. See README.md.

Planted: terminals that fall silent, a message altered on its way, a draft that its author signs, a message that was
taken back and still waits in a terminal's queue, a drill aimed at people, releases of the wrong level or over before
they begin. Look-alikes: gaps of some hours, heartbeats that come late, receipts that come twice or late, audiences that
overlap, drills to the drill network, honest signatures and releases.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow
from bihuan.programmes.emergency_broadcast.airing import (
    Sent,
    aim_drill,
    answer_message,
    cancel_message,
    check_signatures,
    prove_coverage,
    prove_plan,
    send_message,
)

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
DAYS, STEP, BEAT = 4, 12, 2
"""Days played, hours between two looks, hours between two heartbeats."""
PRODUCTION, DRILLS, CELLS = 36, 4, 60
SILENT, GAPS, LATE, AGAIN = 6, 4, 2, 30
"""Terminals that fall silent, that pause, whose heartbeats come again; heartbeats after which they come again."""
PLATFORM = "broadcast-platform"
HEADLINES = ("暴雨橙色预警", "大风蓝色预警", "积水内涝提示", "高温黄色预警")


class Broadcast:
    """The sample: terminals, cells that hear them, their heartbeats, messages."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("broadcast")
        self.spots: dict[str, Spot] = {}
        self.terminals = [self._terminal(n, "production") for n in range(PRODUCTION)]
        self.terminals += [self._terminal(PRODUCTION + n, "drill") for n in range(DRILLS)]
        self.production = [row["number"] for row in self.terminals if row["network"] == "production"]
        self.drills = [row["number"] for row in self.terminals if row["network"] == "drill"]
        self.cells: list[Row] = [
            {"cell": f"CELL{n:04d}", "population": self.luck.whole(40, 1_400),
             "street": play.district.spot("cell", n).street, "position": play.district.spot("cell", n).text()}
            for n in range(CELLS)
        ]  # fmt: skip
        self.hears: list[Row] = [
            {"number": f"H{n:04d}", "terminal": terminal, "cell": cell["cell"], "tried": play.on(-30)}
            for n, (cell, terminal) in enumerate(
                (cell, terminal) for cell in self.cells
                for terminal in self.luck.sample(self.production, self.luck.whole(1, 3))
            )
        ]  # fmt: skip
        self.quiet: dict[str, tuple[datetime, datetime]] = {}
        self.late: set[str] = set()
        self.again: list[Row] = []
        self.sent: list[Sent] = []
        self.cancelled: dict[str, datetime] = {}
        self.done: set[str] = set()
        self.doubles = 0

    def _terminal(self, number: int, network: str) -> Row:
        spot, key = self.play.district.spot("speaker", number), f"SP{number:03d}"
        self.spots[key] = spot
        return {
            "number": key, "name": f"{spot.name}{number + 1}号广播", "network": network, "street": spot.street,
            "resource": f"5{spot.community}0314{number:04d}00", "answers": "emergency", "crs": "EPSG:4490",
            "keeper": "outside:audio-works", "feed": PLATFORM, "people": 0,
            "position": spot.text(), "begun": self.play.on(-300),
        }  # fmt: skip

    def load(self) -> None:
        """Load the registers as files; a code of the wrong length is refused at the door."""
        play, on = self.play, self.play.on(-300)
        platform = {"number": PLATFORM, "name": "应急广播平台", "answers": "emergency", "begun": play.on(-400)}
        for kind, rows in (
            ("feed", [platform]),
            ("broadcast-terminal", self.terminals),
            ("audience-cell", self.cells),
            ("hearing", self.hears),
        ):
            loaded = play.load(kind, rows, at=on, source="media centre")
            assert not loaded.rejected, loaded.rejects
        wrong = self.terminals[0] | {"number": "SPX", "resource": "123"}
        play.prove("codes_refused", play.load("broadcast-terminal", [wrong], at=on).rejected)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E22; docs/topics/play.md."""
    cast = Broadcast(play)
    plant_silence(cast)
    cast.load()
    propose_releases(cast)
    for look in range(1, DAYS * 24 // STEP + 1):
        first, last = play.day(0, (look - 1) * STEP), play.day(0, look * STEP)
        play.to(last)
        beat(cast, first, last)
        play.meanwhile()
        air(cast, look)
        repair(cast)
    fall_silent(cast)
    for each in play.incidents():
        if each.watch == "message_unreviewed":
            play.find("not_reviewed", each.subject, each.watch)
    for row in play.cases(kind="maintenance"):
        play.find("silent", _terminal_of(row), f"case {row.number}")
    check_signatures(cast, cast.sent[1].key)
    prove_plan(cast)
    prove_coverage(cast, cast.sent[0])
    play.prove("double_receipts_refused", cast.doubles)


def plant_silence(cast: Broadcast) -> None:
    """Terminals that fall silent; and those that only pause, or whose heartbeats come late."""
    play, left = cast.play, cast.luck.sample(cast.production, SILENT + GAPS + LATE)
    for n in range(SILENT):
        terminal, begins = left.pop(), play.day(n % 3, cast.luck.whole(3, 20))
        cast.quiet[terminal] = (begins, play.day(DAYS + 1))
        play.plant("silent", terminal, f"no heartbeat from {begins.isoformat()} on")
    for _ in range(GAPS):
        terminal, begins = left.pop(), play.day(cast.luck.whole(0, 3), cast.luck.whole(2, 6))
        cast.quiet[terminal] = (begins, begins + timedelta(hours=3))
        play.look_alike("silent", terminal, "a pause of under six hours")
    for terminal in left:
        cast.late.add(terminal)
        play.look_alike("silent", terminal, "each heartbeat arrives twice, the second one late")


def beat(cast: Broadcast, first: datetime, last: datetime) -> None:
    """Heartbeats of every terminal since the last look; those that come late come again."""
    luck, rows = cast.play.luck.stream(f"beat/{last.isoformat()}"), []
    when = first
    while when < last:
        when += timedelta(hours=BEAT)
        for row in cast.terminals:
            key = row["number"]
            begins, ends = cast.quiet.get(key, (last, first))
            if not begins <= when < ends:
                rows.append(
                    {"subject": key, "time": when.isoformat(), "value": f"{luck.whole(2150, 2290) / 10}", "flag": "ok"}
                )
    cast.play.observe("terminal-heartbeat", rows, source="platform")
    cast.again += [row for row in rows if row["subject"] in cast.late]
    if len(cast.again) > AGAIN:
        cast.play.observe("terminal-heartbeat", cast.again, source="platform")
        cast.again = []


def propose_releases(cast: Broadcast) -> None:
    """Releases on the gate: honest ones pass, one of the wrong level and one that ends before it begins do not."""
    play = cast.play
    officer = play.person("broadcast_officer", play.unit("emergency"))
    approver = play.person("broadcast_approver", play.unit("government-office"))
    levels = {"red": "extreme", "orange": "severe", "yellow": "moderate", "blue": "minor"}
    for n, (colour, fault) in enumerate((("orange", ""), ("blue", ""), ("yellow", "level_of_colour"),
                                         ("red", "over_before_it_begins"), ("yellow", ""))):  # fmt: skip
        key, at = f"release-{n}", play.day(n % 4, 8 + n)
        fields = {
            "headline": HEADLINES[n % 4], "event": cast.luck.pick(("rain", "wind", "flood")), "colour": colour,
            "level": "minor" if fault == "level_of_colour" else levels[colour], "region": "110108",
            "starts": play.on(n % 4).isoformat(),
            "expires": play.on(n % 4 + (-1 if fault == "over_before_it_begins" else 2)).isoformat(),
        }  # fmt: skip
        matter = play.report("release", at, officer, key=key, title=HEADLINES[n % 4], fields=fields, urgency="urgent",
                             dispatch=False)  # fmt: skip
        until = play.day(n % 4 + 10).isoformat()
        if fault:
            play.plant(fault, key, "proposed so")
            play.attempt(fault, key, matter, "approve", at + timedelta(minutes=8), approver, until=until)
            play.act(matter, "reject", at + timedelta(minutes=12), approver, reason="与规则不符")
        else:
            for rule in ("level_of_colour", "over_before_it_begins"):
                play.look_alike(rule, key, "as the rule says")
            play.act(matter, "approve", at + timedelta(minutes=8), approver, until=until)
            if n == 1:
                play.act(matter, "revoke", at + timedelta(hours=6), approver, reason="险情解除")


def air(cast: Broadcast, look: int) -> None:
    """Messages of this look: sent, answered, taken back."""
    play, silent = cast.play, {key for key, (begins, ends) in cast.quiet.items() if begins <= cast.play.now < ends}
    if look == 2:
        aim_drill(cast)
    if look in (2, 4, 5, 7):
        number = len(cast.sent)
        to = cast.luck.sample(cast.production, len(cast.production) if number == 0 else 20)
        sent = send_message(cast, f"M{play.seed}-{number}", HEADLINES[number], sorted(to), own=number == 2)
        cast.sent.append(sent)
        unheard = silent | set(cast.luck.sample(sent.to, 10 if number == 3 else 2))
        answer_message(cast, sent, unheard)
    if look == 6:
        review(cast)
    if look == 8:
        sent = cast.sent[-1]
        cast.cancelled[sent.key] = play.now
        cancel_message(cast, sent, cast.luck.pick([key for key in sent.to if key not in {*silent, *sent.done}]))


def review(cast: Broadcast) -> None:
    """Messages are over: those of two colours are reviewed, that of the third is forgotten."""
    play, rows = cast.play, []
    for number, said in play.subjects("alert"):
        if said["colour"] == "yellow":
            play.plant("not_reviewed", number, "over, and nobody reviewed it")
            continue
        rows.append({"number": f"BR-{number}", "alert": number, "done_on": play.on(3).isoformat(), "target": 1000,
                     "reached": cast.luck.whole(700, 1000), "unanswered": 2, "lessons": "补测两处网格"})  # fmt: skip
        play.look_alike("not_reviewed", number, "reviewed before the day was over")
    told = play.load("broadcast-review", rows, at=play.on(3), source="media centre")
    assert not told.rejected, told.rejects


def repair(cast: Broadcast) -> None:
    """The keeper goes there, a photograph, the terminal is heard again; an inspector of another unit tries it."""
    play = cast.play
    for row in play.cases(kind="maintenance", ended_at__isnull=True):
        matter, terminal = play.matter(row), _terminal_of(row)
        if row.state == "dispatched":
            handler = play.person("handler", row.fold["lead"])
            begun, there = play.now + timedelta(minutes=20), play.now + timedelta(hours=3)
            play.act(matter, "accept", begun, handler)
            play.photo(matter, there, handler, cast.spots[terminal], picture=f"{play.seed}/{row.number}")
            play.act(
                matter, "submit", there + timedelta(minutes=30), handler, words={"text": "已更换电源 · supply replaced"}
            )
            begins, _ = cast.quiet[terminal]
            cast.quiet[terminal] = (begins, there + timedelta(minutes=30))
        elif row.state == "verifying" and row.number not in cast.done:
            cast.done.add(row.number)
            inspector = play.person("inspector", play.unit("urban-enforcement"), len(cast.done) % 3)
            play.act(matter, "verify", play.now + timedelta(hours=2), inspector, result="passed")


def fall_silent(cast: Broadcast) -> None:
    """When the days are over nobody says anything any more: one matter of the platform, none of forty terminals."""
    play = cast.play
    play.plant("platform", PLATFORM, "every terminal falls silent at once")
    for key in (*cast.drills, *(each for each in cast.production if each not in cast.quiet and each not in cast.late)):
        play.look_alike("silent", key, "silent with the platform")
    play.to(play.day(DAYS, 12))
    play.meanwhile()
    for row in play.cases(kind="platform_fault"):
        play.find("platform", _terminal_of(row), f"case {row.number}")


def _terminal_of(row: CaseRow) -> str:
    return str(row.about).partition("/")[2]
