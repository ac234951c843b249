"""Turns nodes into typed values and collects problems instead of stopping at the first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Node

type Label = dict[str, str]


@dataclass(slots=True)
class Reader:
    """Turns nodes into typed values; what is wrong goes to `problems`, and a harmless stand-in is returned.

    Args:
        file: The file as problems name it.
        rule: What its problems break, where no sentence of its own is given.
    """

    file: str
    rule: str = "a declared file holds known fields, each with a value of its kind"
    problems: list[Problem] = field(default_factory=list)

    def problem(self, node: Node, what: str, remedy: str, field: str = "") -> None:
        """Record that something is wrong with `node` (or the `field` inside it).

        Source: docs/topics/declarations.md (all problems of a file at once)
        """
        path = ".".join(part for part in (node.path, field) if part) or "(document)"
        self.problems.append(Problem(self.file, node.line, path, what, self.rule, remedy))

    def stop_if_wrong(self) -> None:
        """Raise DeclarationError with all problems recorded so far, if any.

        Source: docs/topics/declarations.md (all problems of a file at once)
        """
        if self.problems:
            raise DeclarationError(self.problems)

    def fields(self, node: Node, required: set[str], optional: set[str]) -> dict[str, Node]:
        """Return the fields of a mapping; unknown and missing ones become problems.

        Source: docs/topics/declarations.md (unknown fields are errors)
        """
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
        """Return the items of a list; anything else is a problem. None gives no items."""
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
        """Return a finite decimal number. Source: docs/adr/0231 (`0.30` must not become a float)."""
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
        """Return a whole number. Source: docs/adr/0231 (`0.30` must not become a float)."""
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
        """Return a date; None when absent or null. Source: ISO 8601-1 (YYYY-MM-DD)."""
        if node is None or node.is_null:
            return None
        try:
            return dt.date.fromisoformat(node.text or "")
        except ValueError:
            self.problem(node, f"{node.text!r} is not a date.", "Write it as 2026-03-01.")
            return None

    def label(self, node: Node | None) -> Label:
        """Return a name in Chinese and English. Source: docs/topics/declarations.md (both languages)."""
        if node is None:
            return {}
        named = self.fields(node, {"zh", "en"}, set())
        return {language: self.text(text) for language, text in named.items()}
