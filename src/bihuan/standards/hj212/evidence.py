"""The evidence of a device's values: its frames byte by byte, their digests, and what was read out of them.

A ZIP whose bytes depend on the frames alone: `frames.bin` (as they came, parted by CRLF), `index.csv` (received,
SHA-256, where in frames.bin), `readings.csv`, `manifest.json` with the digest of each file.
Source: docs/adr/0344-frames-before-answers.md; DOMAIN E55 (raw frames, hash).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.readers import CsvWriter
from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.messages import NoMessageError, message_of, readings_of
from bihuan.standards.hj212.wire import HEAD, SUM
from bihuan.standards.parts.journal import KeptFrame, read_frames

ZONE = ZoneInfo("Asia/Shanghai")
INDEX = ("number", "received", "sha256", "offset", "length")
READINGS = ("received", "cn", "time", "factor", "value", "flag", "quality")
_SAME = (1980, 1, 1, 0, 0, 0)


def write_evidence(folder: Path, mn: str, first: datetime, last: datetime, out: Path) -> dict[str, Any]:
    """Write the evidence of a device between two instants of receipt; the end is not in it.

    Args:
        folder: Of the journal. mn: The device. first, last: Of receipt. out: The ZIP.

    Returns:
        The manifest, with `sha256` of the whole file.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    frames, files = evidence_files(folder, mn, first, last)
    manifest: dict[str, Any] = {
        "mn": mn, "from": first.isoformat(), "to": last.isoformat(), "frames": frames,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }  # fmt: skip
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _SAME), content)
    return manifest | {"sha256": hashlib.sha256(out.read_bytes()).hexdigest()}


def evidence_files(folder: Path, mn: str, first: datetime, last: datetime) -> tuple[int, dict[str, bytes]]:
    """How many frames of a device came between two instants, and the files that tell them.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    frames = list(_frames_of(folder, mn, first, last))
    return len(frames), {
        "frames.bin": b"\r\n".join(each.raw for each in frames),
        "index.csv": _table(INDEX, list(_index(frames))),
        "readings.csv": _table(READINGS, list(_readings(frames))),
    }


def _frames_of(folder: Path, mn: str, first: datetime, last: datetime) -> Iterator[KeptFrame]:
    days = [each.astimezone(UTC).strftime("%Y-%m-%d.frames") for each in (first, last)]
    for path in sorted(folder.glob("*.frames")):
        if days[0] <= path.name <= days[1]:
            for frame in read_frames(path):
                if first.timestamp() <= frame.received / 1e6 < last.timestamp() and _sender(frame) == mn:
                    yield frame


def _sender(frame: KeptFrame) -> str:
    try:
        return message_of(frame.raw[HEAD:-SUM]).mn
    except NoMessageError:
        return ""


def _index(frames: Sequence[KeptFrame]) -> Iterator[tuple[Any, ...]]:
    offset = 0
    for number, frame in enumerate(frames, 1):
        yield number, _instant(frame), hashlib.sha256(frame.raw).hexdigest(), offset, len(frame.raw)
        offset += len(frame.raw) + 2


def _readings(frames: Sequence[KeptFrame]) -> Iterator[tuple[Any, ...]]:
    joiner = PacketJoiner(held=len(frames) + 1)
    for frame in frames:
        message = joiner.take(message_of(frame.raw[HEAD:-SUM]))
        try:
            for each in readings_of(message.body, ZONE) if message is not None else ():
                told = each.at.isoformat(), each.factor, each.value, each.flag, each.quality
                yield _instant(frame), message.cn if message else "", *told
        except NoMessageError:
            continue


def _instant(frame: KeptFrame) -> str:
    return datetime.fromtimestamp(frame.received / 1e6, ZONE).isoformat()


def _table(names: Sequence[str], rows: list[tuple[Any, ...]]) -> bytes:
    out = io.StringIO(newline="")
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    CsvWriter(out, list(names)).write_columns(columns)
    return out.getvalue().encode()
