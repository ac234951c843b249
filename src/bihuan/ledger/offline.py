"""The verifier that needs nothing but a bundle: ``python -m bihuan.ledger.offline BUNDLE [--key VKEY]``.

A bundle is JSON lines (plain or .gz) written by ``bihuan audit export``: a ``bundle`` line, ``key`` and ``head``
lines, ``tile`` lines with the leaves of the whole log or a ``proof`` in each event, ``event`` lines with salts and,
where exported, private records. No database, no Django, no network; only this file and ``core``. Exit code 0:
everything holds; 1: something was altered; 2: the bundle cannot be read.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bihuan.ledger.bundle import Frame, read_events, read_frame
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import SignedHead, open_head
from bihuan.ledger.core.keys import KeyRing, PublicKey
from bihuan.ledger.core.leaf import event_hash, leaf_hash, private_hash
from bihuan.ledger.core.merkle import consistency_holds, inclusion_holds
from bihuan.ledger.core.tiles import MemoryTiles, TileTree


@dataclass(slots=True)
class Report:
    """What a verification found.

    Attributes:
        events: how many events were checked.
        heads: how many signed heads were checked.
        size: leaves of the largest head that holds.
        erased: private records that were erased; their events still verify.
        withheld: private records that exist but were not exported.
        pinned: whether the verifier was given the log's key, rather than trusting the bundle's own.
        findings: one sentence for each thing that does not hold; empty if all is well.
    """

    events: int = 0
    heads: int = 0
    size: int = 0
    erased: int = 0
    withheld: int = 0
    pinned: bool = False
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values; ``ok`` first."""
        names = ("events", "heads", "size", "erased", "withheld", "pinned", "findings")
        return {"ok": self.ok, **{name: getattr(self, name) for name in names}}


def name_event(body: dict[str, Any], index: int | None) -> str:
    """Name an event the way findings do: version and case, its place in the log, its kind."""
    place = "not in the log" if index is None else f"log index {index}"
    return f"event {body.get('version')} of case {body.get('case')} ({place}, {body.get('kind')})"


def check_content(event: dict[str, Any], report: Report) -> None:
    """Check one event's own content against its stored hash, and its private record against the body.

    Args:
        event: members ``index``, ``salt``, ``prev``, ``hash`` (bytes), ``body``; ``private``: dict with ``salt``
            and ``body``, or None; ``private_state``: none, included, withheld or erased.
        report: receives counts and findings.
    """
    name = name_event(event["body"], event["index"])
    report.events += 1
    try:
        if event_hash(event["salt"], event["prev"], event["body"]) != event["hash"]:
            report.findings.append(f"{name}: its content was altered; it no longer has the hash that was recorded")
        _check_private(name, event, report)
    except LedgerError as error:
        report.findings.append(f"{name}: its content was altered; it cannot even be hashed ({error})")


def _check_private(name: str, event: dict[str, Any], report: Report) -> None:
    promised, private = event["body"].get("private"), event["private"]
    if promised is None:
        if private is not None:
            report.findings.append(f"{name}: it carries a private record that was never recorded")
    elif private is not None:
        if private_hash(private["salt"], private["body"]).hex() != promised:
            report.findings.append(
                f"{name}: its private record was altered; it no longer has the hash that was recorded"
            )
    elif event["private_state"] == "withheld":
        report.withheld += 1
    else:
        report.erased += 1


class Chains:
    """Checks that each event names the hash of the same case's previous event.

    Args:
        complete: whether every case is seen from its first event; otherwise the first event seen is taken as it is.
    """

    def __init__(self, complete: bool) -> None:
        self._complete = complete
        self._last: dict[str, tuple[int, bytes]] = {}

    def check(self, event: dict[str, Any], report: Report) -> None:
        """Check one event; events of one case come in the order of their versions."""
        body, prev = event["body"], event["prev"]
        before = self._last.get(body["case"])
        self._last[body["case"]] = (body["version"], event["hash"])
        if before is None:
            if self._complete and prev is not None:
                report.findings.append(f"{name_event(body, event['index'])}: an earlier event of its case is missing")
            return
        if body["version"] != before[0] + 1 or prev != before[1]:
            report.findings.append(
                f"{name_event(body, event['index'])}: it does not follow event {before[0]} of its case; "
                "one of the two was altered, or an event between them removed"
            )


