"""The policies in use: every `clauses/*.yaml` of every programme folder. A faulty file is set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.declare.stamped import StampedReading, files_in
from bihuan.entitlements.pure.declared import FOLDER, PolicyFile, read_policy
from bihuan.faults import Fault
from bihuan.loop import folders
from bihuan.methods.parts.clauses import wrong_clause
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.pure.types import SubjectType

EARLIER = "earlier"
"""The folder of editions that are in use no longer."""
KINDS = {
    "yes_no": "flag", "number": "number", "money": "number", "decimal": "number", "count": "number", "date": "date",
}  # fmt: skip
"""What the method calls fields of a type; any other is a code."""


class UnknownPolicy(Fault):
    """A policy that no programme declares."""

    remedy = "see `bihuan entitle list`; a policy is declared in PROGRAMME/clauses/ID.yaml"


class _Known(NamedTuple):
    policies: dict[str, PolicyFile]
    programmes: dict[str, str]
    files: dict[str, Path]
    aside: tuple[Problem, ...]
    earlier: tuple[PolicyFile, ...] = ()


def all_policies() -> dict[str, PolicyFile]:
    """Return every policy by id."""
    return _catalogue().policies


def editions_of(name: str) -> tuple[PolicyFile, ...]:
    """Return the editions of a policy, the earliest first; the last is in use.

    Raises:
        UnknownPolicy: nobody declares it.

    Source: docs/topics/entitlements.md, "Editions".
    """
    earlier = sorted((each for each in _catalogue().earlier if each.id == name), key=lambda each: each.edition)
    return (*earlier, policy_named(name))


def policies_aside() -> tuple[Problem, ...]:
    """What is wrong with files that are not in use."""
    return _catalogue().aside


def policy_named(name: str) -> PolicyFile:
    """Return a policy by its id.

    Raises:
        UnknownPolicy: nobody declares it.
    """
    found = all_policies()
    if name not in found:
        raise UnknownPolicy(
            f"没有政策 {name!r} · there is no policy {name!r}", f"one of: {', '.join(found) or '(none)'}"
        )
    return found[name]


def programme_of(name: str) -> str:
    """The folder's programme that declares a policy, which must be one."""
    return _catalogue().programmes[name]


def file_of(name: str) -> Path:
    """The file that declares a policy, which must be one."""
    return _catalogue().files[name]


def draft_problems(draft: PolicyFile, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a draft beside the register it is over. Source: docs/adr/0398."""
    yield from _faults(draft, document, {})


def kinds_for(kind: SubjectType) -> dict[str, str]:
    """What the method calls each open field of a type of subjects."""
    return {name: KINDS.get(kind.fields[name].type, "code") for name in kind.open_fields}


def forget_policies() -> None:
    """Read the files anew at the next question."""
    _reading.forget()


def _catalogue() -> _Known:
    return _reading.content()


def _files() -> list[Path]:
    return [
        file
        for root in folders.roots()
        for file in (*files_in([root], FOLDER), *files_in([root], f"{FOLDER}/{EARLIER}"))
    ]


def _read(files: Sequence[Path]) -> _Known:
    policies: dict[str, PolicyFile] = {}
    programmes: dict[str, str] = {}
    found: dict[str, Path] = {}
    aside: list[Problem] = []
    earlier: list[PolicyFile] = []
    for file in files:
        old = file.parent.name == EARLIER
        folder = file.parents[2 if old else 1]
        document = Document(file, f"{folder.name}/{file.relative_to(folder)}")
        try:
            policy = read_policy(document)
        except DeclarationError as error:
            aside += error.problems
            continue
        if old:
            earlier.append(policy)
            continue
        faults = list(_faults(policy, document, policies))
        if faults:
            aside += faults
            continue
        policies[policy.id], programmes[policy.id], found[policy.id] = policy, folders.programme_of(file), file
    return _Known(policies, programmes, found, tuple(aside), tuple(earlier))


_reading = StampedReading(_files, _read)


def _faults(policy: PolicyFile, document: Document, others: dict[str, PolicyFile]) -> Iterator[Problem]:
    """What one file cannot say alone: its name, its register, that register's fields."""
    if policy.id in others:
        yield document.problem(("id",), f"{policy.id!r} is declared twice", "one file, one policy", "rename it")
    kind = subject_types().get(policy.over)
    if kind is None:
        yield document.problem(
            ("over",), f"there is no type of subjects {policy.over!r}", f"one of {', '.join(subject_types())}",
            "correct the spelling",
        )  # fmt: skip
        return
    known = kinds_for(kind)
    for name in policy.fields:
        if name not in known:
            yield document.problem(
                ("alternatives",), f"{policy.over} has no open field {name!r}", f"one of {', '.join(known)}",
                "correct the spelling",
            )  # fmt: skip
    for clause in policy.clauses:
        if clause.field in known and (part := wrong_clause(clause, known)):
            yield document.problem(
                ("alternatives",), f"{clause.name}: the {part} does not fit the field {clause.field!r}",
                f"{clause.field} is a {known[clause.field]}", "choose another test or value",
            )  # fmt: skip
