"""The registers in force: read from the database into one frozen snapshot, reloaded when their revision changes.

A process looks at the revision at most every `CHECK_SECONDS`, so that live intake pays no statement for it; until then
a change made by another process is not seen. `forget_snapshots` drops everything at once (after loading, and in tests).
"""

from __future__ import annotations

import threading
import time

from django.conf import settings
from django.db.models import Max

from bihuan.registers.models import Area, CalendarEdition, Deputy, District, Duty, OrganisationSpan
from bihuan.registers.pure import areas, calendar_files, duties, organisation, organisations, rosters, tables
from bihuan.registers.pure.calendars import Calendar
from bihuan.registers.pure.errors import NoDistrict
from bihuan.registers.pure.snapshot import Registers

CHECK_SECONDS = 2.0

_lock = threading.Lock()
_known: dict[str, tuple[float, tuple[int, str], Registers]] = {}


def current_registers(district: str | None = None) -> Registers:
    """Return the registers of a district (by code; default: the one of this installation).

    Raises NoDistrict when there is none.

    Source: docs/adr/0030 (1) and "Consequences" (within two seconds).
    """
    code = district or default_district()
    known = _known.get(code)
    now = time.monotonic()
    if known and now - known[0] < CHECK_SECONDS:
        return known[2]
    with _lock:
        stamp = _stamp(code)
        known = _known.get(code)
        registers = known[2] if known and known[1] == stamp else read_snapshot(code)
        _known[code] = (now, stamp, registers)
        return registers


def forget_snapshots() -> None:
    """Forget every snapshot, so that the next look reads the database."""
    with _lock:
        _known.clear()
        _default.clear()


_default: list[str] = []


def default_district() -> str:
    """Return the code of the district of this installation: BIHUAN_DISTRICT, or the only one that is loaded.

    Raises NoDistrict when none or several are loaded and the setting names none.

    Source: docs/adr/0030; DESIGN §3 (facts are a frozen snapshot)
    """
    chosen: str = getattr(settings, "BIHUAN_DISTRICT", "")
    if chosen:
        return chosen
    if not _default:
        codes = list(District.objects.order_by("code").values_list("code", flat=True)[:2])
        if len(codes) != 1:
            raise NoDistrict(
                "no district is loaded" if not codes else "several districts are loaded",
                rule="work is done for one district",
                remedy="load one with: bihuan load district NAME" if not codes else "set BIHUAN_DISTRICT to its code",
            )
        _default.append(codes[0])
    return _default[0]


def read_snapshot(code: str) -> Registers:
    """Return a fresh snapshot of a district, read in seven statements; raises NoDistrict when it is not loaded.

    Source: docs/adr/0030; DESIGN §3 (facts are a frozen snapshot)
    """
    row = District.objects.filter(pk=code).first()
    if row is None:
        raise NoDistrict(f"district {code} is not loaded", remedy="load it with: bihuan load district NAME")
    district = tables.District(
        row.code, row.name_zh, row.name_en, row.zone, row.calendar, (row.dial_country, row.dial_area)
    )
    tree = areas.Areas(_area(area) for area in Area.objects.filter(district=code).order_by("code"))
    units = organisations.Organisations(read_spans(code))
    matrix = duties.Duties(read_duties(code), tree, units)
    return Registers(district, _calendar(row.calendar, row.zone), tree, units, matrix, _deputies(code))


def read_spans(code: str) -> list[organisation.Organisation]:
    """Return every organisation span of a district. Source: docs/adr/0030; DESIGN §3 (facts are a frozen snapshot)."""
    spans = OrganisationSpan.objects.filter(organisation__district=code).select_related("organisation")
    return [_span(span) for span in spans.order_by("organisation__code", "valid_from")]


def read_duties(code: str) -> list[duties.DutyRow]:
    """Return every duty row of a district. Source: docs/adr/0030; DESIGN §3 (facts are a frozen snapshot)."""
    return [_duty(row) for row in Duty.objects.filter(district=code).order_by("category", "area", "valid_from")]


def read_areas(code: str) -> list[areas.Area]:
    """Return every area of a district. Source: docs/adr/0030; DESIGN §3 (facts are a frozen snapshot)."""
    return [_area(row) for row in Area.objects.filter(district=code).order_by("code")]


def _stamp(code: str) -> tuple[int, str]:
    revision = District.objects.filter(pk=code).values_list("revision", flat=True).first() or 0
    loaded = CalendarEdition.objects.aggregate(latest=Max("loaded_at"))["latest"]
    return revision, str(loaded)


def _calendar(jurisdiction: str, zone: str) -> Calendar:
    shipped = calendar_files.load_calendar(jurisdiction, zone)
    editions = CalendarEdition.objects.filter(jurisdiction=jurisdiction).order_by("loaded_at", "id")
    own = {row.year: calendar_files.parse_json(row.data, row.edition) for row in editions}
    if not own:
        return shipped
    years = {schedule.year: schedule for schedule in shipped.schedules} | own
    return Calendar(jurisdiction, zone, years.values(), shipped.statutory)


def _area(row: Area) -> areas.Area:
    return areas.Area(
        row.code,
        row.name_zh,
        row.name_en,
        row.level,
        row.parent,
        None if row.lon is None else float(row.lon),
        None if row.lat is None else float(row.lat),
        tuple(tuple((lon, lat) for lon, lat in ring) for ring in row.polygon),
        row.verified,
    )


def _span(row: OrganisationSpan) -> organisation.Organisation:
    return organisation.Organisation(
        id=str(row.organisation_id),
        code=row.organisation.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        parent=str(row.parent_id or ""),
        areas=tuple(row.areas),
        clients=tuple(map(str, row.clients)),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        successors=tuple(map(str, row.successors)),
        district_fallback=row.district_fallback,
        verified=row.verified,
    )


def _duty(row: Duty) -> duties.DutyRow:
    return duties.DutyRow(
        str(row.id),
        row.category,
        row.area,
        row.lead,
        tuple(row.co),
        row.valid_from,
        row.valid_to,
        row.citation,
        row.verified,
    )


def _deputies(code: str) -> tuple[rosters.Deputyship, ...]:
    return tuple(
        rosters.Deputyship(
            str(row.unit_id), row.deputy, row.when, row.night_from, row.night_to, row.valid_from, row.valid_to
        )
        for row in Deputy.objects.filter(district=code).order_by("id")
    )
