"""What a method says about itself: its files with their columns, its options, what it writes and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from bihuan.declare.fieldtype import Words
from bihuan.declare.source import JSON

type Values = Sequence[Any] | NDArray[Any]
type InputKind = Literal["table", "geojson", "bytes"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an input or of the output; what a field type may ask of a field (`declare.fieldtype.Asked`).

    Args:
        name: In the header.
        zh, en: What people call it.
        type: A field type of `bihuan.declare.types`.
        required: Every row must have a value.
        absent: The whole column may be missing; then every value is.
        choices: The codes that may stand in it, with their names; empty for any.
        unit: Of its numbers.
        note: What else is to know, in English: bounds, rounding.
    """

    name: str
    zh: str
    en: str
    type: str = "text"
    required: bool = True
    absent: bool = False
    choices: tuple[tuple[str, Words], ...] = ()
    unit: str = ""
    note: str = ""

    @property
    def label(self) -> Words:
        """Its name for people."""
        return Words(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Input:
    """A file that the method reads.

    Args:
        name: Short, for messages and code.
        zh, en: What it holds.
        columns: Of a table, or of a feature's properties.
        kind: A table (CSV and what else the readers know), GeoJSON, or the bytes as they are.
        unique: Columns whose values no two rows may share; of equal rows one counts, of different ones none.
        open: Further columns are the method's business (`Table.others`); otherwise they are noted and ignored.
        many: Takes every file that is left; only the last input may.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...] = ()
    kind: InputKind = "table"
    unique: tuple[str, ...] = ()
    open: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A value given by `--option name=value`; as a column, with what holds when it is not given (None: it must be).

    Args:
        default: As it would be typed; "" stands for no value.
    """

    name: str
    zh: str
    en: str
    type: str = "text"
    default: str | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    unit: str = ""

    @property
    def label(self) -> Words:
        """Its name for people."""
        return Words(self.zh, self.en)

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """A key of the JSON answer beside the common ones, with the JSON Schema of its value."""

    name: str
    zh: str
    en: str
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method gives.

    Args:
        columns: The output's columns, equally long; numbers as ints or as text with the declared digits.
        facts: Values of the declared facts.
        editions: Of the rules used, by table id.
        rows_of: For each output row the row of the carried input it stands for, when further columns are carried.
        remarks: What a person should know, each in both languages.
        document: Text that is the output, of a method that writes no table.
    """

    columns: Mapping[str, Values] = field(default_factory=dict)
    facts: Mapping[str, JSON | float | Mapping[str, Any] | Sequence[Any]] = field(default_factory=dict)
    editions: Mapping[str, str] = field(default_factory=dict)
    rows_of: Values | None = None
    remarks: tuple[str, ...] = ()
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """An algorithm with everything that its command, page, help and schema are made of.

    Args:
        name: As `bihuan calc` takes it.
        zh, en: What it answers, one line.
        inputs, options: What it is given.
        output: Columns of the file it writes, in this order.
        run: Takes a `declared.tables.Given`.
        facts: What else the JSON says.
        key: Output columns by which rows are sorted, so that the answer does not depend on the order of the input.
        carried: Name of the input whose further columns stand behind the output's (`Answer.rows_of`).
        workdays: Asks for the calendar of working days (`Given.calendar`).
        source: Standard, law or paper.
        peer: What it was compared with.
        error: How far it may be off.
        cost: Growth with the size of the input.
    """

    name: str
    zh: str
    en: str
    inputs: tuple[Input, ...]
    output: tuple[Column, ...]
    run: Callable[[Any], Answer]
    options: tuple[Option, ...] = ()
    facts: tuple[AnswerKey, ...] = ()
    key: tuple[str, ...] = ()
    carried: str = ""
    workdays: bool = False
    source: str = ""
    peer: str = ""
    error: str = "exact"
    cost: str = "n log n"


def one_of(**codes: str) -> tuple[tuple[str, Words], ...]:
    """Choices from `code="中文 English"` pairs, the two parted by `|`."""
    return tuple((code, Words(*told.split("|", 1))) for code, told in codes.items())
