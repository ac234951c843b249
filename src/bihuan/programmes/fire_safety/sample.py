"""Six weeks of buildings, panels, lanes and lifts, with what an honest house must find. See README.md.

Planted: direct elements, some first entered as ordinary ones; elements that add up; lanes blocked again and again;
silent panels, panels in fault or shielded for more than a day, one with too many false alarms; seals opened, a seal
nobody looked at; contracts that ended, lifts with e-bikes, calls of one community, an absent owner, a fire that
somebody has seen. Look-alikes: drills, dust of announced works, small panels with nothing to say, elements put right
before the next, five calls about one car, a weathered seal, a renewed contract. Buildings: buildings.py; what sensors
and people tell: readings.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.programmes.fire_safety.buildings import plant_venues, renew_contract, seal_days, tell_seals
from bihuan.programmes.fire_safety.readings import (
    measure,
    plant_lanes,
    plant_lifts,
    plant_panels,
    plant_people,
    see_lanes,
    tell_fire,
)

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
LASTS, EVERY, VENUES = 42, 6, 40
FINDERS = ("fire", "emergency", "market")


class FireWeeks:
    """The sample: what is where, who found what, and until when nobody puts it right."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("fire")
        self.sites = play.luck.stream("venues").sample(range(2_000), VENUES)
        self.spots: dict[str, Spot] = {}
        self.venues: dict[str, Row] = {}
        self.hold: dict[str, int] = {}
        self.own_side: dict[str, Matter] = {}
        self.done: set[tuple[str, int]] = set()
        self.attempts: list[tuple[str, Matter]] = []
        self.seals: list[Any] = []
        self.panels: dict[str, Row] = {}
        self.runs: dict[str, dict[str, tuple[int, int, str]]] = {"panel-faults": {}, "panel-shielded": {}}
        self.lifts: dict[str, dict[int, int]] = {}
        self.sightings: list[tuple[int, Row]] = []
        self.letters = 0

    def code(self, spot: Spot) -> str:
        """The code of the office of a place."""
        play = self.play
        return str(play.registers.organisations.spans(play.office(spot.street))[-1].code)

    def load(self, kind: str, rows: list[Row], day: int = 0, source: str = "fire office") -> None:
        """Load rows that must all be taken."""
        loaded = self.play.load(kind, rows, at=self.play.on(day), source=source)
        assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E20; docs/topics/play.md."""
    weeks = FireWeeks(play)
    plant_venues(weeks)
    plant_panels(weeks)
    plant_lanes(weeks)
    plant_lifts(weeks)
    plant_people(weeks)
    for day in range(EVERY, LASTS + 1, EVERY):
        play.to(play.day(day, 9))
        measure(weeks, day, EVERY)
        see_lanes(weeks, day)
        seal_days(weeks, day, EVERY)
        play.meanwhile()
        if day <= 3 * EVERY:  # each kind of letter that an order needs is written by then
            weeks.letters = len(play.letters())
        react(weeks, day)
        if day == 12:
            tell_fire(weeks)
            renew_contract(weeks, day)
    play.to(play.day(LASTS + 1, 9))
    seal_days(weeks, LASTS + 1, 1)
    play.meanwhile()
    tell_found(weeks)
    play.prove("direct_graded_general", direct_graded_general(weeks))
    play.prove("closed_by_finders_unit", closed_by_finders_unit(weeks))
    play.prove("letters", weeks.letters)


def react(weeks: FireWeeks, day: int) -> None:
    """Streets put right, owners sign, arbiters decide, inspectors of another unit look again."""
    play = weeks.play
    for row in play.cases(ended_at__isnull=True):
        key = str(row.about).partition("/")[2]
        if (row.number, day) in weeks.done or day < weeks.hold.get(key, 0):
            continue
        weeks.done.add((row.number, day))
        if row.kind in ("sealing", "common_repair"):
            continue
        if row.kind == "determination":
            _determine(weeks, row)
        elif row.state == "dispatched":
            _handle(weeks, row, key)
        elif row.state == "verifying":
            _verify(weeks, row)
        elif row.state == "received":
            play.act(play.matter(row), "dispatch", play.now + timedelta(minutes=20), play.person("fire_officer"))


def _determine(weeks: FireWeeks, row: CaseRow) -> None:
    play = weeks.play
    if row.state != "received":
        return
    arbiter = play.person("arbiter", play.unit("emergency"), 2)
    until = (play.now + timedelta(days=90)).isoformat()
    play.act(play.matter(row), "approve", play.now + timedelta(hours=1), arbiter, until=until)


def _handle(weeks: FireWeeks, row: CaseRow, key: str) -> None:
    play, matter, at = weeks.play, weeks.play.matter(row), weeks.play.now + timedelta(hours=1)
    by = play.person("handler", row.fold["lead"])
    play.act(matter, "accept", at, by)
    play.photo(matter, at + timedelta(minutes=30), by, weeks.spots[key], picture=f"{play.seed}/{row.number}")
    play.act(matter, "submit", at + timedelta(hours=2), by, {"text": "已整改 · put right"})


def _verify(weeks: FireWeeks, row: CaseRow) -> None:
    """Of a few hazards the finder's side tries to strike them off; then somebody of another unit looks again."""
    play, matter, at = weeks.play, weeks.play.matter(row), weeks.play.now + timedelta(hours=1)
    finder = str(row.fold.get("finder_unit") or "")
    if row.number in {each.number for each in weeks.own_side.values()}:
        colleague = play.person("inspector", play.unit("fire"), 5)
        play.attempt(
            "own_strike_off", str(row.about).partition("/")[2], matter, "verify", at, colleague, result="passed"
        )
    other = next(
        each for each in ("market", "housing-construction") if play.unit(each) not in (finder, row.fold["lead"])
    )
    play.act(
        matter, "verify", at + timedelta(minutes=30), play.person("inspector", play.unit(other), 4), result="passed"
    )


