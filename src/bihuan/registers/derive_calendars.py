"""Write the shipped State Council calendar files from the `chinesecalendar` package.

Run `python -m bihuan.registers.derive_calendars` after a new year has been published and the package was updated; then
review the difference, and check the year against the notice that it cites. Years before 2019 serve historical imports.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from chinese_calendar.constants import holidays, workdays

FOLDER = Path(__file__).parent / "data" / "calendars" / "CN"

NAMES_ZH = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}

# Notices of the General Office of the State Council as remembered; none was read here, hence `verified: false` below.
NOTICES = {
    2019: "国办发明电〔2018〕15号; 国办发明电〔2019〕3号 (Labour Day adjusted)",
    2020: "国办发明电〔2019〕16号; 国办发明电〔2020〕1号 (Spring Festival extended)",
    2021: "国办发明电〔2020〕27号",
    2022: "国办发明电〔2021〕11号",
    2023: "国办发明电〔2022〕16号",
    2024: "国办发明电〔2023〕7号",
    2025: "国办发明电〔2024〕12号",
    2026: "国办发明电〔2025〕7号",
}


def render_year(year: int) -> str:
    """Return the YAML text of one year: the holidays as closed date ranges and the make-up workdays as single dates.

    Source: 国务院办公厅关于节假日安排的通知 (yearly), as `chinese_calendar` holds it; docs/topics/registers.md, "Time".
    """
    spans = [_span(run) for run in _runs(day for day in holidays if day.year == year)]
    made_up = ", ".join(day.isoformat() for day in sorted(workdays) if day.year == year)
    citation = NOTICES.get(year, "国务院办公厅关于部分节假日安排的通知 (number not known here)")
    return "\n".join(
        [
            f'edition: "CN-{year}.1"',
            "jurisdiction: CN",
            f"year: {year}",
            f'citation: "{citation}"',
            f'source: "PyPI chinesecalendar {version("chinesecalendar")} (MIT), which transcribes the notice"',
            "verified: false",
            "weekend: [saturday, sunday]",
            "holidays:",
            *spans,
            f"make_up_workdays: [{made_up}]",
            "",
        ]
    )


def write_years(folder: Path = FOLDER) -> list[Path]:
    """Write one file per published year into `folder` and return their paths.

    Source: 国务院办公厅关于节假日安排的通知 (yearly), as `chinese_calendar` holds it; docs/topics/registers.md, "Time".
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for year in sorted({day.year for day in holidays}):
        path = folder / f"{year}.yaml"
        path.write_text(render_year(year), encoding="utf-8")
        paths.append(path)
    return paths


def _runs(days: Iterable[date]) -> list[list[date]]:
    ordered = sorted(days)
    keyed = groupby(enumerate(ordered), key=lambda pair: (holidays[pair[1]], pair[1] - timedelta(days=pair[0])))
    return [[day for _, day in group] for _, group in keyed]


def _span(run: list[date]) -> str:
    english = holidays[run[0]]
    return f'  - {{zh: {NAMES_ZH[english]}, en: "{english}", from: {run[0]}, to: {run[-1]}}}'


if __name__ == "__main__":
    for written in write_years():
        print(written)
