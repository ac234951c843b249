"""Which of the two languages this request speaks, and how the kernel's bilingual texts are said in it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.utils import timezone
from django.utils.translation import get_language


class Bilingual(Protocol):
    """Anything with a sentence in both languages (`kernel.model.Text`, `programme.Name`)."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def language() -> str:
    """`zh` or `en`, by the language Django has activated."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(text: Bilingual | tuple[str, str] | None) -> str:
    """Return the text in the reader's language; empty for None."""
    if text is None:
        return ""
    zh, en = text if isinstance(text, tuple) else (text.zh, text.en)
    return en if language() == "en" else zh


def moment(at: datetime | None) -> str:
    """Return an instant as people of the district read it: `2026-11-23 19:05`, in the active time zone."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def span(seconds: float) -> str:
    """Return a length of time in its two largest units, rounded down: `2 天 3 小时`, `2 d 3 h`."""
    minutes = int(abs(seconds)) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    zh = language() == "zh"
    named = [(days, "天" if zh else "d"), (hours, "小时" if zh else "h"), (minutes, "分钟" if zh else "min")]
    start = next((i for i, (value, _) in enumerate(named) if value), 2)
    return " ".join(f"{value} {unit}" for value, unit in named[start : start + 2] if value or start == 2)
