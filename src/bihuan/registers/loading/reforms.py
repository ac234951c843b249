"""Enters a reorganisation from a YAML file: units end, others take over, duties and members follow.

```yaml
day: 2026-07-01
citation: decision 7 of 2026
ending: [sports]
founded:
  - {code: culture-sports, name_zh: 文化体育局, name_en: Culture and Sports, kind: department, parent: district}
heirs: [culture-sports]        # optional; default: the founded units in order
places: {110108011: culture-sports}   # optional: who takes the duties in which area
```
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from bihuan.registers import live
from bihuan.registers.loading.outcome import LoadOutcome
from bihuan.registers.loading.tables import store_duties, store_spans
from bihuan.registers.models import District
from bihuan.registers.pure.duties import DutyRow
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine, read_yaml
from bihuan.registers.pure.ids import duty_key, register_id
from bihuan.registers.pure.reform import Reform
from bihuan.registers.pure.tables import organisation_of

_FIELDS = {"day", "ending", "founded", "heirs", "places", "citation"}


def load_reform(path: Path, district: str, *, apply: bool = True) -> list[LoadOutcome]:
    """Enter a reform, or with `apply=False` only count what it would change; return the outcomes for units and duties.

    Raises RegisterError when the file cannot be read or the reform contradicts the registers; then nothing has changed.

    Source: docs/topics/registers.md, "Reorganisation".
    """
    change = read_reform(path, district)
    with transaction.atomic():
        District.objects.select_for_update().filter(pk=district).first()
        before = live.read_snapshot(district)
        after = before.reorganise(change)
        units, matrix = LoadOutcome("organisations", district), LoadOutcome("duties", district)
        known_spans = {(span.id, span.valid_from): span for span in before.organisations}
        spans = [s for s in after.organisations if units.count(known_spans.get((s.id, s.valid_from)), s)]
        known_rows = {row.id: row for row in before.duties}
        named = [_named(row, district) for row in after.duties]
        rows = [row for row in named if matrix.count(known_rows.get(row.id), row)]
        units.read, matrix.read = len(list(after.organisations)), len(named)
        if apply:
            store_spans(spans, district)
            store_duties(rows, district)
            District.objects.filter(pk=district).update(revision=F("revision") + 1)
    live.forget_snapshots()
    return [units, matrix]


def read_reform(path: Path, district: str) -> Reform:
    """Return the reform described by a file; raises RegisterError naming the field.

    Source: docs/topics/registers.md, "Reorganisation".
    """
    data = read_yaml(path)
    if not isinstance(data, dict) or not {"day", "ending"} <= set(data) <= _FIELDS:
        rule = f"day and ending; optional {', '.join(sorted(_FIELDS - {'day', 'ending'}))}"
        raise RegisterError("fields do not match", where=path.name, rule=rule, remedy="correct the field names")
    if not isinstance(data["day"], date):
        raise RegisterError(
            f"{data['day']!r} is not a date", where=f"{path.name} day", rule="YYYY-MM-DD", remedy="correct it"
        )
    founded = [
        organisation_of(
            TableLine(f"{path.name} founded[{i}]", {key: _cell(value) for key, value in entry.items()}), district
        )
        for i, entry in enumerate(data.get("founded", ()))
    ]
    return Reform(
        day=data["day"],
        ending=tuple(map(str, data["ending"])),
        founded=tuple(founded),
        heirs=tuple(map(str, data.get("heirs", ()))),
        places=tuple((str(area), str(heir)) for area, heir in data.get("places", {}).items()),
        citation=str(data.get("citation", "")),
    )


def _named(row: DutyRow, district: str) -> DutyRow:
    # The pure reform names a new row after the one it continues; the register names it by its cell and first day.
    return replace(row, id=register_id(district, "duty", duty_key(row.category, row.area, row.valid_from)))


def _cell(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)
