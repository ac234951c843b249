"""ngsildclient subscribes; what becomes known is told once, signed, repeated until taken, never into our own net."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Verifier

from bihuan.loop.store import current_facts
from bihuan.notices.delivering import deliver_due
from bihuan.notices.models import Delivery, Notice, Webhook
from bihuan.notices.ports.webhook import secret_of
from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import User
from bihuan.series.catalogue import current_catalogue
from bihuan.series.loading import Reading
from bihuan.series.taking import take_records
from bihuan.standards.models import SubscriptionRow
from bihuan.standards.ngsild.notifying import EntityNotifier
from bihuan.subjects.catalogue import subject_type
from tests.standards import district
from tests.standards.conftest import ForeignClients
from tests.standards.test_sensorthings_foreign import GAUGE, LEVEL
from tests.subjects.makers import row, write

pytestmark = pytest.mark.slow
PROVES = "NGSI-LD 1.8 (subscriptions)"
NOT_SERVED = "https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported"


class Receiver:
    """Takes notifications, or refuses them as often as it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.refuse = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                refused = receiver.refuse > 0
                receiver.refuse -= refused
                if not refused:
                    receiver.got.append((dict(self.headers.items()), body))
                self.send_response(503 if refused else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/told"

    @property
    def entities(self) -> list[str]:
        """Ids of what was told, in the order in which it came."""
        return [each["id"] for _, body in self.got for each in json.loads(body)["data"]]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("BIHUAN_WEBHOOK_HOSTS", "127.0.0.1")
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def served(live_server: Any) -> Iterator[httpx.Client]:
    """A client of an administrator of the gauges."""
    district.load()
    with district.own_type("gauge", GAUGE), district.own_type("gauge_level", LEVEL, "series"):
        token = district.token_of("district_admin", "integrator")
        with httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=60, base_url=f"{live_server.url}/ngsi-ld/v1"
        ) as client:
            yield client
    forget_snapshots()


def told_now(notifier: EntityNotifier | None = None) -> int:
    """One pass of the worker: match, put on the way, deliver."""
    made = (notifier or EntityNotifier()).notify(current_facts())
    Notice.objects.filter(next_at__isnull=False).update(next_at=timezone.now())
    deliver_due()
    return made


def enter_level(key: str, value: str, at: str = "2026-03-01T00:00:00Z") -> None:
    catalogue = current_catalogue()
    records = [{"subject": key, "time": at, "value": value}]
    how = Reading(timezone.now(), "m")
    take_records(records, catalogue, catalogue.get("gauge_level"), district.CODE, how, "system:test")


def test_a_foreign_client_subscribes_by_entities_alone(
    served: httpx.Client, receiver: Receiver, foreign: ForeignClients
) -> None:
    write(subject_type("gauge"), [row("g0", title="Before", spot=[116_300_000, 39_950_000])])
    address = urlsplit(str(served.base_url))
    token = served.headers["Authorization"].removeprefix("Bearer ")
    said = {"host": address.hostname, "port": address.port, "token": token, "to": receiver.url}
    made = foreign.python("ngsild_subscribe", said, proves=PROVES, by=("ngsildclient",))
    assert made["exists"]
    write(subject_type("gauge"), [row("g1", title="One", spot=[116_300_000, 39_950_000])])
    receiver.refuse = 1
    assert told_now() == 1
    assert receiver.got == [], "refused once"
    told_now()
    assert receiver.entities == ["urn:ngsi-ld:gauge:g1"], "what was known before is not told"
    assert told_now() == 0
    assert told_now(EntityNotifier()) == 0, "another process tells nothing twice"
    headers, body = receiver.got[0]
    told = json.loads(body)
    assert (told["type"], told["subscriptionId"]) == ("Notification", made["id"])
    assert told["data"][0]["title"] == {"type": "Property", "value": "One"}
    assert headers["Content-Type"] == "application/ld+json"
    hook = Webhook.objects.get(kinds=["ngsi-ld"])
    Verifier(secret_of(hook.id)).verify(body, {name.lower(): value for name, value in headers.items()})

    enter_level("g1", "1.25")
    assert told_now() == 1
    level = json.loads(receiver.got[-1][1])["data"][0]["gauge_level"]
    assert (level["value"], level["unitCode"]) == (1.25, "m")
    ended = foreign.python("ngsild_subscribe", {**said, "end": made["id"]}, proves=PROVES, by=("ngsildclient",))
    assert ended == {"listed": [made["id"]], "status": "active", "ended": True, "exists": False}
    write(subject_type("gauge"), [row("g2", title="Two")])
    assert told_now() == 0


def asking(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "type": "Subscription", "entities": [{"type": "gauge"}],
        "notification": {"endpoint": {"uri": receiver.url}, **more.pop("notification", {})}, **more,
    }  # fmt: skip


