"""A subscription that acknowledges nothing before it lies on the disk.

The client's own thread takes messages in; another writes what has come, everything that waits at once, and only then
acknowledges it to the broker and, where the sender asked to be answered (response topic, correlation data), to the
sender. A broker may forget what it has acknowledged when it is killed; a sender that waits for that answer loses
nothing by it. What comes twice is written twice and counts once (`following`).
Source: MQTT-v5.0 §4.3.2 (QoS 1), §4.8.2 (shared subscriptions), §4.10 (request and response); docs/adr/0349.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes

from bihuan.standards.mqtt.broker import KEEPALIVE, BrokerPlace, client_for, properties_for, session_properties
from bihuan.standards.mqtt.frames import WireMessage, frame_of_message
from bihuan.standards.parts.journal import FrameJournal

GROUP, WAITING = "bihuan", 20_000
"""Of the shared subscription; messages that may wait for the disk."""


class _Came(NamedTuple):
    message: MQTTMessage
    turn: int


@dataclass
class JournalListener:
    """Keeps a subscription and writes what comes to a journal.

    Args:
        place: The broker. name: Client id. topics: Filters. folder: Of the journal.
    """

    place: BrokerPlace
    name: str
    topics: tuple[str, ...]
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    _came: queue.Queue[_Came | None] = field(default_factory=lambda: queue.Queue(WAITING))
    _leaving: threading.Event = field(default_factory=threading.Event)
    _turn: int = 0
    _client: Client | None = None
    _writer: threading.Thread | None = None

    def start(self) -> None:
        """Connect in the background and go on connecting whenever the broker is away. Source: MQTT-v5.0 §3.1."""
        client = client_for(self.place, self.name, manual=True)
        client.on_connect, client.on_message = self._connected, self._take
        self._writer = threading.Thread(target=self._write, name=f"mqtt-{self.name}", daemon=True)
        self._writer.start()
        self._client = client
        client.connect_async(
            self.place.host, self.place.port, KEEPALIVE, clean_start=False, properties=session_properties()
        )
        client.loop_start()

    def stop(self) -> None:
        """Write what has come, then leave; the broker keeps the session. Source: MQTT-v5.0 §3.14."""
        self._leaving.set()
        self._came.put(None)
        if self._writer is not None:
            self._writer.join()
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    @property
    def alive(self) -> bool:
        """Whether it still writes. Source: docs/adr/0349-messages-on-the-wire.md."""
        return self._writer is not None and self._writer.is_alive()

    @property
    def connected(self) -> bool:
        """Whether the broker is there now. Source: docs/adr/0349-messages-on-the-wire.md."""
        return self._client is not None and self._client.is_connected()

    def _connected(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._turn += 1  # an acknowledgement of an earlier connection would name another message
        if reason.is_failure:
            self.counts["refused"] += 1
            return
        client.subscribe([(f"$share/{GROUP}/{each}", 1) for each in self.topics])
        self.counts["connected"] += 1

    def _take(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self._came.put(_Came(message, self._turn))

    def _write(self) -> None:
        """Write what waits, all at once, then acknowledge it."""
        journal = FrameJournal(self.folder)
        ended = False
        while not ended:
            batch = [self._came.get()]
            while not self._came.empty():
                batch.append(self._came.get_nowait())
            ended = None in batch
            came = [each for each in batch if each is not None]
            if came and self._keep(journal, came):
                self.counts["kept"] += len(came)
                self._acknowledge(came)
        journal.close()

    def _keep(self, journal: FrameJournal, came: list[_Came]) -> bool:
        """Write messages; where the disk refuses, try again until it takes them or this listener leaves.

        What is not written is not acknowledged: a broker sends it again to the next connection, not to this one.
        """
        while True:
            try:
                journal.append([_frame(each.message) for each in came], time.time_ns() // 1_000)
                return True
            except OSError:
                self.counts["unkept"] += len(came)
                if self._leaving.wait(1):
                    return False

    def _acknowledge(self, came: list[_Came]) -> None:
        assert self._client is not None
        for each in came:
            if each.turn == self._turn and self._client.is_connected():
                self._client.ack(each.message.mid, each.message.qos)
            asked = getattr(each.message.properties, "ResponseTopic", "")
            if asked:
                self._client.publish(asked, b"kept", 0, properties=_answer(each.message))


def _frame(message: MQTTMessage) -> bytes:
    pairs = getattr(message.properties, "UserProperty", [])
    return frame_of_message(WireMessage(message.topic, pairs, bytes(message.payload)))


def _answer(message: MQTTMessage) -> Any:
    told = properties_for(PacketTypes.PUBLISH)
    related = getattr(message.properties, "CorrelationData", None)
    if related is not None:
        told.CorrelationData = related
    return told
