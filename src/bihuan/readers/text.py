"""Lines of text: encoding found from the content, long lines and broken bytes confined to their own line."""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from bihuan.readers import encodings
from bihuan.readers.encodings import GB18030, UTF8
from bihuan.readers.faults import file_error
from bihuan.readers.source import Bytes

WIDE = ("utf-16", "utf-32")


class TextLine(NamedTuple):
    """One physical line with its terminator. `bad` is None, or the fault code of a line that cannot be used."""

    number: int
    text: str
    bad: str | None = None


def codec_of(file: str, head: bytes, label: str | None) -> str:
    """Return the codec of a text file: the one its label names, in any spelling, else found from its first bytes.

    Raises:
        FileError: no codec of that name, or the bytes fit several encodings: a person must say which.

    Source: WHATWG Encoding Standard for labels; docs/adr/0201.
    """
    if label:
        named = encodings.codec_of_label(label)
        if named is None:
            raise file_error(file, "encoding", value=label, known=", ".join(encodings.FAMILIAR))
        return named
    found = detect_encoding(head)
    if found is None:
        raise file_error(file, "encoding_unsure", known=", ".join(encodings.FAMILIAR))
    return found


def detect_encoding(head: bytes) -> str | None:
    """Return the encoding of a text file from its first bytes; None when that is not certain.

    A byte-order mark decides. Otherwise the lines with non-ASCII bytes vote: UTF-8 when at least half of them are
    valid UTF-8 (text in another encoding hardly ever is). Else the others are guessed together, so that single broken
    lines never change the encoding of the whole file.

    Source: docs/adr/0201 (a byte-order mark and valid UTF-8 decide).
    """
    for mark, name in encodings.MARKS:
        if head.startswith(mark):
            return UTF8 if name == "utf-8-sig" else name
    if head.count(0) * 20 > len(head):
        return _without_mark(head)
    lines = head.split(b"\n")
    lines = [line for line in (lines[:-1] or lines) if not line.isascii()]
    other = [line for line in lines if not _valid(line, UTF8)]
    if 2 * len(other) <= len(lines):
        return UTF8
    found = encodings.guess_codec(b"\n".join(other))
    if found is None:
        whole = [line for line in other if _valid(line, GB18030)]
        found = encodings.guess_codec(b"\n".join(whole)) if len(other) > len(whole) >= len(other) / 2 else None
    return found


def _without_mark(head: bytes) -> str:
    """UTF-16 that forgot its mark: of ASCII signs every second byte is zero."""
    low, high = head[1::2].count(0), head[::2].count(0)
    name = "utf-16-le" if low > high else "utf-16-be"
    told = (head[1:2] == b"\0") != (head[:1] == b"\0") and max(low, high) > 10 * min(low, high)
    return name if told and _valid(head[: len(head) // 2 * 2], name) else UTF8


def _valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def read_lines(source: Bytes, encoding: str, limit: int) -> Iterator[TextLine]:
    """Physical lines of a stream, each with its number; a bad line is reported, the next one is read as usual.

    Args:
        source: The bytes.
        encoding: As `detect_encoding` or the mapping says.
        limit: Longest line in bytes; a longer one is skipped up to its end and reported as `line_too_long`.

    Source: docs/topics/import.md ("Damage is contained"); docs/adr/0060 (2).
    """
    chunks = source.chunks
    if encoding.startswith(WIDE):
        chunks, encoding = _as_utf8(chunks, encoding), UTF8
    first = True
    for number, raw in enumerate(_raw(chunks, limit), 1):
        if first and raw is not None:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        first = False
        yield _line(number, raw, encoding)


def _line(number: int, raw: bytes | None, encoding: str) -> TextLine:
    if raw is None:
        return TextLine(number, "\n", "line_too_long")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        # Lone surrogates keep the line's structure, so that quotes still pair up and only this record is refused.
        return TextLine(
            number, raw.decode(encoding, "surrogateescape" if encoding == UTF8 else "replace"), "undecodable"
        )
    if "\ufffd" in text:  # somebody has already replaced what could not be read
        return TextLine(number, text, "undecodable")
    if encoding != UTF8 and not raw.isascii() and _is_utf8(raw, encoding):
        return TextLine(number, text, "mixed_encoding")
    return TextLine(number, text, "nul" if "\0" in text else None)


def _is_utf8(raw: bytes, encoding: str) -> bool:
    """Whether a line of a file in another encoding is UTF-8: files glued together. Two bytes may be so by chance."""
    return _valid(raw, UTF8) and (max(raw) >= 0xE0 or encoding not in (GB18030, "big5hkscs", "cp949", "cp932"))


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
