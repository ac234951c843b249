"""From a section over its target to the firm above its permit, and back to a river that has recovered. See world.yaml.

Planted: two firms that discharge more than their permit into drains that end in a storm outlet; each step must be asked
for by the step before, through what the programmes declare: outlets are traced, drains measured, values compared, the
segment named, the hours above the permit found, the section closes its own case; one firm begins again. Look-alikes: a
storm of two days, clean drains, a firm above its permit whose water does not reach the river.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
from bihuan.programmes.shared.worlds.water_chain.waters import ChainedWaters, WaterStretch

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.watches.models import IncidentRow

LASTS = 22
DAYS, LOOK, RELAPSE = 20, 9, 13
ASKED = {"outlet_traced": "traced", "black_reported": "reported", "outlet_to_compare": "compared",
         "mixed_connection": "segment", "section_over": "section_over", "cod_above": "above_permit",
         "section_again": "again"}  # fmt: skip
"""Watches, and what the sample calls what they find."""


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs env, "Links to test"; docs/topics/play.md, "Worlds"."""
    waters = ChainedWaters(play)
    plant_chains(waters)
    waters.load()
    again = max(each.number for each in waters.stretches if each.kind == "chain")
    for day in range(DAYS + 1):
        play.to(play.day(day, LOOK))
        if day == RELAPSE:
            waters.relapse(waters.stretches[again], RELAPSE * 24)
        waters.sample_sections(day)
        for each in waters.stretches:
            if each.kind != "chain" or "asked" in each.told:
                waters.send_hours(each, day * 24 + LOOK)
        play.meanwhile()
        play.letters()
        for incident in play.incidents():
            follow(waters, incident, day)
        for row in play.cases(ended_at__isnull=True):
            react(waters, row)
    play.to(play.day(DAYS + 1, LOOK))
    tell_found(waters)
    play.prove("letters", len(play.letters()))


def plant_chains(waters: ChainedWaters) -> None:
    """What must be found at each stretch, and what must be left alone."""
    play = waters.play
    chains = [each for each in waters.stretches if each.kind == "chain"]
    for each in waters.stretches:
        if each.kind == "chain":
            play.plant("section_over", each.section, f"foul from hour {each.begins} on")
            play.plant("traced", each.outlet, "the outlet of its reach")
            play.plant("reported", f"BC{each.number}", "the chief's clerk smelled it while tracing")
            play.plant("segment", waters.closing(each), f"the firm gets in at {each.tree.key(each.tree.foul or 0)}")
            play.plant("compared", each.firm, "the firm on that segment")
            play.plant("above_permit", each.firm, "hours above the permit")
            play.plant("recovered", each.section, "two valid samples back in the class close the case")
        else:
            for rule, key in (("section_over", each.section), ("traced", each.outlet), ("compared", each.firm)):
                play.look_alike(rule, key, each.kind)
    play.plant("again", chains[-1].section, f"something runs past the logger from day {RELAPSE} on")
    play.look_alike("again", chains[0].section, "stays clean")
    neighbour = next(each for each in waters.stretches if each.kind == "neighbour")
    play.plant("above_permit", neighbour.firm, "above its permit; its drain does not lead into the river")


def follow(waters: ChainedWaters, incident: IncidentRow, day: int) -> None:
    """Whoever is reminded does what is asked, once: drains are measured, a logger is asked for what it kept."""
    if incident.watch not in ("outlet_traced", "outlet_to_compare") or incident.ended_at is not None:
        return
    each = waters.of(incident.subject)
    mark = f"{incident.watch}:{incident.incident}"
    if mark in each.told:
        return
    each.told.add(mark)
    if incident.watch == "outlet_traced" and "measured" not in each.told:
        each.told.add("measured")
        waters.measure_drains(each, day)
    elif incident.watch == "outlet_to_compare":
        each.told.add("asked")
        waters.send_hours(each, day * 24 + LOOK)


