"""Feeds: calendars that a programme declares over a register, `PROGRAMME/feeds/NAME.yaml`; anybody may subscribe.

    name: {zh: 演出季日历, en: The season's calendar}
    over: performance
    entry: {starts: starts, ends: ends, title: name, place: venue, ended: cancelled}

or `openings: {days: 28}` over a type with `availability`: when each is open, as the register of each day says; or
`thing`: what each is, as schema.org describes it (`feed_things`).
Source: RFC 5545; docs/topics/views.md, "Feeds".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.faces.feed_things import FeedThing, things_of
from bihuan.faces.parts.world import World
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.readers.calendars import CANCELLED, CONFIRMED, CalendarEntry
from bihuan.server.checks import CheckFinding
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.availability import HoursFault, hours_on
from bihuan.subjects.pure.types import SubjectType

FOLDER, RULE = "feeds", "a feed is over a declared type and names its open fields"
MOST = 20_000
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Versions are numbered by the second in which they became known, counted from here: SEQUENCE only rises."""


class FeedEntry(Strict):
    """The fields of an event: when, what it is called, where (a text, or a subject by its title), called off since."""

    starts: Code
    ends: Code
    title: Code
    place: Code | None = None
    ended: Code | None = None


class FeedOpenings(Strict):
    """Opening hours of so many days from today on."""

    days: int = Field(ge=1, le=92, default=28)


class FeedFile(Strict):
    """A feed. `before`, `after`: days around today that it tells of."""

    name: Name
    about: Name | None = None
    over: Slug
    entry: FeedEntry | None = None
    openings: FeedOpenings | None = None
    thing: FeedThing | None = None
    before: int = Field(ge=0, le=400, default=60)
    after: int = Field(ge=1, le=800, default=400)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.entry, self.openings, self.thing)) != 1:
            raise ValueError("a feed tells of an `entry` for each subject, of a `thing`, or of `openings`")
        return self


class DeclaredFeed(NamedTuple):
    """A declared feed and where it lies."""

    programme: str
    name: str
    declared: FeedFile


def feeds_of(programme: str) -> dict[str, DeclaredFeed]:
    """Return the feeds of a programme by name; one with a fault is left out. Source: docs/topics/views.md, "Feeds"."""
    found = {}
    for path in sorted((folder_of(programme) / FOLDER).glob("*.yaml")):
        feed = _read(programme, path, path.stat().st_mtime_ns)
        if feed is not None:
            found[feed.name] = feed
    return found


def read_feed(programme: str, path: Path) -> DeclaredFeed:
    """Return the feed that a file declares.

    Raises:
        DeclarationError: with every fault.

    Source: docs/topics/views.md, "Feeds".
    """
    document = Document(path, f"{path.parent.parent.name}/{FOLDER}/{path.name}")
    declared = validated(document, FeedFile)
    problems = list(_faults(document, declared))
    if problems:
        raise DeclarationError(problems)
    return DeclaredFeed(programme, path.stem, declared)


def find_faults() -> CheckFinding:
    """What `bihuan doctor` says of feeds. Source: docs/topics/views.md, "Feeds"."""
    count, problems = 0, list[Problem]()
    for name in all_programmes():
        for path in sorted((folder_of(name) / FOLDER).glob("*.yaml")):
            try:
                read_feed(name, path)
                count += 1
            except DeclarationError as error:
                problems += error.problems
    if problems:
        return CheckFinding("feeds", "error", f"{len(problems)} faults in feeds: {problems[0]}", "correct the file")
    return CheckFinding("feeds", "ok", f"{count} feeds of programmes are in use")


def entries_of(here: World, feed: DeclaredFeed, key: str = "") -> list[CalendarEntry]:
    """Return what a feed tells today, of one subject or of all.

    Source: RFC 5545 (3.8.4.7, 3.8.7.4: lasting UIDs, SEQUENCE rises with a change, what is called off stays).
    """
    kind, today = subject_types()[feed.declared.over], here.now.astimezone(here.zone).date()
    if feed.declared.openings is not None:
        return list(_openings(here, feed, kind, today, key))
    return list(_events(here, feed, kind, today, key))


def graph_of(here: World, feed: DeclaredFeed, key: str = "") -> list[dict[str, Any]]:
    """Return what a feed of things tells today, of one subject or of all. Source: docs/adr/0429-things-in-feeds.md."""
    kind, declared = subject_types()[feed.declared.over], feed.declared.thing
    return list(things_of(here, kind, declared, looker_of(here, feed), key, MOST)) if declared is not None else []


def looker_of(here: World, feed: DeclaredFeed) -> Looker:
    """Who reads for a feed: anybody, for its programme. Source: docs/topics/subjects.md, "Purpose"."""
    return Looker(here.actor.id, here.actor.roles, frozenset({feed.programme}), f"feed of {feed.programme}")


