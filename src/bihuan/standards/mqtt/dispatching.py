"""Orders of one queue to their addressees, each once, by a connection of the queue's own.

Each message goes to `bihuan/orders/QUEUE/ADDRESSEE` with QoS 1, as a CloudEvent in binary mode (user properties), with
its seal beside it and an expiry after which the broker drops it. Whoever does not listen yet is tried again. After a
kill, addressees in doubt get time to answer before anything is repeated; a terminal knows what it has by its id.
Source: MQTT-v5.0 §3.3; CloudEvents 1.0 MQTT binding; docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes

from bihuan.loop.facts import LoopFacts
from bihuan.standards.mqtt.broker import (
    KEEPALIVE,
    ORDERS,
    BrokerPlace,
    client_for,
    properties_for,
    session_properties,
)
from bihuan.standards.mqtt.due import DueMessage, due_messages
from bihuan.standards.mqtt.sent import SentLog

WIRE, BATCH = "mqtt", 1_000
PATIENCE, DOUBT, AGAIN = 10.0, 5.0, 30.0
"""Seconds for the broker's acknowledgement of a batch; for answers of those in doubt; until the next try."""
NOBODY, FAILED = 0x10, 0x80
"""Reason codes: there is no subscriber; refused, from here on."""


@dataclass
class OrderDispatcher:
    """Sends what is due on a queue.

    Args:
        queue: Its name. place: Broker and account. folder: Where it is kept to whom messages went.
    """

    queue: str
    place: BrokerPlace
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    _client: Client | None = None
    _logs: dict[str, SentLog] = field(default_factory=dict)
    _later: dict[tuple[str, str], float] = field(default_factory=dict)
    _acknowledged: dict[int, int] = field(default_factory=dict)
    _expected: int = 0
    _change: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        """Connect in the background. Source: MQTT-v5.0 §3.1."""
        client = client_for(self.place, f"bihuan-orders-{self.queue}")
        client.on_publish = self._published
        self._client = client
        client.connect_async(
            self.place.host, self.place.port, KEEPALIVE, clean_start=True, properties=session_properties(0)
        )
        client.loop_start()

    def stop(self) -> None:
        """Leave the broker. Source: MQTT-v5.0 §3.14."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    @property
    def connected(self) -> bool:
        """Whether the broker is there now. Source: docs/adr/0349-messages-on-the-wire.md."""
        return self._client is not None and self._client.is_connected()

    def send(self, world: LoopFacts) -> int:
        """Send what is due; returns how many messages the broker took. Source: docs/topics/orders.md, "Carried"."""
        if not self.connected:
            return 0
        return sum(self._send(each) for each in due_messages(self.queue, WIRE, world, self.counts))

    def _send(self, due: DueMessage) -> int:
        log = self._logs.get(due.key)
        if log is None:
            log = self._logs[due.key] = SentLog(self.folder / f"{due.key}.sent")
            doubt = time.monotonic() + DOUBT
            self._later |= {(due.key, each): doubt for each in log.doubtful}
        now, taken = time.monotonic(), 0
        open_ = [
            each for each in due.to
            if each not in log.sent and each not in due.answered and self._later.get((due.key, each), 0.0) <= now
        ]  # fmt: skip
        for start in range(0, len(open_), BATCH):
            part = open_[start : start + BATCH]
            log.begin(part)
            told = self._publish(due, part)
            log.end(each for each, code in told.items() if code == 0)
            for each in part:
                if told.get(each) != 0:
                    self._later[due.key, each] = time.monotonic() + AGAIN
            self.counts.update(_outcome(told.get(each)) for each in part)
            taken += sum(code == 0 for code in told.values())
            if len(told) < len(part):
                break  # the broker went away in the middle
        return taken

    def _publish(self, due: DueMessage, part: Sequence[str]) -> dict[str, int]:
        """Publish to some addressees; returns the broker's reason code for those of whom it said one."""
        assert self._client is not None
        self._acknowledged, self._expected = {}, len(part)
        told, until = properties_of(due, self.queue), time.monotonic() + PATIENCE
        ids = {
            self._client.publish(f"{ORDERS}/{self.queue}/{each}", due.body, 1, properties=told).mid: each
            for each in part
        }
        with self._change:
            while len(self._acknowledged) < len(ids) and self.connected:
                if not self._change.wait(min(0.5, max(0.0, until - time.monotonic()))) and time.monotonic() >= until:
                    break
        return {ids[mid]: code for mid, code in self._acknowledged.items() if mid in ids}

    def _published(self, client: Client, data: Any, mid: int, reason: Any, properties: Any) -> None:
        with self._change:
            self._acknowledged[mid] = int(reason.value)
            if len(self._acknowledged) >= self._expected:  # whoever waits is woken once for a batch
                self._change.notify_all()


def properties_of(due: DueMessage, queue: str) -> Any:
    """Return the properties of a message: CloudEvents attributes, the seal, the expiry in seconds.

    Source: CloudEvents 1.0 MQTT binding §3.1 (binary mode); MQTT-v5.0 §3.3.2.3.3.
    """
    told = properties_for(PacketTypes.PUBLISH)
    told.ContentType, told.PayloadFormatIndicator = "application/json", 1
    told.MessageExpiryInterval = max(1, int((due.expires - datetime.now(due.expires.tzinfo)).total_seconds()))
    told.UserProperty = [
        ("specversion", "1.0"), ("id", due.key), ("source", f"/orders/{queue}"), ("type", f"bihuan.order.{due.kind}"),
        ("time", due.at.isoformat()), ("sealalgorithm", due.seal.get("algorithm", "")),
        ("sealkey", due.seal.get("key", "")), ("seal", due.seal.get("value", "")),
    ]  # fmt: skip
    return told


def _outcome(code: int | None) -> str:
    if code is None:
        return "unacknowledged"
    if code == 0:
        return "sent"
    return "refused" if code >= FAILED else "nobody"
