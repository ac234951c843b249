"""What stands behind the question mark: `$filter`, `$expand` with its own options, `$orderby`, `$top`, `$skip`, ….

Source: OGC 18-088, 9.3.3 (system query options).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bihuan.standards.sensorthings.expressions import OdataNode, WrongExpression, read_expression

USUAL, MOST, FARTHEST, DEEPEST = 100, 10_000, 10_000_000, 6
KNOWN = frozenset({"$filter", "$expand", "$orderby", "$top", "$skip", "$count", "$select", "$resultFormat"})


@dataclass(frozen=True)
class EntitiesAsked:
    """A question for entities.

    Args:
        where: What must hold. order: Paths, and whether the greatest comes first. top, skip: Which of them.
        count: Whether their number is wanted. select: Properties that are wanted; empty: all.
        expand: Neighbours that are wanted beside each, with the question for them. form: `dataArray`, or empty.
    """

    where: OdataNode | None = None
    order: tuple[tuple[OdataNode, bool], ...] = ()
    top: int = USUAL
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: Mapping[str, EntitiesAsked] = field(default_factory=dict)
    form: str = ""


EVERYTHING = EntitiesAsked()


def entities_asked(given: Mapping[str, str], depth: int = 0) -> EntitiesAsked:
    """Read the options of a question.

    Raises:
        WrongExpression: an option that is not known, or one that cannot be read.

    Source: OGC 18-088, 9.3.3.
    """
    if depth > DEEPEST:
        raise WrongExpression("$expand is nested too deeply")
    for name in given:
        if name not in KNOWN:
            raise WrongExpression(f"there is no option {name}; known: {', '.join(sorted(KNOWN))}")
    where = read_expression(given["$filter"]) if given.get("$filter") else None
    order = tuple(_ordered(each) for each in _split(given.get("$orderby", ""), ",") if each)
    count = given.get("$count", "false").lower()
    if count not in ("true", "false"):
        raise WrongExpression("$count is true or false")
    if given.get("$resultFormat", "dataArray") != "dataArray":
        raise WrongExpression("$resultFormat is dataArray")
    return EntitiesAsked(
        where, order, min(_number(given, "$top", USUAL), MOST), _number(given, "$skip", 0), count == "true",
        tuple(each.strip() for each in given.get("$select", "").split(",") if each.strip()),
        _expanded(given.get("$expand", ""), depth), given.get("$resultFormat", ""),
    )  # fmt: skip


def _number(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > FARTHEST:
        raise WrongExpression(f"{name} is a number from 0 to {FARTHEST}")
    return int(text)


def _ordered(text: str) -> tuple[OdataNode, bool]:
    words = text.split()
    falling = words[-1].lower() == "desc" if len(words) > 1 else False
    if len(words) > 1 and words[-1].lower() in ("asc", "desc"):
        text = " ".join(words[:-1])
    return read_expression(text), falling


def _expanded(text: str, depth: int) -> dict[str, EntitiesAsked]:
    found: dict[str, EntitiesAsked] = {}
    for each in _split(text, ","):
        name, _, inner = each.strip().partition("(")
        if not name:
            continue
        first, _, onward = name.partition("/")
        given: dict[str, str] = {}
        if inner and not onward:
            given = _inner(inner)
        elif onward:
            given = {"$expand": onward + (f"({inner}" if inner else "")}
        asked = entities_asked(given, depth + 1)
        known = found.get(first)
        found[first] = asked if known is None else _joined(known, asked)
    return found


def _joined(one: EntitiesAsked, other: EntitiesAsked) -> EntitiesAsked:
    """`Thing,Thing/Locations` asks for the same neighbour twice: what stands beside it is wanted together."""
    kept = other if one == EVERYTHING else one
    values: dict[str, Any] = {name: getattr(kept, name) for name in EntitiesAsked.__dataclass_fields__}
    return EntitiesAsked(**{**values, "expand": {**one.expand, **other.expand}})


def _inner(text: str) -> dict[str, str]:
    if not text.endswith(")"):
        raise WrongExpression("$expand: a parenthesis is not closed")
    given = {}
    for each in _split(text[:-1], ";"):
        name, equals, value = each.partition("=")
        if not equals:
            raise WrongExpression(f"$expand: {each[:40]!r} is no option")
        given[name.strip()] = value
    return given


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that stand outside of parentheses and quotes."""
    parts, depth, quoted, begin = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif not quoted and depth == 0 and letter == mark:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]] if text else []
