"""What a field type is: one class that parses, checks, asks on a page, stores, exports and describes itself.

A type is one file in `declare/types/` with one `TYPE`. What needs the world (a unit by its name, a case by its number)
is asked of a `Names` or `Codes` that the caller passes in; a type never looks anything up by itself.

Source: DESIGN §14 (one catalogue of field types); RFC 7493 §2.2 (numbers that every JSON reader keeps exactly).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, ClassVar, NamedTuple, Protocol

from bihuan.declare.exactness import inexact_text


class Words(NamedTuple):
    """The same in Chinese and English."""

    zh: str
    en: str


NO_WORDS = Words("", "")


class Wrong(NamedTuple):
    """Why a value is not of a type.

    Args:
        what: Continues the field's name (`须为文字` · `must be text`), or, when `whole`, a sentence of its own.
        remedy: What to write instead.
        unknown: The value is a code that nothing stands behind, or none of the choices.
        field: The part at fault, when it is not the field itself.
        code: The code of the refusal, when neither `wrong_value` nor `unknown_<field>` is meant.
    """

    what: Words
    remedy: Words
    unknown: bool = False
    whole: bool = False
    field: str = ""
    code: str = ""


class UnparsableText(ValueError):
    """A text that is not a value of a type; `wrong` says why and what to write instead, in both languages."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(f"{wrong.what.en}; {wrong.remedy.en}")
        self.wrong = wrong


class Label(Protocol):
    """A name in both languages, as any room has it."""

    @property
    def zh(self) -> str:
        """In Chinese."""
        ...

    @property
    def en(self) -> str:
        """In English."""
        ...


class Asked(Protocol):
    """What a type may know of the field: a declared field of a command, of a form, of a register."""

    @property
    def name(self) -> str:
        """Its name for programs."""
        ...

    @property
    def label(self) -> Label:
        """Its name for people."""
        ...

    @property
    def type(self) -> str:
        """A name of the catalogue."""
        ...

    @property
    def required(self) -> bool:
        """Whether it may be left out."""
        ...

    @property
    def choices(self) -> Sequence[tuple[str, Label]]:
        """The codes to choose from, with their names."""
        ...


class Plain(NamedTuple):
    """A field that is declared nowhere: the least a type needs to know."""

    name: str
    label: Words = NO_WORDS
    type: str = "text"
    required: bool = False
    choices: tuple[tuple[str, Words], ...] = ()


class Names(Protocol):
    """What parsing asks of the world: codes behind names, the writer's zone, who writes and when."""

    @property
    def zone(self) -> tzinfo:
        """The zone of local times."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of writing."""
        ...

    @property
    def signer(self) -> str:
        """Who writes."""
        ...

    def unit(self, text: str, /) -> str | None:
        """Return the code of a unit, by code or name. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def area(self, text: str, /) -> str | None:
        """Return the code of an area, by code or name. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def case(self, text: str, /) -> str | None:
        """Return the id of a case that the writer may see, by its number.

        Source: docs/adr/0231 (a type never looks anything up)
        """
        ...


class Codes(Protocol):
    """What checking asks of the world: whether codes exist on the day of the act, and what else the case declares."""

    @property
    def history(self) -> bool:
        """Whether the act tells of another time and place, whose codes are its own."""
        ...

    def has_unit(self, code: str) -> bool:
        """Return whether a unit exists. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def has_area(self, code: str) -> bool:
        """Return whether an area exists. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def has_category(self, code: str) -> bool:
        """Whether the programme's tree has a category. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def has_person(self, code: str) -> bool:
        """Return whether somebody is active. Source: docs/adr/0231 (a type never looks anything up)."""
        ...

    def indicators(self) -> Sequence[str]:
        """Return the indicators of the programme."""
        ...

    def clocks(self) -> Sequence[str]:
        """Return the clocks of the case type."""
        ...

    def form_field(self, name: str) -> Asked | None:
        """Return a field of the case type's form."""
        ...


