"""A watch as a declared file: `programmes/*/watches/NAME.yaml`, checked before it looks at anything.

    name: {zh: 许可即将到期, en: Permit about to expire}
    over: {subject: permit, where: {status: valid}}
    when: {expires: {field: valid_to, within: 30 days}}
    opens: {case: finding, category: permit.expired, area: {field: street}, title: {zh: 许可到期, en: Permit expires}}

`when` names one kind of the catalogue; it `opens` a case or `reminds` somebody. Source: docs/topics/watches.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

from pydantic import Field, create_model, model_validator

from bihuan.declare.model import Name, Strict
from bihuan.watches.kinds import kinds
from bihuan.watches.model import Fault, FromField, Judged, Opens, Over, Precision, Reminds, WatchKind, WhileStands

FOLDER = "watches"


class When(Strict):
    """The rule: one kind of the catalogue with what it needs. The kinds are added as fields."""

    @property
    def kind(self) -> WatchKind:
        """The kind that is named."""
        return next(each for name, each in kinds().items() if getattr(self, name) is not None)

    @property
    def rule(self) -> Any:
        """What it needs."""
        return getattr(self, self.kind.name)


@cache
def when_form() -> type[When]:
    """Return the form of `when`: every kind as an optional field, one of which is given.

    Source: docs/adr/0282-watches.md (2, a closed catalogue).
    """
    fields: dict[str, Any] = {
        name: (kind.rule | None, Field(default=None, description=kind.about.en)) for name, kind in kinds().items()
    }

    def one(self: When) -> When:
        given = [name for name in kinds() if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"`when` names one kind of rule; one of {', '.join(kinds())}")
        return self

    validators: dict[str, Any] = {"one": model_validator(mode="after")(one)}
    return create_model("When", __base__=When, __validators__=validators, **fields)


class WatchBase(Strict):
    """What every watch says besides its rule.

    Args:
        name: What it is called. about: Why there is such a watch.
        over: What it looks at. when: The rule. opens: The case it opens; reminds: whom it tells in place of one.
        judged: Which outcomes say that it was right. precise: How right it has to be.
        flags: Letter that the values of a confirmed incident get: they take part in nothing from then on. Only of an
            alarm that is declared to look at that letter itself.
        citation: What asks for it. active: false: declared, not looked at.
    """

    name: Name
    about: Name | None = None
    over: Over
    when: When
    opens: Opens | None = None
    reminds: Reminds | None = None
    judged: Judged = Judged()
    precise: Precision | None = None
    flags: Annotated[str | None, Field(pattern=r"^[A-Z]$")] = None
    citation: str = ""
    active: bool = True

    @model_validator(mode="after")
    def _acts(self) -> WatchBase:
        if (self.opens is None) == (self.reminds is None):
            raise ValueError("a watch `opens` a case or `reminds` somebody, one of the two")
        return self


@cache
def watch_form() -> type[WatchBase]:
    """Return the form of a watch's file, with the kinds that the catalogue has."""
    return create_model("WatchFile", __base__=WatchBase, when=(when_form(), ...))


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a watch's file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **watch_form().model_json_schema()}


def faults_of(declared: WatchBase) -> Iterator[Fault]:
    """What is wrong with a watch, given the types, series and books that are declared."""
    from bihuan.watches.forms import base_faults  # reads columns: loaded when a file is checked
    from bihuan.watches.parts import field_faults

    kind, rule, over = declared.when.kind, declared.when.rule, declared.over
    if over.base not in kind.over:
        known = ", ".join(sorted(kind.over))
        what = f"{kind.name} does not look at {over.base}"
        yield ("over",), what, f"{kind.name} is over {known}", "name one of these, or another kind of rule"
        return
    named = list(base_faults(over))
    yield from named
    if named:
        return
    for name in over.where:
        yield from field_faults(over, ("over", "where", name), name)
    for steps, what, said, remedy in kind.faults(None, over, rule):
        yield (steps if steps[:1] == ("over",) else ("when", kind.name, *steps)), what, said, remedy
    yield from _standing_faults(declared)
    yield from _reminding_faults(declared)
    yield from _flag_faults(declared)
    for steps, name in _said_fields(declared):
        yield from _said_faults(over, steps, name)


