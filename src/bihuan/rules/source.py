"""Reading YAML so that every value still knows its line.

Scalars are kept as the text that was written: `0.30` stays "0.30", `110108` stays a code, and nothing passes through
a float. A `Reader` turns nodes into typed values and collects problems instead of stopping at the first.
"""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from bihuan.rules.errors import Problem, RuleFileError
from bihuan.rules.quantities import JSON, METHODS, NOT_ROUNDED, Rounding

type Label = dict[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a rule file: exactly one of `text`, `items`, `fields` is set; all None stands for null."""

    line: int
    path: str
    text: str | None = None
    items: "tuple[Node, ...] | None" = None
    fields: "dict[str, Node] | None" = None

    @property
    def is_null(self) -> bool:
        """Whether the file says null, ~ or nothing at all."""
        return self.text is None and self.items is None and self.fields is None

    def plain(self) -> JSON:
        """The node as nested text, for digests and comparison."""
        if self.fields is not None:
            return {name: node.plain() for name, node in self.fields.items()}
        return [node.plain() for node in self.items] if self.items is not None else self.text

    def digest(self, without: str = "") -> str:
        """First 16 hex digits of the SHA-256 of the content, blind to comments, layout and the field `without`."""
        plain = self.plain()
        if without and isinstance(plain, dict):
            plain = {name: value for name, value in plain.items() if name != without}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def documents(path: Path | str, text: str | None = None) -> Iterator[Node]:
    """The YAML documents of the file at `path` (or of `text`, then `path` only names it).

    Raises:
        RuleFileError: naming the line of malformed YAML, a repeated key, or text that is not UTF-8.
    """
    name = str(path)
    if text is None:
        text = _read(Path(path))
    try:
        trees = list(YAML(typ="rt", pure=True).compose_all(io.StringIO(text)))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        remedy = "Mend the YAML; quote bounds such as \"(35, 60]\" and text with ': '."
        raise RuleFileError([Problem(name, line, "(file)", f"Not valid YAML: {error.problem}.", remedy)]) from error
    for tree in trees:
        if tree is not None:
            yield _node(tree, "", name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except PermissionError as error:
        rule = "The user who runs this may not read the file."
        raise RuleFileError(
            [Problem(str(path), 1, "(file)", rule, "Run `bihuan init`, or change its mode.")]
        ) from error
    except UnicodeDecodeError as error:
        rule = f"Byte {error.start} is not UTF-8."
        raise RuleFileError([Problem(str(path), 1, "(file)", rule, "Save the file as UTF-8.")]) from error


def _node(tree: YamlNode, path: str, name: str) -> Node:
    line = tree.start_mark.line + 1
    if isinstance(tree, ScalarNode):
        null = str(tree.tag).endswith(":null")
        return Node(line, path, text=None if null else str(tree.value))
    if isinstance(tree, SequenceNode):
        items = tuple(_node(item, f"{path}[{index}]", name) for index, item in enumerate(tree.value, 1))
        return Node(line, path, items=items)
    assert isinstance(tree, MappingNode)
    fields: dict[str, Node] = {}
    for key_tree, value_tree in tree.value:
        key = str(key_tree.value)
        if key in fields:
            rule = f"The key '{key}' appears twice, first on line {fields[key].line}."
            line = key_tree.start_mark.line + 1
            raise RuleFileError([Problem(name, line, f"{path}.{key}".lstrip("."), rule, "Keep one of the two.")])
        fields[key] = _node(value_tree, f"{path}.{key}".lstrip("."), name)
    return Node(tree.start_mark.line + 1, path, fields=fields)


@dataclass(slots=True)
class Reader:
    """Turns nodes into typed values; what is wrong goes to `problems`, and a harmless stand-in is returned."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, node: Node, rule: str, remedy: str, field: str = "") -> None:
        """Record that `node` (or the `field` inside it) breaks `rule`."""
        path = ".".join(part for part in (node.path, field) if part) or "(document)"
        self.problems.append(Problem(self.file, node.line, path, rule, remedy))

    def stop_if_wrong(self) -> None:
        """Raise RuleFileError with all problems recorded so far, if any."""
        if self.problems:
            raise RuleFileError(self.problems)

    def fields(self, node: Node, required: set[str], optional: set[str]) -> dict[str, Node]:
        """The fields of a mapping; unknown and missing ones become problems."""
        if node.fields is None:
            self.problem(node, "A mapping of named fields is expected here.", f"Write {', '.join(sorted(required))}.")
            return {}
        allowed = required | optional
        for name, value in node.fields.items():
            if name not in allowed:
                self.problem(value, f"'{name}' is not a known field.", f"Use one of: {', '.join(sorted(allowed))}.")
        for name in sorted(required - node.fields.keys()):
            self.problem(node, f"The field '{name}' is missing.", f"Add '{name}: …'.", field=name)
        return {name: value for name, value in node.fields.items() if name in allowed}

    def items(self, node: Node | None) -> tuple[Node, ...]:
        """The items of a list; anything else is a problem. None gives no items."""
        if node is None:
            return ()
        if node.items is None:
            self.problem(node, "A list is expected here.", "Start each entry with '- '.")
            return ()
        return node.items

    def text(self, node: Node | None, default: str = "") -> str:
        """Text that is not empty; `default` when the field is absent."""
        if node is None:
            return default
        if not node.text:
            self.problem(node, "Text is expected here.", "Write a short text, quoted if it starts with [ or {.")
            return default
        return node.text

    def choice(self, node: Node | None, allowed: tuple[str, ...], default: str) -> str:
        """One of the `allowed` words."""
        if node is None:
            return default
        if node.text in allowed:
            return str(node.text)
        self.problem(node, f"{node.text!r} is not one of the allowed words.", f"Use one of: {', '.join(allowed)}.")
        return default

    def number(self, node: Node | None, default: Decimal = Decimal(0)) -> Decimal:
        """A finite decimal number."""
        if node is None:
            return default
        try:
            value = Decimal(node.text or "")
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite():
            return value
        self.problem(node, f"{node.text!r} is not a number.", "Write a decimal number such as 12.5, without a unit.")
        return default

    def integer(self, node: Node | None, default: int = 0) -> int:
        """A whole number."""
        value = self.number(node, Decimal(default))
        if value == value.to_integral_value():
            return int(value)
        if node is not None:
            self.problem(node, f"{node.text} is not a whole number.", "Write it without decimals.")
        return default

    def flag(self, node: Node | None, *, default: bool = False) -> bool:
        """true or false."""
        if node is None:
            return default
        if node.text in ("true", "false"):
            return node.text == "true"
        self.problem(node, f"{node.text!r} is neither true nor false.", "Write true or false.")
        return default

    def day(self, node: Node | None) -> dt.date | None:
        """A date; None when absent or null."""
        if node is None or node.is_null:
            return None
        try:
            return dt.date.fromisoformat(node.text or "")
        except ValueError:
            self.problem(node, f"{node.text!r} is not a date.", "Write it as 2026-03-01.")
            return None

    def label(self, node: Node | None) -> Label:
        """A name in Chinese and English."""
        if node is None:
            return {}
        named = self.fields(node, {"zh", "en"}, set())
        return {language: self.text(text) for language, text in named.items()}

    def rounding(self, node: Node | None) -> Rounding:
        """`none`, or a mapping {method, digits}."""
        if node is None or node.text == "none":
            return NOT_ROUNDED
        named = self.fields(node, {"method", "digits"}, set())
        method = self.choice(named.get("method"), tuple(METHODS), "half_even")
        digits = self.integer(named.get("digits"))
        if not 0 <= digits <= 12:
            self.problem(node, f"{digits} decimals cannot be right.", "Give 0 to 12 digits.")
            digits = 0
        return Rounding(method, digits)
