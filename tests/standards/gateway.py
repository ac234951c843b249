"""A gateway of readings that asks to be answered and sends again what was not: its memory is the test's list."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from paho.mqtt.packettypes import PacketTypes

from bihuan.standards.mqtt.broker import READINGS, BrokerPlace, client_for, properties_for, session_properties

MOST = 2_000


class Gateway:
    """Sends messages (code, payload) of one device until each was answered."""

    def __init__(self, place: BrokerPlace, device: str) -> None:
        self.device, self.open, self.sent = device, dict[int, tuple[str, str]](), 0
        self.lock, self.ready = threading.Lock(), threading.Event()
        self.client = client_for(place, f"gateway-{device}")
        self.client.on_connect, self.client.on_message = self._connected, self._answered
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_disconnect = lambda *_: self.ready.clear()
        self.client.reconnect_delay_set(1, 1)
        self.client.connect_async(place.host, place.port, 10, clean_start=True, properties=session_properties(0))
        self.client.loop_start()

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send these and wait for room; whoever was not answered is sent again by `repeat`."""
        for code, payload in messages:
            with self.lock:
                number = self.sent
                self.sent += 1
                self.open[number] = (code, payload)
            self._publish(number, code, payload)

    def repeat(self) -> int:
        """Send again what is open; returns how much that is."""
        with self.lock:
            open_ = dict(self.open)
        if self.ready.is_set():
            for number, (code, payload) in open_.items():
                self._publish(number, code, payload)
        return len(open_)

    def stop(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _publish(self, number: int, code: str, payload: str) -> None:
        told: Any = properties_for(PacketTypes.PUBLISH)
        told.ResponseTopic, told.CorrelationData = f"{READINGS}-kept/{self.device}", str(number).encode()
        told.UserProperty = [("unit", "V"), ("gateway", self.device)]
        self.client.publish(f"{READINGS}/{self.device}/{code}", payload, 1, properties=told)

    def _connected(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        client.subscribe(f"{READINGS}-kept/{self.device}", 1)

    def _answered(self, client: Any, data: Any, message: Any) -> None:
        with self.lock:
            self.open.pop(int(message.properties.CorrelationData), None)


def reading(value: float, time: str) -> str:
    """A payload."""
    return json.dumps({"time": time, "value": value, "flag": "N"})
