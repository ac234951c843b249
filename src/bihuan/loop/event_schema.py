"""The published schema of events: what stands in the `data` of every kind, as JSON Schema. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from bihuan.loop.kernel.payload import Meaning, meanings_of
from bihuan.loop.kernel.table import table

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of an event as API, command line and export give it: `kind` decides about `data`.

    Codes carry their words in both languages under `x-codes`, references what they name under `x-names`; `x-words`
    lists what people may have written, which stands apart from the data and can be erased.

    Source: docs/adr/0230 (7, published); JSON Schema 2020-12.
    """
    kinds = table().kinds
    payloads = list(dict.fromkeys(kind.payload for kind in kinds.values()))
    refs, parts = msgspec.json.schema_components(payloads, ref_template="#/$defs/{name}")
    by_payload = dict(zip(payloads, refs, strict=True))
    for payload in payloads:
        _explain(parts[by_payload[payload]["$ref"].rpartition("/")[2]], meanings_of(payload), parts)
    return {
        "$schema": DIALECT,
        "title": "Event",
        "type": "object",
        "required": ["kind", "data"],
        "oneOf": [
            {
                "title": kind,
                "description": f"{table().causes[kind].label.zh} · {table().causes[kind].label.en}",
                "x-words": sorted(table().words[kind]),
                "properties": {"kind": {"const": kind}, "data": by_payload[event.payload]},
            }
            for kind, event in kinds.items()
        ],
        "$defs": parts,
    }


def _explain(part: dict[str, Any], meanings: dict[str, Meaning], parts: dict[str, Any]) -> None:
    """Add what a part's facts name, and the words of their codes."""
    for name, meaning in meanings.items():
        found = part["properties"][name]
        if meaning.names:
            found["x-names"] = meaning.names
        if meaning.codes:
            found["x-codes"] = {code: {"zh": text.zh, "en": text.en} for code, text in meaning.codes.items()}
        if meaning.parts and (inner := _named_part(found)):
            _explain(parts[inner], dict(meaning.parts), parts)


def _named_part(schema: Any) -> str | None:
    """Return the name of the first part that a schema refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        schema = list(schema.values())
    return next(filter(None, map(_named_part, schema)), None) if isinstance(schema, list) else None
