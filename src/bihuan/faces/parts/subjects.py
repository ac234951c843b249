"""What pages and programs share when they ask for subjects: who asks and why, which day, which of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from bihuan.declare.measured import measured
from bihuan.declare.types import field_type
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.subjects import asking
from bihuan.subjects.catalogue import UnknownType, subject_type
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.types import SubjectType, state_of

BEGINS = "^"
"""Behind the name of a field: what it begins with."""
LONGEST = 200
YES, NO = Text("是", "yes"), Text("否", "no")
TRUE = (True, "true", "yes")


class Unreadable(ValueError):
    """A question that cannot be read: `field` of the address, and what it should be."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text.en)
        self.field, self.text = field, text


def kind_named(name: str) -> SubjectType:
    """Return the type of subjects that an address names.

    Raises:
        Http404: there is none.

    Source: docs/topics/subjects.md, "Pages and API".
    """
    try:
        return subject_type(name)
    except UnknownType:
        raise Http404(_("There is nothing of that name.")) from None


def told_value(here: World, kind: SubjectType, name: str, value: Any) -> str:
    """Return a value as a page shows it: places and units by name, yes and no in words, others as in files.

    An instant stands as the clock of the district told it.

    Source: docs/topics/subjects.md, "Pages and API".
    """
    rule = kind.fields.get(name)
    if value is None or rule is None or rule.choices:
        return shown_value(kind, name, value)
    if rule.type == "area":
        return here.names.area(str(value))
    if rule.type == "unit":
        return here.names.unit(str(value))
    if rule.type == "yes_no":
        return say(YES if value in TRUE else NO)
    if rule.type == "instant":
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return f"{at.astimezone(here.zone):%Y-%m-%d %H:%M}"
    return shown_value(kind, name, value)


def told_titles(
    here: World, kind: SubjectType, names: Iterable[str], rows: Iterable[Mapping[str, Any]], looker: Looker
) -> dict[tuple[str, str], str]:
    """Return what the subjects that rows lead to are called, by (field, key): one question for each field.

    A type that is closed to the looker tells no names.

    Source: docs/topics/views.md, "Panels".
    """
    found: dict[tuple[str, str], str] = {}
    day, held = here.now.astimezone(here.zone).date(), list(rows)
    for name in names:
        rule = kind.fields.get(name)
        if rule is None or rule.type != "subject" or rule.to is None:
            continue
        keys = {str(values[name]) for values in held if values.get(name)}
        try:
            told = asking.titles(here.registers.district.code, subject_type(rule.to), keys, day, looker)
        except FenceClosed:
            continue
        found |= {(name, key): title for key, title in told.items()}
    return found


def shown_value(kind: SubjectType, name: str, value: Any) -> str:
    """Return a value as people read it: a code by its name, a number with its unit.

    Source: docs/topics/subjects.md, "Pages and API".
    """
    if value is None:
        return ""
    rule = kind.fields.get(name)
    if rule is None:
        return str(value)
    if rule.choices:
        return next((say(each) for each in rule.choices if each.code == value), str(value))
    return measured(str(field_type(rule.type).export(value)), rule.unit)


def looker_of(here: World, asked: Mapping[str, str]) -> Looker:
    """Who asks: the roles that hold in the programme that is named (`programme`), and why (`purpose`).

    A role granted in a programme alone never reads for another one.
    """
    programme = asked.get("programme", "")
    limits = here.actor.limits
    named = {role: {each.removeprefix("programme:") for each in limits[role]} for role in limits}
    roles = frozenset(role for role in here.actor.roles if role not in named or programme in named[role])
    return Looker(here.actor.id, roles, frozenset({programme} if programme else ()), asked.get("purpose", "")[:LONGEST])


def question_of(here: World, kind: SubjectType, asked: Mapping[str, str], limit: int = asking.PAGE) -> asking.Viewpoint:
    """Which day (`at`), as known when (`known`), which subjects (a field's name, or with `^` its beginning).

    Raises:
        Unreadable: a day or instant that is none.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    equal: dict[str, str] = {}
    begins: dict[str, str] = {}
    for name in ("key", *kind.found_by):
        if value := asked.get(name, "").strip():
            equal[name] = value
        if value := asked.get(f"{name}{BEGINS}", "").strip():
            begins[name] = value
    return asking.Viewpoint(_day(here, asked), _known(here, asked), equal, begins, asked.get("after", ""), limit)


def plain_subject(kind: SubjectType, held: asking.HeldFacts, day: date) -> dict[str, Any]:
    """A subject as JSON: values, state, days, when it was known, where each value came from."""
    state = state_of(kind, held.values, day.isoformat())
    return {
        "key": held.key, "values": held.values, "state": state.id if state else None,
        "valid_from": held.valid_from.isoformat(), "valid_to": held.valid_to.isoformat() if held.valid_to else None,
        "recorded_at": held.recorded_at.isoformat(),
        "superseded_at": held.superseded_at.isoformat() if held.superseded_at else None,
        "source": held.source, "sources": {name: held.source_of(name) for name in held.values if held.sources},
        "change": str(held.change), "sealed": held.sealed is not None,
    }  # fmt: skip


def _day(here: World, asked: Mapping[str, str]) -> date:
    text = asked.get("at", "")
    try:
        return date.fromisoformat(text) if text else here.now.astimezone(here.zone).date()
    except ValueError:
        raise Unreadable("at", Text("日期格式如 2026-03-01", "a day such as 2026-03-01")) from None


def _known(here: World, asked: Mapping[str, str]) -> datetime | None:
    text = asked.get("known", "")
    if not text:
        return None
    try:
        if len(text) == len("2026-03-01"):
            return asking.end_of(date.fromisoformat(text), here.zone)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        wanted = Text("日期或时刻，如 2026-03-01", "a day or an instant such as 2026-03-01T09:00+08:00")
        raise Unreadable("known", wanted) from None
    return found if found.tzinfo else found.replace(tzinfo=here.zone)
