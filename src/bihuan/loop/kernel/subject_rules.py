"""What a case type declares of subjects: what its cases are about, what their events mean for registers, what its
reporter reads there.

Source: docs/topics/subjects.md, "What a case is about" and "Effects".
"""

from typing import Literal

from pydantic import ConfigDict, Field

from bihuan.declare.model import Code, Slug, Strict


class AboutRule(Strict):
    """What a case is about: one subject of a declared type, by its key.

    It is asked for when the case is opened, on the day on which that happens; what was found is kept in the event. Where
    the report does not say them, `area`, `place` and `unit` name the fields of the type that say where it is and who
    keeps it; `keep` names fields whose values of that day the event holds, for letters, postings and effects.
    """

    subject: Slug
    required: bool = True
    area: Code | None = None
    place: Code | None = None
    unit: Code | None = None
    keep: list[Code] = []

    @property
    def named(self) -> tuple[str, ...]:
        """The fields of the type that are asked for.

        Source: DESIGN §14 (`Facts.ask`); docs/adr/0294 (a case is about one subject)
        """
        return tuple(dict.fromkeys(name for name in (self.area, self.place, self.unit, *self.keep) if name))


class OfferedForm(Strict):
    """A form that a reporter may send about the own case: until the day in a field, unless another field says something."""

    form: Slug
    until: Code
    unless: Code | None = None


class TellsRule(Strict):
    """What the reporter reads on the page of the report: fields of the subject that the case is kept as, or is about.

    `key`: the case's number, or its subject. `fields`: shown where something is said. `forms`: offered while their day
    has not passed.
    """

    subject: Slug
    key: Literal["number", "subject"] = "number"
    fields: list[Code]
    forms: list[OfferedForm] = []

    @property
    def named(self) -> tuple[str, ...]:
        """The fields of the type that are read.

        Source: docs/adr/0359-own-page.md
        """
        asked = [name for each in self.forms for name in (each.until, each.unless) if name]
        return tuple(dict.fromkeys((*self.fields, *asked)))


class TermRule(Strict):
    """The last day of a term in place of a value: a table of terms says how long, `from` a day that is not counted.

    `inputs`: input of the table → a literal (`=review`) or a path, as in `EffectRule.set`. `gone`: the day after it,
    from which a right is no longer there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    term: Code
    inputs: dict[Code, str] = {}
    from_: str = Field(alias="from", default="day")
    gone: bool = False


class EffectRule(Strict):
    """An event of a case that becomes a version of a subject, once.

    `on`: the kind of event; `when`: values that must be there. `subject`: the type, else what the case is about; `key`:
    from where its key is taken. `where`: in place of one key every subject of the type whose fields say these values on
    that day (`{site: case.subject}`); fields it is found by. `set`: field → a literal (`=closed`; `=` empties it) or a
    path: into the event's data, `opened.…` for what the case opened with, `case.…` for the case, `event.id` for
    a record of this one event, `day` for the day on which it happened; or a term. It holds from the day in `from` until before the day in `until`; `ends`: it exists no longer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    on: Code
    when: dict[str, str | int | bool] = {}
    subject: Slug | None = None
    key: str = "case.subject"
    where: dict[Code, str] = {}
    set: dict[Code, str | TermRule] = {}
    from_: str = Field(alias="from", default="day")
    until: str | None = None
    ends: bool = False
