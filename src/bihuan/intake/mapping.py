"""Mappings as data: which column of a file means what. Presets are mappings that ship with the package.

A mapping is YAML that somebody who does not program can read and change; `bihuan import --propose FILE` writes a first
one. Unknown keys are errors: a misspelt rule must not silently do nothing.
"""

import difflib
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from bihuan.declare.model import Name, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.extend import PRESETS
from bihuan.readers import read_cells
from bihuan.readers.dates import Ambiguous, Form, Nonexistent, Zone
from bihuan.readers.faults import FileError, file_error
from bihuan.readers.table import plain_column_name

Target = Literal[
    "id", "opened", "dispatched", "due", "closed", "status", "title", "text", "category", "area", "urgency",
    "channel", "unit", "longitude", "latitude", "address", "name", "phone", "email", "outcome", "result", "number",
]  # fmt: skip
TIMES: tuple[Target, ...] = ("opened", "dispatched", "due", "closed")
CODED: tuple[Target, ...] = ("status", "category", "area", "urgency", "channel", "unit")
ANY = "*"  # in `values`: what everything else means


class OutcomePattern(Strict):
    """The first pattern (regular expression, any case) found in the outcome column names the outcome."""

    pattern: str
    outcome: Literal["closed", "answered", "withdrawn", "invalid", "transferred", "refused"]

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        re.compile(value)
        return value


class Duplicates(Strict):
    """Where a row names the report it repeats: the pattern's one group is that report's id."""

    column: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, value: str) -> str:
        if re.compile(value).groups != 1:
            raise ValueError("the pattern needs exactly one group, around the id")
        return value


class Mapping(Strict):
    """What the columns of a file mean.

    `values` turns the file's words into codes per target; `*` stands for everything else, and without it an unknown
    word rejects its row. `fields` are kept as extra values of the case, `private` go to the erasable record.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Name
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    about: str = ""
    programme: str | None = None
    kind: str | None = None
    zone: str = "Asia/Shanghai"
    ambiguous: Ambiguous = "earlier"
    nonexistent: Nonexistent = "forward"
    dates: Form | dict[Target, Form] = "iso"
    earliest: str = "1990-01-01"
    history: bool = True
    clock: str = "resolve"
    columns: dict[Target, str | list[str]]
    required: list[Target] = ["opened"]
    constants: dict[Target, str] = {}
    values: dict[Target, dict[str, str | None]] = {}
    value_files: dict[Target, str] = {}
    outcomes: list[OutcomePattern] = []
    duplicates: Duplicates | None = None
    placeholders: list[tuple[str, str]] = []
    fields: dict[str, str] = {}
    repeated: Literal["reject", "update"] = "reject"
    register_units: bool = False
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    formulas: Literal["refuse", "value"] = "refuse"
    text_limit: int = Field(default=50_000, ge=1)

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA zone; for example Asia/Shanghai") from error
        return value

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        if "opened" not in self.columns:
            raise ValueError("columns must say which column is 'opened': without it nothing has a time")
        for target in self.required:
            if target not in self.columns:
                raise ValueError(f"required target {target!r} has no column")
        for target in (*self.values, *self.value_files):
            if target not in CODED:
                raise ValueError(f"values are for {', '.join(CODED)}, not {target!r}")
        if not {"title", "text"} & set(self.columns):
            raise ValueError("columns must name a 'title' or a 'text': a report says something")
        return self

    @cached_property
    def exact_zone(self) -> Zone:
        """The zone with its fold rules. Source: docs/topics/import.md, "Local times"."""
        return Zone(ZoneInfo(self.zone), self.ambiguous, self.nonexistent)

    def form(self, target: Target) -> Form:
        """Return the declared date form of a target. Source: docs/topics/import.md, "Local times"."""
        return self.dates if isinstance(self.dates, str) else self.dates.get(target, "iso")

    def names(self, target: Target) -> list[str]:
        """Return the names a target's column may have, best first. Source: docs/topics/import.md, "Import a file"."""
        named = self.columns.get(target, [])
        return [named] if isinstance(named, str) else named

    @property
    def wanted(self) -> list[str]:
        """One name of every required column: they mark the header row.

        Source: docs/topics/import.md, "Import a file".
        """
        return [self.names(target)[0] for target in self.required]

    def match(self, file: str, header: list[str]) -> dict[str, str]:
        """Target (or `fields:x`, `duplicates`) → the file's own column name.

        Raises:
            FileError: required columns are missing; names what was found and near matches.

        Source: docs/topics/import.md, "Import a file".
        """
        find = Header(file, header).find
        found: dict[str, str] = {}
        for target in self.columns:
            column = next((name for n in self.names(target) if (name := find(n)) is not None), None)
            if column is not None:
                found[target] = column
        missing = [self.names(target)[0] for target in self.required if target not in found]
        if missing:
            raise file_error(
                file, "header", missing=", ".join(missing), found=", ".join(header[:40]) or "-",
                near=_near(missing, header), mapping=self.id, needed=", ".join(self.wanted),
            )  # fmt: skip
        extra = {f"fields:{k}": v for k, v in self.fields.items()}
        if self.duplicates:
            extra["duplicates"] = self.duplicates.column
        found.update({key: column for key, name in extra.items() if (column := find(name)) is not None})
        return found

    def absent(self, header: list[str], found: dict[str, str]) -> str:
        """Columns that the mapping names and the file lacks, with names that are near; '' when there is none.

        Source: docs/topics/import.md, "Import a file".
        """
        out: list[tuple[str, list[str]]] = [(t, self.names(t)) for t in self.columns if t not in found]
        out += [(f"fields.{k}", [v]) for k, v in self.fields.items() if f"fields:{k}" not in found]
        if self.duplicates and "duplicates" not in found:
            out.append(("duplicates", [self.duplicates.column]))
        free = [name for name in header if name not in found.values()]
        return ", ".join(f"{names[0]} ({target}){_near(names[:1], free)}" for target, names in out)