# -- what was found ---------------------------------------------------------------------------------------

RULES = {
    "fire_lane_blocked": "lane_blocked",
    "panel_fault": "panel_fault",
    "panel_shielded": "panel_shielded",
    "panel_silent": "silent_panel",
    "false_alarms": "false_alarms",
    "maintenance_over": "contract_over",
    "ebike_lift": "ebike_lift",
    "ebike_calls": "ebike_calls",
    "seal_opened": "seal_opened",
    "seal_unchecked": "seal_unchecked",
    "owner_absent": "owner_absent",
    "outlet_unseen": "outlet_unseen",
    "fire_whistle": "fire_whistle",
}


def tell_found(weeks: FireWeeks) -> None:
    """What the house says: incidents of its watches, and what it refused at the door."""
    play = weeks.play
    direct = {str(row["venue"]) for _, row in play.subjects("fire-finding") if row.get("class") == "direct"}
    repairs = {row.number: str(row.about).partition("/")[2] for row in play.cases(kind="common_repair")}
    for each in play.incidents():
        how = f"{each.watch} on {play.local(each.opened_at)}"
        if each.watch == "fire_major_venue":
            play.find("direct" if each.subject in direct else "combined", each.subject, how)
        elif each.watch == "repair_issue":
            play.find("joint_owners", repairs[each.subject], how)
        elif each.watch == "seal_opened":
            play.find("seal_opened", each.subject, how)
        else:
            play.find(RULES[each.watch], each.subject, how)
    for key, matter in weeks.attempts:
        if matter.refusal is not None:
            play.find(matter.refusal.code, key, matter.refusal.text.en)
    tell_seals(weeks)


def direct_graded_general(weeks: FireWeeks) -> int:
    """Count stored hazards of a direct element, by the register's class, that are not entered as major ones."""
    classes = {key: row.get("class") for key, row in weeks.play.subjects("fire-finding")}
    rows = weeks.play.cases(kind="fire_hazard")
    return sum(classes.get(row.number) == "direct" and row.fold["urgency"] != "urgent" for row in rows)


def closed_by_finders_unit(weeks: FireWeeks) -> int:
    """Count hazards whose second look was taken by the unit that found them."""
    rows = weeks.play.cases(kind="fire_hazard", outcome="closed")
    return sum(row.fold["verification"].get("unit") == row.fold.get("finder_unit") for row in rows)
