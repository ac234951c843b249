"""Packets of one message, in whatever order they come; the same message again counts once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bihuan.standards.hj212.messages import DataMessage

HELD = 20_000
"""So many messages are remembered; a logger repeats within minutes."""


@dataclass
class PacketJoiner:
    """What has come of each message.

    Args:
        held: Messages remembered at most; the oldest are forgotten first.
    """

    held: int = HELD
    duplicates: int = 0
    _whole: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _parts: OrderedDict[tuple[str, str], dict[int, DataMessage]] = field(default_factory=OrderedDict)

    @property
    def incomplete(self) -> int:
        """How many packets wait for the others of their message. Source: HJ 212-2017 §6.3.2."""
        return sum(map(len, self._parts.values()))

    def take(self, message: DataMessage) -> DataMessage | None:
        """The whole message, once: at its last packet, or at once where it has only one.

        Source: HJ 212-2017 §6.3.2 (PNUM, PNO); the brief's rule: MN and QN name a message.
        """
        key = message.mn, message.qn
        if key in self._whole:
            self.duplicates += 1
            return None
        if message.packets <= 1:
            return self._done(key, message)
        parts = self._parts.setdefault(key, {})
        if message.packet in parts:
            self.duplicates += 1
            return None
        parts[message.packet] = message
        if not parts.keys() >= set(range(1, message.packets + 1)):
            self._forget(self._parts)
            return None
        del self._parts[key]
        body = b";".join(parts[number].body for number in range(1, message.packets + 1))
        return self._done(key, DataMessage(parts[1].header, body))

    def _done(self, key: tuple[str, str], message: DataMessage) -> DataMessage:
        if message.qn:
            self._whole[key] = None
            self._forget(self._whole)
        return message

    def _forget(self, kept: OrderedDict[tuple[str, str], Any]) -> None:
        while len(kept) > self.held:
            kept.popitem(last=False)
