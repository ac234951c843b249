"""An order as a declared file: `PROGRAMME/orders/NAME.yaml`. Pure, no Django.

    order: road-closure
    name: {zh: 封闭道路指令, en: Order to close a road}
    lane: roads
    priority: 3
    expires: 24h
    receipt: 30min
    facts: {road: {name: {zh: 道路, en: Road}, type: text}}
    basis: [{law: …, article: …, edition: …, citation: …}]
    texts: {zh: "即刻封闭{road}。", en: "Close {road} at once."}

Of two orders of one `lane` that hold at one addressee, the one of the smaller `priority` number goes first: it ends the
other there. Source: DESIGN §14 (order); docs/topics/orders.md.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bihuan.declare.editions import short_digest
from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.declare.types import field_types
from bihuan.documents.letters.pure.declaration import LANGUAGES, BothTexts, LegalBasis, LetterChoice
from bihuan.documents.letters.pure.wording import WordingError, facts_of, parse_wording

FOLDER = "orders"
_UNITS = {"min": 60, "h": 3600, "d": 86_400}

Span = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}(min|h|d)$", examples=["30min", "24h", "7d"])]


class OrderFact(Strict):
    """One fact of an order: its field type, whether it may be absent."""

    name: Name
    type: Code = "text"
    required: bool = True
    format: Code | None = None
    choices: tuple[LetterChoice, ...] = ()


class OrderAddressees(Strict):
    """Who may be addressed: subjects of a type, with these values of its fields; nobody else is drafted to.

    `tell`: the field that names a subject's unit, which is told of the order.
    """

    subject: Slug
    where: dict[Code, str] = Field(default_factory=dict)
    tell: Code | None = None


class OrderCarriage(Strict):
    """How an order reaches its addressees: by which wire, in which queue; the queue's own key signs it (SM2)."""

    wire: Code
    queue: Slug


class OrderPeople(Strict):
    """Roles that may draft, and that may approve, this order, beside those who may draft or approve any."""

    draft: tuple[Code, ...] = ()
    approve: tuple[Code, ...] = ()


class OrderHearing(Strict):
    """Who hears addressees: `links` is a register with fields `addressee` and `cell`; `cells` has `people`."""

    links: Slug
    addressee: Code
    cell: Code
    cells: Slug
    people: Code


class PublicAlert(Strict):
    """How an order is told to the public as an alert of CAP 1.2. Names of facts, and words of the standard.

    `event`, `severity`: choice facts; `severities`, `categories`: their codes → words of the standard. `headline`,
    `description`, `instruction`: by language, the fact that says it. `area`: fact with codes of areas.
    """

    event: Code
    categories: dict[Code, str] = Field(default_factory=dict)
    severity: Code
    severities: dict[Code, str]
    urgency: str = "Immediate"
    certainty: str = "Likely"
    headline: dict[str, Code]
    description: dict[str, Code]
    instruction: dict[str, Code] = Field(default_factory=dict)
    area: Code


class OrderTemplate(Strict):
    """Values that a composer proposes where the chosen facts are as `when` says; `{fact}` stands for a choice's words.

    `zh`, `en`: fact → text, with words in that language. Of several that fit, later ones add to earlier ones.
    """

    when: dict[Code, Code]
    zh: dict[Code, str] = Field(default_factory=dict)
    en: dict[Code, str] = Field(default_factory=dict)


class OrderDraft(Strict):
    """What happens elsewhere and drafts this order, to all whom it is for; a person looks at it, another sends it.

    `programme`, `case`, `event`: of the loop. `facts`: fact → a field of the case as it was opened. `fixed`: fact →
    code or text. `when`: field → values of which it has one.
    """

    programme: Slug
    case: Code
    event: Code = "approved"
    when: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    facts: dict[Code, Code] = Field(default_factory=dict)
    fixed: dict[Code, str] = Field(default_factory=dict)


class OrderEnd(Strict):
    """What happens to the case that drafted this order and ends it: the event, such as `revoked`."""

    programme: Slug
    case: Code
    event: Code


class OrderObligation(Strict):
    """The case that is opened with every addressee while the order holds, and lifted with it.

    `case`: of the order's own programme. `title`: in both languages. `area`, `place`: fields of the addressed subject.
    """

    case: Code
    title: Name
    area: Code | None = None
    place: Code | None = None
    urgency: Code | None = None


