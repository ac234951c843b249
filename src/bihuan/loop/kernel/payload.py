"""What an event says: the parts that every kind may have, and the words in which a payload speaks of things.

A payload is a frozen struct; `facts_of` makes it the `data` of an event, `decode` reads it back and refuses what it does
not know. A part that was not said stands in no event: defaults are None where null is never written, `UNSET` where it
may be. The annotations (`UnitId`, `Instant`, …) say what a text names, so that a timeline can say it in words.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bihuan.loop.kernel.model import ClockOp, Data, Holder, Text

UnitId = Annotated[str, Meta(description="id of a unit", extra={"names": "unit"})]
Instant = Annotated[str, Meta(description="instant, ISO 8601", extra={"names": "instant"})]
AreaCode = Annotated[str, Meta(description="code of an area", extra={"names": "area"})]
CategoryCode = Annotated[str, Meta(description="code of a category", extra={"names": "category"})]
IndicatorId = Annotated[str, Meta(description="id of an indicator", extra={"names": "indicator"})]
ClockName = Annotated[str, Meta(description="name of a clock of the case", extra={"names": "clock"})]
ReasonCode = Annotated[str, Meta(description="code of a declared reason", extra={"names": "reason", "code": True})]
Words = Annotated[str, Meta(description="written by somebody; only in events of versions that did not seal it",
                            extra={"names": "words"})]  # fmt: skip
Place = Annotated[list[int], Meta(min_length=2, max_length=2, description="lon, lat in millionths of a degree, WGS-84")]

Held = Annotated[
    Holder | None, Meta(description="who holds the case from now on; null for nobody", extra={"names": "holder"})
]
Clocks = Annotated[list[ClockOp], Meta(description="what happens to clocks", extra={"names": "clocks"})]
State = Annotated[str, Meta(description="the state it leads to")]
Outcome = Annotated[str | None, Meta(description="how the case has ended; null when it is open again")]
Demands = Annotated[
    list[Data], Meta(description="what was demanded before the step: id, and each fact with its value and citation")
]
ByUnit = Annotated[str, Meta(description="unit for which somebody who handles the case acted; empty for nobody's")]


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The facts that an event of any kind may hold beside its own."""

    state: State | UnsetType = UNSET
    holder: Held | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET
    clocks: Clocks | UnsetType = UNSET
    by_unit: ByUnit | UnsetType = UNSET
    demands: Demands | UnsetType = UNSET


COMMON = frozenset(Payload.__struct_fields__)


class Reasoned(Payload, frozen=True, kw_only=True):
    """Of an event whose reason is among its words; earlier versions kept it among its facts."""

    reason: Words | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a payload that has facts of its own."""


def facts_of(payload: Payload) -> Data:
    """Return the payload as the `data` of an event.

    Source: docs/adr/0230 (4, payloads are frozen structs; every stored event decodes)
    """
    facts: Data = msgspec.to_builtins(payload)
    return facts


def decode[P: Payload](payload: type[P], data: Data) -> P:
    """Return the payload that `data` stands for.

    Raises:
        msgspec.ValidationError: an unknown part, a missing one, or one of another type.

    Source: docs/adr/0230 (4, payloads are frozen structs; every stored event decodes)
    """
    return msgspec.convert(data, payload)


Codes = Mapping[str, Text] | Callable[[], Mapping[str, Text]]


class Meaning(NamedTuple):
    """What a part of a payload names: a key of the tellers of a face, and the words of its codes where it is one."""

    names: str = ""
    known: Codes = {}
    parts: Mapping[str, "Meaning"] = {}
    code: bool = False

    @property
    def codes(self) -> Mapping[str, Text]:
        """The words of its codes, as they are known now: extensions may add some.

        Source: docs/adr/0230 (5, a payload says what its texts name)
        """
        return self.known() if callable(self.known) else self.known


@cache
def meanings_of(struct: type) -> dict[str, Meaning]:
    """Return what each part of a payload names, by its name in the event's data.

    Source: docs/adr/0230 (5, a payload says what its texts name)
    """
    hints = get_type_hints(struct, include_extras=True)
    names = {field.name: field.encode_name for field in msgspec.structs.fields(struct)}
    return {names[name]: _meaning(hint) for name, hint in hints.items() if name in names}


def _meaning(hint: Any) -> Meaning:
    if get_origin(hint) is Annotated:
        for meta in get_args(hint)[1:]:
            if isinstance(meta, Meta) and meta.extra is not None:
                return Meaning(meta.extra.get("names", ""), meta.extra.get("codes", {}), {}, "code" in meta.extra)
        return Meaning()
    if isinstance(hint, type) and issubclass(hint, Part):
        return Meaning(parts=meanings_of(hint))
    found = [_meaning(inner) for inner in get_args(hint)]
    return next((each for each in found if each != Meaning()), Meaning())
