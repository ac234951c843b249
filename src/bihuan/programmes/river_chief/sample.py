"""Six weeks of a district's rivers and their chiefs, with what an honest house must find in them. See README.md.

Planted: patrols that nobody walked, a check-in instead of a patrol, tracks that were sent before, one driven by car, a
phone that stayed at home, a stranger without transfer, what is missed once the chief above has answered, an answer that
is handed in before it is entered, outlets that nobody knew, a finding that was not put right, a sign nobody compared.
Look-alikes: gaps under bridges, a reach surveyed anew, a deputy on leave with transfer, a walk in the last hour, a post
that changed hands, a phone at home whose chief was seen on the bank.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
from bihuan.programmes.river_chief.roster import LAST, NEW_LINE, ChiefRoster, PatrolDuty
from bihuan.programmes.river_chief.walks import Fix, line_of, resent, rows_of, stayed, walk, with_gaps
from bihuan.simulator.plays.following import let_watches_look
from bihuan.subjects.pure.shapes import to_geojson
from bihuan.watches.models import IncidentRow

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
LASTS = 46
LOOK = 8
SUSPECT = {"replay": "replayed", "car": "too_fast", "home": "outside", "stranger": "stranger"}
ANSWERS = {"replay": "counts_not", "car": "counts_not", "home": "counts", "stranger": "counts_not"}
FOUND = ("litter", "dumping", "outlet", "outlet", "facility", "encroachment")


class ChiefWeeks:
    """The sample: who walks when, and what becomes of it."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("walks")
        self.roster = ChiefRoster(play)
        self.sent: list[tuple[datetime, list[Row]]] = []
        self.fixes: dict[str, list[Fix]] = {}
        self.tracks: dict[str, PatrolDuty] = {}
        self.done: set[tuple[str, int]] = set()
        self.surveyed = ""
        self.survey: list[Row] = []

    def line(self, duty: PatrolDuty, at: datetime) -> str:
        """The line of the reach on a day."""
        reach = duty.post["reach"]
        new = reach == self.surveyed and self.play.local(at) >= self.play.on(NEW_LINE)
        return self.roster.lines[reach + "/new" if new else reach]


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E52; docs/topics/play.md."""
    weeks = ChiefWeeks(play)
    plant_walks(weeks)
    plant_signs(weeks)
    weeks.roster.load()
    for duty in weeks.roster.duties:
        send_walk(weeks, duty)
    report_findings(weeks)
    for day in look_days(weeks):
        play.to(play.day(day, LOOK))
        if day >= NEW_LINE and weeks.survey:
            play.load("reach-survey", weeks.survey, source="survey")
            weeks.survey = []
        upload(weeks)
        play.meanwhile()
        play.letters()
        react(weeks, day)
    play.to(play.day(LAST + 1, LOOK))
    upload(weeks)
    play.meanwhile()
    tell_found(weeks)
    prove_month(weeks)
    play.prove("letters", len(play.letters()))


def look_days(weeks: ChiefWeeks) -> list[int]:
    """Mondays and Thursdays, and the day after each period's end."""
    first = weeks.play.on(0)
    ends = {(duty.ends - first).days + 1 for duty in weeks.roster.duties}
    return sorted({day for day in range(1, LAST + 1) if day % 7 in (0, 3) or day in ends})


# -- walks ------------------------------------------------------------------------------------------------


