"""Everything that a file declares, in one list: what it is called, which file, and where it is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bihuan.extend.points import DECLARED
from bihuan.extend.telling import DeclaredKind, DeclaredThing


class DeclaredRow(NamedTuple):
    """One declared thing with the addresses at which people and programs find it; empty: it has none of that."""

    kind: str
    kind_zh: str
    kind_en: str
    name: str
    zh: str
    en: str
    programme: str
    file: str
    page: str
    api: str
    command: str
    export: str


def declared_rows(kind: str = "") -> Iterator[DeclaredRow]:
    """Give everything that is in use, by kind and name.

    Args:
        kind: One of the kinds; empty: all.

    Source: docs/topics/declarations.md, "One file each".
    """
    for each in DECLARED.all():
        if kind in ("", each.name):
            yield from (_row(each, thing) for thing in each.find())


def _row(kind: DeclaredKind, thing: DeclaredThing) -> DeclaredRow:
    page, api, command, export = (
        told.replace("{name}", thing.name) for told in (kind.page, kind.api, kind.command, kind.export)
    )
    return DeclaredRow(
        kind.name, kind.zh, kind.en, thing.name, thing.zh, thing.en, thing.programme, thing.file, page, api, command,
        export,
    )  # fmt: skip
