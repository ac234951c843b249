"""The four verdicts about a receipt, on the page a resident sees: one heading, in the language of the reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.ledger import keyring, promises, store
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import sign_receipt
from bihuan.loop.models import CaseRow, EventRow
from tests.ledger.district import execute

HEADINGS = {"zh-hans": promises.HEADING.zh, "en": promises.HEADING.en}
Shown = Callable[[dict[str, Any]], dict[str, str]]


@pytest.fixture
def receipt(loaded: None, db: None, built: None) -> dict[str, Any]:
    """The receipt of a report just made; nothing sequences it."""
    keyring.forget_cached_keys()
    client = Client()
    assert client.post("/report/", {"text": "路灯不亮了", "area": "110108011", "key": "r1"}).status_code == 302
    found: dict[str, Any] = json.loads(client.get("/report/receipt.json").content)
    return found


def shown(receipt: dict[str, Any]) -> dict[str, str]:
    """The verdict's box in both languages; it must stand under the same heading and in one language only."""
    boxes = {}
    for code, heading in HEADINGS.items():
        answer = Client().post("/audit/", {"receipt": json.dumps(receipt)}, headers={"accept-language": code})
        assert answer.status_code == 200
        box = answer.content.decode().partition('id="verdict"')[2].partition("</strong>")[0]
        assert f"<h3>{heading}</h3>" in box
        boxes[code] = box
    assert "The " not in boxes["zh-hans"]
    return boxes


def dated(receipt: dict[str, Any], ago: timedelta) -> dict[str, Any]:
    """The same promise, made some time ago."""
    event = EventRow.objects.get(case_id=CaseRow.objects.get(number=receipt["case"]).id, version=1)
    key, leaf = keyring.signing_key(), leaf_hash(bytes(event.hash))
    return sign_receipt(key, case=receipt["case"], report=receipt["report"], leaf=leaf, at=timezone.now() - ago,
                        max_merge_delay=60).as_json()  # fmt: skip


def test_kept(receipt: dict[str, Any]) -> None:
    store.sequence_leaves()
    boxes = shown(receipt)
    assert all('data-verdict="kept"' in box for box in boxes.values())
    assert promises.TEXTS["kept"].zh in boxes["zh-hans"]
    assert promises.TEXTS["kept"].en in boxes["en"]


def test_kept_late_by_so_much(receipt: dict[str, Any]) -> None:
    late = dated(receipt, timedelta(hours=3, minutes=1))
    store.sequence_leaves()
    boxes = shown(late)
    assert "已兑现，但迟了 3 小时" in boxes["zh-hans"]
    assert "Kept, 3 hours late" in boxes["en"]


def test_pending_within_the_time(receipt: dict[str, Any]) -> None:
    boxes = shown(receipt)
    assert all('data-verdict="pending"' in box for box in boxes.values())


def test_a_genuine_receipt_is_not_broken_because_the_sequencer_sleeps(receipt: dict[str, Any]) -> None:
    boxes = shown(dated(receipt, timedelta(minutes=6)))
    assert all('data-verdict="pending"' in box for box in boxes.values())
    assert "已超过承诺时限 5 分钟" in boxes["zh-hans"]
    assert "来件没有丢失" in boxes["zh-hans"]
    assert "5 minutes past the promised time" in boxes["en"]


def test_an_altered_receipt_is_broken_in_the_readers_language(receipt: dict[str, Any]) -> None:
    boxes = shown({**receipt, "case": "2611110000001"})
    assert all('data-verdict="broken"' in box for box in boxes.values())
    assert promises.TEXTS["altered"].zh in boxes["zh-hans"]
    assert promises.TEXTS["altered"].en in boxes["en"]


def test_a_promise_whose_event_was_altered_is_broken_and_called_evidence(receipt: dict[str, Any]) -> None:
    execute("ALTER TABLE loop_event DISABLE TRIGGER append_only")
    execute("UPDATE loop_event SET hash = decode(repeat('00', 32), 'hex')")
    boxes = shown(receipt)
    assert "它是证据" in boxes["zh-hans"]
    assert "it is evidence" in boxes["en"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"case": 1}', "null", "[" * 9000])
def test_what_is_no_receipt_is_told_in_the_readers_language(loaded: None, db: None, built: None, text: str) -> None:
    answer = Client().post("/audit/", {"receipt": text}, headers={"accept-language": "zh-hans"})
    assert answer.status_code == 422
    assert "这不是回执" in answer.content.decode()
