"""What comes in: Things by the register's own door, Datastreams as lines of declared series, Observations as values.

An Observation that is sent again stores nothing; one that is changed is a value that arrives later; one that is
deleted is a missing value with the flag D: what was said before stays as it was known then.
Source: OGC 18-088, 10 (create, update, delete), 13.2 (data array); docs/adr/0255 (6, 7); docs/adr/0369.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bihuan.faces.parts.problems import ApiProblem, not_found, problem
from bihuan.faults import Fault
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series
from bihuan.series.loading import Reading
from bihuan.series.store.paging import WITHDRAWN, LineHead
from bihuan.series.store.writing import Writer, lines_of
from bihuan.series.taking import TakenFile, take_records
from bihuan.standards.sensorthings.observing import place_of
from bihuan.standards.sensorthings.shelf import RequestShelf
from bihuan.standards.serving.callers import demand
from bihuan.standards.serving.registers import (
    cell_of,
    change_subject,
    end_subject,
    known_cells,
    place_cell,
    wrong,
)
from bihuan.subjects.pure.types import SubjectType

REASON = "SensorThings"
MOST_ROWS = 500_000


def not_served(what: str) -> ApiProblem:
    """Return the problem of an operation that is not served: 501, told by a type. Source: RFC 9110 §15.6.2."""
    return problem(
        501, "not_implemented", f"{what}由文件声明，不能在此更改", f"{what} are declared by files and not changed here",
        remedy=("在事项目录的 series/ 中声明", "declare them in series/ of a programme"),
    )  # fmt: skip


def make_thing(request: Any, shelf: RequestShelf, body: Mapping[str, Any]) -> str:
    """Enter a subject, with its place and its lines where they are said; return the Thing's id.

    Raises:
        ApiProblem: 403 not this caller's register, 409 nothing changes, 422 a value, 202 is never told as 201.

    Source: OGC 18-088, 10.2.1 (deep insert); docs/topics/subjects.md, "By hand".
    """
    kind, cells = _cells(shelf, body, {})
    key = cells.get(kind.key, "")
    change_subject(request, kind, cells, REASON)
    for each in _listed(body, "Datastreams"):
        make_datastream(request, shelf, {**each, "Thing": {"@iot.id": f"{kind.id}.{key}"}})
    return f"{kind.id}.{key}"


def change_thing(request: Any, shelf: RequestShelf, key: str, body: Mapping[str, Any]) -> None:
    """Change a subject from today on; raises as `make_thing`. Source: OGC 18-088, 10.3."""
    kind = _kind_of(shelf, key)
    held = shelf.one_held(kind, key.partition(".")[2])
    if held is None:
        raise not_found("对象", "Thing")
    body = {**body, "properties": {**(_mapping(body.get("properties"))), "type": kind.id, kind.key: held.key}}
    change_subject(request, kind, _cells(shelf, body, known_cells(kind, held))[1], REASON)


def end_thing(request: Any, shelf: RequestShelf, key: str) -> None:
    """Tell that a subject does not exist from today on; raises as `make_thing`. Source: OGC 18-088, 10.4."""
    kind = _kind_of(shelf, key)
    end_subject(request, kind, key.partition(".")[2], REASON)


def place_thing(request: Any, shelf: RequestShelf, key: str, body: Mapping[str, Any]) -> str:
    """Give a Thing another place from today on; return the Location's id. Source: OGC 18-088, 10.2, 10.3."""
    change_thing(request, shelf, key, {"Locations": [body]})
    return key


def make_datastream(request: Any, shelf: RequestShelf, body: Mapping[str, Any]) -> int:
    """Make a line of a declared series for a subject, or find it; return its number.

    Raises:
        ApiProblem: 422, no such series, another unit, or a Thing of another type.

    Source: OGC 18-088, 10.2; docs/adr/0369 (a line is made once).
    """
    demand(request, "act", "relay")
    name = str(_mapping(body.get("ObservedProperty")).get("@iot.id") or _mapping(body.get("properties")).get("series"))
    series = shelf.catalogue.series.get(name)
    if series is None or series.declared.derive is not None:
        raise wrong("ObservedProperty", f"没有可写入的序列 {name[:80]}", f"no series to be written to: {name[:80]}")
    kind, _, key = str(_mapping(body.get("Thing")).get("@iot.id", "")).partition(".")
    if kind != series.declared.subject or not key or len(key) > 120:
        what = f"a Thing of type {series.declared.subject}"
        raise wrong("Thing", f"应为 {series.declared.subject} 类对象", f"{name} is measured of {what}")
    symbol = _mapping(body.get("unitOfMeasurement")).get("symbol", series.declared.unit)
    if symbol != series.declared.unit:
        said = f"{name} is in {series.declared.unit}"
        raise wrong("unitOfMeasurement", f"单位应为 {series.declared.unit}", said)
    writer = Writer(series, shelf.district, "sensorthings", shelf.world.actor.id[:80], shelf.world.now)
    with in_district(shelf.district):
        number = lines_of(writer, [key])[key]
    for each in _listed(body, "Observations"):
        observe(request, shelf, [(LineHead(number, name, key, None, None, "", None, None), each)])
    return number


