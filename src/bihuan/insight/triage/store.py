"""One file of named arrays and plain values, safe to read: NumPy's `.npz` without pickles, JSON inside.

A model must never run code when it is opened, so nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "about.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes, hence equal hashes


class BrokenStore(ValueError):
    """A file is no model store, or not the one its name promises."""


def pack(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> bytes:
    """The bytes of a store; the same content always gives the same bytes.

    Args:
        arrays: Numeric arrays by name.
        about: What JSON can hold.

    Source: docs/adr/0101 (arrays and JSON, never a pickle).
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(about, ensure_ascii=False, sort_keys=True)
        archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
        for name in sorted(arrays):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name + ".npy", _EPOCH), one.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes, where: str = "model") -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and values of a store.

    Args:
        data: The bytes.
        where: Named in errors.

    Raises:
        BrokenStore: not a store, damaged, or an array that only a pickle could hold.

    Source: docs/adr/0101 (arrays and JSON, never a pickle).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            about: dict[str, Any] = json.loads(archive.read(MANIFEST))
            arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(".npy")
            }
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise BrokenStore(f"{where} is no readable model: {error}; train it again or roll back") from error
    return arrays, about


def content_id(data: bytes) -> str:
    """The id of a store: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


def read_store(path: Path) -> bytes:
    """The bytes of the store at `path` (the file, or the folder that holds `model.bin`)."""
    return (path / "model.bin" if path.is_dir() else path).read_bytes()
