"""Reading YAML 1.2 so that every value still knows its line. The only file of the house that knows the YAML library.

`Document` holds the plain values of a file (numbers, dates, lists) for validation; `nodes` gives scalars as the text
that was written: `0.30` stays "0.30", `110108` stays a code, and nothing passes through a float.

Source: YAML 1.2.2 (yaml.org/spec/1.2.2): keys of a mapping are unique (3.2.1.3), text is UTF-8 here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as Tree

from bihuan.declare.editions import short_digest
from bihuan.declare.kept import leave, recall
from bihuan.declare.problems import DeclarationError, Problem, shown

type JSON = str | int | bool | list[JSON] | dict[str, JSON] | None
type Step = str | int

VALID = "valid YAML 1.2 without repeated keys"
BOUNDS = "correct that line; quote bounds such as \"(35, 60]\" and text with ': '"


def _parser() -> YAML:
    return YAML(typ="safe", pure=True)


# -- plain values ---------------------------------------------------------------------------------------


def read(path: Path) -> Any:
    """Return the plain value of the one document of a file; None when it is empty.

    Raises:
        DeclarationError: the file is missing, closed to this user, is not UTF-8, is not YAML, or repeats a key.

    Source: YAML 1.2.2; docs/adr/0231 (the one reader)
    """
    return _value(_text(path, shown(path)), shown(path))


def _value(text: str, name: str) -> Any:
    return recall(text, "value", lambda given: _parsed(given, name, _parser().load), leave, leave)


def read_text(text: str, name: str = "(text)") -> Any:
    """Return the plain value of one document given as text; `name` stands for its file. Raises as `read`.

    Source: YAML 1.2.2; docs/adr/0231 (the one reader)
    """
    return _parsed(text, name, _parser().load)


def read_all(text: str, name: str = "(text)") -> list[Any]:
    """Return the plain values of all documents of a text. Raises as `read`.

    Source: YAML 1.2.2; docs/adr/0231 (the one reader)
    """
    found: list[Any] = _parsed(text, name, lambda given: list(_parser().load_all(given)))
    return found


class Document:
    """A declared file: its plain value, and the line of every part of it; both are read when somebody asks."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name or shown(path)
        self._root: Tree | None = None

    @cached_property
    def text(self) -> str:
        """What the file holds.

        Raises:
            DeclarationError: as `read`.

        Source: YAML 1.2.2; docs/adr/0231 (the one reader)
        """
        return _text(self.path, self.name)

    @cached_property
    def value(self) -> Any:
        """The plain value of the file.

        Raises:
            DeclarationError: as `read`.

        Source: YAML 1.2.2; docs/adr/0231 (the one reader)
        """
        return _value(self.text, self.name)

    def line(self, steps: Sequence[Step]) -> int:
        """Return the line of the deepest part of `steps` that exists in the file; parses only when somebody asks.

        Source: docs/adr/0231 (composing once more when somebody asks for a line)
        """
        if self._root is None:
            self._root = _parser().compose(self.text)
        node, line = self._root, 1
        for step in steps:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, steps: Sequence[Step], what: str, rule: str, remedy: str) -> Problem:
        """Return a problem at a part of the file.

        Source: docs/adr/0231 (composing once more when somebody asks for a line)
        """
        return Problem(self.name, self.line(steps), dotted(steps), what, rule, remedy)


def dotted(steps: Sequence[Step]) -> str:
    """Return a path inside a file as people write it: `cases.request.clocks.0.within`."""
    return ".".join(map(str, steps)) or "(file)"


def _child(node: Tree | None, step: Step) -> tuple[int, Tree] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child.start_mark.line + 1, child
    return None


# -- nodes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file: exactly one of `text`, `items`, `fields` is set; all None stands for null."""

    line: int
    path: str
    text: str | None = None
    items: tuple[Node, ...] | None = None
    fields: dict[str, Node] | None = None

    @property
    def is_null(self) -> bool:
        """Whether the file says null, ~ or nothing at all."""
        return self.text is None and self.items is None and self.fields is None

    def plain(self) -> JSON:
        """Return the node as nested text, for digests and comparison.

        Source: docs/adr/0231 (digests are taken of the text that was written)
        """
        if self.fields is not None:
            return {name: node.plain() for name, node in self.fields.items()}
        return [node.plain() for node in self.items] if self.items is not None else self.text

    def digest(self, without: str = "") -> str:
        """First 16 hex digits of the SHA-256 of the content, blind to comments, layout and the field `without`.

        Source: docs/adr/0231 (digests are taken of the text that was written)
        """
        plain = self.plain()
        if without and isinstance(plain, dict):
            plain = {name: value for name, value in plain.items() if name != without}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return short_digest(text)


