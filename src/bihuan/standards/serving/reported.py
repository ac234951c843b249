"""Cases that everybody may see as rows: of what anybody may report, not restricted, without words, in a coarse place.

Number, category, state and times say nothing of who reported. The place is the middle of its H3 cell of about
0.1 km², so that no complaint points at a home. Wires that list cases for everybody ask here and nowhere else.
Source: docs/adr/0368-wires.md; docs/topics/lake.md (cells).
"""

from __future__ import annotations

from typing import Any

import h3
from django.db.models import Q, QuerySet

from bihuan.declare.types.place import MICRO
from bihuan.faces.parts.world import NOBODY
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes

CELL = 9
COLUMNS = (
    "number", "programme", "kind", "state", "outcome", "category", "area", "urgency", "opened_at", "ended_at",
    "deadline", "lon_e6", "lat_e6",
)  # fmt: skip


def open_kinds() -> dict[str, dict[str, Any]]:
    """Return what anybody may report: programme → kind of case → its rules. Source: docs/adr/0368-wires.md."""
    found = {
        programme.id: {name: rules for name, rules in programme.cases.items() if NOBODY.roles & set(rules.opened_by)}
        for programme in all_programmes().values()
    }
    return {programme: kinds for programme, kinds in found.items() if kinds}


def reported_cases() -> QuerySet[CaseRow]:
    """Return the cases of the district in use that everybody may see. Source: docs/adr/0368-wires.md."""
    kinds = Q(pk__in=[])
    for programme, rules in open_kinds().items():
        kinds |= Q(programme=programme, kind__in=list(rules))
    return CaseRow.objects.filter(kinds, restricted__isnull=True, history__isnull=True, parent_id__isnull=True)


def coarse(lon_e6: int | None, lat_e6: int | None) -> tuple[float, float] | None:
    """Return longitude and latitude of the middle of a place's cell. Source: H3, resolution 9; docs/adr/0368."""
    if lon_e6 is None or lat_e6 is None:
        return None
    lat, lon = h3.cell_to_latlng(h3.latlng_to_cell(lat_e6 / MICRO, lon_e6 / MICRO, CELL))
    return round(lon, 6), round(lat, 6)
