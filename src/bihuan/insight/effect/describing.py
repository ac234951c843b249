"""An effect, or the refusal to name one, in sentences for people."""

from __future__ import annotations

from bihuan.insight.effect.model import Effect

MARKS = {"pass": "✓", "caution": "!", "dropped": "↷", "refused": "✗"}
"""Before each gate, by its status."""


def describe_effect(answer: Effect) -> str:
    """Describe an answer for people, zh first, one line each: method, estimate or refusal, gates, notes.

    Args:
        answer: As `estimate` gives it; changes in per cent, saved in reports.
    """
    lines = [f"方法 method: {answer.method} — {answer.reason['zh']}", f"  {answer.reason['en']}"]
    if answer.refused:
        lines += ["不给出估计 No estimate:", f"  {answer.refused['zh']}", f"  {answer.refused['en']}"]
    elif answer.estimate is not None and answer.interval and answer.saved:
        low, high = answer.interval
        lines.append(f"变化 change: {answer.estimate:+.1f} % [{low:+.1f}, {high:+.1f}] ({100 * answer.level:.0f} %)")
        saved = answer.saved
        lines.append(f"减少件数 events saved: {saved[0]:.0f} [{saved[1]:.0f}, {saved[2]:.0f}]")
    if answer.naive is not None:
        lines.append(f"(前后对比 raw before-after: {answer.naive:+.1f} % — 未扣除自然回落 not an effect)")
    lines += [
        f"  {MARKS.get(gate.status, '–')} {gate.name}: {gate.says['zh']} {gate.says['en']}" for gate in answer.gates
    ]
    lines += [f"  · {note['zh']} {note['en']}" for note in answer.notes]
    return "\n".join(lines)
