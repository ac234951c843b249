"""Models in a folder: versioned by content, promoted and rolled back, never unpickled.

    models/<kind>/<id>/model.bin     the store; id = first 16 hex digits of its SHA-256
                       card.md       what it is, for people
                       metrics.json  data cut and figures
    models/<kind>/state.json         which id is promoted, and the ones before

Any kind of model may use it: it moves bytes and never looks inside.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.faults import Fault

STATE = "state.json"
ID_LENGTH = 16


class RegistryError(Fault, ValueError):
    """What is asked for is not there, or is not what its id promises."""

    remedy = "`bihuan triage models` lists what is kept"


@dataclass(frozen=True)
class Entry:
    """One stored model.

    Args:
        id: Content hash.
        path: Its folder.
        made_at: When it was stored, ISO 8601 in UTC.
        metrics: `metrics.json`.
        promoted: Whether it is the one in use.
    """

    id: str
    path: Path
    made_at: str
    metrics: dict[str, Any]
    promoted: bool


@dataclass(frozen=True)
class Registry:
    """The models of one kind.

    Args:
        root: For example `BIHUAN_HOME/models`.
        kind: For example `triage`.
    """

    root: Path
    kind: str

    @property
    def folder(self) -> Path:
        """Where this kind's models lie."""
        return self.root / self.kind

    def store(self, data: bytes, card: str, metrics: Mapping[str, Any], at: datetime | None = None) -> str:
        """Keep a model; promotes it when it is the first. The same bytes keep their id and are stored once.

        Args:
            data: The model.
            card: Markdown for people.
            metrics: Data cut and figures, JSON.
            at: When; now by default.

        Returns:
            Its id.
        """
        name = hashlib.sha256(data).hexdigest()[:ID_LENGTH]
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        when = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        _write(folder / "card.md", card.encode())
        body = json.dumps({**metrics, "made_at": when}, ensure_ascii=False, indent=1, sort_keys=True)
        _write(folder / "metrics.json", body.encode())
        _write(folder / "model.bin", data)  # last: a folder with a model is a whole one
        if self.current() is None:
            self.promote(name)
        return name

    def current(self) -> str | None:
        """The promoted id, if any."""
        history = self._history()
        return history[-1] if history else None

    def read(self, name: str | None = None) -> bytes:
        """The bytes of a model, checked against its id.

        Args:
            name: An id; the promoted one by default.

        Raises:
            RegistryError: none is promoted, there is no such model, or its content was altered.
        """
        wanted = name or self.current()
        if wanted is None:
            raise RegistryError(f"no {self.kind} model is promoted in {self.folder}; train one first")
        path = self.path(wanted) / "model.bin"
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest()[:ID_LENGTH] != wanted:
            raise RegistryError(f"{path} was altered after it was stored; promote another model or train again")
        return data

    def path(self, name: str) -> Path:
        """The folder of a model.

        Raises:
            RegistryError: there is no such model.
        """
        folder = self.folder / name
        if Path(name).name != name or not (folder / "model.bin").is_file():
            known = ", ".join(entry.id for entry in self.entries()) or "none"
            raise RegistryError(f"there is no {self.kind} model {name!r} in {self.folder}; there are: {known}")
        return folder

    def entries(self) -> list[Entry]:
        """All models, oldest first."""
        current = self.current()
        found = []
        for folder in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
            if (folder / "model.bin").is_file():
                metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
                found.append(Entry(folder.name, folder, metrics["made_at"], metrics, folder.name == current))
        return sorted(found, key=lambda entry: (entry.made_at, entry.id))

    def promote(self, name: str) -> None:
        """Use this model from now on.

        Raises:
            RegistryError: there is no such model, or its content was altered.
        """
        self.path(name)
        self.read(name)
        if name != self.current():
            self._remember([*self._history(), name])

    def rollback(self) -> str:
        """Use the model that was promoted before the present one; returns its id.

        Raises:
            RegistryError: none was.
        """
        history = self._history()
        if len(history) < 2:
            raise RegistryError(f"no {self.kind} model was promoted before the present one; promote one by its id")
        self.read(history[-2])
        self._remember(history[:-1])
        return history[-2]

    def _history(self) -> list[str]:
        path = self.folder / STATE
        if not path.is_file():
            return []
        history: list[str] = json.loads(path.read_text(encoding="utf-8"))["promoted"]
        return history

    def _remember(self, history: list[str]) -> None:
        _write(self.folder / STATE, json.dumps({"promoted": history}, indent=1).encode())


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
