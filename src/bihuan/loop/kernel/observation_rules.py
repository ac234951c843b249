"""What a case type declares of observation: a series that may verify a case, and one that is watched after closure.

Source: DESIGN §14 (verification by observation, watch after closure); docs/adr/0284-verification-by-observation.md.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Slug, Strict, WatchName

Within = Annotated[
    str,
    Field(
        pattern=r"^\d+ ?(min|h|hours?|d|days?|working days?)$",
        examples=["2h", "24 hours", "7 days", "7 working days"],
    ),
]


class ObservedRule(Strict):
    """A series that may close a case in a person's place.

    Args:
        series: Of the case's subject. window: How long before the opening, and after it was said to be done.
        drop: By how much the mean must fall beyond the background; below: under what it must lie then.
        background: The drop of the neighbours that is taken off: of all, of those alike in a field of the subject, none.
        minimum: Valid values in each window. neighbours: How many there must be to compare with.
    """

    series: Slug
    window: Within = "24h"
    drop: Annotated[Decimal, Field(gt=0)] | None = None
    below: Decimal | None = None
    background: Literal["neighbours", "none"] | Code = "neighbours"
    minimum: int = Field(ge=1, default=18)
    neighbours: int = Field(ge=1, default=3)

    @model_validator(mode="after")
    def _condition(self) -> "ObservedRule":
        if self.drop is None and self.below is None:
            raise ValueError("an observation needs a condition: `drop`, `below`, or both")
        return self


class KeepRule(Strict):
    """A closed case stands under observation and reopens by itself when it is seen again.

    Args:
        months: Of thirty days. every: How often it is looked at.
        series, above, below, window, minimum: The mean of the case's subject beyond a bound; or watch: an incident of it.
        propose: Where reopening is adverse to somebody: it is told on the case, and a person reopens.
    """

    months: int = Field(ge=1, le=60)
    every: Within = "1 day"
    series: Slug | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    window: Within = "24h"
    minimum: int = Field(ge=1, default=1)
    watch: WatchName | None = None
    propose: bool = False

    @model_validator(mode="after")
    def _condition(self) -> "KeepRule":
        if (self.series is None) == (self.watch is None):
            raise ValueError("what is kept in sight is a `series` or a `watch`, one of the two")
        if (self.series is None) != (self.above is None and self.below is None):
            raise ValueError("a series needs `above` or `below`, a watch neither")
        return self
