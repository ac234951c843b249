"""What is added to what is kept: rooms of rows, and where something of a person stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True)
class Kept:
    """A room of rows (`bihuan.server.keeping`) and the files of the data folder it comes from or is written to.

    Args:
        room: Its name. folder: Below the data folder. pattern: As of `Path.glob`.
        edited: Whether a city edits the files itself.
        history: Whether earlier contents are kept.
    """

    room: str
    folder: str
    pattern: str
    edited: bool = False
    history: bool = True


class Holds(StrEnum):
    """What a place holds of a person."""

    WORDS = "words"  # what somebody wrote about themselves and others
    IDENTITY = "identity"  # name, phone, address; encrypted
    PICTURE = "picture"  # photographs and what was read from them
    TRACE = "trace"  # leads back to a person: message ids, digests of contents, blind indexes, addresses
    SECRET = "secret"  # opens something: codes, passwords, keys  # noqa: S105 - the word, not a secret
    STAFF = "staff"  # people who work here, under their own names


@dataclass(frozen=True)
class PersonalPlace:
    """A column or a folder that can hold something of a person, and how it is emptied when a case is erased.

    Args:
        where: `table.column`, or a path below BIHUAN_HOME.
        holds: What.
        why: What it is for, and when and by whom it goes when not with its case.
        of_case: SQL condition that finds the rows of one case (`%(case)s`); empty: not kept by case.
        emptied: SQL of the emptied value; `DELETE` removes the row; empty: `why` says who empties it.
        seals: Column of the same table that names a sealed identity which goes with the case; empty: none.
    """

    where: str
    holds: Holds
    why: str
    of_case: str = ""
    emptied: str = ""
    seals: str = ""

    @property
    def table(self) -> str:
        """The table of a column; of a path, what stands before its first dot.

        Source: docs/adr/0220 (one register of personal words)
        """
        return self.where.partition(".")[0]

    @property
    def column(self) -> str:
        """The column itself; empty for a folder. Source: docs/adr/0220 (one register of personal words)."""
        return self.where.partition(".")[2]


@dataclass(frozen=True)
class PlainColumns:
    """Columns of a table that could hold words and are declared to hold codes, ids and texts of the house only.

    Args:
        table: Its name in the database.
        columns: Names, parted by spaces.
    """

    table: str
    columns: str


@dataclass(frozen=True)
class Retention:
    """What is kept for a time only, how long, and what ends it; the worker asks every rule every ten minutes.

    Args:
        name: Short, for the log.
        zh, en: What is kept.
        until_zh, until_en: How long, and from when.
        basis: Which law, standard or page of docs decides it.
        end: Ends one bounded batch of what is past its time and gives how many things it ended; none when there is no
            district yet. It may raise: the other rules go on, and this one is asked again.
        leaves: What is left and why, in English; empty: nothing.
    """

    name: str
    zh: str
    en: str
    until_zh: str
    until_en: str
    basis: str
    end: Callable[[], int]
    leaves: str = ""


class LakeColumn(NamedTuple):
    """A column of a table of the lake: a code, a number, a time or a cell, never words.

    Args:
        name: As questions name it.
        kind: `text`; `whole` (32 bits), `long` (64 bits); `moment` (UTC, microseconds); `flag`; `cell` (of a place: the
            SQL gives two columns for it, longitude and latitude in millionths of a degree, and the lake works it out).
    """

    name: str
    kind: Literal["text", "whole", "long", "moment", "flag", "cell"] = "text"


@dataclass(frozen=True)
class LakeCut:
    """What one sync copies; every part is checked before it comes into SQL.

    Args:
        district: Official code. zone: IANA zone that months are counted in.
        since, until: Leaves of the log, since ≤ index < until.
        months: YYYY-MM, for tables that follow months.
    """

    district: str
    zone: str
    since: int
    until: int
    months: tuple[str, ...] = ()


@dataclass(frozen=True)
class LakeTable:
    """A table that a room gives to the lake: flat codes, numbers and times, and neither words nor identities.

    Args:
        name: As questions name it.
        zh, en: What a row is.
        columns: In their order.
        rows: SQL of the rows of a cut: the columns in their order (times by `lake_moment`), then the month YYYY-MM.
        changed: SQL of the months whose rows a cut has changed: they are written anew as a whole. None: rows are only
            ever added, those of the leaves of the cut.
    """

    name: str
    zh: str
    en: str
    columns: tuple[LakeColumn, ...]
    rows: Callable[[LakeCut], str]
    changed: Callable[[LakeCut], str] | None = None


def lake_moment(column: str) -> str:
    """Write SQL that gives a time as the lake reads it.

    Args:
        column: SQL of a `timestamptz`.

    Source: RFC 3339 §5.6, in UTC with microseconds.
    """
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def lake_month(column: str, zone: str) -> str:
    """Write SQL that gives the month YYYY-MM of a `timestamptz` in a zone.

    Source: ISO 8601-1 (YYYY-MM); docs/topics/lake.md (months are those of the district's zone).
    """
    return f"to_char({column} AT TIME ZONE '{zone}', 'YYYY-MM')"


class RawQuestion(NamedTuple):
    """Whose raw records are wanted for an evidence package.

    Args:
        type: Of the subject. values: Its open fields as they held when the case opened. first, last: Of receipt.
    """

    type: str
    values: Mapping[str, Any]
    first: datetime
    last: datetime


@dataclass(frozen=True)
class RawRecords:
    """What came over a wire byte by byte, for evidence packages.

    Args:
        name: Of the wire; the folder of its files in the package.
        files: File name → bytes of what it received for a subject; empty where nothing came.
        zh, en: What it keeps.
    """

    name: str
    files: Callable[[RawQuestion], Mapping[str, bytes]]
    zh: str
    en: str
