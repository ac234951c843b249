"""Orders on the wire: signed once, each terminal once, receipts back; a kill repeats nothing, a drill stays a drill."""

from __future__ import annotations

import base64
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bihuan.documents.orders.acting import approve_order, draft_order, end_order
from bihuan.documents.orders.sealing import open_message
from bihuan.ledger.core.sm2 import P, QueuePublicKey, derive_key, digest, public_half
from bihuan.ledger.seals import queue_key
from bihuan.registers.isolation import in_district
from bihuan.standards.mqtt import dispatching
from bihuan.standards.mqtt.broker import ORDERS, RECEIPTS, client_for, properties_for, session_properties
from bihuan.standards.mqtt.dispatching import OrderDispatcher
from bihuan.standards.mqtt.due import DueMessage, due_messages
from bihuan.standards.mqtt.following import ReceiptsFollower
from bihuan.standards.mqtt.listening import JournalListener
from bihuan.standards.mqtt.sent import SentLog
from bihuan.standards.mqtt.terminals import TerminalCrowd
from tests.documents.test_orders import DISTRICT, ORDER, at
from tests.standards.mosquitto import Mosquitto, needs_mosquitto, wait_until

CODES = [f"S{n:03d}" for n in range(int(os.environ.get("BIHUAN_TERMINALS", "120")))]
CARRIED = ORDER.replace(
    "facts:",
    "carried: {wire: mqtt, queue: toy}\nreplaces: old\nfacts:\n"
    "  old: {name: {zh: 旧, en: Old}, type: code, required: false}",
)
DRILL = (
    CARRIED.replace("toy-close", "toy-drill")
    .replace("queue: toy", "queue: toy-drill")
    .replace("lane: roads", "lane: drills")
)