def _events(here: World, feed: DeclaredFeed, kind: SubjectType, today: date, key: str) -> Iterator[CalendarEntry]:
    declared, district, looker = feed.declared.entry, here.registers.district.code, looker_of(here, feed)
    assert declared is not None
    first, last = today - timedelta(days=feed.declared.before), today + timedelta(days=feed.declared.after)
    newest: dict[str, asking.HeldFacts] = {}
    for held in asking.spans(district, kind, first, last, looker, key=key, limit=MOST):
        newest[held.key] = held  # what holds last of the days in question
    places = _titles(here, feed, kind, {str(h.values.get(declared.place or "") or "") for h in newest.values()})
    for held in newest.values():
        starts, ends = _instant(held.values.get(declared.starts)), _instant(held.values.get(declared.ends))
        if starts is None or ends is None or not first <= starts.astimezone(here.zone).date() <= last:
            continue
        place = str(held.values.get(declared.place or "") or "")
        off = bool(held.values.get(declared.ended or ""))
        yield CalendarEntry(
            f"{held.key}@{kind.id}.{district}.bihuan", starts, ends, str(held.values.get(declared.title, held.key)),
            held.recorded_at.replace(microsecond=0), places.get(place, place), sequence=_sequence(held),
            status=CANCELLED if off else CONFIRMED,
        )  # fmt: skip


def _titles(here: World, feed: DeclaredFeed, kind: SubjectType, keys: set[str]) -> dict[str, str]:
    """Titles of the subjects that are named as places."""
    declared = feed.declared.entry
    field = kind.fields.get(declared.place or "") if declared is not None else None
    type_ = subject_types().get(str(field.to)) if field is not None and field.type == "subject" else None
    if type_ is None or not keys - {""}:
        return {}
    today = here.now.astimezone(here.zone).date()
    found = asking.find(here.registers.district.code, type_, asking.Viewpoint(today, limit=MOST), looker_of(here, feed))
    return {each.key: str(each.values.get(type_.title_field, each.key)) for each in found if each.key in keys}


def _openings(here: World, feed: DeclaredFeed, kind: SubjectType, today: date, key: str) -> Iterator[CalendarEntry]:
    rule, asked = kind.availability, feed.declared.openings
    assert rule is not None
    assert asked is not None
    last = today + timedelta(days=asked.days - 1)
    district, place = here.registers.district.code, _place_field(kind)
    for held in asking.spans(district, kind, today, last, looker_of(here, feed), key=key, limit=MOST):
        if held.values.get(rule.status) not in rule.open:
            continue
        day = max(today, held.valid_from)
        while day <= last and (held.valid_to is None or day < held.valid_to):
            for number, (opens, closes) in enumerate(_hours(held, rule.hours, day)):
                title = str(held.values.get(kind.title_field, held.key))
                yield CalendarEntry(
                    f"{held.key}-{day:%Y%m%d}-{number}@{kind.id}.{district}.bihuan",
                    datetime.combine(day, opens, here.zone), datetime.combine(day, closes, here.zone), title,
                    held.recorded_at.replace(microsecond=0), str(held.values.get(place, "")) if place else "",
                    sequence=_sequence(held),
                )  # fmt: skip
            day += timedelta(days=1)


def _hours(held: asking.HeldFacts, field: str | None, day: date) -> list[Any]:
    try:
        return hours_on(str(held.values.get(field or "") or ""), day)
    except HoursFault:
        return []


def _place_field(kind: SubjectType) -> str | None:
    return "address" if "address" in kind.open_fields else None


def _sequence(held: asking.HeldFacts) -> int:
    return max(0, int((held.recorded_at - EPOCH).total_seconds()))


def _instant(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _faults(document: Document, declared: FeedFile) -> Iterator[Problem]:
    kind = subject_types().get(declared.over)
    if kind is None:
        yield document.problem(["over"], f"there is no type {declared.over!r}", RULE, "correct the spelling")
        return
    if kind.purpose is not None:
        yield document.problem(["over"], f"{kind.id} stands behind a fence", "a feed is public", "another type")
    if declared.openings is not None and (kind.availability is None or kind.availability.hours is None):
        yield document.problem(["openings"], f"{kind.id} has no hours", "`availability` with `hours`", "add it")
    named = declared.entry.model_dump(exclude_none=True) if declared.entry else {}
    for part, fields in (("entry", named), ("thing", declared.thing.fields if declared.thing else {})):
        for name, field in fields.items():
            if field not in kind.open_fields:
                yield document.problem([part, name], f"{kind.id} has no open field {field!r}", RULE, "correct it")
    for name in declared.thing.states if declared.thing else ():
        if name not in {state.id for state in kind.states}:
            yield document.problem(["thing", "states"], f"{kind.id} has no state {name!r}", RULE, "correct it")


@cache
def _read(programme: str, path: Path, stamp: int) -> DeclaredFeed | None:
    del stamp  # a changed file is read anew
    try:
        return read_feed(programme, path)
    except DeclarationError:
        return None
