"""Opening a box after its close: unsealed once, counted, published, written into registers, stated in the log.

Source: docs/topics/boxes.md, "The opening"; DESIGN §14 ("sealed until an opening time").
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from bihuan.boxes.catalogue import DeclaredBox, all_boxes
from bihuan.boxes.models import BoxOpeningRow, EnvelopeRow
from bihuan.boxes.pure.record import (
    BoxRecord,
    BoxRefused,
    OpenedEnvelope,
    counted_again,
    root_of_digests,
    row_of,
)
from bihuan.boxes.putting import barred, lot_of, roll_rows, span_of
from bihuan.ledger.statements import promise_statement
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.loading import load_file

OPENED = "box-opened"
ACTOR = "system:box"


def open_box(box: DeclaredBox, lot: str, now: datetime) -> BoxRecord:
    """Open what was put in about a lot, once; a second call gives the same record.

    Raises:
        BoxRefused: no such lot, or it is not closed yet: nobody opens before.

    Source: docs/topics/boxes.md, "The opening".
    """
    district = current_registers().district.code
    with in_district(district), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"box:{box.file.box}/{lot}"])
        known = opened(box, lot)
        if known is not None:
            return known
        about = lot_of(box, lot, now)
        span = span_of(box, about)
        if span is None or now < span[1]:
            until = span[1].isoformat() if span else "?"
            raise BoxRefused(
                "sealed", f"{lot} 尚未截止，任何人不得开启 · is sealed until {until}", "wait for the close"
            )
        record = _counted(box, about, _unsealed(box, lot, now), now)
        body = {
            "box": box.file.box, "lot": lot, "envelopes": len(record.envelopes), "root": record.root,
            "counted": record.counted,
        }  # fmt: skip
        promise_statement(OPENED, body, now)
        encoded = msgspec.json.encode(record)
        BoxOpeningRow.objects.create(district_id=district, box=box.file.box, lot=lot, opened_at=now, record=encoded)
        _write(box, about, record, now)
    return record


def opened(box: DeclaredBox, lot: str) -> BoxRecord | None:
    """Return the record of a lot that was opened, or None."""
    with in_district(current_registers().district.code):
        row = BoxOpeningRow.objects.filter(box=box.file.box, lot=lot).first()
    return None if row is None else msgspec.json.decode(bytes(row.record), type=BoxRecord)


def open_due(now: datetime, programme: str | None = None) -> list[BoxRecord]:
    """Open every lot of every box, or of a programme's, whose close has passed; return those that were opened now.

    Source: docs/topics/boxes.md, "The opening".
    """
    done, district = [], current_registers().district.code
    for box in all_boxes().values():
        if programme not in (None, box.programme):
            continue
        with in_district(district):
            known = set(BoxOpeningRow.objects.filter(box=box.file.box).values_list("lot", flat=True))
        for held in lots_of(box, now):
            span = span_of(box, held)
            if held.key not in known and span is not None and now >= span[1]:
                done.append(open_box(box, held.key, now))
    return done


def lots_of(box: DeclaredBox, now: datetime) -> Iterator[HeldFacts]:
    """What a box is about, in the order of keys."""
    district, day = current_registers().district.code, now.astimezone(current_registers().calendar.zone).date()
    looker = Looker(ACTOR, frozenset(), frozenset({box.programme}), f"the box {box.file.box}")
    yield from asking.stream(district, subject_type(box.file.lot.subject), asking.Viewpoint(day), looker)


def _unsealed(box: DeclaredBox, lot: str, now: datetime) -> list[OpenedEnvelope]:
    """Every envelope of a lot, in the order of putting in; why one does not count."""
    district = current_registers().district.code
    rows = sorted(
        EnvelopeRow.objects.filter(box=box.file.box, lot=lot),
        key=lambda row: (row.put_at, row.voter, bytes(row.digest)),
    )
    bars: dict[tuple[str, str], str] = {}
    found = []
    for n, row in enumerate(rows, 1):
        told: dict[str, Any] = msgspec.json.decode(
            sealer().unseal_bytes(bytes(row.sealed), row.key_id, district, row.id)
        )
        day = str(told["put_at"])[:10]
        if (row.voter, day) not in bars:
            wrong = barred(box, row.voter, date.fromisoformat(day), now)
            bars[row.voter, day] = wrong[0] if wrong else ""
        found.append(OpenedEnvelope(
            f"{lot}:{n:04d}", str(row.statement), row.voter, row.channel, told["put_at"], told["values"], told["salt"],
            bytes(row.digest).hex(), bars[row.voter, day],
        ))  # fmt: skip
    return found


def _counted(box: DeclaredBox, about: HeldFacts, envelopes: list[OpenedEnvelope], now: datetime) -> BoxRecord:
    file, span = box.file, span_of(box, about)
    assert span is not None
    last = (span[1] - timedelta(days=1)).date()
    tables: dict[str, list[dict[str, str]]] = {}
    columns: dict[str, dict[str, str]] = {}
    for name, each in file.count.inputs.items():
        if each.source == "envelopes":
            columns[name] = dict(each.columns)
            continue
        held = [about] if each.source == "lot" else list(roll_rows(box, about, last))
        tables[name] = [
            {column: _text(one, word) for column, word in each.columns.items()}
            for one in sorted(held, key=lambda one: one.key)
        ]
    record = BoxRecord(
        file.box, about.key, str(about.values.get(file.lot.title) or about.key), span[0].isoformat(),
        span[1].isoformat(), now.astimezone(span[1].tzinfo).isoformat(timespec="seconds"), envelopes,
        root_of_digests([each.digest for each in envelopes]) if envelopes else "", file.count.method, columns, tables,
        {},
    )  # fmt: skip
    counted, rejected = counted_again(record)
    return msgspec.structs.replace(record, counted=counted, rejected=rejected)


def _text(held: HeldFacts, word: str) -> str:
    value = held.key if word == "key" else held.values.get(word)
    return "" if value is None else str(value)


def _write(box: DeclaredBox, about: HeldFacts, record: BoxRecord, now: datetime) -> None:
    """Envelopes and the result go into their registers."""
    target, day = box.file.to, now.astimezone(current_registers().calendar.zone).date()
    rows = []
    for each in record.envelopes:
        said = row_of(each, record.lot)
        rows.append({name: word[1:] if word.startswith("=") else said[word] for name, word in target.set.items()})
    _load(target.subject, rows, box, day)
    kept = {name: record.counted.get(column, "") for name, column in box.file.count.set.items()}
    if kept:
        kind = subject_type(box.file.lot.subject)
        _load(kind.id, [{kind.key: about.key, **{name: value for name, value in kept.items() if value}}], box, day)


def _load(subject: str, rows: Sequence[Mapping[str, str]], box: DeclaredBox, day: date) -> None:
    if not rows:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "opened.jsonl"
        path.write_text("".join(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        loaded = load_file(subject_type(subject), path, ACTOR, source=f"box {box.file.box}", day=day)
    if loaded.rejected:
        wrong = loaded.rejects[0]
        raise BoxRefused("target", f"{subject}: {wrong.field} {wrong.what.en}", "mend the box's file")
