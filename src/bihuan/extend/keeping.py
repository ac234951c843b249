"""What is added to what is kept: rooms of rows, and where something of a person stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


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
        """The table of a column; of a path, what stands before its first dot."""
        return self.where.partition(".")[0]

    @property
    def column(self) -> str:
        """The column itself; empty for a folder."""
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
