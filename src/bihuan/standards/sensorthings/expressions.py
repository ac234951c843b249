"""`$filter` and `$orderby`: a tree from the text, its value for an entity, and the bounds of time that it implies.

Source: OGC 18-088, 9.3.3.5 (operators and functions); OData 4.0 part 2, 5.1.1 (precedence).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import shapely
from shapely.geometry import shape

LONGEST, DEEPEST = 2000, 40
_TOKEN = re.compile(
    r"\s*(?:(?P<geo>geography'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))"
    r"|(?P<number>-?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?)"
    r"|(?P<name>[@A-Za-z_][A-Za-z0-9_.@-]*(?:/[@A-Za-z_][A-Za-z0-9_.@-]*)*)|(?P<mark>[(),]))"
)
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
COUNTED: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "mod": operator.mod,
}  # fmt: skip
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


class WrongExpression(ValueError):
    """An expression that cannot be read, or asks something of a value that it does not have."""


class OdataNode(NamedTuple):
    """A node: `kind` is `value`, `path`, `call`, or an operator; `parts` are its value, its steps, its operands."""

    kind: str
    parts: tuple[Any, ...]


class SpanOfTime(NamedTuple):
    """A time with a beginning and an end, both aware."""

    begins: datetime
    ends: datetime


def read_expression(text: str) -> OdataNode:
    """Return the tree of an expression.

    Raises:
        WrongExpression: it is none.

    Source: OGC 18-088, 9.3.3.5.
    """
    if len(text) > LONGEST:
        raise WrongExpression(f"longer than {LONGEST} characters")
    reader = _Reader(list(_tokens(text)))
    found = reader.either(0)
    if reader.place < len(reader.tokens):
        raise WrongExpression(f"unexpected {reader.tokens[reader.place][1]!r}")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise WrongExpression(f"cannot be read from {text[place : place + 20]!r} on")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


class _Reader:
    """By rank: or, and, not, comparison, sum, product, value."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.place = tokens, 0

    def _next(self, *words: str) -> str:
        if self.place < len(self.tokens) and self.tokens[self.place][1] in words:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return ""

    def _row(self, depth: int, words: tuple[str, ...], inner: Callable[[int], OdataNode]) -> OdataNode:
        found = inner(depth)
        while word := self._next(*words):
            found = OdataNode(word, (found, inner(depth)))
        return found

    def either(self, depth: int) -> OdataNode:
        if depth > DEEPEST:
            raise WrongExpression("nested too deeply")
        return self._row(depth, ("or",), self._both)

    def _both(self, depth: int) -> OdataNode:
        return self._row(depth, ("and",), self._not)

    def _not(self, depth: int) -> OdataNode:
        return (
            OdataNode("not", (self._not(depth + 1),))
            if self._next("not") and depth < DEEPEST
            else self._compared(depth)
        )

    def _compared(self, depth: int) -> OdataNode:
        left = self._sum(depth)
        word = self._next(*COMPARED)
        return OdataNode(word, (left, self._sum(depth))) if word else left

    def _sum(self, depth: int) -> OdataNode:
        return self._row(depth, ("add", "sub"), self._product)

    def _product(self, depth: int) -> OdataNode:
        return self._row(depth, ("mul", "div", "mod"), self._value)

    def _value(self, depth: int) -> OdataNode:
        if self._next("("):
            found = self.either(depth + 1)
            self._close()
            return found
        if self.place >= len(self.tokens):
            raise WrongExpression("ends too early")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "name" and text in WORDS:
            return OdataNode("value", (WORDS[text],))
        if kind == "name":
            return self._call(text, depth) if self._next("(") else OdataNode("path", tuple(text.split("/")))
        return OdataNode("value", (_literal(kind, text),))

    def _call(self, name: str, depth: int) -> OdataNode:
        if name not in FUNCTIONS:
            raise WrongExpression(f"there is no function {name}; known: {', '.join(sorted(FUNCTIONS))}")
        given: list[OdataNode] = []
        if not self._next(")"):
            given.append(self.either(depth + 1))
            while self._next(","):
                given.append(self.either(depth + 1))
            self._close()
        return OdataNode("call", (name, *given))

    def _close(self) -> None:
        if not self._next(")"):
            raise WrongExpression("a parenthesis is not closed")


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "time":
        return _instant(text)
    if kind == "number":
        return Decimal(text)
    if kind == "geo":
        try:
            return shapely.from_wkt(text[len("geography'") : -1])
        except shapely.errors.ShapelyError as error:
            raise WrongExpression("no geometry in WKT") from error
    raise WrongExpression(f"unexpected {text!r}")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongExpression(f"{text} is no instant") from error


