"""Loads areas, organisations, duties, deputies and calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import F

from bihuan.registers import live
from bihuan.registers.loading.outcome import LoadOutcome, Parsed, parse_rows, reject_doubles, reject_misfits
from bihuan.registers.loading.users import load_users
from bihuan.registers.models import Area, CalendarEdition, Deputy, District, Duty, Organisation, OrganisationSpan, User
from bihuan.registers.pure import areas, calendar_files, duties, organisation, organisations, rosters, tables
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine, read_yaml
from bihuan.registers.pure.ids import new_id, register_id
from bihuan.registers.pure.sheets import read_table
from bihuan.registers.pure.tables import COLUMNS


def load_register(register: str, path: Path, district: str) -> LoadOutcome:
    """Load one file into one register of a district and return what came of it.

    Args:
        register: `areas`, `organisations`, `duties`, `deputies`, `users` or `calendars`.
        path: What `pure.sheets` reads (CSV, XLSX, YAML, …); a calendar is one year's YAML document.
        district: Code of a loaded district.

    Raises RegisterError when the file as a whole cannot be read or applied; then nothing has changed.

    Source: docs/topics/registers.md, "Loading".
    """
    if register == "calendars":
        return _applied(lambda: _load_calendar(path), district)
    return _applied(lambda: _load_rows(register, district, lambda: read_table(path, *COLUMNS[register])), district)


def load_rows(register: str, rows: Iterable[TableLine], district: str) -> LoadOutcome:
    """Load rows that were read already into one register of a district; see `load_register`.

    Raises RegisterError when the district is not loaded or the rows as a whole cannot be applied.

    Source: docs/topics/registers.md, "Loading".
    """
    return _applied(lambda: _load_rows(register, district, lambda: rows), district)


def _load_rows(register: str, district: str, read: Callable[[], Iterable[TableLine]]) -> LoadOutcome:
    if not District.objects.select_for_update().filter(pk=district).exists():
        raise RegisterError(f"district {district} is not loaded", remedy="first: bihuan load district NAME")
    return _LOADERS[register](read(), district, LoadOutcome(register, district))


def _applied(load: Callable[[], LoadOutcome], district: str) -> LoadOutcome:
    """The outcome of a load in one transaction; a change makes the registers' snapshots old."""
    with transaction.atomic():
        outcome = load()
        if outcome.created or outcome.changed:
            District.objects.filter(pk=district).update(revision=F("revision") + 1)
    live.forget_snapshots()
    return outcome


def _load_areas(rows: Any, district: str, outcome: LoadOutcome) -> LoadOutcome:
    known = {area.code: area for area in live.read_areas(district)}
    parsed = reject_doubles(parse_rows(rows, tables.area_of, district, outcome), lambda area: area.code, outcome)
    kept = reject_misfits(
        parsed,
        lambda area: area.code,
        lambda values: areas.Areas((known | {area.code: area for area in values}).values()),
        outcome,
    )
    fresh = [each.value for each in kept if outcome.count(known.get(each.value.code), each.value)]
    _upsert(Area, [_area_row(area, district) for area in fresh])
    return outcome


def _load_organisations(rows: Any, district: str, outcome: LoadOutcome) -> LoadOutcome:
    known = {(span.id, span.valid_from): span for span in live.read_spans(district)}
    parsed = reject_doubles(parse_rows(rows, tables.organisation_of, district, outcome), _span_key, outcome)
    kept = reject_misfits(
        parsed,
        lambda span: span.id,
        lambda values: organisations.Organisations((known | {_span_key(span): span for span in values}).values()),
        outcome,
    )
    fresh = [each.value for each in kept if outcome.count(known.get(_span_key(each.value)), each.value)]
    store_spans(fresh, district)
    return outcome


def store_spans(spans: list[organisation.Organisation], district: str) -> None:
    """Write organisation spans, and the organisations that are new. Source: docs/topics/registers.md, "Loading"."""
    units = {span.id: span.code for span in spans}
    Organisation.objects.bulk_create(
        [Organisation(id=key, district_id=district, code=code) for key, code in units.items()], ignore_conflicts=True
    )
    _upsert(OrganisationSpan, [_span_row(span, district) for span in spans])


def _load_duties(rows: Any, district: str, outcome: LoadOutcome) -> LoadOutcome:
    known = {row.id: row for row in live.read_duties(district)}
    tree = areas.Areas(live.read_areas(district))
    units = organisations.Organisations(live.read_spans(district))
    parsed = reject_doubles(parse_rows(rows, tables.duty_of, district, outcome), lambda row: row.id, outcome)
    kept = reject_misfits(
        parsed,
        lambda row: row.id,
        lambda values: duties.Duties((known | {row.id: row for row in values}).values(), tree, units),
        outcome,
    )
    fresh = [each.value for each in kept if outcome.count(known.get(each.value.id), each.value)]
    store_duties(fresh, district)
    return outcome


