"""MP3: the tags before and after the sound are cut off (ID3v2 at the beginning; ID3v1, APE and Lyrics3 at the end)."""

from __future__ import annotations

from bihuan.loop.cleaning.faults import CleaningFault

ID3V2, ID3V1, APE, LYRICS = b"ID3", b"TAG", b"APETAGEX", b"LYRICS200"
HEAD, OLD, FOOT = 10, 128, 32  # bytes of an ID3v2 header, an ID3v1 tag, an APE footer


def clean(content: bytes) -> bytes:
    """Return the same sound without tags.

    Raises:
        CleaningFault: `broken`: no frame of sound follows the tags.

    Source: ISO/IEC 11172-3 (frames of MPEG audio); ID3v2.4; docs/adr/0223.
    """
    start, end = 0, len(content)
    while content[start : start + 3] == ID3V2 and end - start > HEAD:
        size = 0
        for byte in content[start + 6 : start + HEAD]:
            size = size << 7 | byte & 0x7F
        start += HEAD + size + (HEAD if content[start + 5] & 0x10 else 0)
    while (cut := _tail(content, start, end)) < end:
        end = cut
    while start < end and content[start] == 0:  # padding
        start += 1
    sound = content[start:end]
    if len(sound) < 4 or sound[0] != 0xFF or sound[1] & 0xE0 != 0xE0:
        raise CleaningFault("broken")
    return sound


def _tail(content: bytes, start: int, end: int) -> int:
    """Return where the last tag begins; `end` when there is none."""
    if end - start >= OLD and content[end - OLD : end - OLD + 3] == ID3V1:
        return end - OLD
    if end - start >= FOOT and content[end - FOOT : end - FOOT + 8] == APE:
        size = int.from_bytes(content[end - FOOT + 12 : end - FOOT + 16], "little")
        headed = FOOT if content[end - FOOT + 23] & 0x80 else 0
        return max(start, end - size - headed)
    if content[end - 9 : end] == LYRICS and content[end - 15 : end - 9].isdigit():
        return max(start, end - 15 - int(content[end - 15 : end - 9]))
    return end
