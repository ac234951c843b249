"""The reference names every field a programme may have, every rule of quality, and every indicator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bihuan.loop.indicator_files import indicator_ids
from bihuan.loop.programmes import schema
from bihuan.loop.quality import RULES

DOCS = Path(__file__).resolve().parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "programme.md").read_text(encoding="utf-8")


def fields() -> set[str]:
    """Every property name in the published schema."""
    found = set(schema()["properties"])
    for definition in schema()["$defs"].values():
        found |= set(definition.get("properties", {}))
    return found


@pytest.mark.parametrize("field", sorted(fields()))
def test_every_field_is_documented(field: str) -> None:
    assert re.search(rf"`[^`\n]*\b{field}\b[^`\n]*`", REFERENCE), f"docs/reference/programme.md does not name {field}"


def test_every_rule_of_quality_is_documented() -> None:
    assert [rule for rule in RULES if f"`{rule}`" not in REFERENCE] == []


def test_every_indicator_is_documented() -> None:
    topic = (DOCS / "topics" / "indicators.md").read_text(encoding="utf-8")
    short = {i.removeprefix("findings") if i.startswith("findings_") else i for i in indicator_ids()}
    assert [i for i in sorted(short) if f"{i}`" not in topic] == []
