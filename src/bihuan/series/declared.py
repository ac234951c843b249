"""What a series is declared to be: one YAML file, `programmes/*/series/NAME.yaml`, checked before anything is stored.

A file says what is measured of which kind of subject, in which unit, over how long, labelled at which end, in which
zone, and what is not a value. A derived series says what it is worked out from instead of where it comes from.
Source: DESIGN §14; HJ 212-2017 §6.6.4 (flags), HJ 663-2013 §5 (windows and minimum counts); docs/adr/0255.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.series.rules import AlarmRule

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
DAY = 86400
_LENGTH = re.compile(r"([1-9][0-9]{0,4}) ?(s|min|h|d)")

Letter = Annotated[str, Field(pattern=r"^[A-Z]$", examples=["N", "C", "M"])]
Length = Annotated[str, Field(pattern=rf"^{_LENGTH.pattern}$", examples=["1 h", "10 min", "1 d"])]
Decimals = Annotated[int, Field(ge=0, le=9)]
Window = Literal["hour", "day", "month", "quarter", "year"]
Statistic = Literal["mean", "max", "min", "sum", "count", "median", "percentile", "robust_z", "lookup"]
INSTANT = ("robust_z", "lookup")
"""What is worked out of one instant alone, and has no window."""
ACROSS = ("mean", "max", "min", "sum", "count", "median")
"""What may be worked out across several series at one instant."""


def seconds_of(length: str) -> int:
    """Return the seconds of a declared length such as `1 h`.

    Raises:
        ValueError: it is no length of time.

    Source: docs/adr/0255 (1, averaging, label, zone).
    """
    found = _LENGTH.fullmatch(length)
    if found is None:
        raise ValueError(f"{length!r} is no length of time; write it as 1 h, 10 min or 1 d")
    return int(found[1]) * SECONDS[found[2]]


class PlausibleBounds(Strict):
    """What a value can be at all; one outside is kept with flag P and takes part in nothing."""

    low: Decimal | None = None
    high: Decimal | None = None


class MeasuringSource(Strict):
    """Where values come from.

    Args:
        name: As a load names it.
        unit: Of its values, when it says none itself.
        flags: What it writes → the letter kept.
        channel: What a wire calls it, `STANDARD:CODE`; whoever speaks that standard brings the values here.
        device: Field of the subject that holds the sender's number on that wire.
    """

    name: Slug
    unit: str = ""
    flags: dict[str, Letter] = Field(default_factory=dict)
    channel: Annotated[str, Field(pattern=r"^([a-z0-9-]+:[A-Za-z0-9._-]+)?$")] = ""
    device: str = ""

    @model_validator(mode="after")
    def _both(self) -> MeasuringSource:
        if bool(self.channel) != bool(self.device):
            raise ValueError("`channel` and `device` belong together: what the wire calls it, and whose it is")
        return self


class OfField(Strict):
    """What the subject itself says in a field, on the day that is asked for."""

    field: Code


class LookupRule(Strict):
    """A value that a rule table gives for a value, by the edition of its day.

    Args:
        table: Id of a rule table of a programme, or of those that no programme owns.
        value: Its input that takes the value. output: What is taken of its answer; empty: its only one.
        inputs: Its other inputs, as words.
    """

    table: str = Field(min_length=1)
    value: Code
    output: str = ""
    inputs: dict[Code, str] = {}


class SeriesEdition(Strict):
    """How a derived value is worked out from a day on; the day of the observation decides, never today.

    Args:
        first: First day; None: from the beginning.
        minimum: Values a window needs; fewer give a missing value.
        by_month: Other minima, by the month in which the window begins: 25 days in February.
        unless_above: A window with fewer values counts all the same when its value is above this.
        decimals: Digits of the result; None: as the series keeps.
        citation: What says so.
    """

    first: Annotated[date | None, Field(alias="from")] = None
    minimum: Annotated[int, Field(ge=1)] = 1
    by_month: dict[Annotated[int, Field(ge=1, le=12)], Annotated[int, Field(ge=1)]] = {}
    unless_above: Decimal | None = None
    decimals: Decimals | None = None
    citation: str = ""

    def needed(self, day: date) -> int:
        """Return how many values a window that begins on a day needs. Source: HJ 663-2013 表1 (days of a month)."""
        return self.by_month.get(day.month, self.minimum)


class Hours(Strict):
    """Which inputs of a day take part, by the hour of their label (1 to 24 for a label at the end)."""

    first: Annotated[int, Field(ge=0, le=24, alias="from")]
    last: Annotated[int, Field(ge=0, le=24, alias="to")]


class DerivedSeries(Strict):
    """A series worked out from another, or across several at the same instant.

    Args:
        given: Name of that series, or of several.
        window: A calendar window, or a length such as `8 h` that ends with each input (rolling).
        statistic: What is worked out; `robust_z` compares with the neighbours at the same time, `lookup` asks a table.
        percent: Of a percentile. hours: Which inputs of a day take part. lookup: The table, and what it is asked.
        neighbours: How many a comparison needs. group: Field of the subject that neighbours have in common.
        editions: By the day of the observation, oldest first.
    """

    given: Annotated[Slug | Annotated[list[Slug], Field(min_length=2)], Field(alias="from")]
    window: Window | Length | None = None
    statistic: Statistic
    percent: Annotated[Decimal, Field(gt=0, lt=100)] | None = None
    hours: Hours | None = None
    lookup: LookupRule | None = None
    neighbours: Annotated[int, Field(ge=3)] | None = None
    group: str = ""
    editions: Annotated[list[SeriesEdition], Field(min_length=1)] = [SeriesEdition()]

    @model_validator(mode="after")
    def _whole(self) -> DerivedSeries:
        if (self.statistic == "percentile") != (self.percent is not None):
            raise ValueError("`percent` belongs to the statistic percentile, and to no other")
        if self.across and (self.window is not None or self.statistic not in ACROSS):
            raise ValueError(f"across several series there is no `window`, and the statistic is one of {ACROSS}")
        if not self.across and (self.statistic in INSTANT) != (self.window is None):
            raise ValueError(f"every statistic but {' and '.join(INSTANT)} needs a `window`, and these have none")
        if (self.statistic == "lookup") != (self.lookup is not None):
            raise ValueError("`lookup` belongs to the statistic lookup, and to no other")
        if (self.neighbours is not None or self.group) and self.statistic != "robust_z":
            raise ValueError("`neighbours` and `group` belong to the statistic robust_z")
        if self.hours is not None and self.window != "day":
            raise ValueError("`hours` choose inputs of a day: they need the window day")
        days = [edition.first for edition in self.editions]
        if None in days[1:] or sorted(day for day in days if day) != [day for day in days if day]:
            raise ValueError("editions stand oldest first, and only the first may have no `from`")
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """The series that it is worked out from. Source: docs/adr/0308-lookups-and-several-origins.md."""
        return (self.given,) if isinstance(self.given, str) else tuple(self.given)

    @property
    def across(self) -> bool:
        """Whether it is worked out across several series. Source: docs/adr/0308-lookups-and-several-origins.md."""
        return not isinstance(self.given, str)

    @property
    def rolling(self) -> int:
        """Seconds of a window that ends with each input; 0 when it is a window of the calendar or none.

        Source: docs/adr/0255 (1, averaging, label, zone)
        """
        return seconds_of(self.window) if self.window and _LENGTH.fullmatch(self.window) else 0

    def edition_on(self, day: date) -> SeriesEdition | None:
        """Return the edition of a day; None before the first. Source: docs/adr/0255 (1, averaging, label, zone)."""
        return next((each for each in reversed(self.editions) if each.first is None or each.first <= day), None)


class SeriesFile(Strict):
    """A declared series; see the module.

    Args:
        subject: Type of the subjects it is about.
        quantity: What is measured. unit: Of every stored value.
        averaging: Over how long a value is the mean; None: an instant.
        label: Which end of that time the source's clock names.
        precision: Digits behind the point that are kept.
        plausible: What can be a value at all. sentinels: Numbers that mean "none".
        censored: How a value below the limit of detection (`0.025L`) takes part; None: such a value is refused.
        valid: Letters of values that take part.
        keeper: Who keeps the instruments, or which field of the subject says so; that unit never closes a case by them.
    """

    name: Name
    subject: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    quantity: Name
    unit: str = Field(min_length=1)
    averaging: Length | None = None
    label: Literal["start", "end"] | None = None
    zone: str
    precision: Decimals
    plausible: PlausibleBounds = PlausibleBounds()
    sentinels: list[Decimal] = []
    censored: Literal["half", "limit", "zero"] | None = None
    valid: list[Letter] = ["N", "L", "G"]
    keeper: str | OfField = ""
    sources: list[MeasuringSource] = []
    citation: str = ""
    derive: DerivedSeries | None = None
    alarms: list[AlarmRule] = []

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError) as error:
            raise ValueError(f"{value!r} is no time zone; write one such as Asia/Shanghai") from error
        return value

    @model_validator(mode="after")
    def _whole(self) -> SeriesFile:
        length = self.seconds
        if length and self.label is None and self.derive is None:
            raise ValueError("a mean over a time needs `label: start` or `label: end`: which end the clock names")
        if length and DAY % length and length % DAY:
            raise ValueError("`averaging` divides a day, or is a number of days")
        names = [alarm.name for alarm in self.alarms]
        if len(names) != len(set(names)):
            raise ValueError("each alarm has a name of its own")
        if self.derive is not None and self.sources:
            raise ValueError("a derived series has no `sources`: it is worked out `from` another")
        if self.derive is not None and self.averaging:
            raise ValueError("a derived series has no `averaging`: its `window` says how long it is")
        return self

    @property
    def seconds(self) -> int:
        """Seconds of the averaging or of the rolling window; 0 for an instant and for a window of the calendar.

        Source: docs/adr/0255 (1, averaging, label, zone)
        """
        if self.derive is not None:
            return self.derive.rolling
        return seconds_of(self.averaging) if self.averaging else 0

    @property
    def ends(self) -> bool:
        """Whether the clock names the end of a value's time. Source: docs/adr/0255 (1, averaging, label, zone)."""
        return self.label == "end" if self.label or self.derive is None else bool(self.derive.rolling)

    @cached_property
    def tz(self) -> Any:
        """The zone itself. Source: docs/adr/0255 (1, averaging, label, zone)."""
        return ZoneInfo(self.zone)
