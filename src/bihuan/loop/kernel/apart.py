"""Words apart from facts: what people write goes to the erasable words of an event, whatever door it came by.

One rule for every command and every programme. A field that is written freely (`fields.FREE`) is sealed without being
told to; so is every value of a programme's form that is not declared to be a number, a date, a choice, a photograph, a
text with `public: true` or what a gate publishes (`gate.requires`). The event keeps the salted hash of its words only.

Events written by earlier versions hold some of these words among their facts for ever, since every proof rests on them;
`retold` takes them apart for whoever reads a case, so that one rule decides who sees which words.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from bihuan.declare.types import field_type
from bihuan.loop.kernel.fields import Field
from bihuan.loop.kernel.model import Case, Command, Data, Event
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.table import table

FORM = "fields"


def words_of_event(kind: str) -> frozenset[str]:
    """Names of what people write that an event of a kind may hold.

    Source: docs/adr/0220 (one register of personal words); docs/adr/0230 (1, fields say what is sealed)
    """
    return table().words.get(kind, frozenset())


def is_written(name: str) -> bool:
    """Return whether some command has a sealed field of this name. Source: docs/adr/0230 (1)."""
    return name in table().every_word


def apart(rules: CaseType, command: Command, fields: Mapping[str, Field]) -> Command:
    """Return the command with everything that was written among its private words.

    Args:
        rules: The declaration of the case type, for the fields of its form.
        command: Checked, without empty values.
        fields: What the command may hold, as `table.fields_of` gives it.

    Source: docs/topics/kernel.md, "A decision, step by step" (a field of a free type is sealed without being told to)
    """
    said = {name: value for name, value in command.data.items() if fields[name].private}
    data = {name: value for name, value in command.data.items() if name not in said} if said else command.data
    form = data.get(FORM)
    if form:
        shown = {name: value for name, value in form.items() if is_open(rules, name)}
        if len(shown) < len(form):
            before = (command.private or {}).get(FORM) or {}
            said[FORM] = {**before, **{name: value for name, value in form.items() if name not in shown}}
            data = {**{k: v for k, v in data.items() if k != FORM}, **({FORM: shown} if shown else {})}
    return replace(command, data=data, private={**said, **_without_form(command.private)}) if said else command


def is_open(rules: CaseType, name: str) -> bool:
    """Return whether a value of the form stands among the public facts of the event.

    Source: docs/topics/declarations.md, "Field types" (a type in which people write freely is sealed)
    """
    rule = rules.fields.get(name)
    if rule is None:
        return rules.gate is not None and name in rules.gate.requires
    return not rule.personal and (rule.public or not field_type(rule.field_type).sealed)


def _without_form(private: Data | None) -> Data:
    return {name: value for name, value in (private or {}).items() if name != FORM}


# -- what earlier versions kept among the facts --------------------------------------------------------


def retold(event: Event) -> Event:
    """The event as people read it: words among its words, also where an earlier version kept them among its facts.

    `private` stays None where the reader may not read words; the hash of an event is never taken of this.

    Source: docs/adr/0230 (old events stay readable); DESIGN §8 (words stand in an erasable record)
    """
    names = words_of_event(event.kind)
    data, said = _parted(event.data, names)
    if not said:
        return event
    return replace(event, data=data, private=None if event.private is None else {**said, **event.private})


def quiet(case: Case) -> Data:
    """Return the fold of a case as JSON values, without what was written in a request or task by an earlier version.

    Source: DESIGN §8 (words stand in an erasable record, not in the fold)
    """
    body: Data = msgspec.to_builtins(case)
    for pending in body.get("pending", {}).values():
        pending["data"] = _parted(pending["data"], words_of_event(pending["kind"]))[0]
    for party in body.get("parties", {}).values():
        party["task"] = ""
    return body


def _parted(data: Data, names: frozenset[str]) -> tuple[Data, Data]:
    if isinstance(data.get("text"), dict):  # a declared sentence: its reason is a code
        return data, {}
    said: Data = {name: data[name] for name in names if data.get(name)}
    kept = {name: value for name, value in data.items() if name not in names}
    for name, inner in (("request", data.get("request")), ("parties", data.get("parties"))):
        for item in [inner] if isinstance(inner, dict) else inner if isinstance(inner, list) else ():
            found = {key: item[key] for key in names if isinstance(item, dict) and item.get(key)}
            if found:
                said |= found
                kept[name] = _stripped(inner, names)
    return (kept, said) if said else (data, {})


def _stripped(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_stripped(item, names) for item in value]
    return {key: item for key, item in value.items() if key not in names}
