"""`outage`: most instruments that one source brings fall silent at once; that is one incident of the source.

Source: docs/topics/watches.md, "outage"; docs/adr/0384-outages.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Slug, Strict
from bihuan.series.alarms.outages import Outage, merged
from bihuan.series.catalogue import UnknownSeries, current_catalogue
from bihuan.series.rules import Together
from bihuan.subjects.catalogue import subject_type
from bihuan.watches.bursts import outages_of, rule_named
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within
from bihuan.watches.scene import Scene


class OutageRule(Strict):
    """Series → their alarm of silence, and how far back an outage that has ended still becomes a case."""

    of: dict[Slug, str] = Field(min_length=1)
    within: Within = "30 days"


def find(scene: Scene, over: Over, rule: OutageRule) -> Hits:
    """Every outage whose window has passed; one that several series saw is one. Source: docs/adr/0384-outages.md."""
    since, found, longest = scene.since(rule.within), list[Outage](), timedelta()
    for series, name in sorted(rule.of.items()):
        together = _together(series, name)
        longest = max(longest, timedelta(minutes=together.minutes))
        found += outages_of(scene, series, name, together, since)
    sources = set(scene.narrow(over)["key"].to_pylist())
    held = [
        each for each in merged(found, longest)
        if each.source in sources and each.began + longest <= scene.at and (each.ended is None or each.ended >= since)
    ]  # fmt: skip

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [
                Fact("silent", str(len(held[n].members)), ", ".join(sorted(rule.of)), held[n].began.isoformat()),
                Fact("speaking_before", str(held[n].speaking), ", ".join(sorted(rule.of))),
            ]
            for n in chosen
        ]

    begun = [each.began.isoformat() for each in held]
    ended = frozenset(n for n, each in enumerate(held) if each.ended is not None)
    return Hits([each.source for each in held], begun, begun, tell, len(sources), ended=ended)


def why(rule: OutageRule) -> Words:
    """The rule in words."""
    return Words("多数设备同时失联", "most of its instruments fell silent at once")


def fields(over: Over, rule: OutageRule) -> dict[str, set[str]]:
    """What brings the values, of each type of instrument."""
    found: dict[str, set[str]] = {}
    for series, name in rule.of.items():
        found.setdefault(current_catalogue().get(series).declared.subject, set()).add(_together(series, name).by)
    return found


def faults(scene: Any, over: Over, rule: OutageRule) -> Iterator[Fault]:
    """Every series has such an alarm, which says when silences are one, and its source is what is watched."""
    for series, name in rule.of.items():
        try:
            declared = current_catalogue().get(series).declared
        except UnknownSeries as error:
            yield ("of", series), error.message, "an outage is told by declared series", error.remedy
            continue
        alarm = next((each for each in declared.alarms if each.name == name), None)
        if alarm is None or alarm.together is None:
            what = f"{series} has no alarm {name!r} that says when many silences are one"
            yield ("of", series), what, "an alarm with `together`", "declare `together` in the series"
            continue
        known = subject_type(declared.subject).fields.get(alarm.together.by)
        if known is None or known.to != over.subject:
            what = f"{declared.subject}.{alarm.together.by} does not lead to {over.subject}"
            yield ("of", series), what, "what is watched is what brings the values", "name the type it leads to"


def _together(series: str, name: str) -> Together:
    together = rule_named(series, name).together
    assert together is not None
    return together


KIND = WatchKind(
    "outage",
    Words("同时失联", "Outage"),
    Words("同一来源的多数设备同时失联", "most instruments of one source fell silent at once"),
    OutageRule, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
