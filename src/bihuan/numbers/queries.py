"""The queries: SQL files with named fragments, so that `the unit of that round` is written once.

A query answers rows (indicator, case_id, programme, area, unit, category, counted, excluded); the published count and
the list of cases behind it come from the same text, whose SHA-256 is published with the number.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "queries"
GROUPS = ("callbacks", "openings", "dispatches", "handling", "stock", "findings", "parties")
_USE = re.compile(r"\{(\w+)(?:\(([$\w, ]*)\))?\}")
_FRAGMENT = re.compile(r"^--: (\w+)\(([\w, ]*)\)\n(.*?)(?=^--: |\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


@cache
def fragment(name: str, *given: str) -> str:
    """Return one fragment with its arguments and the fragments it uses filled in; `query(group)` is a whole query.

    Raises:
        KeyError: there is no such fragment.
        ValueError: the wrong number of arguments.
    """
    if name == "query":
        kept = _superseded(given[0])
        if kept is not None:
            return kept
        body = (FOLDER / f"{given[0]}.sql").read_text(encoding="utf-8")
        return _filled(_COMMENT.sub("", body))
    names, body = _fragments()[name]
    for argument, value in zip(names, given, strict=True):
        body = body.replace(f"${argument}", value)
    return _filled(body)


@cache
def digest(group: str) -> str:
    """Return the SHA-256 (hex) of a group's SQL, published beside every number it gave."""
    return hashlib.sha256(fragment("query", group).encode()).hexdigest()


def as_published(group: str, published: str) -> str | None:
    """Return the name under which `fragment("query", …)` finds the text with a published digest: the group itself while
    its query is unchanged, else the digest of a query kept for months it once counted; None when that text is unknown.
    """
    if digest(group) == published:
        return group
    return published if _superseded(published) is not None else None


def _superseded(name: str) -> str | None:
    """A query of an earlier edition, word for word; its name is its SHA-256, which must hold."""
    file = FOLDER / "superseded" / f"{name}.sql"
    if not file.exists():
        return None
    text = file.read_text(encoding="utf-8")
    if hashlib.sha256(text.encode()).hexdigest() != name:
        raise ValueError(f"{file.name} is not the query of that name; restore the file of the release")
    return text


def _filled(body: str) -> str:
    return _USE.sub(lambda use: fragment(use[1], *_split(use[2] or "")), body).strip()


def _split(arguments: str) -> tuple[str, ...]:
    return tuple(a.strip() for a in arguments.split(",") if a.strip())


@cache
def _fragments() -> dict[str, tuple[tuple[str, ...], str]]:
    source = (FOLDER / "fragments.sql").read_text(encoding="utf-8")
    return {m[1]: (_split(m[2]), _COMMENT.sub("", m[3])) for m in _FRAGMENT.finditer(source)}
