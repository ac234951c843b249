"""A small pure world for kernel tests: the shipped registers and rule tables, and one case that walks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import evolve, fold
from bihuan.loop.kernel.model import Actor, Case, Command, Event, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, folder_of, shared_folders
from bihuan.registers.pure.snapshot import Registers
from bihuan.rules.book import RuleBook

START = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Beijing
OPERATOR = Actor("user:operator", frozenset({"operator"}))
ARBITER = Actor("user:arbiter", frozenset({"arbiter"}))
CALLBACK = Actor("user:callback", frozenset({"callback_agent"}))


@cache
def registers() -> Registers:
    """The shipped model district."""
    return Registers.from_folder("haidian")


@cache
def book() -> RuleBook:
    """Every shipped rule table."""
    folders = [*shared_folders(), *(folder_of(p) for p in all_programmes())]
    return RuleBook.from_files(*(file for folder in folders for file in sorted((folder / "tables").glob("*.yaml"))))


def facts(now: datetime = START + timedelta(days=400)) -> LoopFacts:
    """Facts recorded late enough for any command of a test."""
    return LoopFacts(registers(), book(), now, "seed")


def programme(name: str = "hotline") -> Programme:
    """A shipped programme."""
    return all_programmes()[name]


def community() -> str:
    """One community's code."""
    return next(a.code for a in registers().areas if a.level == "community")


def handler(unit: str | None, name: str = "handler", *roles: str) -> Actor:
    """A member of a unit."""
    return Actor(f"user:{name}", frozenset({"handler", *roles}), unit)


class Walk:
    """One case and its events; every step must be possible unless `refused` is asked for."""

    def __init__(self, programme_id: str = "hotline") -> None:
        self.programme = programme(programme_id)
        self.case = Case(id=uuid4())
        self.events: list[Event] = []
        self.facts = facts()

    def do(
        self, step: str, actor: Actor, hours: float = 0, /, words: dict[str, Any] | None = None, **data: Any
    ) -> Case:
        """Take a step `hours` after the start; it must be possible."""
        decided = self._decide(step, actor, hours, words, data)
        assert not isinstance(decided, Refusal), f"{step}: {decided}"
        for event in decided:
            self.case = evolve(self.case, event)
        self.events += decided
        assert fold(self.case.id, self.events) == self.case
        return self.case

    def refused(
        self, step: str, actor: Actor, hours: float = 0, /, words: dict[str, Any] | None = None, **data: Any
    ) -> str:
        """Try a step that must be refused; returns the refusal's code."""
        decided = self._decide(step, actor, hours, words, data)
        assert isinstance(decided, Refusal), f"{step} was possible"
        assert decided.text.zh
        assert decided.text.en
        return decided.code

    def refusal(self, step: str, actor: Actor, hours: float = 0, /, **data: Any) -> Refusal:
        """Try a step that must be refused; returns the refusal."""
        decided = self._decide(step, actor, hours, None, data)
        assert isinstance(decided, Refusal), f"{step} was possible"
        return decided

    def _decide(self, kind: str, actor: Actor, hours: float, private: Any, data: dict[str, Any]) -> Any:
        at = START + timedelta(hours=hours)
        return decide(self.programme, self.case, Command(kind, actor, at, data, private), self.facts)

    def opened(self, **data: Any) -> Walk:
        """A request about a place, at the desk."""
        given = {"kind": "request", "number": "1", "channel": "phone", "category": "housing.property.service",
                 "area": community(), "urgency": "general", "place": [116_300_000, 39_950_000], **data}  # fmt: skip
        self.do("open", OPERATOR, words={"title": "电梯", "text": "电梯坏了"}, **given)
        return self

    def dispatched(self, **data: Any) -> Walk:
        """With the duty-bearer."""
        self.opened(**data).do("dispatch", OPERATOR, 0.1)
        return self

    def accepted(self, **data: Any) -> Walk:
        """Signed for by the duty-bearer."""
        self.dispatched(**data).do("accept", self.holder, 0.2)
        return self

    def submitted(self, **data: Any) -> Walk:
        """Claimed done, with evidence."""
        self.accepted(**data).do("contact", self.holder, 1)
        self.do("add_evidence", self.holder, 5, sha256="a" * 64, type="photo")
        self.do("submit", self.holder, 6, words={"text": "已修复"})
        return self

    @property
    def holder(self) -> Actor:
        """A member of the unit that holds the case."""
        assert self.case.holder is not None
        return handler(self.case.holder.id)
