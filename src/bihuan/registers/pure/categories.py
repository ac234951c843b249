"""Category trees: what a report is about, in dotted codes of a fixed depth.

A programme brings its tree as YAML (`edition, source, verified, categories: [{code, zh, en, urgency, keywords}]`).
Duties and rates hang on any level; a case is filed under a leaf.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bihuan.declare.source import Document
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import read_document

URGENCIES = ("emergency", "urgent", "general", "complex")
LEVELS = 3
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_FIELDS = {"code", "zh", "en", "urgency", "keywords"}


@dataclass(frozen=True, slots=True)
class Category:
    """One node.

    Args:
        code: Dotted code; the part before the last dot is the parent's.
        urgency: Default class of the clock, one of `URGENCIES`; `general` on inner nodes.
        keywords: Words of residents that hint at it; empty on inner nodes.
    """

    code: str
    zh: str
    en: str
    urgency: str = "general"
    keywords: tuple[str, ...] = ()

    @property
    def parent(self) -> str:
        """Code of the node above, empty at the top.

        Source: docs/topics/registers.md, "The duty matrix" (a tree of categories)
        """
        return self.code.rpartition(".")[0]

    @property
    def level(self) -> int:
        """1 at the top, at most `LEVELS`; all leaves of a tree stand on the same level.

        Source: docs/topics/registers.md, "The duty matrix" (a tree of categories)
        """
        return self.code.count(".") + 1


class Categories:
    """One tree. Immutable.

    Args:
        nodes: Parents before children; raises RegisterError for a bad or double code or a missing parent.
        edition: Identity of this version of the tree.
    """

    def __init__(self, nodes: Iterable[Category], edition: str) -> None:
        self.edition = edition
        self._nodes: dict[str, Category] = {}
        for node in nodes:
            self._add(node)
        inner = {node.parent for node in self}
        self.leaves = tuple(node for node in self if node.code not in inner)
        depth = max((node.level for node in self), default=0)
        shallow = [leaf.code for leaf in self.leaves if leaf.level != depth]
        if shallow:
            raise RegisterError(
                f"category {shallow[0]} has nothing below it", rule=f"leaves stand on level {depth} here"
            )

    def __iter__(self) -> Iterator[Category]:
        """All nodes in file order."""
        return iter(self._nodes.values())

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self._nodes)

    def __contains__(self, code: object) -> bool:
        """Whether the tree has a node of that code."""
        return code in self._nodes

    def get(self, code: str) -> Category | None:
        """Return the node of a code, or None."""
        return self._nodes.get(code)

    def below(self, code: str) -> tuple[Category, ...]:
        """Return the nodes directly below a code; those of the top for an empty code.

        Source: docs/topics/registers.md, "The duty matrix" (a tree of categories)
        """
        return tuple(node for node in self if node.parent == code)

    def _add(self, node: Category) -> None:
        where = f"category {node.code}"
        if not _CODE.fullmatch(node.code) or node.level > LEVELS:
            rule = f"up to {LEVELS} dotted parts of a-z, 0-9 and _"
            raise RegisterError(
                "the code is malformed", where=where, rule=rule, remedy="for example housing.property.fee"
            )
        if node.code in self._nodes:
            raise RegisterError("occurs twice", where=where, rule="one node per code", remedy="remove one")
        if node.parent and node.parent not in self._nodes:
            raise RegisterError(
                "has no parent", where=where, rule="parents come first", remedy=f"add {node.parent} before it"
            )
        if node.urgency not in URGENCIES:
            rule = f"one of {', '.join(URGENCIES)}"
            raise RegisterError(f"urgency {node.urgency!r} is unknown", where=where, rule=rule, remedy="correct it")
        self._nodes[node.code] = node


@cache
def load_categories(path: Path) -> Categories:
    """Return the tree in a YAML file; raises RegisterError naming file and entry.

    Source: docs/topics/registers.md, "The duty matrix" (a category and all below it).
    """
    document = read_document(path)
    data = document.value
    if not isinstance(data, dict) or set(data) != {"edition", "source", "verified", "categories"}:
        rule = "exactly edition, source, verified, categories"
        raise RegisterError("fields do not match", where=path.name, rule=rule, remedy="correct the file")
    nodes = (_node(document, number, entry) for number, entry in enumerate(data["categories"]))
    return Categories(nodes, str(data["edition"]))


def _node(document: Document, number: int, entry: Any) -> Category:
    if not isinstance(entry, dict) or not {"code", "zh", "en"} <= set(entry) <= _FIELDS:
        rule = f"code, zh, en; optional urgency, keywords; nothing but {', '.join(sorted(_FIELDS))}"
        where = f"{document.name}:{document.line(('categories', number))} categories[{number}]"
        raise RegisterError("an entry cannot be read", where=where, rule=rule, remedy="compare with its neighbours")
    keywords = tuple(map(str, entry.get("keywords", ())))
    return Category(str(entry["code"]), str(entry["zh"]), str(entry["en"]), entry.get("urgency", "general"), keywords)
