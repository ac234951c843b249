"""The queries: SQL files with named fragments, so that `the unit of that round` is written once.

A query answers rows (indicator, case_id, programme, area, unit, category, counted, excluded); the published count and
the list of cases behind it come from the same text, whose SHA-256 is published with the number.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

from bihuan.loop.indicator_files import Definition, query_file, query_files
from bihuan.loop.indicator_queries import VIEWS

FOLDER = Path(__file__).resolve().parent / "queries"
_USE = re.compile(r"\{(\w+)(?:\(([$\w, ]*)\))?\}")
_FRAGMENT = re.compile(r"^--: (\w+)\(([\w, ]*)\)\n(.*?)(?=^--: |\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


@cache
def fragment(name: str, *given: str) -> str:
    """Return one fragment with its arguments and the fragments it uses filled in; `query(group)` is a whole query.

    Raises:
        KeyError: there is no such fragment.
        ValueError: the wrong number of arguments.

    Source: docs/adr/0080 (2, fragments used twice are named; counting and drill-down wrap the same text)
    """
    if name == "query":
        body = (FOLDER / f"{given[0]}.sql").read_text(encoding="utf-8")
        return _filled(_COMMENT.sub("", body))
    names, body = _fragments()[name]
    for argument, value in zip(names, given, strict=True):
        body = body.replace(f"${argument}", value)
    return _filled(body)


def text_of(definition: Definition) -> str:
    """Return the whole query that counts an indicator now: its group's, or its programme's own over the views.

    Raises:
        KeyError: the file of its own query is gone.

    Source: docs/topics/indicators.md, "Adding an indicator"; docs/adr/0232 (three views)
    """
    if definition.query is None:
        return fragment("query", definition.group)
    file = query_file(definition)
    if file is None:
        raise KeyError(f"the query {definition.query} of {definition.id} is not there; restore indicators/")
    return over_views(definition.id, file.read_text(encoding="utf-8"))


@cache
def over_views(indicator: str, own: str) -> str:
    """Return a programme's own query as it is run: over the published views, with the columns of every other query.

    Source: docs/topics/indicators.md, "Adding an indicator"; docs/adr/0232 (three views)
    """
    views = ",\n".join(f"{view} AS NOT MATERIALIZED (\n{fragment('view_' + view)}\n)" for view in VIEWS)
    inner = _COMMENT.sub("", own).strip().rstrip(";").replace("%", "%%")
    return (
        f"WITH {views}\nSELECT '{indicator}' AS indicator, q.case_id, q.programme, q.area, q.unit, q.category,"
        f" q.counted, NULL::text AS excluded\nFROM (\n{inner}\n) q WHERE q.programme = ANY(%(programmes)s)"
    )


def digest(definition: Definition) -> str:
    """Return the SHA-256 (hex) of an indicator's query, published beside every number it gave.

    Source: docs/adr/0080 (2, the SHA-256 of the text is published with the number)
    """
    return sha256(text_of(definition))


def as_published(definition: Definition, published: str) -> str | None:
    """Return the text with a published digest: the present one while it is unchanged, else one kept for periods it once
    counted (`queries/superseded/`, or a file of the programme's own); None when that text is unknown.

    Raises:
        ValueError: a kept text is not the one of its digest.

    Source: docs/adr/0080 (2, the SHA-256 of the text is published with the number)
    """
    with suppress(KeyError):
        if digest(definition) == published:
            return text_of(definition)
    kept = FOLDER / "superseded" / f"{published}.sql"
    if kept.exists():
        text = kept.read_text(encoding="utf-8")
        if sha256(text) != published:
            raise ValueError(f"{kept.name} is not the query of that name; restore the file of the release")
        return text
    if definition.query is None:
        return None
    own = (over_views(definition.id, file.read_text(encoding="utf-8")) for file in query_files())
    return next((text for text in own if sha256(text) == published), None)


def wrapped(name: Literal["aggregate", "members"], text: str) -> str:
    """Return a query wrapped so that it answers counts per cell, or the cases behind one indicator.

    Source: docs/adr/0080 (2, fragments used twice are named; counting and drill-down wrap the same text)
    """
    return _fragments()[name][1].replace("{query}", text).strip()


@cache
def sha256(text: str) -> str:
    """Return the SHA-256 (hex) of a text.

    Source: docs/adr/0080 (2, the SHA-256 of the text is published with the number)
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _filled(body: str) -> str:
    return _USE.sub(lambda use: fragment(use[1], *_split(use[2] or "")), body).strip()


def _split(arguments: str) -> tuple[str, ...]:
    return tuple(a.strip() for a in arguments.split(",") if a.strip())


@cache
def _fragments() -> dict[str, tuple[tuple[str, ...], str]]:
    source = (FOLDER / "fragments.sql").read_text(encoding="utf-8")
    return {m[1]: (_split(m[2]), _COMMENT.sub("", m[3])) for m in _FRAGMENT.finditer(source)}
