"""`alarm`: an incident of a series is one incident of the watch; what a correction retracts there is retracted here.

The series room folds incidents from the values in whatever order they came; this kind carries them into the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bihuan.declare.fieldtype import Words
from bihuan.declare.measured import measured
from bihuan.declare.model import Strict
from bihuan.series.alarms.outages import Outage, SilentLine, is_own
from bihuan.series.catalogue import UnknownSeries, current_catalogue
from bihuan.series.rounding import shown
from bihuan.series.showing import labelled
from bihuan.watches.bursts import AlarmRow, incidents, outages_of, rule_named
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within
from bihuan.watches.scene import Scene


class Alarm(Strict):
    """An alarm rule of the series.

    Args:
        rule: Its name. within: How far back incidents that have ended still become cases.
        alone: Of silences: only those that no outage of what brings the values explains.
    """

    rule: str
    within: Within = "30 days"
    alone: bool = False


def find(scene: Scene, over: Over, rule: Alarm) -> Hits:
    """Every incident that the values support. Source: docs/topics/watches.md, "alarm"; docs/adr/0256."""
    series = current_catalogue().get(over.series or "")
    rows = incidents(scene, series.name, rule.rule, scene.since(rule.within))
    supported = [each for each in rows if each.kind != "retracted"]
    held = _alone(scene, series.name, rule, supported) if rule.alone else supported
    declared = series.declared
    keeper = declared.keeper if isinstance(declared.keeper, str) else f"{declared.subject}.{declared.keeper.field}"

    def peak_of(row: AlarmRow) -> str:
        return measured(shown(row.peak, declared.precision), declared.unit)

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [
                Fact(f"{series.name}.peak", peak_of(held[n]), keeper,
                     labelled(declared, held[n].opened), held[n].made.isoformat(), f"vintage {held[n].batch}"),
                Fact(f"{series.name}.values", str(held[n].values), keeper,
                     cited=held[n].cited or declared.citation),
            ]
            for n in chosen
        ]  # fmt: skip

    openings = [each.opened.isoformat() for each in held]
    ended = frozenset(n for n, each in enumerate(held) if each.closed is not None and each.closed <= scene.at)
    kept = {(each.subject, each.opened) for each in held}
    gone = (each for each in rows if (each.subject, each.opened) not in kept)
    retracted = frozenset((each.subject, each.opened.isoformat()) for each in gone)
    return Hits([each.subject for each in held], openings, openings, tell, len(rows), ended=ended, retracted=retracted)


def _alone(scene: Scene, series: str, rule: Alarm, rows: Sequence[AlarmRow]) -> list[AlarmRow]:
    """Those silences that are the instrument's own. Source: docs/adr/0384-outages.md."""
    together = rule_named(series, rule.rule).together
    assert together is not None
    known: dict[str, list[Outage]] = {}
    for outage in outages_of(scene, series, rule.rule, together, scene.since(rule.within)):
        for subject in outage.members:
            known.setdefault(subject, []).append(outage)
    return [
        each for each in rows
        if is_own(SilentLine(each.subject, each.opened, each.closed), known.get(each.subject, ()), together, scene.at)
    ]  # fmt: skip


def fields(over: Over, rule: Alarm) -> dict[str, set[str]]:
    """What brings the values, where many silences at once are told apart by it."""
    if not rule.alone:
        return {}
    together = rule_named(over.series or "", rule.rule).together
    return {current_catalogue().get(over.series or "").declared.subject: {together.by}} if together else {}


def why(rule: Alarm) -> Words:
    """The rule in words."""
    return Words(f"告警规则“{rule.rule}”成立", f"the alarm {rule.rule} holds")


def faults(scene: Any, over: Over, rule: Alarm) -> Iterator[Fault]:
    """The series has such an alarm."""
    try:
        known = [each.name for each in current_catalogue().get(over.series or "").declared.alarms]
    except UnknownSeries as error:
        yield (), error.message, "a watch looks at declared series", error.remedy
        return
    if rule.rule not in known:
        yield ("rule",), f"{over.series} has no alarm {rule.rule!r}", "an alarm of the series", f"one of: {known}"
    elif rule.alone and rule_named(over.series or "", rule.rule).together is None:
        what = f"the alarm {rule.rule!r} of {over.series} does not say when many silences are one"
        yield ("alone",), what, "`alone` needs `together` in the alarm", "declare `together` in the series, or leave it"


KIND = WatchKind(
    "alarm",
    Words("序列告警", "Alarm of a series"),
    Words("监测序列的告警事件", "an incident that the values of a series support"),
    Alarm, frozenset({"series"}), find, why, fields, faults,
)  # fmt: skip
