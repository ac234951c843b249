"""Declared inputs and outputs of tables: their names, kinds, units, domains and rounding."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bihuan.declare.reader import Label, Reader
from bihuan.declare.source import Node
from bihuan.rules.bounds import Bounds, Cut
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import NOT_ROUNDED, Rounding, decimal_of, read_rounding

INPUT_KINDS: Final = ("code", "prefix", "flag", "number")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_INPUT_OPTIONAL: Final = {"unit", "values", "domain", "rounding", "optional", "label", "words", "stands", "share_of"}
# Cell names a row keeps for itself.
RESERVED: Final = {"citation", "verified", "note", "when", "then"}


@dataclass(frozen=True, slots=True)
class TableInput:
    """What a table asks for.

    kind: code (exact word), prefix (dotted word; `a.b` covers `a.b.c`), flag (true/false), number.
    values: the only words allowed, or () for any.  domain: the only numbers allowed, or None.
    rounding: applied to the number before it is compared.  optional: decision tables may be asked without it.
    label: what people read, in both languages; empty when the table does not say.
    words: what people read for a code, in both languages, as far as the table says it.
    stands: words that stand for a number, such as `bottom` for a disc that is seen down to the ground.
    share_of: of a decision: two other inputs; unless it is given it is the first in per cent of the second.
    """

    name: str
    kind: str
    unit: str = ""
    values: tuple[str, ...] = ()
    domain: Bounds | None = None
    rounding: Rounding = NOT_ROUNDED
    optional: bool = False
    label: Label = field(default_factory=dict, hash=False)
    words: Mapping[str, Label] = field(default_factory=dict, hash=False)
    stands: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    share_of: tuple[str, ...] = ()

    def word(self, value: object) -> str | bool:
        """`value` checked as a code, prefix or flag; raises InputError."""
        if self.kind == "flag":
            if isinstance(value, bool):
                return value
            raise InputError(f"{self.name}: {value!r} is neither True nor False.")
        if not isinstance(value, str) or not value:
            raise InputError(f"{self.name}: {value!r} is not a word; give a non-empty str.")
        if self.values and value not in self.values:
            raise InputError(f"{self.name}: '{value}' is not declared; use one of {', '.join(self.values)}.")
        return value

    def number(self, value: object) -> Decimal:
        """`value` checked and rounded as a number; raises InputError."""
        stood = self.stands.get(value) if isinstance(value, str) else None
        number = self.rounding.decimal(decimal_of(value, self.name) if stood is None else stood)
        if self.domain is not None and not self.domain.contains(number):
            domain = f"{self.domain} {self.unit}".strip()
            raise InputError(f"{self.name}: {number} lies outside the declared domain {domain}.")
        return number

    @property
    def span(self) -> tuple[Cut, Cut]:
        """The cuts around all numbers allowed."""
        if self.domain is None:
            return (Decimal("-Infinity"), 1), (Decimal("Infinity"), 0)
        return self.domain.lower, self.domain.upper


@dataclass(frozen=True, slots=True)
class Output:
    """What a table answers.

    kind: number (Decimal), integer, text, flag, label (zh/en), or linear: {from, to} across the row's bounds.
    label: what people read, in both languages; empty when the table does not say.
    words: what people read for a text that is a code, in both languages, as far as the table says it.
    """

    name: str
    kind: str
    unit: str = ""
    rounding: Rounding = NOT_ROUNDED
    label: Label = field(default_factory=dict, hash=False)
    words: Mapping[str, Label] = field(default_factory=dict, hash=False)


def units_of(outputs: tuple[Output, ...]) -> dict[str, str]:
    """The units of the outputs that have one."""
    return {output.name: output.unit for output in outputs if output.unit}


def read_inputs(node: Node | None, reader: Reader) -> tuple[TableInput, ...]:
    """The declared inputs; problems go to `reader`."""
    inputs = []
    for item in reader.items(node):
        named = reader.fields(item, {"name", "kind"}, _INPUT_OPTIONAL)
        kind = reader.choice(named.get("kind"), INPUT_KINDS, "code")
        only = {"values": {"code"}, "words": {"code", "prefix"}, "domain": {"number"}, "rounding": {"number"}}
        only |= {"stands": {"number"}, "share_of": {"number"}}
        for name, kinds in only.items():
            if name in named and kind not in kinds:
                reader.problem(named[name], f"'{name}' has no meaning for kind {kind}.", f"Remove '{name}'.")
        values = tuple(reader.text(value) for value in reader.items(named.get("values")))
        inputs.append(
            TableInput(
                name=_read_name(named.get("name"), reader),
                kind=kind,
                unit=reader.text(named.get("unit")),
                values=values,
                domain=read_bounds(named["domain"], reader) if "domain" in named else None,
                rounding=read_rounding(named.get("rounding"), reader),
                optional=reader.flag(named.get("optional")),
                label=reader.label(named.get("label")),
                words=_read_words(named.get("words"), values, reader),
                stands=_read_stands(named.get("stands"), reader),
                share_of=tuple(reader.text(each) for each in reader.items(named.get("share_of"))),
            )
        )
    known = {each.name for each in inputs if each.kind == "number" and not each.share_of}
    for each in inputs:
        if each.share_of and (len(each.share_of) != 2 or not set(each.share_of) <= known or not each.optional):
            assert node is not None  # there are inputs
            rule = f"'{each.name}': `share_of` names two other numbers, and it is optional."
            reader.problem(node, rule, "Write share_of: [PART, WHOLE] and optional: true.")
    return tuple(inputs)


def _read_stands(node: Node | None, reader: Reader) -> dict[str, Decimal]:
    """The numbers that words stand for."""
    found: dict[str, Decimal] = {}
    for word, told in (node.fields or {}).items() if node is not None else ():
        try:
            found[word] = decimal_of(reader.text(told), word)
        except InputError as error:
            reader.problem(told, str(error), "Write {word: number}.")
    return found


def read_outputs(node: Node | None, reader: Reader) -> tuple[Output, ...]:
    """The declared outputs; problems go to `reader`."""
    outputs = []
    for item in reader.items(node):
        named = reader.fields(item, {"name", "kind"}, {"unit", "rounding", "label", "words"})
        kind = reader.choice(named.get("kind"), OUTPUT_KINDS, "text")
        if "rounding" in named and kind != "linear":
            reader.problem(named["rounding"], "Only linear outputs are rounded.", "Remove 'rounding'.")
        if "rounding" not in named and kind == "linear":
            reader.problem(
                item, "A linear output must declare its rounding.", "Add 'rounding: {method: …, digits: …}' or 'none'."
            )
        if "words" in named and kind != "text":
            reader.problem(named["words"], f"'words' has no meaning for kind {kind}.", "Remove 'words'.")
        name = _read_name(named.get("name"), reader)
        unit, rounding = reader.text(named.get("unit")), read_rounding(named.get("rounding"), reader)
        label, words = reader.label(named.get("label")), _read_words(named.get("words"), (), reader)
        outputs.append(Output(name, kind, unit, rounding, label, words))
    return tuple(outputs)


def _read_words(node: Node | None, values: tuple[str, ...], reader: Reader) -> dict[str, Label]:
    """What codes are called; each is one of `values`, where the input lists them."""
    if node is None:
        return {}
    if node.fields is None:
        reader.problem(node, "A mapping of codes to names is expected here.", "Write {code: {zh: …, en: …}}.")
        return {}
    for code, told in node.fields.items():
        if values and code not in values:
            reader.problem(told, f"'{code}' is none of the values.", f"Use one of: {', '.join(values)}.")
    return {code: reader.label(told) for code, told in node.fields.items()}


def _read_name(node: Node | None, reader: Reader) -> str:
    name = reader.text(node)
    if node is not None and (not _NAME.fullmatch(name) or name in RESERVED):
        reader.problem(node, f"'{name}' cannot name a field.", "Use lower-case letters, digits and '_'.")
    return name


def check_names(node: Node, fields: tuple[TableInput | Output, ...], reader: Reader) -> None:
    """Every input and output needs a name of its own."""
    seen: set[str] = set()
    for each in fields:
        if each.name in seen:
            reader.problem(node, f"'{each.name}' is declared twice.", "Give each input and output its own name.")
        seen.add(each.name)


def read_bounds(node: Node, reader: Reader) -> Bounds | None:
    """Numeric bounds; None after a problem."""
    if node.items is not None:
        reader.problem(node, "Bounds must be text, this is a list.", 'Quote them: "[0, 35]".')
        return None
    try:
        return Bounds.parse(node.text or "")
    except ValueError as error:
        reader.problem(node, f"{error}.", 'Write for example "[0, 35]", "(35, 60]", "(60, inf)" or 7.')
        return None


def read_value(output: Output, node: Node, reader: Reader) -> object:
    """A row's cell for `output`; a linear cell gives its two Decimals, or one when it is constant."""
    return _READ[output.kind](reader, node)


def _linear(reader: Reader, node: Node) -> object:
    if node.fields is None:
        return reader.number(node)
    ends = reader.fields(node, {"from", "to"}, set())
    return reader.number(ends.get("from")), reader.number(ends.get("to"))


_READ: Final[Mapping[str, Callable[[Reader, Node], object]]] = {
    "number": Reader.number,
    "integer": Reader.integer,
    "text": Reader.text,
    "flag": Reader.flag,
    "label": Reader.label,
    "linear": _linear,
}
OUTPUT_KINDS: Final = tuple(_READ)


def asked(inputs: tuple[TableInput, ...], given: Mapping[str, object], who: str) -> None:
    """Raise InputError unless exactly the declared inputs are given (optional ones may be left out)."""
    declared = {item.name for item in inputs}
    if unknown := sorted(given.keys() - declared):
        raise InputError(f"{who}: unknown input {', '.join(unknown)}; it asks for {', '.join(sorted(declared))}.")
    if missing := sorted({item.name for item in inputs if not item.optional} - given.keys()):
        raise InputError(f"{who}: missing input {', '.join(missing)}.")
