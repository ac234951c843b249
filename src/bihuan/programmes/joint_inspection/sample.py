"""Two thousand firms, three departments and one public draw, with what an honest inspection must find planted in it.

Planted: 25 interests that lie in another firm of the drawn firm's group, 10 firms that two offices would visit in the
same weeks, 5 visits that nobody approved; visits over the cap without the named approver, offices without authority,
findings that the finder's side strikes off, results that are not public in time, complaints that end the no-disturb
list. Look-alikes: an interest that is over, one behind a minority share, windows that share only days off, windows that
do not touch, approved visits, a named approver, a special campaign, a result public on its last days, an invalid
complaint. See README.md and registers.py.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bihuan.documents.orders.acting import approve_order, draft_order, receipt_order
from bihuan.draws.drawing import VisitWindow, commit_lists, draw_and_staff, recuse_inspector
from bihuan.draws.pure.lists import recusals_of, sizes_of_strata
from bihuan.draws.pure.record import verify_staffed_draw
from bihuan.programmes.joint_inspection.registers import DEPARTMENTS, WAYS
from bihuan.programmes.joint_inspection.season import (
    CATEGORY,
    DAYS,
    FIRST,
    JOINT,
    OTHER,
    PLANS,
    PROGRAMME,
    Season,
    Visited,
    arrive,
    ask,
    find_wrong,
    go,
    merge_tasks,
    put_right,
)  # fmt: skip

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play


WORKER_DAYS = (*range(14, 50, 7), 70, DAYS)
MADE = 45
"""Days on which the worker looks; how many ordinary visits are made, the others stay planned."""
LASTS = 96
"""The most days that the sample plays."""


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E30; docs/topics/play.md."""
    season = Season(play)
    plant_interests(season)
    season.lists.load()
    facts = play.script.facts_at(play.now)
    most = {g: int(facts.table(PROGRAMME, "inspection_cap", play.now, {"grade": g})[0]) for g in "ABCD"}
    season.lists.load_caps(most, season.year)
    decide_plans(season)
    play.to(play.day(3, 12))
    play.meanwhile()
    draw_in_public(season)
    later = [
        plant_double_visits(season), plant_caps(season), plant_unapproved(season), plant_authority(season),
        plant_late_results(season), plant_tips(season),
    ]  # fmt: skip
    recuse_one(season)
    merge_tasks(season)
    for plan in later:
        plan()
    run_visits(season)
    for day in WORKER_DAYS:
        play.to(play.day(day, 12))
        play.meanwhile()
    find_from_cases(season)
    prove(season)


def plant_interests(season: Season) -> None:
    """Twenty-five interests lie in another firm of a drawn firm's group; others only look so. Every D firm is drawn."""
    play, lists = season.play, season.lists
    firms = lists.of_grade("D")[:36]
    people = {
        department: [row["number"] for row in lists.inspectors if row["department"] == department]
        for department in DEPARTMENTS
    }
    for place, firm in enumerate(firms):
        inspector = people[firm.departments[place % len(firm.departments)]][place % 12]
        key = f"{inspector}|{firm.key}"
        if place < 25:
            way = WAYS[place % len(WAYS)]
            play.plant("interest_through_group", key, f"an interest in another firm of the group ({way})")
            lists.interest(inspector, lists.sister(firm, way))
        elif place < 29:
            play.look_alike("interest_through_group", key, "an interest that is over")
            lists.interest(inspector, lists.sister(firm, "group"), until=-30)
        elif place < 32:
            play.look_alike("interest_through_group", key, "a share of thirty per cent is no group")
            lists.interest(inspector, lists.sister(firm, "owner", "30"))
        else:
            lists.interest(inspector, firm.code)  # an interest in the firm itself: recused, and not through a group


def decide_plans(season: Season) -> None:
    """Four plans are decided by somebody who did not make them."""
    play = season.play
    rows = [
        {"number": name, "name": f"{name}检查计划", "department": of, "first": play.on(FIRST), "last": play.on(DAYS),
         "announced": play.on(-5)}
        for name, of in PLANS.items()
    ]  # fmt: skip
    play.load("inspection-plan", rows, at=play.on(-5))
    for name, of in PLANS.items():
        matter = play.report(
            "plan", play.day(0, 10), season.person(of), key=f"plan-{name}", title=f"{name}检查计划", subject=name,
            unit=play.unit(of), dispatch=False,
        )  # fmt: skip
        until = play.day(300).isoformat()
        play.act(matter, "approve", play.day(1, 10), season.person(OTHER, "arbiter"), until=until)


