"""A message of the wire as bytes of the journal: topic, user properties, payload."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple


class WireMessage(NamedTuple):
    """A message as it came: its topic, its user properties in their order, its payload."""

    topic: str
    properties: Sequence[tuple[str, str]]
    payload: bytes

    def property(self, name: str) -> str:
        """Return the first user property of a name, empty for none. Source: MQTT-v5.0 §3.3.2.3.7."""
        return next((value for key, value in self.properties if key == name), "")


def frame_of_message(message: WireMessage) -> bytes:
    """Return a message as bytes of the journal. Source: docs/adr/0344-frames-before-answers.md."""
    body = base64.b64encode(message.payload).decode("ascii")
    return json.dumps([message.topic, list(message.properties), body], ensure_ascii=False).encode()


def message_of_frame(raw: bytes) -> WireMessage:
    """Return the message of a frame.

    Raises:
        ValueError: it is none.

    Source: docs/adr/0344-frames-before-answers.md.
    """
    try:
        topic, properties, body = json.loads(raw)
        pairs = [(str(key), str(value)) for key, value in properties]
        return WireMessage(str(topic), pairs, base64.b64decode(body))
    except TypeError as error:
        raise ValueError("no message") from error
