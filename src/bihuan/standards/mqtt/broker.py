"""Where a broker is, how one connects to it, and what its own rules of access have to say."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bihuan.faults import Fault

URL, QUEUES, AUTHORITIES = "BIHUAN_MQTT_URL", "BIHUAN_MQTT_QUEUES", "BIHUAN_MQTT_CA"
READINGS, ORDERS, RECEIPTS = "bihuan/readings", "bihuan/orders", "bihuan/receipts"
PORTS = {"mqtt": 1883, "mqtts": 8883}
SESSION, IN_FLIGHT, KEEPALIVE = 7 * 86_400, 2_000, 30
"""Seconds for which the broker keeps a session whose client is away; messages under way at once; seconds of a sign."""


@dataclass(frozen=True)
class BrokerPlace:
    """A broker and an account on it.

    Args:
        secure: Whether by TLS. host, port: Where. user, password: Of the account; empty for none.
    """

    secure: bool
    host: str
    port: int
    user: str = ""
    password: str = ""


def place_of_broker(text: str) -> BrokerPlace:
    """Return the broker of `mqtt[s]://[user:password@]host[:port]`.

    Raises:
        Fault: it is no such address.

    Source: docs/reference/settings.md.
    """
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in PORTS or not parts.hostname or port == -1 or parts.path.strip("/"):
        raise Fault(f"{text}：不是 MQTT 地址 · no address of a broker", "mqtts://user:password@host:8883")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return BrokerPlace(parts.scheme == "mqtts", parts.hostname, port or PORTS[parts.scheme], user, password)


def readings_broker(environ: Mapping[str, str] = os.environ) -> BrokerPlace | None:
    """Return the broker of readings, None when none is configured. Source: docs/reference/settings.md."""
    told = environ.get(URL, "").strip()
    return place_of_broker(told) if told else None


def queue_brokers(environ: Mapping[str, str] = os.environ) -> dict[str, BrokerPlace]:
    """Return queue → broker and account; no two queues share an account.

    Raises:
        Fault: a part is not `queue=address`, or two queues have one account on one broker.

    Source: docs/reference/settings.md; docs/adr/0349-messages-on-the-wire.md (a queue is separate by construction).
    """
    found: dict[str, BrokerPlace] = {}
    for part in environ.get(QUEUES, "").split():
        queue, _, address = part.partition("=")
        if not queue or not address:
            raise Fault(f"{QUEUES}：{part}", f"{QUEUES}=broadcast=mqtts://user:password@host:8883")
        place = place_of_broker(address)
        other = next((name for name, each in found.items() if each == place), None)
        if other is not None:
            what = f"{queue} 与 {other} 使用同一账号 · {queue} and {other} share an account"
            raise Fault(what, "给每个队列各设账号 · give each queue an account of its own")
        found[queue] = place
    return found


def client_for(place: BrokerPlace, name: str, *, manual: bool = False) -> Client:
    """Return a client that is not connected yet, with the account and the certificates of a place.

    Args:
        name: Client id: the broker keeps the session under it. manual: Acknowledge by hand.

    Source: MQTT-v5.0 §3.1.
    """
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTv5, manual_ack=manual)
    if place.user:
        client.username_pw_set(place.user, place.password)
    if place.secure:
        client.tls_set_context(ssl.create_default_context(cafile=os.environ.get(AUTHORITIES) or None))
    client.max_inflight_messages_set(IN_FLIGHT)
    client.reconnect_delay_set(1, 30)
    return client


def properties_for(packet: int) -> Any:
    """Return empty properties of a kind of packet; their names are those of the standard. Source: MQTT-v5.0 §2.2.2."""
    return Properties(packet)  # type: ignore[no-untyped-call]


def session_properties(seconds: int = SESSION) -> Any:
    """Return what a client asks of its session: how long it is kept, how many messages may be under way.

    Source: MQTT-v5.0 §3.1.2.11 (session expiry interval, receive maximum).
    """
    asked = properties_for(PacketTypes.CONNECT)
    asked.SessionExpiryInterval, asked.ReceiveMaximum = seconds, IN_FLIGHT
    return asked


def access_rules(reader: str, queues: Mapping[str, str], terminals: Mapping[str, list[str]]) -> str:
    """Return the broker's file of access: an account of a queue writes there alone, a terminal reads its own alone.

    Args:
        reader: The account that follows readings. queues: Queue → the account that sends its orders.
        terminals: Queue → accounts of its terminals, each named like its code.

    Source: mosquitto.conf(5), acl_file; docs/adr/0349-messages-on-the-wire.md.
    """
    lines = ["# Who may do what. Made by `bihuan mqtt access`; nothing that is not named is allowed."]
    if reader:
        lines += [f"user {reader}", f"topic read {READINGS}/#", f"topic write {READINGS}-kept/#"]
    for queue, account in sorted(queues.items()):
        lines += [f"user {account}", f"topic write {ORDERS}/{queue}/#", f"topic read {RECEIPTS}/{queue}/#"]
        for terminal in terminals.get(queue, []):
            told = f"topic read {ORDERS}/{queue}/{terminal}", f"topic write {RECEIPTS}/{queue}/{terminal}"
            lines += [f"user {terminal}", *told]
    lines += [f"pattern write {READINGS}/%u/#", f"pattern read {READINGS}-kept/%u/#"]
    return "\n".join(lines) + "\n"