def draw_in_public(season: Season) -> None:
    """Commit to the lists, wait for the public value, draw; ask the engine who is recused through a group."""
    play, luck = season.play, season.play.luck.stream("public")
    facts = play.script.facts_at(play.now)
    salt = f"{luck.whole(0, 2**53):032x}"
    commit_lists("double-random", JOINT, "双色球开奖号码（次日） · the lottery of the next day", facts, PROGRAMME, salt)
    play.to(play.day(5, 12))
    entropy = [f"{luck.whole(1, 33):02d}" for _ in range(7)]
    window = VisitWindow(play.on(season.worked[0]), play.on(season.worked[15]), 4)
    season.record = record = draw_and_staff(JOINT, entropy, window, PROGRAMME)
    chosen = {name for drawn in record.drawn.values() for name in drawn}
    for each in recusals_of(record.lists, chosen):
        if each.through != each.enterprise:
            told = f"an interest in {each.through} of the same group"
            play.find("interest_through_group", f"{each.inspector}|{each.object}", told)
    own = [firm for firm in season.lists.firms if firm.key not in chosen and "no_disturb_from" not in firm.grade]
    season.left = season.luck.sample(own, len(own))


def plant_double_visits(season: Season) -> Any:
    """Ten firms stand in the plans of two offices for the same weeks; eight only seem to."""
    play, days = season.play, season.worked
    for firm in season.take(10):
        one, other = season.luck.sample(list(firm.departments), 2)
        season.task(firm, one, days[0], days[6])
        season.task(firm, other, days[4], days[12])
        play.plant("double_visit", firm.code, f"{one} and {other} would both come within days")
    for firm in season.take(4):
        one, other = season.luck.sample(list(firm.departments), 2)
        season.task(firm, one, days[0], days[3])
        season.task(firm, other, days[10], days[13])
        play.look_alike("double_visit", firm.code, "windows that do not touch")
    free = next(day for day in range(FIRST + 4, 60) if not {day, day + 1} & set(days) and day > days[2])
    before, after = max(d for d in days if d < free), min(d for d in days if d > free + 1)
    for firm in season.take(4):
        one, other = season.luck.sample(list(firm.departments), 2)
        season.task(firm, one, before - 1, free + 1)
        season.task(firm, other, free, after + 1)
        play.look_alike("double_visit", firm.code, "windows that share only days off")
    return lambda: None


def plant_caps(season: Season) -> Any:
    """Three second visits exceed the cap and nobody is named; two are approved by whom they name; one is a campaign."""
    play, days = season.play, season.worked
    firms = season.take(5, "A")
    for firm in firms:
        season.task(firm, firm.departments[0], days[0], days[3])
        season.task(firm, firm.departments[1], days[16], days[19])

    season.campaigns.append(firms[-1])

    def plan() -> None:
        decides = season.person(OTHER, "arbiter")
        for n, firm in enumerate(firms):
            first, second = season.of(firm)
            ask(season, first)
            if n < 3:
                play.plant("over_cap", second.key, "the cap of one visit is used up, and no approver is named")
                season.never.add(second.key)
                matter, until = ask(season, second, decide=False), play.day(second.day + 20).isoformat()
                at = play.day(second.day - 2, 15)
                play.attempt("over_cap", second.key, matter, "approve", at, decides, until=until)
            else:
                play.look_alike("over_cap", second.key, "over the cap, approved by whom it names")
                ask(season, second, approver=decides.id)
        campaign = next(v for v in season.visits.values() if v.row["kind"] == "campaign")
        play.look_alike("over_cap", campaign.key, "a special campaign ordered from above is shown and does not count")
        ask(season, campaign)

    return plan


def plant_unapproved(season: Season) -> Any:
    """Five visits are made without approval; three like them are approved."""
    play, days = season.play, season.worked
    bare, good = season.take(5), season.take(3)
    for firm in (*bare, *good):
        season.task(firm, firm.departments[0], days[2], days[5])

    def plan() -> None:
        for firm in bare:
            (visit,) = season.of(firm)
            play.plant("unapproved_visit", visit.key, "nobody approved it")
            season.never.add(visit.key)
            arrive(season, visit)
        for firm in good:
            (visit,) = season.of(firm)
            play.look_alike("unapproved_visit", visit.key, "approved")
            ask(season, visit)

    return plan


