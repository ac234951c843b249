"""Drafts resume equal, a form sent twice opens one case, what it said is sealed and its hash is in the log."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.documents.forms import drafts, retaining
from bihuan.documents.forms.models import ContentRow, DraftRow, SubmissionRow, UploadRow
from bihuan.documents.forms.pure.checking import Answers
from bihuan.documents.forms.reading import content_of, every_submission, submissions_for, told_row
from bihuan.documents.forms.submitting import Sender, Sent, submit_form
from bihuan.loop import scope
from bihuan.loop.kernel.model import acting_as
from bihuan.loop.models import CaseRow, MediaRow
from bihuan.loop.store import current_facts
from tests.documents.toy_forms import ANSWERS, SIGNED, declared, jpeg
from tests.examples import examples

pytestmark = pytest.mark.django_db
HERE = "110108"


@pytest.fixture
def stall(db: None) -> Iterator[Any]:
    """The toy form in the model district."""
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    scope.ensure(HERE)
    with declared() as found:
        yield found
    live.forget_snapshots()


def upload(form: Any) -> str:
    """A photograph that was stored for the form."""
    return str(drafts.keep_upload(form.form, jpeg(), "anonymous", HERE, datetime.now(UTC)).pk)


def send(form: Any, key: str, uploads: dict[str, list[str]], caller: str = "b", **more: Any) -> Sent:
    """The toy answers, changed."""
    values = {name: value for name, value in {**ANSWERS, **more}.items() if value is not None}
    return submit_form(
        form, Answers(values, {}, SIGNED), uploads, key, Sender(acting_as("visitor"), caller, current_facts())
    )


def test_a_form_opens_a_case_once_and_is_proved_by_the_log(stall: Any) -> None:
    files = {"paper": [upload(stall)]}
    sent = send(stall, "k1", files)
    assert sent.defects == []
    case = CaseRow.objects.get(id=sent.case)
    assert (case.programme, case.kind, case.area) == ("hotline", "request", "110108011")
    assert MediaRow.objects.filter(case_id=case.id).count() == 1
    row = SubmissionRow.objects.get()
    assert row.said == {"firm": ANSWERS["firm"], "kind": "books", "stalls": 2}, "only what is declared open"
    assert not UploadRow.objects.exists()
    kept = ContentRow.objects.get()
    assert "李某".encode() not in bytes(kept.sealed)
    content = content_of(row)
    assert content is not None
    assert content["values"]["contact"] == "李某"
    from bihuan.registers.identity import sealer

    opened = sealer().unseal_bytes(bytes(kept.sealed), kept.key_id, HERE, row.pk)
    assert hashlib.sha256(opened).hexdigest() == sent.hash
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM ledger_statement WHERE id = %s", [row.statement_id])
        (body,) = cursor.fetchone()
    assert sent.hash in str(body)
    again = send(stall, "k1", files)
    assert (again.duplicate, again.case, again.access) == (True, sent.case, sent.access)
    assert CaseRow.objects.count() == 1
    other = send(stall, "k1", files, stalls=3)
    assert [each.code for each in other.defects] == ["key_reused"]
    assert send(stall, "k1", {"paper": [upload(stall)]}, "another browser").case != sent.case


def test_a_refused_form_leaves_nothing(stall: Any) -> None:
    sent = send(stall, "k2", {}, stalls=9)
    assert {each.code for each in sent.defects} == {"missing", "out_of_bounds"}
    lost = send(stall, "k2", {"paper": [str(uuid4())]})
    assert "no_upload" in {each.code for each in lost.defects}
    refused = send(stall, "k2", {"paper": [upload(stall)]}, phone="12")
    assert [each.code for each in refused.defects] == ["bad_phone"], "what the door refuses is a defect too"
    assert not SubmissionRow.objects.exists()
    assert not CaseRow.objects.exists()


def test_a_register_that_was_loaded_spares_the_paper_and_the_name(stall: Any) -> None:
    from bihuan.subjects.catalogue import subject_type
    from tests.subjects.makers import row as made
    from tests.subjects.makers import write

    kind = subject_type("enterprise")
    held = made(ANSWERS["firm"], date(2020, 1, 1), name="登记的公司")
    write(kind, [held._replace(values={kind.key: ANSWERS["firm"], "name": "登记的公司"})])
    sent = send(stall, "k5", {}, firm_name=None)
    assert sent.defects == []
    row = SubmissionRow.objects.get(pk=sent.submission)
    assert row.taken["paper"] == {"register": "enterprise", "found": True}
    content = content_of(row)
    assert content is not None
    assert content["values"]["firm_name"] == "登记的公司"
    assert content["taken"]["firm_name"]["change"]
    unknown = send(stall, "k6", {}, firm="nobody knows it", firm_name="名")
    assert unknown.defects == [], "no paper is asked for whose issuer is connected"
    assert not SubmissionRow.objects.get(pk=unknown.submission).taken["paper"]["found"]


def test_staff_see_what_became_of_it(stall: Any) -> None:
    sent = send(stall, "k3", {"paper": [upload(stall)]})
    (told,) = every_submission("toy-stall", 9)
    assert told_row(told)["state"] == CaseRow.objects.get(id=sent.case).state
    assert submissions_for(acting_as("visitor"), "toy-stall") == []


def test_content_goes_with_its_time_and_drafts_too(stall: Any) -> None:
    send(stall, "k4", {"paper": [upload(stall)]})
    now = datetime.now(UTC)
    drafts.save_draft(stall.form, drafts.DraftWords("k"), HERE, now)
    waiting = upload(stall)
    assert (retaining.end_contents(now=now + timedelta(days=365)), retaining.end_drafts(now=now)) == (0, 0)
    assert retaining.end_contents(now=now + timedelta(days=367)) == 1
    assert retaining.end_drafts(now=now + timedelta(days=31)) == 2
    assert not DraftRow.objects.exists()
    assert not MediaRow.objects.filter(pk=waiting).exists()
    assert SubmissionRow.objects.exists(), "that it was sent stays on record"


def test_a_draft_is_resumed_by_its_code_and_by_nothing_else(stall: Any) -> None:
    now = datetime.now(UTC)
    saved = drafts.save_draft(stall.form, drafts.DraftWords("k", {"firm": "x"}), HERE, now)
    assert drafts.find_draft(saved.code.lower(), HERE, now) == (saved.id, "toy-stall")
    assert drafts.find_draft("0" * 12, HERE, now) is None
    assert drafts.find_draft(saved.code, HERE, now + timedelta(days=31)) is None
    later = drafts.save_draft(
        stall.form, drafts.DraftWords("k", {"firm": "y"}), HERE, now + timedelta(days=9), saved.id
    )
    assert (later.id, later.code) == (saved.id, "")
    found = drafts.open_draft(saved.id, "toy-stall", HERE, now + timedelta(days=35))
    assert found is not None
    assert found.texts == {"firm": "y"}
    with pytest.raises(drafts.DraftTooLarge):
        drafts.save_draft(stall.form, drafts.DraftWords("k", {"why": "x" * 300_000}), HERE, now)


TEXTS = st.dictionaries(st.sampled_from(["firm", "why", "kind"]), st.text(max_size=50), max_size=3)


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS, st.text(max_size=20))
def test_what_was_saved_is_what_is_resumed(stall: Any, texts: dict[str, str], key: str) -> None:
    now = datetime.now(UTC)
    words = drafts.DraftWords(key, texts, {"paper": [str(uuid4())]})
    saved = drafts.save_draft(stall.form, words, HERE, now)
    found = drafts.open_draft(saved.id, "toy-stall", HERE, now)
    assert found is not None
    assert (found.key, found.texts, found.uploads) == (key, texts, words.uploads)
    drafts.drop_draft(saved.id)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_open_one_case(stall: Any) -> None:
    files, found = {"paper": [upload(stall)]}, []

    def work() -> None:
        try:
            scope.ensure(HERE)
            found.append(send(stall, "same", files))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.case for each in found}) == 1
    assert sorted(each.duplicate for each in found) == [False, True, True, True]
    assert (CaseRow.objects.count(), SubmissionRow.objects.count()) == (1, 1)
