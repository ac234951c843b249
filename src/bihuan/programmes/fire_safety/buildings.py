"""Venues of the sample: what is found at them, what adds up, what is sealed and what becomes of the seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor
    from bihuan.programmes.fire_safety.sample import FireWeeks
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
DIRECT = ("fire.direct.mixed", "fire.direct.exits", "fire.direct.systems", "fire.direct.sandwich")
THREE_KEY = ("fire.exit.locked", "fire.exit.light", "fire.smoke.dead")
FOUR = ("fire.layout.lane", "fire.supply.hydrant", "fire.power.supply", "fire.manage.duty")
SIX = (*FOUR, "fire.exit.bars", "fire.alarm.partly")
ORDINARY = ("fire.exit.light", "fire.supply.hydrant", "fire.layout.partition", "fire.manage.duty", "fire.ebike.indoors")
USES = {
    "crowded": ("商场", "医院", "学校"),
    "explosive": ("加油站", "危化品仓库"),
    "important": ("通信机房", "档案馆"),
    "other": ("住宅楼", "办公楼"),
}
LATE = 99
"""A day after the play: nobody puts it right before."""


@dataclass
class Seal:
    """A sealed venue: since when, which looks were left out, what one of them found, when the seal was lifted."""

    venue: str
    matter: Matter
    since: int
    left_out: range
    odd: tuple[int, str] | None
    until: int


def plant_venues(weeks: FireWeeks) -> None:
    """Forty venues; elements at some of them add up, at others they only look as if they did."""
    play, luck = weeks.play, weeks.luck
    plan = [
        *[("crowded", "direct")] * 4,
        ("crowded", "three"),
        ("explosive", "four"),
        ("other", "six"),
        ("crowded", "two"),
        ("other", "five"),
        ("important", "of_three"),
        ("crowded", "put_right"),
        *[("crowded", "one")] * 5,
    ]
    plan += [(luck.pick(("crowded", "other", "important", "explosive")), "") for _ in range(40 - len(plan))]
    rows = []
    for n, (kind, how) in enumerate(plan):
        site, spot, key = play.district.site(weeks.sites[n]), play.district.spot("site", weeks.sites[n]), f"FV{n:03d}"
        weeks.spots[key] = spot
        weeks.venues[key] = {
            "number": key,
            "name": f"{spot.name}{luck.pick(USES[kind])}{n + 1}",
            "kind": kind,
            "use": luck.pick(USES[kind]),
            "storeys": luck.whole(1, 26),
            "people": luck.whole(20, 2_000),
            "systems": "alarm;sprinkler;hydrant",
            "site": site["number"],
            "owner": site["holder"],
            "keeper": weeks.code(spot),
            "street": spot.community,
            "position": spot.text(),
            "maintained_until": play.on(luck.whole(100, 300)).isoformat(),
        }
        rows.append((key, how))
    play.load("enterprise", [play.district.enterprise(n) for n in weeks.sites], at=play.on(-900))
    play.load("site", [play.district.site(n) for n in weeks.sites], at=play.on(-900))
    _end_contracts(weeks)
    weeks.load("fire-venue", list(weeks.venues.values()), day=-400)
    for n, (key, how) in enumerate(rows):
        if how:
            _find_there(weeks, key, how, n)


def find(weeks: FireWeeks, key: str, element: str, day: int, urgency: str = "", *, low: bool = False) -> Matter:
    """Somebody of another unit each time finds one element on a round."""
    play, luck = weeks.play, weeks.luck
    finder = play.person("inspector", play.unit(luck.pick(("fire", "emergency"))), luck.whole(0, 2))
    grade = urgency or ("urgent" if element.startswith("fire.direct") else "general")
    return _report(weeks, key, element, day, finder, grade, low=low)


def _report(
    weeks: FireWeeks, key: str, element: str, day: int, finder: Actor, urgency: str, *, low: bool = False
) -> Matter:
    play = weeks.play
    name = f"{key}:{element}:{day}" + (":low" if low else "")
    matter = play.report(
        "fire_hazard",
        weeks.luck.moment(play.day(day)),
        finder,
        key=name,
        title=f"{weeks.venues[key]['name']}火灾隐患",
        text="检查发现，责令改正。",
        category=element,
        spot=weeks.spots[key],
        urgency=urgency,
        subject=key,
        fields={"source": "round"},
        may_be_refused=low,
    )
    if low:
        weeks.attempts.append((key, matter))
    return matter


def _find_there(weeks: FireWeeks, key: str, how: str, number: int) -> None:
    play, luck = weeks.play, weeks.luck
    day = luck.whole(2, 9)
    if how == "direct":
        element = DIRECT[number % 4]
        play.plant("graded_too_low", key, f"{element} is first entered as an ordinary hazard")
        find(weeks, key, element, day, "general", low=True)
        find(weeks, key, element, day)
        play.plant("direct", key, f"{element} is major whatever else is counted")
        weeks.hold[key] = LATE if number == 0 else 20
        _seal(weeks, key, 13, number)
    elif how in ("three", "four", "six"):
        for n, element in enumerate({"three": THREE_KEY, "four": FOUR, "six": SIX}[how]):
            find(weeks, key, element, day + n * 2)
        play.plant("combined", key, f"{how} elements that add up at this kind of place")
        weeks.hold[key] = 30
    elif how in ("two", "five", "of_three"):
        chosen = {"two": THREE_KEY[:2] + FOUR[:1], "five": SIX[:5], "of_three": FOUR[:3]}[how]
        for n, element in enumerate(chosen):
            find(weeks, key, element, day + n * 2)
        play.look_alike("combined", key, f"{len(chosen)} elements do not add up at this kind of place")
        weeks.hold[key] = 30
    elif how == "put_right":
        for n, element in enumerate(THREE_KEY):
            find(weeks, key, element, 2 + n * 14)
        play.look_alike("combined", key, "each was put right before the next was found")
    else:
        _one(weeks, key, day, number)


def _one(weeks: FireWeeks, key: str, day: int, number: int) -> None:
    """An ordinary hazard; of two of them a colleague of the finder tries to look again."""
    play, element = weeks.play, ORDINARY[number % 5]
    finder = play.person("inspector", play.unit("fire"), number % 3)
    matter = _report(weeks, key, element, day, finder, "general")
    if number % 5 == 1:
        play.plant("own_strike_off", key, "a colleague of the finder's unit looks again")
        weeks.own_side[key] = matter
    elif number % 5 == 2:
        play.look_alike("own_strike_off", key, "somebody of another unit looks again")


def _seal(weeks: FireWeeks, key: str, day: int, number: int) -> None:
    """An inspector asks for a seal; whoever asks may not decide; it is looked at every day until it is lifted."""
    play = weeks.play
    unit = play.unit("fire")
    asks = play.person("inspector", unit, 1)
    fields = {"scope": "营业区域", "danger": "不及时消除将严重威胁公共安全"}
    matter = play.report(
        "sealing",
        play.day(day, 15),
        asks,
        key=f"seal:{key}",
        title=f"{weeks.venues[key]['name']}临时查封",
        subject=key,
        fields=fields,
        unit=unit,
        spot=weeks.spots[key],
        dispatch=False,
        urgency="emergency",
    )
    until = play.day(day + 29, 20).isoformat()
    if number == 1:
        play.plant("own_sealing", key, "decided on by the unit that asked for it")
        own = play.person("arbiter", unit, 4)
        play.attempt("own_sealing", key, matter, "approve", play.day(day, 16), own, until=until)
    decides = play.person("arbiter", play.unit("emergency"), 2)
    play.act(matter, "approve", play.day(day, 17), decides, until=until)
    odd = {0: (17, "opened"), 1: (19, "opened"), 2: (18, "weathered"), 3: (21, "permitted")}[number]
    left_out = range(20, 27) if number == 2 else range(22, 23) if number == 3 else range(0)
    lifted = LATE if number == 0 else 42
    weeks.seals.append(Seal(key, matter, day + 1, left_out, odd, lifted))
    if odd[1] == "opened":
        play.plant("seal_opened", key, "opened and used while it was sealed")
    else:
        play.look_alike("seal_opened", key, odd[1])
    if number == 2:
        play.plant("seal_unchecked", key, "nobody looked for a week")
    else:
        play.look_alike("seal_unchecked", key, "one day left out" if number == 3 else "looked at every day")


def seal_days(weeks: FireWeeks, day: int, step: int) -> None:
    """The looks at the seals since the last time; a seal is lifted once nothing direct is open, and not before."""
    play, rows = weeks.play, []
    for seal in weeks.seals:
        for each in range(max(seal.since, day - step), min(day, seal.until)):
            if each in seal.left_out:
                continue
            result = seal.odd[1] if seal.odd and seal.odd[0] == each else "intact"
            rows.append(
                {
                    "number": f"SC-{seal.venue}-{each:02d}",
                    "venue": seal.venue,
                    "street": weeks.spots[seal.venue].community,
                    "day": play.on(each).isoformat(),
                    "by": "INS01",
                    "result": result,
                }
            )
        decides = play.person("arbiter", play.unit("emergency"), 2)
        if day == 24 and seal.venue == "FV003":
            play.plant("seal_lifted_early", seal.venue, "nobody has looked again at the direct element")
            at = play.now + timedelta(hours=1)
            play.attempt("seal_lifted_early", seal.venue, seal.matter, "revoke", at, decides, reason="业主申请")
        if day == seal.until:
            play.act(seal.matter, "revoke", play.now + timedelta(hours=1), decides, reason="隐患消除，复查合格")
    if rows:
        weeks.load("seal-check", rows, day=day, source="rounds")


def tell_seals(weeks: FireWeeks) -> None:
    """How many venues are sealed still, by the register."""
    known = weeks.play.register("fire-venue", "sealed", "unsealed")
    weeks.play.prove("sealed", sum(bool(row["sealed"]) for row in known))
    weeks.play.prove("sealed_still", sum(bool(row["sealed"]) and not row["unsealed"] for row in known))


def _end_contracts(weeks: FireWeeks) -> None:
    """Two contracts of maintenance end; another is signed anew in time, a third ends after the play."""
    play = weeks.play
    for n, key in enumerate(("FV020", "FV021", "FV022", "FV023")):
        day = (8, 19, 15, 50)[n]
        weeks.venues[key]["maintained_until"] = play.on(day).isoformat()
        if n < 2:
            play.plant("contract_over", key, "its contract ended and no other is entered")
        else:
            play.look_alike("contract_over", key, "signed anew in time" if n == 2 else "ends later")


def renew_contract(weeks: FireWeeks, day: int) -> None:
    """The third contract is signed anew before it ends."""
    row = weeks.venues["FV022"] | {"maintained_until": weeks.play.on(380).isoformat()}
    weeks.load("fire-venue", [row], day=day)
