"""The six terms of a petition, three of the authority and two of the citizen: when each ends and how it stands.

In: one petition a row with the days on which things happened (empty: not yet); `at` is the day of the question, and
what happened later is not known on it. Out: six rows for each petition. Terms are natural days; the first is not
counted. Terms of the citizen whose last day is off move to the next working day; the authority's do not. How many days
a term has, and which move, are rows of the table `petition.term` of the day on which the term began.
Exact. Linear.
Source: 信访工作条例 (2022) 第二十三、三十四、三十五条; 民事诉讼法 第八十五条 (last day off, by analogy; working value).
Compared with: hand-counted terms around the holidays of 2025 (tests/methods/test_petitions.py).
"""

from __future__ import annotations

from datetime import date, timedelta

from bihuan.methods.declared.cells import NO_DAY, day_text
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Workdays
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.terms import Ending, end_term, term_of

_EPOCH = date(1970, 1, 1)
CLOCKS = (
    ("accept", "received", "accepted"), ("answer", "accepted", "answered"),
    ("ask_review", "answer_served", "review_asked"), ("review", "review_asked", "review_decided"),
    ("ask_recheck", "review_served", "recheck_asked"), ("recheck", "recheck_asked", "recheck_decided"),
)  # fmt: skip
"""Name of a term, the day it begins after, the day it is met on."""


def tell_clocks(given: Given) -> Answer:
    """Due day and state of every term.

    Source: 信访工作条例 (2022) 第二十三、三十四、三十五条.
    """
    petitions = given["petitions"]
    at = (date.fromisoformat(given.option("at")) - _EPOCH).days
    days = {name: petitions[name].days().tolist() for name in {name for clock in CLOCKS for name in clock[1:]}}
    extended = petitions["extended"].flags().tolist()
    out: list[tuple[str, str, str, str]] = []
    editions: dict[str, str] = {}
    for row, number in enumerate(petitions["id"].text()):
        for clock, begins, met in CLOCKS:
            start, done = days[begins][row], days[met][row]
            if start == NO_DAY or start > at:
                out.append((number, clock, "", "not_started"))
                continue
            ending = _ending(clock, start, extended[row] == 1, given.calendar)
            editions["petition.term"] = ending.term.edition
            met_on = None if done == NO_DAY else _EPOCH + timedelta(days=done)
            state = ending.standing(met_on, _EPOCH + timedelta(days=at))
            out.append((number, clock, day_text((ending.last - _EPOCH).days), state))
    columns = list(zip(*out, strict=True)) or [(), (), (), ()]
    named = zip(("id", "clock", "due", "state"), map(list, columns), strict=True)
    return Answer(dict(named), editions=editions | {"calendar": given.calendar.edition})


def _ending(clock: str, start: int, extended: bool, calendar: Workdays) -> Ending:
    day = _EPOCH + timedelta(days=start)
    rule = method_rules().lookup("petition.term", day, "*", clock=clock, extended=extended and clock == "answer")
    return end_term(term_of(rule), day, lambda each: calendar.worked(each)[0])


_DAYS = {
    "received": ("收到日", "Day received"), "accepted": ("受理日", "Day accepted"),
    "answered": ("答复日", "Day answered"), "answer_served": ("答复送达日", "Day the answer was served"),
    "review_asked": ("申请复查日", "Day review was asked"), "review_decided": ("复查决定日", "Day of the review"),
    "review_served": ("复查送达日", "Day the review was served"), "recheck_asked": ("申请复核日", "Day recheck asked"),
    "recheck_decided": ("复核决定日", "Day of the recheck"),
}  # fmt: skip
METHOD = Method(
    name="petition-clocks",
    zh="信访时限",
    en="The statutory terms of petitions",
    inputs=(
        Input(
            "petitions", "信访事项", "Petitions",
            (
                Column("id", "编号", "Number"),
                Column("extended", "是否延期", "Whether extended", "yes_no", required=False),
                *(Column(name, zh, en, "date", required=name == "received") for name, (zh, en) in _DAYS.items()),
            ),
            unique=("id",),
        ),
    ),
    options=(Option("at", "查询日", "Day of the question", "date"),),
    output=(
        Column("id", "编号", "Number"),
        Column("clock", "时限", "Term", "choice", choices=one_of(
            accept="受理|Accept", answer="答复|Answer", ask_review="申请复查|Ask for review", review="复查|Review",
            ask_recheck="申请复核|Ask for recheck", recheck="复核|Recheck")),
        Column("due", "到期日", "Last day", "date", required=False),
        Column("state", "状态", "State", "choice", choices=one_of(
            not_started="未开始|Not begun", in_time="按期|In time", late="逾期完成|Late", running="进行中|Running",
            overdue="超期|Overdue", lapsed="权利失效|Lapsed")),
    ),
    key=("id", "clock"),
    run=tell_clocks,
    workdays=True,
    source="信访工作条例 (2022)",
    peer="hand-counted terms",
    cost="n",
)  # fmt: skip
