"""The loop of a case type as a picture: Mermaid text and SVG, both drawn from the one table of steps. Pure."""

from __future__ import annotations

from html import escape
from typing import Literal

from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.states import OUTCOMES, STATE_NAMES
from bihuan.loop.kernel.step import Step
from bihuan.loop.programme_checks import steps_of, targets_of

Language = Literal["zh", "en"]
Arrow = tuple[str, str]

# Where each state stands: the way of the case from left to right, detours below, ends at the bottom.
_PLACES: dict[str, tuple[int, int]] = {
    "": (0, 0),
    "received": (1, 0),
    "dispatched": (2, 0),
    "in_progress": (3, 0),
    "verifying": (4, 0),
    "closed": (5, 0),
    "in_effect": (3, 0),
    "arbitration": (2, 1),
    "suspended": (3, 1),
    "answered": (0, 2),
    "refused": (1, 2),
    "transferred": (2, 2),
    "invalid": (3, 2),
    "withdrawn": (4, 2),
    "merged": (5, 2),
    "revoked": (4, 1),
}
_LOOK = 'aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14"'
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#66758a"/></marker></defs>'
)
_WIDTH, _HEIGHT, _BOX_W, _BOX_H, _LEFT, _TOP = 176, 120, 116, 40, 16, 56


def arrows(case: CaseType) -> dict[Arrow, list[Step]]:
    """Steps of a case type that change the state, grouped by from and to (`""` is before opening).

    Source: DESIGN §3 (diagrams are drawn from the same table); docs/adr/0001 (2)
    """
    found: dict[Arrow, list[Step]] = {}
    for step in steps_of(case):
        for source in step.sources:
            for target in targets_of(step, source, case):
                if target != source:
                    found.setdefault((source, target), []).append(step)
    return found


def mermaid(programme: Programme, kind: str, language: Language = "zh") -> str:
    """Return the state diagram of a case type as Mermaid text.

    Source: DESIGN §3 (diagrams are drawn from the same table); docs/adr/0001 (2)
    """
    lines = ["stateDiagram-v2"]
    found = arrows(programme.cases[kind])
    states = [s for s in _PLACES if s and any(s in pair for pair in found)]
    lines += [f'    state "{_name(s, language)}" as {s}' for s in states]
    for (source, target), steps in found.items():
        label = " / ".join(step.command for step in steps)
        lines.append(f"    {source or '[*]'} --> {target}: {label}")
    lines += [f"    {s} --> [*]" for s in states if s in OUTCOMES]
    return "\n".join(lines) + "\n"


def svg(programme: Programme, kind: str, language: Language = "zh") -> str:
    """Return the same picture as SVG, with a title and a description for those who cannot see it.

    Colours come from CSS classes (`state`, `end`, `arrow`), with presentation attributes as a fallback.

    Source: DESIGN §3 (diagrams are drawn from the same table); docs/adr/0001 (2)
    """
    found = arrows(programme.cases[kind])
    states = [s for s in _PLACES if any(s in pair for pair in found)]
    width = _LEFT * 2 + _WIDTH * 5 + _BOX_W
    rows = max(_PLACES[s][1] for s in states) + 1
    height = _TOP + _HEIGHT * (rows - 1) + _BOX_H + 24
    case = programme.cases[kind]
    title = f"{programme.name.zh}：{case.name.zh}" if language == "zh" else f"{programme.name.en}: {case.name.en}"
    told = "; ".join(
        f"{_name(a, language)} → {_name(b, language)} ({', '.join(step.command for step in steps)})"
        for (a, b), steps in found.items()
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" lang="{language}" {_LOOK}>',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(told)}</desc>',
        _TIP,
        *(_arrow(pair, steps) for pair, steps in found.items()),
        *(_box(state, language) for state in states),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _name(state: str, language: Language) -> str:
    if not state:
        return "来件" if language == "zh" else "Signal"
    text = STATE_NAMES[state]
    return text.zh if language == "zh" else text.en


def _corner(state: str) -> tuple[int, int]:
    column, row = _PLACES[state]
    return _LEFT + column * _WIDTH, _TOP + row * _HEIGHT


def _box(state: str, language: Language) -> str:
    x, y = _corner(state)
    end = state in OUTCOMES
    fill, stroke = ("#e7f3ec", "#2f7d55") if end else ("#eef3fa", "#3b6aa0")
    return (
        f'<g class="{"end" if end else "state"}"><rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" '
        f'rx="{20 if end or not state else 8}" fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{x + _BOX_W // 2}" y="{y + _BOX_H // 2 + 5}" text-anchor="middle" fill="#1c2733">'
        f"{escape(_name(state, language))}</text></g>"
    )


def _arrow(pair: Arrow, steps: list[Step]) -> str:
    path = _path(*pair)
    label = escape(", ".join(step.command for step in steps))
    return (
        f'<path class="arrow" d="{path}" fill="none" stroke="#66758a" stroke-width="1.4" marker-end="url(#tip)">'
        f"<title>{label}</title></path>"
    )


def _path(source: str, target: str) -> str:
    (x1, y1), (x2, y2) = _corner(source), _corner(target)
    middle = _BOX_H // 2
    if y1 == y2 and 0 < x2 - x1 <= _WIDTH:
        return f"M{x1 + _BOX_W} {y1 + middle}H{x2 - 2}"
    if y1 == y2:  # backwards, or over other states: an arc above
        start, end, lift = x1 + _BOX_W // 2, x2 + _BOX_W // 2, 18 + abs(x2 - x1) // 12
        return f"M{start} {y1}C{start} {y1 - lift} {end} {y2 - lift} {end} {y2 - 2}"
    down = y2 > y1
    start_y, end_y = (y1 + _BOX_H, y2 - 2) if down else (y1, y2 + _BOX_H + 2)
    start, end = x1 + _BOX_W // 2 + (10 if down else -10), x2 + _BOX_W // 2 + (10 if down else -10)
    half = (start_y + end_y) // 2
    return f"M{start} {start_y}C{start} {half} {end} {half} {end} {end_y}"