def plant_walks(weeks: ChiefWeeks) -> None:
    """Which duty is walked how; every other is walked as it should be."""
    play, luck, roster = weeks.play, weeks.luck, weeks.roster
    posts = luck.sample(roster.of("village"), 12)
    kinds = ("missed", "missed", "replay", "replay", "car", "home", "stranger", "gaps", "transfer", "late")
    for post, how in zip(posts, kinds, strict=False):
        mine = [duty for duty in roster.duties if duty.post is post]
        duty = mine[luck.whole(1, 3)]
        duty.how = how
        if how == "missed":
            play.plant("missed", duty.key, "nobody walked in this week")
        elif how in SUSPECT:
            play.plant(SUSPECT[how], track_of(duty), f"{how}, {duty.key}")
            if ANSWERS[how] == "counts":
                play.look_alike("missed", duty.key, "the chief was seen on the bank; only the phone stayed at home")
            else:
                play.plant("missed", duty.key, "the chief above answered that the track does not count")
        elif how == "transfer":
            roster.transfers.append({
                "number": "TR001", "post": post["number"], "to": "C-DEPUTY", "reason": "leave",
                "agreed_by": post["above"], "begins": duty.begins.isoformat(), "ends": duty.ends.isoformat(),
            })  # fmt: skip
            play.look_alike("stranger", track_of(duty), "a deputy's deputy, by transfer")
        else:
            play.look_alike("missed", duty.key, how)
    weeks.surveyed = posts[10]["reach"]
    weeks.survey = [roster.survey_anew(weeks.surveyed)]
    for duty in roster.duties:
        if duty.post["reach"] == weeks.surveyed:
            play.look_alike("outside", track_of(duty), "its reach was surveyed anew")
    _change_hands(weeks, posts[11])
    street = [duty for duty in roster.duties if duty.post["level"] == "street"]
    for duty, how in zip(luck.sample(street, 2), ("missed", "checkin"), strict=True):
        duty.how = how
        play.plant("missed", duty.key, f"{how}: no patrol in this half month")


def _change_hands(weeks: ChiefWeeks, post: Row) -> None:
    """A post that changes hands in the middle of a week: neither owes that week."""
    play, roster = weeks.play, weeks.roster
    day = play.on(17)
    heir = {**post, "number": post["number"] + "B", "holder": post["holder"] + "B", "begun": day.isoformat()}
    post["ended"] = day.isoformat()
    roster.posts.append(heir)
    for duty in [each for each in roster.duties if each.post is post and each.ends >= day]:
        roster.duties.remove(duty)
        if duty.begins <= day:
            play.look_alike("missed", duty.key, "the post changed hands in this week")
        else:
            roster.duties.append(PatrolDuty(heir, duty.begins, duty.ends))


def track_of(duty: PatrolDuty) -> str:
    """The number of the track of a duty."""
    return f"T-{duty.post['number']}-{duty.begins:%m%d}"


def send_walk(weeks: ChiefWeeks, duty: PatrolDuty) -> None:
    """The fixes of one duty, as the phone will send them."""
    play, luck = weeks.play, weeks.luck
    size = (duty.ends - duty.begins).days
    day = (duty.begins - play.on(0)).days + luck.whole(0, size)
    at, by, key = play.day(day, luck.between(8.5, 17)), duty.post["holder"], track_of(duty)
    if duty.how == "late":
        at = play.day((duty.ends - play.on(0)).days, 23.4)
    line = line_of(weeks.line(duty, at))
    fixes = walk(luck, line, luck.between(3.0, 3.8))
    weeks.fixes[key] = fixes
    if duty.how == "missed":
        return
    if duty.how == "checkin":
        fixes = walk(luck, line, 2.0, part=0.1)
    elif duty.how == "replay":
        fixes = resent(luck, weeks.fixes[track_of(_before(weeks, duty))])
    elif duty.how == "car":
        fixes = walk(luck, [*line, *line[::-1], *line], 46, step=6)
    elif duty.how == "home":
        fixes = stayed(luck, line, 25)
    elif duty.how == "gaps":
        fixes = with_gaps(fixes)
    elif duty.how in ("stranger", "transfer"):
        by = "C-DEPUTY" if duty.how == "transfer" else "C-NOBODY"
    weeks.tracks[key] = duty
    weeks.sent.append((at + timedelta(seconds=fixes[-1].seconds), rows_of(key, duty.post["number"], by, at, fixes)))


def _before(weeks: ChiefWeeks, duty: PatrolDuty) -> PatrolDuty:
    """The duty of the week before."""
    mine = [each for each in weeks.roster.duties if each.post is duty.post and each.ends < duty.begins]
    return mine[-1]


def upload(weeks: ChiefWeeks) -> None:
    """What phones have sent by now becomes rows of the register, as the method makes them."""
    play = weeks.play
    ready = [rows for at, rows in weeks.sent if at <= play.now]
    weeks.sent = [each for each in weeks.sent if each[0] > play.now]
    if ready:
        posts = [{"post": each["number"], **each} for each in weeks.roster.posts]
        told = play.calc("patrol-tracks", [row for rows in ready for row in rows], posts)
        assert not told.rejects, told.rejects
        columns = told.columns
        rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        loaded = play.load("patrol-track", rows, source="phones")
        assert not loaded.rejected, loaded.rejects


# -- findings and signs -----------------------------------------------------------------------------------


