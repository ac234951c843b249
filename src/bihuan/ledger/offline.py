"""The verifier that needs nothing but a bundle: ``python -m bihuan.ledger.offline BUNDLE [--key VKEY]``.

A bundle is JSON lines (plain or .gz) written by ``bihuan audit export``: a ``bundle`` line, ``key`` and ``head``
lines, ``tile`` lines with the leaves of the whole log or a ``proof`` in each event, ``event`` lines with salts and,
where exported, private records. No database, no Django, no network; only this file and ``core``. Exit code 0:
everything holds; 1: something was altered; 2: the bundle cannot be read.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.ledger.bundle import BundleFrame, read_frame, read_leaves
from bihuan.ledger.checks import (
    CaseChains,
    HeadTimes,
    HeadTrail,
    VerificationReport,
    check_content,
    check_statement,
    name_event,
    name_statement,
    stated_erasures,
)
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import SignedHead, open_head
from bihuan.ledger.core.keys import KeyRing, PublicKey
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.merkle import consistency_holds, inclusion_holds
from bihuan.ledger.core.tiles import MemoryTiles, TileTree
from bihuan.ledger.core.vouching import follow_keys


def verify_bundle(path: Path, trusted: KeyRing | None = None) -> VerificationReport:
    """Verify a bundle.

    Args:
        path: the bundle, plain or .gz.
        trusted: the log's public keys, obtained elsewhere; without them the bundle's own keys are used, which shows
            that the bundle agrees with itself but not who made it.

    Returns:
        the report; ``findings`` names every altered event, tile and head.

    Raises:
        BundleError: if the bundle is malformed; the message names the line.

    Source: docs/topics/ledger.md, "What is checked against what"; proofs by RFC 9162 §2.1.3.2 and §2.1.4.2.
    """
    frame = read_frame(path)
    report = VerificationReport(pinned=trusted is not None)
    ring, faults = follow_keys(frame.keys, trusted)
    for fault in faults:
        report.add(fault)
    tree = _rebuild_tree(frame)
    heads = _open_heads(frame, ring, report)
    times = HeadTimes(report, datetime.now(UTC))
    for head in heads:
        times.take(head)
    times.close(ring)
    _check_roots(heads, tree, frame, report)
    anchor = heads[-1] if heads else None
    chains = CaseChains(complete=not frame.partial)
    erased = stated_erasures(frame.erasures, ring, report)
    seen: set[int] = set()
    for leaf in read_leaves(path):
        seen.add(leaf["index"])
        if "body" in leaf and "salt" in leaf:
            check_content(leaf, report, erased)
            chains.check(leaf, report)
            name = name_event(leaf["body"], leaf["index"])
        else:
            check_statement(leaf, leaf["index"], report)
            name = name_statement(leaf, leaf["index"])
        _check_place(name, leaf, tree, anchor, report)
    if not frame.partial and anchor is not None:
        _check_complete(seen, anchor.head.size, report)
    return report


def _rebuild_tree(frame: BundleFrame) -> TileTree | None:
    """Grow the whole tree anew from the leaves in the bundle; None if it holds proofs instead."""
    if frame.partial:
        return None
    tree = TileTree(MemoryTiles())
    tree.append(b"".join(frame.tiles[index] for index in sorted(frame.tiles)))
    return tree


def _open_heads(frame: BundleFrame, ring: KeyRing, report: VerificationReport) -> list[SignedHead]:
    """The heads whose signatures hold, smallest first."""
    heads = []
    for note in frame.notes:
        try:
            heads.append(open_head(note, ring))
        except LedgerError as error:
            report.add(f"a signed head does not hold: {error}")
    if not heads:
        report.add("no signed head holds, so nothing ties the events to the log")
    return sorted(heads, key=lambda head: head.head.size)


def _check_roots(
    heads: list[SignedHead], tree: TileTree | None, frame: BundleFrame, report: VerificationReport
) -> None:
    trail = HeadTrail(report)
    for before, signed in zip([None, *heads], heads, strict=False):
        head = signed.head
        if tree is not None:
            holds = head.size <= tree.size and tree.root(head.size) == head.root
        else:
            holds = before is None or _follows(before, signed, frame)
        trail.judge(head.size, holds)
    trail.close()


def _follows(before: SignedHead, signed: SignedHead, frame: BundleFrame) -> bool:
    old, new = before.head, signed.head
    proof = frame.steps.get((old.size, new.size), [])
    return old.origin == new.origin and consistency_holds(old.size, new.size, old.root, new.root, proof)


def _check_place(
    name: str, logged: dict[str, Any], tree: TileTree | None, anchor: SignedHead | None, report: VerificationReport
) -> None:
    """Check that the recorded hash is the leaf at its index."""
    index, leaf = logged["index"], leaf_hash(logged["hash"])
    if tree is not None:
        holds = 0 <= index < tree.size and tree.leaf(index) == leaf
    elif anchor is not None and logged["proof"] is not None:
        holds = inclusion_holds(index, anchor.head.size, leaf, logged["proof"], anchor.head.root)
    else:
        holds = False
    if not holds:
        report.add(f"{name}: its recorded hash is not the leaf at that index of the log")


def _check_complete(seen: set[int], size: int, report: VerificationReport) -> None:
    absent = [index for index in range(size) if index not in seen]
    if absent:
        shown = ", ".join(str(index) for index in absent[:10])
        report.add(f"{len(absent)} events of the log are missing from the bundle, first at index {shown}")


def main(arguments: list[str] | None = None) -> int:
    """Verify the bundle named on the command line; print findings and, last, the report as one JSON object.

    Source: docs/topics/ledger.md, "For auditors: verify" (exit codes, last line).
    """
    words = sys.argv[1:] if arguments is None else arguments
    keys = [words[place + 1] for place, word in enumerate(words[:-1]) if word == "--key"]
    paths = [word for place, word in enumerate(words) if word != "--key" and words[place - 1 : place] != ["--key"]]
    if len(paths) != 1:
        sys.stderr.write("usage: python -m bihuan.ledger.offline BUNDLE [--key PUBLIC-KEY]…\n")
        return 2
    try:
        report = verify_bundle(Path(paths[0]), KeyRing(map(PublicKey.parse, keys)) if keys else None)
    except LedgerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for sentence in summarise_report(report):
        print(sentence)
    print(json.dumps(report.as_json(), ensure_ascii=False))
    return 0 if report.ok else 1


def summarise_report(report: VerificationReport) -> Iterator[str]:
    """Say what was found, in sentences, Chinese beside English."""
    for finding in report.findings:
        yield f"✗ {finding}"
    if report.found > len(report.findings):
        yield f"✗ … and {report.found - len(report.findings)} more 另有更多"
    if report.erased:
        yield f"· content erased 内容已依法删除: {report.erased} records; their events still verify 事件仍可验证"
    if report.withheld:
        yield f"· {report.withheld} private records were not exported 个人信息未导出"
    if report.since:
        yield f"· the {report.since} leaves before the trusted head were not read again 此前内容以可信签名为准，未重读"
    if not report.pinned:
        yield "· no key given with --key: the keys recorded beside the log were used 未指定公钥，使用随附公钥"
    verdict = "everything holds 验证通过" if report.ok else "something was altered 发现篡改"
    yield (
        f"{verdict}: {report.events} events, {report.statements} statements, {report.cases} cases, "
        f"{report.heads} heads, log size {report.size}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
