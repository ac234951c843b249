"""Every event that an earlier version stored decodes into the payload of its kind, and folds to the case it stored."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Event
from bihuan.loop.kernel.payload import facts_of
from bihuan.loop.kernel.table import decode_event, table
from bihuan.loop.store.rows import read_fold
from bihuan.server import archive, legacy_archive
from bihuan.server.stream import Secret

BACKUPS = sorted((Path(__file__).parent / "upgrades").glob("*.tar"))
ESCAPED = re.compile(r"\\(.)")
LETTERS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=BACKUPS, ids=[path.stem for path in BACKUPS])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """Rows of the tables `loop_event` and `loop_case` of a backup, as text."""
    path: Path = request.param
    if legacy_archive.recognises(path):
        path = tmp_path_factory.mktemp("upgrade") / "transcribed"
        legacy_archive.transcribe(request.param, path)
    with path.open("rb") as opened:
        unpacker = archive.Unpacker(opened, Secret())
        found: dict[str, list[dict[str, str]]] = {"loop_event": [], "loop_case": []}
        for member in unpacker.members():
            content = member.content.read()
            if member.table in found:
                columns = unpacker.contents.manifest.held.tables[member.table]
                found[member.table] += rows(content.decode(), columns)
    return found


def rows(text: str, columns: tuple[str, ...] | list[str]) -> Iterator[dict[str, str]]:
    """The rows of a part in COPY text form."""
    for line in text.splitlines():
        cells = [ESCAPED.sub(lambda found: LETTERS.get(found[1], found[1]), cell) for cell in line.split("\t")]
        yield dict(zip(columns, cells, strict=True))


def test_every_stored_event_decodes_into_its_payload(saved: dict[str, list[dict[str, str]]]) -> None:
    decoded: Counter[str] = Counter()
    for row in saved["loop_event"]:
        data = json.loads(row["data"])
        assert facts_of(decode_event(row["kind"], data)) == data
        decoded[row["kind"]] += 1
    assert decoded.total() > 200
    assert decoded.keys() <= table().kinds.keys()


def test_stored_events_fold_to_the_stored_cases(saved: dict[str, list[dict[str, str]]]) -> None:
    events: dict[str, list[Event]] = {}
    for row in sorted(saved["loop_event"], key=lambda row: int(row["version"])):
        happened, recorded = (datetime.fromisoformat(row[name]) for name in ("occurred_at", "recorded_at"))
        event = Event(UUID(row["case_id"]), int(row["version"]), row["kind"], happened, recorded, row["actor"],
                      json.loads(row["data"]))  # fmt: skip
        events.setdefault(row["case_id"], []).append(event)
    assert len(saved["loop_case"]) == len(events) > 0
    for row in saved["loop_case"]:
        assert fold(UUID(row["id"]), events[row["id"]]) == read_fold(row["fold"])
