"""Words for what the loop knows: what an event says in a timeline, what a command is called on a button.

The sentences stand in the rows of the steps (`loop.kernel.steps`); `describe_event` fills them with names in the
reader's language, each fact told by what its payload says that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.names import PageNames, rules_of
from bihuan.loop.kernel.apart import words_of_event
from bihuan.loop.kernel.model import Case, Data, Event, Text
from bihuan.loop.kernel.payload import Meaning, meanings_of
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.table import table


def describe_event(event: Event, names: PageNames, rules: CaseType | None) -> tuple[str, str]:
    """(sentence in the reader's language, tone) of an event; of an unknown kind only that something was recorded.

    Source: docs/topics/faces.md ("One table of words"); docs/adr/0230.
    """
    kind = table().kinds.get(event.kind)
    if kind is None:
        return say(Text("记录了一步", "A step was recorded")), ""
    story = kind.story
    written = {name: (event.private or {}).get(name) for name in words_of_event(event.kind)}
    known = {**event.data, **{name: text for name, text in written.items() if text}}
    facts = _Facts(known, names, rules, meanings_of(kind.payload))
    text = _OPTIONAL.sub(lambda part: _said(part[1], facts), say((story.zh, story.en))).format_map(facts)
    bad = story.bad_when is not None and story.bad_when(event.data)
    return text.strip().rstrip("：:").strip(), "bad" if bad else story.tone


_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def _said(part: str, facts: _Facts) -> str:
    """Return a part of a sentence when all its facts are there, else nothing."""
    return part if all(facts[name] for name in re.findall(r"\{([a-z_]+)\}", part)) else ""


class _Facts(dict[str, str]):
    """The facts of one event, each said in the reader's language when a sentence asks for it."""

    def __init__(self, data: Data, names: PageNames, rules: CaseType | None, meanings: Mapping[str, Meaning]) -> None:
        super().__init__()
        self.data, self.names, self.rules, self.meanings = data, names, rules, meanings

    def __missing__(self, key: str) -> str:
        value, meaning = self.data.get(key), self.meanings.get(key, Meaning())
        if key == "reason" and isinstance(self.data.get("text"), dict):
            return say((str(self.data["text"].get("zh", "")), str(self.data["text"].get("en", ""))))
        if meaning.parts and not isinstance(value, list):
            return _Part(value or {}, self.names, self.rules, meaning)  # type: ignore[return-value]  # read by attribute in the sentence
        return "" if value is None else _told(value, meaning, self.names, self.rules)


def _told(value: object, meaning: Meaning, names: PageNames, rules: CaseType | None) -> str:
    """Return a value by what it names; several one after another."""
    teller = _TELLERS.get(meaning.names)
    if isinstance(value, list) and meaning.names != "clocks":
        return say(("、", ", ")).join(_told(each, meaning, names, rules) for each in value)
    if meaning.parts and isinstance(value, dict):  # a part among several: by the first of its facts
        first = next(iter(meaning.parts))
        return _told(value.get(first, ""), meaning.parts[first], names, rules)
    if str(value) in meaning.codes:
        return say(meaning.codes[str(value)])
    return teller(value, names, rules) if teller else str(value)


class _Part:
    """`{request.reason}` and the like: the facts of a part."""

    def __init__(self, data: Data, names: PageNames, rules: CaseType | None, meaning: Meaning) -> None:
        self._facts = _Facts(data, names, rules, meaning.parts)

    def __getattr__(self, name: str) -> str:
        return self._facts[name]


Teller = Callable[[object, PageNames, CaseType | None], str]


def _unit(value: object, names: PageNames, rules: CaseType | None) -> str:
    return names.unit(str(value))


def _holder(value: object, names: PageNames, rules: CaseType | None) -> str:
    return names.holder(value["id"], value.get("kind", "unit"), value.get("person")) if isinstance(value, dict) else ""


def _instant(value: object, names: PageNames, rules: CaseType | None) -> str:
    return moment(datetime.fromisoformat(str(value)))


CLOCKS: dict[str, Text] = {  # clocks that the kernel itself starts
    "validity": Text("有效期", "Validity"),
    "review": Text("审查", "Review"),
}


def clock_name(name: str, names: PageNames, rules: CaseType | None) -> str:
    """What a clock is called: its label in the programme, else arrival or task of a called-in unit, else its code.

    Source: docs/topics/faces.md ("One table of words"); docs/adr/0230.
    """
    kind, _, unit = name.partition("@")
    if unit:
        return f"{say(Text('到场', 'Arrival') if kind == 'arrive' else Text('分办任务', 'Task'))} · {names.unit(unit)}"
    label = next((c.label for c in rules.clocks if c.name == name), None) if rules else None
    return say(label) if label else say(CLOCKS.get(name, Text("时限", "Deadline")))


def _clocks(value: object, names: PageNames, rules: CaseType | None) -> str:
    parts = []
    for op in value if isinstance(value, list) else []:
        if op["op"] in ("warn", "miss"):
            kind = say(Text("已超时", "missed") if op["op"] == "miss" else Text("临近", "near"))
            parts.append(f"{clock_name(op['name'], names, rules)} {kind}")
    return say(("；", "; ")).join(parts)


def _clock(value: object, names: PageNames, rules: CaseType | None) -> str:
    return clock_name(str(value), names, rules)


def _reason(value: object, names: PageNames, rules: CaseType | None) -> str:
    if rules is not None:
        tables = [rules.returns.reasons, rules.suspend.reasons if rules.suspend else {},
                  rules.exclusions.reasons if rules.exclusions else {},
                  rules.gate.grounds.names if rules.gate and rules.gate.grounds else {}]  # fmt: skip
        for table in tables:
            if str(value) in table:
                return say(table[str(value)])
    return str(value)


_TELLERS: dict[str, Teller] = {
    "unit": _unit,
    "holder": _holder,
    "instant": _instant,
    "clocks": _clocks,
    "clock": _clock,
    "reason": _reason,
    "category": lambda value, names, rules: names.category(str(value)),
    "area": lambda value, names, rules: names.area(str(value)),
    "indicator": lambda value, names, rules: names.indicator(str(value)),
}
"""By what a part of a payload names (`kernel.payload`)."""


def command(name: str) -> str:
    """Return what a command is called, in the reader's language.

    Source: docs/topics/faces.md ("One table of words"); docs/adr/0230.
    """
    step = table().by_command.get(name)
    return say(step.button) if step else name


SHAPES: dict[str, Text] = {
    "complaint": Text("诉求", "complaint"),
    "patrol": Text("巡查", "patrol"),
    "gate": Text("准入", "gate"),
}


def event_name(kind: str) -> str:
    """Return a kind of event by the name of the command that causes it.

    Source: docs/topics/faces.md ("One table of words"); docs/adr/0230.
    """
    event, cause = table().kinds.get(kind), table().causes.get(kind)
    return say(event.short or cause.button) if event and cause else kind


def within(span: str) -> str:
    """Return a declared span in the reader's language; English is as declared."""
    number, unit = re.sub(r"\D+$", "", span), re.sub(r"^\d+ ?", "", span)
    return say((f"{number} {SPANS.get(unit.rstrip('s'), unit)}", span))


UNTIL_DAY = Text("至名册所载“{}”之日", "until the day in the register: {}")
SPANS = {"min": "分钟", "h": "小时", "hour": "小时", "d": "天", "day": "天", "working day": "个工作日"}
PARTS: dict[str, Text] = {
    "numerator": Text("分子", "numerator"),
    "denominator": Text("分母", "denominator"),
    "excluded": Text("剔除", "excluded"),
}


def asked(key: str, case: Case, names: PageNames, written: Data | None = None) -> str:
    """Return a pending request in words: what for, and the reason given.

    Args:
        written: What was written in it, for those who may read words (`read.asked_words`).

    Source: docs/adr/0234 (capability `read_words`)
    """
    kind, _, what = key.partition(":")
    pending = case.pending[key]
    _programme, rules = rules_of(case.programme, case.kind)
    coded = {k: v for k, v in pending.data.items() if k not in words_of_event(pending.kind)}
    event, cause = table().kinds.get(pending.kind), table().causes.get(pending.kind)
    request = meanings_of(event.payload)["request"].parts if event else {}
    facts = _Facts({**coded, **(written or {})}, names, rules, request)
    label = say(cause.button) if cause else kind
    until = f" → {facts['until']}" if "until" in pending.data else ""
    fact = next((name for name in ("clock", "indicator") if name in pending.data), "")
    subject = f" “{facts[fact]}”" if fact else f" “{what}”" if what else ""
    return f"{label}{subject}{until}: {facts['reason']}".removesuffix(": ")
