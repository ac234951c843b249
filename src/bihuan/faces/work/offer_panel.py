"""What the desk shows of suggestions: each question with its value, confidence, reasons and the other possibilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from bihuan.faces.parts.language import say
from bihuan.faces.parts.lists import CaseLine, line_of
from bihuan.faces.parts.questions import KINDS
from bihuan.faces.parts.world import World
from bihuan.insight.duplicates.codes import CODES
from bihuan.loop.kernel.fields import URGENCIES
from bihuan.loop.kernel.model import Case
from bihuan.loop.store import visible_to
from bihuan.registers.pure.ids import new_id
from bihuan.suggestions import work
from bihuan.suggestions.drafts import Kind, Reason
from bihuan.suggestions.models import Suggestion

MOST_TRIES = 6  # 0.7 s, doubling: about 45 s in all
CLASSIFYING = (Kind.CATEGORY, Kind.AREA, Kind.URGENCY)


@dataclass(frozen=True)
class Possible:
    """One value that may be taken; `key` is the digit that takes it, empty when none does."""

    value: str
    name: str
    percent: int
    key: str = ""


@dataclass(frozen=True)
class Offer:
    """One question as the panel shows it."""

    kind: str
    label: str
    value: str
    name: str
    percent: int
    decided: bool
    others: Sequence[Possible]
    reasons: Sequence[str]
    model: str

    @property
    def classifies(self) -> bool:
        """Whether taking it classifies the case. Source: docs/topics/suggestions.md."""
        return self.kind in CLASSIFYING


@dataclass(frozen=True)
class OfferPanel:
    """All open suggestions of a case. `waiting`: the job has not been here yet."""

    offers: Sequence[Offer] = ()
    unit: Offer | None = None
    parents: Sequence[CaseLine] = ()
    parent: Offer | None = None
    waiting: bool = False
    key: str = ""
    tried: int = 0
    given_up: bool = False

    @property
    def next_try(self) -> int:
        """How often the panel will have asked with its next question.

        Source: docs/topics/suggestions.md, "How it runs".
        """
        return self.tried + 1

    @property
    def pause(self) -> int:
        """Milliseconds until the panel asks again: doubling from 0.7 s.

        Source: docs/topics/suggestions.md, "How it runs".
        """
        return 700 << self.tried

    @property
    def takeable(self) -> bool:
        """Whether one key takes something: only what its method has decided. Source: docs/topics/suggestions.md."""
        return any(o.decided and o.classifies for o in self.offers)


def panel_of(here: World, case: Case, tried: int = 0) -> OfferPanel:
    """The open suggestions of a case in the reader's language (at most three statements).

    Args:
        tried: How often this panel has asked already; after `MOST_TRIES` it stops.

    Source: docs/topics/suggestions.md.
    """
    rows = {row.kind: row for row in Suggestion.objects.filter(case_id=case.id, answer__isnull=True)}
    at_desk = case.state == "received"
    offers = [offer(here, rows[kind]) for kind in (*CLASSIFYING, Kind.PLACE) if at_desk and kind in rows]
    unit = offer(here, rows[Kind.UNIT]) if at_desk and Kind.UNIT in rows else None
    parents, parent = _parents(here, case, rows.get(Kind.PARENT))
    late = not rows and at_desk and work.case_waits(case.id)
    waiting, given_up = late and tried < MOST_TRIES, late and tried >= MOST_TRIES
    return OfferPanel(offers, unit, parents, parent, waiting, key=str(new_id()), tried=tried, given_up=given_up)


def offer(here: World, row: Suggestion) -> Offer:
    """One stored suggestion with its names. Source: docs/topics/suggestions.md."""
    others = [
        Possible(choice["value"], name_of(here, row.kind, choice["value"]), percent(choice["confidence"]),
                 str(n) if row.kind == Kind.CATEGORY else "")
        for n, choice in enumerate(row.alternatives, start=1)
    ]  # fmt: skip
    return Offer(
        row.kind, say(KINDS[row.kind]), row.value, name_of(here, row.kind, row.value), percent(row.confidence),
        row.decided, others, [said for reason in row.reasons if (said := reason_text(here, reason))], row.model,
    )  # fmt: skip


def name_of(here: World, kind: str, value: str) -> str:
    """A suggested value as people call it."""
    if kind == Kind.CATEGORY:
        return here.names.category(value)
    if kind == Kind.AREA:
        return here.names.area(value)
    if kind == Kind.UNIT:
        return here.names.unit(value)
    return say(URGENCIES[value]) if kind == Kind.URGENCY and value in URGENCIES else value


def reason_text(here: World, reason: Reason) -> str:
    """One reason as a short sentence; empty for a kind this version does not know.

    Source: docs/topics/suggestions.md.
    """
    kind = reason.get("kind")
    if kind == "words":
        return say(("依据词语：{}", "Words: {}")).format(say(("、", ", ")).join(reason["words"]))
    if kind == "point":
        return say(("上报坐标落在该范围内", "The reported point lies inside"))
    if kind == "place":
        return say(("文中提到“{}”", "The text names “{}”")).format(reason["name"])
    if kind == "category":
        return say(("“{}”类的默认时限等级", "The default class of “{}”")).format(
            here.names.category(reason["category"])
        )
    if kind == "rule":
        cell = [here.names.category(reason["category"]), here.names.area(reason["area"])]
        return say(("职责清单：{}", "Duty matrix: {}")).format(" · ".join(filter(None, cell)))
    if kind == "prior":
        told = (
            "退单后多由{unit}承办（{share} %，{cases} 件）",
            "After returns mostly taken by {unit} ({share} %, {cases} cases)",
        )
        return say(told).format(
            unit=here.names.unit(reason["unit"]), share=percent(reason["share"]), cases=reason["cases"]
        )
    return say(("；", "; ")).join(_codes(reason.get("codes", ()))) if kind == "same" else ""


def _codes(codes: Iterable[str]) -> list[str]:
    """Codes of the duplicate finder (`distance:12`) in words."""
    said = []
    for code in codes:
        name, _, figure = code.partition(":")
        if name in CODES:
            said.append(f"{say(CODES[name])}{' ' + figure if figure else ''}")
    return said


def percent(share: Any) -> int:
    """A share as whole percent."""
    return round(100 * float(share))


def _parents(here: World, case: Case, row: Suggestion | None) -> tuple[list[CaseLine], Offer | None]:
    """The cases it may belong to that this person may see and could merge into, likeliest first."""
    if row is None or case.state == "merged":
        return [], None
    ranked = [UUID(choice["value"]) for choice in row.alternatives]
    found = {UUID(str(r.id)): r for r in visible_to(here.actor).filter(pk__in=ranked, ended_at__isnull=True)}
    lines = [line_of(found[key], _likelihood(row, key)) for key in ranked if key in found]
    return (lines, offer(here, row)) if lines else ([], None)


def _likelihood(row: Suggestion, key: UUID) -> dict[str, Any]:
    share = next(choice["confidence"] for choice in row.alternatives if choice["value"] == str(key))
    return {"percent": percent(share)}


def likely_repeated(case: Any) -> QuerySet[Suggestion]:
    """The suggestion of a likely parent for a case (an id or an `OuterRef`) that nobody has answered yet.

    Source: docs/topics/suggestions.md.
    """
    return Suggestion.objects.filter(case_id=case, kind=Kind.PARENT, answer__isnull=True, decided=True)
