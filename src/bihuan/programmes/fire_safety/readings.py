"""What panels, lifts, photographs and calls tell in the sample, with what must be left alone beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.intake.reports import Reporter

if TYPE_CHECKING:
    from bihuan.programmes.fire_safety.sample import FireWeeks

Row = dict[str, Any]
PAST, PANELS, LANES = 70, 24, 12
HOURS = (0, 6, 12, 18)
E6 = 1_000_000


# -- panels -----------------------------------------------------------------------------------------------


def plant_panels(weeks: FireWeeks) -> None:
    """Twenty-four panels with seventy days of readings: three big ones are silent, two small ones are calm."""
    play, luck = weeks.play, weeks.luck
    venues = list(weeks.venues)
    how = luck.sample(
        ["silent"] * 3
        + ["small"] * 2
        + ["new"]
        + ["fault"] * 2
        + ["fault_short", "fault_day"]
        + ["shielded"] * 2
        + ["works", "drill"]
        + ["false", "dusty"]
        + ["live"] * 8,
        PANELS,
    )
    for n, kind in enumerate(how):
        key, spot = f"AP{n:03d}", weeks.spots[venues[n]]
        weeks.spots[key] = spot
        points = (
            luck.whole(500, 700) if kind == "silent" else luck.whole(4, 8) if kind == "small" else luck.whole(250, 600)
        )
        weeks.panels[key] = {
            "number": key,
            "name": f"{weeks.venues[venues[n]]['name']}报警主机",
            "venue": venues[n],
            "points": points,
            "loops": 2 + points // 100,
            "connected": play.on(-10 if kind == "new" else -400).isoformat(),
            "how": kind,
            "keeper": weeks.code(spot),
            "street": spot.community,
            "position": spot.text(),
        }
        if kind == "works":
            weeks.panels[key] |= {"works_from": play.on(9).isoformat(), "works_until": play.on(16).isoformat()}
        _plan_panel(weeks, key, kind)
    weeks.load("alarm-panel", [{k: v for k, v in row.items() if k != "how"} for row in weeks.panels.values()], day=-400)
    _tell_past(weeks)
    _judge_past(weeks)


def _plan_panel(weeks: FireWeeks, key: str, kind: str) -> None:
    """Runs of readings of a quarter of a day: from which one, how many, with what flag."""
    play, luck = weeks.play, weeks.luck
    start = luck.whole(6, 28) * 4
    if kind == "silent":
        play.plant("silent_panel", key, "neither alarm nor fault in seventy days, with hundreds of points")
    elif kind in ("small", "new"):
        play.look_alike("silent_panel", key, "a handful of points" if kind == "small" else "connected ten days ago")
    elif kind in ("fault", "fault_short", "fault_day"):
        weeks.runs["panel-faults"][key] = (start, {"fault": 6, "fault_short": 4, "fault_day": 5}[kind], "N")
        if kind == "fault":
            play.plant("panel_fault", key, "in fault for thirty hours")
        else:
            play.look_alike("panel_fault", key, "a day and not more" if kind == "fault_day" else "eighteen hours")
    elif kind in ("shielded", "works", "drill"):
        run = {"shielded": (start, 6, "N"), "works": (36, 28, "P"), "drill": (start, 1, "N")}[kind]
        weeks.runs["panel-shielded"][key] = run
        if kind == "shielded":
            play.plant("panel_shielded", key, "loops shielded for thirty hours, nothing announced")
        else:
            play.look_alike(
                "panel_shielded", key, "dust of announced works" if kind == "works" else "shielded for a drill"
            )


def _tell_past(weeks: FireWeeks) -> None:
    play, luck = weeks.play, weeks.play.luck.stream("past")
    alarms, faults = list[Row](), list[Row]()
    for key, row in weeks.panels.items():
        for day in range(-10 if row["how"] == "new" else -PAST, 0):
            at = play.day(day, 23).isoformat()
            speaks = row["how"] not in ("silent", "small", "new")
            many = int(speaks and luck.chance(row["points"] * 4e-4))
            alarms.append({"subject": key, "time": at, "value": str(many)})
            faults.append({"subject": key, "time": at, "value": str(int(speaks and luck.chance(0.04)))})
    play.observe("panel-alarms", alarms, source="gateway")
    play.observe("panel-faults", faults, source="gateway")


def _judge_past(weeks: FireWeeks) -> None:
    """What people found: one panel's alarms are mostly false, two others' are drills and dust of announced works."""
    play, luck, rows = weeks.play, weeks.play.luck.stream("judged"), list[Row]()
    odd = {
        "false": (["false"] * 17 + ["fire"], ""),
        "dusty": (["works"] * 15 + ["false", "fire"], "dust of announced works"),
    }
    odd["drill"] = (["drill"] * 14 + ["fire", "false"], "drills")
    for key, panel in weeks.panels.items():
        kinds, why = odd.get(panel["how"], (["drill", "fire", "drill", "false"] * luck.whole(0, 3), ""))
        if panel["how"] in ("silent", "small", "new"):
            continue
        for n, kind in enumerate(kinds):
            day = -luck.whole(2, 60)
            rows.append(
                alarm_row(weeks, f"PA-{key}-{n:02d}", key, day, luck.between(0, 23))
                | {"verdict": kind, "judged": play.on(day).isoformat()}
            )
        if panel["how"] == "false":
            play.plant("false_alarms", key, "seventeen of eighteen judged alarms were false")
        elif why:
            play.look_alike("false_alarms", key, why)
    weeks.load("panel-alarm", rows, source="control rooms")


def alarm_row(weeks: FireWeeks, number: str, panel: str, day: int, hours: float) -> Row:
    """An alarm that nobody has looked into so far."""
    spot = weeks.spots[panel]
    return {
        "number": number,
        "panel": panel,
        "street": spot.community,
        "position": spot.text(),
        "loop": "L1",
        "at": weeks.play.day(day, hours).isoformat(),
        "day": weeks.play.on(day).isoformat(),
    }


def measure(weeks: FireWeeks, day: int, step: int) -> None:
    """What panels and lifts have told since the last time."""
    play, luck = weeks.play, weeks.play.luck.stream(f"readings/{day}")
    told: dict[str, list[Row]] = {"panel-faults": [], "panel-shielded": [], "panel-alarms": [], "lift-ebikes": []}
    for each in range(day - step, day):
        for key, row in weeks.panels.items():
            quiet = row["how"] in ("silent", "small")
            many = int(not quiet and luck.chance(row["points"] * 4e-4))
            told["panel-alarms"].append({"subject": key, "time": play.day(each, 23).isoformat(), "value": str(many)})
            for place, hour in enumerate(HOURS):
                at = play.day(each, hour).isoformat()
                for series, runs in weeks.runs.items():
                    begin, count, flag = runs.get(key, (0, 0, "N"))
                    inside = begin <= each * 4 + place < begin + count
                    told[series].append(
                        {"subject": key, "time": at, "value": str(int(inside)), "flag": flag if inside else "N"}
                    )
        for venue, days in weeks.lifts.items():
            row = {
                "subject": venue,
                "time": play.day(each, 23).isoformat(),
                "value": str(days.get(each, luck.whole(0, 1))),
            }
            told["lift-ebikes"].append(row)
    for series, rows in told.items():
        play.observe(series, rows, source="lift" if series == "lift-ebikes" else "gateway")


def tell_fire(weeks: FireWeeks) -> None:
    """Two alarms of this morning: somebody sees a fire at one; the other is a drill that was announced."""
    play = weeks.play
    panels = [key for key, row in weeks.panels.items() if row["how"] == "live"][:2]
    rows = [alarm_row(weeks, f"PA-NOW-{n}", key, 12, 8) for n, key in enumerate(panels)]
    rows[1] |= {"verdict": "drill", "judged": play.on(12).isoformat()}
    weeks.load("panel-alarm", rows, day=12, source="control rooms")
    spot = weeks.spots[panels[0]]
    handler = play.person("handler", play.office(spot.street))
    play.report(
        "fire_alarm",
        play.now + timedelta(minutes=10),
        handler,
        key="fire",
        title="火情",
        category="fire.burning.seen",
        urgency="emergency",
        spot=spot,
        subject=panels[0],
        fields={"alarm": "PA-NOW-0", "level": "orange"},
    )
    play.plant("fire_whistle", "PA-NOW-0", "somebody has seen the fire: an emergency whistle")
    play.look_alike("fire_whistle", "PA-NOW-1", "a drill that was announced")


# -- lanes ------------------------------------------------------------------------------------------------


def plant_lanes(weeks: FireWeeks) -> None:
    """Twelve lanes: five are blocked three times within thirty days, others only seem so."""
    play, luck, rows = weeks.play, weeks.play.luck.stream("lanes"), list[Row]()
    how = luck.sample(["again"] * 5 + ["one_evening", "twice", "spread", "elsewhere"] + ["free"] * 3, LANES)
    for n, kind in enumerate(how):
        spot, key = play.district.spot("lane", n), f"FL{n:03d}"
        weeks.spots[key] = spot
        rows.append(
            {
                "number": key,
                "name": f"{spot.name}消防车通道{n + 1}",
                "width": "4.0",
                "keeper": weeks.code(spot),
                "street": spot.community,
                "position": spot.text(),
                "lon": f"{spot.lon / E6:.6f}",
                "lat": f"{spot.lat / E6:.6f}",
            }
        )
        first = luck.whole(1, 6)
        days = {
            "again": [first, first + luck.whole(4, 9), first + luck.whole(12, 20)],
            "one_evening": [first] * 5,
            "twice": [first, first + 12],
            "spread": [-25, 6, 37],
            "elsewhere": [3, 9, 15],
        }.get(kind, [])
        for place, day in enumerate(days):
            many = luck.whole(1, 3) if kind == "again" else 1
            hours = [17 + place * 0.5] if kind == "one_evening" else [9 + each * 0.4 for each in range(many)]
            for each, hour in enumerate(hours):
                _sighting(weeks, f"LS-{key}-{place}{each}", key, day, hour, 1_000 if kind == "elsewhere" else 0)
        if kind == "again":
            play.plant("lane_blocked", key, "three blockages within thirty days")
        elif kind != "free":
            play.look_alike("lane_blocked", key, kind)
    weeks.load("fire-lane", rows, day=-400)


def _sighting(weeks: FireWeeks, number: str, lane: str, day: int, hour: float, east: int) -> None:
    play, luck = weeks.play, weeks.luck
    spot = weeks.spots[lane].moved(east + luck.whole(-90, 90), luck.whole(-90, 90))
    weeks.sightings.append(
        (
            day,
            {
                "number": number,
                "seen": play.day(day, hour).isoformat(),
                "source": luck.pick(("photo", "complaint", "round")),
                "position": spot.text(),
                "lon": f"{spot.lon / E6:.6f}",
                "lat": f"{spot.lat / E6:.6f}",
            },
        )
    )


def see_lanes(weeks: FireWeeks, day: int) -> None:
    """What was seen since the last time."""
    due = [row for on, row in weeks.sightings if on < day]
    weeks.sightings = [each for each in weeks.sightings if each[0] >= day]
    if due:
        weeks.load("lane-sighting", due, day=day, source="photographs and calls")


# -- lifts, calls, owners, outlets ------------------------------------------------------------------------


def plant_lifts(weeks: FireWeeks) -> None:
    """Cameras in eight lifts: two see e-bikes on three days, others once, or two a day of people who deliver."""
    play, luck = weeks.play, weeks.play.luck.stream("lifts")
    for n in range(8):
        venue, first = f"FV{24 + n:03d}", luck.whole(5, 25)
        days = {first: 4, first + 1: 3, first + 2: 5} if n < 2 else {first: 6} if n == 2 else {}
        weeks.lifts[venue] = days if n != 3 else dict.fromkeys(range(42), 2)
        if n < 2:
            play.plant("ebike_lift", venue, "three or more a day on three days")
        elif n < 4:
            play.look_alike("ebike_lift", venue, "one day only" if n == 2 else "two a day, those who deliver")


def plant_people(weeks: FireWeeks) -> None:
    """Calls about e-bikes, an absent owner, outlets that nobody looks at."""
    play = weeks.play
    _plant_calls(weeks)
    spot = weeks.spots["FV032"]
    weeks.load(
        "estate",
        [{"number": "EST-FIRE", "name": f"{spot.name}小区", "street": spot.street, "community": spot.community}],
    )
    rows = [weeks.venues[key] | {"estate": "EST-FIRE", "absent": play.on(2).isoformat()} for key in ("FV032", "FV033")]
    rows[1]["owner_found"] = play.on(8).isoformat()
    weeks.load("fire-venue", rows)
    play.plant("owner_absent", "FV032", "ten days without an owner while common systems fail")
    play.plant("joint_owners", "FV032", "the repair becomes an issue of the joint owners")
    play.look_alike("owner_absent", "FV033", "the owner was found within ten days")
    outlets = []
    for n, days in enumerate((175, 150, 60, 10, 100)):
        spot = play.district.spot("outlet-fire", n)
        outlets.append(
            {
                "number": f"FO{n:02d}",
                "name": f"{spot.name}小店{n + 1}",
                "trade": "餐饮",
                "keeper": weeks.code(spot),
                "street": spot.community,
                "position": spot.text(),
                "looked": play.on(-days).isoformat(),
                "sleeps": False,
            }
        )
    outlets[1]["ended"] = play.on(20).isoformat()
    weeks.load("fire-outlet", outlets)
    play.plant("outlet_unseen", "FO00", "nobody looked for half a year")
    play.look_alike("outlet_unseen", "FO01", "it closed down before")


def _plant_calls(weeks: FireWeeks) -> None:
    """Two calls from one community within a fortnight; one from another, and two from a third that lie apart."""
    play, luck = weeks.play, weeks.play.luck.stream("calls")
    chosen: list[Any] = []
    for n in range(20):
        spot = play.district.spot("call", n)
        if spot.community not in {each.community for each in chosen}:
            chosen.append(spot)
    for n, (who, day) in enumerate(((0, 6), (0, 14), (1, 8), (2, 3), (2, 30))):
        play.report(
            "request",
            luck.moment(play.day(day)),
            play.person("operator"),
            programme="hotline",
            key=f"call{n}",
            title="楼道内电动自行车充电",
            text="有人把电动车推进楼道充电。",
            channel="phone",
            spot=chosen[who],
            category="traffic.two_wheel.charging",
            urgency="urgent",
            dispatch=False,
            reporter=Reporter(name="居民", phone=f"1390000{n:04d}"),
        )
    play.plant("ebike_calls", chosen[0].community, "two calls of one community within a fortnight")
    play.look_alike("ebike_calls", chosen[1].community, "a single call")
    play.look_alike("ebike_calls", chosen[2].community, "two calls a month apart")