def nodes(path: Path | str, text: str | None = None) -> Iterator[Node]:
    """Yield the documents of the file at `path` (or of `text`, then `path` only names it) as trees of nodes.

    Raises:
        DeclarationError: naming the line of malformed YAML, a repeated key, or text that is not UTF-8.

    Source: docs/adr/0231 (rule files keep `Node`s)
    """
    name = str(path)
    given = _text(Path(path), name) if text is None else text
    yield from recall(given, "nodes", lambda each: _trees(each, name), _nodes_of, _plain_of)


def _trees(text: str, name: str) -> list[Node]:
    trees = _parsed(text, name, lambda each: list(_parser().compose_all(each)))
    return [_node(tree, "", name) for tree in trees if tree is not None]


def _plain_of(found: list[Node]) -> Any:
    """Nodes as lists: line, path, and what the node holds."""
    return [
        [node.line, node.path, node.text]
        if node.items is None and node.fields is None
        else [node.line, node.path, _plain_of(list(node.items)), None]
        if node.items is not None
        else [node.line, node.path, list(node.fields or {}), _plain_of(list((node.fields or {}).values()))]
        for node in found
    ]


def _nodes_of(plain: Any) -> list[Node]:
    """The nodes that `_plain_of` took apart."""
    return [_node_of(*each) for each in plain]


def _node_of(line: int, path: str, held: Any, fields: Any = ...) -> Node:
    if fields is ...:
        return Node(line, path, text=held)
    if fields is None:
        return Node(line, path, items=tuple(_nodes_of(held)))
    return Node(line, path, fields=dict(zip(held, _nodes_of(fields), strict=True)))


def _node(tree: Tree, path: str, name: str) -> Node:
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
        key, inner = str(key_tree.value), f"{path}.{key_tree.value}".lstrip(".")
        if key in fields:
            what = f"the key '{key}' appears twice, first on line {fields[key].line}"
            line = key_tree.start_mark.line + 1
            raise DeclarationError([Problem(name, line, inner, what, VALID, "keep one of the two")])
        fields[key] = _node(value_tree, inner, name)
    return Node(tree.start_mark.line + 1, path, fields=fields)


# -- what can go wrong ----------------------------------------------------------------------------------


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        rule, remedy = "every named file is there", f"create {path.name}"
        raise _unreadable(name, 1, "the file does not exist", rule, remedy) from error
    except PermissionError as error:
        what = "the user who runs this may not read the file"
        remedy = "run `bihuan init`, which lets it read the folder, or change the mode of the file"
        raise _unreadable(name, 1, what, "who serves reads every programme", remedy) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        what = f"byte {error.start} is not UTF-8"
        raise _unreadable(name, line, what, "text files are UTF-8", "save the file as UTF-8") from error


def _parsed(text: str, name: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"not valid YAML: {str(error.problem or error).splitlines()[0]}"
        raise _unreadable(name, mark.line + 1 if mark else 1, what, VALID, BOUNDS) from error
    except YAMLError as error:  # a character that YAML forbids
        line = text[: getattr(error, "position", 0) or 0].count("\n") + 1
        raise _unreadable(name, line, str(error).splitlines()[0], VALID, "remove that character") from error
    except (ValueError, TypeError, OverflowError) as error:  # 2026-02-30, 0x_, a list as a key
        raise _unreadable(
            name, _faulty_line(text), str(error), VALID, "correct that line, or quote the text"
        ) from error
    except RecursionError as error:
        raise _unreadable(name, 1, "it is nested too deeply", VALID, "write it flatter") from error


def _faulty_line(text: str) -> int:
    """Return the line of the first scalar that cannot be the value it looks like."""
    waiting: list[Tree | None] = list(_parser().compose_all(text))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ScalarNode):
            try:
                _parser().load(str(node.value) if node.style is None else "''")
            except (ValueError, TypeError, OverflowError, YAMLError):
                return int(node.start_mark.line) + 1
        elif isinstance(node, SequenceNode):
            waiting[:0] = node.value
        elif isinstance(node, MappingNode):
            waiting[:0] = [part for pair in node.value for part in pair]
    return 1


def _unreadable(name: str, line: int, what: str, rule: str, remedy: str) -> DeclarationError:
    return DeclarationError([Problem(name, line, "(file)", what, rule, remedy)])
