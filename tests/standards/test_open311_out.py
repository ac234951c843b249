"""Two installations, each a process with a database of its own: a case goes over once and what happens comes back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.faults import Fault
from bihuan.standards.open311.client import EndpointAway, Open311Endpoint, endpoints
from bihuan.standards.open311.forwards import load_forward
from tests.standards.installations import Installation

FORWARD = """
forward: to-north
name: {zh: 转北区, en: To the northern district}
programme: hotline
case: request
unit: street-110108011
endpoint: north
services: {utilities.heating.cold: hotline.request.utilities.heating.cold}
words: true
updates: {in_progress: accept, fixed: submit}
"""
OPENED = """
from datetime import UTC, datetime, timedelta
from uuid import UUID
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.store import Order, append
report = NewReport(
    key="out", programme="hotline", kind="request", channel="web", at=datetime.now(UTC) - timedelta(minutes=5),
    title="暖气不热", text="三号楼暖气不热", category="utilities.heating.cold", area="110108011",
    place=(116_310_000, 39_980_000), reporter=Reporter(name="李明", phone="13800138000"),
)
(receipt,) = receive([report], actor=Actor("anonymous", frozenset({"resident"})))
case = receipt.value
desk = Actor("user:operator", frozenset({"operator"}))
(done,) = append([Order(Command("dispatch", desk, datetime.now(UTC), {"unit": "street-110108011"}), case.id)])
assert done.refusal is None, done.refusal
print(json.dumps(case.number))
"""
KEY = """
from datetime import UTC, datetime, timedelta
from bihuan.registers.models import Grant, User
from bihuan.registers.people import issue_token
district = current_facts().registers.district.code
user = User.objects.create_user("south", name="south", district_id=district)
Grant.objects.create(district_id=district, user=user, role="integrator", scope_kind="district", scope=district)
print(json.dumps(issue_token(user, "south", ("report",), datetime.now(UTC) + timedelta(days=9))[0]))
"""
HELD = """
from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
rows = list(CaseRow.objects.order_by("opened_at"))
print(json.dumps([{
    "number": row.number, "state": row.state,
    "events": [[each.kind, each.actor, (each.private or {}).get("text", "")] for each in history(row.id, private=True)],
} for row in rows]))
"""
ACTED = """
from datetime import UTC, datetime
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
row = CaseRow.objects.get()
lead = row.lead
for command in sys.argv[1:]:
    who = Actor("user:operator", frozenset({"operator"})) if command == "dispatch" else (
        Actor("user:handler", frozenset({"handler"}), lead))
    data = {"dispatch": {"unit": "street-110108011"}, "add_evidence": {"sha256": "a" * 64, "type": "photo"}}
    (done,) = append([Order(Command(command, who, datetime.now(UTC), data.get(command, {})), row.id)])
    assert done.refusal is None, (command, done.refusal)
    lead = done.case.lead
print(json.dumps(done.case.state))
"""
PASSED = """
from datetime import UTC, datetime, timedelta
from bihuan.standards.models import ForwardRow
from bihuan.standards.open311 import forwarding
from bihuan.standards.open311.client import endpoints
now = datetime.now(UTC)
if "early" in sys.argv:
    now -= timedelta(hours=1)
if "due" in sys.argv:
    ForwardRow.objects.filter(state="waiting").update(next_at=now)
if "die" in sys.argv:
    import os
    forwarding.append = lambda *_, **__: os._exit(9)
