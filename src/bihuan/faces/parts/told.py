"""What a reporter reads of the own matter beside its course: days that a register keeps, and forms while a term runs.

Which fields, which forms and until when is said by the case type (`tells`); nothing else of the register is shown.
Source: docs/adr/0359-own-page.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bihuan.documents.forms.catalogue import all_forms
from bihuan.documents.letters.pure.formats import long_day
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Case, Text
from bihuan.loop.kernel.subject_rules import TellsRule
from bihuan.loop.programmes import all_programmes
from bihuan.subjects.catalogue import subject_type

HEADING = Text("期限与权利", "Days and rights")
OFFERED = Text("您可以在最后一日前提出：", "Until the day named you may ask for:")


@dataclass(frozen=True)
class ToldLine:
    """A field as the reporter reads it: what it is called, what the register says, the instant of a day."""

    name: str
    value: str
    day: str = ""


@dataclass(frozen=True)
class OfferedNow:
    """A form that may be sent now: its id, its name, the last day."""

    form: str
    name: str
    until: str


def told_to_reporter(here: World, case: Case) -> tuple[list[ToldLine], list[OfferedNow]]:
    """Return what the case type tells the reporter today.

    Source: docs/adr/0359-own-page.md (2).
    """
    declared = all_programmes().get(case.programme)
    rules = declared.cases.get(case.kind) if declared else None
    tells = rules.tells if rules else None
    if tells is None:
        return [], []
    key = case.number if tells.key == "number" else case.subject
    known = {name: _asked(here, case.programme, tells, name, key or "") for name in tells.named}
    kind = subject_type(tells.subject)
    lines = [
        ToldLine(
            say(kind.fields[name].name), _written(known[name]), known[name].isoformat() if _day(known[name]) else ""
        )
        for name in tells.fields
        if known[name] not in (None, "")
    ]
    today = here.now.astimezone(here.zone).date()
    offered = [
        OfferedNow(each.form, say(all_forms()[each.form].form.name), _written(until))
        for each in tells.forms
        if each.form in all_forms() and isinstance(until := known[each.until], date) and until >= today
        and not (each.unless and known[each.unless] not in (None, ""))
    ]  # fmt: skip
    return lines, offered


def _asked(here: World, programme: str, tells: TellsRule, name: str, key: str) -> Any:
    found = here.facts.ask(f"{tells.subject}.{name}", key, here.now, programme) if key else None
    value = found[0] if found is not None else None
    return date.fromisoformat(value) if isinstance(value, str) and _iso(value) else value


def _iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(value: Any) -> bool:
    return isinstance(value, date)


def _written(value: Any) -> str:
    return long_day(value.isoformat(), language()) if isinstance(value, date) else str(value)