def observe(request: Any, shelf: RequestShelf, sent: Sequence[tuple[LineHead, Mapping[str, Any]]]) -> TakenFile:
    """Store observations of lines of one series, all in one; wrong ones are told by row in what is returned.

    Args:
        sent: Each with `phenomenonTime`, `result` and perhaps `resultQuality` or `parameters.flag`.

    Raises:
        ApiProblem: 422, nothing of it can be taken.

    Source: OGC 18-088, 10.2; docs/adr/0255 (5, 6, 7).
    """
    demand(request, "act", "relay")
    series = shelf.catalogue.series[sent[0][0].series]
    records = [
        {"subject": head.subject, "time": _label(series, each.get("phenomenonTime"), shelf), "value": _value(each),
         "flag": _flag(each)}
        for head, each in sent
    ]  # fmt: skip
    try:
        how = Reading(shelf.world.now, series.declared.unit)
        return take_records(records, shelf.catalogue, series, shelf.district, how, shelf.world.actor.id[:80])
    except Fault as fault:
        zh, _, en = fault.message.partition(" · ")
        raise wrong("result", zh, en or zh) from None


def observation_ids(shelf: RequestShelf, sent: Sequence[tuple[LineHead, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield the ids of observations of one series that were stored. Source: docs/adr/0369."""
    from bihuan.series.instants import SeriesClock

    series = shelf.catalogue.series[sent[0][0].series]
    clock = SeriesClock(series.declared)
    for head, each in sent:
        yield f"{head.id}.{clock.read(_label(series, each.get('phenomenonTime'), shelf))}"


def change_observation(request: Any, shelf: RequestShelf, key: str, body: Mapping[str, Any] | None) -> None:
    """Store another value of an instant, or with None that there is none.

    Raises:
        ApiProblem: 404 nothing is known of it, 422 a value.

    Source: OGC 18-088, 10.3, 10.4; docs/adr/0255 (6).
    """
    found, at = shelf.get("Observations", key), place_of(key)
    if found is None or at is None:
        raise not_found("观测", "Observation")
    head = shelf.lines[at[0]]
    sent = {"phenomenonTime": found.body["phenomenonTime"], "result": found.body["result"]}
    sent |= {"result": None, "resultQuality": WITHDRAWN} if body is None else {**body}
    sent["phenomenonTime"] = found.body["phenomenonTime"]
    taken = observe(request, shelf, [(head, sent)])
    if taken.rejected:
        raise rejected(taken)


def rejected(taken: TakenFile) -> ApiProblem:
    """Return the problem of the first row that was not taken. Source: docs/adr/0255 (5)."""
    first = taken.rejects[0]
    zh, _, en = str(first["rule"]).partition(" · ")
    return wrong(str(first["field"]), zh, en or zh)


def _cells(
    shelf: RequestShelf, body: Mapping[str, Any], known: Mapping[str, str]
) -> tuple[SubjectType, dict[str, str]]:
    said = _mapping(body.get("properties"))
    kind = shelf.kinds.get(str(said.get("type", "")))
    if kind is None:
        listed = ", ".join(sorted(shelf.kinds))
        raise wrong("properties.type", f"properties.type 应为：{listed}", f"properties.type names one of: {listed}")
    cells = dict(known)
    for name, value in said.items():
        if name in kind.open_fields and name != kind.geometry:
            cells[name] = cell_of(kind, name, value)
    if said.get("key"):
        cells[kind.key] = str(said["key"])
    if isinstance(body.get("name"), str) and kind.title_field != kind.key and kind.title_field not in said:
        cells[kind.title_field] = body["name"]
    for place in _listed(body, "Locations"):
        cells[str(kind.geometry)] = place_cell(kind, place.get("location"))
    return kind, cells


def _kind_of(shelf: RequestShelf, key: str) -> SubjectType:
    kind = shelf.kinds.get(key.partition(".")[0])
    if kind is None:
        raise not_found("对象", "Thing")
    return kind


def _label(series: Series, time: Any, shelf: RequestShelf) -> Any:
    """The instant that the series' own clock would name; without one, this moment."""
    ends = series.declared.ends
    if hasattr(time, "begins"):
        return (time.ends if ends else time.begins).isoformat()
    if hasattr(time, "isoformat"):
        return time.isoformat()
    text = str(time or "") or shelf.world.now.replace(microsecond=0).isoformat()
    begins, slash, until = text.partition("/")
    return until if slash and ends else begins


def _value(each: Mapping[str, Any]) -> str | None:
    found = each.get("result")
    return None if found is None or isinstance(found, (dict, list, bool)) else str(found)


def _flag(each: Mapping[str, Any]) -> str:
    quality = each.get("resultQuality") or _mapping(each.get("parameters")).get("flag") or ""
    return str(quality)[:16] if isinstance(quality, (str, int)) else ""


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _listed(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
