"""Loans of a museum's items: each handover out and back is signed for by the other side, or it is a case.

Planted: items nobody signed for, one that was signed for elsewhere, one in whose place another came. Look-alikes: a
receipt that does not name its dispatch, one on the last day, an item that came back as it went.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.loop.store import current_facts
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.running import run_watches

if TYPE_CHECKING:
    from bihuan.programmes.culture_venues.sample import Town
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
ITEMS, OUT, BACK, DUE = 12, 3, 9, 40
"""How many items; the days on which they go out and come back, and until which they are lent."""
MUSEUM_KIND = "museum"
NAMES = (
    "青瓷碗",
    "铜镜",
    "山水册页",
    "石雕佛首",
    "线装方志",
    "木活字",
    "织锦",
    "铜香炉",
    "碑拓",
    "官帽椅",
    "彩陶罐",
    "折扇",
)


def lend_items(play: Play, town: Town) -> None:
    """The collection, its loan, and what both sides have signed; the watch opens what does not agree."""
    venue = next(row for row in town.venues if row["kind"] == MUSEUM_KIND)
    luck, home, guest = play.luck.stream("loans"), venue["number"], "GUEST-1"
    items: list[Row] = [
        {"number": f"C-{n:03}", "name": NAMES[n], "venue": home, "grade": luck.pick(("1", "2", "3", "")),
         "lent_to": "友邻博物馆", "lent_on": play.on(OUT).isoformat(), "due_back": play.on(DUE).isoformat()}
        for n in range(ITEMS)
    ]  # fmt: skip
    play.load("collection-item", items, at=play.on(0), source="collection")
    play.load("item-loan", [
        {"number": "LOAN-1", "name": "馆藏精品联展", "venue": home, "borrower": "友邻博物馆", "agreement": "AG-1",
         "insured": 3_000_000, "begins": play.on(OUT).isoformat(), "due_back": play.on(DUE).isoformat()},
    ], source="collection")  # fmt: skip
    order = luck.sample(range(ITEMS), ITEMS)
    wrong = dict(zip(order, ("missing", "missing", "wrong_place", "carrier"), strict=False))
    sent = [_dispatch(play, town, f"D-{n:03}", items[n], home, guest, OUT) for n in range(ITEMS)]
    held = [_signed(play, n, items, guest, wrong.get(n, ""), order) for n in range(ITEMS) if wrong.get(n) != "missing"]
    for n, exception in wrong.items():
        play.plant(exception, f"D-{n:03}", "the two sides differ")
    back = [n for n in range(ITEMS) if n not in wrong][:3]
    sent += [_dispatch(play, town, f"R-{n:03}", items[n], guest, home, BACK) for n in back]
    held += [
        {"ticket": f"RS-{n:03}", "dispatch": f"R-{n:03}", "item": items[n]["number"], "place": home,
         "received": play.day(BACK + 1, 10).isoformat(), "condition": "sound"}
        for n in back
    ]  # fmt: skip
    for n in back:
        play.look_alike("missing", f"R-{n:03}", "came back and was signed for")
    play.load("item-dispatch", sent, at=play.on(OUT), source="collection")
    play.load("item-receipt", held, at=play.on(OUT + 1), source="borrower")


def find_items(play: Play, town: Town) -> None:
    """What the watch opened is worked: the unit finds the item, hands in both signatures, the officer looks."""
    known = current_facts(play.now)
    run_watches(current_catalogue(), play.now, play.now, names=("loan_exceptions",), facts=known)
    play.script.received += len(play.cases(kind="loan"))
    parts = {each.subject: each.part for each in play.incidents() if each.watch == "loan_exceptions"}
    start = (play.local(play.now) - play.on(0)).days
    for case in play.cases(kind="loan", state="dispatched"):
        key = str(case.about).partition("/")[2]
        play.find(parts[key], key, case.number)
        matter, handler = play.matter(case), play.person("handler", town.unit)
        play.act(matter, "accept", play.day(start, 20), handler)
        play.photo(matter, play.day(start + 1, 9), handler, play.district.spot("venue", 1), picture=f"item {key}")
        play.act(matter, "submit", play.day(start + 1, 10), handler, {"text": "已查明并点交 · found and checked"})
        officer = play.person("culture_officer", number=1)
        play.act(matter, "verify", play.day(start + 2, 10), officer, result="passed")


def _dispatch(play: Play, town: Town, number: str, item: Row, home: str, to: str, day: int) -> Row:
    return {
        "number": number, "loan": "LOAN-1", "item": item["number"], "from_place": home, "to_place": to,
        "keeper": town.code, "sent": play.day(day, 9).isoformat(), "condition": "sound",
    }  # fmt: skip


def _signed(play: Play, n: int, items: list[Row], guest: str, exception: str, order: list[int]) -> Row:
    """What the borrower signed: some of it without a number, or on the last day."""
    unnamed, late = n == order[-1], n == order[-2]
    if unnamed or late:
        play.look_alike("missing", f"D-{n:03}", "signed for without its number, or on the last day")
    other = "C-900" if exception == "carrier" else items[n]["number"]
    return {
        "ticket": f"S-{n:03}", "dispatch": "" if unnamed else f"D-{n:03}", "item": other,
        "place": "GUEST-2" if exception == "wrong_place" else guest,
        "received": play.day(OUT + (5 if late else 1), 8).isoformat(), "condition": "sound",
    }  # fmt: skip
