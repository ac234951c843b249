"""Dated seasons that change what residents report: heating, flood. Only told, never a hidden factor.

A season whose last beginning lies outside the history cannot have been learnt; the reader of a forecast must know that.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bihuan.readers import read_all_rows


@dataclass(frozen=True, slots=True)
class NamedSeason:
    """One row of seasons.csv; `start` and `end` are (month, day), inclusive."""

    country: str
    zh: str
    en: str
    start: tuple[int, int]
    end: tuple[int, int]
    source: str
    verified: bool


def read_seasons() -> list[NamedSeason]:
    """The seasons of the package. Source: `seasons.csv`, dated and cited row by row."""
    rows = [row.cells for row in read_all_rows(Path(__file__).with_name("seasons.csv"), ("country",), comments="#")]
    return [
        NamedSeason(
            row["country"],
            row["zh"],
            row["en"],
            _month_day(row["start"]),
            _month_day(row["end"]),
            row["source"],
            row["verified"] == "true",
        )
        for row in rows
    ]


def season_notes(ahead: date, days: int, history: date, country: str) -> tuple[str, ...]:
    """A sentence for each season that begins or ends within the horizon and did not do so within the history.

    Args:
        ahead: First day forecast.
        days: Length of the horizon.
        history: First day of the history.
        country: Two letters; empty for no seasons.

    Source: docs/topics/forecast.md (a season that the history has not seen is told).
    """
    found = []
    for season in read_seasons():
        if season.country != country:
            continue
        for month_day, zh, en in ((season.start, "开始", "begins"), (season.end, "结束", "ends")):
            turn = _next(month_day, ahead)
            learnt = _next(month_day, history) < ahead - timedelta(days=14)
            if turn < ahead + timedelta(days=days) and not learnt:
                unsure = "" if season.verified else "（未核实 unverified）"
                told = f"{season.en} {en} on {turn}; the history has not seen that{unsure}"
                found.append(f"{season.zh}于 {turn} {zh}，历史数据未覆盖 · {told}")
    return tuple(found)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _next(month_day: tuple[int, int], day: date) -> date:
    turn = date(day.year, *month_day)
    return turn if turn >= day else date(day.year + 1, *month_day)