def _said_faults(over: Over, steps: tuple[str | int, ...], name: str) -> Iterator[Fault]:
    """What is wrong with a value that a case or a reminder takes from what is looked at."""
    from bihuan.watches.forms import SAID, faults_of_open_field, form_of, open_fields
    from bihuan.watches.parts import faults_of_field, field_faults

    if over.number is not None:
        if name != over.by:
            what, rule = f"a number by {over.by} says no {name!r}", "it says what it is of"
            yield steps, what, rule, f"write {over.by!r}, or `over.by: {name}`"
    elif over.form is not None:
        if over.type is not None and name not in (*SAID, *open_fields(form_of(over))):
            yield from faults_of_field(over.type, steps, name)
        else:
            yield from faults_of_open_field(over.form, steps, name, more=SAID)
    else:
        yield from field_faults(over, steps, name)


def _standing_faults(declared: WatchBase) -> Iterator[Fault]:
    """The type that an urgency follows, and its state, are declared."""
    rule = declared.opens.urgency if declared.opens is not None else None
    if not isinstance(rule, WhileStands):
        return
    from bihuan.subjects.catalogue import subject_types

    kind, steps = subject_types().get(rule.standing), ("opens", "urgency")
    if kind is None:
        yield (*steps, "standing"), f"there is no type {rule.standing!r}", "a declared type", "correct the spelling"
    elif rule.state not in {each.id for each in kind.states}:
        known = ", ".join(each.id for each in kind.states) or "none"
        yield (*steps, "state"), f"{kind.id} has no state {rule.state!r}", f"one of: {known}", "name one of them"


def _reminding_faults(declared: WatchBase) -> Iterator[Fault]:
    """The role that is reminded is one of the house or of a programme, and only a series has a keeper."""
    from bihuan.registers.roles import all_roles

    reminds = declared.reminds
    if reminds is not None and reminds.role is not None and reminds.role not in all_roles():
        what, remedy = f"there is no role {reminds.role!r}", "see `bihuan role list`; a programme declares its own"
        yield ("reminds", "role"), what, "a role of the house or of a programme", remedy
    if reminds is not None and reminds.keeper and declared.over.series is None:
        what = f"{declared.over.base} has no keeper of an instrument"
        yield ("reminds", "keeper"), what, "a keeper is that of a series", "name the unit or a role"


def _flag_faults(declared: WatchBase) -> Iterator[Fault]:
    """Only an alarm that looks at a letter may give it to its values; else it would undo itself."""
    if declared.flags is None:
        return
    from bihuan.series.catalogue import UnknownSeries, current_catalogue

    rule = "an alarm that looks at the letter that it gives"
    if declared.when.kind.name != "alarm":
        yield ("flags",), f"{declared.when.kind.name} has no values to flag", rule, "leave out `flags`"
        return
    try:
        series = current_catalogue().get(declared.over.series or "").declared
    except UnknownSeries:
        return  # told by the rule
    alarm = next((each for each in series.alarms if each.name == declared.when.rule.rule), None)
    if declared.flags in series.valid:
        yield ("flags",), f"values flagged {declared.flags} take part", "a letter that is not valid", "another letter"
    elif alarm is not None and declared.flags not in alarm.letters:
        yield ("flags",), f"the alarm does not look at {declared.flags}", rule, f"add letters: [{declared.flags}] to it"


def _said_fields(declared: WatchBase) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every field of the subject that the case or the reminder takes something from."""
    if declared.opens is not None:
        opens = declared.opens
        for name in ("category", "area", "urgency", "unit"):
            said = getattr(opens, name)
            if isinstance(said, FromField):
                yield ("opens", name, "field"), said.field
        if opens.place is not None:
            yield ("opens", "place"), opens.place
        for name, said in opens.fields.items():
            if isinstance(said, FromField):
                yield ("opens", "fields", name, "field"), said.field
    elif declared.reminds is not None and isinstance(declared.reminds.unit, FromField):
        yield ("reminds", "unit", "field"), declared.reminds.unit.field