def store_duties(rows: list[duties.DutyRow], district: str) -> None:
    """Write rows of the duty matrix. Source: docs/topics/registers.md, "Loading"."""
    _upsert(Duty, [Duty(**{**asdict(row), "co": list(row.co)}, district_id=district) for row in rows])


def _load_deputies(rows: Any, district: str, outcome: LoadOutcome) -> LoadOutcome:
    people = {f"user:{name}": f"user:{key}" for name, key in User.objects.values_list("username", "id")}
    units = {str(key) for key in Organisation.objects.filter(district=district).values_list("id", flat=True)}
    standing = Deputy.objects.filter(district=district)
    known = {(str(row.unit_id), row.deputy, row.valid_from): row for row in standing}
    parsed = parse_rows(rows, lambda row, code: _deputyship(row, code, people, units), district, outcome)
    for each in reject_doubles(parsed, lambda d: (d.unit, d.deputy, d.valid_from), outcome):
        _store_deputy(each, known, district, outcome)
    return outcome


def _deputyship(row: Any, district: str, people: dict[str, str], units: set[str]) -> rosters.Deputyship:
    found = tables.deputyship_of(row, district)
    deputy = people.get(found.deputy, found.deputy)
    for column, key, known in (("unit", found.unit, units), ("deputy", deputy, units | set(people.values()))):
        if key not in known:
            raise row.error(
                column, f"{row.get(column)!r} is unknown", rule="a loaded unit or user", remedy="load it first"
            )
    return rosters.Deputyship(
        found.unit, deputy, found.when, found.night_from, found.night_to, found.valid_from, found.valid_to
    )


def _store_deputy(
    each: Parsed[rosters.Deputyship], known: dict[Any, Deputy], district: str, outcome: LoadOutcome
) -> None:
    value = each.value
    fields = {
        "when": value.when,
        "night_from": value.night_from,
        "night_to": value.night_to,
        "valid_to": value.valid_to,
    }
    row = known.get((value.unit, value.deputy, value.valid_from))
    before = None if row is None else {name: getattr(row, name) for name in fields}
    if not outcome.count(before, fields):
        return
    line = {"district_id": district, "unit_id": value.unit, "deputy": value.deputy, "valid_from": value.valid_from}
    _upsert(Deputy, [Deputy(id=row.pk if row else new_id(), **line, **fields)])


def _load_calendar(path: Path) -> LoadOutcome:
    outcome = LoadOutcome("calendars", read=1)
    data = read_yaml(path)
    schedule = calendar_files.parse_year(data, path.name)
    kept = calendar_files.calendar_json(data)
    key = register_id(schedule.jurisdiction, "calendar", f"{schedule.year}|{schedule.edition}")
    before = CalendarEdition.objects.filter(pk=key).first()
    if before and before.data != kept:
        raise RegisterError(
            f"edition {schedule.edition} is loaded with other content",
            where=path.name,
            rule="an edition is never rewritten, since deadlines cite it",
            remedy="give the corrected file a new edition name",
        )
    if outcome.count(before.data if before else None, kept):
        row = CalendarEdition(id=key, jurisdiction=schedule.jurisdiction, year=schedule.year, edition=schedule.edition)
        row.data, row.loaded_at = kept, datetime.now(UTC)
        row.save(force_insert=True)
    return outcome


def _span_key(span: organisation.Organisation) -> tuple[str, date | None]:
    return span.id, span.valid_from


def _area_row(area: areas.Area, district: str) -> Area:
    fields = {**asdict(area), "polygon": [list(map(list, ring)) for ring in area.polygon]}
    return Area(id=register_id(district, "area", area.code), district_id=district, **fields)


def _span_row(span: organisation.Organisation, district: str) -> OrganisationSpan:
    return OrganisationSpan(
        id=register_id(district, "span", f"{span.code}|{span.valid_from or ''}"),
        organisation_id=span.id,
        name_zh=span.name_zh,
        name_en=span.name_en,
        kind=span.kind,
        parent_id=span.parent or None,
        areas=list(span.areas),
        clients=list(span.clients),
        successors=list(span.successors),
        valid_from=span.valid_from,
        valid_to=span.valid_to,
        district_fallback=span.district_fallback,
        verified=span.verified,
    )


def _upsert(model: type[models.Model], rows: list[Any]) -> None:
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model._default_manager.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


_LOADERS: dict[str, Callable[[Any, str, LoadOutcome], LoadOutcome]] = {
    "areas": _load_areas,
    "organisations": _load_organisations,
    "duties": _load_duties,
    "deputies": _load_deputies,
    "users": load_users,
}