class Header:
    """Finds columns by name: the exact one, else the only one that is alike (width, case, spaces apart).

    Args:
        file: For messages.
        names: The header.
    """

    def __init__(self, file: str, names: list[str]) -> None:
        self.file, self.names = file, frozenset(names)
        self.alike: dict[str, list[str]] = {}
        for name in names:
            self.alike.setdefault(plain_column_name(name), []).append(name)

    def find(self, name: str) -> str | None:
        """Return the column meant by a name, None when there is none.

        Raises:
            FileError: several are alike and none is exactly it.

        Source: docs/topics/import.md, "Import a file".
        """
        if name in self.names:
            return name
        found = self.alike.get(plain_column_name(name), [])
        if len(found) > 1:
            raise file_error(self.file, "header_alike", field=name, columns=", ".join(found))
        return found[0] if found else None


def _near(missing: list[str], header: list[str]) -> str:
    pairs = []
    for name in missing:
        close = difflib.get_close_matches(name.casefold(), [h.casefold() for h in header], 1, 0.6)
        if close:
            pairs.append(f"{name} ≈ {next(h for h in header if h.casefold() == close[0])}")
    return f" ({'; '.join(pairs)}?)" if pairs else ""


def presets() -> list[str]:
    """Return the ids of the mappings that come with the software and its extensions (`bihuan.extend.PRESETS`).

    Source: docs/adr/0236 (kinds of files come through the one door)
    """
    return sorted(each.name for each in PRESETS.all())


def preset(name: str) -> Mapping:
    """Return a shipped mapping by id.

    Raises:
        FileError: there is none of that name; names those there are.

    Source: docs/adr/0236 (kinds of files come through the one door)
    """
    found = next((each for each in PRESETS.all() if each.name == name), None)
    if found is None:
        raise file_error(name, "mapping", detail=f"no preset {name!r}; there are: {', '.join(presets())}")
    return load_mapping(found.file)


def load_mapping(path: Path) -> Mapping:
    """Return a mapping from a YAML file; value files are read from the same folder.

    Raises:
        FileError: with line and field of the first thing wrong.

    Source: docs/topics/declarations.md (line and field of what is wrong)
    """
    if not path.is_file():
        raise file_error(str(path), "no_file")
    try:
        document = Document(path, path.name)
        if not isinstance(document.value, dict):
            raise file_error(path.name, "mapping", detail="a mapping is a YAML object")
        mapping = validated(document, Mapping, _plain_yaml(document.value))
    except DeclarationError as error:
        raise _first(path, error.problems[0]) from error
    except re.PatternError as error:
        raise file_error(path.name, "mapping", detail=f"bad pattern: {error}") from error
    values = dict(mapping.values)
    for target, name in mapping.value_files.items():
        values[target] = {**_value_file(path.parent / name), **values.get(target, {})}
    return mapping.model_copy(update={"values": values})


def _value_file(path: Path) -> dict[str, str | None]:
    """Return a table of two columns: what the file says, and the code it stands for."""
    values: dict[str, str | None] = {}
    for line, cells in read_cells(path, comments="#")[1:]:
        if len(cells) < 2:
            raise file_error(path.name, "cells", line=line, found=len(cells), expected=2)
        values[cells[0]] = cells[1] or None
    return values


def _plain_yaml(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain_yaml(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain_yaml(v) for v in value]
    return str(value) if isinstance(value, float) else value


def _first(path: Path, problem: Problem) -> FileError:
    field = "" if problem.field == "(file)" else problem.field
    detail = problem.what if problem.rule in problem.what else f"{problem.what} — {problem.rule}"
    return file_error(path.name, "mapping", line=problem.line, field=field, detail=detail)
