"""Lines of text: encoding found from the content, long lines and broken bytes confined to their own line."""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from bihuan.intake.readers.source import Bytes

UTF8, GB18030 = "utf-8", "gb18030"


class Line(NamedTuple):
    """One physical line with its terminator. `bad` is None, or the fault code of a line that cannot be used."""

    number: int
    text: str
    bad: str | None = None


def detect(head: bytes) -> str:
    """The encoding of a text file from its first bytes.

    A byte-order mark decides. Otherwise the lines with non-ASCII bytes vote: UTF-8 when at least half of them are
    valid UTF-8 (text in GB 18030 hardly ever is), else GB 18030 when at least half are valid that way, else UTF-8,
    so that single broken lines never change the encoding of the whole file.
    """
    for mark, name in ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return name
    lines = head.split(b"\n")
    lines = [line for line in (lines[:-1] or lines) if not line.isascii()]
    for encoding in (UTF8, GB18030):
        if lines and 2 * sum(_valid(line, encoding) for line in lines) >= len(lines):
            return encoding
    return UTF8


def _valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def lines(source: Bytes, encoding: str, limit: int) -> Iterator[Line]:
    """Physical lines of a stream, each with its number; a bad line is reported, the next one is read as usual.

    Args:
        source: The bytes.
        encoding: As `detect` or the mapping says.
        limit: Longest line in bytes; a longer one is skipped up to its end and reported as `line_too_long`.
    """
    chunks = source.chunks
    if encoding.startswith("utf-16"):
        chunks, encoding = _as_utf8(chunks, encoding), UTF8
    first = True
    for number, raw in enumerate(_raw(chunks, limit), 1):
        if first and raw is not None:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        first = False
        yield _line(number, raw, encoding)


def _line(number: int, raw: bytes | None, encoding: str) -> Line:
    if raw is None:
        return Line(number, "\n", "line_too_long")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        # Lone surrogates keep the line's structure, so that quotes still pair up and only this record is refused.
        return Line(number, raw.decode(encoding, "surrogateescape" if encoding == UTF8 else "replace"), "undecodable")
    return Line(number, text, "nul" if "\0" in text else None)


def _as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _raw(chunks: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """Raw lines with their terminators; None stands for one that was longer than `limit`."""
    rest, skipping = b"", False
    for chunk in chunks:
        pieces = (rest + chunk).splitlines(keepends=True)
        rest = pieces.pop() if pieces else b""
        if rest.endswith(b"\n"):  # a lone \r waits: its \n may come with the next chunk
            pieces.append(rest)
            rest = b""
        for piece in pieces:
            yield None if skipping or len(piece) > limit else piece
            skipping = False
        if len(rest) > limit:
            skipping, rest = True, b""
    if rest or skipping:
        yield None if skipping else rest
