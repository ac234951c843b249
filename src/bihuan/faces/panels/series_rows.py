"""Rows of a method's input out of a series: each value that holds, with fields of its subject.

Source: docs/topics/views.md, "Panels".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bihuan.faces.panels.declared import PanelFault
from bihuan.faces.parts.world import World
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.feeding import OWN, feed_rows
from bihuan.series.store.reading import latest_values
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType

MOST_SUBJECTS, MOST_VALUES = 2_000, 60_000


def read_series(
    here: World, name: str, days: int, columns: Mapping[str, str], where: Mapping[str, str], looker: Looker
) -> list[list[Any]] | None:
    """Return a row for each value of the last days that have one; None when there are too many for a page.

    Args:
        columns: Column of the method → `=subject`, `=time`, `=day`, `=value` or a field of the subject.
        where: Fields the subjects are found by.

    Raises:
        FenceClosed: the type of the subjects is closed to the looker.

    Source: docs/topics/views.md, "Panels".
    """
    series, district = current_catalogue().get(name), here.registers.district.code
    kind = subject_type(series.declared.subject)
    asked = asking.Viewpoint(here.now.astimezone(here.zone).date(), equal=dict(where), limit=MOST_SUBJECTS)
    held = {each.key: each for each in asking.find(district, kind, asked, looker)}
    with in_district(district):
        last = max((each.at for each in latest_values(district, name) if each.subject in held), default=None)
        if last is None:
            return []
        end = min(last, here.now) + timedelta(seconds=1)
        said = {key: each.values for key, each in held.items()}
        return feed_rows(district, name, end - timedelta(days=days), end, columns, said, most=MOST_VALUES)


def find_faults(
    at: tuple[str | int, ...], name: str, columns: Mapping[str, str], where: Mapping[str, str], wanted: Sequence[str]
) -> Iterator[PanelFault]:
    """Yield what an input names that does not exist: the series, fields of its subject, columns of the method.

    Source: docs/topics/views.md, "Panels".
    """
    known = current_catalogue().series
    if name not in known:
        yield (*at, "series"), f"there is no series {name!r}", f"one of {', '.join(known) or '-'}", "correct it"
        return
    kind: SubjectType = subject_type(known[name].declared.subject)
    for column, field in columns.items():
        if field not in OWN and field not in kind.open_fields:
            yield at, f"{kind.id} has no open field {field!r}", f"an open field or {', '.join(OWN)}", "correct it"
        if column not in wanted:
            yield at, f"the method has no column {column!r}", f"one of {', '.join(wanted)}", "correct it"
    for field in where:
        if field not in kind.found_by:
            yield at, f"{kind.id} is not found by {field!r}", f"one of {', '.join(kind.found_by)}", "correct it"
