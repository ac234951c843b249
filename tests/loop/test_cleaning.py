"""Films, sounds and PDFs from outside: what is shown tells neither who made them nor where; the rest stays."""

from __future__ import annotations

import io
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from bihuan.loop import cleaning, media
from bihuan.loop.cleaning import KINDS, Uncleanable, clean
from tests.loop.district import START
from tests.loop.test_copies import OWNER, encoded, photo

pytestmark = pytest.mark.slow

PLACE = "+39.9800+116.3100/"
TRACES = (OWNER.encode(), PLACE.encode(), b"116.31", OWNER.encode("utf-16-be"))
SEEN, HEARD, POSITION = b"picture-frame-one" * 40, b"sound-frame" * 30, PLACE.encode() * 20


def traces(content: bytes) -> list[bytes]:
    return [trace for trace in TRACES if trace in content]


# -- films ---------------------------------------------------------------------------------------------


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *content: bytes) -> bytes:
    return box(kind, bytes(4), *content)


def track(number: int, handler: bytes, start: int, length: int, more: bytes = b"") -> bytes:
    """A track of one chunk with one sample."""
    times = struct.pack(">II", 3_900_000_000, 3_900_000_001)
    table = box(
        b"stbl", full(b"stsd", struct.pack(">I", 1), box(b"avc1", bytes(78))), full(b"stts", bytes(4)),
        full(b"stsc", struct.pack(">IIII", 1, 1, 1, 1)), full(b"stsz", struct.pack(">III", 0, 1, length)),
        full(b"stco", struct.pack(">II", 1, start)),
    )  # fmt: skip
    head = full(b"hdlr", bytes(4), handler, bytes(12), OWNER.encode() + b"\0")
    inside = box(b"mdia", full(b"mdhd", times, bytes(12)), head, box(b"minf", full(b"vmhd", bytes(8)), table))
    return box(b"trak", full(b"tkhd", times, struct.pack(">I", number), bytes(68)), inside, more)


def film(brand: bytes = b"isom") -> bytes:
    """An MP4 as a telephone writes it: position in three places and a track of positions beside picture and sound."""
    head = box(b"ftyp", brand, bytes(4), b"isommp42")
    at = len(head) + 8
    payload = SEEN + HEARD + POSITION + OWNER.encode()  # the last belongs to no track at all
    places = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7), PLACE.encode()),
                 full(b"loci", OWNER.encode(), b"116.31"))  # fmt: skip
    tracks = [
        track(1, b"vide", at, len(SEEN), box(b"udta", box(b"name", OWNER.encode()))),
        track(2, b"soun", at + len(SEEN), len(HEARD)),
        track(3, b"meta", at + len(SEEN) + len(HEARD), len(POSITION)),
    ]
    movie = box(b"moov", full(b"mvhd", struct.pack(">II", 3_900_000_000, 3_900_000_001), bytes(88)), *tracks, places,
                box(b"meta", OWNER.encode()))  # fmt: skip
    return head + box(b"mdat", payload) + movie + box(b"uuid", b"\xbe\x7a\xcf\xcb" * 4, f"<x:xmp>{OWNER}".encode())


@pytest.mark.parametrize(("kind", "brand"), [("video/mp4", b"isom"), ("video/quicktime", b"qt  ")])
def test_a_film_plays_and_tells_neither_owner_nor_place_nor_time(kind: str, brand: bytes) -> None:
    content = film(brand)
    assert len(traces(content)) >= 3
    shown = clean(content, kind)
    assert traces(shown) == []
    assert len(shown) == len(content), "no offset moves"
    assert shown.index(SEEN) == content.index(SEEN)
    assert shown.index(HEARD) == content.index(HEARD)
    assert struct.pack(">I", 3_900_000_000) not in shown, "when it was filmed"
    for gone in (b"udta", b"\xa9xyz", b"loci", b"meta", b"uuid"):
        assert gone not in shown
    assert clean(shown, kind) == shown, "twice is once"


def test_a_film_in_fragments_with_a_track_that_has_to_go_is_refused() -> None:
    fragment = box(b"moof", full(b"mfhd", bytes(4)), box(b"traf", full(b"tfhd", struct.pack(">I", 3))))
    with pytest.raises(Uncleanable) as refused:
        clean(film() + fragment, "video/mp4")
    assert refused.value.why == "unclean"


