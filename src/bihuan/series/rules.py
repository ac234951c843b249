"""Alarm rules as a series declares them; what each means is in `alarms/`, one file a kind.

Source: DESIGN §14 (watches and incidents); NIST/SEMATECH e-Handbook §6.3.2 (EWMA, CUSUM); docs/adr/0256.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Strict

Count = Annotated[int, Field(ge=1, le=10_000)]
Amount = Annotated[Decimal, Field(gt=0)]
Kind = Literal["above", "below", "ewma", "cusum", "silence", "stuck", "drift"]


class SeriesLimit(Strict):
    """Where a limit comes from: a number, a row of a rule table, or a field of the subject valid at that time."""

    fixed: Decimal | None = None
    table: str = ""
    field: str = ""

    @model_validator(mode="after")
    def _one(self) -> SeriesLimit:
        if sum((self.fixed is not None, bool(self.table), bool(self.field))) != 1:
            raise ValueError("a limit is one of `fixed`, `table`, `field`")
        return self


class Together(Strict):
    """When lines that fall silent at once tell of what brings them, not of the instruments.

    Args:
        by: Field of the subject that says what brings its values; lines without it fall silent for themselves.
        share: Least per cent of the lines that spoke until then. least: And at least so many.
        minutes: Within which they fall silent; as long a single silence is waited for before it is one.
    """

    by: Code
    share: Annotated[int, Field(ge=1, le=100)] = 60
    least: Annotated[int, Field(ge=2)] = 10
    minutes: Annotated[int, Field(ge=1)]


class AlarmRule(Strict):
    """When an incident opens and when it closes.

    Args:
        name: Of the rule within its series.
        kind: See `alarms/`.
        limit: Beyond which a value counts (above, below, ewma, cusum, drift).
        clear: A value back beyond this counts for closing; None: the limit.
        on_count, off_count: Values in a row that open and close.
        max_gap: A gap longer than this many minutes starts the count anew while nothing is open.
        lasts: The values in a row must also span more than this many minutes (above, below).
        weight: Of the newest value (ewma), 0 to 1.
        target, slack: What is expected, and what is tolerated on top (ewma, cusum, drift).
        minutes: Silence, or the same value, for longer than this.
        count: Values of the first and the last mean (drift).
        floor: Values at or below it are never "stuck": zeros of a stopped plant, values near the detection limit.
        letters: Flags of values that this rule looks at too, beside those that take part: a fault is not undone by
            flagging its values as faulty.
        together: When many silences at once are one of what brings the values (silence).
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Name | None = None
    kind: Kind
    limit: SeriesLimit | None = None
    clear: Decimal | None = None
    on_count: Count = 1
    off_count: Count = 1
    max_gap: Annotated[int, Field(ge=1)] | None = None
    lasts: Annotated[int, Field(ge=1)] | None = None
    weight: Annotated[Decimal, Field(gt=0, le=1)] | None = None
    target: Decimal | None = None
    slack: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    minutes: Annotated[int, Field(ge=1)] | None = None
    count: Annotated[int, Field(ge=2, le=1000)] | None = None
    floor: Decimal | None = None
    letters: list[Annotated[str, Field(pattern=r"^[A-Z]$")]] = []
    together: Together | None = None
    citation: str = ""

    @model_validator(mode="after")
    def _whole(self) -> AlarmRule:
        for field in _NEEDS[self.kind]:
            if getattr(self, field) is None:
                raise ValueError(f"an alarm of kind {self.kind} needs `{field}`")
        if self.kind not in ("above", "below") and self.limit is not None and self.limit.fixed is None:
            raise ValueError(f"an alarm of kind {self.kind} needs a fixed limit")
        if self.lasts is not None and self.kind not in ("above", "below"):
            raise ValueError("`lasts` belongs to an alarm of kind above or below")
        if self.together is not None and self.kind != "silence":
            raise ValueError("`together` tells silences apart: it needs kind silence")
        return self


_NEEDS: dict[str, tuple[str, ...]] = {
    "above": ("limit",),
    "below": ("limit",),
    "ewma": ("limit", "weight", "target"),
    "cusum": ("limit", "target"),
    "silence": ("minutes",),
    "stuck": ("minutes",),
    "drift": ("limit", "count"),
}
