"""Six weeks of a year of the campaign: proofs run out, gaps are mended, numbers grow elsewhere. See README.md.

Planted: proofs whose term ends, items without a proof or looked at by their own unit, findings that take points off,
quantities stated above what the house counted, a veto, a filing while it is open, one by its own organiser, a look of
the own unit. Look-alikes: a proof that was renewed in time, one that runs out later, a value stated higher that earns
no more points, one stated exactly, a veto struck off before, a code of the same item that is none, a filing by another
unit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.loop.programmes import rule_book
from bihuan.numbers.feeding import NumbersSource, number_rows
from bihuan.programmes.safe_city.elsewhere import play_elsewhere
from bihuan.programmes.safe_city.people import decide_filing, find_everything, handle_open, renew_in_time

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
CARD = Path(__file__).parent / "tables" / "safe_city.yaml"
YEAR, ORGANISER, LASTS, DAYS = "Y1", "emergency", 43, 40
"""LASTS: the most days that the sample plays."""
LOOKED = (1, 4, 6, *range(8, 21), 24, 28, 32, 34, 36, DAYS)
"""Days on which the worker looks: every night while proofs run out."""
COUNTED = (6, 12, 18, 28, DAYS)
"""Days on which numbers are counted anew."""
UNITS = (
    "housing-construction",
    "urban-management",
    "transport",
    "fire",
    "market",
    "water-affairs",
    "health",
    "education",
)
MEASURES = {"s04": "hydrants", "s05": "old-pipes", "s07": "fire-radios", "s08": "fire-gear",
            "v05": "work-safety.on_time_rate", "e07": "whistle.arrival_rate"}  # fmt: skip
TYPED = {"p06": "1", "p09": "91"}
"""Items of which a value is stated, and the house counts none."""
VETO, STRUCK = "t02", "t03"


class Campaign:
    """The sample: items with their owners, proofs, findings, what is counted."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("safe")
        card = rule_book().of(play.programme.id).scorecard("safe-city", play.on(0))
        self.worth = {item.id: item.worth for item in card.items}
        self.items: dict[str, Row] = {}
        for place, item in enumerate(card.items):
            self.items[item.id] = {
                "number": item.id, "name": item.name["zh"], "section": item.section, "worth": str(item.maximum),
                "owner": UNITS[place % len(UNITS)], "months": 12, "measure": MEASURES.get(item.id, ""),
                "effort": str(60 if item.id in MEASURES else self.luck.whole(2, 20)), "verified": False,
            }  # fmt: skip
        plain = [name for name in self.items if name not in (*MEASURES, *TYPED, VETO, STRUCK)]
        chosen = self.luck.sample(plain, 22)
        self.stale, self.renewed, self.later = chosen[:6], chosen[6:8], chosen[8:10]
        self.missing, self.own_look, self.short = chosen[10:14], chosen[14:16], chosen[16:22]
        self.proofs: list[Row] = []
        self.findings: list[Row] = []
        self.taken: set[str] = set()

    def other(self, owner: str) -> str:
        """Another unit than an owner's."""
        return self.luck.pick([code for code in UNITS if code != owner])

    def proof(self, item: str, dated: int, *, looked: bool = True, own: bool = False, value: str = "") -> Row:
        """A proof of an item, dated so many days after the play began; another unit looks two days later."""
        owner = self.items[item]["owner"]
        number = f"P{len(self.proofs):03}"
        row: Row = {
            "number": number, "item": item, "document": f"创建材料{number}号", "dated": self.play.on(dated),
            "owner": owner, "value": value,
        }  # fmt: skip
        if looked:
            row |= {"checker": owner if own else self.other(owner), "checked": self.play.on(dated + 2)}
        self.proofs.append(row)
        return row

    def finding(self, item: str, code: str, count: int, found: int, kind: str = "deduction") -> Row:
        """What an assessor found, with the record it rests on."""
        number = f"F{len(self.findings):02}"
        row: Row = {
            "number": number, "year": YEAR, "item": item, "code": code, "kind": kind, "count": count,
            "owner": self.items[item]["owner"], "record": f"核查记录{number}", "found": self.play.on(found),
        }  # fmt: skip
        self.findings.append(row)
        return row


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E17; docs/topics/play.md."""
    city = Campaign(play)
    plan_proofs(city)
    plan_findings(city)
    load_all(city)
    play_elsewhere(play)
    city.play.prove("at_first", standing(city, 0))
    for day in LOOKED:
        play.to(play.day(day, 0.5))
        if day in COUNTED:
            play.count()
        play.meanwhile()
        if day == 1:
            renew_in_time(city)
        if day in (6, 34, 36):
            decide_filing(city, day)
        handle_open(city, day)
    play.to(play.day(DAYS + 2))
    play.meanwhile()
    find_everything(city)
    city.play.prove("at_last", standing(city, DAYS + 2))


def plan_proofs(city: Campaign) -> None:
    """Ordinary items are proven for the whole play; some proofs end in it, some were never looked at by others."""
    play, luck = city.play, city.luck
    for item in city.items:
        if item in (*city.missing, *MEASURES):
            continue
        if item in (*city.stale, *city.renewed, *city.later):
            city.items[item]["months"] = 6
            end = luck.whole(60, 80) if item in city.later else luck.whole(11, 19)
            city.proof(item, end - 184)
        else:
            city.proof(item, -luck.whole(20, 200), own=item in city.own_look, value=TYPED.get(item, ""))
    for item in city.stale:
        play.plant("stale", item, "its proof runs out during the play")
    for item in city.renewed:
        play.look_alike("stale", item, "a new proof was looked at before the old one ran out")
    for item in city.later:
        play.look_alike("stale", item, "its proof runs out after the play")
    for item in (*city.missing, *city.own_look):
        play.plant("unproven", item, "no proof that somebody of another unit looked at")


def plan_findings(city: Campaign) -> None:
    """Findings take points off; one is a veto, one like it was struck off before, one has a harmless code."""
    play, luck = city.play, city.luck
    for item in city.short:
        city.finding(item, _code(city, item), luck.whole(1, 3), -luck.whole(5, 25))
        play.plant("short", item, "points are off for what was found")
    veto = city.finding(VETO, "major_accident", 1, 3, "veto")
    play.plant("veto", veto["number"], "a major accident within the year")
    before = city.finding(STRUCK, "concealed", 1, -90, "veto")
    before["closed"] = play.on(-30)
    play.look_alike("veto", before["number"], "was struck off before the year was looked at")
    harmless = city.finding(STRUCK, "late", 1, -10)
    play.look_alike("veto", harmless["number"], "a code of the same item that is no veto")
    play.plant("short", STRUCK, "an accident that was told late")


def _code(city: Campaign, item: str) -> str:
    """A code of the item that takes points off."""
    card = rule_book().of(city.play.programme.id).scorecard("safe-city", city.play.on(0))
    method: Any = next(each.method for each in card.items if each.id == item)
    return "each" if "each" in method.points else next(iter(method.points))


def load_all(city: Campaign) -> None:
    """Year, items, proofs, findings and what is counted, as the office hands them in."""
    play, luck = city.play, city.luck
    year = {
        "number": YEAR, "name": "本年度创建", "edition": "2019", "organiser": ORGANISER, "opens": play.on(-200),
        "closes": play.on(60),
    }  # fmt: skip
    things = count_things(city)
    for kind, rows in (
        ("safe-year", [year]), ("safe-item", list(city.items.values())), ("safe-proof", city.proofs),
        ("safe-finding", city.findings), ("safe-thing", things),
    ):  # fmt: skip
        loaded = play.load(kind, luck.sample(rows, len(rows)), at=play.on(-1), source="safety committee's office")
        assert not loaded.rejected, (kind, loaded.rejects)


def count_things(city: Campaign) -> list[Row]:
    """Stretches of pipe, hydrants and radios one by one; what owners state of them and of other programmes' numbers."""
    play, rows = city.play, []
    for measure, count, met in (
        ("old-pipes", 50, 38),
        ("hydrants", 100, 97),
        ("fire-radios", 50, 48),
        ("fire-gear", 40, 40),
    ):
        for n in range(count):
            rows.append({
                "number": f"{measure}-{n:03}", "name": f"{measure} {n + 1}", "measure": measure,
                "met": n < met, "weight": "100" if measure == "old-pipes" else "1", "holder": "urban-management",
            })  # fmt: skip
    for item, value in {"s05": "0.86", "v05": "47/50", "e07": "0.97"}.items():
        city.proof(item, -15, value=value)
        play.plant("above", item, "states more than was counted")
    for item, value, how in (
        ("s04", "97/100", "states what was counted"), ("s07", "0.99", "states more, and earns no more points"),
        ("s08", "0.9", "states less than was counted"),
    ):  # fmt: skip
        city.proof(item, -15, value=value)
        play.look_alike("above", item, how)
    for item in ("s04", "s05", "v05", "e07"):
        play.plant("short", item, "the number itself is short of the full points")
    return rows


