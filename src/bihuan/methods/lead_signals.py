"""What leads say of an entity, counted by people and not by letters: forty letters of one customer are one voice.

In: leads (entity, kind, blind index of the reporter, day). Of each entity and kind the distinct reporters count whose lead
was told in the `days` days that end with `at`; a lead without a reporter is a voice of its own.
Out: a row for each entity and kind that was told of: the indicator (the kind), its value (reporters), the day of the last
lead; ready to be observed as an indicator. Exact. n.
Source: 防范和处置非法集资条例 (2021), on the monitoring of leads; packs E25 (one angry customer is no scheme).
Compared with: sets of Python over the same rows (tests/methods/test_finance_index.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given


def count_voices(given: Given) -> Answer:
    """Distinct reporters of every entity and kind. Source: packs E25."""
    at = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    first = at - int(given.option("days"))
    leads = given["leads"]
    told = (leads[name].text() for name in ("lead", "entity", "kind", "reporter"))
    voices: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    last: dict[tuple[str, str], int] = {}
    for (lead, entity, kind, reporter), day in zip(zip(*told, strict=True), leads["told"].days().tolist(), strict=True):
        if first < day <= at:
            voices[entity, kind].add(reporter or f"lead {lead}")
            last[entity, kind] = max(last.get((entity, kind), day), day)
    keys = sorted(voices)
    columns: dict[str, list[Any]] = {
        "entity": [entity for entity, _ in keys], "indicator": [kind for _, kind in keys],
        "value": [len(voices[key]) for key in keys], "observed_on": [day_text(last[key]) for key in keys],
    }  # fmt: skip
    return Answer(columns, {"entities": len({entity for entity, _ in keys})})


METHOD = Method(
    name="lead-signals",
    zh="线索指标（按反映人数）",
    en="Indicators from leads, by people",
    inputs=(
        Input("leads", "线索", "Leads", (
            Column("lead", "线索", "Lead"), Column("entity", "对象", "Entity"), Column("kind", "类别", "Kind"),
            Column("reporter", "反映人盲索引", "Blind index of the reporter", required=False),
            Column("told", "反映日", "Told on", "date")), unique=("lead",)),
    ),
    options=(
        Option("at", "基准日", "Day of the count", "date"),
        Option("days", "回看天数", "Days that count", "count", "90"),
    ),
    output=(
        Column("entity", "对象", "Entity"), Column("indicator", "指标", "Indicator"),
        Column("value", "反映人数", "Reporters", "count"), Column("observed_on", "最近反映日", "Last told on", "date"),
    ),
    facts=(AnswerKey("entities", "对象数", "Entities that leads tell of", {"type": "integer"}),),
    key=("entity", "indicator"),
    run=count_voices,
    source="防范和处置非法集资条例 (2021)",
    peer="sets of Python",
    cost="n",
)  # fmt: skip
