"""PDF: pages are written anew; author, times, XMP, attachments, scripts and remarks of pictures stay behind.

ISO 32000-1: document information (14.3.3), metadata streams (14.3.2), embedded files (7.11.4), page-piece (14.5).
Only what the pages reach is written, so earlier revisions and orphans are gone as well.
"""

from __future__ import annotations

import io
import logging
from typing import Any

import pypdf
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from bihuan.loop.cleaning.faults import CleaningFault

MOST_OBJECTS = 200_000
ROOT_KEPT = frozenset({"/Type", "/Version", "/Pages", "/PageLabels", "/Lang", "/ViewerPreferences", "/PageLayout",
                       "/PageMode", "/OCProperties", "/AcroForm", "/StructTreeRoot", "/MarkInfo"})  # fmt: skip
NOWHERE = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/AA", "/OpenAction", "/JS", "/JavaScript",
           "/EmbeddedFiles", "/XFA",
           "/Measure", "/PtData", "/VP", "/Thumb")  # fmt: skip
IN_NOTES = ("/T", "/M", "/NM", "/CreationDate", "/RC", "/Subj", "/FS")
CARRIERS = frozenset({"/FileAttachment", "/Sound", "/Movie", "/Screen", "/RichMedia", "/3D", "/Popup"})
MARKERS = frozenset({0xE1, 0xED, 0xFE, *range(0xE3, 0xEE), 0xEF})  # Exif and XMP, Photoshop, remarks, makers' own


def warm() -> None:
    """Have everything that reading and writing need in memory."""
    logging.disable(logging.CRITICAL)
    writer = PdfWriter()
    writer.add_blank_page(10, 10).compress_content_streams()
    out = io.BytesIO()
    writer.write(out)
    list(PdfReader(out).pages)


def clean(content: bytes) -> bytes:
    """Return the same pages without anything that tells of who made them.

    Raises:
        CleaningFault: `broken`, `locked` (encrypted), or `unclean` (a picture in a form that cannot be searched).

    Source: ISO 32000-1 (PDF); docs/adr/0223.
    """
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise CleaningFault("locked")
        root = reader.trailer["/Root"].get_object()
        if not isinstance(root, DictionaryObject) or not len(reader.pages):
            raise CleaningFault("broken")
        for key in [key for key in root if key not in ROOT_KEPT]:
            del root[key]
        _tidy(root)
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError):
        raise CleaningFault("broken") from None
    return out.getvalue()


def _tidy(root: DictionaryObject) -> None:
    """Take traces out of every object that the pages reach."""
    waiting: list[Any] = [root]
    seen: set[tuple[int, int]] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, IndirectObject):
            key = (each.idnum, each.generation)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MOST_OBJECTS:
                raise CleaningFault("broken")
            each = each.get_object()
        if isinstance(each, DictionaryObject):
            _one(each)
            waiting += [dict.__getitem__(each, name) for name in each]  # references as they are: each object once
        elif isinstance(each, ArrayObject):
            waiting += list(list.__iter__(each))


def _one(found: DictionaryObject) -> None:
    for name in NOWHERE:
        if name in found:
            del found[name]
    if "/ByteRange" in found:  # a signature: whose it is; written anew it would not hold any more
        for name in [name for name in found if name != "/Type"]:
            del found[name]
    if "/Annots" in found:
        found[NameObject("/Annots")] = _notes(found["/Annots"])
    if isinstance(found, StreamObject) and found.get("/Subtype") == "/Image":
        _picture(found)


def _notes(listed: Any) -> ArrayObject:
    kept = ArrayObject()
    for note in listed.get_object():
        what = note.get_object()
        if not isinstance(what, DictionaryObject) or what.get("/Subtype") in CARRIERS:
            continue
        if what.get("/Subtype") != "/Widget":
            for name in IN_NOTES:
                if name in what:
                    del what[name]
        kept.append(note)
    return kept


def _picture(image: StreamObject) -> None:
    """A photograph inside a page is a whole JPEG file: its Exif, XMP and remarks go."""
    filters = image.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, ArrayObject) else [str(filters)]
    if "/JPXDecode" in names:
        raise CleaningFault("unclean")
    if names == ["/DCTDecode"]:
        image._data = bare_jpeg(image._data)
    elif "/DCTDecode" in names:
        raise CleaningFault("unclean")


def bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG without the segments that tell of the camera; the picture itself byte for byte (ITU-T T.81, B.1.1).

    Raises:
        CleaningFault: `broken`: it is no JPEG.

    Source: ITU-T T.81, B.1.1; docs/adr/0223.
    """
    if content[:2] != b"\xff\xd8":
        raise CleaningFault("broken")
    out, at = bytearray(b"\xff\xd8"), 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise CleaningFault("broken")
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker == 0xDA:  # from here on the picture
            end = content.rfind(b"\xff\xd9")
            return bytes(out) + (content[at : end + 2] if end > at else content[at:])
        if marker not in MARKERS:
            out += content[at : at + 2 + length]
        at += 2 + length
    raise CleaningFault("broken")


__all__ = ["bare_jpeg", "clean", "pypdf", "warm"]
