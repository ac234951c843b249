"""The second truth of who may do what, read from `rights.txt`, which is written by hand."""

from __future__ import annotations

from pathlib import Path

_LINES = [line for line in (Path(__file__).parent / "rights.txt").read_text().splitlines() if line and line[0] != "#"]
ROLES = tuple(_LINES[0].split())
"""The roles of the house that people are given."""


def _row(line: str) -> tuple[str, frozenset[str]]:
    *words, marks = line.split()[: -len(ROLES)], line.split()[-len(ROLES) :]
    assert set(marks) <= {"x", "."}, line
    return " ".join(words[0]), frozenset(role for role, mark in zip(ROLES, marks, strict=True) if mark == "x")


RIGHTS: dict[str, frozenset[str]] = dict(map(_row, _LINES[1:]))
"""What is asked → the roles that may."""


def may(what: str) -> frozenset[str]:
    """The roles that may do something; KeyError when nobody has written down whose it is."""
    return RIGHTS[what]


def named(kind: str) -> dict[str, frozenset[str]]:
    """Rows of one kind (`api`, `page`, `do`) by the rest of their name."""
    return {key.removeprefix(f"{kind} "): roles for key, roles in RIGHTS.items() if key.startswith(f"{kind} ")}
