"""How many people a broadcast reached: of the cells that hear a terminal which says that it is done.

In: RECEIPTS (terminal, message, state, instant), HEARS (which cell hears which terminal), CELLS with people. A receipt
counts when it is of the asked message, of a known terminal (one that HEARS names) and says `done`; several receipts of
one terminal are one, and a cell counts once however many terminals it hears. `codes` names the table of broadcast
states in which `state` is written: `word` (as here), `three` or `six` digits: two public code bases disagree.
Out: for each cell how many confirmed terminals it hears, and whether it is reached. JSON `reached`, `target` (people),
`share`, `terminals_confirmed`, `unknown_terminals` (done, but nobody knows them). Exact; n.
Source: GY/T 385-2023 (receipts; to be read in the official text); DESIGN §14 (coverage is what was confirmed).
Compared with: sets of cells (tests/methods/test_broadcast.py).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.ebm import state_words

DONE = "done"
UNKNOWN_CELL = "CELLS 中没有该网格 · no such cell in CELLS"
UNKNOWN_STATE = "代码表中没有该状态 · no such state in the table of codes"


def cover_people(given: Given) -> Answer:
    """People reached by a message. Source: GY/T 385-2023 (receipts); DESIGN §14."""
    hears, cells = given["hears"], given["cells"]
    names, people = cells["cell"].text(), cells["population"].values()
    heard_by: dict[str, set[str]] = defaultdict(set)
    known, places = set(), set(names)
    for row, (terminal, cell) in enumerate(zip(hears["terminal"].text(), hears["cell"].text(), strict=True)):
        known.add(terminal)
        if cell in places:
            heard_by[cell].add(terminal)
        else:
            hears.refuse(row, "cell", UNKNOWN_CELL, "补上网格或核对编码 · add the cell or check its code")
    done = _done(given["receipts"], str(given.option("message")), state_words(given.option("codes")))
    confirmed = done & known
    counts = [len(heard_by[cell] & confirmed) for cell in names]
    reached = sum(n for n, count in zip(people, counts, strict=True) if count)
    target = sum(people)
    columns = {
        "cell": names, "population": people, "terminals": counts,
        "reached": np.where(np.array(counts, dtype=np.int64) > 0, "yes", "no").tolist(),
    }  # fmt: skip
    facts = {
        "reached": reached, "target": target, "share": round(reached / target, 6) if target else None,
        "terminals_confirmed": len(confirmed), "unknown_terminals": len(done - known),
    }  # fmt: skip
    return Answer(columns, facts=facts)


def _done(receipts: Table, message: str, words: dict[str, str] | None) -> set[str]:
    """Terminals that say they are done with a message; a state that no table knows is refused."""
    found: set[str] = set()
    rows = zip(receipts["terminal"].text(), receipts["message"].text(), receipts["state"].text(), strict=True)
    for row, (terminal, said, state) in enumerate(rows):
        word = state if words is None else words.get(state)
        if word is None:
            receipts.refuse(row, "state", UNKNOWN_STATE, "核对 codes 选项 · check the option `codes`")
        elif said == message and word == DONE:
            found.add(terminal)
    return found


METHOD = Method(
    name="broadcast-coverage",
    zh="应急广播覆盖人数",
    en="People reached by a broadcast",
    inputs=(
        Input(
            "receipts", "回执", "Receipts",
            (
                Column("terminal", "终端", "Terminal"), Column("message", "消息", "Message"), Column("state", "状态", "State"),
                Column("at", "时间", "Instant", "instant", required=False, absent=True),
            ),
        ),
        Input("hears", "收听关系", "Who hears what", (Column("terminal", "终端", "Terminal"), Column("cell", "网格", "Cell"))),
        Input(
            "cells", "网格", "Cells", (Column("cell", "网格", "Cell"), Column("population", "人口", "People", "number")),
            unique=("cell",),
        ),
    ),
    options=(
        Option("message", "消息", "Message"),
        Option("codes", "状态代码表", "Table of the states' codes", "choice", "word",
               choices=one_of(word="文字|words", three="三值代码|three digits", six="六值代码|six digits")),
    ),
    output=(
        Column("cell", "网格", "Cell"), Column("population", "人口", "People", "number"),
        Column("terminals", "已播终端", "Confirmed terminals heard", "number"), Column("reached", "是否覆盖", "Reached", "yes_no"),
    ),
    facts=(
        AnswerKey("reached", "覆盖人数", "People reached", {"type": "integer"}),
        AnswerKey("target", "目标人数", "People in all cells", {"type": "integer"}),
        AnswerKey("share", "覆盖率", "Share of people, six decimals", {"type": ["number", "null"]}),
        AnswerKey("terminals_confirmed", "已播终端", "Known terminals that are done", {"type": "integer"}),
        AnswerKey("unknown_terminals", "未知终端", "Terminals that are done and unknown", {"type": "integer"}),
    ),
    key=("cell",),
    run=cover_people,
    source="GY/T 385-2023",
    peer="sets of cells",
    cost="n",
)  # fmt: skip
