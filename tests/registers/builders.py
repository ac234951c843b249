"""Small registers for tests, written as people would say them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import bihuan
from bihuan.registers.pure.areas import Area, Areas
from bihuan.registers.pure.categories import Categories, load_categories
from bihuan.registers.pure.duties import Duties, DutyRow
from bihuan.registers.pure.organisation import Organisation
from bihuan.registers.pure.organisations import Organisations
from bihuan.registers.pure.snapshot import Registers

CATEGORIES = Path(bihuan.__file__).parent / "programmes" / "hotline" / "categories.yaml"


@cache
def model_district() -> Registers:
    """The shipped district."""
    return Registers.from_folder("haidian")


def hotline() -> Categories:
    """The hotline's category tree."""
    return load_categories(CATEGORIES)


def unit(code: str, kind: str = "department", parent: str = "district", **more: Any) -> Organisation:
    """An organisation whose id is its code."""
    return Organisation(code, code, code, code, kind, "" if kind == "district" else parent, **more)


def units(*more: Organisation) -> Organisations:
    """A district, two streets with a community each, a department, a call-back desk and a contractor of street a."""
    return Organisations(
        [
            unit("district", "district", district_fallback=True, areas=("1",)),
            unit("a", "street", areas=("11",)),
            unit("b", "street", areas=("12",)),
            unit("a1", "community", "a", areas=("111",)),
            unit("b1", "community", "b", areas=("121",)),
            unit("water"),
            unit("callback"),
            unit("sweepers", "contractor", "a", clients=("water",)),
            *more,
        ]
    )


def places() -> Areas:
    """A district 1, streets 11 and 12, communities 111, 112 and 121."""
    levels = {1: "district", 2: "street", 3: "community"}
    return Areas(Area(code, code, code, levels[len(code)]) for code in ("1", "11", "12", "111", "112", "121"))


def row(category: str, area: str, lead: str, since: date | None = None, until: date | None = None) -> DutyRow:
    """A duty row that is its own id."""
    return DutyRow(f"{category}|{area}|{since}", category, area, lead, (), since, until)


def matrix(*rows: DutyRow, organisations: Organisations | None = None) -> Duties:
    """A duty matrix over the small registers."""
    return Duties(rows, places(), organisations or units())