# -- WebM ----------------------------------------------------------------------------------------------


def element(name: int, *content: bytes, unknown: bool = False) -> bytes:
    body = b"".join(content)
    size = b"\x01" + b"\xff" * 7 if unknown else (1 << 56 | len(body)).to_bytes(8)
    return name.to_bytes((name.bit_length() + 7) // 8) + size + body


def webm(kind: int = 1, *, live: bool = False) -> bytes:
    owner = OWNER.encode()
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x7BA9, owner), element(0x5741, owner),
                   element(0x4461, bytes(8)))  # fmt: skip
    entry = element(0xAE, element(0xD7, b"\x01"), element(0x83, bytes([kind])), element(0x536E, owner))
    cluster = element(0x1F43B675, element(0xE7, b"\0"), element(0xA3, SEEN), unknown=live)
    tags = element(0x1254C367, element(0x7373, PLACE.encode(), owner))
    body = (info, element(0x1654AE6B, entry), cluster, tags)
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, *body, unknown=live)


@pytest.mark.parametrize("live", [False, True])
def test_a_webm_loses_tags_titles_and_names_and_keeps_its_picture(live: bool) -> None:
    content = webm(live=live)
    shown = clean(content, "video/webm")
    assert (traces(shown), len(shown), shown.index(SEEN)) == ([], len(content), content.index(SEEN))
    with pytest.raises(Uncleanable):
        clean(webm(kind=0x21), "video/webm")


def test_a_sound_loses_its_tags() -> None:
    frames = b"\xff\xfb\x90\x00" + HEARD
    id3 = b"ID3\x04\x00\x00" + bytes([0, 0, 0, 60]) + (b"TPE1" + OWNER.encode()).ljust(60, b"\0")
    assert clean(id3 + frames + b"TAG" + OWNER.encode().ljust(125, b"\0"), "audio/mpeg") == frames


# -- PDF -----------------------------------------------------------------------------------------------


