"""Observations in arrays, in and out, and JSON Patch on the few properties that are changed.

Source: OGC 18-088, 13.2 (data array); RFC 6902.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bihuan.faces.parts.problems import ApiProblem, not_found
from bihuan.series.store.paging import LineHead
from bihuan.standards.sensorthings.changing import MOST_ROWS, observation_ids, observe, rejected
from bihuan.standards.sensorthings.entities import StaEntity, as_sent, quoted
from bihuan.standards.sensorthings.expressions import WrongExpression
from bihuan.standards.sensorthings.options import EVERYTHING
from bihuan.standards.sensorthings.shelf import RequestShelf
from bihuan.standards.serving.registers import wrong

SAID = ("phenomenonTime", "result", "resultQuality", "parameters", "resultTime")


def create_one(request: Any, shelf: RequestShelf, body: Mapping[str, Any]) -> str:
    """Store one observation; return its id.

    Raises:
        ApiProblem: 404 no such Datastream, 422 a value.

    Source: OGC 18-088, 10.2.
    """
    head = _head(shelf, body.get("Datastream"))
    taken = observe(request, shelf, [(head, body)])
    if taken.rejected:
        raise rejected(taken)
    return next(observation_ids(shelf, [(head, body)]))


def create_observations(request: Any, shelf: RequestShelf, sent: Sequence[Any], base: str) -> list[str]:
    """Store observations of several Datastreams; return for each its address, or `error` and why.

    Raises:
        ApiProblem: 404 no such Datastream, 422 too many rows or components that are not known.

    Source: OGC 18-088, 13.2.2.
    """
    rows = [
        (head, row)
        for part in sent
        for head in (_head(shelf, part.get("Datastream") if isinstance(part, dict) else None),)
        for row in _rows(part)
    ]
    told, by_series = [""] * len(rows), defaultdict[str, list[int]](list)
    for place, (head, _) in enumerate(rows):
        by_series[head.series].append(place)
    for places in by_series.values():
        answers = _stored(request, shelf, [rows[place] for place in places], base)
        for place, answer in zip(places, answers, strict=True):
            told[place] = answer
    return told


def _stored(
    request: Any, shelf: RequestShelf, rows: Sequence[tuple[LineHead, Mapping[str, Any]]], base: str
) -> list[str]:
    """Store the rows of one series in one; where more are wrong than are told one by one, line by line."""
    taken = observe(request, shelf, rows)
    wrong_rows = {int(each["row"]): str(each["rule"]) for each in taken.rejects}
    if taken.rejected <= len(wrong_rows):
        right = [row for number, row in enumerate(rows, 1) if number not in wrong_rows]
        ids = observation_ids(shelf, right) if right else iter(())
        return [
            f"error: {wrong_rows[number]}" if number in wrong_rows else f"{base}/Observations({quoted(next(ids))})"
            for number in range(1, len(rows) + 1)
        ]
    if len({head.id for head, _ in rows}) == 1:
        return ["error"] * len(rows)
    answers: dict[int, Iterator[str]] = {}
    for line in {head.id: None for head, _ in rows}:  # what was stored already is stored no second time
        answers[line] = iter(_stored(request, shelf, [row for row in rows if row[0].id == line], base))
    return [next(answers[head.id]) for head, _ in rows]


def as_arrays(entities: Sequence[StaEntity], base: str) -> list[dict[str, Any]]:
    """Return observations in one array for each Datastream. Source: OGC 18-088, 13.2.1."""
    found: dict[Any, list[Any]] = {}
    for each in entities:
        if each.set != "Observations":
            raise WrongExpression("$resultFormat=dataArray is for Observations")
        sent = as_sent(each, EVERYTHING, base)
        row = [sent["@iot.id"], *(sent.get(name) for name in SAID)]
        found.setdefault(str(each.id).partition(".")[0], []).append(row)
    return [
        {
            "Datastream@iot.navigationLink": f"{base}/Datastreams({line})", "components": ["id", *SAID],
            "dataArray@iot.count": len(rows), "dataArray": rows,
        }
        for line, rows in found.items()
    ]  # fmt: skip


def patched(steps: Sequence[Any]) -> dict[str, Any]:
    """Return what a JSON Patch says of an entity, as a part of it.

    Raises:
        WrongExpression: it tests, moves or copies, or cannot be read.

    Source: RFC 6902 §4 (add, replace, remove); RFC 6901.
    """
    told: dict[str, Any] = {}
    for each in steps:
        if not isinstance(each, dict) or each.get("op") not in ("add", "replace", "remove"):
            raise WrongExpression("a JSON Patch here adds, replaces or removes")
        names = [name.replace("~1", "/").replace("~0", "~") for name in str(each.get("path", "")).split("/")[1:]]
        if not 1 <= len(names) <= 2:
            raise WrongExpression(f"no property: {each.get('path')!r}")
        place = told if len(names) == 1 else told.setdefault(names[0], {})
        place[names[-1]] = None if each["op"] == "remove" else each.get("value")
    return told


def _head(shelf: RequestShelf, said: Any) -> LineHead:
    key = said.get("@iot.id") if isinstance(said, dict) else None
    number = int(key) if isinstance(key, int) or (isinstance(key, str) and key.isascii() and key.isdigit()) else None
    head = shelf.lines.get(number) if number is not None else None
    if head is None:
        raise not_found("数据流", "Datastream")
    return head


def _rows(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    names, rows = part.get("components"), part.get("dataArray")
    if not isinstance(names, list) or not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise wrong(
            "dataArray", f"须有 components 与 dataArray，至多 {MOST_ROWS} 行", "components and dataArray are wanted"
        )
    if not {"phenomenonTime", "result"} <= set(map(str, names)):
        raise _components()
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise wrong("dataArray", "每行的列数须与 components 相同", "each row has as many cells as there are components")
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _components() -> ApiProblem:
    return wrong("components", "须含 phenomenonTime 与 result", "phenomenonTime and result are wanted")