def test_vectors_of_sm3_and_sm2() -> None:
    """GB/T 32905-2016 A.1; GB/T 32918.5-2017 annex A: key, message, signature."""
    assert digest(b"abc").upper() == "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"
    secret = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
    public = (
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    assert public_half(secret).hex().upper() == public
    r, s = (
        bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"),
        bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"),
    )
    signature = b"\x30\x46\x02\x21\x00" + r + b"\x02\x21\x00" + s
    pinned = QueuePublicKey("vector", bytes.fromhex(public))
    assert pinned.holds(signature, b"message digest")
    assert not pinned.holds(signature, b"message digesT")


def test_each_queue_has_its_own_key() -> None:
    one, two = derive_key("installation", "broadcast"), derive_key("installation", "broadcast-drill")
    assert one.public.raw != two.public.raw
    assert derive_key("installation", "broadcast") == one
    assert "secret" not in repr(one)
    x, y = (int.from_bytes(one.public.raw[n : n + 32], "big") for n in (0, 32))
    assert (y * y - x**3 + 3 * x) % P == int("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93", 16)
    body = b'{"queue": "broadcast"}'
    seal = {"value": base64.b64encode(one.sign(body)).decode()}
    assert open_message(body, seal, one.public) == {"queue": "broadcast"}
    assert open_message(body, seal, two.public) is None
    assert open_message(body.replace(b"b", b"B", 1), seal, one.public) is None
    assert open_message(body, {"value": "no base64!"}, one.public) is None
    stranger = {"value": base64.b64encode(two.sign(body)).decode()}
    assert open_message(body, stranger, two.public) is None, "signed by its key, and of another queue"


@pytest.fixture
def carried(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Two orders on two queues, in the model district."""
    from bihuan.documents.orders import catalogue
    from bihuan.ledger import keyring
    from bihuan.loop import shelves
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    keyring.forget_cached_keys()
    load_shipped()
    (tmp_path / "toy" / "orders").mkdir(parents=True)
    (tmp_path / "toy" / "orders" / "close.yaml").write_text(CARRIED, encoding="utf-8")
    (tmp_path / "toy" / "orders" / "drill.yaml").write_text(DRILL, encoding="utf-8")
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    catalogue.forget_orders()
    yield
    catalogue.forget_orders()
    live.forget_snapshots()
    keyring.forget_cached_keys()


def sent_order(key: str, to: list[str], name: str = "toy-close", **facts: str) -> Any:
    row = draft_order(name, key, {"road": "示范路", **facts}, to, at(), "user:writer")
    approve_order(row.id, at(), "user:head")
    return row


class Desk:
    """Broker, terminals, listener and dispatcher of a queue."""

    def __init__(self, folder: Path, queue: str = "toy") -> None:
        self.folder, self.queue = folder, queue
        self.broker = Mosquitto(folder / "broker").start()
        place = self.broker.place()
        self.crowds = [TerminalCrowd(place, f"crowd{n}", queue, queue_key(queue).public, CODES[n::3]) for n in range(3)]
        self.listener = JournalListener(place, "receipts", (f"{RECEIPTS}/{queue}/#",), folder / "receipts")
        self.dispatcher = OrderDispatcher(queue, place, folder / "sent")
        for each in (*self.crowds, self.listener, self.dispatcher):
            each.start()
        wait_until(lambda: self.dispatcher.connected and all(each.ready for each in self.crowds), "everybody")
        wait_until(lambda: self.listener.counts["connected"] > 0, "the listener")

    def follow(self) -> Counter[str]:
        told = Counter[str]()
        while (follower := self._follower()).follow():
            told += follower.counts
        return told

    def _follower(self) -> ReceiptsFollower:
        return ReceiptsFollower(self.folder / "receipts", DISTRICT, at().now, queue=self.queue, world=at())

    @property
    def aired(self) -> Counter[tuple[str, str]]:
        return sum((each.aired for each in self.crowds), Counter())

    def wait_for_receipts(self, number: int) -> None:
        wait_until(lambda: self.listener.counts["kept"] >= number, f"{number} receipts")

    def stop(self) -> None:
        for each in (*self.crowds, self.dispatcher, self.listener):
            each.stop()
        self.broker.kill()


@pytest.fixture
def desk(carried: None, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    yield made
    made.stop()


def coverage(row: Any) -> dict[str, Any]:
    from bihuan.documents.orders.showing import described_order

    with in_district(DISTRICT):
        return described_order(row)


@needs_mosquitto
@pytest.mark.slow
def test_an_order_reaches_each_terminal_once_and_is_answered(desk: Desk) -> None:
    row, number, began, cpu = sent_order("1", CODES), len(CODES), time.monotonic(), time.process_time()
    assert desk.dispatcher.send(at()) == number
    sent = time.monotonic() - began
    desk.wait_for_receipts(2 * number)
    kept = time.monotonic() - began
    assert desk.follow()["taken"] == 2 * number
    print(f"{number} terminals: sent in {sent:.1f} s, {2 * number} receipts kept in {kept:.1f} s, counted in "
          f"{time.monotonic() - began:.1f} s; {time.process_time() - cpu:.1f} CPU s with the terminals")  # fmt: skip
    told = coverage(row)
    assert (told["coverage"], told["done"], told["signed"]) == (f"{number}/{number}", number, True)
    assert desk.dispatcher.send(at()) == 0, "nothing is due any more"
    (desk.folder / "receipts" / "followed").unlink()
    assert desk.follow()["answered"] == 2 * len(CODES), "read again, nothing counts twice"
    _altered_and_foreign(desk, row)
    newer = sent_order("2", CODES[:5], old="1")
    assert desk.dispatcher.send(at()) == 5 + len(CODES), "the new one, and the end of the old one"
    wait_until(lambda: sum(len(each.ended) for each in desk.crowds) == len(CODES), "the end")
    assert coverage(row)["state"] == "cancelled"
    end_order(newer.id, "cancelled", at(), "user:head", "险情解除")
    assert desk.dispatcher.send(at()) == 5
    assert all(count == 1 for count in desk.aired.values())


def _altered_and_foreign(desk: Desk, row: Any) -> None:
    """Somebody who may write on the broker: an altered text, a message with the seal of the drill's key."""
    (due,) = due_messages("toy", "mqtt", at(), Counter())
    forged = due.body.replace("示范路".encode(), "演练路".encode())
    assert forged != due.body
    drill = {"value": base64.b64encode(queue_key("toy-drill").sign(due.body)).decode()}
    client = client_for(desk.broker.place(), "stranger")
    client.connect("127.0.0.1", desk.broker.port, 10, clean_start=True, properties=session_properties(0))
    client.loop_start()
    before = sum(desk.aired.values())
    for body, seal in ((forged, due.seal["value"]), (due.body, drill["value"]), (due.body, "")):
        told = properties_for(3)
        told.UserProperty = [("seal", seal)]
        client.publish(f"{ORDERS}/toy/{CODES[0]}", body, 1, properties=told)
    wait_until(lambda: sum(len(each.refused) for each in desk.crowds) == 3, "the refusals")
    assert sum(desk.aired.values()) == before
    client.disconnect()
    client.loop_stop()


@needs_mosquitto
@pytest.mark.slow
def test_a_killed_worker_repeats_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies between the broker's word and its own note: those in doubt are asked for their receipts first."""
    monkeypatch.setattr(dispatching, "BATCH", 50)
    monkeypatch.setattr(dispatching, "DOUBT", 1.0)
    row, end, ended = sent_order("1", CODES), SentLog.end, list[int]()

    def die_at_the_second(log: SentLog, addressees: Any) -> None:
        ended.append(1)
        if len(ended) == 2:
            raise KeyboardInterrupt
        end(log, addressees)

    monkeypatch.setattr(SentLog, "end", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        desk.dispatcher.send(at())
    monkeypatch.setattr(SentLog, "end", end)
    desk.dispatcher.stop()
    desk.dispatcher = OrderDispatcher("toy", desk.broker.place(), desk.folder / "sent")
    desk.dispatcher.start()
    wait_until(lambda: desk.dispatcher.connected, "the next worker")
    assert desk.dispatcher.send(at()) == len(CODES) - 100, "those whom nobody had begun with"
    desk.wait_for_receipts(2 * len(CODES))
    desk.follow()
    time.sleep(1.1)
    assert desk.dispatcher.send(at()) == 0, "those in doubt have answered"
    assert {n for each in desk.crowds for n in each.came.values()} == {1}
    assert coverage(row)["coverage"] == f"{len(CODES)}/{len(CODES)}"


@pytest.mark.slow
def test_a_row_that_came_by_sql_goes_nowhere(carried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An addressee whom the order may not reach, put into the table by hand: the queue sends none of that order."""
    from bihuan.declare.fieldtype import Words
    from bihuan.documents.orders.course import OrderRefused
    from bihuan.standards.mqtt import due as dues

    row, counts = sent_order("1", ["D1"], "toy-drill"), Counter[str]()
    with in_district(DISTRICT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_order_to (order_id, addressee, district_id) VALUES (%s, 'S1', %s)",
            [row.id, DISTRICT],
        )

    def only_drills(to: Any, everyone: Any, world: Any) -> None:
        if "S1" in everyone:
            raise OrderRefused("wrong_addressee", Words("", ""), Words("", ""))

    monkeypatch.setattr(dues, "check_addressees", only_drills)
    assert list[DueMessage](due_messages("toy-drill", "mqtt", at(), counts)) == []
    assert counts["wrong_addressee"] == 1
    assert list(due_messages("toy", "mqtt", at(), counts)) == [], "and no other queue takes it up"
