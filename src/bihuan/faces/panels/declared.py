"""A view as its file declares it: a title, for whom, and panels; and what a panel gives to the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.faces.parts.ring import Ring
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World

MOST_PANELS = 8
"""A page of more is read by nobody, and asks the database too much."""
type PanelFault = tuple[tuple[str | int, ...], str, str, str]


class ViewFile(Strict):
    """`views/NAME.yaml`: what it is called, what it answers, which roles open it (none: all staff), its panels.

    `dated`: it may be asked for another instant: registers, states, opening hours and methods as of then. `of`: it is
    the page of one subject of that type: a panel's `where` says where that one stands by the value `=of`.
    `report`: it is a Word document too. `public`: anybody opens it, without links that lead to pages for staff.
    """

    name: Name
    about: Name
    roles: tuple[Code, ...] = ()
    dated: bool = False
    report: bool = False
    public: bool = False
    of: Slug | None = None
    panels: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_PANELS)


class PanelFile(Strict):
    """What every panel says: its kind and its title; `note` stands below it."""

    kind: Code
    name: Name
    note: Name | None = None


@dataclass(frozen=True)
class Dot:
    """A thing on the map of a panel: where, what it is called, its colour by number or code, its page."""

    lon: float
    lat: float
    title: str
    group: int
    url: str = ""
    code: str = ""


@dataclass(frozen=True)
class Band:
    """A colour of a strip, as a class of the style sheet, and its words."""

    colour: str
    words: str


@dataclass(frozen=True)
class Strip:
    """A row of coloured cells: whose, its page, (place, colour, words) of each cell, what they tell together.

    Args:
        newest: The last value. captured: The share of cells that have one.
    """

    name: str
    url: str
    cells: Sequence[tuple[int, str, str]]
    length: int
    told: str
    newest: str
    captured: str


@dataclass(frozen=True)
class Whisker:
    """An interval of a row, drawn between 0 and 100: its ends, and what was measured."""

    low: float
    high: float
    value: float


@dataclass(frozen=True)
class Shown:
    """What a panel shows.

    Args:
        heads, rows: A table. more: (address, words) of the whole list.
        dots, groups: A map, and the words of its colours. line: Points (x, y) of a chart between 0 and 1000, with
            `low`, `high` as its bounds in words.
        strips, bands: Rows of coloured cells, and the words of the colours. whiskers: One for each row of the table or
            None, below `whisker_head`. rings: One for each row, before it.
        paths: Ways on the map: the first of its dots and the number behind the last, each in the colour of its dots.
        codes: Of the colours of a map that is painted by codes. message: In place of everything: why there is nothing.
    """

    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    more: tuple[str, str] | None = None
    dots: Sequence[Dot] = ()
    groups: Sequence[str] = ()
    line: Sequence[tuple[float, float]] = ()
    low: str = ""
    high: str = ""
    message: str = ""
    codes: Sequence[str] = ()
    strips: Sequence[Strip] = ()
    bands: Sequence[Band] = ()
    whiskers: Sequence[Whisker | None] = ()
    whisker_head: str = ""
    rings: Sequence[Ring] = ()
    paths: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class PanelKind:
    """A kind of panel.

    Args:
        name: As declared. zh, en: What it shows. model: Its keys. show: Fills it for whoever looks.
        faults: What a declaration names that does not exist, without the database.
    """

    name: str
    zh: str
    en: str
    model: type[PanelFile]
    show: Callable[[World, str, Any], Shown]
    faults: Callable[[str, Any], Iterator[PanelFault]] = field(default=lambda programme, panel: iter(()))
