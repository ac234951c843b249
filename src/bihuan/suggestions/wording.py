"""The task `words`: category, urgency, area, place and unit of each case, from what its report says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from uuid import UUID

from bihuan.insight.places import Locator, Place
from bihuan.insight.triage import Triage
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.suggestions.areas import AreaFinder
from bihuan.suggestions.drafts import Kind, RankedValue, Reason, SeenCase, SuggestionDraft
from bihuan.suggestions.sorting import Sorted, Sorter, drop_repeats

PLACE_SURE = 0.7
Prior = Callable[[str, str], Sequence[tuple[str, float, int]]]
"""Category and area → (unit, share, cases) that finally took such cases after a return, likeliest first."""


class WordsMethod:
    """The method of the task `words`; holds models, so one per process and state of the registers.

    Args:
        facts: The registers and rules in force.
        model: The promoted triage model, or None.
        locator: Finds the place a text names.
        learnt: Place name → area code, confirmed by people.
        prior: Who took returned cases of a category and area.
    """

    def __init__(
        self,
        facts: LoopFacts,
        model: Triage | None = None,
        locator: Locator | None = None,
        learnt: Mapping[str, str] | None = None,
        prior: Prior | None = None,
    ) -> None:
        self.facts = facts
        self.model = model
        self.areas = AreaFinder(facts.registers.areas, learnt or {})
        self.locator = locator or Locator()
        self.prior = prior

    def __call__(self, seen: Sequence[SeenCase]) -> list[list[SuggestionDraft]]:
        """Drafts for each case that still waits at the desk; none for the others."""
        waiting = [case for case in seen if case.state == "received"]
        places = dict(zip((c.id for c in waiting), self.locator.locate([c.words for c in waiting]), strict=True))
        answered = {case.id: drafts for group in self._groups(waiting) for case, drafts in self._each(group, places)}
        return [answered.get(case.id, []) for case in seen]

    def warm(self) -> None:
        """Read every table now: a report about nothing is looked at once for each case type.

        Source: docs/topics/suggestions.md, "How it runs".
        """
        for sorter in self._sorters.values():
            sorter.sort([""])
        self.locator.locate([""])
        self.areas.named("")

    def sorter(self, programme: str, kind: str) -> Sorter | None:
        """Triage for a case type; None when it has no category tree.

        Source: docs/topics/suggestions.md, "How it runs".
        """
        return self._sorters.get((programme, kind))

    @cached_property
    def _sorters(self) -> dict[tuple[str, str], Sorter]:
        return {
            (programme.id, kind): Sorter(folder_of(programme.id) / rules.categories, rules, self.model)
            for programme in _programmes()
            for kind, rules in programme.cases.items()
            if rules.categories
        }

    def _groups(self, cases: Sequence[SeenCase]) -> list[list[SeenCase]]:
        def by_type(case: SeenCase) -> tuple[str, str]:
            return case.programme, case.kind

        return [list(group) for _, group in groupby(sorted(cases, key=by_type), key=by_type)]

    def _each(
        self, cases: list[SeenCase], places: Mapping[UUID, Place | None]
    ) -> list[tuple[SeenCase, list[SuggestionDraft]]]:
        sorter = self.sorter(cases[0].programme, cases[0].kind)
        nothing = [Sorted(None, None)] * len(cases)
        answers = sorter.sort([case.words for case in cases]) if sorter else nothing
        return [(case, self._drafts(case, said, places[case.id])) for case, said in zip(cases, answers, strict=True)]

    def _drafts(self, case: SeenCase, said: Sorted, place: Place | None) -> list[SuggestionDraft]:
        area = self.areas.find(case)
        unit = self._unit(case, said.category, area)
        found = [
            drop_repeats(case, said.category),
            drop_repeats(case, said.urgency),
            drop_repeats(case, area),
            place_in_text(place),
            unit,
        ]
        return [draft for draft in found if draft is not None]

    def _unit(
        self, case: SeenCase, category: SuggestionDraft | None, area: SuggestionDraft | None
    ) -> SuggestionDraft | None:
        """Return the row of the duty matrix for what the case says, else for what is suggested."""
        about = case.category or (category.value if category else None)
        where = case.area or (area.value if area else None)
        if about is None:
            return None
        lead, _co, row = self.facts.duty(about, where, self.facts.now)
        if lead is None:
            return None
        sure = _sure(case.category, category) * _sure(case.area, area)
        decided = all(given or (draft is not None and draft.decided)
                      for given, draft in ((case.category, category), (case.area, area)))  # fmt: skip
        reasons: list[Reason] = [{"kind": "rule", "category": about, "area": where, "row": row}]
        reasons += self._takers(about, where, lead)
        return SuggestionDraft(Kind.UNIT, (RankedValue(lead, round(sure, 4)),), decided, tuple(reasons), "duty:matrix")

    def _takers(self, category: str, area: str | None, lead: str) -> list[Reason]:
        """Return who took such cases after a return, beside the matrix, never instead of it."""
        found = self.prior(category, area) if self.prior and area else ()
        return [
            {"kind": "prior", "unit": unit, "share": round(share, 3), "cases": cases}
            for unit, share, cases in found
            if unit != lead
        ][:2]


def place_in_text(place: Place | None) -> SuggestionDraft | None:
    """Return the place a text names, as it stands there. Source: docs/topics/suggestions.md, "How it runs"."""
    if place is None or not place.place:
        return None
    reason: Reason = {"kind": "place", "name": place.place, "admin": place.admin, "street": place.street}
    choice = RankedValue(place.place, round(float(place.confidence), 4))
    return SuggestionDraft(Kind.PLACE, (choice,), choice.confidence >= PLACE_SURE, (reason,), "places:locator")


def _sure(given: str | None, draft: SuggestionDraft | None) -> float:
    """What was given is certain; without place or category the matrix still answers for the whole district."""
    return 1.0 if given or draft is None else draft.confidence


def _programmes() -> list[Programme]:
    return list(all_programmes().values())
