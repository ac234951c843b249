"""What a file's text was read as, kept in the user's cache folder: reading YAML takes a hundred times as long.

Every process of the house reads some three hundred declared files first; their text rarely changes. What is kept is
found by the digest of the text and of the reader, so that it cannot be stale, and holds nothing but plain data. A
folder that cannot be written, a value that would not come back as it was, a damaged file: then the text is read.
Source: docs/adr/0333-texts-are-read-once.md; MessagePack (github.com/msgpack/msgpack/blob/master/spec.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

FEWEST = 200
"""Characters from which a text is worth a file."""
MOST = 4_000
"""Files that stay in the folder; when there are more, those that were not asked for longest go."""
_DAY, _INSTANT = 1, 2
_PLAIN = (type(None), bool, int, float, str)


class _NotPlainError(TypeError):
    """A value that would not come back as it was."""


def recall[T](text: str, form: str, read: Callable[[str], T], back: Callable[[Any], T], plain: Callable[[T], Any]) -> T:
    """Return what `read` makes of a text, from the cache where the same text was read before.

    Args:
        text: Of the file. form: What it is read as; part of the key.
        read: The reader; what it raises is raised, and nothing is kept.
        back, plain: From and to plain data (lists, mappings, texts, numbers, dates).

    Source: docs/adr/0333-texts-are-read-once.md.
    """
    folder = _folder() if len(text) >= FEWEST else None
    if folder is None:
        return read(text)
    path = folder / hashlib.sha256(f"{form}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = path.read_bytes()
        os.utime(path)
        return back(_decode(content))
    found = read(text)
    with contextlib.suppress(OSError, ValueError, TypeError, OverflowError):
        _keep(path, _encode(plain(found)))
    return found


def leave[T](value: T) -> T:
    """Return the value itself: what is plain data already. Source: docs/adr/0333-texts-are-read-once.md."""
    return value


@cache
def _folder() -> Path | None:
    """Where it is kept: a folder for each reader, in the cache of this user; None: nothing may be written there."""
    made = hashlib.sha256(importlib.metadata.version("ruamel.yaml").encode())
    for name in ("source.py", "kept.py"):
        made.update(Path(__file__).with_name(name).read_bytes())
    folder = Path(platformdirs.user_cache_dir("bihuan")) / "read" / made.hexdigest()[:12]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat()
    except OSError:
        return None
    mine = owner.st_uid == os.geteuid() and not owner.st_mode & 0o022
    return folder if mine and os.access(folder, os.W_OK) else None


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and make room first when the folder is full."""
    others = list(path.parent.iterdir())
    if len(others) >= MOST:
        for each in sorted(others, key=lambda other: other.stat().st_mtime)[: MOST // 2]:
            each.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as out:
        out.write(content)
    Path(out.name).replace(path)


def _encode(value: Any) -> bytes:
    return msgspec.msgpack.encode(_packed(value))


def _packed(value: Any) -> Any:
    """The value with its days and instants as what MessagePack has no type for."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_packed(each) for each in value]
    if kind is dict:
        return {_key(name): _packed(each) for name, each in value.items()}
    if kind is date:
        return msgspec.msgpack.Ext(_DAY, value.isoformat().encode())
    if kind is datetime:
        return msgspec.msgpack.Ext(_INSTANT, value.isoformat().encode())
    raise _NotPlainError(kind.__name__)


def _key(name: Any) -> Any:
    if type(name) not in _PLAIN:
        raise _NotPlainError(type(name).__name__)
    return name


def _decode(content: bytes) -> Any:
    return msgspec.msgpack.decode(content, ext_hook=_unpacked)


def _unpacked(code: int, data: memoryview) -> Any:
    text = bytes(data).decode()
    return date.fromisoformat(text) if code == _DAY else datetime.fromisoformat(text)
