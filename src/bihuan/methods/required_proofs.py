"""Of each place and each proof it must have: held, about to end, ended, or missing.

In: places; proofs with place, kind, first and last day (both included; no last day: without end); option `kinds`: what
each place must have, joined by `;`. For each place and kind the first that applies on the day `at`: `held` (a proof runs,
with more than `days` days left), `ending` (one runs), `not_begun` (one begins later), `ended` (one has ended), `missing`.
Out: a row for each place and kind, with the last day of the proof that decides; JSON: places that have all of them.
A proof of an unknown place or kind is rejected. n log n.
Source: 关于加强退役军人服务保障体系建设 (2018), 有机构、有编制、有人员、有经费、有保障; terms are the papers' own.
Compared with: the rule read literally (tests/methods/test_required_proofs.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from bihuan.methods.declared.cells import NO_DAY, day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given

_EVER = 1 << 60
STATES = ("held", "ending", "not_begun", "ended")
NO_PLACE, NO_KIND = "场所未登记 · no such place", "不在应有之列 · not one that is asked for"


def judge_proofs(given: Given) -> Answer:
    """The state of every place and kind. Source: rules in the module docstring."""
    at, days = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days, int(given.option("days"))
    kinds = [each.strip() for each in str(given.option("kinds")).split(";") if each.strip()]
    places = set(given["places"]["place"].text())
    best: dict[tuple[str, str], tuple[int, int]] = {}
    proofs = given["proofs"]
    told = (proofs["place"].text(), proofs["kind"].text(), *(proofs[n].days().tolist() for n in ("from", "to")))
    for row, (place, kind, first, last) in enumerate(zip(*told, strict=True)):
        if place not in places or kind not in kinds:
            column, rule = ("place", NO_PLACE) if place not in places else ("kind", NO_KIND)
            proofs.refuse(row, column, rule, "登记后再填写 · register it first")
            continue
        ends, begins = (_EVER if last == NO_DAY else last), (-_EVER if first == NO_DAY else first)
        judged = (_state(begins, ends, at, days), -ends)
        best[place, kind] = min(best.get((place, kind), judged), judged)
    rows = [(place, kind, best.get((place, kind))) for place in sorted(places) for kind in kinds]
    columns: dict[str, list[Any]] = {
        "place": [place for place, _, _ in rows], "kind": [kind for _, kind, _ in rows],
        "state": [STATES[judged[0]] if judged else "missing" for _, _, judged in rows],
        "until": [day_text(-judged[1]) if judged and judged[1] > -_EVER else None for _, _, judged in rows],
    }  # fmt: skip
    lacking = {place for place, _, judged in rows if judged is None or judged[0] > 1}
    return Answer(columns, {"places": len(places), "whole": len(places) - len(lacking)})


def _state(begins: int, ends: int, at: int, days: int) -> int:
    if ends < at:
        return 3
    if begins > at:
        return 2
    return 0 if ends - at > days else 1


METHOD = Method(
    name="required-proofs",
    zh="应有证明是否齐全",
    en="Proofs that places must have",
    inputs=(
        Input("places", "场所", "Places", (Column("place", "场所", "Place"),), unique=("place",)),
        Input("proofs", "证明", "Proofs", (
            Column("proof", "证明编号", "Proof"), Column("place", "场所", "Place"), Column("kind", "种类", "Kind"),
            Column("from", "起", "From", "date", required=False), Column("to", "止", "To", "date", required=False)),
            unique=("proof",)),
    ),
    options=(
        Option("at", "基准日", "Day of the look", "date"),
        Option("kinds", "应有种类", "Kinds that each place must have", "text"),
        Option("days", "临期天数", "Days before the end that count as ending", "count", "30"),
    ),
    output=(
        Column("place", "场所", "Place"), Column("kind", "种类", "Kind"),
        Column("state", "状态", "State", "choice", choices=one_of(
            held="在有效期|Held", ending="即将到期|Ends soon", not_begun="尚未开始|Not begun", ended="已到期|Ended",
            missing="缺失|Missing")),
        Column("until", "至", "Until", "date", required=False),
    ),
    facts=(AnswerKey("places", "场所数", "Places", {"type": "integer"}),
           AnswerKey("whole", "齐全的场所数", "Places that have all of them", {"type": "integer"})),
    key=("place", "kind"),
    run=judge_proofs,
    source="关于加强退役军人服务保障体系建设 (2018) [GK]",
    peer="the rule read literally",
)  # fmt: skip
