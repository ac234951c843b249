"""Known places of this installation: the areas of the register, an own list, and what decided cases have taught.

    $BIHUAN_HOME/places/gazetteer.csv       own list, may be absent: `name`, aliases, kind, area, lon, lat, crs
    rows of `places`: corrections.jsonl     names learnt from people's decisions, only ever appended

A name is learnt when at least `ENOUGH` cases that name it were sent on under one area, and none under another. Names
with a number in them are not kept: they lead to somebody's door.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from django.db import connection

from bihuan.insight.places.gazetteer import Gazetteer, KnownPlace
from bihuan.registers.pure.areas import Areas
from bihuan.server import keeping
from bihuan.server.home import current_home
from bihuan.server.keeping import Rows
from bihuan.server.log_lines import log

ENOUGH = 2
ROOM, LIST, JOURNAL = "places", "gazetteer.csv", "corrections.jsonl"
_NUMBER = re.compile(r"[0-9０-９一二三四五六七八九十]+(?:号|栋|楼|单元|室|层|门)|\d{2,}")

TAUGHT = """
SELECT p.value, min(c.area), count(*)
FROM suggestions_suggestion p JOIN loop_case c ON c.id = p.case_id
WHERE p.kind = 'place' AND p.decided AND p.value <> '' AND c.area IS NOT NULL AND c.restricted IS NULL
  AND c.state NOT IN ('received', 'merged', 'invalid', 'refused', 'withdrawn')
GROUP BY p.value HAVING count(DISTINCT c.area) = 1 AND count(*) >= %s
"""


def list_folder() -> Path:
    """Return where the list lies. Source: docs/topics/places.md, "Known places"."""
    return current_home().path / "places"


def own_list() -> Gazetteer:
    """Return the installation's own list of places; empty when there is none.

    Source: docs/topics/suggestions.md, "Places that decisions teach".
    """
    file = list_folder() / LIST
    found = Gazetteer.read(file) if file.is_file() else Gazetteer()
    for fault in found.faults:
        log("place_unread", line=fault.line)
    return found


def known_places(areas: Areas) -> Gazetteer:
    """Return what the locator looks for: the own list, and every name learnt that the list does not hold.

    Source: docs/topics/suggestions.md, "Places that decisions teach".
    """
    found = own_list()
    names = {name for name, _ in found.names()}
    for name, area in _learnt(areas).items():
        if name not in names:
            found.add(KnownPlace(f"{JOURNAL}:{name}", name, area=area))
    return found


def names_of(areas: Areas) -> dict[str, str]:
    """Place name → area code: of the own list, where it says one, and of everything learnt.

    Source: docs/topics/places.md, "Known places".
    """
    found = {entry.name: entry.area for entry in own_list().entries.values() if entry.area in areas}
    return found | _learnt(areas)


def list_stamp() -> str:
    """Changes when the list or the journal has changed. Source: docs/topics/places.md, "Known places"."""
    file = list_folder() / LIST
    return f"{file.stat().st_mtime_ns if file.is_file() else 0},{keeping.room_stamp(ROOM)}"


def learn_names(areas: Areas) -> int:
    """Add to the journal what decided cases have taught since; returns how many names were new.

    Source: docs/topics/suggestions.md, "Places that decisions teach" (two or more cases, one area).
    """
    known = _of_register(areas)
    journal = _shelf().read(JOURNAL) or b""
    known.replay(journal)
    with connection.cursor() as cursor:
        cursor.execute(TAUGHT, [ENOUGH])
        taught = cursor.fetchall()
    fresh = [
        {"name": name.strip(), "entry": area, "cases": str(cases)}
        for name, area, cases in taught
        if area in areas and not _NUMBER.search(name) and known.learn(name, area)
    ]
    if fresh:
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in fresh)
        _shelf().write(JOURNAL, journal + lines.encode())
    return len(fresh)


def _shelf() -> Rows:
    return Rows(ROOM, history=False)


def _of_register(areas: Areas) -> Gazetteer:
    return Gazetteer(KnownPlace(a.code, a.name_zh, kind="area", area=a.code) for a in areas)


def _learnt(areas: Areas) -> dict[str, str]:
    journal = _shelf().read(JOURNAL)
    if journal is None:
        return {}
    known = _of_register(areas)
    known.replay(journal)
    return {alias: entry.area for entry in known.entries.values() for alias in entry.aliases}