class FieldType:
    """The base of every type. What is said here holds for a type that keeps a short text.

    Attributes:
        name: How declarations call it.
        label: What people call it.
        about: What its values are: form and unit.
        source: The standard or rule it follows.
        widget: How a page asks for it: text, textarea, number, date, instant, select, radio, category, file.
        datalist: The list that helps typing: units, areas, or none.
        offers: Where choices come from that only the page knows: people, articles, indicators, categories.
        hint: What stands beside the input.
        sealed: Whether people write freely in it, or it names somebody: then it is kept among the erasable words.
        in_forms: Whether a programme's form may use it.
        column, arrow: How it is stored in PostgreSQL and in Arrow.
        example: A value of it as a person writes it.
    """

    name: ClassVar[str]
    label: ClassVar[Words]
    about: ClassVar[Words]
    source: ClassVar[str] = ""
    widget: ClassVar[str] = "text"
    datalist: ClassVar[str] = ""
    offers: ClassVar[str] = ""
    hint: ClassVar[Words] = NO_WORDS
    sealed: ClassVar[bool] = False
    in_forms: ClassVar[bool] = True
    longest: ClassVar[int] = 200
    column: ClassVar[str] = "text"
    arrow: ClassVar[str] = "string"
    example: ClassVar[str] = ""

    def parse(self, text: str, asked: Asked, names: Names) -> Any:
        """Return the value that a text stands for.

        Args:
            text: As typed, without spaces around it; not empty.

        Raises:
            UnparsableText: it stands for none.

        Source: docs/topics/declarations.md, "Field types".
        """
        return self._accept(text)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value, as a program sends it, is not of this type; None when it is.

        Source: docs/topics/declarations.md, "Field types".
        """
        return text_wrong(value, self.longest)

    def export(self, value: Any) -> str:
        """Return the value as a cell of a table; `parse` reads it again.

        Source: docs/topics/declarations.md, "Field types".
        """
        return str(value)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of its values. Source: JSON Schema 2020-12."""
        return {"type": "string", "maxLength": self.longest}

    def ask(self, asked: Asked) -> Control:
        """Return how a page asks for a value. Source: docs/topics/declarations.md, "Field types"."""
        return Control(self.widget, self.datalist, self.hint, self.offers, ())

    def _accept(self, value: Any) -> Any:
        """Return the value, when it needs nothing of the world to be one."""
        wrong = self.check(value, Plain(self.name), NOBODY)
        if wrong is not None:
            raise UnparsableText(wrong)
        return value


class Control(NamedTuple):
    """How a page asks for a value: see `FieldType`; `choices` are the type's own."""

    widget: str
    datalist: str = ""
    hint: Words = NO_WORDS
    offers: str = ""
    choices: tuple[tuple[str, Words], ...] = ()


class _Nobody:
    """A world without codes, for types that ask for none."""

    history = True

    def has_unit(self, code: str) -> bool:
        return True

    has_area = has_category = has_person = has_unit

    def indicators(self) -> Sequence[str]:
        return ()

    clocks = indicators

    def form_field(self, name: str) -> Asked | None:
        return None


NOBODY: Codes = _Nobody()

NOT_TEXT = Wrong(
    Words("须为文字", "must be text"), Words("把值写成文字（加引号）", "Write it as text, in quotation marks")
)


def text_wrong(value: Any, longest: int) -> Wrong | None:
    """Return why a value is no text of at most so many characters that every reader keeps exactly.

    Source: RFC 7493 (what every JSON reader keeps exactly)
    """
    if not isinstance(value, str):
        return NOT_TEXT
    why = inexact_text(value)
    if why is not None:
        what = Words("含有无法保存的字符", f"holds {why}")
        return Wrong(what, Words("删去该字符", "Remove that character"))
    if len(value) > longest:
        what = Words(f"最多{longest}字", f"may hold {longest} characters at most")
        return Wrong(what, Words("请写短一些", "Write less"))
    return None


def no_code(value: str, kind: Words, remedy: Words) -> Wrong:
    """Return a code that nothing stands behind. Source: docs/adr/0231 (refusals continue the field's name)."""
    shown = value[:80]
    return Wrong(Words(f"没有{kind.zh}“{shown}”", f"there is no {kind.en} {shown!r}"), remedy, unknown=True, whole=True)


def must_be(zh: str, en: str) -> Wrong:
    """Return a value of the wrong form: `须为日期，如 2026-12-01` · `must be a date such as 2026-12-01`.

    Source: docs/adr/0231 (refusals continue the field's name)
    """
    return Wrong(Words(f"须为{zh}", f"must be {en}"), Words(f"写成{zh}", f"Write {en}"))
