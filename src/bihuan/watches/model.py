"""What a watch is made of: what it is over, what it opens or whom it reminds, and what a kind of rule gives. Pure.

Source: DESIGN §14 (watch: one incident, one case); docs/adr/0282-watches.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.registers.pure.durations import Duration

if TYPE_CHECKING:
    import pyarrow as pa

Within = Annotated[
    str,
    Field(pattern=r"^\d+ ?(min|h|hours?|d|days?|working days?)$", examples=["48 h", "30 days", "5 working days"]),
]
"""A length of time, counted as clocks count it (`registers.pure.durations`)."""
Scalar = str | int | bool
BASES = ("subject", "series", "book", "cases", "models", "form", "number", "periods")
"""What a watch may be over."""
STATE = "state"
"""In place of a field: the state that follows from a subject's dates."""


def duration(text: str) -> Duration:
    """Return the length of time that a declaration says. Source: docs/topics/registers.md, "Time"."""
    return Duration.parse(text)


class Over(Strict):
    """What a watch looks at: subjects of a type, a series, a book, cases, models, sent forms, a number, or periods.

    Args:
        subject: Type of subjects. series: Name. book: Name. cases: Programme of the cases. models: `suggestions` by
            question and model, or `watches` by name. form: Id of a form. number: Id of an indicator.
            periods: Kind of the periods that are closed, such as `month`.
        case: Kind of case; category: its category, or one below it.
        key: Open field of the form that says what it is about; None: each sent form stands for itself.
        type: Type of subjects that this field is a key of.
        by: Of what a number is asked: the district, or each area, unit, category. programme: Of whose cases alone.
        where: Field → the value that it must have, a list of values, `*` for any, null for none. Of subjects, forms.
    """

    subject: Slug | None = None
    series: Slug | None = None
    book: Slug | None = None
    cases: Slug | None = None
    models: Literal["suggestions", "watches"] | None = None
    form: Slug | None = None
    number: Code | None = None
    periods: Code | None = None
    key: Code | None = None
    type: Slug | None = None
    by: Literal["district", "area", "unit", "category"] = "district"
    programme: Slug | None = None
    case: Code | None = None
    category: str | None = None
    where: dict[Code, Scalar | list[Scalar] | None] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.named) != 1:
            raise ValueError(f"a watch is over one thing: one of {', '.join(BASES)}")
        if self.where and not self.subject and not self.form:
            raise ValueError("`where` narrows subjects or forms: it needs `subject` or `form`")
        if (self.key and not self.form) or (self.type and not self.key):
            raise ValueError("`key` is a field of a `form`, and `type` says what it is a key of")
        if (self.by != "district" or self.programme) and not self.number:
            raise ValueError("`by` and `programme` narrow a number: they need `number`")
        if (self.case or self.category) and not self.cases:
            raise ValueError("`case` and `category` narrow cases: they need `cases`")
        return self

    @property
    def named(self) -> list[str]:
        """Which of them is given."""
        return [name for name in BASES if getattr(self, name)]

    @property
    def base(self) -> str:
        """What it is over: one of `BASES`."""
        return self.named[0]


class FromField(Strict):
    """A value that the subject says in a field."""

    field: Code


class FromPart(Strict):
    """A value by what tells two incidents of one subject apart, such as the kind of exception: part → literal."""

    part: dict[str, str] = Field(min_length=1)


class WhileStands(Strict):
    """One word while any subject of a type stands in a state, such as a warning in force, else another.

    Args:
        standing: Type of subjects. state: One of its states. says, otherwise: The words.
    """

    standing: Slug
    state: Code
    says: Code
    otherwise: Code


Said = Annotated[str, Field(min_length=1)] | FromField | FromPart
"""A literal, `{field: NAME}` of the subject, or `{part: {PART: literal}}`."""


class Opens(Strict):
    """The case that a watch opens.

    Args:
        programme: None: the one that declares the watch.
        case: Kind of case. category, area, urgency, unit: Literals or fields of the subject; an urgency may also follow
            what stands in the district at the time.
        subject: What the case is about, where its programme says that it is about something: a key, as a literal or a
            field; None: the subject itself, which must be of that type then.
        place: Field of a position or a shape, whose middle is taken.
        title: Words in both languages; the subject's title stands behind them.
        fields: Form field → literal or field of the subject.
        dispatch: Sent to the duty-bearer at once.
    """

    programme: Slug | None = None
    case: Code
    category: Said | None = None
    area: Said | None = None
    urgency: Said | WhileStands | None = None
    unit: Said | None = None
    subject: Said | None = None
    place: Code | None = None
    title: Name | None = None
    fields: dict[Code, Said] = {}
    dispatch: bool = False


