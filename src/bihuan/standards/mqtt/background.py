"""The wire as the worker knows it: connects where it is configured, follows what came, sends what is due."""

from __future__ import annotations

from django.utils import timezone

from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.live import default_district
from bihuan.registers.models import District
from bihuan.server.home import current_home
from bihuan.standards.mqtt.broker import READINGS, RECEIPTS, queue_brokers, readings_broker
from bihuan.standards.mqtt.dispatching import OrderDispatcher
from bihuan.standards.mqtt.following import ReadingsFollower, ReceiptsFollower
from bihuan.standards.mqtt.listening import JournalListener

FOLDER = "mqtt"
_LISTENERS: dict[str, JournalListener] = {}
_DISPATCHERS: dict[str, OrderDispatcher] = {}


def follow_readings() -> int:
    """Listen where BIHUAN_MQTT_URL says so, and bring readings into series; returns how many messages were followed.

    Source: docs/topics/mqtt.md, "Readings".
    """
    place = readings_broker()
    if place is None or not District.objects.exists():
        return 0
    folder, district = current_home().path / FOLDER / "readings", default_district()
    if "" not in _LISTENERS:
        _LISTENERS[""] = JournalListener(place, f"bihuan-readings-{district}", (f"{READINGS}/#",), folder)
        _LISTENERS[""].start()
    return ReadingsFollower(folder, district, timezone.now()).follow()


def carry_orders() -> int:
    """Send what is due on each queue of BIHUAN_MQTT_QUEUES and take receipts in; returns how many of both.

    Source: docs/topics/orders.md, "Carried".
    """
    places = queue_brokers()
    if not places or not District.objects.exists() or pausing.is_played():
        return 0
    home, district, done = current_home().path / FOLDER, default_district(), 0
    for queue, place in places.items():
        receipts = home / f"receipts-{queue}"
        if queue not in _DISPATCHERS:
            _LISTENERS[queue] = JournalListener(
                place, f"bihuan-receipts-{queue}-{district}", (f"{RECEIPTS}/{queue}/#",), receipts
            )
            _LISTENERS[queue].start()
            _DISPATCHERS[queue] = OrderDispatcher(queue, place, home / f"sent-{queue}")
            _DISPATCHERS[queue].start()
        world = current_facts()
        done += ReceiptsFollower(receipts, district, world.now, queue=queue, world=world).follow()
        done += _DISPATCHERS[queue].send(world)
    return done
