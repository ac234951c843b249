"""Reads a letter's file and checks what the form alone cannot: names in texts, formats, columns, tables' facts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document, Step
from bihuan.declare.types import field_types
from bihuan.documents.letters.pure.declaration import LANGUAGES, FactColumn, LetterDeclaration, LetterFact
from bihuan.documents.letters.pure.formats import formats_of
from bihuan.documents.letters.pure.wording import Placeholder, WordingError, facts_of, parse_line, parse_wording

NUMBERED = ("year", "count")
"""What the scheme of a letter's number may name."""


def load_letter(path: Path) -> LetterDeclaration:
    """Return the validated letter of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    document = Document(path)
    letter = validated(document, LetterDeclaration)
    problems = list(_Check(letter, document).problems())
    if problems:
        raise DeclarationError(problems)
    return letter


class _Check:
    """Everything that can be wrong between the parts of one letter."""

    def __init__(self, letter: LetterDeclaration, document: Document) -> None:
        self.letter, self.document = letter, document

    def problems(self) -> Iterator[Problem]:
        """Yield every problem."""
        for name, fact in self.letter.facts.items():
            yield from self._fact(name, fact)
        yield from self._names()
        for language in LANGUAGES:
            yield from self._text(language)
            yield from self._lines(language)

    def _problem(self, steps: list[Step], what: str, rule: str, remedy: str) -> Problem:
        return self.document.problem(steps, what, rule, remedy)

    def _fact(self, name: str, fact: LetterFact) -> Iterator[Problem]:
        steps: list[Step] = ["facts", name]
        if name in self.letter.standing():
            yield self._problem(steps, f"{name!r} is a fact of every letter", "one name, one fact", "choose another")
        yield from self._typed(steps, fact)
        for column, each in fact.columns.items():
            yield from self._typed([*steps, "columns", column], each)
        origin = fact.origin
        wanted = [w for w in (origin.key, origin.on) if w] + [w for w in origin.inputs.values() if w[:1] != "="]
        for each_name in wanted:
            yield from self._known([*steps, "from"], each_name)

    def _typed(self, steps: list[Step], fact: LetterFact | FactColumn) -> Iterator[Problem]:
        if fact.type not in field_types():
            near = get_close_matches(fact.type, field_types(), 1)
            remedy = f"did you mean {near[0]!r}?" if near else "see docs/reference/field-types.md"
            yield self._problem([*steps, "type"], f"no field type {fact.type!r}", "a type of the catalogue", remedy)
        elif fact.format is not None and fact.format not in formats_of(fact.type).known:
            known = ", ".join(formats_of(fact.type).known)
            yield self._problem([*steps, "format"], f"no format {fact.format!r}", f"one of {known}", "use one of these")
        if fact.type == "choice" and not fact.choices:
            yield self._problem(steps, "no choices", "a choice says its codes in both languages", "add `choices:`")

    def _names(self) -> Iterator[Problem]:
        letter = self.letter
        for number, basis in enumerate(letter.basis):
            at: list[Step] = ["basis", number]
            for named in (basis.table, basis.when):
                yield from self._known(at, named)
            if basis.table and basis.table in letter.facts and letter.facts[basis.table].origin.table is None:
                rule = "a basis names a fact that a rule table answers"
                yield self._problem(at, f"{basis.table!r} is not from a table", rule, "give `from: {table: …}`")
        for number, remedy in enumerate(letter.remedies):
            for named in (remedy.term.after, *(v for v in remedy.term.inputs.values() if v[:1] != "=")):
                yield from self._known(["remedies", number, "term"], named)
        yield from self._known(["addressee"], letter.addressee.key)
        if letter.officer not in letter.facts:
            rule = "every letter names its officer"
            yield self._problem(
                ["officer"], f"no fact {letter.officer!r}", rule, f"declare the fact `{letter.officer}:`"
            )

    def _known(self, steps: list[Step], name: str | None) -> Iterator[Problem]:
        known = (*self.letter.facts, *self.letter.standing())
        if name is not None and name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"declare it under `facts:`; known: {', '.join(known)}"
            yield self._problem(steps, f"no fact {name!r}", "a name stands for a declared fact", remedy)

    def _text(self, language: str) -> Iterator[Problem]:
        steps: list[Step] = ["texts", language]
        try:
            blocks = parse_wording(self.letter.texts.of(language))
        except WordingError as error:
            yield self._problem(steps, str(error), "the closed language of letters' texts", error.remedy)
            return
        for _, place in facts_of(blocks):
            yield from self._placed(steps, place)
        for block in blocks:
            fact = self.letter.facts.get(block.fact) if block.fact else None
            if block.fact and (fact is None or fact.type != "table"):
                yield self._problem(steps, f"{block.fact!r} is no table", "{table FACT} shows a table", "name a table")
            asked = block.condition.fact if block.condition and block.condition.there else ""
            for part in block.parts:
                if isinstance(part, Placeholder):
                    yield from self._inline(steps, part.fact, asked)
            for column in set(block.columns) - set(fact.columns if fact else ()):
                yield self._problem(steps, f"no column {column!r} in {block.fact}", "declared columns", "correct it")

    def _inline(self, steps: list[Step], name: str, asked: str) -> Iterator[Problem]:
        """A table has a line of its own; a fact that may be absent stands under its condition alone."""
        fact = self.letter.facts.get(name)
        if fact is None:
            return
        if fact.type == "table":
            rule = "a table stands on a line of its own"
            yield self._problem(steps, f"{{{name}}} is a table", rule, f"write {{table {name}}}")
        elif not fact.required and name != asked:
            rule = "what may be absent is said under a condition"
            yield self._problem(
                steps, f"{name!r} may be absent here", rule, f"put it between {{if {name}}} and {{end}}"
            )

    def _lines(self, language: str) -> Iterator[Problem]:
        letter = self.letter
        lines: list[tuple[list[Step], str, tuple[str, ...]]] = [(["number", language], letter.number.of(language), ())]
        if letter.decision:
            lines.append((["decision", language], letter.decision.of(language), ("-",)))
        for number, remedy in enumerate(letter.remedies):
            if remedy.text:
                named = ("until", "to", "name")
                lines.append((["remedies", number, "text", language], remedy.text.of(language), named))
        for steps, text, may in lines:
            try:
                parts = [part for part in parse_line(text) if isinstance(part, Placeholder)]
            except WordingError as error:
                yield self._problem(steps, error.what, "the closed language of letters' texts", error.remedy)
                continue
            for part in parts:
                if not may and part.fact not in NUMBERED:
                    yield self._problem(steps, f"{{{part.fact}}} is unknown", "{year} and {count}", "use these alone")
                elif may and part.fact not in may:
                    yield from self._placed(steps, part)
                    yield from self._inline(steps, part.fact, "")
        if not any(isinstance(p, Placeholder) and p.fact == "count" for p in _safe(letter.number.of(language))):
            yield self._problem(["number", language], "no {count}", "a number counts", "write {count} into it")

    def _placed(self, steps: list[Step], place: Placeholder) -> Iterator[Problem]:
        yield from self._known(steps, place.fact)
        fact = self.letter.facts.get(place.fact)
        if fact is not None and place.format and place.format not in formats_of(fact.type).known:
            known = ", ".join(formats_of(fact.type).known)
            what = f"no format {place.format!r} of {place.fact}"
            yield self._problem(steps, what, f"one of {known}", "use one of these")


def _safe(text: str) -> tuple[str | Placeholder, ...]:
    try:
        return parse_line(text)
    except WordingError:
        return ()