def verify_bundle(path: Path, trusted: KeyRing | None = None) -> Report:
    """Verify a bundle.

    Args:
        path: the bundle, plain or .gz.
        trusted: the log's public keys, obtained elsewhere; without them the bundle's own keys are used, which shows
            that the bundle agrees with itself but not who made it.

    Returns:
        the report; ``findings`` names every altered event, tile and head.

    Raises:
        BundleError: if the bundle is malformed; the message names the line.
    """
    frame = read_frame(path)
    report = Report(pinned=trusted is not None)
    ring = trusted or KeyRing(frame.keys)
    tree = _rebuild_tree(frame)
    heads = _open_heads(frame, ring, report)
    _check_roots(heads, tree, frame, report)
    anchor = heads[-1] if heads else None
    chains = Chains(complete=not frame.partial)
    seen: set[int] = set()
    for event in read_events(path):
        check_content(event, report)
        chains.check(event, report)
        seen.add(event["index"])
        _check_place(event, tree, anchor, report)
    if not frame.partial and anchor is not None:
        _check_complete(seen, anchor.head.size, report)
    return report


def _rebuild_tree(frame: Frame) -> TileTree | None:
    """Grow the whole tree anew from the leaves in the bundle; None if it holds proofs instead."""
    if frame.partial:
        return None
    tree = TileTree(MemoryTiles())
    tree.append(b"".join(frame.tiles[index] for index in sorted(frame.tiles)))
    return tree


def _open_heads(frame: Frame, ring: KeyRing, report: Report) -> list[SignedHead]:
    """The heads whose signatures hold, smallest first."""
    heads = []
    for note in frame.notes:
        try:
            heads.append(open_head(note, ring))
        except LedgerError as error:
            report.findings.append(f"a signed head does not hold: {error}")
    report.heads = len(heads)
    if not heads:
        report.findings.append("no signed head holds, so nothing ties the events to the log")
    return sorted(heads, key=lambda head: head.head.size)


def _check_roots(heads: list[SignedHead], tree: TileTree | None, frame: Frame, report: Report) -> None:
    good = 0
    for before, signed in zip([None, *heads], heads, strict=False):
        head = signed.head
        if tree is not None:
            holds = head.size <= tree.size and tree.root(head.size) == head.root
        else:
            holds = before is None or _follows(before, signed, frame)
        if holds:
            good = head.size
        else:
            report.findings.append(
                f"the head signed at size {head.size} does not match the leaves: "
                f"a leaf between index {good} and {head.size - 1} was altered, removed or inserted"
            )
    report.size = good


def _follows(before: SignedHead, signed: SignedHead, frame: Frame) -> bool:
    old, new = before.head, signed.head
    proof = frame.steps.get((old.size, new.size), [])
    return old.origin == new.origin and consistency_holds(old.size, new.size, old.root, new.root, proof)


def _check_place(event: dict[str, Any], tree: TileTree | None, anchor: SignedHead | None, report: Report) -> None:
    """Check that the event's recorded hash is the leaf at its index."""
    index, leaf = event["index"], leaf_hash(event["hash"])
    if tree is not None:
        holds = 0 <= index < tree.size and tree.leaf(index) == leaf
    elif anchor is not None and event["proof"] is not None:
        holds = inclusion_holds(index, anchor.head.size, leaf, event["proof"], anchor.head.root)
    else:
        holds = False
    if not holds:
        report.findings.append(
            f"{name_event(event['body'], index)}: its recorded hash is not the leaf at that index of the log"
        )


def _check_complete(seen: set[int], size: int, report: Report) -> None:
    absent = [index for index in range(size) if index not in seen]
    if absent:
        shown = ", ".join(str(index) for index in absent[:10])
        report.findings.append(f"{len(absent)} events of the log are missing from the bundle, first at index {shown}")


def main(arguments: list[str] | None = None) -> int:
    """Verify the bundle named on the command line; print findings and, last, the report as one JSON object."""
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
    for sentence in summary(report):
        print(sentence)
    print(json.dumps(report.as_json(), ensure_ascii=False))
    return 0 if report.ok else 1


def summary(report: Report) -> Iterator[str]:
    """Say what was found, in sentences, Chinese beside English."""
    for finding in report.findings:
        yield f"✗ {finding}"
    if report.erased:
        yield f"· content erased 内容已依法删除: {report.erased} records; their events still verify 事件仍可验证"
    if report.withheld:
        yield f"· {report.withheld} private records were not exported 个人信息未导出"
    if not report.pinned:
        yield "· no public key was given with --key, so the bundle's own keys were used 未指定公钥，使用文件自带公钥"
    verdict = "everything holds 验证通过" if report.ok else "something was altered 发现篡改"
    yield f"{verdict}: {report.events} events, {report.heads} heads, log size {report.size}"


if __name__ == "__main__":
    raise SystemExit(main())
