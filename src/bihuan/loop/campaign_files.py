"""Campaigns as files: who is to be covered, by which kind of case, from when to when.

    id: winter-boilers
    programme: hotline
    kind: request
    start: 2026-11-01
    end: 2026-11-30
    members:
      boiler-17: {area: "110108001001", category: housing.property.service}
    lead: urban-management        # optional: the unit that leads; a member may name its own

Pure apart from reading the file. Every fault names file, line, field, rule and remedy; a faulty file starts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from bihuan.declare.model import Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document, Step
from bihuan.loop.kernel.campaign import Campaign
from bihuan.loop.kernel.model import Data
from bihuan.loop.kernel.programme import Programme

Coordinate = Annotated[int, Field(ge=-180_000_000, le=180_000_000)]


class CampaignMember(Strict):
    """What is known of one member: the facts its case opens with. `place` is longitude and latitude × 10⁶.

    `lead` is the code of the unit its case is dispatched to when nobody names another.
    """

    area: Annotated[str, Field(pattern=r"^\d{6,12}$")] | None = None
    category: Annotated[str, Field(min_length=1)] | None = None
    urgency: str | None = None
    lead: str | None = None
    place: Annotated[list[Coordinate], Field(min_length=2, max_length=2)] | None = None
    fields: dict[str, str | int | bool] = {}


class CampaignFile(Strict):
    """A campaign file."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    programme: str
    kind: str
    start: date
    end: date
    lead: str | None = None
    members: Annotated[dict[Annotated[str, Field(min_length=1, max_length=100)], CampaignMember], Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> CampaignFile:
        if self.end < self.start:
            raise ValueError(f"end {self.end} is before start {self.start}")
        return self


class Declared(NamedTuple):
    """A campaign that can be started, and what each member's case opens with."""

    campaign: Campaign
    facts_of: dict[str, Data]


def load_campaign(
    path: Path,
    programmes: Mapping[str, Programme],
    areas: Collection[str] | None = None,
    units: Collection[str] | None = None,
) -> Declared:
    """Read a campaign file.

    Args:
        path: The YAML file.
        programmes: Every programme by id.
        areas: The area codes that exist; None leaves areas unchecked.
        units: The codes of the units that exist today; None leaves units unchecked.

    Raises:
        DeclarationError: with every problem found, in file order.

    Source: docs/topics/declarations.md (all problems of a file at once)
    """
    document = Document(path)
    found = validated(document, CampaignFile)
    problems = [*_unknown(document, found, programmes, areas), *_unknown_units(document, found, units)]
    if problems:
        raise DeclarationError(problems)
    campaign = Campaign(found.id, found.programme, found.kind, found.start, found.end, tuple(found.members))
    shared = {"lead": found.lead} if found.lead else {}
    facts = {k: {**shared, **m.model_dump(exclude_defaults=True)} for k, m in found.members.items()}
    return Declared(campaign, facts)


def _unknown_units(document: Document, found: CampaignFile, units: Collection[str] | None) -> Iterator[Problem]:
    named: list[tuple[list[Step], str | None]] = [(["lead"], found.lead)]
    named += [(["members", key, "lead"], member.lead) for key, member in found.members.items()]
    for steps, unit in named:
        if unit is not None and units is not None and unit not in units:
            rule = "the code of a unit that exists today"
            yield document.problem(steps, f"no unit {unit!r}", rule, "use one of these")


def _unknown(document: Document, found: CampaignFile, programmes: Mapping[str, Programme],
             areas: Collection[str] | None) -> Iterator[Problem]:  # fmt: skip
    """Names that nothing stands behind: programme, case type, urgency, field, area."""

    def problem(steps: Sequence[Step], what: str, rule: str) -> Problem:
        return document.problem(steps, what, rule, "use one of these")

    programme = programmes.get(found.programme)
    if programme is None:
        yield problem(["programme"], f"no programme {found.programme!r}", f"one of {', '.join(sorted(programmes))}")
        return
    rules = programme.cases.get(found.kind)
    if rules is None:
        yield problem(["kind"], f"no case type {found.kind!r}", f"one of {', '.join(programme.cases)}")
        return
    for key, member in found.members.items():
        if member.urgency is not None and member.urgency not in rules.urgencies:
            known = ", ".join(rules.urgencies)
            yield problem(["members", key, "urgency"], f"no urgency {member.urgency!r}", f"one of {known}")
        for name in member.fields:
            if name not in rules.fields:
                known = ", ".join(rules.fields) or "none declared"
                yield problem(["members", key, "fields", name], f"no field {name!r}", f"one of {known}")
        if areas is not None and member.area is not None and member.area not in areas:
            yield problem(["members", key, "area"], f"no area {member.area!r}", "a code of the loaded district")