def test_what_is_asked_for_decides_what_is_told(served: httpx.Client, receiver: Receiver) -> None:
    simple = {"format": "keyValues", "attributes": ["title"]}
    only = asking(receiver, q='river=="Qing"', id="urn:ngsi-ld:Subscription:qing", notification=simple)
    assert served.post("/subscriptions", json=only).status_code == 201
    assert served.post("/subscriptions", json=only).json()["type"].endswith("/AlreadyExists")
    levels = asking(receiver, id="urn:ngsi-ld:Subscription:levels", watchedAttributes=["gauge_level"], throttling=3600)
    levels["entities"] = [{"type": "gauge", "idPattern": "g[12]$"}]
    assert served.post("/subscriptions", json=levels).status_code == 201
    write(subject_type("gauge"), [row("g1", title="One", river="Qing"), row("g2", title="Two"), row("g3", title="3")])
    told_now()
    assert [json.loads(body)["data"] for _, body in receiver.got] == [
        [{"id": "urn:ngsi-ld:gauge:g1", "type": "gauge", "title": "One"}]
    ]
    enter_level("g3", "1")
    enter_level("g2", "2")
    told_now()
    assert receiver.entities[1:] == ["urn:ngsi-ld:gauge:g2"]
    enter_level("g2", "3", "2026-03-01T01:00:00Z")
    told_now()
    assert receiver.entities[2:] == [], "not before its pause is over"
    SubscriptionRow.objects.update(notified_at=timezone.now() - timedelta(hours=2))
    told_now()
    assert receiver.entities[2:] == ["urn:ngsi-ld:gauge:g2"]
    stands = served.get("/subscriptions/urn:ngsi-ld:Subscription:levels").json()
    assert (stands["notification"]["timesSent"], stands["notification"]["status"]) == (2, "ok")

    changed = {"expiresAt": "2026-01-01T00:00:00Z"}
    assert served.patch("/subscriptions/urn:ngsi-ld:Subscription:levels", json=changed).status_code == 204
    assert served.get("/subscriptions/urn:ngsi-ld:Subscription:levels").json()["status"] == "expired"
    User.objects.update(is_active=False)
    write(subject_type("gauge"), [row("g4", title="Four", river="Qing")])
    assert told_now() == 0, "its owner may not read any more"
    assert SubscriptionRow.objects.get(urn="urn:ngsi-ld:Subscription:qing").detail


def test_nothing_goes_into_our_own_network(
    served: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BIHUAN_WEBHOOK_HOSTS")
    assert served.post("/subscriptions", json=asking(receiver)).status_code == 201
    write(subject_type("gauge"), [row("g1", title="One")])
    assert told_now() == 1
    assert receiver.got == []
    assert "not a public address" in Delivery.objects.get().detail
    notification = served.get("/subscriptions").json()[0]["notification"]
    assert "lastFailure" in notification
    assert "lastSuccess" not in notification


def test_who_may_subscribe_and_what_is_wrong(served: httpx.Client, receiver: Receiver) -> None:
    for change, status in (
        ({"timeInterval": 60}, 501), ({"temporalQ": {}}, 501), ({"colour": 1}, 400), ({"entities": []}, 400),
        ({"entities": [{"type": "none"}]}, 400), ({"entities": [{"idPattern": "("}]}, 400), ({"q": "=="}, 400),
        ({"watchedAttributes": []}, 400), ({"expiresAt": "soon"}, 400), ({"throttling": -1}, 400),
        ({"notification": {}}, 400), ({"notification": {"endpoint": {"uri": "mqtt://b/t"}}}, 501),
        ({"notification": {"endpoint": {"uri": "http://a", "receiverInfo": []}}}, 501), ({"id": "x"}, 400),
        ({"notification": {"endpoint": {"uri": "http://a"}, "format": "odd"}}, 400), ({"isActive": "yes"}, 400),
        ({"geoQ": {"georel": "near"}}, 400), ({"type": "Other"}, 400),
    ):  # fmt: skip
        told = served.post("/subscriptions", json={**asking(receiver), **change})
        assert told.status_code == status, (change, told.text)
        assert (told.json()["type"] == NOT_SERVED) == (status == 501), change
    for roles in (("leader",), ("integrator",)):
        token = district.token_of(*roles)
        other = {"Authorization": f"Bearer {token}"}
        assert served.post("/subscriptions", json=asking(receiver), headers=other).status_code == 403, roles
    assert served.post("/subscriptions", json=asking(receiver)).status_code == 201
    (mine,) = served.get("/subscriptions").json()
    leader = {"Authorization": f"Bearer {district.token_of('leader')}"}
    assert served.get("/subscriptions", headers=leader).json() == [], "nobody sees another's"
    assert served.get(f"/subscriptions/{mine['id']}", headers=leader).status_code == 404
    assert SubscriptionRow.objects.count() == 1
