"""`Registers`: one frozen bundle of everything that lookups need, with a version that names its content.

Read it from a folder here, from the database in `bihuan.registers.live`. The kernel, the simulator and tests take the
same class; ids are derived from codes, so both sources agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from bihuan.registers.pure import reform, tables
from bihuan.registers.pure.areas import Areas
from bihuan.registers.pure.calendar_files import SHIPPED as SHIPPED_CALENDARS
from bihuan.registers.pure.calendar_files import load_calendar
from bihuan.registers.pure.calendars import Calendar, Due
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.duties import Duties, Duty
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import read_yaml
from bihuan.registers.pure.graph import RELATIONS
from bihuan.registers.pure.organisation import Organisation
from bihuan.registers.pure.organisations import Organisations
from bihuan.registers.pure.rosters import Deputyship, acts_for
from bihuan.registers.pure.sheets import read_whole_table
from bihuan.registers.pure.tables import COLUMNS, District

SHIPPED_DISTRICTS = Path(__file__).parent.parent / "data" / "districts"


def district_folder(folder: Path | str) -> Path:
    """Return the folder of a district: the given one, or the shipped one of that name; else raises RegisterError.

    Source: docs/topics/registers.md, "The model district".
    """
    path = Path(folder)
    if not path.is_dir() and (SHIPPED_DISTRICTS / str(folder)).is_dir():
        path = SHIPPED_DISTRICTS / str(folder)
    if not (path / "district.yaml").is_file():
        shipped = ", ".join(sorted(each.name for each in SHIPPED_DISTRICTS.iterdir()))
        remedy = f"name a folder that describes a district, or a shipped one: {shipped}"
        raise RegisterError("no district.yaml", where=str(path), remedy=remedy)
    return path


@dataclass(frozen=True)
class Registers:
    """The registers of one district as they are known at one moment, for every date.

    Args:
        district: Whose they are.
        calendar, areas, organisations, duties, deputies: The registers.
    """

    district: District
    calendar: Calendar
    areas: Areas
    organisations: Organisations
    duties: Duties
    deputies: tuple[Deputyship, ...] = ()

    @cached_property
    def version(self) -> str:
        """Sixteen hexadecimal digits over the whole content: equal versions answer equally.

        Source: docs/adr/0030 (1): named by a hash of its content.
        """
        digest = hashlib.sha256(f"{self.district}{self.calendar.edition}".encode())
        registers: tuple[Iterable[object], ...] = (self.areas, self.organisations, self.duties, self.deputies)
        for register in registers:
            for line in sorted(map(repr, register)):
                digest.update(line.encode())
        return digest.hexdigest()[:16]

    @staticmethod
    def from_folder(folder: Path | str, calendars: Path = SHIPPED_CALENDARS) -> Registers:
        """Return the registers in a folder: `district.yaml` and areas, organisations, duties and deputies as `.csv`.

        Raises RegisterError naming file, line and field. The name of a shipped district stands for its folder.

        Source: docs/topics/registers.md, "The model district".
        """
        path = district_folder(folder)
        district = tables.district_of(read_yaml(path / "district.yaml"), "district.yaml")
        code = district.code
        areas = Areas(tables.area_of(row, code) for row in read_whole_table(path / "areas.csv", *COLUMNS["areas"]))
        spans = read_whole_table(path / "organisations.csv", *COLUMNS["organisations"])
        organisations = Organisations(tables.organisation_of(row, code) for row in spans)
        rows = read_whole_table(path / "duties.csv", *COLUMNS["duties"])
        duties = Duties((tables.duty_of(row, code) for row in rows), areas, organisations)
        roster = path / "deputies.csv"
        lines = read_whole_table(roster, *COLUMNS["deputies"]) if roster.is_file() else []
        deputies = tuple(tables.deputyship_of(row, code) for row in lines)
        return Registers(
            district, load_calendar(district.calendar, district.zone, calendars), areas, organisations, duties, deputies
        )

    def due(self, start: datetime, within: str) -> Due:
        """Return when a duration written as text ends (see `Calendar.due`).

        Source: docs/topics/registers.md, "Time".
        """
        return self.calendar.due(start, Duration.parse(within))

    def duty(self, category: str | None, area: str | None, on: date) -> Duty:
        """Return who leads a category in an area on a date (see `Duties.resolve`).

        Source: docs/topics/registers.md, "The duty matrix".
        """
        return self.duties.resolve(category, area, on)

    def unit(self, key: str, on: date) -> Organisation | None:
        """Return the unit of an id or code on a date, or None.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        return self.organisations.at(on).get(key)

    def is_inside(self, unit: str, ancestor: str, on: date) -> bool:
        """Return whether a unit is another or lies below it on a date.

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        return self.organisations.at(on).is_inside(unit, ancestor)

    def dependence(
        self, verifier_unit: str, handler_units: Iterable[str], on: date, relations: Iterable[str] = RELATIONS
    ) -> str | None:
        """Return the relation that makes a verifying unit dependent, or None (see `Graph.dependence`).

        Source: docs/topics/registers.md, "Places, units and who may verify".
        """
        return self.organisations.at(on).dependence(verifier_unit, handler_units, relations)

    def heir(self, unit: str, area: str | None, on: date) -> str | None:
        """Return who stands for a unit on a date after reorganisations, choosing by the place of the case.

        Source: docs/topics/registers.md, "Reorganisation".
        """
        return reform.heir_of(unit, area, on, self.organisations, self.areas)

    def reorganise(self, change: reform.Reform) -> Registers:
        """Return the registers with a reorganisation entered. Source: docs/topics/registers.md, "Reorganisation"."""
        organisations, duties = reform.reorganise(self.duties, change)
        return Registers(self.district, self.calendar, self.areas, organisations, duties, self.deputies)

    def acts_for(self, person: str, unit: str | None, at: datetime) -> frozenset[str]:
        """Return the ids of units a person may act for at an instant as a deputy, beside their own.

        Source: docs/topics/registers.md, "People, roles, deputies".
        """
        return acts_for(self.deputies, person, unit, at, self.calendar)
