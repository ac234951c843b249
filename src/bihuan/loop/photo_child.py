"""The one process in which pictures from outside are decoded: started for one picture, bounded, and gone.

A picture is a program for its decoder. Here it may use so much memory and time, open no file, and if it brings its
decoder down, only this process ends. Standard input is the picture; the answer is one line of JSON (or nothing, when it
cannot be read) and then the copies, one after the other. Run as a script by `bihuan.loop.copies`, never imported there.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

from PIL import (
    AvifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ExifTags import GPS, IFD, Base

from bihuan.loop.pictures import picture_hash

MEMORY = 1_500_000_000  # bytes of address space, libraries included
SECONDS = 20  # of processor time
MOST_PIXELS = 50_000_000  # to be decoded; a JPEG is decoded at a fraction of its size, others whole
MOST_SIDE = 30_000
SIZES = (1600, 320)  # longest side of the copies, in pixels
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
LOADED = (AvifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)


def main() -> None:
    """Read, answer, end. Source: docs/adr/0220 (pictures are decoded with bounded memory, time and files)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.preinit()  # every decoder (`LOADED`) is in memory: from here on no file or connection can be opened
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    Image.MAX_IMAGE_PIXELS = None  # the limits below are stricter, and know what a JPEG costs
    content = sys.stdin.buffer.read()
    told, copies = _looked(content)
    told["sizes"] = [len(copy) for copy in copies]
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + b"".join(copies))


def _looked(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if max(width, height) > MOST_SIDE:
            return {"fault": "pixels"}, []
        told: dict[str, Any] = {"width": width, "height": height, **_told(image)}
        image.draft("RGB", (SIZES[0], SIZES[0]))
        if image.width * image.height > MOST_PIXELS or getattr(image, "n_frames", 1) > 1000:
            return {"fault": "pixels"}, []
        upright = _flat(ImageOps.exif_transpose(image))
        copies = []
        for size in SIZES:
            upright.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
            copies.append(_jpeg(upright))
    told["picture"] = picture_hash(content)
    return told, copies


def _flat(image: Image.Image) -> Image.Image:
    """Red, green and blue on white: nothing but what is seen survives."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        ground.alpha_composite(seen)
        return ground.convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    """Return a JPEG without any metadata: the pixels are copied into a picture that never had any."""
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return out.getvalue()


def _told(image: Image.Image) -> dict[str, Any]:
    """Time and place as the camera wrote them; whatever is broken tells nothing."""
    told: dict[str, Any] = {}
    try:
        exif = image.getexif()
        details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
        if taken := details.get(Base.DateTimeOriginal):
            told["taken"] = str(taken)[:40]
            told["offset"] = str(details.get(Base.OffsetTimeOriginal, ""))[:10]
        if GPS.GPSLatitude in gps and GPS.GPSLongitude in gps:
            lat = _degrees(gps[GPS.GPSLatitude], str(gps.get(GPS.GPSLatitudeRef, "N")))
            lon = _degrees(gps[GPS.GPSLongitude], str(gps.get(GPS.GPSLongitudeRef, "E")))
            if abs(lat) <= 90_000_000 and abs(lon) <= 180_000_000:
                told["place"] = [lon, lat]
    except Exception as error:  # noqa: BLE001 - cameras write all sorts of things; the picture itself still counts
        told["unread"] = type(error).__name__
    return told


def _degrees(parts: tuple[float, float, float], reference: str) -> int:
    """Degrees, minutes, seconds to millionths of a degree."""
    degrees, minutes, seconds = (float(p) for p in parts)
    value = round((degrees + minutes / 60 + seconds / 3600) * 1_000_000)
    return -value if reference.strip("\x00").upper() in ("S", "W") else value


if __name__ == "__main__":
    main()
