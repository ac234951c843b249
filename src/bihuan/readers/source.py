"""Bytes in: plain, gzip and zip, bounded, and honest about damage.

A truncated or damaged gzip gives all bytes before the damage and then says so, instead of raising in the middle.
"""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bihuan.readers import encodings
from bihuan.readers.faults import file_error
from bihuan.readers.table import Limits

CHUNK = 1 << 18


@dataclass
class Bytes:
    """A stream of byte chunks; after the last one `damage` is None or (fault code, detail)."""

    chunks: Iterator[bytes]
    damage: tuple[str, str] | None = None


@dataclass(frozen=True)
class FilePart:
    """One readable file: on disk, or a member of an archive.

    Args:
        name: For messages.
        suffix: Lower-case format suffix without compression (`csv`).
        stream: Opens the bytes anew.
        share: How much of the present reading is done, 0 to 1.
    """

    name: str
    suffix: str
    stream: Callable[[], Bytes]
    share: Callable[[], float] = float

    def head(self, size: int = 1 << 20) -> bytes:
        """Return the first bytes, for detecting format and encoding."""
        got = bytearray()
        for chunk in self.stream().chunks:
            got += chunk
            if len(got) >= size:
                break
        return bytes(got[:size])

    def spooled(self) -> tuple[BinaryIO, tuple[str, str] | None]:
        """Return the whole content as a seekable file (in memory up to 32 MB), and the damage met on the way."""
        source = self.stream()
        file = tempfile.SpooledTemporaryFile(max_size=32 << 20)  # noqa: SIM115 - handed to the caller, closed by it
        for chunk in source.chunks:
            file.write(chunk)
        file.seek(0)
        return file, source.damage  # type: ignore[return-value]  # SpooledTemporaryFile is a BinaryIO in all but name


def open_parts(path: Path, limits: Limits) -> list[FilePart]:
    """Return the readable files in `path`: one, or every member of a zip archive that a person put there.

    Raises:
        FileError: no such file, empty, or not an archive although it looks like one.

    Source: RFC 1952 (gzip), ISO/IEC 21320-1 (zip); docs/topics/import.md ("Damage is contained").
    """
    if not path.is_file():
        raise file_error(str(path), "no_file")
    with path.open("rb") as stream:
        magic = stream.read(4)
    if not magic:
        raise file_error(path.name, "empty")
    meter = _Meter(path.stat().st_size)
    suffixes = [s.lstrip(".").lower() for s in path.suffixes]
    if magic[:2] == b"\x1f\x8b":
        inner = suffixes[-2] if suffixes[-1:] == ["gz"] and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
        return [FilePart(path.name, inner, lambda: _gzip(path, limits, meter), meter.share)]
    if magic == b"PK\x03\x04" and not _is_workbook(path):
        return _members(path, limits)
    return [FilePart(path.name, suffixes[-1] if suffixes else "", lambda: Bytes(_plain(path, meter)), meter.share)]


@dataclass
class _Meter:
    """Counts the bytes taken from a file, anew with each reading."""

    size: int
    done: int = 0

    def share(self) -> float:
        return min(1.0, self.done / self.size) if self.size else 1.0


def _plain(path: Path, meter: _Meter) -> Iterator[bytes]:
    meter.done = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            meter.done += len(chunk)
            yield chunk


def _gzip(path: Path, limits: Limits, meter: _Meter) -> Bytes:
    source = Bytes(iter(()))
    source.chunks = _inflate(_plain(path, meter), source, path.name, limits)
    return source


def _inflate(chunks: Iterator[bytes], source: Bytes, name: str, limits: Limits) -> Iterator[bytes]:
    """Unpack (possibly many-membered) gzip; the standard module raises away what it had already read."""
    unpacked, inflater = 0, zlib.decompressobj(wbits=31)
    for chunk in chunks:
        data = chunk
        while data:
            try:
                out = inflater.decompress(data, CHUNK * 4)
            except zlib.error as error:
                source.damage = ("corrupt", str(error))
                return
            unpacked += len(out)
            if unpacked > limits.unpacked:
                raise file_error(name, "bomb", limit=f"{limits.unpacked >> 20} MB")
            if out:
                yield out
            data = inflater.unconsumed_tail
            if inflater.eof:
                data = inflater.unused_data.lstrip(b"\0")
                if data:
                    inflater = zlib.decompressobj(wbits=31)
    if not inflater.eof:
        source.damage = ("truncated", "")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return path.suffix.lower() in (".xlsx", ".xlsm")


def _members(path: Path, limits: Limits) -> list[FilePart]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
    except zipfile.BadZipFile as error:
        raise file_error(path.name, "corrupt", detail=str(error)) from error
    if not infos:
        raise file_error(path.name, "empty")
    if sum(i.file_size for i in infos) > limits.unpacked:
        raise file_error(path.name, "bomb", limit=f"{limits.unpacked >> 20} MB")
    return [_member(path, info, limits) for info in infos]


def _is_hidden(name: str) -> bool:
    """Return what file managers leave in an archive."""
    pieces = name.replace("\\", "/").split("/")
    return any(p.startswith(".") or p == "__MACOSX" for p in pieces) or pieces[-1].casefold() in (
        "thumbs.db", "desktop.ini",
    )  # fmt: skip


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; archives of Chinese Windows write GBK and do not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return encodings.decode_leniently(info.filename.encode("cp437"))[0]
    except UnicodeEncodeError:
        return info.filename


def _member(path: Path, info: zipfile.ZipInfo, limits: Limits) -> FilePart:
    meter = _Meter(info.file_size)

    def stream() -> Bytes:
        source = Bytes(iter(()))
        source.chunks = _unzip(path, info, source, limits, meter)
        return source

    suffix = Path(info.filename).suffix.lstrip(".").lower()
    return FilePart(f"{path.name}!{_name(info)}", suffix, stream, meter.share)


def _unzip(path: Path, info: zipfile.ZipInfo, source: Bytes, limits: Limits, meter: _Meter) -> Iterator[bytes]:
    unpacked = meter.done = 0
    name = f"{path.name}!{_name(info)}"
    if info.flag_bits & 1:
        raise file_error(name, "encrypted")
    with zipfile.ZipFile(path) as archive:
        try:
            member = archive.open(info)
        except (NotImplementedError, RuntimeError) as error:
            how = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard"}.get(info.compress_type, "")
            raise file_error(name, "packing", method=f"{how} ({info.compress_type})".strip()) from error
        except zipfile.BadZipFile as error:
            source.damage = ("corrupt", str(error))
            return
        while True:
            try:
                chunk = member.read(CHUNK)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                source.damage = ("corrupt", str(error) or type(error).__name__)
                return
            if not chunk:
                return
            unpacked += len(chunk)
            meter.done = unpacked
            if unpacked > limits.unpacked:  # the directory's own figures may lie
                raise file_error(path.name, "bomb", limit=f"{limits.unpacked >> 20} MB")
            yield chunk


def bytes_of(content: bytes) -> Bytes:
    """Return a stream over bytes already in memory."""
    view = io.BytesIO(content)
    return Bytes(iter(lambda: view.read(CHUNK), b""))
