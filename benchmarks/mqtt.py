"""Readings by MQTT against a real Mosquitto: none lost or twice while it is killed, receipts in seconds.

    PYTHONPATH=. python benchmarks/mqtt.py [READINGS]     # the broker is killed twice in the middle

Prints wall and CPU seconds; readings are answered from the disk. Orders to 10,000 terminals are measured by
`BIHUAN_TERMINALS=10000 pytest -s tests/standards/test_mqtt_orders.py -k reaches_each`, which has a database.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bihuan.standards.mqtt.broker import READINGS
from bihuan.standards.mqtt.frames import message_of_frame
from bihuan.standards.mqtt.listening import JournalListener
from bihuan.standards.parts.journal import read_frames
from tests.standards.gateway import Gateway, reading
from tests.standards.mosquitto import Mosquitto, wait_until

PER = 10
"""Readings of a message, as a gateway of many instruments sends them."""
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()


def measure_readings(number: int) -> None:
    """Send readings one by one through a broker that dies twice; every one is on disk in the end, none is another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        broker = Mosquitto(folder / "broker").start()
        listener = JournalListener(broker.place(), "bench", (f"{READINGS}/#",), folder / "kept")
        listener.start()
        gateway = Gateway(broker.place(), "G1")
        wait_until(lambda: gateway.ready.is_set() and listener.counts["connected"] > 0, "everybody")
        wall, cpu = time.perf_counter(), time.process_time()
        for first in range(0, number, 1_000):
            gateway.send([("heartbeat", _message(n)) for n in range(first, first + 1_000, PER)])
            if first in (number // 3 // 1_000 * 1_000, 2 * number // 3 // 1_000 * 1_000):
                broker.kill()
                broker.start()
            while len(gateway.open) > 2_000:
                time.sleep(0.05)
                if not gateway.ready.is_set():
                    wait_until(gateway.ready.is_set, "the gateway")
                    gateway.repeat()
        while gateway.open:
            wait_until(gateway.ready.is_set, "the gateway")
            before = len(gateway.open)
            time.sleep(2.0)
            if len(gateway.open) == before:
                gateway.repeat()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        gateway.stop()
        listener.stop()
        broker.kill()
        kept = [
            told["time"]
            for path in sorted((folder / "kept").glob("*.frames"))
            for each in read_frames(path)
            for told in json.loads(message_of_frame(each.raw).payload)
        ]
    print(
        f"{number} readings, broker killed twice: {len(set(kept))} on disk, {number - len(set(kept))} lost, "
        f"{len(kept) - len(set(kept))} came again (count once); {wall:.1f} s, {cpu:.1f} CPU s of client and listener"
    )


def _message(first: int) -> str:
    """Readings from a number on, one a second."""
    rows = [
        json.loads(reading(n / 10, datetime.fromtimestamp(START + n, UTC).isoformat()))
        for n in range(first, first + PER)
    ]
    return json.dumps(rows)


if __name__ == "__main__":
    measure_readings(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