def plant_authority(season: Season) -> Any:
    """Three times an office without authority asks to visit; twice the authority itself does."""
    play, days = season.play, season.worked
    wrong, right = season.take(3), season.take(2)
    for firm in (*wrong, *right):
        season.task(firm, firm.departments[0], days[3], days[7])

    def plan() -> None:
        for firm in wrong:
            (visit,) = season.of(firm)
            play.plant("no_authority", visit.key, "an office that is not on the list of items")
            season.never.add(visit.key)
            ask(season, visit, by=OTHER, decide=False)
        for firm in right:
            (visit,) = season.of(firm)
            play.look_alike("no_authority", visit.key, "asked by the authority")
            ask(season, visit)

    return plan


def plant_late_results(season: Season) -> Any:
    """Four results are never made public; three are on one of the last days of the term."""
    play, days = season.play, season.worked
    late, last = season.take(4), season.take(3)
    for firm in (*late, *last):
        season.task(firm, firm.departments[0], days[1], days[4])

    def plan() -> None:
        for firm in late:
            (visit,) = season.of(firm)
            play.plant("result_late", visit.key, "not public after twenty working days")
            ask(season, visit)
            season.public_after[visit.key] = None
        for firm in last:
            (visit,) = season.of(firm)
            play.look_alike("result_late", visit.key, "public on one of the last days")
            ask(season, visit)
            season.public_after[visit.key] = 24

    return plan


def plant_tips(season: Season) -> Any:
    """Four complaints about firms that are left alone are taken up; three are invalid."""
    play = season.play
    firms = season.luck.sample(season.lists.of_grade("A", alone=True), 7)

    def plan() -> None:
        for n, firm in enumerate(firms):
            office = play.office(firm.spot.street)
            matter = play.report(
                "tip", play.day(20 + n, 10), season.person("market"), key=f"tip-{firm.key}", title="群众投诉",
                subject=firm.key, category=CATEGORY[firm.grade["scene"]], spot=firm.spot, dispatch=n < 4, unit=office,
                urgency="general",
            )  # fmt: skip
            if n < 4:
                play.plant("no_disturb_ended", firm.key, "a complaint was taken up")
            else:
                play.look_alike("no_disturb_ended", firm.key, "a complaint that is invalid")
                at, reason = play.day(21 + n, 9), {"reason": "查无此事"}
                play.act(matter, "invalidate", at, season.person("market"), words=reason)

    return plan


def recuse_one(season: Season) -> None:
    """After the draw an inspector has to step back: only what he had is drawn anew."""
    play, record = season.play, season.record
    assert record is not None
    play.to(play.day(9, 12))
    load = Counter(seat.inspector for seat in record.seats)
    inspector = min(load, key=lambda name: (-load[name], name))
    season.record = after = recuse_inspector(JOINT, inspector, "新发现利害关系", PROGRAMME)
    before, now = record.now_going(), after.now_going()
    play.prove("redrawn_slots", len(after.recused[-1].slots))
    touched = set(after.recused[-1].slots)
    others = sum(a != b for a, b in zip(before, now, strict=True) if (a.object, a.department) not in touched)
    play.prove("other_slots_changed", others)


def run_visits(season: Season) -> None:
    """Some of the ordinary visits are asked for now; every approved one is made, and joint ones are ordered."""
    play = season.play
    waiting = [visit for visit in season.visits.values() if visit.asked is None and visit.recorded is None]
    for visit in waiting[:MADE]:
        ask(season, visit)
    asked = [visit for visit in season.visits.values() if visit.asked is not None]
    made = [visit for visit in asked if visit.key not in season.never]
    for visit in made:
        go(season, visit, public_after=season.public_after.get(visit.key, 6))
    order_joint_visits(season, [visit for visit in made if ";" in visit.row["departments"]][:6])
    for n, visit in enumerate([v for v in made if v.key not in season.public_after][::5][:12]):
        matter = find_wrong(season, visit)
        day = put_right(season, visit, matter)
        others = next(d for d in DEPARTMENTS if d != visit.lead)
        if n % 4 == 0:
            play.plant("own_recheck", visit.key, "the finder's department looks again at its own finding")
            at = play.day(day + 1, 9)
            who = season.person(visit.lead, number=n % 3)
            play.attempt("own_recheck", visit.key, matter, "verify", at, who, result="passed")
        elif n % 4 == 1:
            play.look_alike("own_recheck", visit.key, "an inspector of another department looks again")
        if n % 5 < 4:
            play.act(matter, "verify", play.day(day + 2, 9), season.person(others, number=1), result="passed")