class Reminds(Strict):
    """Whom a watch reminds in place of a case, and of what: a unit (a code, or a field of the subject), a role, or the
    keeper of the instrument, of a watch over a series.
    """

    unit: Said | None = None
    role: Code | None = None
    keeper: Literal[True] | None = None
    say: Name

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if sum(each is not None for each in (self.unit, self.role, self.keeper)) != 1:
            raise ValueError("a reminder goes to a `unit`, to a `role` or to the `keeper`, one of the three")
        return self


class Judged(Strict):
    """Which outcomes of its cases say that a watch was right, and which that it was not; every other leaves it open."""

    confirmed: list[str] = ["closed"]
    false: list[str] = ["invalid", "refused"]


class Precision(Strict):
    """How right a watch has to be: share of confirmed ones, and from how many judged ones on that is asked."""

    at_least: Annotated[str, Field(pattern=r"^0(\.\d{1,4})?$|^1$", examples=["0.6"])]
    judged: Annotated[int, Field(ge=5)] = 20


class Fact(NamedTuple):
    """A value that a verdict rests on.

    Args:
        what: TYPE.FIELD, SERIES, BOOK.ACCOUNT or the like. value: As it is kept; None: nothing is known.
        source: Who said it. since: From when it holds. known: Since when it is known. cited: Change, vintage or number.
    """

    what: str
    value: Any
    source: str = ""
    since: str = ""
    known: str = ""
    cited: str = ""

    def as_json(self) -> dict[str, Any]:
        """Only what is said."""
        return {name: each for name, each in self._asdict().items() if each not in ("", None) or name == "value"}


Facts = Sequence[Fact]


@dataclass(frozen=True)
class Hits:
    """What a rule holds of now, one row each.

    Args:
        subjects: Keys. parts: What tells two incidents of one subject apart, mostly empty.
        incidents: The value that decides; a new one is told as a change of the same incident.
        begin: In their place, where finding them costs: gives those of rows, and is asked for new ones only.
        tell: Gives the facts behind rows, by their places.
        looked: How many subjects, lines, accounts or cases were looked at.
        ended: Places of those that have ended by themselves already: opened once if nobody did, and cleared at once.
        retracted: Subjects (with parts) whose earlier ground was taken away, where the kind knows by itself.
    """

    subjects: Sequence[str]
    parts: Sequence[str]
    incidents: Sequence[str]
    tell: Callable[[Sequence[int]], list[list[Fact]]]
    looked: int = 0
    begin: Callable[[Sequence[int]], list[str]] | None = None
    ended: frozenset[int] = frozenset()
    retracted: frozenset[tuple[str, str]] | None = None

    def deciding(self, rows: Sequence[int]) -> list[str]:
        """What decides at some rows. Source: docs/adr/0282-watches.md (3, what an incident is)."""
        return self.begin(rows) if self.begin is not None else [self.incidents[each] for each in rows]


def no_hits(looked: int = 0) -> Hits:
    """Nothing holds."""
    return Hits((), (), (), lambda rows: [[] for _ in rows], looked)


type Fault = tuple[tuple[str | int, ...], str, str, str]
"""Steps into the rule, what is wrong, the rule, the remedy."""


def no_faults(scene: Any, over: Over, rule: Any) -> Iterator[Fault]:
    """Nothing is wrong beyond what the form says."""
    yield from ()


def no_fields(over: Over, rule: Any) -> dict[str, set[str]]:
    """No field of any type is read from the shared frame."""
    return {}


@dataclass(frozen=True)
class WatchKind:
    """One kind of rule.

    Args:
        name: As a declaration says it. words: What it is called. about: What it finds.
        rule: Its form. over: What it may be over.
        find: Looks at everything at once, given a `scene.Scene`.
        fields: Type → fields that it reads, so that each type is read once a run.
        faults: What is wrong with a rule, given what is declared elsewhere.
        why: Says a verdict in words from the rule.
        type_of: Gives the type of what it speaks of, where that is not the type that it is over.
    """

    name: str
    words: Words
    about: Words
    rule: type[Strict]
    over: frozenset[str]
    find: Callable[[Any, Over, Any], Hits]
    why: Callable[[Any], Words]
    fields: Callable[[Over, Any], dict[str, set[str]]] = no_fields
    faults: Callable[[Any, Over, Any], Iterator[Fault]] = no_faults
    type_of: Callable[[Over, Any], str] | None = None


def strings(column: pa.Array | pa.ChunkedArray) -> list[str]:
    """The texts of a column; nothing is said as an empty text."""
    return [each or "" for each in column.to_pylist()]