class OrderDeclaration(Strict):
    """An order. `expires`: how long it holds from dispatch; `receipt`: within which it must be acknowledged.

    `to`: whom it may be sent to; left out, any code is an addressee. `carried`: the wire and queue that take it there.
    `replaces`: the fact with the key of the order whose place it takes. `alert`: how the public is told.
    `heard`: who hears addressees. `by`: roles that draft and approve it. `templates`: what a composer proposes.
    `drafts`: what happens elsewhere that drafts it; `ends`: what ends it. `opens`: what each addressee then owes.
    `spoken`: language tag → facts that are read out in it, in order.
    """

    order: Slug
    name: Name
    lane: Code
    priority: int = Field(ge=1, le=9)
    expires: Span
    receipt: Span
    to: OrderAddressees | None = None
    carried: OrderCarriage | None = None
    replaces: Code | None = None
    alert: PublicAlert | None = None
    heard: OrderHearing | None = None
    by: OrderPeople = OrderPeople()
    templates: tuple[OrderTemplate, ...] = ()
    drafts: tuple[OrderDraft, ...] = ()
    ends: tuple[OrderEnd, ...] = ()
    opens: OrderObligation | None = None
    spoken: dict[str, tuple[Code, ...]] = Field(default_factory=dict)
    facts: dict[Code, OrderFact] = Field(default_factory=dict)
    basis: tuple[LegalBasis, ...] = Field(min_length=1)
    texts: BothTexts

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content."""
        return short_digest(json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False))


def span_of(text: str) -> timedelta:
    """Return the length of `30min`, `24h` or `7d`. Source: docs/topics/orders.md, "An order is a file"."""
    number = text.rstrip("minhd")
    return timedelta(seconds=int(number) * _UNITS[text.removeprefix(number)])


def load_order(path: Path) -> OrderDeclaration:
    """Return the validated order of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.

    Source: docs/topics/orders.md, "An order is a file".
    """
    document = Document(path)
    order = validated(document, OrderDeclaration)
    problems: list[Problem] = []
    for name, fact in order.facts.items():
        if fact.type not in field_types() or fact.type == "table":
            what = f"no field type {fact.type!r} for an order"
            steps = ["facts", name, "type"]
            problems.append(document.problem(steps, what, "a type of the catalogue", "see docs/reference/fields.md"))
    problems += _unknown_facts(document, order)
    if order.opens is not None and order.to is None:
        rule = "an obligation is about the subject that is addressed"
        problems.append(document.problem(["opens"], "nobody says who is addressed", rule, "declare `to:`"))
    for language in LANGUAGES:
        steps = ["texts", language]
        try:
            named = [(line, each.fact) for line, each in facts_of(parse_wording(order.texts.of(language)))]
        except WordingError as error:
            problems.append(document.problem(steps, str(error), "the closed language of letters", error.remedy))
            continue
        for _, fact_name in named:
            if fact_name not in order.facts:
                rule = "a name stands for a declared fact"
                problems.append(document.problem(steps, f"no fact {fact_name!r}", rule, f"declare `{fact_name}:`"))
    if problems:
        raise DeclarationError(problems)
    return order


def _unknown_facts(document: Document, order: OrderDeclaration) -> list[Problem]:
    """Facts that the file names and that are not declared; choices without a severity."""
    told = order.alert
    named: list[tuple[list[str | int], str]] = [(["replaces"], order.replaces)] if order.replaces else []
    if told is not None:
        named += [
            (["alert", "event"], told.event),
            (["alert", "severity"], told.severity),
            (["alert", "area"], told.area),
        ]
        for part in ("headline", "description", "instruction"):
            named += [(["alert", part, language], fact) for language, fact in getattr(told, part).items()]
    named += [(["spoken", tag], fact) for tag, facts in order.spoken.items() for fact in facts]
    for number, template in enumerate(order.templates):
        for part in ("when", "zh", "en"):
            named += [(["templates", number, part, fact], fact) for fact in getattr(template, part)]
    for number, draft in enumerate(order.drafts):
        for part in ("facts", "fixed"):
            named += [(["drafts", number, part, fact], fact) for fact in getattr(draft, part)]
    rule = "a name stands for a declared fact"
    problems = [
        document.problem(steps, f"no fact {fact!r}", rule, f"declare `{fact}:`")
        for steps, fact in named
        if fact not in order.facts
    ]
    if told is not None and told.severity in order.facts:
        for choice in order.facts[told.severity].choices:
            if choice.code not in told.severities:
                what = f"no severity for {choice.code!r}"
                problems.append(document.problem(["alert", "severities"], what, "each choice has a word", "add it"))
    return problems