def react(waters: ChainedWaters, row: CaseRow) -> None:
    """Offices trace and report, firms are put right when hours show it, inspectors look where no sensor does."""
    play, key = waters.play, str(row.about).partition("/")[2]
    each, section = waters.of(key), row.programme == "surface-water"
    if row.state == "dispatched" and (row.number, "taken") not in waters.done:
        waters.done.add((row.number, "taken"))
        handler = play.person("handler", row.fold["lead"])
        play.act(play.matter(row), "accept", play.now + timedelta(minutes=20), handler)
        if section and "reported" not in each.told:
            _report_smell(waters, each)
        if row.programme == "pollution-sources":
            waters.stop(each)
    elif row.state == "in_progress" and (row.number, "handed") not in waters.done:
        if section and each.above(int((play.now - play.day(0)).total_seconds() // 3600)):
            return  # the office waits until the source above has stopped
        waters.done.add((row.number, "handed"))
        _hand_in(waters, row, each)
        if section:
            waters.stop(each)
    elif row.state == "verifying" and not section and (row.number, "looked") not in waters.done:
        waters.done.add((row.number, "looked"))
        inspector = play.person("inspector", play.unit("urban-enforcement"), len(waters.done) % 3)
        play.act(play.matter(row), "verify", play.now + timedelta(hours=5), inspector, result="passed")


def _report_smell(waters: ChainedWaters, each: WaterStretch) -> None:
    play = waters.play
    each.told.add("reported")
    clerk = play.person("chief_clerk", play.office(each.spot.street))
    play.report(
        "finding", play.now + timedelta(hours=1), clerk, key=f"smell:{each.number}", title="河面异味", spot=each.spot,
        category="river.smell", subject=each.reach["number"], urgency="urgent", programme="river-chief",
    )  # fmt: skip


def _hand_in(waters: ChainedWaters, row: CaseRow, each: WaterStretch) -> None:
    play, matter, there = waters.play, waters.play.matter(row), waters.play.now + timedelta(hours=1)
    handler = play.person("handler", row.fold["lead"])
    for n in (1, 2):
        picture = f"{play.seed}/{row.number}/{n}"
        play.photo(matter, there + timedelta(minutes=n), handler, each.spot.moved(n * 90, 60), picture=picture)
    words = {"text": "已溯源整改 · traced and put right"}
    play.act(matter, "submit", there + timedelta(minutes=20), handler, words)


def tell_found(waters: ChainedWaters) -> None:
    """What the house says: incidents of its watches, sections that closed their own cases, the order of the steps."""
    play = waters.play
    when: dict[str, dict[str, Any]] = {}
    for incident in play.incidents():
        rule = ASKED.get(incident.watch)
        if rule is not None:
            key = incident.subject if rule != "again" else incident.subject.partition("/")[2] or incident.subject
            play.find(rule, key, incident.watch)
            when.setdefault(rule, {}).setdefault(key, incident.opened_at)
    for row in play.cases(programme="surface-water", kind="exceedance"):
        if any(event.kind == "verified" and event.data.get("observation") for event in history(row.id)):
            play.find("recovered", str(row.about).partition("/")[2], f"case {row.number} closed by its section")
    chains = [each for each in waters.stretches if each.kind == "chain"]
    play.prove("in_order", f"{sum(_in_order(waters, when, each) for each in chains)}/{len(chains)}")


def _in_order(waters: ChainedWaters, when: dict[str, dict[str, Any]], each: WaterStretch) -> bool:
    """Whether each step of a chain came no earlier than the one that asks for it."""
    keys = (("section_over", each.section), ("traced", each.outlet), ("segment", waters.closing(each)),
            ("compared", each.firm), ("above_permit", each.firm))  # fmt: skip
    told = [when[rule][key] for rule, key in keys if key in when.get(rule, {})]
    return len(told) == len(keys) and told == sorted(told)


__all__ = ["play_sample"]
