"""The rules and words of `notices.yaml`; pure."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bihuan.loop.declarations import read
from bihuan.loop.kernel.model import Data
from bihuan.loop.kernel.programme import EVENTS, Strict

FILE = Path(__file__).parent / "notices.yaml"
CLOCK_OPS = frozenset({"warn", "miss"})


class Rule(Strict):
    """An event, perhaps only when something holds, makes a notice of a kind to somebody."""

    event: str
    kind: str
    to: Literal["reporter", "lead", "holder"]
    when: Literal["warn", "miss", "reopens", "ends"] | None = None

    def holds(self, kind: str, data: Data) -> bool:
        """Whether an event of this kind and data makes the notice."""
        if self.event not in ("*", kind):
            return False
        if self.when in CLOCK_OPS:
            return any(op["op"] == self.when for op in data.get("clocks", ()))
        if self.when == "ends":
            return data.get("outcome") not in (None, "merged")
        return self.when is None or bool(data.get(self.when))


class Words(Strict):
    """Subject and body of a notice in one language."""

    subject: Annotated[str, Field(min_length=1)]
    body: Annotated[str, Field(min_length=1)]


class Bilingual(Strict):
    """A notice in both languages."""

    zh: Words
    en: Words


class Book(Strict):
    """Every rule and every text."""

    rules: list[Rule]
    kinds: dict[str, Bilingual]

    @model_validator(mode="after")
    def _known(self) -> "Book":
        for rule in self.rules:
            if rule.event != "*" and rule.event not in EVENTS:
                raise ValueError(f"unknown event {rule.event!r}; one of {', '.join(sorted(EVENTS))}")
            if rule.kind not in self.kinds:
                raise ValueError(f"kind {rule.kind!r} has no words; add it under `kinds`")
        return self


@cache
def book() -> Book:
    """The rules in use; raises `pydantic.ValidationError` when the file is faulty."""
    return Book.model_validate(read(FILE))


def say(kind: str, language: str, facts: dict[str, Any]) -> Words:
    """A notice's words with the facts filled in."""
    both = book().kinds[kind]
    words = both.en if language.startswith("en") else both.zh
    return Words(subject=words.subject.format(**facts), body=words.body.format(**facts))
