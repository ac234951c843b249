"""MQTT 5 against a real Mosquitto: on disk before it is acknowledged; killed in the middle, nothing lost or twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.faults import Fault
from bihuan.standards.mqtt.broker import (
    READINGS,
    BrokerPlace,
    access_rules,
    client_for,
    place_of_broker,
    queue_brokers,
    session_properties,
)
from bihuan.standards.mqtt.following import readings_of_payload
from bihuan.standards.mqtt.frames import WireMessage, frame_of_message, message_of_frame
from bihuan.standards.mqtt.listening import JournalListener
from bihuan.standards.mqtt.sent import SentLog
from bihuan.standards.parts.journal import read_frames
from tests.examples import examples
from tests.standards.conftest import ForeignClients
from tests.standards.gateway import Gateway, reading
from tests.standards.mosquitto import Mosquitto, needs_mosquitto, version_of_broker, wait_until

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=examples(100))
@given(TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3), st.binary(max_size=40))
def test_a_message_comes_back_from_its_frame(topic: str, properties: list[tuple[str, str]], payload: bytes) -> None:
    message = WireMessage(topic, properties, payload)
    assert message_of_frame(frame_of_message(message)) == message


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ("21.5", [("1970-01-01T00:00:01+00:00", "21.5", "")]),
        ('{"time": "2026-03-02T08:00:00", "value": null, "flag": "D"}', [("2026-03-02T08:00:00+08:00", "", "D")]),
        ('[{"time": "2026-03-02T00:00:00Z", "value": "0.025L"}, 3]',
         [("2026-03-02T00:00:00+00:00", "0.025L", ""), ("1970-01-01T00:00:01+00:00", "3", "")]),
    ],
)  # fmt: skip
def test_what_a_payload_says(payload: str, told: list[tuple[str, str, str]]) -> None:
    assert list(readings_of_payload(payload.encode(), 1_000_000)) == told


@pytest.mark.parametrize(
    "payload", ["", "x", '{"value": [1]}', '{"value": true}', '{"value": 1, "time": "soon"}', "\xff"]
)
def test_what_no_payload_may_say(payload: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - counted, whatever it is
        list(readings_of_payload(payload.encode("latin-1"), 0))


def test_addresses_are_read_and_no_account_serves_two_queues() -> None:
    place = place_of_broker("mqtts://ops:p%40ss@broker.example")
    assert place == BrokerPlace(True, "broker.example", 8883, "ops", "p@ss")
    for wrong in ("http://x", "mqtt://", "mqtt://x:port", "mqtt://x/topic"):
        with pytest.raises(Fault):
            place_of_broker(wrong)
    told = {"BIHUAN_MQTT_QUEUES": "broadcast=mqtt://a:1@x broadcast-drill=mqtt://b:2@x"}
    assert sorted(queue_brokers(told)) == ["broadcast", "broadcast-drill"]
    with pytest.raises(Fault, match="share an account"):
        queue_brokers({"BIHUAN_MQTT_QUEUES": "broadcast=mqtt://a:1@x drill=mqtt://a:1@x"})


def test_what_was_sent_is_known_after_a_cut(tmp_path: Path) -> None:
    log = SentLog(tmp_path / "a" / "1.sent")
    log.begin(["A", "B", "C"])
    log.end(["A"])
    with log.path.open("a") as file:
        file.write("B")  # the line break was not written any more
    again = SentLog(log.path)
    assert (again.sent, again.doubtful) == ({"A"}, {"B", "C"})
    again.end(["C"])
    third = SentLog(log.path)
    assert (third.sent, third.doubtful) == ({"A", "C"}, {"B"})


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker").start()
    yield made
    made.kill()


def kept(folder: Path) -> list[WireMessage]:
    return [message_of_frame(each.raw) for path in sorted(folder.glob("*.frames")) for each in read_frames(path)]


@needs_mosquitto
@pytest.mark.slow
def test_nothing_is_acknowledged_before_it_is_on_disk(broker: Mosquitto, tmp_path: Path) -> None:
    """A listener whose disk is full acknowledges nothing; the broker keeps the session, the next one gets it all."""
    closed = tmp_path / "full"
    closed.write_text("no folder")
    listener = JournalListener(broker.place(), "listener", (f"{READINGS}/#",), closed)
    listener.start()
    wait_until(lambda: listener.counts["connected"] == 1, "the subscription")
    gateway = Gateway(broker.place(), "G1")
    wait_until(gateway.ready.is_set, "the gateway")
    gateway.send([("heartbeat", reading(220.0, "2026-03-02T08:00:00Z"))])
    wait_until(lambda: listener.counts["unkept"] >= 1, "the try to write")
    assert gateway.repeat() == 1, "nobody answered"
    listener.stop()
    again = JournalListener(broker.place(), "listener", (f"{READINGS}/#",), tmp_path / "kept")
    again.start()
    wait_until(lambda: not gateway.open, "the answer")
    again.stop()
    gateway.stop()
    (message, *_) = kept(tmp_path / "kept")
    assert message.topic == f"{READINGS}/G1/heartbeat"
    assert message.property("gateway") == "G1"
    assert json.loads(message.payload)["value"] == 220.0


@needs_mosquitto
@pytest.mark.slow
def test_what_the_disk_refused_is_written_once_it_takes_it(broker: Mosquitto, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.write_text("no folder")
    listener = JournalListener(broker.place(), "listener", (f"{READINGS}/#",), full)
    listener.start()
    wait_until(lambda: listener.counts["connected"] == 1, "the subscription")
    gateway = Gateway(broker.place(), "G1")
    wait_until(gateway.ready.is_set, "the gateway")
    gateway.send([("heartbeat", reading(220.0, "2026-03-02T08:00:00Z"))])
    wait_until(lambda: listener.counts["unkept"] >= 1, "the try to write")
    full.unlink()
    wait_until(lambda: not gateway.open, "the answer")
    listener.stop()
    gateway.stop()
    assert [json.loads(each.payload)["value"] for each in kept(full)] == [220.0]


@needs_mosquitto
@pytest.mark.slow
def test_a_broker_that_is_killed_loses_and_doubles_nothing(
    broker: Mosquitto, tmp_path: Path, foreign: ForeignClients
) -> None:
    """Two listeners share the subscription; the broker dies twice by signal 9 in the middle of 3,000 readings."""
    foreign.library("paho-mqtt", proves="MQTT 5")
    foreign.prove("MQTT 5", "Mosquitto", version_of_broker())
    listeners = [JournalListener(broker.place(), f"l{n}", (f"{READINGS}/#",), tmp_path / f"kept{n}") for n in range(2)]
    for each in listeners:
        each.start()
    gateway = Gateway(broker.place(), "G1")
    wait_until(lambda: gateway.ready.is_set() and all(each.counts["connected"] for each in listeners), "everybody")
    start = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    messages = [
        ("heartbeat", reading(n / 10, datetime.fromtimestamp(start + n, UTC).isoformat())) for n in range(3_000)
    ]
    for n in range(0, len(messages), 500):
        gateway.send(messages[n : n + 500])
        if n in (1_000, 2_000):
            broker.kill()
            broker.start()
    before = time.monotonic()
    while gateway.open and time.monotonic() < before + 90:
        wait_until(gateway.ready.is_set, "the gateway")
        time.sleep(1.0)
        gateway.repeat()
    assert not gateway.open, "each was answered in the end"
    gateway.stop()
    for each in listeners:
        each.stop()
    found = [json.loads(each.payload) for n in range(2) for each in kept(tmp_path / f"kept{n}")]
    assert {each["value"] for each in found} == {n / 10 for n in range(3_000)}, "none is lost"
    assert len({each["time"] for each in found}) == 3_000, "what came twice is the same reading"
    assert all(listener.counts["kept"] > 0 for listener in listeners), "they share the work"


@needs_mosquitto
@pytest.mark.slow
def test_the_broker_lets_no_drill_through_to_production(tmp_path: Path) -> None:
    """The rules that `bihuan mqtt access` prints: each queue's account writes in its own queue alone."""
    rules = access_rules(
        "reader",
        {"broadcast": "live", "broadcast-drill": "drill"},
        {"broadcast": ["S1", "S2"], "broadcast-drill": ["D1"]},
    )
    users = dict.fromkeys(("reader", "live", "drill", "S1", "S2", "D1", "G1"), "word")
    broker = Mosquitto(tmp_path / "broker", users=users, rules=rules).start()
    try:
        told = {
            (user, topic): _may_write(broker, user, topic)
            for user, topic in (
                ("live", "bihuan/orders/broadcast/S1"), ("drill", "bihuan/orders/broadcast/S1"),
                ("drill", "bihuan/orders/broadcast-drill/D1"), ("live", "bihuan/orders/broadcast-drill/D1"),
                ("S1", "bihuan/receipts/broadcast/S1"), ("S1", "bihuan/receipts/broadcast/S2"),
                ("D1", "bihuan/orders/broadcast/S1"), ("G1", "bihuan/readings/G1/heartbeat"),
                ("G1", "bihuan/readings/G2/heartbeat"),
            )
        }  # fmt: skip
    finally:
        broker.kill()
    assert [topic for topic, may in told.items() if may] == [
        ("live", "bihuan/orders/broadcast/S1"), ("drill", "bihuan/orders/broadcast-drill/D1"),
        ("S1", "bihuan/receipts/broadcast/S1"), ("G1", "bihuan/readings/G1/heartbeat"),
    ]  # fmt: skip


def _may_write(broker: Mosquitto, user: str, topic: str) -> bool:
    client, codes = client_for(broker.place(user, "word"), f"try-{user}"), list[int]()
    client.on_publish = lambda client, data, mid, reason, properties: codes.append(reason.value)
    client.connect(broker.place().host, broker.port, 10, clean_start=True, properties=session_properties(0))
    client.loop_start()
    wait_until(client.is_connected, "the connection")
    client.publish(topic, "x", 1)
    wait_until(lambda: bool(codes), "the broker's word")
    client.disconnect()
    client.loop_stop()
    return codes[0] < 0x80


def test_counting_of_outcomes() -> None:
    from bihuan.standards.mqtt.dispatching import _outcome

    told: list[Any] = [_outcome(each) for each in (None, 0, 0x10, 0x87)]
    assert told == ["unacknowledged", "sent", "nobody", "refused"]
