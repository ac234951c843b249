"""Made reports of known events, to measure with: several people, one trouble, each in their own words.

An event is a category at an invented place within some hours. Its reporters paraphrase (opening, subject, complaint,
request and order vary), shorten or lengthen the name of the place, mistype, and stand tens of metres apart. Against
them stand events of the same category elsewhere, and of other categories at the same place. All words are made up here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.grid import METRES
from bihuan.insight.duplicates.reports import Ints, Reports

STEMS = "云锦翠柏金桂望湖青莲紫竹银杏枫林听涛半山晴川映月长虹锦绣梧桐鹿鸣临江东篱凤栖观澜星河玉兰"
ENDINGS = ("小区", "花园", "新村", "家园", "公寓", "新城", "路", "大街", "菜市场", "小学")
ALIAS = {"小区": "", "花园": "花园小区", "家园": "", "公寓": "", "新城": "新城二期"}
TROUBLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "照明": (("路灯", "街灯", "照明灯"), ("不亮了", "坏了好几盏", "一到晚上漆黑一片", "全灭了没人管")),
    "供水": (("自来水", "水管", "家里的水"), ("从昨天停到现在", "一直没水", "停了没有通知", "断断续续流不出来")),
    "供暖": (("暖气", "供暖", "屋里暖气片"), ("冰凉", "一点都不热", "温度上不去", "到现在没有来")),
    "噪音": (("施工", "工地", "打桩机"), ("半夜还在响", "吵得睡不着", "凌晨两点不停", "噪音特别大")),
    "垃圾": (("垃圾", "生活垃圾", "垃圾桶"), ("堆成山了", "好几天没人清", "臭气熏天", "满出来没人收")),
    "井盖": (("井盖", "下水井盖", "窨井盖"), ("丢了一个", "破损翘起来了", "塌下去很危险", "松动车一过就响")),
    "电梯": (("电梯", "楼里的电梯", "客梯"), ("又停了", "困住过人", "坏了一周没修", "经常突然下坠")),
    "停车": (("私家车", "机动车", "车辆"), ("乱停堵住出口", "占着消防通道", "停满人行道", "把路口堵死了")),
    "污水": (("污水", "下水道", "化粪池"), ("冒出来流了一地", "堵了往外溢", "反味倒灌", "漫到路面上")),
    "违建": (("有人", "一楼住户", "顶楼业主"), ("私自搭棚子", "加盖房子", "占公共绿地盖屋", "违规扩建阳台")),
}
OPENINGS = ("", "你好，", "我是附近居民，", "再次反映，", "请问领导，", "市民来电：")
REQUESTS = ("", "请尽快处理", "希望有关部门管一管", "麻烦派人来看看", "恳请解决", "到底归谁管")
TYPOS = "的了在有人不这中大来上个国我以要他时用们"


@dataclass(frozen=True)
class Difficulty:
    """How hard the stream is.

    Args:
        reporters: Mean number of reports per event (geometric).
        hours: Spread of an event's reports (exponential).
        metres: Standard deviation of a reporter's point.
        typos: Chance that a character is mistyped.
        alias: Chance that the place's name is shortened or lengthened.
        shared: Share of events at a place where another event of another category runs.
        located: Share of reports with coordinates.
        kinds: Whether the category is told.
    """

    reporters: float = 2.5
    hours: float = 12.0
    metres: float = 30.0
    typos: float = 0.02
    alias: float = 0.3
    shared: float = 0.3
    located: float = 1.0
    kinds: bool = True


def make_events(
    count: int, difficulty: Difficulty | None = None, *, days: float = 30, half: int | None = None, seed: int = 1
) -> tuple[Reports, Ints]:
    """A stream of reports and the event of each.

    Args:
        count: Events.
        difficulty: Default Difficulty().
        days: Over which events begin.
        half: 0 or 1: only this half of places' stems and of troubles; for words never trained on. None: all.
        seed: Of the dice.

    Returns:
        Reports in order of time, and int64 event ids, shape (reports,).

    Source: src/bihuan/insight/duplicates/card.md (made reports of known events).
    """
    hard, dice = difficulty or Difficulty(), np.random.default_rng(seed)
    stems, kinds = STEMS, list(TROUBLES)
    if half is not None:
        stems, kinds = STEMS[half::2], kinds[half::2]
    places = _places(dice, stems, count)
    centres = dice.uniform(-0.1, 0.1, (count, 2))
    chosen = dice.integers(len(kinds), size=count)
    for event in np.flatnonzero(dice.random(count) < hard.shared):
        if event:
            places[event], centres[event] = places[event - 1], centres[event - 1]
            chosen[event] = (chosen[event - 1] + 1 + dice.integers(len(kinds) - 1)) % len(kinds)
    begins = dice.uniform(0, days * 24, count)
    rows = [
        (begins[event] + (dice.exponential(hard.hours) if n else 0.0), event)
        for event in range(count)
        for n in range(dice.geometric(1 / hard.reporters))
    ]
    rows.sort()
    return _reports(rows, [(places[e], kinds[chosen[e]], centres[e]) for e in range(count)], hard, dice)


def _places(dice: np.random.Generator, stems: str, count: int) -> list[tuple[str, str]]:
    """Names of places, no two with one stem: where names repeat, no text can tell two events apart."""
    found: dict[str, str] = {}
    while len(found) < count:
        stem = "".join(stems[n] for n in dice.integers(len(stems), size=int(dice.integers(3, 5))))
        found.setdefault(stem, ENDINGS[dice.integers(len(ENDINGS))])
    return list(found.items())


def _reports(
    rows: list[tuple[float, int]],
    about: list[tuple[tuple[str, str], str, NDArray[np.float64]]],
    hard: Difficulty,
    dice: np.random.Generator,
) -> tuple[Reports, Ints]:
    texts, kinds, points = [], [], []
    for _, event in rows:
        place, kind, centre = about[event]
        texts.append(_words(place, kind, hard, dice))
        kinds.append(kind if hard.kinds else "")
        off = dice.normal(0, hard.metres / METRES, 2)
        points.append(centre + off if dice.random() < hard.located else (np.nan, np.nan))
    lon, lat = np.array(points, dtype=float).T + np.array([[112.0], [28.0]])
    start = np.datetime64("2031-01-01T00:00:00", "s")
    times = start + np.array([round(hours * 3600) for hours, _ in rows]).astype("timedelta64[s]")
    ids = [f"S{n:07d}" for n in range(len(rows))]
    return Reports(ids, times, lon, lat, texts, kinds), np.array([event for _, event in rows], dtype=np.int64)


def _words(place: tuple[str, str], kind: str, hard: Difficulty, dice: np.random.Generator) -> str:
    def one(choices: tuple[str, ...]) -> str:
        return choices[dice.integers(len(choices))]

    stem, ending = place
    name = stem + (ALIAS.get(ending, ending) if dice.random() < hard.alias else ending)
    subject, complaint = (one(side) for side in TROUBLES[kind])
    ways = (f"{name}{subject}{complaint}", f"{name}的{subject}，{complaint}", f"{subject}{complaint}，就在{name}")
    text = f"{one(OPENINGS)}{one(ways)}，{one(REQUESTS)}"
    return "".join(TYPOS[dice.integers(len(TYPOS))] if dice.random() < hard.typos else c for c in text)


def link_f1(found: list[str | None], reports: Reports, event: Ints) -> tuple[float, float, float]:
    """Precision, recall and F1 of links.

    Args:
        found: Parent proposed for each report, None without.
        reports: In order of time.
        event: Of each report.

    A link is right when both reports are of one event; every report but the first of its event should have one.

    Source: van Rijsbergen (1979), Information Retrieval, ch. 7 (F with equal weights).
    """
    of = dict(zip(reports.ids, event.tolist(), strict=True))
    made = [(of[parent], own) for parent, own in zip(found, event.tolist(), strict=True) if parent is not None]
    right = sum(a == b for a, b in made)
    wanted = len(event) - len(np.unique(event))
    precision, recall = right / max(len(made), 1), right / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)