print(json.dumps(forwarding.forward_all(current_facts(now), endpoints())))
"""


@pytest.fixture(scope="module")
def two(furnish: Callable[..., None]) -> Iterator[tuple[Installation, Installation]]:
    """The southern and the northern district; the northern one does not listen yet."""
    north = Installation(furnish)
    south = Installation(furnish, {"BIHUAN_WEBHOOK_HOSTS": "127.0.0.1"})
    yield south, north
    south.stop()
    north.stop()


@pytest.mark.slow
def test_a_case_goes_over_once_and_what_happens_there_comes_back(two: tuple[Installation, Installation]) -> None:
    south, north = two
    north.bihuan("open311", "list")  # starts its database
    key = north.python(KEY)
    south.environment["BIHUAN_OPEN311_OUT"] = f"north=http://:{key}@127.0.0.1:{north.port}/open311/v2"
    file = south.home / "programmes" / "wires" / "forwards" / "to-north.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(FORWARD, encoding="utf-8")
    south.bihuan("open311", "list")
    number = south.python(OPENED)

    away = south.bihuan("open311", "pass")
    assert (away["planned"], away["sent"]) == (1, 0), "nobody listens there"
    (row,) = south.bihuan("open311", "list")["cases"]
    assert (row["state"], row["attempts"]) == ("waiting", "1")
    assert "ConnectError" in row["detail"]
    assert south.python(PASSED, "early") == [0, 0, 0]
    assert south.bihuan("open311", "list")["cases"] == [row], "nothing is tried before its pause is over"
    north.serve()
    south.python(PASSED, "due", "die", killed=True)
    (theirs,) = north.python(HELD)
    assert south.python(PASSED, "due") == [0, 1, 1], "killed after they took it: sent again, and heard as opened"
    (again,) = north.python(HELD)
    assert again["number"] == theirs["number"]

    assert theirs["events"][0][2].endswith("三号楼暖气不热")
    assert number in theirs["events"][0][2]
    assert "李明" not in json.dumps(theirs, ensure_ascii=False), "who reported stays here"
    assert north.python(ACTED, "dispatch", "accept") == "in_progress"
    assert south.python(PASSED) == [0, 0, 2], "dispatched and accepted"
    (ours,) = south.python(HELD)
    notes = [text for kind, actor, text in ours["events"] if kind == "noted" and actor == "system:neighbour:to-north"]
    assert theirs["number"] in notes[0]
    assert [text.split("：")[1].split()[0] for text in notes[1:]] == ["open", "investigating", "in_progress"]
    assert ours["state"] == "in_progress", "their acceptance is the unit's"
    assert south.python(PASSED)[2] == 0, "heard once"
    north.python(ACTED, "contact", "add_evidence", "submit")
    assert south.python(PASSED)[2] == 1
    (ours,) = south.python(HELD)
    assert ours["state"] == "in_progress", "without evidence of its own nothing is submitted here"
    assert south.bihuan("open311", "list")["cases"][0]["state"] == "sent"


class _Page(BaseHTTPRequestHandler):
    """Somebody else's server: two steps an answer."""

    steps = [
        {"update_id": n, "service_request_id": "7", "status": "OPEN", "updated_datetime": f"2026-03-01T0{n}:00:00Z"}
        for n in range(5)
    ]

    def do_GET(self) -> None:
        since = parse_qs(urlsplit(self.path).query)["start_date"][0]
        told = [each for each in self.steps if str(each["updated_datetime"]) >= since][:2]
        self._say(200, told)

    def do_POST(self) -> None:
        self._say(429 if "busy" in self.path else 200, [{"token": "t"}])

    def _say(self, status: int, body: Any) -> None:
        told = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("BIHUAN_WEBHOOK_HOSTS", "127.0.0.1")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_answers_in_pages_are_read_to_the_end(stranger: str) -> None:
    since = datetime(2026, 3, 1, tzinfo=UTC)
    told = list(Open311Endpoint(stranger, "k").updates(since, since + timedelta(days=1)))
    assert [each.update_id for each in told] == [0, 1, 2, 3, 4]


def test_no_number_a_busy_server_and_our_own_network_are_told(stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, said in (("", "no service_request_id"), ("/busy", "answered 429")):
        with pytest.raises(EndpointAway, match=said):
            Open311Endpoint(stranger + path, "k").send({"service_code": "x"}, "once")
    monkeypatch.delenv("BIHUAN_WEBHOOK_HOSTS")
    with pytest.raises(EndpointAway, match="not a public address"):
        Open311Endpoint(stranger, "k").send({"service_code": "x"}, "once")


@pytest.mark.parametrize("text", ["north", "north=ftp://:k@h/x", "north=https://h/x", "=https://:k@h"])
def test_what_is_no_endpoint_is_told_without_its_key(text: str) -> None:
    with pytest.raises(Fault) as refused:
        endpoints({"BIHUAN_OPEN311_OUT": text})
    assert ":k@" not in str(refused.value)


def test_endpoints_keep_their_keys_apart() -> None:
    told = endpoints({"BIHUAN_OPEN311_OUT": "a=https://:k%20y@h:8/open311/v2/ b=http://:l@i"})
    assert told == {"a": Open311Endpoint("https://h:8/open311/v2", "k y"), "b": Open311Endpoint("http://i", "l")}


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [("accept", "close", "updates.in_progress"), ("unit:", "units:", "unit"),
     ("services: {utilities.heating.cold: hotline.request.utilities.heating.cold}", "services: {}", "services")],
)  # fmt: skip
def test_a_faulty_forward_names_its_field(tmp_path: Path, before: str, after: str, field: str) -> None:
    file = tmp_path / "to-north.yaml"
    file.write_text(FORWARD, encoding="utf-8")
    assert load_forward(file).service("utilities.heating.cold") == "hotline.request.utilities.heating.cold"
    file.write_text(FORWARD.replace(before, after), encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_forward(file)
    assert field in {each.field for each in refused.value.problems}
