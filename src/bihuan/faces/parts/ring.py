"""The ring: how far round the loop a case has come, and where it is still open. Pure.

Seven segments, clockwise from the top. A segment is `done`, `current` (somebody owes it now), `open` (the gap),
`skipped` (not needed: answered at the desk) or `broken` (claimed, but never independently confirmed), so that a case
closed without a confirming verification still shows its gap.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import NamedTuple

from bihuan.loop.kernel.model import Case, Text

SEGMENTS: dict[str, Text] = {
    "signal": Text("反映", "Signal"),
    "triage": Text("受理", "Triage"),
    "dispatch": Text("派单", "Dispatch"),
    "handling": Text("办理", "Handling"),
    "evidence": Text("佐证", "Evidence"),
    "verification": Text("核实", "Verification"),
    "indicator": Text("计入考核与预防", "Indicator, prevention"),
}
STATUS: dict[str, Text] = {
    "done": Text("已完成", "done"),
    "current": Text("正在进行", "under way"),
    "open": Text("尚未闭合", "still open"),
    "skipped": Text("无需", "not needed"),
    "broken": Text("未经核实", "not confirmed"),
}
_CURRENT = {
    "received": "triage",
    "dispatched": "handling",
    "in_progress": "handling",
    "suspended": "handling",
    "arbitration": "dispatch",
    "verifying": "verification",
    "in_effect": "indicator",
}
_AT_THE_DESK = frozenset({"answered", "refused", "invalid", "transferred", "withdrawn", "merged", "revoked"})
_CONFIRMED = frozenset({"solved", "passed"})


class Segment(NamedTuple):
    """One arc."""

    key: str
    status: str

    @property
    def name(self) -> Text:
        """What the arc stands for. Source: docs/topics/faces.md, "The ring"."""
        return SEGMENTS[self.key]

    @property
    def said(self) -> Text:
        """The status in words. Source: docs/topics/faces.md, "The ring"."""
        return STATUS[self.status]


class Ring(NamedTuple):
    """The seven segments of one case."""

    segments: tuple[Segment, ...]

    @property
    def closed(self) -> bool:
        """No gap anywhere. Source: docs/topics/faces.md, "The ring"."""
        return all(s.status in ("done", "skipped") for s in self.segments)

    @property
    def text(self) -> Text:
        """What the picture shows, for those who do not see it. Source: docs/topics/faces.md, "The ring"."""
        if self.closed:
            return Text("闭环：每一步都已完成", "The loop is closed: every step is done")
        gaps = [s for s in self.segments if s.status not in ("done", "skipped")]
        zh = "、".join(f"{s.name.zh}{s.said.zh}" for s in gaps)
        en = ", ".join(f"{s.name.en.lower()} {s.said.en}" for s in gaps)
        return Text(f"尚未闭环：{zh}", f"The loop is not closed: {en}")


def ring_of(case: Case) -> Ring:
    """Return the ring of a case's present fold. Source: docs/topics/faces.md, "The ring"."""
    if case.state in _AT_THE_DESK:
        kept = {"signal", "triage", "indicator"}
        return _ring({key: "done" if key in kept else "skipped" for key in SEGMENTS})
    if case.state == "closed":
        return _ring({**dict.fromkeys(SEGMENTS, "done"), "verification": _verified(case)})
    present = _CURRENT.get(case.state, "signal")
    before = list(SEGMENTS)[: list(SEGMENTS).index(present)]
    return _ring({key: "done" if key in before else "current" if key == present else "open" for key in SEGMENTS})


def example(*done: str, current: str | None = None) -> Ring:
    """A ring that belongs to no case, for pages that explain the loop. Source: docs/topics/faces.md, "The ring"."""
    return _ring({k: "done" if k in done else "current" if k == current else "open" for k in SEGMENTS})


def arc(index: int, count: int = len(SEGMENTS), radius: float = 44, gap: float = 0.09) -> str:
    """SVG path of one arc of a circle around (60, 60); `gap` is the angle in radians left free between arcs.

    Source: SVG 2 §9.3.8 (elliptical arcs); docs/topics/faces.md, "The ring".
    """
    width = 2 * pi / count
    start, end = index * width + gap / 2 - pi / 2, (index + 1) * width - gap / 2 - pi / 2
    x1, y1, x2, y2 = (60 + radius * f(a) for a in (start, end) for f in (cos, sin))
    return f"M{x1:.2f} {y1:.2f}A{radius:g} {radius:g} 0 0 1 {x2:.2f} {y2:.2f}"


def _verified(case: Case) -> str:
    done = case.verification is not None and case.verification.result in _CONFIRMED
    return "done" if done else "broken"


def _ring(statuses: dict[str, str]) -> Ring:
    return Ring(tuple(Segment(key, statuses[key]) for key in SEGMENTS))
