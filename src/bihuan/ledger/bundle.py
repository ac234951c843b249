"""The bundle: a log, or a few of its events with proofs, as JSON lines (plain or .gz) that anyone can verify offline.

Lines, each an object with a ``type``: first ``bundle`` (format, partial), then ``key`` (a public key of the log, with
the former key's note about it), ``head`` (a signed tree head), ``tile`` (256 leaves of the whole log) or
``consistency`` (in a partial bundle, between two heads), and ``event`` with salt, previous hash, hash and body, its
private record where exported, and its inclusion proof if partial.
"""

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bihuan.ledger.core.erasures import KIND as ERASURE
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.keys import PublicKey
from bihuan.ledger.core.leaf import BODY_FIELDS
from bihuan.ledger.core.vouching import KeyRecord

FORMAT = "bihuan-bundle/1"
"""Named in the first line of every bundle; another layout gets another name."""


class BundleError(LedgerError):
    """The bundle cannot be read: which line, and why."""


@dataclass(slots=True)
class BundleFrame:
    """Everything of a bundle but its events; of its statements, those of erasure, which say what may be absent."""

    partial: bool = False
    keys: list[KeyRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tiles: dict[int, bytes] = field(default_factory=dict)
    steps: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)
    erasures: list[dict[str, Any]] = field(default_factory=list)


def read_frame(path: Path) -> BundleFrame:
    """Read everything of a bundle but its events and statements.

    Raises:
        BundleError: if it is empty, of another format, or malformed; names the line.

    Source: docs/topics/ledger.md, "Formats"; the module's own text has every line.
    """
    frame, number = BundleFrame(), 0
    for number, line in _lines(path):
        kind = line.get("type")
        if number == 1 and (kind != "bundle" or line.get("format") != FORMAT):
            raise BundleError(f"{path}, line 1: not a {FORMAT} bundle; make one with: bihuan audit export")
        try:
            _take(frame, kind, line)
        except (KeyError, TypeError, ValueError, LedgerError) as error:
            raise BundleError(
                f"{path}, line {number}: malformed {kind} line: {error}; export the bundle again"
            ) from error
    if not number:
        raise BundleError(f"{path}, line 1: the bundle is empty; export it again")
    return frame


def _take(frame: BundleFrame, kind: Any, line: dict[str, Any]) -> None:
    match kind:
        case "bundle":
            frame.partial = bool(line["partial"])
        case "key":
            frame.keys.append(KeyRecord(PublicKey.parse(line["vkey"]).text(), line.get("vouched", "")))
        case "head":
            frame.notes.append(line["note"])
        case "tile":
            frame.tiles[line["index"]] = base64.b64decode(line["hashes"], validate=True)
        case "consistency":
            frame.steps[line["old"], line["new"]] = [bytes.fromhex(step) for step in line["proof"]]
        case "statement" if line.get("kind") == ERASURE:
            frame.erasures.append(_decode_statement(line))
        case "event" | "statement":
            pass
        case _:
            raise ValueError(f"unknown type {kind!r}")


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of every line."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    parsed = msgspec.json.decode(line)
                except msgspec.DecodeError as error:
                    raise BundleError(f"{path}, line {number}: not JSON ({error}); export the bundle again") from error
                if not isinstance(parsed, dict):
                    raise BundleError(f"{path}, line {number}: not a JSON object; export the bundle again")
                yield number, parsed
    except (OSError, EOFError) as error:
        raise BundleError(f"{path}: cannot be read ({error}); check the path or copy the file again") from error


def read_leaves(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events and statements of a bundle, hashes and salts as bytes, in the order of its lines.

    Raises:
        BundleError: names the malformed line.

    Source: docs/topics/ledger.md, "Formats".
    """
    decoders = {"event": _decode_event, "statement": _decode_statement}
    for number, line in _lines(path):
        if line["type"] not in decoders:
            continue
        try:
            yield decoders[line["type"]](line)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"{path}, line {number}: malformed {line['type']} line: {error!r}; export the bundle again"
            ) from error


def _decode_statement(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": int(line["index"]),
        "kind": str(line["kind"]),
        "made_at": str(line["made_at"]),
        "body": line["body"],
        "hash": bytes.fromhex(line["hash"]),
        "proof": _decode_proof(line),
    }


def _decode_proof(line: dict[str, Any]) -> list[bytes] | None:
    return None if line.get("proof") is None else [bytes.fromhex(step) for step in line["proof"]]


def _decode_event(line: dict[str, Any]) -> dict[str, Any]:
    private = line["private"]
    if private is not None:
        private = {"salt": bytes.fromhex(private["salt"]), "body": private["body"]}
    body = line["body"]
    if set(body) != BODY_FIELDS or type(body["version"]) is not int or type(body["case"]) is not str:
        raise ValueError(f"an event body has the members {', '.join(sorted(BODY_FIELDS))}")
    return {
        "index": int(line["index"]),
        "salt": bytes.fromhex(line["salt"]),
        "prev": None if line["prev"] is None else bytes.fromhex(line["prev"]),
        "hash": bytes.fromhex(line["hash"]),
        "body": body,
        "private": private,
        "private_state": line["private_state"],
        "proof": _decode_proof(line),
    }
