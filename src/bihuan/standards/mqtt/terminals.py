"""A crowd of terminals, as one of them behaves: it pins a key, airs what holds once, and answers.

For tests, benchmarks and demonstrations; a builder of terminals finds here what is expected of one.
Source: docs/topics/mqtt.md, "A terminal"; docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from bihuan.documents.orders.sealing import END, open_message
from bihuan.ledger.core.sm2 import QueuePublicKey
from bihuan.standards.mqtt.broker import KEEPALIVE, ORDERS, RECEIPTS, BrokerPlace, client_for, session_properties


@dataclass
class TerminalCrowd:
    """Terminals behind one connection.

    Args:
        place: Broker and account. name: Client id. queue: Of the orders. pinned: The queue's key, as built in.
        codes: Of the terminals. answers: What each says of an order that it airs, in this order.
        aired: (terminal, order) → how often. refused: Messages that did not hold. ended: Orders taken back.
    """

    place: BrokerPlace
    name: str
    queue: str
    pinned: QueuePublicKey
    codes: Sequence[str]
    answers: tuple[str, ...] = ("received", "done")
    aired: Counter[tuple[str, str]] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    ended: set[tuple[str, str]] = field(default_factory=set)
    ready: bool = False
    _checked: dict[tuple[bytes, str], dict[str, Any] | None] = field(default_factory=dict)
    _client: Client | None = None

    def start(self) -> None:
        """Connect and listen; the broker keeps what comes while it is away. Source: MQTT-v5.0 §3.1.2.11."""
        client = client_for(self.place, self.name)
        client.on_connect, client.on_message, client.on_subscribe = self._connected, self._take, self._heard
        self._client = client
        client.connect_async(
            self.place.host, self.place.port, KEEPALIVE, clean_start=False, properties=session_properties()
        )
        client.loop_start()

    def stop(self) -> None:
        """Leave. Source: MQTT-v5.0 §3.14."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def _connected(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        topics = [(f"{ORDERS}/{self.queue}/{each}", 1) for each in self.codes]
        for start in range(0, len(topics), 500):
            client.subscribe(topics[start : start + 500])

    def _heard(self, *_told: Any) -> None:
        self.ready = True

    def _take(self, client: Client, data: Any, message: MQTTMessage) -> None:
        terminal = message.topic.rpartition("/")[2]
        pairs = dict(getattr(message.properties, "UserProperty", []))
        self.came[terminal] += 1
        said = self._opened(bytes(message.payload), pairs.get("seal", ""))
        if said is None:
            self.refused.append(terminal)
            return
        order = str(said["id"])
        if said["kind"] == END:
            self.ended.add((terminal, order))
        elif (terminal, order) not in self.aired and (terminal, order) not in self.ended:
            self.aired[terminal, order] += 1
            for state in self.answers:
                body = json.dumps({"id": order, "state": state})
                client.publish(f"{RECEIPTS}/{self.queue}/{terminal}", body, 1)

    def _opened(self, body: bytes, seal: str) -> dict[str, Any] | None:
        """One signature holds for all terminals of the crowd: it is checked once for each message."""
        key = (body, seal)
        if key not in self._checked:
            self._checked[key] = open_message(body, {"value": seal}, self.pinned)
        return self._checked[key]
