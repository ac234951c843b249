"""Static files compressed once for a user of the machine: what the best compression makes of a file never changes.

Collecting them is much of what `init` works on after the tables. What gzip made of a file is kept in the user's cache
folder by the digest of the file. What is taken from there is unpacked and compared with the file, so that nothing there
has to be trusted; a folder that cannot be used costs those seconds.
Source: docs/adr/0403-compressed-once.md.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
from whitenoise.compress import Compressor  # type: ignore[import-untyped]
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

MOST = 1_000
"""Files that stay in the folder, about four builds; when there are more, those that were made first go."""


def kept_or_made(data: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """Return what `make` makes of some bytes, from the cache where the same bytes were compressed before.

    Args:
        data: Of the file.
        make: Compresses by gzip.

    Source: docs/adr/0403-compressed-once.md.
    """
    path = folder() / hashlib.sha256(data).hexdigest()
    with contextlib.suppress(OSError, EOFError, zlib.error):  # absent, cut off, something else: then it is made
        kept = path.read_bytes()
        if gzip.decompress(kept) == data:
            return kept
    made = make(data)
    with contextlib.suppress(OSError):
        _keep(path, made)
    return made


def folder() -> Path:
    """Return where compressed files are kept. Source: docs/adr/0403-compressed-once.md."""
    return Path(platformdirs.user_cache_dir("bihuan")) / "compressed"


def _keep(path: Path, made: bytes) -> None:
    """Write a file whole or not at all, and make room first when the folder is full."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    others = list(path.parent.iterdir())
    if len(others) >= MOST:
        for each in sorted(others, key=lambda other: other.stat().st_mtime)[: MOST // 2]:
            each.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as out:
        out.write(made)
    Path(out.name).replace(path)


class KeptCompressor(Compressor):  # type: ignore[misc]  # whitenoise is not typed
    """WhiteNoise's compressor, which asks the cache first."""

    @staticmethod
    def compress_gzip(data: bytes) -> bytes:
        """Return the bytes compressed by gzip. Source: docs/adr/0403-compressed-once.md."""
        return kept_or_made(data, Compressor.compress_gzip)


class KeptManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is not typed
    """WhiteNoise's storage of hashed, compressed files, with that compressor."""

    def create_compressor(self, **how: Any) -> KeptCompressor:
        """Return the compressor. Source: WhiteNoise, `CompressedStaticFilesStorage.create_compressor`."""
        return KeptCompressor(**how)