def letter(*, locked: bool = False) -> bytes:
    """A letter with everything a word processor and a scanner leave in it."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    writer.add_metadata({"/Author": OWNER, "/Title": PLACE, "/Creator": OWNER})
    writer.add_attachment("who.txt", f"{OWNER} {PLACE}".encode())
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(f"app.alert('{OWNER}')")}
    )
    xmp = DecodedStreamObject()
    xmp.set_data(f"<x:xmpmeta>{OWNER}</x:xmpmeta>".encode())
    xmp[NameObject("/Type")] = NameObject("/Metadata")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    page[NameObject("/PieceInfo")] = DictionaryObject({NameObject("/Who"): TextStringObject(OWNER)})
    scan = StreamObject()
    scan._data = encoded(photo())
    scan.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"),
                 NameObject("/Filter"): NameObject("/DCTDecode"), NameObject("/Width"): NumberObject(64),
                 NameObject("/Height"): NumberObject(48), NameObject("/BitsPerComponent"): NumberObject(8),
                 NameObject("/ColorSpace"): NameObject("/DeviceRGB")})  # fmt: skip
    content = DecodedStreamObject()
    content.set_data(b"q 64 0 0 48 0 0 cm /Im0 Do Q % the text of the letter")
    page[NameObject("/Contents")] = writer._add_object(content)
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/Im0"): writer._add_object(scan)})}
    )
    note: dict[Any, Any] = {NameObject("/Subtype"): NameObject("/Text"), NameObject("/T"): TextStringObject(OWNER),
                            NameObject("/Contents"): TextStringObject("see page two"),
                            NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (0, 0, 9, 9)])}  # fmt: skip
    signature = DictionaryObject({NameObject("/Type"): NameObject("/Sig"), NameObject("/Name"): TextStringObject(OWNER),
                                  NameObject("/ByteRange"): ArrayObject([NumberObject(0)]),
                                  NameObject("/Contents"): ByteStringObject(OWNER.encode())})  # fmt: skip
    field = DictionaryObject({NameObject("/Subtype"): NameObject("/Widget"), NameObject("/V"): signature})
    page[NameObject("/Annots")] = ArrayObject([DictionaryObject(note), field])
    if locked:
        writer.encrypt("a password")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_letter_keeps_its_page_and_picture_and_loses_who_wrote_it() -> None:
    content = letter()
    assert traces(content)
    shown = clean(content, "application/pdf")
    assert traces(shown) == []
    reader = PdfReader(io.BytesIO(shown))
    assert not reader.metadata
    assert not reader.attachments
    (page,) = reader.pages
    assert b"the text of the letter" in page.get_contents().get_data()  # type: ignore[union-attr]  # it has contents
    assert page.images[0].image.size == (64, 48)  # type: ignore[union-attr]  # it can be decoded
    assert page.images[0].image.getexif() == {}  # type: ignore[union-attr]
    assert page["/Annots"][0].get_object()["/Contents"] == "see page two"  # type: ignore[index]  # what a note says is content


def test_an_earlier_revision_goes_too() -> None:
    first = letter()
    out = io.BytesIO(first)
    writer = PdfWriter(out, incremental=True)
    writer.metadata = None
    changed = io.BytesIO()
    writer.write(changed)
    assert traces(clean(changed.getvalue(), "application/pdf")) == []


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (letter(locked=True), "application/pdf", "locked"),
        (b"%PDF-1.7 no such thing", "application/pdf", "broken"),
        (b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]>>endobj " * 2000, "application/pdf", "broken"),
        (film()[:300], "video/mp4", "broken"),
        (box(b"ftyp", b"isom") + struct.pack(">I", 7) + b"moov", "video/mp4", "broken"),
        (webm()[:90], "video/webm", "broken"),
        (b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "audio/mpeg", "broken"),
    ],
)
def test_what_cannot_be_cleaned_is_said(content: bytes, kind: str, why: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Uncleanable) as refused:
        clean(content, kind)
    assert refused.value.why == why
    assert time.monotonic() - begun < 40


def test_random_changes_never_bring_the_house_down() -> None:
    for kind, content in (("video/mp4", film()), ("video/webm", webm()), ("application/pdf", letter())):
        for at in (9, 40, len(content) // 2, len(content) - 30):
            damaged = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
            with suppress(Uncleanable):
                assert traces(clean(damaged, kind)) == []


# -- kept and shown ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "kind"), [(film(), "video/mp4"), (letter(), "application/pdf")])
def test_the_original_is_sealed_and_only_the_cleaned_file_is_served(
    content: bytes, kind: str, tmp_path: Path, settings: Any
) -> None:
    from bihuan.faces.parts.media import response

    settings.MEDIA_ROOT = tmp_path
    row = media.keep(content, "user:x", START, "110108")
    assert row.content_type == kind
    served = response(row).content  # type: ignore[attr-defined]  # not a stream
    assert traces(served) == []
    assert media.original(row) == content, "the hash that evidence names is the original's"
    assert all(b"%PDF" not in f.read_bytes() and not traces(f.read_bytes()) for f in tmp_path.rglob("*") if f.is_file())
    for cleaned in tmp_path.rglob("*.clean.*"):
        cleaned.unlink()  # as an earlier version kept it
    assert response(row).content == served  # type: ignore[attr-defined]
    assert media.remove(row.path) == 2


@pytest.mark.django_db
def test_a_locked_document_is_refused_with_a_word(tmp_path: Path, settings: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from bihuan.faces.parts.media import BadUpload
    from bihuan.faces.parts.media import keep as take

    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(BadUpload, match=r"密码|password"):
        take(SimpleUploadedFile("x.pdf", letter(locked=True)), "user:x", START, "110108")
    assert not list(tmp_path.rglob("*.sealed"))


def test_a_child_that_dies_of_something_else_says_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is killed, the second answers; two that are killed are told as damage."""
    once = tmp_path / "once"
    child = tmp_path / "child.py"
    child.write_text(
        f"import os, pathlib, signal, sys\nonce = pathlib.Path({str(once)!r})\n"
        "if not once.exists():\n    once.touch()\n    os.kill(os.getpid(), signal.SIGKILL)\nsys.stdout.write('clean')\n"
    )
    monkeypatch.setattr(cleaning, "CHILD", child)
    assert clean(b"x", "application/pdf") == b"clean"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    with pytest.raises(Uncleanable) as told:
        clean(b"x", "application/pdf")
    assert told.value.why == "broken"


def test_every_kind_that_is_taken_is_shown_as_a_copy_or_cleaned() -> None:
    assert media.KINDS == media.IMAGES | KINDS