def standing(city: Campaign, day: int) -> Row:
    """The card on a day, from the registers alone: what was stated, what is proven, what comes."""
    play = city.play
    told = {kind: [{"key": key} | row for key, row in play.subjects(kind, on=play.on(day))]
            for kind in ("safe-item", "safe-proof", "safe-finding", "safe-thing")}  # fmt: skip
    names = {
        "safe-item": {"item": "key", "months": "months", "measure": "measure", "effort": "effort"},
        "safe-proof": {"proof": "key", "item": "item", "value": "value", "dated": "dated", "owner": "owner",
                       "checker": "checker", "checked": "checked", "ended": "ended"},
        "safe-finding": {"finding": "key", "item": "item", "code": "code", "count": "count", "found": "found",
                         "closed": "closed"},
        "safe-thing": {"thing": "key", "measure": "measure", "met": "met", "weight": "weight"},
    }  # fmt: skip
    tables = {kind: [{name: row.get(field) for name, field in names[kind].items()} for row in rows]
              for kind, rows in told.items()}  # fmt: skip
    asked = [name.split(".") for name in MEASURES.values() if "." in name]
    source = NumbersSource.model_validate({
        "numbers": [{"programme": programme, "number": number} for programme, number in asked],
        "columns": {"measure": "=number", "numerator": "=numerator", "denominator": "=denominator"},
    })  # fmt: skip
    rows = number_rows(source, play.script.facts_at(play.now), play.on(day))
    numbers = [dict(zip(source.columns, row, strict=True)) for row in rows]
    numbers = numbers or [dict.fromkeys(source.columns, "0") | {"denominator": ""}]
    told_now = play.calc(
        "card-standing", CARD, tables["safe-item"], tables["safe-proof"], tables["safe-finding"], numbers,
        tables["safe-thing"], at=play.on(day),
    )  # fmt: skip
    facts = told_now.facts
    return {
        "claimed": facts["claimed"],
        "proven": facts["proven"],
        "vetoed_by": facts["vetoed_by"],
        "states": facts["states"],
    }
