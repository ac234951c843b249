"""How fast is the ledger? `python benchmarks/ledger.py [LEAVES] [--database]` (default 1,000,000 leaves).

Pure core beside its named peers in one run: `pymerkle` for the tree, `rfc8785` for canonical JSON. With `--database`,
also a log of that many events in PostgreSQL: direct append in batches of 5,000, whole verification, proofs; on a data
folder of its own.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymerkle
import rfc8785

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.leaf import event_hash, leaf_hashes
from bihuan.ledger.core.tiles import MemoryTiles, TileTree

BATCH = 5_000
BODY: dict[str, Any] = {
    "case": "01920000-0000-7000-8000-000000000001",
    "version": 3,
    "kind": "dispatched",
    "occurred_at": "2026-03-01T01:02:03Z",
    "recorded_at": "2026-03-01T01:02:03Z",
    "actor": "user:1",
    "data": {
        "holder": "unit:110108001",
        "due": "2026-03-08T01:02:03Z",
        "why": {"table": "clocks", "row": 3},
        "note": "派单",
    },
    "private": None,
}


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(name: str, ours: float, unit: str, peer: str = "", theirs: float = 0.0) -> None:
    beside = f"{peer:>10} {theirs:>12,.0f}   × {ours / theirs:,.1f}" if theirs else ""
    print(f"{name:<44}{ours:>14,.0f} {unit:<9}{beside}")


def pure(leaves: int) -> None:
    salt, prev, some = bytes(16), bytes(32), 200_000
    row(
        "canonical JSON",
        some / seconds(lambda: [canonical(BODY) for _ in range(some)]),
        "objects/s",
        "rfc8785",
        20_000 / seconds(lambda: [rfc8785.dumps(BODY) for _ in range(20_000)]),
    )
    row("event hash", some / seconds(lambda: [event_hash(salt, prev, BODY) for _ in range(some)]), "events/s")
    events = os.urandom(32 * leaves)
    tree = TileTree(MemoryTiles())
    peer = pymerkle.InmemoryTree(algorithm="sha256")
    sample = [events[start : start + 32] for start in range(0, 32 * min(leaves, 100_000), 32)]
    row(
        "leaf hash + append, one batch",
        leaves / seconds(lambda: tree.append(leaf_hashes(events))),
        "leaves/s",
        "pymerkle",
        len(sample) / seconds(lambda: peer.append_entries(sample)),
    )
    small = TileTree(MemoryTiles())
    blocks = [events[at : at + 32 * BATCH] for at in range(0, len(events), 32 * BATCH)]
    row(
        f"leaf hash + append, batches of {BATCH:,}",
        leaves / seconds(lambda: [small.append(leaf_hashes(block)) for block in blocks]),
        "leaves/s",
    )
    steps = max(1, leaves // 2_000)
    row(
        "inclusion proofs",
        2_000 / seconds(lambda: [tree.inclusion(index) for index in range(0, leaves, steps)][:2_000]),
        "proofs/s",
        "pymerkle",
        200 / seconds(lambda: [peer.prove_inclusion(index + 1) for index in range(200)]),
    )


def database(leaves: int) -> None:
    from django.db import connection, transaction

    from bihuan.ledger import proofs, store
    from bihuan.ledger.events import EventTable
    from bihuan.ledger.verification import verify_log

    table = EventTable("bench_event", "bench_event_private")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_event (id uuid PRIMARY KEY, case_id uuid, version int, kind text, "
            "occurred_at timestamptz, recorded_at timestamptz, actor text, data jsonb, private_hash bytea, salt bytea, "
            "prev bytea, hash bytea); "
            "CREATE TABLE bench_event_private (event_id uuid PRIMARY KEY, salt bytea, body jsonb)"
        )
    spent = 0.0
    ids = []
    for first in range(0, leaves, BATCH):
        pairs = write_events(first, min(BATCH, leaves - first))
        ids.append(pairs[0][0])

        def append(pairs: list[store.Leaf] = pairs) -> None:
            with transaction.atomic():
                store.append_batch(pairs)

        spent += seconds(append)
    row(f"database: direct append, batches of {BATCH:,}", leaves / spent, "leaves/s")
    row("database: proofs", len(ids) / seconds(lambda: [proofs.prove_event(event) for event in ids]), "proofs/s")
    queue = write_events(leaves, 2_000)
    row("database: live queue", 2_000 / seconds(lambda: [store.enqueue_leaves([pair]) for pair in queue]), "leaves/s")
    row("database: sequencer", 2_000 / seconds(lambda: store.sequence_leaves()), "leaves/s")
    report = None

    def verify() -> None:
        nonlocal report
        report = verify_log(table)

    row("database: whole verification", (leaves + 2_000) / seconds(verify), "events/s")
    assert report is not None
    assert report.ok, report.findings[:3]
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def write_events(first: int, count: int) -> list[Any]:
    """COPY events of five versions a case into the bench table; return their leaves."""
    from uuid import UUID

    import msgspec
    from django.db import connection

    pairs, prev = [], None
    with connection.cursor() as wrapper, wrapper.cursor.copy("COPY bench_event FROM STDIN") as stream:
        for number in range(first, first + count):
            case, version = UUID(int=(1 << 80) + number // 5), number % 5 + 1
            prev = prev if version > 1 else None
            body = {**BODY, "case": str(case), "version": version}
            digest = event_hash(bytes(16), prev, body)
            event = UUID(int=(2 << 80) + number)
            data = msgspec.json.encode(body["data"]).decode()
            moment = "2026-03-01T01:02:03Z"
            stream.write_row(
                [event, case, version, body["kind"], moment, moment, body["actor"], data, None, bytes(16), prev, digest]
            )
            pairs.append((event, digest))
            prev = digest
    return pairs


@contextmanager
def installation() -> Any:
    """A data folder of its own, initialised and removed again."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        Path(folder).chmod(0o711)
        os.environ["BIHUAN_HOME"] = f"{folder}/home"
        command = [sys.executable, "-m", "bihuan.cli"]
        subprocess.run([*command, "init"], check=True, stdout=subprocess.DEVNULL)
        from bihuan.console.bootstrap import start_django

        start_django("owner")
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            subprocess.run([*command, "stop"], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    words = sys.argv[1:]
    leaves = int(next((word for word in words if word.isdigit()), "1000000"))
    pure(leaves)
    if "--database" in words:
        with installation():
            database(leaves)


if __name__ == "__main__":
    main()
