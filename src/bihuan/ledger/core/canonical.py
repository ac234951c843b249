"""Canonical JSON (RFC 8785, "JCS") for the restricted domain of the log.

Allowed: objects with string keys, lists, strings, booleans, null and integers within ±(2^53 − 1). Refused: floats
(decimals travel as strings), larger integers, lone surrogates, U+0000 (which PostgreSQL's ``jsonb`` cannot hold, so
the event could not be read back and hashed again), and anything that is not exactly a JSON type.

Within this domain ``msgspec`` writes what RFC 8785 asks for, except that it sorts keys by code point where the RFC
sorts by UTF-16 unit (section 3.2.3); the two differ only for keys above U+D7FF, which are re-ordered here.
"""

from typing import Any

import msgspec

from bihuan.ledger.core.errors import NotCanonicalError

MAX_INTEGER = 2**53 - 1
"""Largest magnitude of an integer: what every JSON reader keeps exactly (RFC 8785 section 3.2.2.3, RFC 7493)."""

MAX_DEPTH = 64
"""Deepest nesting accepted; keeps hostile input from exhausting the stack."""

_sorted_encoder = msgspec.json.Encoder(order="sorted")
_plain_encoder = msgspec.json.Encoder(order=None)
_PLAIN = frozenset({str, bool, type(None)})


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of ``value``.

    Args:
        value: dicts, lists, strings, booleans, None and integers within ±(2^53 − 1), nested at most 64 deep.

    Raises:
        NotCanonicalError: names the place (as a JSON pointer), the rule and the remedy.
    """
    try:
        encoded = _sorted_encoder.encode(value)
        keys = _checked_keys(value)
        if not keys.isascii() and max(keys) > "\ud7ff":
            encoded = _plain_encoder.encode(_reorder(value))
    except (_RefusedError, TypeError, ValueError, RecursionError) as error:
        raise NotCanonicalError(_explain(value)) from error
    if b"\\" in encoded and b"\\u0000" in encoded:
        _refuse_nul(value)
    return encoded


class _RefusedError(Exception):
    """Internal: the quick walk met something that ``_explain`` will name."""


def _checked_keys(value: Any) -> str:
    """Check every value and return all keys, joined.

    This is the hot loop of intake and import: flat, since one growing list costs half of recursion.
    """
    nodes, keys = [value], []
    for node in nodes:
        kind = type(node)
        if kind in _PLAIN:
            continue
        if kind is dict:
            nodes += node.values()
            keys += node
        elif kind is list:
            nodes += node
        elif kind is not int or not -MAX_INTEGER <= node <= MAX_INTEGER:
            raise _RefusedError
    if len(nodes) > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _RefusedError
    return "".join(keys)


def _depth(value: Any) -> int:
    """How many containers are nested in each other."""
    depth, layer = 0, [value]
    while layer := [node for node in layer if type(node) in (dict, list)]:
        depth += 1
        layer = [item for node in layer for item in (node.values() if type(node) is dict else node)]
    return depth


def _reorder(node: Any) -> Any:
    """Copy ``node`` with every object's keys in the order of their UTF-16 units."""
    if type(node) is dict:
        return {key: _reorder(node[key]) for key in sorted(node, key=lambda key: key.encode("utf-16-be"))}
    if type(node) is list:
        return [_reorder(item) for item in node]
    return node


def _explain(value: Any) -> str:
    found = _first_fault(value, "", 0)
    if found is None:
        return "canonical JSON: the value cannot be encoded; use only JSON types (RFC 8785)"
    pointer, fault = found
    return f"canonical JSON: at {pointer or 'the top'}: {fault}"


def _first_fault(node: Any, pointer: str, depth: int) -> tuple[str, str] | None:
    """The first place that breaks a rule, with the rule and the remedy."""
    if type(node) in (dict, list) and depth >= MAX_DEPTH:
        return pointer, f"nested deeper than {MAX_DEPTH}; flatten the data"
    if type(node) is dict:
        members = list(node.items())
    elif type(node) is list:
        members = [(str(index), item) for index, item in enumerate(node)]
    else:
        fault = _scalar_fault(node)
        return None if fault is None else (pointer, fault)
    for key, item in members:
        if type(key) is not str:
            return (pointer, f"object key {key!r} is a {type(key).__name__}; keys are strings (RFC 8259)")
        fault = _scalar_fault(key)
        if fault is not None:
            return pointer, f"object key {key!r}: {fault}"
        found = _first_fault(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", depth + 1)
        if found is not None:
            return found
    return None


def _scalar_fault(node: Any) -> str | None:
    kind = type(node)
    if kind is float:
        return f"{node!r} is a float, which has no exact form; write it as a string or a scaled integer"
    if kind is int:
        inside = -MAX_INTEGER <= node <= MAX_INTEGER
        return None if inside else f"integer {node} is beyond ±(2^53 − 1); write it as a string"
    if kind is str:
        return _string_fault(node)
    if kind in _PLAIN:
        return None
    return f"a {kind.__name__} is not a JSON type; convert it to a string, integer, list or object first"


def _string_fault(text: str) -> str | None:
    if "\x00" in text:
        return "U+0000 inside a string, which the database cannot store; remove it"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "a lone surrogate, which is not valid Unicode; clean the text where it comes in"
    return None


def _refuse_nul(value: Any) -> None:
    """Raise if a string really holds U+0000; the escaped text ``\\u0000`` alone is harmless."""
    found = _first_fault(value, "", 0)
    if found is not None:
        raise NotCanonicalError(_explain(value))
