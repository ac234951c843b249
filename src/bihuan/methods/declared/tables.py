"""What a method is given: tables of checked columns, features, bytes, options, and a place for its refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.cells import Cells
from bihuan.methods.declared.rejects import Reject


@dataclass(frozen=True)
class Feature:
    """A feature of a GeoJSON file.

    Args:
        row: Its number in the file, from 1.
        properties: By name.
        geometry: A shapely geometry, longitude before latitude in degrees.
    """

    row: int
    properties: Mapping[str, Any]
    geometry: Any


@dataclass(frozen=True)
class Table:
    """One input as checked columns; rows that broke a rule of their columns are not in it.

    Args:
        file: Name of the file. lines: int64[n], the line each row stands on.
        columns: By declared name. others: Further columns, as text, of an open or carried input.
        features, raw: Of a GeoJSON file and of a file of bytes.
        refused: Rows that the method itself rejects.
    """

    file: str
    lines: NDArray[np.int64]
    columns: Mapping[str, Cells] = field(default_factory=dict)
    others: Mapping[str, Cells] = field(default_factory=dict)
    features: Sequence[Feature] = ()
    raw: bytes = b""
    refused: list[Reject] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, name: str) -> Cells:
        return self.columns[name]

    def refuse(self, row: int, column: str, rule: str, remedy: str, **more: str) -> None:
        """Reject the row of an index (or feature) for a rule that spans columns, rows or files.

        Source: docs/adr/0265 (what needs several rows a method refuses itself)
        """
        line = self.features[row].row if self.features else int(self.lines[row])
        self.refused.append(Reject(self.file, line, column, rule, remedy, more))

    def kept(self, mask: NDArray[np.bool_]) -> Table:
        """The rows of a mask only; refusals go to the same list.

        Source: docs/adr/0265 (what needs several rows a method refuses itself)
        """
        columns = {name: cells.taken(mask) for name, cells in self.columns.items()}
        others = {name: cells.taken(mask) for name, cells in self.others.items()}
        return Table(self.file, self.lines[mask], columns, others, refused=self.refused)


class Workdays(Protocol):
    """A calendar of working days; make-up days count."""

    @property
    def edition(self) -> str:
        """Identity of the published schedules."""
        ...

    def worked(self, day: date, /) -> tuple[bool, bool]:
        """Whether the day is worked, and whether that is provisional.

        Source: docs/adr/0265 (the calendar comes from whoever calls)
        """
        ...


class WeekdaysOnly:
    """The calendar of who gives none: Monday to Friday, said to be provisional."""

    edition = "weekdays"

    def worked(self, day: date, /) -> tuple[bool, bool]:
        """Whether the day is no Saturday or Sunday. Source: docs/adr/0265 (the calendar comes from whoever calls)."""
        return day.weekday() < 5, True


@dataclass(frozen=True)
class Given:
    """Everything a method is called with.

    Args:
        tables: By the input's name; of an input that takes many files the first.
        many: The files of the input that takes many.
        options: By name, as their field types parse them; None where nothing was given.
        calendar: Of working days.
    """

    tables: Mapping[str, Table]
    options: Mapping[str, Any]
    many: Sequence[Table] = ()
    calendar: Workdays = field(default_factory=WeekdaysOnly)

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def option(self, name: str) -> Any:
        """The value of an option."""
        return self.options[name]