def value_of(node: OdataNode, look: Callable[[tuple[str, ...]], Any]) -> Any:
    """Return the value of an expression; `look` gives what stands at a path.

    Raises:
        WrongExpression: what is asked does not go with the kinds of the values.

    Source: OGC 18-088, 9.3.3.5; a comparison with nothing is false, but `eq null`.
    """
    kind, parts = node
    if kind == "value":
        return parts[0]
    if kind == "path":
        return look(parts)
    if kind == "and":
        return bool(value_of(parts[0], look)) and bool(value_of(parts[1], look))
    if kind == "or":
        return bool(value_of(parts[0], look)) or bool(value_of(parts[1], look))
    if kind == "not":
        return not value_of(parts[0], look)
    try:
        if kind == "call":
            return FUNCTIONS[parts[0]](*(value_of(each, look) for each in parts[1:]))
        left, right = value_of(parts[0], look), value_of(parts[1], look)
        return _compared(kind, left, right) if kind in COMPARED else COUNTED[kind](left, right)
    except (TypeError, ArithmeticError, AttributeError, ValueError) as error:
        raise WrongExpression(f"{kind}: the values do not go together") from error


def _compared(kind: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return (left is right) == (kind == "eq") if kind in ("eq", "ne") else False
    if isinstance(left, SpanOfTime):
        left = left.ends if kind in ("lt", "le") else left.begins
    if isinstance(right, SpanOfTime):
        right = right.begins if kind in ("lt", "le") else right.ends
    if isinstance(left, bool) != isinstance(right, bool):
        raise WrongExpression(f"{kind}: the values do not go together")
    return bool(COMPARED[kind](left, right))


def _moment(value: Any) -> datetime:
    return value.begins if isinstance(value, SpanOfTime) else value


def _shape(value: Any) -> Any:
    return shape(value) if isinstance(value, dict) else value


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "substringof": lambda part, text: part in text,
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "length": lambda text: Decimal(len(text)),
    "indexof": lambda text, part: Decimal(text.find(part)),
    "substring": lambda text, begin, *count: text[int(begin) :][: int(count[0])] if count else text[int(begin) :],
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "concat": lambda one, other: str(one) + str(other),
    "year": lambda at: Decimal(_moment(at).year),
    "month": lambda at: Decimal(_moment(at).month),
    "day": lambda at: Decimal(_moment(at).day),
    "hour": lambda at: Decimal(_moment(at).hour),
    "minute": lambda at: Decimal(_moment(at).minute),
    "second": lambda at: Decimal(_moment(at).second),
    "date": lambda at: _moment(at).date().isoformat(),
    "now": lambda: datetime.now(UTC),
    "round": lambda number: Decimal(round(number)),
    "floor": lambda number: Decimal(number // 1),
    "ceiling": lambda number: -Decimal(-number // 1),
    "geo.distance": lambda one, other: Decimal(str(_shape(one).distance(_shape(other)))),
    "geo.length": lambda line: Decimal(str(_shape(line).length)),
    "geo.intersects": lambda one, other: bool(_shape(one).intersects(_shape(other))),
    "st_equals": lambda one, other: bool(_shape(one).equals(_shape(other))),
    "st_disjoint": lambda one, other: bool(_shape(one).disjoint(_shape(other))),
    "st_touches": lambda one, other: bool(_shape(one).touches(_shape(other))),
    "st_within": lambda one, other: bool(_shape(one).within(_shape(other))),
    "st_overlaps": lambda one, other: bool(_shape(one).overlaps(_shape(other))),
    "st_crosses": lambda one, other: bool(_shape(one).crosses(_shape(other))),
    "st_intersects": lambda one, other: bool(_shape(one).intersects(_shape(other))),
    "st_contains": lambda one, other: bool(_shape(one).contains(_shape(other))),
}
"""Name → what it gives; distances in degrees, as the standard leaves the unit to the system of coordinates."""


def time_bounds(node: OdataNode | None) -> tuple[list[tuple[str, datetime]], bool]:
    """Return the comparisons of `phenomenonTime` with instants that must hold, and whether they are all that is asked.

    Source: OGC 18-088, 9.3.3.5.
    """
    if node is None:
        return [], True
    if node.kind == "and":
        left, whole = time_bounds(node.parts[0])
        right, too = time_bounds(node.parts[1])
        return left + right, whole and too
    if node.kind in ("gt", "ge", "lt", "le"):
        path, value = node.parts
        if (
            path == OdataNode("path", ("phenomenonTime",))
            and value.kind == "value"
            and isinstance(value.parts[0], datetime)
        ):
            return [(node.kind, value.parts[0])], True
    return [], False


def sort_key(value: Any) -> tuple[int, Decimal, str]:
    """Return what a value is sorted by: nothing, then numbers, then texts and times. Source: OData 4.0, `$orderby`."""
    if isinstance(value, SpanOfTime):
        value = value.begins
    if isinstance(value, datetime):
        return 2, Decimal(0), value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        return 2, Decimal(0), value
    return (1, Decimal(value), "") if isinstance(value, (int, Decimal)) else (0, Decimal(0), "")
