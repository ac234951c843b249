"""From a declaration and facts to a letter in both languages, or every gap for which it is refused.

Source: DESIGN §14 (a letter states facts, legal basis, remedy and time limit); docs/adr/0274-letters.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Name
from bihuan.documents.letters.pure.declaration import LANGUAGES, UNTIL, LegalBasis, LetterDeclaration, Remedy
from bihuan.documents.letters.pure.facts import Gap, Known, check_facts, missing, write_fact
from bihuan.documents.letters.pure.formats import long_day
from bihuan.documents.letters.pure.sheet import SECTIONS, Composed, Envelope, Sheet, SheetBlock, WordRun
from bihuan.documents.letters.pure.terms import Lookup, TermUnknown, Until, answer_table, cited, until_of
from bihuan.documents.letters.pure.wording import Placeholder, TextBlock, parse_line, parse_wording
from bihuan.registers.pure.calendars import Calendar

USUAL = {
    "zh": "如不服本决定，可以在{until}（含当日）以前向{to}申请{name}。",
    "en": "If you disagree you may ask {to} for {name}, until {until} (that day included).",
}


@dataclass(frozen=True)
class ComposingWorld:
    """What composing asks of the installation: rule tables and working days."""

    book: Lookup
    calendar: Calendar


class LetterRefused(Exception):
    """A letter with gaps, each with its name; it is never sent."""

    def __init__(self, letter: str, gaps: Iterable[Gap]) -> None:
        self.letter, self.gaps = letter, tuple(gaps)
        super().__init__("; ".join(f"{gap.field}: {gap.what.en}" for gap in self.gaps))


def compose_letter(
    letter: LetterDeclaration, facts: Mapping[str, Known], envelope: Envelope, world: ComposingWorld
) -> Composed:
    """Return the letter in both languages.

    Args:
        letter: Its declaration.
        facts: What is known; answers of tables that are declared and not given are looked up.
        envelope: Day, number, addressee, case.
        world: Rule tables and calendar.

    Raises:
        LetterRefused: a fact, the basis, the decision, a remedy, the number or the addressee is missing; all are named.

    Source: docs/adr/0274-letters.md (refused, never sent with a gap).
    """
    answered, gaps = _answered(letter, facts, envelope.dated, world)
    held, wrong = check_facts(letter, answered)
    named = {gap.field for gap in gaps}
    gaps += [gap for gap in wrong if gap.field not in named]
    basis = tuple(_basis(letter, held, gaps))
    until = dict(_until(letter, held, envelope.dated, world, gaps))
    gaps += _envelope_gaps(envelope)
    if gaps:
        raise LetterRefused(letter.letter, gaps)
    zone = world.calendar.zone
    sheets = {each: _Writing(letter, held, envelope, until, basis, each, zone).sheet() for each in LANGUAGES}
    return Composed(letter, envelope, held, basis, until, sheets)


def _answered(
    letter: LetterDeclaration, facts: Mapping[str, Known], dated: date, world: ComposingWorld
) -> tuple[dict[str, Known], list[Gap]]:
    """The facts with the answers of their tables; a table is asked of the day of the letter or of its date `on`."""
    held, gaps = dict(facts), []
    values = {name: known.value for name, known in held.items()}
    for name, fact in letter.facts.items():
        origin = fact.origin
        if origin.table is None or name in held:
            continue
        day = _day(values.get(origin.on), dated) if origin.on else dated
        try:
            answer = answer_table(world.book, origin.table, day, origin.inputs, values)
            value = answer[origin.output] if origin.output else answer.value
        except (TermUnknown, LookupError, ValueError) as error:
            if fact.required:
                gaps.append(_unanswered(name, Words(fact.name.zh, fact.name.en), str(error)))
            continue
        held[name] = Known(_plain(value, fact.type), cited(answer))
        values[name] = held[name].value
    return held, gaps


def _plain(value: Any, type_name: str) -> Any:
    if isinstance(value, bool | str):
        return value
    if type_name in ("count", "number"):
        return int(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _day(value: Any, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return otherwise


def _unanswered(name: str, called: Words, why: str) -> Gap:
    what = Words(f"“{called.zh}”无法确定：{why}", f"{called.en} cannot be worked out: {why}")
    return Gap(name, "no_answer", what, Words("补上所缺的值或规则表的版本", "Give the value, or the table's edition"))


def _basis(letter: LetterDeclaration, held: Mapping[str, Known], gaps: list[Gap]) -> Iterator[Mapping[str, Any]]:
    found = 0
    for each in letter.basis:
        if each.when is not None and each.when not in held:
            continue
        cited_ = _cited(each, held)
        if cited_ is not None:
            found += 1
            yield cited_
    if not found:
        what = Words("没有法律依据", "there is no legal basis")
        remedy = Words("补上依据（条款与版本）", "Give an article in its edition")
        gaps.append(Gap("basis", "missing_basis", what, remedy))


def _cited(basis: LegalBasis, held: Mapping[str, Known]) -> Mapping[str, Any] | None:
    if basis.table is not None:
        source = held[basis.table].source if basis.table in held else {}
        if not source.get("citation"):
            return None
        said = {"zh": f"{source['source']}{source['citation']}", "en": f"{source['source']}, {source['citation']}"}
        if basis.law is not None:
            said = _article(basis.law, basis.article or Name(zh=source["citation"], en=source["citation"]), source)
        return {"text": said, **{k: source.get(k) for k in ("citation", "edition", "verified", "table")}}
    assert basis.law is not None
    assert basis.article is not None
    said = _article(basis.law, basis.article, {"edition": basis.edition})
    return {"text": said, "citation": basis.citation, "edition": basis.edition, "verified": basis.verified}


def _article(law: Name, article: Name, source: Mapping[str, Any]) -> dict[str, str]:
    edition = source["edition"]
    return {"zh": f"《{law.zh}》（{edition}）{article.zh}", "en": f"{law.en} ({edition}), {article.en}"}


def _until(
    letter: LetterDeclaration, held: Mapping[str, Known], dated: date, world: ComposingWorld, gaps: list[Gap]
) -> Iterator[tuple[str, Until]]:
    values = {name: known.value for name, known in held.items()}
    days = {"dated": dated}
    days |= {n: _day(v, dated) for n, v in values.items() if letter.facts[n].type in ("date", "instant")}
    for remedy in letter.remedies:
        try:
            yield remedy.kind, until_of(remedy, days, values, world.book, world.calendar)
        except TermUnknown as error:
            gaps.append(_unanswered(f"{UNTIL}{remedy.kind}", Words(remedy.name.zh, remedy.name.en), str(error)))


def _envelope_gaps(envelope: Envelope) -> list[Gap]:
    gaps = []
    if not all(envelope.number.get(language) for language in LANGUAGES):
        gaps.append(missing("number", Words(SECTIONS["number"]["zh"], SECTIONS["number"]["en"])))
    if not any(line.strip() for line in envelope.addressee):
        gaps.append(missing("addressee", Words("收件人", "The addressee")))
    return gaps


class _Writing:
    """Writes the sheet of one language."""

    def __init__(
        self,
        letter: LetterDeclaration,
        facts: Mapping[str, Known],
        envelope: Envelope,
        until: Mapping[str, Until],
        basis: tuple[Mapping[str, Any], ...],
        language: str,
        zone: ZoneInfo,
    ) -> None:
        self.letter, self.facts, self.envelope, self.until = letter, facts, envelope, until
        self.basis, self.language, self.zone = basis, language, zone
        self.standing: dict[str, str] = {
            "number": envelope.number[language], "dated": long_day(envelope.dated.isoformat(), language),
            "authority": getattr(letter.authority, language), "addressee": envelope.addressee[0],
            "case": envelope.case,
            **{f"{UNTIL}{kind}": long_day(each.day.isoformat(), language) for kind, each in until.items()},
        }  # fmt: skip

    def sheet(self) -> Sheet:
        """Everything in its order."""
        blocks = [block for block in map(self._block, self._shown()) if block is not None]
        blocks += self._section("basis", ("item", tuple(WordRun(each["text"][self.language]) for each in self.basis)))
        if self.letter.decision is not None:
            runs = self._runs(parse_line(self.letter.decision.of(self.language)))
            blocks += [self._head("decision"), SheetBlock("paragraph", runs)]
        if self.letter.remedies:
            blocks += [self._head("remedies"), *map(self._remedy, self.letter.remedies)]
        return Sheet(
            self.language, getattr(self.letter.name, self.language), self.standing["number"],
            self.standing["authority"], self.envelope.addressee, tuple(blocks), self._written(self.letter.officer),
            self.envelope.dated, self.envelope.code,
        )  # fmt: skip

    def _shown(self) -> Iterator[TextBlock]:
        for block in parse_wording(self.letter.texts.of(self.language)):
            condition = block.condition
            if condition is None or (bool(self._has(condition.fact)) == condition.there):
                yield block

    def _has(self, name: str) -> bool:
        return name in self.facts or bool(self.standing.get(name))

    def _block(self, block: TextBlock) -> SheetBlock | None:
        if block.kind != "table":
            return SheetBlock(block.kind, self._runs(block.parts))
        if block.fact not in self.facts:
            return None
        fact = self.letter.facts[block.fact]
        columns = {name: fact.columns[name] for name in block.columns or fact.columns}
        rows = tuple(
            tuple(write_fact(column, row[name], self.language, self.zone) for name, column in columns.items())
            for row in self.facts[block.fact].value
        )
        heads = tuple(getattr(column.name, self.language) for column in columns.values())
        return SheetBlock("table", (), getattr(fact.name, self.language), heads, rows, block.fact)

    def _runs(self, parts: Iterable[str | Placeholder], **more: str) -> tuple[WordRun, ...]:
        return tuple(
            WordRun(part) if isinstance(part, str) else WordRun(self._written(part.fact, part.format, more), part.fact)
            for part in parts
        )

    def _written(self, name: str, form: str = "", more: Mapping[str, str] | None = None) -> str:
        if more and name in more:
            return more[name]
        if name in self.facts:
            return write_fact(self.letter.facts[name], self.facts[name].value, self.language, self.zone, form)
        return self.standing.get(name, "")

    def _head(self, name: str) -> SheetBlock:
        return SheetBlock("heading", (WordRun(SECTIONS[name][self.language]),))

    def _section(self, name: str, content: tuple[str, tuple[WordRun, ...]]) -> list[SheetBlock]:
        return [self._head(name), *(SheetBlock("item", (run,)) for run in content[1])]

    def _remedy(self, remedy: Remedy) -> SheetBlock:
        until = self.standing[f"{UNTIL}{remedy.kind}"]
        text = remedy.text.of(self.language) if remedy.text else USUAL[self.language]
        more = {"until": until, "to": getattr(remedy.to, self.language), "name": getattr(remedy.name, self.language)}
        runs = self._runs(parse_line(text), **more)
        named = (WordRun(r.text, f"{UNTIL}{remedy.kind}") if r.fact == "until" else r for r in runs)
        return SheetBlock("item", tuple(r._replace(fact="") if r.fact in ("to", "name") else r for r in named))
