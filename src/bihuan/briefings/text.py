"""From templates and facts to sentences that remember which of their parts are facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bihuan.briefings.facts import BriefingFacts, Language, PrintedFact
from bihuan.declare.model import Name, Strict, validated
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document, Step
from bihuan.faults import Fault

TEMPLATES = Path(__file__).parent / "templates.yaml"
HOLE = re.compile(r"\{([a-z0-9_.*]+)\}")
LONGEST = 50  # numbered facts of one list


class TemplateError(Fault, ValueError):
    """A briefing whose title cannot be filled."""

    remedy = "correct the template"


@dataclass(frozen=True)
class FactSentence:
    """Text and facts in turn."""

    parts: tuple[str | PrintedFact, ...]
    language: Language
    reworded: bool = False

    @property
    def text(self) -> str:
        """As printed. Source: docs/topics/briefings.md."""
        return "".join(part if isinstance(part, str) else part.shown[self.language] for part in self.parts)

    @property
    def facts(self) -> tuple[PrintedFact, ...]:
        """Its facts, in order, repeated as they are printed. Source: docs/topics/briefings.md."""
        return tuple(part for part in self.parts if isinstance(part, PrintedFact))


@dataclass(frozen=True)
class Section:
    """A heading and its sentences."""

    title: FactSentence
    lines: tuple[FactSentence, ...]


@dataclass(frozen=True)
class Briefing:
    """One briefing in one language."""

    kind: str
    period: str
    language: Language
    title: FactSentence
    sections: tuple[Section, ...]

    def sentences(self) -> Iterator[FactSentence]:
        """Everything that is printed, from the top. Source: docs/topics/briefings.md."""
        yield self.title
        for section in self.sections:
            yield section.title
            yield from section.lines

    def with_lines(self, change: Any) -> Briefing:
        """The same with each line (not the headings) replaced by `change(line)`. Source: docs/topics/briefings.md."""
        return replace(
            self,
            sections=tuple(replace(s, lines=tuple(change(line) for line in s.lines)) for s in self.sections),
        )


class SectionFile(Strict):
    """A declared section: its heading and its lines."""

    title: Name
    lines: list[Name]


class Form(Strict):
    """What a kind of briefing says."""

    title: Name
    sections: list[SectionFile]


def templates(path: Path = TEMPLATES) -> dict[str, Form]:
    """Return the templates of each kind.

    Raises:
        DeclarationError: a part is missing or unknown, or a text holds a digit outside its holes: every number must be
            a fact.

    Source: docs/topics/briefings.md ("Templates may hold no digit").
    """
    document = Document(path)
    found = validated(document, dict[str, Form])
    rule, remedy = "every number is a fact", "make the number a fact"
    digits = [
        document.problem(steps, f"{text!r} holds a digit", rule, remedy)
        for steps, text in _texts(document.value, ())
        if re.search(r"\d", HOLE.sub("", text))
    ]
    if digits:
        raise DeclarationError(digits)
    return found


def compose_briefing(
    kind: str, period: str, facts: BriefingFacts, language: Language, declared: Mapping[str, Form]
) -> Briefing:
    """Fill the templates of a kind; lines that miss a fact are left out, and sections without lines.

    Raises:
        TemplateError: a fact that the title names is missing.

    Source: docs/topics/briefings.md ("A sentence whose facts are missing is left out").
    """
    form = declared[kind]
    wording = getattr(form.title, language)
    title = next(iter(_fill(wording, facts, language)), None)
    if title is None:
        raise TemplateError(f"{kind}: the title needs {HOLE.findall(wording)}")
    sections = []
    for part in form.sections:
        lines = tuple(s for line in part.lines for s in _fill(getattr(line, language), facts, language))
        if lines:
            sections.append(Section(FactSentence((getattr(part.title, language),), language), lines))
    return Briefing(kind, period, language, title, tuple(sections))


def _fill(text: str, facts: BriefingFacts, language: Language) -> Iterator[FactSentence]:
    numbers = range(1, LONGEST + 1) if "*" in text else [0]
    for number in numbers:
        ids = [name.replace("*", str(number)) for name in HOLE.findall(text)]
        if any(name not in facts.known for name in ids):
            return
        plain = HOLE.split(text)[::2]
        parts: list[str | PrintedFact] = [plain[0]]
        for name, after in zip(ids, plain[1:], strict=True):
            parts += [facts.known[name], after]
        yield FactSentence(tuple(part for part in parts if part != ""), language)


def _texts(node: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if isinstance(node, str):
        yield steps, node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _texts(value, (*steps, str(name)))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _texts(value, (*steps, number))
