"""Models on a shelf: versioned by content, promoted and rolled back, never unpickled.

    <kind>/<id>/model.bin     the store; id = first 16 hex digits of its SHA-256
                card.md       what it is, for people
                metrics.json  data cut and figures
    <kind>/state.json         which id is promoted, and the ones before

Any kind of model may use it: it moves bytes and never looks inside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.faults import Fault
from bihuan.insight.shelf import Folder, Shelf

STATE = "state.json"
ID_LENGTH = 16


class RegistryError(Fault, ValueError):
    """What is asked for is not there, or is not what its id promises."""

    remedy = "`bihuan triage models` lists what is kept"


@dataclass(frozen=True)
class StoredModel:
    """One stored model.

    Args:
        id: Content hash.
        made_at: When it was stored, ISO 8601 in UTC.
        metrics: `metrics.json`.
        promoted: Whether it is the one in use.
    """

    id: str
    made_at: str
    metrics: dict[str, Any]
    promoted: bool


@dataclass(frozen=True)
class Registry:
    """The models of one kind.

    Args:
        root: Where they lie: a shelf, or a folder.
        kind: For example `triage`.
    """

    root: Shelf | Path
    kind: str

    @property
    def shelf(self) -> Shelf:
        """Where all kinds lie."""
        return Folder(self.root) if isinstance(self.root, Path) else self.root

    def store(self, data: bytes, card: str, metrics: Mapping[str, Any], at: datetime | None = None) -> str:
        """Keep a model; promotes it when it is the first. The same bytes keep their id and are stored once.

        Args:
            data: The model.
            card: Markdown for people.
            metrics: Data cut and figures, JSON.
            at: When; now by default.

        Returns:
            Its id.

        Source: docs/topics/triage.md, "The life of a model" (the id is the hash of the content).
        """
        name = hashlib.sha256(data).hexdigest()[:ID_LENGTH]
        when = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        self._write(f"{name}/card.md", card.encode())
        body = json.dumps({**metrics, "made_at": when}, ensure_ascii=False, indent=1, sort_keys=True)
        self._write(f"{name}/metrics.json", body.encode())
        self._write(f"{name}/model.bin", data)  # last: what has a model is whole
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

        Source: docs/topics/triage.md, "The life of a model" (checked on opening).
        """
        wanted = name or self.current()
        if wanted is None:
            raise RegistryError(f"no {self.kind} model is promoted in {self.shelf}; train one first")
        data = self._read(f"{wanted}/model.bin") if "/" not in wanted else None
        if data is None:
            known = ", ".join(entry.id for entry in self.entries()) or "none"
            raise RegistryError(f"there is no {self.kind} model {wanted!r} in {self.shelf}; there are: {known}")
        if hashlib.sha256(data).hexdigest()[:ID_LENGTH] != wanted:
            what = f"the {self.kind} model {wanted} in {self.shelf}"
            raise RegistryError(f"{what} was altered after it was stored; promote another model or train again")
        return data

    def entries(self) -> list[StoredModel]:
        """All models, oldest first."""
        current, found = self.current(), []
        for name in self.shelf.names(f"{self.kind}/"):
            model = name.removeprefix(f"{self.kind}/").removesuffix("/model.bin")
            if name.endswith("/model.bin"):
                metrics = json.loads(self._read(f"{model}/metrics.json") or b"{}")
                found.append(StoredModel(model, metrics.get("made_at", ""), metrics, model == current))
        return sorted(found, key=lambda entry: (entry.made_at, entry.id))

    def promote(self, name: str) -> None:
        """Use this model from now on.

        Raises:
            RegistryError: there is no such model, or its content was altered.

        Source: docs/topics/triage.md, "The life of a model".
        """
        self.read(name)
        if name != self.current():
            self._remember([*self._history(), name])

    def rollback(self) -> str:
        """Use the model that was promoted before the present one; returns its id.

        Raises:
            RegistryError: none was.

        Source: docs/topics/triage.md, "The life of a model".
        """
        history = self._history()
        if len(history) < 2:
            raise RegistryError(f"no {self.kind} model was promoted before the present one; promote one by its id")
        self.read(history[-2])
        self._remember(history[:-1])
        return history[-2]

    def _history(self) -> list[str]:
        state = self._read(STATE)
        history: list[str] = json.loads(state)["promoted"] if state else []
        return history

    def _remember(self, history: list[str]) -> None:
        self._write(STATE, json.dumps({"promoted": history}, indent=1).encode())

    def _read(self, name: str) -> bytes | None:
        return self.shelf.read(f"{self.kind}/{name}")

    def _write(self, name: str, data: bytes) -> None:
        self.shelf.write(f"{self.kind}/{name}", data)
