"""What a season of the sample is made of: halls, performances, applications; drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]

PERFORMANCES, HALLS, FIRST = 26, 5, 60
"""How many, in how many halls, and how many days after the play begins the first one is."""
CLOSES, DRAWN, RETURNED = 45, 46, 50
"""Days after the play begins on which applications close, seats are drawn, and the first are given back."""
LARGE, CITY = 1_200, 6_000
TITLES = (
    "民乐之夜",
    "新春戏曲",
    "室内乐",
    "话剧《长街》",
    "童声合唱",
    "现代舞",
    "曲艺专场",
    "街头艺术",
    "钢琴独奏",
    "皮影",
)


@dataclass
class Season:
    """The rows of a season, and what became of its tickets.

    Args:
        code: Of the season. performances: Rows of the register, by number in order. parties: Who asks for seats.
        tickets: Seats and holder of each ticket, by number, for each performance. codes: What each holder shows.
    """

    code: str
    performances: list[Row] = field(default_factory=list)
    halls: list[Row] = field(default_factory=list)
    parties: dict[str, list[Row]] = field(default_factory=dict)
    tickets: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    requests: int = 0

    def named(self, number: str) -> Row:
        """A performance by its number."""
        return next(each for each in self.performances if each["number"] == number)


def draw_season(play: Play) -> Season:
    """Draw halls, performances in evenings that do not meet, and the first applications."""
    season = Season(f"S{play.on(FIRST).year}-{play.seed % 97}")
    luck = play.luck.stream("season")
    season.halls = [play.district.venue(number) for number in luck.sample(range(60), HALLS)]
    for number in range(PERFORMANCES):
        hall = season.halls[number % HALLS]
        day = FIRST + 3 * (number // HALLS) * 3 + number % 3
        begins = play.day(day, luck.pick((19, 19.5, 20)))
        seats = luck.whole(40, 160)
        expected = LARGE if number in (4, 9, 14) else seats
        title, price = luck.pick(TITLES), 10 * luck.whole(1, 6)
        season.performances.append(
            _performance(play, season, number, hall, begins, seats=seats, expected=expected, title=title, price=price)
        )
    for performance in season.performances:
        season.parties[performance["number"]] = _parties(play, performance)
    return season


def _performance(
    play: Play, season: Season, number: int, hall: Row, begins: datetime, *, seats: int, expected: int, title: str,
    price: int,
) -> Row:  # fmt: skip
    closes = play.day(CLOSES)
    return {
        "number": f"{season.code}-{number + 1:03}", "name": f"{title}（第{number + 1}场）", "season": season.code,
        "venue": hall["number"], "keeper": "culture-tourism", "starts_on": play.local(begins).isoformat(),
        "starts": begins.isoformat(), "ends": (begins + timedelta(hours=2)).isoformat(), "seats": seats + 10,
        "public_seats": seats, "expected": expected, "most": 4, "handing": "draw" if number % 3 else "turn",
        "wheelchair_seats": 2 + seats // 60, "price": price,
        "opens": (closes - timedelta(days=5)).isoformat(), "closes": closes.isoformat(),
    }  # fmt: skip


def _parties(play: Play, performance: Row) -> list[Row]:
    """Applications: more than there are seats for most, with parties of several; some are sent twice or too late."""
    luck = play.luck.stream(f"parties/{performance['number']}")
    closes = datetime.fromisoformat(performance["closes"])
    asked, found = 0, list[Row]()
    while asked < performance["public_seats"] * luck.between(1.1, 1.6):
        seats = luck.weighted([(1, 5), (2, 6), (3, 2), (4, 1)])
        at = closes - timedelta(minutes=luck.whole(1, 5 * 1440))
        found.append(
            {
                "application": f"{performance['number']}-A{len(found):04}", "event": performance["number"],
                "applicant": f"person-{len(found):04}", "time": at.isoformat(), "seats": seats,
            }
        )  # fmt: skip
        asked += seats
    return found


def first_day(season: Season) -> date:
    """The day of the first performance."""
    return min(date.fromisoformat(each["starts_on"]) for each in season.performances)
