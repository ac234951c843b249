"""What happens in other programmes meanwhile, from which quantities follow: hazards put right, units that come.

Nothing of it is told to the card: it reads the numbers that the house keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

HAZARDS, LATE, WHISTLES, ABSENT = 20, 4, 4, 2


def play_elsewhere(play: Play) -> None:
    """Hazards of which a fifth is put right too late, and whistles to which a fifth of the units comes late."""
    _hazards(play)
    _whistles(play)


def _hazards(play: Play) -> None:
    luck = play.luck.stream("hazards")
    sites = luck.sample(range(3_000), HAZARDS)
    play.load("enterprise", [play.district.enterprise(n) for n in sites], at=play.on(-900))
    play.load("site", [play.district.site(n) for n in sites], at=play.on(-900))
    finder = play.person("inspector", play.unit("market"))
    for n, site in enumerate(sites):
        row, spot, found = play.district.site(site), play.district.spot("site", site), luck.whole(1, 5)
        matter = play.report(
            "hazard", play.day(found, 9), finder, key=f"hazard-{n}", title=f"{row['name']}隐患",
            programme="work-safety", category="fire.exit", spot=spot, urgency="general", subject=row["number"],
            fields={"source": "round", "measure": "限期整改"},
        )  # fmt: skip
        by, put_right = play.person("handler", play.office(spot.street)), found + (29 if n < LATE else luck.whole(4, 9))
        play.act(matter, "accept", play.day(found, 12), by)
        for photo in (1, 2):
            play.photo(matter, play.day(put_right, 9 + photo), by, spot.moved(photo * 40, 30), picture=f"h{n}/{photo}")
        play.act(matter, "submit", play.day(put_right, 15), by, words={"text": "已整改"})
        looks = play.person("inspector", play.unit("emergency"))
        play.act(matter, "verify", play.day(put_right + 1, 10), looks, result="passed")


def _whistles(play: Play) -> None:
    luck = play.luck.stream("whistles")
    codes = [play.unit(code) for code in ("fire", "market", "urban-enforcement")]
    spots = [play.district.spot("whistle", n) for n in luck.sample(range(80), WHISTLES)]
    for n, spot in enumerate(spots):
        day, lead = 2 + 3 * n, play.person("handler", play.office(spot.street))
        made = play.report("whistle", play.day(day, 8), lead, key=f"whistle-{n}", title="吹哨", spot=spot,
                           urgency="emergency", programme="whistle")  # fmt: skip
        play.act(made, "accept", play.day(day, 8.2), lead)
        play.act(made, "call_in", play.day(day, 8.4), lead, kind="emergency", units=codes, task="到场联合处置")
        for place, unit in enumerate(codes):
            who = play.person("handler", unit)
            came = 8.4 + (1.5 if place == 0 and n < ABSENT else luck.between(0.1, 0.4))
            play.act(made, "arrive", play.day(day, came), who, place=list(spot.place), unit=unit, signature="0" * 64)
            play.act(made, "finish_task", play.day(day, 12), who, unit=unit)
            play.act(made, "score_party", play.day(day, 13), lead, unit=unit, score=luck.whole(60, 100))
            play.act(made, "score_lead", play.day(day, 13.2), who, unit=unit, score=luck.whole(60, 100))
        play.photo(made, play.day(day, 15), lead, spot, picture=f"w{n}")
        play.act(made, "submit", play.day(day, 16), lead, {"text": "联合处置完毕"})
        play.act(made, "verify", play.day(day + 1, 10), play.person("inspector"), result="passed")
