"""Collections of features: each type of subjects with a place, for staff; public cases, for everybody.

Source: OGC 17-069r4, 7.13 to 7.16; ADR 0368.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import shapely
from django.db.models import Q
from django.http import HttpRequest
from shapely.geometry import shape

from bihuan.faces.api.access import here
from bihuan.faces.parts.problems import not_found, problem
from bihuan.faces.parts.subjects import BEGINS, Unreadable, looker_of, question_of
from bihuan.standards.features.asked import ItemsAsked
from bihuan.standards.serving.callers import demand, holds
from bihuan.standards.serving.reported import COLUMNS, coarse, reported_cases
from bihuan.subjects import asking
from bihuan.subjects.catalogue import UnknownType, subject_type, subject_types
from bihuan.subjects.exporting import as_feature
from bihuan.subjects.fence import FenceClosed
from bihuan.subjects.pure.types import SubjectType

CASES = "public-cases"
SUBJECT_WORDS = ("at", "known", "programme", "purpose")
CASE_WORDS = ("programme", "kind", "category", "area", "state")
SPAN_MOST = 100_000


class FeaturePage(NamedTuple):
    """Features of GeoJSON in the order of their ids; `more`: there is a next page; `matched`: None when not counted."""

    features: list[dict[str, Any]]
    more: bool
    matched: int | None


class FeatureCollection(NamedTuple):
    """A collection: its id, what it is called, further names behind the question mark, and how its items are got."""

    id: str
    title: str
    about: str
    words: tuple[str, ...]
    page: Callable[[HttpRequest, ItemsAsked], FeaturePage]
    one: Callable[[HttpRequest, str], dict[str, Any] | None]


def collections_for(request: HttpRequest) -> list[FeatureCollection]:
    """Return the collections that the caller may ask for. Source: OGC 17-069r4, 7.13."""
    kinds = [kind for kind in subject_types().values() if kind.geometry] if holds(request, "work") else []
    return [_of_cases(), *map(_of_subjects, kinds)]


def collection_named(request: HttpRequest, name: str) -> FeatureCollection:
    """Return one collection.

    Raises:
        ApiProblem: 401 or 403 when it is not the caller's, 404 when there is none.

    Source: OGC 17-069r4, 7.14.
    """
    if name == CASES:
        return _of_cases()
    demand(request, "read", "work")
    try:
        kind = subject_type(name)
    except UnknownType:
        kind = None
    if kind is None or not kind.geometry:
        raise not_found("有位置的对象类型", "type of subjects with a place")
    return _of_subjects(kind)


def _of_subjects(kind: SubjectType) -> FeatureCollection:
    words = tuple(each for name in ("key", *kind.found_by) for each in (name, f"{name}{BEGINS}"))
    return FeatureCollection(
        kind.id, f"{kind.name.zh} · {kind.name.en}", f"edition {kind.edition}", (*SUBJECT_WORDS, *words),
        lambda request, asked: _fenced(lambda: _subjects(request, kind, asked)),
        lambda request, key: _fenced(lambda: _subject(request, kind, key)),
    )  # fmt: skip


def _fenced[T](question: Callable[[], T]) -> T:
    try:
        return question()
    except FenceClosed as error:
        raise problem(403, "purpose", "该名册只为规定用途收集", error.message) from None
    except Unreadable as error:
        raise problem(400, "wrong_parameter", error.text.zh, error.text.en, field=error.field) from None


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items()}


def _subjects(request: HttpRequest, kind: SubjectType, asked: ItemsAsked) -> FeaturePage:
    world = here(request)
    district, looker = world.registers.district.code, looker_of(world, _asked(request))
    days = asked.days(world.zone)
    view = question_of(world, kind, _asked(request) | {"after": asked.after}, asked.offset + asked.limit + 1)
    found: Iterable[asking.HeldFacts]
    if days is not None:
        found = _of_days(asking.spans(district, kind, days[0], days[1], looker, limit=SPAN_MOST), view)
    elif asked.box is None:
        found = asking.find(district, kind, view, looker)
    else:
        found = asking.stream(district, kind, view, looker)
    inside = (one for each in found if (one := as_feature(kind, each)) and _within(one["geometry"], asked.box))
    taken = list(islice(inside, asked.offset, asked.offset + asked.limit + 1))
    counted = asking.count(district, kind, view, looker) if days is None and asked.box is None else None
    return FeaturePage(taken[: asked.limit], len(taken) > asked.limit, counted)


def _of_days(held: Iterable[asking.HeldFacts], view: asking.Viewpoint) -> Iterator[asking.HeldFacts]:
    """The version that holds last in the days asked for, of each subject that matches, after the page before."""
    newest = {each.key: each for each in held}
    for key in sorted(key for key in newest if key > view.after):
        values = {name: str(value) for name, value in (newest[key].values | {"key": key}).items()}
        equal = all(values.get(name, "") == wanted for name, wanted in view.equal.items())
        if equal and all(values.get(name, "").startswith(begins) for name, begins in view.begins.items()):
            yield newest[key]


def _subject(request: HttpRequest, kind: SubjectType, key: str) -> dict[str, Any] | None:
    world = here(request)
    view = question_of(world, kind, _asked(request), 1)
    looker = looker_of(world, _asked(request))
    held = asking.get(world.registers.district.code, kind, key, view.day, looker, view.known)
    return None if held is None else as_feature(kind, held)


def _within(geometry: dict[str, Any] | None, box: tuple[float, float, float, float] | None) -> bool:
    if box is None:
        return True
    if geometry is None:
        return False
    west, south, east, north = box
    halves = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(bool(shape(geometry).intersects(shapely.box(a, south, b, north))) for a, b in halves)


def _of_cases() -> FeatureCollection:
    return FeatureCollection(
        CASES, "公开案件 · Public cases",
        "任何人可反映的事项；不含文字，位置为约0.1平方公里网格中心 · what anybody may report; no words, "
        "the place is the middle of its cell of 0.1 km²",
        CASE_WORDS, _cases, _case,
    )  # fmt: skip


def _cases(request: HttpRequest, asked: ItemsAsked) -> FeaturePage:
    given = _asked(request)
    rows = reported_cases().filter(**{name: given[name] for name in CASE_WORDS if given.get(name)})
    if asked.ends is not None:
        rows = rows.filter(opened_at__lte=asked.ends)
    if asked.begins is not None:
        rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=asked.begins))
    if asked.after:
        rows = rows.filter(number__gt=asked.after)
    ordered = rows.order_by("number").values(*COLUMNS)
    read = ordered[: asked.offset + asked.limit + 1] if asked.box is None else ordered.iterator(2000)
    found = (_case_feature(row) for row in read)
    inside = (each for each in found if _within(each["geometry"], asked.box))
    taken = list(islice(inside, asked.offset, asked.offset + asked.limit + 1))
    counted = rows.count() if asked.box is None and not asked.after else None
    return FeaturePage(taken[: asked.limit], len(taken) > asked.limit, counted)


def _case(request: HttpRequest, number: str) -> dict[str, Any] | None:
    row = reported_cases().filter(number=number[:32]).values(*COLUMNS).first()
    return None if row is None else _case_feature(row)


def _case_feature(row: Mapping[str, Any]) -> dict[str, Any]:
    place = coarse(row["lon_e6"], row["lat_e6"])
    told = {name: row[name] for name in COLUMNS if name not in ("number", "lon_e6", "lat_e6")}
    times = {name: told[name].isoformat() if told[name] else None for name in ("opened_at", "ended_at", "deadline")}
    return {
        "type": "Feature", "id": row["number"], "properties": told | times,
        "geometry": {"type": "Point", "coordinates": list(place)} if place else None,
    }  # fmt: skip
