"""`gone`: a published page is not there any more, or not for a length of time; when it is back, that ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, no_hits, strings
from bihuan.watches.pages import pages_found
from bihuan.watches.parts import field_faults
from bihuan.watches.scene import Scene, rows_where


class Gone(Strict):
    """A field that holds the address of a page; how long, and at how many looks in a row, it was not there.

    One failed look says little: servers are restarted.
    """

    field: Code
    after: Within = "1 day"
    looks: Annotated[int, Field(ge=1, le=100)] = 3


def find(scene: Scene, over: Over, rule: Gone) -> Hits:
    """Every subject whose page was not there for so long. Source: docs/topics/watches.md, "gone"."""
    table = scene.narrow(over)
    named = rows_where(pa.compute.is_valid(table[rule.field]))
    urls = dict(zip(named, strings(table[rule.field].take(pa.array(named, pa.int64()))), strict=True))
    found = pages_found(scene.district, sorted({*urls.values()}))
    since = scene.since(rule.after)
    rows = [
        row for row, url in urls.items()
        if url in found and found[url][3] >= rule.looks and found[url][1] <= since
    ]  # fmt: skip
    nothing: frozenset[tuple[str, str]] = frozenset()  # that a page is back takes nothing from that it was gone
    if not rows:
        return replace(no_hits(table.num_rows), retracted=nothing)

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        places = [rows[each] for each in chosen]
        told = scene.tell(over.subject or "", table, [rule.field], places)
        return [[*facts, _page(found[urls[row]])] for facts, row in zip(told, places, strict=True)]

    keys = strings(table["key"].take(pa.array(rows, pa.int64())))
    return Hits(keys, [""] * len(keys), [urls[row][:120] for row in rows], tell, table.num_rows, retracted=nothing)


def _page(found: tuple[str, Any, Any, int]) -> Fact:
    said, since, asked, looks = found
    return Fact("page.status", said, f"{looks} looks", since.isoformat(), asked.isoformat())


def why(rule: Gone) -> Words:
    """The rule in words."""
    zh = f"“{rule.field}”所指页面连续 {rule.looks} 次打不开，已过 {rule.after}"
    return Words(zh, f"the page in {rule.field} was not there at {rule.looks} looks in a row, for {rule.after}")


def faults(scene: Any, over: Over, rule: Gone) -> Iterator[Fault]:
    """The field is a text of the type."""
    yield from field_faults(over, ("field",), rule.field, ("text", "long_text", "code"))


def fields(over: Over, rule: Gone) -> dict[str, set[str]]:
    """The address."""
    return {over.subject or "": {rule.field}}


KIND = WatchKind(
    "gone",
    Words("网页打不开", "Page gone"),
    Words("公布的页面被撤下或打不开", "a published page that was taken down or does not open"),
    Gone, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
