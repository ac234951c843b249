"""What loops ask of a handover: how much of a group arrived, what is still open, and which acts those are.

The kind is the handover's name, the key the group's: `waste-trip.open` of a plan, of a contract, of an order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bihuan.extend import FactQuestion
from bihuan.handovers.catalogue import DeclaredHandover, known_handovers
from bihuan.handovers.pure.judging import HandoverAnswer, JudgedAct

if TYPE_CHECKING:
    from bihuan.subjects.fence import Looker

_last: dict[tuple[object, ...], HandoverAnswer] = {}
AMOUNTS = ("given", "received", "planned")
"""What is summed up; of what is weighed their names end in `_kg`."""
NAMES = ("received_percent", "en_route", "open", "open_acts")
TOLD = 20
"""So many acts are named."""


def kinds() -> Collection[str]:
    """Every handover whose acts are summed up by something."""
    return [name for name, each in known_handovers().found.items() if each.declared.given.group]


def names(kind: str) -> Collection[str]:
    """What may be asked of a group. Source: docs/adr/0362-counted-handovers.md (2)."""
    found = known_handovers().found.get(kind)
    return (*(f"{each}{ending(found) if found else ''}" for each in AMOUNTS), *NAMES)


def ending(found: DeclaredHandover) -> str:
    """How names of quantities end: `_kg`, or nothing where they are counted. Source: docs/adr/0362 (2)."""
    return "" if found.declared.counted else "_kg"


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what is known of a group's acts at an instant, as known then.

    Args:
        question: `HANDOVER.NAME`, or `HANDOVER` for all names; `key` is the group.

    Returns:
        None for a handover that is not declared, or a percentage of nothing that was planned.

    Source: DESIGN §14 (`Facts.ask`); docs/topics/handovers.md, "What loops ask"
    """
    from bihuan.subjects.fence import Looker

    base, _, name = question.kind.partition(".")
    found = known_handovers().found.get(base)
    if found is None:
        return None
    looker = Looker("system:loop", frozenset(), frozenset({found.programme}), "a decision of a loop")
    answer = _answered(question, found, looker)
    acts = [each for each in answer.acts if each.given.group == question.key]
    values = told_of(acts, _planned(question, base), ending(found))
    cited = {"handover": base, "group": question.key, "acts": len(acts), "at": question.at.isoformat()}
    if not name:
        return values, cited
    return None if values.get(name) is None else (values[name], cited)


def told_of(acts: Sequence[JudgedAct], planned: Fraction | None, ending: str = "_kg") -> dict[str, Any]:
    """Return the figures of some acts.

    Args:
        planned: What was to be given in all; None: nobody said. ending: Of the names of quantities.

    Source: docs/topics/handovers.md, "What loops ask"
    """
    given = sum((each.given.weighed.net for each in acts), Fraction())
    arrived = sum((each.received.weighed.net for each in acts if each.received is not None), Fraction())
    still = sorted(each.given.number for each in acts if each.open)
    share = None if not planned else str(round(Decimal((arrived * 100 / planned).numerator)
                                              / Decimal((arrived * 100 / planned).denominator), 2))  # fmt: skip
    return {
        f"given{ending}": plain(given), f"received{ending}": plain(arrived), "received_percent": share,
        f"planned{ending}": None if planned is None else plain(planned),
        "en_route": sum(each.received is None and not each.flags for each in acts),
        "open": len(still), "open_acts": ", ".join(still[:TOLD]) or None,
    }  # fmt: skip


def plain(value: Fraction) -> str:
    """A quantity as decimal text. Source: docs/topics/handovers.md."""
    return f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():f}"


def _answered(question: FactQuestion, found: DeclaredHandover, looker: Looker) -> HandoverAnswer:
    """The whole handover: a decision asks several names of one instant, as known at one moment."""
    from bihuan.handovers.reading import ask_handover

    key = (found.declared.handover, found.file, question.district, question.at, question.known)
    if key not in _last:
        _last.clear()
        _last[key] = ask_handover(found, question.district, question.at, question.known, looker)
    return _last[key]


def _planned(question: FactQuestion, base: str) -> Fraction | None:
    from bihuan.subjects import facts as registers

    declared = known_handovers().found[base].declared.planned
    if declared is None:
        return None
    told = registers.ask(question._replace(kind=f"{declared.subject}.{declared.field}"))
    return None if told is None else Fraction(str(told[0]))
