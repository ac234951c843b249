"""`handover`: what is wrong in an act with two sides: each exception of each act, each left receipt, each wrong scale.

Over the giving side: missing, late, weight, wrong place, other carrier, unlicensed. Over the receiving side: duplicate
and unannounced. Over the type that a place leads to: scales that differ from all their counterparts alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.handovers.catalogue import known_handovers
from bihuan.handovers.declaration import HandoverFile
from bihuan.handovers.facts import plain
from bihuan.handovers.pure.judging import OF_GIVEN, OF_RECEIVED, SCALE, HandoverAnswer, HandoverSide
from bihuan.handovers.reading import judge_columns
from bihuan.subjects.catalogue import subject_types
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.scene import Scene


class HandoverWatch(Strict):
    """Which handover, and which of its exceptions; none named: all of the side that is looked at."""

    name: Slug
    exceptions: list[Code] = Field(default=[])


class _Hit(NamedTuple):
    subject: str
    part: str
    incident: str
    facts: list[Fact]


def find(scene: Scene, over: Over, rule: HandoverWatch) -> Hits:
    """Everything that is wrong and not settled. Source: docs/topics/handovers.md, "The watch"."""
    declared = known_handovers().found[rule.name].declared
    answer = _answer(scene, declared)
    hits = [
        each
        for each in _hits(declared, answer, over.subject or "")
        if (not rule.exceptions or each.part in rule.exceptions) and (scene.only is None or each.subject in scene.only)
    ]
    return Hits(
        [each.subject for each in hits], [each.part for each in hits], [each.incident for each in hits],
        lambda rows: [hits[row].facts for row in rows], len(answer.acts) + len(answer.left),
    )  # fmt: skip


def _answer(scene: Scene, declared: HandoverFile) -> HandoverAnswer:
    """The whole handover, judged once for all watches of a look that read for one programme."""
    key = ("handover", declared.handover, scene.programme)
    if key not in scene.worked:
        tables, zone = _tables(scene, declared), scene.registers.calendar.zone
        scene.worked[key] = judge_columns(declared, tables, scene.at, zone)
    found: HandoverAnswer = scene.worked[key]
    return found


def _tables(scene: Scene, declared: HandoverFile) -> dict[str, Mapping[str, Sequence[str | None]]]:
    whole = scene if scene.only is None else scene.widened()
    return {
        type_id: {name: frame[name].to_pylist() for name in ("key", *sorted(names))}
        for type_id, names in declared.needs().items()
        for frame in [whole.frame(type_id)]
    }


def _hits(declared: HandoverFile, answer: HandoverAnswer, type_id: str) -> Iterator[_Hit]:
    unit = _unit(declared)
    if type_id == declared.given.subject:
        for act in answer.acts:
            for flag in act.flags if act.open else ():
                received = _told(declared, "received", act.received) if act.received else []
                told = [*_told(declared, "given", act.given), *received]
                tolerance = Fact(
                    f"{declared.handover}.tolerance_{unit}", None if act.tolerance is None else str(act.tolerance)
                )
                yield _Hit(act.given.key, flag, act.received.key if act.received else "", [*told, tolerance])
    elif type_id == declared.received.subject:
        for left in answer.left:
            if left.open:
                told = _told(declared, "received", left.received)
                yield _Hit(left.received.key, left.flag, left.received.number, told)
    else:
        for each in answer.scales:
            if _leads(declared, each.side) == type_id:
                percent = Fact(f"{declared.handover}.percent", f"{float(each.share) * 100:+.2f}")
                pairs = Fact(f"{declared.handover}.pairs", each.pairs, since=each.since.isoformat())
                others = Fact(f"{declared.handover}.counterparts", each.counterparts)
                yield _Hit(each.place, SCALE, "+" if each.share > 0 else "-", [percent, pairs, others])


def _unit(declared: HandoverFile) -> str:
    return declared.counted.unit if declared.counted else "kg"


def _told(declared: HandoverFile, side: str, told: HandoverSide) -> list[Fact]:
    at = told.at.isoformat()
    return [
        Fact(f"{side}.{_unit(declared)}", plain(told.weighed.net), told.place or told.giver, at, cited=told.key),
        Fact(f"{side}.carrier", told.carrier), Fact(f"{side}.place", told.place),
    ]  # fmt: skip


def _leads(declared: HandoverFile, side: str) -> str:
    """The type that a side's place leads to, where the field is a key of another register."""
    told = declared.given if side == "given" else declared.received
    name, kind = (told.giver if side == "given" else told.place), subject_types().get(told.subject)
    return (kind.fields[name].to or "") if kind is not None and name else ""


def why(rule: HandoverWatch) -> Words:
    """The rule in words."""
    known = known_handovers().found.get(rule.name)
    zh, en = (known.declared.name.zh, known.declared.name.en) if known else (rule.name, rule.name)
    return Words(f"{zh}：双方记录不符或一方缺失", f"{en}: the two sides differ, or one is missing")


def faults(scene: Any, over: Over, rule: HandoverWatch) -> Iterator[Fault]:
    """The handover is declared, and what is looked at is one of its sides or the type of its places."""
    known = known_handovers().found
    if rule.name not in known:
        yield ("name",), f"no handover {rule.name!r} is declared", f"one of: {', '.join(sorted(known))}", "declare it"
        return
    declared = known[rule.name].declared
    may = {declared.given.subject: OF_GIVEN, declared.received.subject: OF_RECEIVED}
    may |= {found: (SCALE,) for side in ("given", "received") if (found := _leads(declared, side))}
    if over.subject not in may:
        yield (), f"{rule.name} is not about {over.subject!r}", f"one of: {', '.join(may)}", "look at one of its sides"
        return
    for each in rule.exceptions:
        if each not in may[over.subject]:
            told = f"one of: {', '.join(may[over.subject])}"
            yield ("exceptions",), f"{over.subject} has no exception {each!r}", told, "correct the spelling"


def fields(over: Over, rule: HandoverWatch) -> dict[str, set[str]]:
    """What both sides and licences are read from."""
    known = known_handovers().found.get(rule.name)
    return known.declared.needs() if known else {}


KIND = WatchKind(
    "handover",
    Words("交接不符", "Handover"),
    Words("交接双方的例外：缺失、超时、重量、地点、承运人、许可、重复、无单、衡器偏差",
          "what is wrong between two sides"),
    HandoverWatch, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
