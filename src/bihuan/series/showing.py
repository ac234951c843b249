"""Values as people and programs read them: digits in the series' unit, instants in its zone at the declared label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bihuan.faults import Fault
from bihuan.series.catalogue import Series
from bihuan.series.declared import SeriesFile
from bihuan.series.incidents import incidents_on_record
from bihuan.series.instants import SeriesClock, instant_of
from bihuan.series.rounding import shown
from bihuan.series.store.reading import holding_rows, latest_values, line_of
from bihuan.series.store.rows import NONE
from bihuan.series.values import ValueRefusal

BEGINNING, END = datetime(1950, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)


def labelled(declared: SeriesFile, begins: datetime) -> str:
    """Return the instant that the source's clock would name, in the series' zone. Source: ISO 8601-1:2019."""
    named = begins + timedelta(seconds=declared.seconds if declared.ends else 0)
    return named.astimezone(declared.tz).isoformat()


def newest(district: str, series: Series) -> dict[str, Any]:
    """Return the newest value of each subject. Source: docs/adr/0255 (6, as known at a vintage)."""
    declared = series.declared
    values = [
        {
            "subject": each.subject, "time": labelled(declared, each.at),
            "value": shown(each.value, declared.precision),
            "flag": each.flag, "arrived": each.arrived.isoformat(), "vintage": each.batch,
        }
        for each in latest_values(district, series.name)
    ]  # fmt: skip
    return {**_head(series), "values": values}


def values_between(
    district: str, series: Series, subject: str, first: str, last: str, vintage: int | None = None
) -> dict[str, Any]:
    """Return the values of one subject whose time begins at first ≤ instant < last.

    Args:
        first, last: Instants or dates as people write them; empty: no bound.
        vintage: As known when that batch was stored.

    Raises:
        Fault: an instant that is none.

    Source: docs/adr/0255 (6, as known at a vintage)
    """
    declared = series.declared
    line = line_of(district, series.name, subject)
    begin, end = _bound(declared, first, BEGINNING), _bound(declared, last, END)
    values: list[dict[str, Any]] = []
    if line is not None:
        held = holding_rows([line], begin, end, vintage)
        for row, batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True):
            _, at, arrived, value, flag, inputs, version = row
            told = {
                "time": labelled(declared, instant_of(at)),
                "value": shown(None if value == NONE else value, declared.precision), "flag": chr(flag),
                "arrived": instant_of(arrived).isoformat(), "vintage": batch,
            }  # fmt: skip
            values.append(told if inputs < 0 else {**told, "inputs": inputs, "version": version})
    return {**_head(series), "subject": subject, "as_of": vintage, "values": values}


def incidents_shown(district: str, series: Series, subject: str = "") -> dict[str, Any]:
    """Return the incidents of a series that hold, of one subject or of all, by subject, rule and opening."""
    declared = series.declared
    found = []
    for each in latest_values(district, series.name):
        if subject in ("", each.subject):
            line = line_of(district, series.name, each.subject)
            found += [(each.subject, rule, incident) for rule, incident in incidents_on_record(line or 0)]
    values = [
        {
            "subject": key, "rule": rule, "opened": labelled(declared, instant_of(incident.opened)),
            "closed": None if incident.closed is None else labelled(declared, instant_of(incident.closed)),
            "peak": shown(incident.peak, declared.precision), "values": incident.values, "cited": incident.cited,
        }
        for key, rule, incident in found
    ]  # fmt: skip
    return {**_head(series), "incidents": values}


def _head(series: Series) -> dict[str, Any]:
    declared = series.declared
    return {
        "series": series.name, "unit": declared.unit, "averaging": declared.averaging,
        "label": "end" if declared.ends else "start", "zone": declared.zone, "digest": series.digest,
    }  # fmt: skip


def _bound(declared: SeriesFile, written: str, default: datetime) -> datetime:
    if not written:
        return default
    at = SeriesClock(declared).arrival(written)
    if isinstance(at, ValueRefusal):
        raise Fault(at.rule, at.remedy)
    return instant_of(at)
