"""From a forecast to sites that are put right and stations that drop; see world.yaml.

Planted: a warning that drafts a broadcast and the measures of sites, sites that only a drawn inspection finds dusty
while their neighbours' stations show it, a loudspeaker that is silent when the message comes, a station that is stuck,
a chimney with suspicious data beside a hot cell and a complaint of smell. Look-alikes: graded sites that are clean,
loudspeakers that answer, a hot cell with a complaint and no chimney, a chimney with a complaint and no hot cell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.store import history
from bihuan.programmes.air.sample import Air, observe
from bihuan.programmes.air.warnings import keep_measures
from bihuan.programmes.shared.worlds.air_chain.chimneys import Chimneys
from bihuan.programmes.shared.worlds.air_chain.inspections import SiteInspections
from bihuan.programmes.shared.worlds.air_chain.speakers import Speakers
from bihuan.programmes.shared.worlds.air_chain.stations import ChainedAir

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.plays.play import Play

LASTS = 9
DAYS, STEP = 7, 12


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs env, "Links to test"; docs/topics/play.md, "Worlds"."""
    chain = ChainedAir(Air(play))
    chain.plant()
    speakers, chimneys = Speakers(play), Chimneys(chain)
    chimneys.plant()
    speakers.plant()
    inspections = SiteInspections(chain)
    chain.air.load()
    speakers.load()
    chimneys.load()
    inspections.load()
    chain.warn()
    for look in range(1, DAYS * 24 // STEP + 1):
        first, last = play.day(0, (look - 1) * STEP), play.day(0, look * STEP)
        play.to(last)
        observe(chain.air, first, last)
        speakers.beat(first, last)
        chimneys.observe(range((look - 1) * STEP, look * STEP))
        play.meanwhile()
        play.letters()
        chain.sign_orders(speakers)
        inspections.follow()
        for row in play.cases(ended_at__isnull=True):
            react(chain, inspections, speakers, row)
        keep_measures(chain.air)
    play.to(play.day(DAYS, 5))
    tell_found(chain, inspections, speakers)
    play.prove("letters", len(play.letters()))


def react(chain: ChainedAir, inspections: SiteInspections, speakers: Speakers, row: CaseRow) -> None:
    """Whoever has a case goes there once; a hot cell waits for what stands behind it, as its street is told."""
    if row.kind in ("warning", "obligation", "release", "approval", "visit", "finding") or row.programme == "hotline":
        return
    key, play = str(row.about).partition("/")[2], chain.play
    if row.state == "dispatched" and (row.number, "taken") not in chain.done:
        chain.done.add((row.number, "taken"))
        handler = play.person("handler", row.fold["lead"])
        play.act(play.matter(row), "accept", play.now + timedelta(minutes=20), handler)
    if row.state in ("dispatched", "in_progress") and (row.number, "handed") not in chain.done:
        if row.kind == "hotspot" and chain.waits(key):
            return
        chain.done.add((row.number, "handed"))
        spot = speakers.spots.get(key) or chain.spot_of(key)
        chain.hand_in(row, spot)
        if row.kind == "maintenance":
            speakers.repaired(key, play.now + timedelta(hours=2))
    elif row.state == "verifying" and row.kind != "hotspot" and (row.number, "looked") not in chain.done:
        chain.done.add((row.number, "looked"))
        inspector = play.person("inspector", play.unit("urban-enforcement"), len(chain.done) % 3)
        later = timedelta(hours=49 if row.kind == "tamper" else 3)  # of data two valid days are waited for
        play.act(play.matter(row), "verify", play.now + later, inspector, result="passed")


def tell_found(chain: ChainedAir, inspections: SiteInspections, speakers: Speakers) -> None:
    """What the house says: its cases, its incidents, its orders, and the order in which one came after another."""
    play = chain.play
    opened: dict[str, Any] = {}
    for row in play.cases():
        key = str(row.about).partition("/")[2]
        opened.setdefault(f"{row.kind}/{key}", row.opened_at)
        if row.kind == "hotspot":
            play.find("hot_cell", key, f"case {row.number}")
            if any(event.kind == "verified" and event.data.get("observation") for event in history(row.id)):
                play.find("dropped", key, f"case {row.number} closed by its station")
        elif row.kind in ("site_dust", "maintenance", "joint_check", "tamper"):
            rule = {"site_dust": "dust", "maintenance": "silent", "joint_check": "one_visit"}.get(row.kind, row.kind)
            play.find(rule, key, f"case {row.number}")
        elif row.kind == "instrument" and row.programme == "air":
            play.find("fault", key, f"case {row.number}: {row.category}")
        elif row.kind == "finding" and row.programme == "joint-inspection":
            play.find("inspected", key, f"case {row.number}")
    chain.tell_orders(speakers)
    chain.tell_fault()
    steps = [inspections.in_order(opened, site) for site in inspections.dusty]
    play.prove("in_order", f"{sum(steps)}/{len(steps)}")
    play.prove("reasons", chain.reasons_of_visit())


__all__ = ["play_sample"]
