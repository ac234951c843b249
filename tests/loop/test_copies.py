"""Pictures from outside: bounded decoding, facts read from the bytes, copies without a trace of the camera's owner."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bihuan.loop import copies, media
from bihuan.loop.attached import attached
from bihuan.loop.kernel.model import Refusal
from bihuan.loop.models import MediaRow
from bihuan.loop.pictures import picture_hash
from tests.loop.district import START
from tests.loop.test_pictures import jpeg, scene

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
OWNER = "OWNER-Zhao-Lingfeng"
SERIAL = "SN-77331199"


def photo(taken: str = "2026:11:23 10:00:00", offset: str = "", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture with everything a camera writes in `info['exif']`."""
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = OWNER, OWNER  # artist, copyright
    details = exif.get_ifd(0x8769)
    details[0x9003], details[0xA430], details[0xA431] = taken, OWNER, SERIAL  # time, owner, body serial number
    if offset:
        details[0x9011] = offset
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (39.0, 58.0, 48.0), "E", (116.0, 18.0, 36.0)
    image = scene(3, size)
    image.info["exif"] = exif.tobytes()
    return image


def encoded(image: Image.Image, form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    extra: dict[str, Any] = {}
    if form == "PNG":
        extra["pnginfo"] = info = PngInfo()
        info.add_text("Author", OWNER)
        info.add_itxt("XML:com.adobe.xmp", f"<x>{OWNER}</x>")
    if form == "JPEG":
        extra["comment"] = OWNER.encode()
    image.save(out, form, exif=image.info["exif"], **extra)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_copy_shows_the_picture_and_nothing_of_its_owner(form: str) -> None:
    content = encoded(photo(size=(2000, 1500)), form)
    assert OWNER.encode() in content
    seen = copies.look(content, ZONE)
    assert seen.taken_at is not None
    assert seen.taken_at.isoformat() == "2026-11-23T10:00:00+08:00"
    assert seen.place == (116_310_000, 39_980_000)
    assert seen.picture == picture_hash(content)
    for size, copy in seen.copies.items():
        with Image.open(io.BytesIO(copy)) as shown:
            assert (max(shown.size), shown.format) == (size, "JPEG")
            assert not shown.getexif()
            assert set(shown.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
        assert OWNER.encode() not in copy
        assert SERIAL.encode() not in copy


def test_times_of_cameras() -> None:
    def at(**told: str) -> str | None:
        found = copies.look(encoded(photo(**told)), ZONE).taken_at
        return found and found.isoformat()

    assert at(offset="+09:00") == "2026-11-23T10:00:00+09:00"
    assert at(taken="0000:00:00 00:00:00") is None
    assert at(taken="gestern") is None


def bomb(side: int) -> bytes:
    """A PNG of `side`² grey points that is small as a file and enormous in memory."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    # One row flushed on its own and repeated is a valid stream: nothing has to be packed `side` times.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    row = packer.compress(bytes(side + 1)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    adler = struct.pack(">I", side * (side + 1) % 65521 << 16 | 1)
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = b"\x78\xda" + row * side + last + adler
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(25_000), "pixels"),
        (bomb(200)[:45] + b"\xff" * 40, "broken"),
        (jpeg(scene(1))[:900], "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "broken"),
        (b"\xff\xd8\xff\xe1" + b"\xff" * 5000, "broken"),
    ],
)
def test_what_cannot_be_decoded_within_bounds_is_refused_with_a_word(content: bytes, why: str) -> None:
    before = _seconds()
    with pytest.raises(copies.UnreadableCopy) as caught:
        copies.look(content, ZONE)
    assert caught.value.why == why
    assert _seconds() - before < 5, "nothing was decoded"


def _seconds() -> float:
    """Seconds of processor time that processes we started and that have ended took."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


@pytest.mark.django_db
def test_the_original_is_sealed_and_its_owner_is_on_no_page(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    content = encoded(photo())
    row = media.keep(content, "user:x", START, "110108", uuid4(), ZONE)
    assert (row.lon_e6, row.lat_e6, row.width) == (116_310_000, 39_980_000, 64)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 3
    for file in files:
        assert OWNER.encode() not in file.read_bytes()
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert media.original(row) == content
    assert media.copy_of(row, 320) is not None
    assert media.remove(row.path) == 3
    assert media.original(row) is None
    assert media.copy_of(row) is None


@pytest.mark.django_db
def test_a_photo_of_an_earlier_version_is_sealed_when_somebody_asks_for_it(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    row = media.keep(encoded(photo()), "user:x", START, "110108", uuid4(), ZONE)
    content = media.original(row)
    assert content is not None
    media.remove(row.path)
    (tmp_path / row.path).write_bytes(content)
    assert media.copy_of(row) is not None
    assert not (tmp_path / row.path).exists()
    assert media.original(row) == content


@pytest.mark.django_db
def test_evidence_names_an_upload_and_its_facts_are_computed_here(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = uuid4()
    row = media.keep(encoded(photo()), "user:x", START, "110108", case, ZONE)

    def code(data: dict[str, Any]) -> str:
        found = attached("add_evidence", data, case)
        assert isinstance(found, Refusal)
        return f"{found.code}:{found.field}"

    assert code({"type": "photo", "sha256": "a" * 64}) == "computed_here:sha256"
    assert code({"type": "photo", "media": str(row.id), "taken_at": "2026-11-23T10:00:00Z"}) == "computed_here:taken_at"
    assert code({"type": "photo", "media": str(row.id), "place": [1, 2]}) == "computed_here:place"
    for named in (None, "", 5, [], "x", str(uuid4())):
        assert code({"type": "photo", "media": named}) == "no_such_upload:media"
    other = MediaRow.objects.create(
        id=uuid4(), district_id="110108", case_id=uuid4(), sha256=row.sha256, size=1, content_type="image/jpeg",
        path=row.path, uploaded_by="user:y", uploaded_at=START,
    )  # fmt: skip
    assert code({"type": "photo", "media": str(other.id)}) == "no_such_upload:media"
    data = attached("add_evidence", {"type": "photo", "media": str(row.id)}, case)
    assert isinstance(data, dict)
    assert (data["sha256"], data["place"]) == (row.sha256, [116_310_000, 39_980_000])
    assert data["taken_at"] == "2026-11-23T02:00:00Z"
    assert attached("note", {"place": [1, 2]}, case) == {"place": [1, 2]}