def plant_signs(weeks: ChiefWeeks) -> None:
    """A sign that nobody compared for more than a year, among others."""
    first, second = weeks.luck.sample(weeks.roster.signs, 2)
    first["checked"] = weeks.play.on(-380).isoformat()
    second["checked"] = weeks.play.on(-310).isoformat()
    weeks.play.plant("sign", first["number"], "compared thirteen months ago")
    weeks.play.look_alike("sign", second["number"], "compared ten months ago")


def report_findings(weeks: ChiefWeeks) -> None:
    """What clerks report from the bank; one finding is not put right at first, outlets nobody knew are among them."""
    play, luck = weeks.play, weeks.luck
    for n, reach in enumerate(luck.sample(weeks.roster.reaches, len(FOUND))):
        spot, kind = weeks.roster.spots[reach["number"]], FOUND[n]
        clerk = play.person("chief_clerk", play.office(spot.street))
        chainage = luck.whole(50, 700)
        play.report(
            "finding", play.day(2 + n * 3, 10.5), clerk, key=f"finding:{n}", title=f"巡河发现{n + 1}", spot=spot,
            category=f"river.{kind}", subject=reach["number"],
            fields={"chainage": str(chainage)} if kind == "outlet" else {},
            urgency="urgent" if kind in ("outlet", "dumping") else "general",
        )  # fmt: skip
        if kind == "outlet":
            play.plant("outlet_registered", reach["number"], f"an unknown outlet at {chainage} m")
            play.plant("outlet_without_permit", reach["number"], "surface-water opens its own case")
        if kind == "dumping":
            play.plant("waste_told", reach["number"], "whoever enforces on waste hears of it")
        elif n == 0:
            play.plant("not_put_right", reach["number"], "the litter lay there when somebody looked again")
        else:
            play.look_alike("not_put_right", reach["number"], "put right at once")


# -- people -----------------------------------------------------------------------------------------------


def react(weeks: ChiefWeeks, day: int) -> None:
    """Offices put right, catch up and answer; inspectors of another unit look."""
    for row in weeks.play.cases(ended_at__isnull=True):
        if (row.number, day) in weeks.done:
            continue
        weeks.done.add((row.number, day))
        if row.state == "dispatched":
            _handle(weeks, row, f"{row.number}/{day}")
        elif row.state == "in_progress":
            _enter_answer(weeks, row)
        elif row.state == "verifying":
            _look_again(weeks, row)


def _handle(weeks: ChiefWeeks, row: CaseRow, picture: str) -> None:
    play, key = weeks.play, str(row.about).partition("/")[2]
    at, matter = play.now + timedelta(hours=1), play.matter(row)
    handler = play.person("handler", row.fold["lead"])
    if row.kind == "track_question":
        duty = weeks.tracks[key]
        if duty.how != "car":
            _answer(weeks, key, duty.how)
        spot = weeks.roster.spots[duty.post["reach"]]
    else:
        spot = weeks.roster.spot_of(key)
    play.act(matter, "accept", at, handler)
    play.photo(matter, at + timedelta(minutes=30), handler, spot, picture=f"{play.seed}/{picture}")
    words = {"text": "已处置并说明 · done, with an explanation"}
    if row.kind == "track_question" and weeks.tracks[key].how == "car":
        play.attempt("answer_missing", key, matter, "submit", at + timedelta(minutes=35), handler, words)
        play.plant("answer_missing", key, "handed in before the answer was entered")
    else:
        play.act(matter, "submit", at + timedelta(minutes=40), handler, words)


def _enter_answer(weeks: ChiefWeeks, row: CaseRow) -> None:
    """Whoever handed in before the answer was entered enters it, and hands in again; what went back is handed in."""
    play, key = weeks.play, str(row.about).partition("/")[2]
    if row.kind == "track_question":
        _answer(weeks, key, weeks.tracks[key].how)
    handler = play.person("handler", row.fold["lead"])
    play.act(play.matter(row), "submit", play.now + timedelta(hours=1), handler, {"text": "已补充 · completed"})


def _answer(weeks: ChiefWeeks, key: str, how: str) -> None:
    """The chief above asks, and enters the answer at the track."""
    play = weeks.play
    loaded = play.load("patrol-track", [{"number": key, "answer": ANSWERS[how]}], source="chief above")
    assert not loaded.rejected, loaded.rejects