def order_joint_visits(season: Season, visits: list[Visited]) -> None:
    """Visits of several departments are ordered: drafted by one person, approved by another, receipted."""
    play, world = season.play, season.play.script.facts_at(season.play.now)
    answered = addressed = 0
    for visit in visits:
        to = [play.unit(department) for department in visit.row["departments"].split(";")]
        said = {"firm": visit.firm.row["name"], "day": visit.row["day"].isoformat(), "visit": visit.key}
        row = draft_order("joint-visit", f"visit {visit.key}", said, to, world, "user:coordinator")
        approve_order(row.id, world, "user:approver")
        for unit in to[:2]:
            receipt_order(row.id, unit, "received", world, f"user:{unit}")
        answered, addressed = answered + len(to[:2]), addressed + len(to)
    play.prove("orders", len(visits))
    play.prove("orders_addressed", addressed)
    play.prove("orders_receipted", answered)


def find_from_cases(season: Season) -> None:
    """Ask the engine what it refused, which results its watch missed, which firms are left alone no longer."""
    play = season.play
    for row in play.cases(kind="visit", outcome="refused"):
        play.find("unapproved_visit", str(row.fold["subject"]), f"case {row.number} was refused on record")
    for visit in season.visits.values():
        refusal = visit.asked.refusal if visit.asked else None
        if refusal is not None:
            play.find(refusal.code, visit.key, refusal.text.en)
    for row in play.cases(kind="irregularity", category="irregular.result"):
        play.find("result_late", str(row.fold["subject"]), f"case {row.number}")
    for key, values in play.subjects("risk-grade"):
        if values.get("no_disturb_from") and values.get("no_disturb_until"):
            play.find("no_disturb_ended", key, f"left alone until {values['no_disturb_until']}")


def pairs_of(season: Season) -> dict[str, int]:
    """How many pairs the draw made, how many of them of a strict and a mild inspector, how many strict ones met."""
    record = season.record
    assert record is not None
    pairs: dict[tuple[str, str], set[str]] = {}
    for seat in record.seats:
        pairs.setdefault((seat.object, seat.department), set()).add(record.lists.hands.get(seat.inspector, ""))
    kinds = [found for found in pairs.values() if "" not in found]
    return {"pairs": len(pairs), "strict_with_mild": sum(len(found) == 2 for found in kinds)}


def prove(season: Season) -> None:
    """What the draw proves: anybody repeats it, strata keep their shares, nobody recused goes, loads are even."""
    play, record = season.play, season.record
    assert record is not None
    verify_staffed_draw(record)
    strata = record.lists.strata()
    sizes = sizes_of_strata({name: len(found) for name, found in strata.items()}, record.lists.per_mille)
    exact = {name: len(found) * record.lists.per_mille[name] / 1000 for name, found in strata.items()}
    drawn = {name for found in record.drawn.values() for name in found}
    recused = {(each.object, each.inspector) for each in recusals_of(record.lists, drawn)}
    tasks = play.register("inspection-task", "object", "lead", "second", "plan")
    going = {(task["object"], task[role]) for task in tasks for role in ("lead", "second") if task["plan"] == JOINT}
    told = {
        "firms": len(season.lists.firms), "departments": len(DEPARTMENTS), "drawn": len(drawn),
        "strata_within_one": all(abs(sizes[name] - exact[name]) <= 1 for name in sizes),
        "draw_repeats": True, **pairs_of(season), "seats": len(record.seats), "recused": len(recused),
        "recused_assigned": len(recused & going), "findings": len(play.cases(kind="finding")),
        "results_public": len(play.cases(kind="visit", outcome="closed")),
    }  # fmt: skip
    for name, value in told.items():
        play.prove(name, value)
