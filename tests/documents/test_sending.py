"""Letters that are sent: once for each event, numbered without a gap, sealed, proved, delivered on record."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from bihuan.documents.background import deliver_letters, write_letters
from bihuan.documents.letters import catalogue, delivering, reading
from bihuan.documents.letters.addressing import LetterTo
from bihuan.documents.letters.gathering import LetterOccasion, case_value
from bihuan.documents.letters.models import (
    LetterCount,
    LetterDelivery,
    LetterDue,
    LetterFile,
    LetterPosition,
    LetterRow,
    LetterWords,
)
from bihuan.documents.letters.pure.facts import Known
from bihuan.documents.letters.sending import write_letter
from bihuan.ledger import store as ledger
from bihuan.loop import stuck
from bihuan.loop.codes import code_of
from bihuan.loop.models import CaseRow
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.models import IdentityAccess
from bihuan.server import emptying
from tests.documents.declared import RECEIPT
from tests.notices.test_notices import do, reported

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DISTRICT = "110108"
PERSON = {"name": "赵标记", "email": "zhao@example.org", "phone": "13912345678"}
type Declare = Callable[..., None]


def follow() -> None:
    """Everything the worker does with letters, but the post list."""
    while ledger.sequence_leaves():
        pass
    while write_letters():
        pass
    deliver_letters()


def letters() -> list[LetterRow]:
    with in_district(DISTRICT):
        return list(LetterRow.objects.order_by("pk"))


def by_hand(key: str = "hand:1") -> LetterRow:
    """A letter to somebody who is no reporter, with an address."""
    declared = catalogue.letter_named("toy-receipt")
    to = LetterTo(
        ("赵标记", "暗号路7号"), contact={"name": "赵标记", "address": "暗号路7号", "email": "zhao@example.org"}
    )
    said = {"number_of_case": "x", "area": "110108001001", "opened": "2026-03-02", "channel": "信函", "officer": "王某"}
    facts = {name: Known(value, {"given": "user:x"}) for name, value in said.items()}
    return write_letter(declared, facts, to, LetterOccasion(key, datetime.now(UTC), "hotline"), current_facts()).row


def statuses(row: LetterRow) -> dict[str, str]:
    with in_district(DISTRICT):
        return {each["way"]: each["status"] for each in delivering.told_deliveries(row.id)}


def test_an_event_becomes_a_letter_once_with_facts_and_sources(declare: Declare) -> None:
    case = reported("1", **PERSON)
    follow()
    (row,) = letters()
    assert (row.number["zh"], row.case_id, row.language) == (f"示热受〔{row.year}〕1号", case.id, "zh")
    with in_district(DISTRICT):
        words = reading.words_of(row)
        told = reading.explained(row, "zh", current_registers().calendar)
    assert words is not None
    assert words["addressee"] == ["赵标记"]
    assert words["facts"]["channel"]["source"]["event"].startswith("event:")
    assert [called for called, *_ in told] == ["事项编号", "地点", "收到日期", "渠道", "经办人"]
    assert told[0][1:] == (case.number, f"案件 {case.number}")
    with in_district(DISTRICT):
        LetterPosition.objects.update(index=-1)  # as after a crash before the position was kept
    follow()
    assert len(letters()) == 1


def test_a_deadline_is_the_one_of_its_day_however_late_the_letter_is_written(declare: Declare) -> None:
    case = reported("1", **PERSON)
    (row,), registers = CaseRow.objects.filter(pk=case.id), current_registers()
    told = case_value(row, "due", registers, case.opened_at)
    assert told is not None
    do(case, "transfer_out", to="110")
    (row,) = CaseRow.objects.filter(pk=case.id)
    assert row.deadline is None
    assert case_value(row, "due", registers, case.opened_at) == told
    assert case_value(row, "due", registers, datetime.now(UTC)) is None


def test_what_was_sent_is_what_the_log_states(declare: Declare) -> None:
    reported("1", **PERSON)
    follow()
    (row,) = letters()
    with connection.cursor() as cursor:
        cursor.execute("SELECT body, hash FROM ledger_statement WHERE id = %s", [row.id])
        body, _ = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE event_id = %s", [row.id])
        assert cursor.fetchone()[0] == 1 or ledger.sequence_leaves()
    stated = json.loads(body) if isinstance(body, str) else body
    with in_district(DISTRICT):
        files = {name: reading.file_of(row, name) for name in row.files}
    assert set(files) == {f"{lang}.{form}" for lang in ("zh", "en") for form in ("html", "docx", "pdf")}
    assert {name: hashlib.sha256(content or b"").hexdigest() for name, content in files.items()} == stated["files"]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(files["zh.pdf"] or b"")).pages)
    assert "赵标记" in text
    assert code_of(row.id) in text.replace("\n", "")


def test_nobody_is_named_in_the_log_or_beside_the_seal(declare: Declare, capsys: pytest.CaptureFixture[str]) -> None:
    reported("1", **PERSON)
    by_hand()
    follow()
    with in_district(DISTRICT):
        assert delivering.take_post_list(current_facts(), "user:x")
    shown = capsys.readouterr()
    tables = ("ledger_statement", "documents_letter", "documents_letter_words", "documents_letter_file",
              "documents_letter_delivery", "documents_letter_due")  # fmt: skip
    with in_district(DISTRICT), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows = " ".join(row[0] for row in cursor.fetchall())
            assert rows or table == "documents_letter_due"
            for secret in ("赵标记", "zhao@", "1391234", "暗号路"):
                assert secret not in rows, (table, secret)
                assert secret not in shown.out + shown.err
    assert IdentityAccess.objects.filter(actor="system:letters", purpose__startswith="letter ").exists()


def test_each_way_is_on_record(declare: Declare) -> None:
    reported("1", **PERSON)
    follow()
    (row,) = letters()
    assert statuses(row) == {"mail": "sent", "webhook": "no_address"}
    (sent,) = [message for message in mail.outbox if "文书" in message.subject]
    assert (sent.to, row.number["zh"] in sent.subject, code_of(row.id) in sent.body) == (
        ["zhao@example.org"],
        True,
        True,
    )
    assert "电梯" not in sent.body
    with in_district(DISTRICT):
        delivering.take_post_list(current_facts(), "user:x")
    assert statuses(row)["post"] == "no_address"
    delivering.record_served(row, datetime.now(UTC), "addressee")
    delivering.record_served(row, datetime.now(UTC) + timedelta(hours=1), "addressee")
    assert statuses(row)["page"] == "served"
    with in_district(DISTRICT):
        assert LetterDelivery.objects.filter(letter_id=row.id, status="served").count() == 1
        for each in LetterDelivery.objects.all():
            with connection.cursor() as cursor:
                cursor.execute("SELECT body FROM ledger_statement WHERE id = %s", [each.id])
                assert cursor.fetchone() is not None


def test_the_post_list_has_the_envelopes_once(declare: Declare) -> None:
    row = by_hand()
    assert by_hand() == row, "one occasion, one letter"
    with in_district(DISTRICT):
        (line,) = delivering.take_post_list(current_facts(), "user:x")
        assert (line.number, line.name, line.address) == (row.number["zh"], "赵标记", "暗号路7号")
        assert delivering.take_post_list(current_facts(), "user:x") == []
        assert not LetterDue.objects.filter(way="post").exists()
    assert statuses(row)["post"] == "exported"


def test_a_mail_that_is_not_taken_is_tried_again(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise ConnectionRefusedError("zhao@example.org")

    reported("1", **PERSON)
    monkeypatch.setattr(EmailMessage, "send", away)
    follow()
    (row,) = letters()
    assert statuses(row)["mail"] == "failed"
    with in_district(DISTRICT):
        detail = LetterDelivery.objects.get(letter_id=row.id, way="mail").detail
        assert detail.startswith("mail server: ConnectionRefusedError")
        due = LetterDue.objects.get(letter_id=row.id, way="mail")
        assert due.next_at is not None
        assert due.next_at > datetime.now(UTC)


def test_a_letter_is_opened_by_number_and_code_alone(declare: Declare) -> None:
    reported("1", **PERSON)
    follow()
    (row,) = letters()
    with in_district(DISTRICT):
        assert reading.letter_by_code(row.number["zh"], code_of(row.id)) == row
        assert reading.letter_by_code(row.number["en"], code_of(row.id).lower()) == row
        assert reading.letter_by_code(row.number["zh"], "AAAA-BBBB") is None
        assert reading.letter_by_code("x", code_of(row.id)) is None


def test_a_letter_with_a_gap_is_set_aside_and_takes_no_number(declare: Declare) -> None:
    declare(RECEIPT.replace("from: {event: channel}", "from: {event: nothing}"))
    case = reported("1", **PERSON)
    follow()
    assert letters() == []
    with in_district(DISTRICT):
        (aside,) = stuck.all_stuck()
        assert (aside.loop, aside.number) == ("letters", case.number)
        assert aside.reason == "toy-receipt: letter refused: channel (missing_fact)"
        assert not LetterCount.objects.exists()
    declare(RECEIPT)
    for each in "23":
        reported(each, **PERSON)
    follow()
    assert [row.count for row in letters()] == [1, 2]


def test_other_types_of_cases_and_values_ask_for_no_letter(declare: Declare) -> None:
    declare(RECEIPT.replace("cases: [request]", "cases: [consultation]"))
    reported("1")
    follow()
    declare(RECEIPT.replace("cases: [request]", "when: {channel: web}"))
    reported("2")
    follow()
    assert letters() == []


def test_what_stands_is_never_changed_and_words_go_with_the_case(declare: Declare, app_role: None) -> None:
    case = reported("1", **PERSON)
    follow()
    (row,) = letters()
    for model in (LetterRow, LetterDelivery):
        with pytest.raises(DatabaseError), transaction.atomic(), in_district(DISTRICT):
            model.objects.update(actor="x")
    with transaction.atomic(), in_district(DISTRICT):
        counted = emptying.empty_places(case.id)
        assert (counted["documents_letter_words.sealed"], counted["documents_letter_file.sealed"]) == (1, 6)
        assert reading.words_of(row) is None
        assert reading.file_of(row, "zh.pdf") is None
        assert LetterRow.objects.get().files == row.files
        assert not LetterFile.objects.exclude(sealed=None).exists()
        assert not LetterWords.objects.exclude(sealed=None).exists()


def test_another_district_sees_no_letter(declare: Declare, app_role: None) -> None:
    reported("1")
    follow()
    with in_district("999999"):
        assert not LetterRow.objects.exists()
        assert not LetterFile.objects.exists()
