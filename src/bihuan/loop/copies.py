"""A picture from outside, looked at in a bounded process of its own: its facts, and copies that tell nothing else.

The copies (1600 and 320 pixels on the longest side) are encoded anew from the pixels alone: owner, serial number,
position, thumbnail and every other remark of the camera stay behind in the sealed original.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bihuan.server.runtime import BARE

CHILD = Path(__file__).with_name("photo_child.py")
SECONDS = 40  # on the wall; the child bounds its own processor time and memory
LARGE, SMALL = 1600, 320
SIZES = (LARGE, SMALL)


class PictureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture told.

    Args:
        width, height: In pixels, as stored.
        taken_at: When, if the camera wrote it; with the district's zone when it gave none.
        place: Longitude and latitude in millionths of a degree, if it wrote them.
        picture: Its look (see `bihuan.loop.pictures`).
        copies: JPEG by the length of the longest side.
    """

    width: int
    height: int
    taken_at: datetime | None = None
    place: tuple[int, int] | None = None
    picture: str | None = None
    copies: dict[int, bytes] = {}


class UnreadableCopy(ValueError):
    """A picture that cannot be shown. `why`: `pixels` (more than 50 million to decode) or `broken`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"picture not readable: {why}")
        self.why = why


def look(content: bytes, zone: ZoneInfo) -> PictureFacts:
    """Decode a picture in a process of its own and return its facts and copies.

    Args:
        content: JPEG, PNG, WebP or AVIF.
        zone: Of times without offset (Exif 2.32: DateTimeOriginal, OffsetTimeOriginal).

    Raises:
        Unreadable: broken, too many pixels, or too much work.

    Source: docs/adr/0220 (pictures are decoded in a process of their own)
    """
    command = [sys.executable, "-I", str(CHILD)]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=SECONDS, check=False, env=BARE, cwd="/"
        )
    except subprocess.TimeoutExpired:
        raise UnreadableCopy("pixels") from None
    line, _newline, rest = done.stdout.partition(b"\n")
    if done.returncode != 0 or not line:
        raise UnreadableCopy("broken")
    told = json.loads(line)
    if "fault" in told:
        raise UnreadableCopy(told["fault"])
    copies = {}
    for size, length in zip(SIZES, told["sizes"], strict=True):
        copies[size], rest = rest[:length], rest[length:]
    place = told.get("place")
    return PictureFacts(
        width=told["width"],
        height=told["height"],
        taken_at=taken(told.get("taken", ""), told.get("offset", ""), zone),
        place=(place[0], place[1]) if place else None,
        picture=told.get("picture"),
        copies=copies,
    )


def taken(text: str, offset: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant of EXIF's `2026:11:23 19:05:00`, with its offset when the camera wrote one.

    Source: Exif 2.32 (CIPA DC-008), DateTimeOriginal and OffsetTimeOriginal.
    """
    day, _space, clock = text.strip("\x00 ").partition(" ")
    try:
        at = datetime.fromisoformat(f"{day.replace(':', '-')}T{clock}{offset.strip('\x00 ')}")
    except ValueError:
        return None  # an unreadable time is no time
    return at if at.tzinfo else at.replace(tzinfo=zone)
