"""The rules and words of notices: our `notices.yaml`, and what others add; pure."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bihuan.declare.model import Strict
from bihuan.declare.source import read
from bihuan.extend import NOTICES, ExtensionError
from bihuan.loop.kernel.model import Data
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.kernel.table import table

DAYS_ZH = "一二三四五六日"
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CLOCK_OPS = frozenset({"warn", "miss"})


class NoticeRule(Strict):
    """An event, perhaps only when something holds, makes a notice of a kind to somebody."""

    event: str
    kind: str
    to: Literal["reporter", "lead", "holder"]
    when: Literal["warn", "miss", "reopens", "ends"] | None = None

    def holds(self, kind: str, data: Data) -> bool:
        """Return whether an event of this kind and data makes the notice.

        Source: docs/topics/notices.md ("Rules and words are data").
        """
        if self.event not in ("*", kind):
            return False
        if self.when in CLOCK_OPS:
            return any(op["op"] == self.when for op in data.get("clocks", ()))
        if self.when == "ends":
            return data.get("outcome") not in (None, "merged")
        return self.when is None or bool(data.get(self.when))


class NoticeWords(Strict):
    """Subject and body of a notice in one language."""

    subject: Annotated[str, Field(min_length=1)]
    body: Annotated[str, Field(min_length=1)]


class BilingualNotice(Strict):
    """A notice in both languages."""

    zh: NoticeWords
    en: NoticeWords


class NoticeBook(Strict):
    """Every rule and every text."""

    rules: list[NoticeRule]
    kinds: dict[str, BilingualNotice]

    @model_validator(mode="after")
    def _known(self) -> Self:
        for rule in self.rules:
            if rule.event != "*" and rule.event not in table().kinds:
                raise ValueError(f"unknown event {rule.event!r}; one of {', '.join(sorted(table().kinds))}")
            if rule.kind not in self.kinds:
                raise ValueError(f"kind {rule.kind!r} has no words; add it under `kinds`")
        return self


def readable_instant(instant: str, language: str, zone: ZoneInfo | None) -> str:
    """Return an ISO 8601 instant as people read it (`2026年11月26日（周四）10:00`, `Thu 26 Nov 2026, 10:00`)."""
    if not instant:
        return ""
    at = datetime.fromisoformat(instant)
    at = at.astimezone(zone) if zone else at
    if language.startswith("en"):
        return f"{DAYS_EN[at.weekday()]} {at.day} {MONTHS_EN[at.month - 1]} {at.year}, {at:%H:%M}"
    return f"{at.year}年{at.month}月{at.day}日（周{DAYS_ZH[at.weekday()]}）{at:%H:%M}"


@cache
def notice_book() -> NoticeBook:
    """Return the rules in use: what every room and extension adds (`bihuan.extend.NOTICES`), in one book.

    Raises:
        pydantic.ValidationError: a file is faulty.
        ExtensionError: two of them give words for one kind.

    Source: docs/topics/notices.md; docs/adr/0236.
    """
    rules: list[Any] = []
    kinds: dict[str, Any] = {}
    for added in NOTICES.all():
        given = read(added.source) if isinstance(added.source, Path) else added.source
        if twice := kinds.keys() & given.get("kinds", {}).keys():
            raise ExtensionError(
                f"{added.name}：通知 {min(twice)!r} 已有文字 · the notice {min(twice)!r} has words already",
                "换一个名称 · give yours another name",
            )
        rules += given.get("rules", ())
        kinds |= given.get("kinds", {})
    return NoticeBook.model_validate({"rules": rules, "kinds": kinds})


def fill_words(kind: str, language: str, facts: dict[str, Any], zone: ZoneInfo | None = None) -> NoticeWords:
    """Return a notice's words with the facts filled in: instants on the clock of `zone`, states by their name.

    A fact may stand in both languages (`{"zh": …, "en": …}`).

    Source: docs/topics/notices.md ("Rules and words are data").
    """
    both, english = notice_book().kinds[kind], language.startswith("en")
    words = both.en if english else both.zh
    state = STATE_NAMES.get(str(facts.get("state")))
    facts = {name: _said_in(value, "en" if english else "zh") for name, value in facts.items()}
    facts = {**facts, "due": readable_instant(str(facts.get("due") or ""), language, zone)}
    if state is not None:
        facts["state"] = state.en.lower() if english else state.zh
    return NoticeWords(subject=words.subject.format(**facts), body=words.body.format(**facts))


def _said_in(value: Any, language: str) -> Any:
    return value.get(language) or value.get("zh", "") if isinstance(value, dict) else value