def _look_again(weeks: ChiefWeeks, row: CaseRow) -> None:
    play = weeks.play
    first = sum(1 for each in history(row.id) if each.kind == "submitted") == 1
    failed = first and row.kind == "finding" and row.fold.get("category") == "river.litter"
    inspector = play.person("inspector", play.unit("urban-enforcement"), 3)
    play.act(
        play.matter(row), "verify", play.now + timedelta(hours=2), inspector, result="failed" if failed else "passed"
    )


# -- what was found ---------------------------------------------------------------------------------------


def tell_found(weeks: ChiefWeeks) -> None:
    """What the house says: its watches' incidents, its cases, the registers that they reached."""
    play, next_day, missed = weeks.play, 0, 0
    verdicts = {row["track"]: row["verdict"] for row in checked(weeks)}
    for each in play.incidents():
        if each.watch == "duty_missed":
            play.find("missed", f"{each.subject}:{each.part}", f"from {each.part}")
            duty = next(d for d in weeks.roster.duties if d.key == f"{each.subject}:{each.part}")
            if duty.how in ("missed", "checkin"):
                missed += 1
                next_day += play.local(each.opened_at) == duty.ends + timedelta(days=1)
        elif each.watch == "track_suspect":
            play.find(verdicts[each.subject], each.subject, f"asked about on {play.local(each.opened_at)}")
        elif each.watch == "sign_unchecked":
            play.find("sign", each.subject, "not compared for a year")
    for row in play.cases(kind="finding"):
        if any(event.kind == "verified" and event.data.get("result") == "failed" for event in history(row.id)):
            play.find("not_put_right", str(row.about).partition("/")[2], f"case {row.number} went back")
    _tell_outlets(weeks)
    play.prove("opened_next_day", f"{next_day}/{missed}")


def _tell_outlets(weeks: ChiefWeeks) -> None:
    """Outlets that a finding brought into the register, and the cases that the programme of surface waters opens."""
    play = weeks.play
    play.script.received += let_watches_look("surface-water", play.now, play.script.facts_at(play.now))
    play.script.received += let_watches_look("construction-waste", play.now, play.script.facts_at(play.now))
    for told in IncidentRow.objects.filter(programme="construction-waste", watch="river_dump").order_by("subject"):
        play.find("waste_told", told.subject.rpartition("/")[2], f"reminder to {told.reminded or 'nobody'}")
    numbers = {row.number: str(row.about).partition("/")[2] for row in play.cases(kind="finding")}
    for key, said in play.subjects("water-outlet"):
        if key in numbers:
            play.find("outlet_registered", str(said["reach"]), f"outlet {key}")
        if CaseRow.objects.filter(programme="surface-water", about=f"water-outlet/{key}").exists():
            play.find("outlet_without_permit", str(said["reach"]), f"case of outlet {key}")


def inputs_of(weeks: ChiefWeeks) -> list[Any]:
    """The registers as the methods take them."""
    play = weeks.play

    def features(kind: str, *fields: str) -> Row:
        return {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {field: said.get(field) for field in fields} | {"track": key},
             "geometry": to_geojson(said["line"])} for key, said in play.subjects(kind)
        ]}  # fmt: skip

    def rows(kind: str, *fields: str) -> list[Row]:
        return [{"post": key} | {each: said.get(each) or "" for each in fields} for key, said in play.subjects(kind)]

    return [
        rows("chief-post", "level", "scheme", "reach", "holder", "begun", "ended"),
        rows("chief-transfer", "post", "to", "begins", "ends"),
        features("patrol-track", "post", "by", "begun", "steps", "answer"),
        features("reach-survey", "reach", "surveyed"),
    ]


def checked(weeks: ChiefWeeks) -> list[Row]:
    """The verdict on every track of the register."""
    told = weeks.play.calc("patrol-checks", *inputs_of(weeks)).columns
    return [dict(zip(told, cells, strict=True)) for cells in zip(*told.values(), strict=True)]


def prove_month(weeks: ChiefWeeks) -> None:
    """How the duties of the play stand at its end."""
    play = weeks.play
    told = play.calc("patrol-duties", *inputs_of(weeks), at=play.local(play.now).isoformat())
    play.prove("tracks", len(weeks.tracks))
    play.prove("duties", {name: told.facts[name] for name in ("done", "asked", "missed")})


__all__ = ["play_sample"]
