"""Writing bundles: the whole log, or some cases with proofs, for the offline verifier."""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connection

from bihuan.ledger import keyring, store
from bihuan.ledger.bundle import FORMAT
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import open_head
from bihuan.ledger.core.tiles import HASH, WIDTH, TileTree, inclusion_keys
from bihuan.ledger.events import EventTable, LeafRecord
from bihuan.ledger.verification import CHUNK, Progress

Line = dict[str, Any]


def export_log(
    path: Path, table: EventTable | None = None, *, private: bool = False, progress: Progress | None = None
) -> int:
    """Write the whole log, up to its newest signed head.

    Args:
        path: file to write; compressed if it ends in ``.gz``.
        table: where the events are; the loop's tables by default.
        private: also write personal records that are not erased; without it they count as withheld.
        progress: told after every chunk.

    Returns:
        how many leaves were written.

    Raises:
        LedgerError: if the log has no signed head yet.

    Source: docs/adr/0020 (6); docs/topics/ledger.md, "For auditors: verify".
    """
    where, size = table or EventTable(), _newest_size()
    with _opened(path) as out:
        _write(out, [_first_line(partial=False), *_keys(), *_heads(size), *_tiles(size)])
        for first in range(0, size, CHUNK):
            end = min(first + CHUNK, size)
            _write(out, (_leaf(record, private, None) for record in where.between(first, end)))
            if progress is not None:
                progress(end, size)
    return size


def export_cases(
    path: Path,
    cases: Sequence[UUID],
    table: EventTable | None = None,
    *,
    private: bool = False,
    since: int | None = None,
) -> int:
    """Write some cases only: their events, each with its inclusion proof.

    Args:
        path: file to write; compressed if it ends in ``.gz``.
        cases: ids of the cases.
        table: where the events are.
        private: see ``export_log``.
        since: size of an earlier signed head the reader holds; a consistency proof from it is added.

    Returns:
        how many events were written, with the statements of erasure about them.

    Raises:
        LedgerError: if the log has no signed head, or a case is not in it.

    Source: RFC 9162 §2.1.3.1 for each event, §2.1.4.1 from `since`; docs/adr/0020 (6).
    """
    where, size = table or EventTable(), _newest_size()
    logged = [record for record in where.of_cases(cases) if record.index is not None]
    records = [record for record in logged if record.index is not None and record.index < size]
    known = {record.event["body"]["case"] for record in records if record.event is not None}
    records += _erasures(where, records, size)
    absent = [str(case) for case in cases if str(case) not in known]
    if absent:
        raise LedgerError(
            f"no event of case {', '.join(absent)} is in the log; check the id, the district, and bihuan worker"
        )
    tree, tiles = store.open_tree(size)
    keys = {key for record in records if record.index is not None for key in inclusion_keys(record.index, size)}
    tiles.warm(sorted(keys))
    with _opened(path) as out:
        _write(out, [_first_line(partial=True), *_keys(), *_trail(tree, since)])
        _write(out, (_leaf(record, private, tree) for record in records))
    return len(records)


def _erasures(table: EventTable, records: Sequence[LeafRecord], size: int) -> list[LeafRecord]:
    """The logged statements of erasure about these events, so that whoever reads the bundle sees why words are gone."""
    promised = [record.event["body"]["private"] for record in records if record.event is not None]
    stated = table.erasures_of([digest for digest in promised if digest is not None])
    return [
        LeafRecord(
            statement["index"], statement["id"], None, {k: v for k, v in statement.items() if k not in ("index", "id")}
        )
        for statement in stated
        if statement["index"] is not None and statement["index"] < size
    ]


def _newest_size() -> int:
    note = store.latest_note()
    if note is None:
        raise LedgerError(
            "the log has no signed head yet; wait for the sequencer (bihuan worker) or report something first"
        )
    return open_head(note, keyring.log_keys()).head.size


def _first_line(*, partial: bool) -> Line:
    return {"type": "bundle", "format": FORMAT, "partial": partial}


def _keys() -> Iterator[Line]:
    return ({"type": "key", "vkey": key.vkey, "vouched": key.vouched} for key in keyring.key_records())


def _heads(size: int) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM ledger_head WHERE size <= %s ORDER BY size, id", [size])
        return [{"type": "head", "note": note} for (note,) in cursor.fetchall()]


def _trail(tree: TileTree, since: int | None) -> list[Line]:
    """The newest head, and if asked an earlier one with the proof that leads from it."""
    newest = {"type": "head", "note": store.note_at(tree.size)}
    if since is None:
        return [newest]
    earlier = store.note_at(since)
    if earlier is None:
        raise LedgerError(f"no head was signed at size {since}; give a size at which one was")
    proof = [step.hex() for step in tree.consistency(since)]
    return [
        {"type": "head", "note": earlier},
        newest,
        {"type": "consistency", "old": since, "new": tree.size, "proof": proof},
    ]


def _tiles(size: int) -> Iterator[Line]:
    for index in range((size + WIDTH - 1) // WIDTH):
        hashes = store.DatabaseTiles().get_tile(0, index)[: (size - index * WIDTH) * HASH]
        yield {"type": "tile", "index": index, "hashes": base64.b64encode(hashes).decode()}


def _leaf(record: LeafRecord, private: bool, tree: TileTree | None) -> Line:
    proof = None
    if tree is not None and record.index is not None:
        proof = [step.hex() for step in tree.inclusion(record.index)]
    if record.statement is not None:
        statement = record.statement
        return {
            **statement,
            "type": "statement",
            "index": record.index,
            "hash": statement["hash"].hex(),
            "proof": proof,
        }
    if record.event is None:
        raise LedgerError(
            f"log index {record.index}: its event {record.event_id} is missing or hidden from this connection; "
            "run: bihuan audit verify"
        )
    return {"type": "event", **_event(record.event, private), "proof": proof}


def _event(event: dict[str, Any], private: bool) -> Line:
    record, state = event["private"], event["private_state"]
    if record is not None and not private:
        record, state = None, "withheld"
    return {
        "index": event["index"],
        "salt": event["salt"].hex(),
        "prev": None if event["prev"] is None else event["prev"].hex(),
        "hash": event["hash"].hex(),
        "body": event["body"],
        "private": None if record is None else {"salt": record["salt"].hex(), "body": record["body"]},
        "private_state": state,
    }


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """Open for writing under a temporary name; the file appears under its own name only when it is whole."""
    temporary = path.with_name(path.name + ".part")
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(temporary, "wt", encoding="utf-8") as out:
            yield out
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write(out: IO[str], lines: Iterator[Line] | Sequence[Line]) -> None:
    for line in lines:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
